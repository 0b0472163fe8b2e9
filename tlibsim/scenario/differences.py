"""Why a step failed, for people and for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from tlibsim.scenario.matching import Mismatch
from tlibsim.scenario.nodes import Place

_SHOWN_OTHERS = 8
AT_THE_END = "end"
"""The ``path`` of what is found when all steps have been played."""


class Verdict(Enum):
    """What kind of difference it is."""

    MISSING = "did not come"
    EXTRA = "came and is not expected"
    ORDER = "came in another order"
    DIFFERS = "differs"
    COPIES = "was not the same for all clients of the DN"
    NOTHING_EXPECTED = "came where nothing may come"
    IDENTITY = "breaks an identity rule"
    TRACE = "is not what the inspection shows"
    REFUSED = "was refused"
    LOST = "was cut off"
    NOT_SETTLED = "did not settle"
    NEEDS = "belongs to later work"
    NOT_DISTINCT = "must differ and are equal"
    GIVEN = "could not be reached"
    FALSE = "does not hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """Something that comes near to what was expected, and each field in which it differs."""

    text: str
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was expected, what came instead, and where the file says so.

    ``subject`` is what the verdict is about; ``check`` the part of the step; ``nearest`` the
    event that comes closest; ``mismatch`` its first attribute that differs; ``others`` all that
    came in the step.  ``step`` 0 is the time before the first step; ``path`` is the place of a
    step inside of others (``3.2``).  ``near`` are several that come near, with all that differs.
    """

    verdict: Verdict
    subject: str
    place: Place
    step: int = 0
    action: str = ""
    check: str = ""
    nearest: str = ""
    mismatch: Mismatch | None = None
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    path: str = ""
    near: tuple[Nearest, ...] = ()

    def sentence(self) -> str:
        """Say what is wrong in one line."""
        if self.verdict is Verdict.NEEDS:
            return f"needs: {self.subject}"
        return f"{self.subject}: {self.verdict.value}"


def rendered(difference: Difference, scenario: str, source: str) -> str:
    """The difference as some lines of text."""
    number = difference.path or difference.step
    when = f"step {number}" if number else "before step 1"
    if difference.path == AT_THE_END:
        when = "at the end"
    place = difference.place
    where = f"{place.source or source}:{place.line}:{place.column}"
    lines = [f"{scenario} {when} at {where}"]
    if difference.action:
        lines.append(f"  do       {difference.action}")
    if difference.check:
        lines.append(f"  check    {difference.check}")
    lines.append(f"  result   {difference.sentence()}")
    if difference.nearest:
        lines.append(f"  nearest  {difference.nearest}")
    if difference.mismatch is not None:
        lines += _attribute_lines(difference.mismatch)
    for near in difference.near:
        lines.append(f"  nearest  {near.text}")
        lines += [line for one in near.mismatches for line in _attribute_lines(one)]
    lines += [f"  note     {note}" for note in difference.notes]
    lines += _other_lines(difference.others)
    return "\n".join(lines)


def as_object(difference: Difference) -> dict[str, object]:
    """The difference as a JSON object."""
    mismatch = difference.mismatch
    return {
        "verdict": difference.verdict.name.lower().replace("_", "-"),
        "subject": difference.subject,
        "line": difference.place.line,
        "column": difference.place.column,
        "step": difference.step,
        "path": difference.path or str(difference.step),
        "do": difference.action,
        "check": difference.check,
        "nearest": difference.nearest,
        "attribute": mismatch.attribute if mismatch else None,
        "expected": mismatch.wanted if mismatch else None,
        "got": mismatch.got if mismatch else None,
        "near": [
            {
                "text": near.text,
                "differs": [
                    {"attribute": one.attribute, "expected": one.wanted, "got": one.got}
                    for one in near.mismatches
                ],
            }
            for near in difference.near
        ],
        "notes": list(difference.notes),
        "also": list(difference.others),
    }


def _attribute_lines(mismatch: Mismatch) -> list[str]:
    return [
        f"           {mismatch.attribute}",
        f"             expected  {mismatch.wanted}",
        f"             got       {mismatch.got}",
    ]


def _other_lines(others: Sequence[str]) -> list[str]:
    if not others:
        return []
    shown = [f"  also     {line}" for line in others[:_SHOWN_OTHERS]]
    if len(others) > _SHOWN_OTHERS:
        shown.append(f"  also     .. and {len(others) - _SHOWN_OTHERS} more")
    return shown
