"""What came of a contract: checks with their verdicts, counts, the exit code (FEATURES.md)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

PASSED, FAILED, NOTHING_RAN, NEVER_CONNECTED = 0, 1, 3, 4


class Level(Enum):
    MUST = "MUST"
    SHOULD = "SHOULD"


class Status(Enum):
    """``NOT_SEEN``: the run gave no occasion; ``SKIPPED``: the configuration left it out."""

    PASS = "pass"  # noqa: S105  a verdict
    FAIL = "FAIL"
    NOT_SEEN = "not seen"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement: its status, and lines that name what was seen and what was expected."""

    status: Status
    lines: tuple[str, ...] = ()


PASS = Verdict(Status.PASS)


def fail(*lines: str) -> Verdict:
    """What went wrong, in lines for people."""
    return Verdict(Status.FAIL, lines)


def not_seen(*lines: str) -> Verdict:
    """The recorder was never in the situation."""
    return Verdict(Status.NOT_SEEN, lines)


def skipped(*lines: str) -> Verdict:
    """The configuration leaves it out."""
    return Verdict(Status.SKIPPED, lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check: what it is, its verdict, the seconds of its call flow, the ladder of its call."""

    id: str
    level: Level
    title: str
    source: str
    flow: str
    verdict: Verdict
    seconds: float = 0.0
    ladder: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A whole run.

    ``problem`` says why nothing was checked, or how often the program under test ended by
    itself; ``broken``: it did, which makes the run fail.  ``command`` plays it again with the
    files and settings that were given, ``fails_on`` is the weakest level whose failure makes the
    run fail.
    """

    title: str
    results: Sequence[CheckResult] = field(default_factory=tuple)
    seconds: float = 0.0
    problem: str = ""
    connected: bool = True
    command: str = "tlibsim contract run"
    fails_on: Level = Level.SHOULD
    broken: bool = False

    @property
    def counts(self) -> Counter[Status]:
        return Counter(one.verdict.status for one in self.results)

    @property
    def failures(self) -> Sequence[CheckResult]:
        return [one for one in self.results if one.verdict.status is Status.FAIL]

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 a check failed, 3 nothing was judged, 4 nobody ever came."""
        if not self.connected:
            return NEVER_CONNECTED
        if self.broken:
            return FAILED
        judged = self.counts[Status.PASS] + self.counts[Status.FAIL]
        if not judged:
            return NOTHING_RAN
        counted = (
            self.failures
            if self.fails_on is Level.SHOULD
            else [one for one in self.failures if one.level is Level.MUST]
        )
        return FAILED if counted else PASSED

    def summary(self) -> str:
        """``31 checks: 28 pass, 1 FAIL, 1 not seen, 1 skipped (screen capture off)``."""
        counts = self.counts
        words = [f"{counts[status]} {status.value}" for status in Status if counts[status]]
        if counts[Status.SKIPPED]:
            words[-1] += f" ({self._reasons()})"
        number = len(self.results)
        noun = "check" if number == 1 else "checks"
        return f"{number} {noun}: {', '.join(words) or 'none was run'}"

    def again(self, check: CheckResult) -> str:
        """The command that plays one check again, as it was played."""
        return f"{self.command} {check.id}"

    def _reasons(self) -> str:
        """Why checks were skipped, each reason once."""
        reasons = dict.fromkeys(
            " ".join(one.verdict.lines)
            for one in self.results
            if one.verdict.status is Status.SKIPPED
        )
        return "; ".join(reasons)
