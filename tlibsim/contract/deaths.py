"""What a program under test that ends by itself means for the verdicts: one failure for each end."""

from collections.abc import Sequence
from dataclasses import dataclass

from tlibsim.contract.check import Check
from tlibsim.contract.result import Status, Verdict, fail

Judged = tuple[Check, Verdict]

_BLAMED = (Status.FAIL, Status.NOT_SEEN, Status.PASS)
"""Which check of a flow stands for the end of the program: the first of the first kind."""


@dataclass(slots=True)
class _Death:
    words: tuple[str, ...]
    check: str = ""
    back: bool = False


class Deaths:
    """The flows in which the program ended by itself; ``noun`` is what it is called."""

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._deaths: dict[str, _Death] = {}
        self._away = ""

    def __bool__(self) -> bool:
        return bool(self._deaths)

    def note(self, flow: str, words: str) -> None:
        """It ended in this flow; ``words`` say how, and in more lines what it said last."""
        self._deaths.setdefault(flow, _Death(tuple(words.splitlines())))

    def came_back(self) -> None:
        """It was started again after its last end, and is there."""
        next(reversed(self._deaths.values())).back = True

    def stayed_away(self, words: str) -> None:
        """It was started again, and is not there."""
        self._away = words

    def why_not_played(self) -> str:
        """Why the flows after the last one were not played, in one line."""
        flow = next(reversed(self._deaths), "")
        return (
            f"not played: the {self._noun} ended by itself in flow {flow} and did not come back"
        )

    def laid_to(self, judged: Sequence[Judged]) -> Sequence[Judged]:
        """The verdicts with a failure for each end, which has the last words.

        It is a check of the flow: one that failed, if there is one, else the first.  What else
        failed in the flow names that check.
        """
        for flow, death in self._deaths.items():
            death.check = _blamed(judged, flow)
        return [(check, self._laid(check, verdict)) for check, verdict in judged]

    def _laid(self, check: Check, verdict: Verdict) -> Verdict:
        death = self._deaths.get(check.flow)
        if death is None:
            return verdict
        head = f"the {self._noun} ended by itself"
        own = verdict.lines if verdict.status is Status.FAIL else ()
        if check.id == death.check:
            first, *rest = death.words or ("",)
            return fail(f"{head}: {first}", *rest, *own)
        if verdict.status is Status.FAIL:
            return fail(*own, f"{head} in this flow: see {death.check}")
        return verdict

    def told(self) -> str:
        """A line for each end, and whether it came back; empty when it never ended by itself.

        Last words that stand in no check come with it.
        """
        lines: list[str] = []
        for flow, death in self._deaths.items():
            first, *rest = death.words or ("",)
            lines.append(f"the {self._noun} ended by itself in flow {flow}: {first}")
            lines += () if death.check else rest
            if death.back:
                lines.append("  it was started again for the next flow")
        if self._away:
            lines.append(f"it was started again, and did not come back: {self._away}")
        return "\n".join(lines)


def _blamed(judged: Sequence[Judged], flow: str) -> str:
    """The identifier of the check that stands for the end in this flow; empty without one."""
    for status in _BLAMED:
        for check, verdict in judged:
            if check.flow == flow and verdict.status is status:
                return check.id
    return ""
