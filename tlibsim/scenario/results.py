"""What became of a scenario."""

from dataclasses import dataclass
from enum import Enum

from tlibsim.scenario.differences import Difference, as_object, rendered
from tlibsim.scenario.steps import Scenario


class Status(Enum):
    """How a scenario ended; PENDING is a failure that was announced, BROKEN a bug of ours."""

    PASSED = "pass"
    FAILED = "FAIL"
    PENDING = "pending"
    SKIPPED = "skipped"
    BROKEN = "BUG"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One scenario's end: ``difference`` for a failure, ``reason`` for everything else."""

    scenario: Scenario
    status: Status
    seconds: float = 0.0
    difference: Difference | None = None
    reason: str = ""

    def text(self) -> str:
        """Why it did not pass, in some lines; empty when there is nothing to say."""
        words = [self.reason] if self.reason else []
        if self.difference is not None:
            words.insert(0, rendered(self.difference, self.scenario.id, self.scenario.source))
        return "\n".join(words)

    def as_object(self) -> dict[str, object]:
        """The result as a JSON object."""
        difference = self.difference
        return {
            "id": self.scenario.id,
            "title": self.scenario.title,
            "file": self.scenario.source,
            "line": self.scenario.place.line,
            "status": self.status.value.lower(),
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
            "difference": None if difference is None else as_object(difference),
        }
