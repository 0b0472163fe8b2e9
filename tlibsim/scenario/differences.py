"""Why a step failed, for people and for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from tlibsim.scenario.matching import Mismatch
from tlibsim.scenario.nodes import Place

_SHOWN_OTHERS = 8
_MESSAGE_KEYS = frozenset({"msgid", "PrivateMsgID"})
PRIVATE_MESSAGES: Mapping[str, str] = MappingProxyType(
    {"3013": "start", "3014": "stop", "3015": "pause", "3016": "resume"}
)
"""What the private messages of recording ask for (RECORDING.md 3.3)."""
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
    ``old_log`` says whether the log that the scenario was made of showed the same.
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
    old_log: str = ""

    def sentence(self) -> str:
        """Say what is wrong in one line."""
        if self.verdict is Verdict.NEEDS:
            return f"needs: {self.subject}"
        return f"{self.subject}: {self.verdict.value}"


def rendered(difference: Difference, scenario: str, source: str) -> str:
    """The difference as some lines of text."""
    if difference.path:
        return "\n".join(_story(difference, source))
    return "\n".join(_closed_lists(difference, scenario, source))


def _story(difference: Difference, source: str) -> Iterator[str]:
    """The form of FIRST_HOUR.md, story T: where, what lacks, what came nearest, what differs."""
    end = difference.path == AT_THE_END
    yield f"FAIL {'at the end' if end else f'step {difference.path}'} at {_where(difference, source)}"
    if difference.check not in ("", "expect", "check"):
        yield f"  check    {difference.check}"
    yield f"  {difference.sentence()}"
    notes = list(difference.notes)
    head = f"{notes.pop(0)}. " if notes and difference.near else ""
    for near in difference.near:
        yield f"  {head}{'Nearest' if near is difference.near[0] else 'Then'}: {near.text}"
        yield from _fields(near.mismatches)
        head = ""
    yield from (f"  {note}" for note in notes)
    if difference.old_log:
        yield f"  {difference.old_log}"
    yield from _other_lines(difference.others)


def _fields(mismatches: Sequence[Mismatch]) -> Iterator[str]:
    """``msgid   expected 3015 (pause)   got 3014 (stop)``, in columns."""
    rows = [
        (one.attribute, _worded(one.attribute, one.wanted), _worded(one.attribute, one.got))
        for one in mismatches
    ]
    names = max((len(name) for name, _, _ in rows), default=0)
    wanted = max((len(text) for _, text, _ in rows), default=0)
    for name, expected, got in rows:
        yield f"    {name:<{names}}   expected {expected:<{wanted}}   got {got}"


def _worded(key: str, value: str) -> str:
    """A value with the word that recorders know it by: ``3015 (pause)``."""
    word = PRIVATE_MESSAGES.get(value) if key in _MESSAGE_KEYS else None
    return f"{value} ({word})" if word else value


def _where(difference: Difference, source: str) -> str:
    place = difference.place
    return f"{place.source or source}:{place.line}:{place.column}"


def _closed_lists(difference: Difference, scenario: str, source: str) -> list[str]:
    number = difference.step
    when = f"step {number}" if number else "before step 1"
    lines = [f"{scenario} {when} at {_where(difference, source)}"]
    if difference.action:
        lines.append(f"  do       {difference.action}")
    if difference.check:
        lines.append(f"  check    {difference.check}")
    lines.append(f"  result   {difference.sentence()}")
    if difference.nearest:
        lines.append(f"  nearest  {difference.nearest}")
    if difference.mismatch is not None:
        lines += _attribute_lines(difference.mismatch)
    lines += [f"  note     {note}" for note in difference.notes]
    lines += _other_lines(difference.others)
    return lines


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
        "old_log": difference.old_log,
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
