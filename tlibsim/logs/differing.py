"""What differs between two logs, or a log and a run, blind to identifiers and times.

Messages are compared DN by DN, because the order between DNs is free (BEHAVIOUR.md 0.2, 7): what
is missing, what is more, what came in another order, and which attributes changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tlibproto.vocabulary import Value
from tlibsim.journal.names import attribute_names
from tlibsim.journal.values import shown
from tlibsim.logs.identifiers import Identifiers, without
from tlibsim.logs.message import LogMessage, Role

DEFAULT_IGNORE = (
    "EventSequenceNumber",
    "TimeStamp",
    "TimeinSecs",
    "TimeinuSecs",
    "Server",
    "NetworkNodeID",
    "CustomerID",
)
_LOOK_AHEAD = 64
_REFERENCE = "ReferenceID"
_SHOWN = ("ConnID", "ThisDN", "OtherDN", "CallState", "ErrorCode", "PrivateMsgID")
Order = tuple[int, int]


class Change(Enum):
    """How the second log differs from the first."""

    MISSING = "missing"
    EXTRA = "extra"
    CHANGED = "changed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffOptions:
    """``ignore`` are attributes by name; ``blind`` to identifiers and times."""

    ignore: frozenset[str] = frozenset(DEFAULT_IGNORE)
    blind: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDifference:
    """One difference on one DN (or client, where there is none).

    ``before`` is the last message of the first log that both have.  Of a change ``attribute``,
    ``left`` and ``right`` are what differs.
    """

    change: Change
    lane: str
    first: LogMessage | None = None
    second: LogMessage | None = None
    before: LogMessage | None = None
    attribute: str = ""
    left: str = ""
    right: str = ""

    def lines(self) -> Iterator[str]:
        """For people: what, where in each log, and after what."""
        message = self.first or self.second
        name = message.name if message is not None else ""
        where = f" on {self.lane}" if self.lane else ""
        what = f" {self.attribute}" if self.attribute else ""
        yield f"{self.change.value}: {name}{where}{what}"
        if self.before is not None:
            yield f"    after {self.before.name} ({self.before.place})"
        if self.attribute:
            yield f"    {_place(self.first)}  {self.attribute} {self.left}"
            yield f"    {_place(self.second)}  {self.attribute} {self.right}"
            return
        for one in (self.first, self.second):
            if one is not None:
                yield f"    {one.place}  {summary(one)}"


def _place(message: LogMessage | None) -> str:
    return message.place if message is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All differences, in the order of the first log, and how much was compared."""

    differences: tuple[LogDifference, ...]
    compared: int


def compare_logs(
    first: Iterable[LogMessage],
    second: Iterable[LogMessage],
    options: DiffOptions | None = None,
) -> Comparison:
    """Compare two logs message by message; both are held in memory."""
    run = _Run(options or DiffOptions())
    ignore = run.options.ignore
    mine, theirs = _lanes(first, ignore), _lanes(second, ignore)
    gaps: list[tuple[Order, LogDifference]] = []
    pairs: list[tuple[Order, str, LogMessage, LogMessage, LogMessage | None]] = []
    for lane in {**mine, **theirs}:
        for step in _aligned(mine.get(lane, ()), theirs.get(lane, ())):
            if step.first is not None and step.second is not None and not step.moved:
                pairs.append((step.order, lane, step.first, step.second, step.before))
            else:
                gaps.append((step.order, _gap(step, lane)))
    found = list(gaps)
    for order, lane, one, other, before in sorted(pairs, key=lambda pair: pair[0]):
        found += [(order, each) for each in run.changes(lane, one, other, before)]
    found.sort(key=lambda item: item[0])
    return Comparison(differences=tuple(each for _, each in found), compared=len(pairs))


def summary(message: LogMessage) -> str:
    """A message in one line."""
    known = attribute_names()
    values = [
        f"{name}={shown(message.values[name], known.get(name.lower()))}"
        for name in _SHOWN
        if name in message.values
    ]
    return " ".join([message.name, *values])


# -- lanes and their alignment -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    """A message with its number among all, and its values without identifiers."""

    number: int
    message: LogMessage
    values: Mapping[str, object]

    def unlike(self, other: "_Placed") -> int | None:
        """In how many attributes two messages differ; None when they are not the same message."""
        if self.message.name != other.message.name:
            return None
        return len(
            {name for name, _ in self.values.items() ^ other.values.items()}
            if self.values != other.values
            else ()
        )


def _lanes(messages: Iterable[LogMessage], ignore: frozenset[str]) -> dict[str, list[_Placed]]:
    """The messages of each DN."""
    found: dict[str, list[_Placed]] = {}
    known = attribute_names()
    for number, message in enumerate(messages):
        values = {
            name: without(known.get(name.lower()), name, value)
            for name, value in message.values.items()
            if name not in ignore
        }
        found.setdefault(message.this_dn, []).append(_Placed(number, message, values))
    return found


@dataclass(slots=True, kw_only=True)
class _Aligned:
    """Messages of both logs that belong together, or one that stands alone."""

    order: Order
    first: LogMessage | None = None
    second: LogMessage | None = None
    before: LogMessage | None = None
    moved: bool = False


_Lane = Sequence[_Placed]


def _aligned(mine: _Lane, theirs: _Lane) -> list[_Aligned]:
    """Put the messages of a lane side by side, with as few left alone as can be seen."""
    found: list[_Aligned] = []
    i = j = 0
    before: LogMessage | None = None
    while i < len(mine) or j < len(theirs):
        skip_mine, skip_theirs = _next_pair(mine, theirs, i, j)
        found += [
            _Aligned(order=(one.number, 0), first=one.message, before=before)
            for one in mine[i : i + skip_mine]
        ]
        i += skip_mine
        at = mine[i - 1].number if i else -1
        found += [
            _Aligned(order=(at, 1), second=one.message, before=before)
            for one in theirs[j : j + skip_theirs]
        ]
        j += skip_theirs
        if i < len(mine) and j < len(theirs) and mine[i].unlike(theirs[j]) is not None:
            one = mine[i]
            found.append(
                _Aligned(
                    order=(one.number, 0),
                    first=one.message,
                    second=theirs[j].message,
                    before=before,
                )
            )
            before = one.message
            i, j = i + 1, j + 1
    return _with_moves(found)


def _next_pair(mine: _Lane, theirs: _Lane, i: int, j: int) -> tuple[int, int]:
    """How many to pass over on each side to come to two that belong together.

    The cheapest way counts: a message that is passed over is one difference, and so is each
    attribute in which the two differ.
    """
    left, right = min(len(mine) - i, _LOOK_AHEAD), min(len(theirs) - j, _LOOK_AHEAD)
    best: tuple[int, int, int, int] | None = None
    for total in range(left + right + 1):
        if best is not None and total > best[0]:
            break
        for a in range(max(0, total - right), min(total, left) + 1):
            b = total - a
            unlike = mine[i + a].unlike(theirs[j + b]) if a < left and b < right else None
            if unlike is not None:
                cost = (total + unlike, abs(a - b), a, b)
                best = cost if best is None else min(best, cost)
    return best[2:] if best is not None else (left, right)


def _with_moves(found: list[_Aligned]) -> list[_Aligned]:
    """What is missing here and more there, near to it and of the same name, came in other order."""
    result: list[_Aligned] = []
    for index, each in enumerate(found):
        one = each
        if one.moved:
            continue
        alone = (one.first is None) != (one.second is None)
        other = _moved_to(found, index, one) if alone else None
        if other is not None:
            other.moved = True
            one = _Aligned(
                order=one.order,
                first=one.first or other.first,
                second=one.second or other.second,
                before=one.before,
                moved=True,
            )
        result.append(one)
    return result


def _moved_to(found: list[_Aligned], index: int, one: _Aligned) -> _Aligned | None:
    mine = one.first or one.second
    for other in found[index + 1 : index + 1 + _LOOK_AHEAD]:
        opposite = other.second if one.first is not None else other.first
        alone = (other.first is None) != (other.second is None)
        if alone and not other.moved and opposite and mine and opposite.name == mine.name:
            return other
    return None


def _gap(step: _Aligned, lane: str) -> LogDifference:
    change = Change.REORDERED if step.moved else Change.MISSING
    if step.first is None:
        change = Change.EXTRA
    return LogDifference(
        change=change, lane=lane, first=step.first, second=step.second, before=step.before
    )


# -- attributes ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """The comparison of values while it goes on."""

    options: DiffOptions
    identifiers: Identifiers = field(init=False)

    def __post_init__(self) -> None:
        self.identifiers = Identifiers(blind=self.options.blind)

    def changes(
        self, lane: str, one: LogMessage, other: LogMessage, before: LogMessage | None
    ) -> Iterator[LogDifference]:
        """The attributes in which two messages differ; a list counts once."""
        known = attribute_names()
        if one.role is Role.REQUEST and _REFERENCE in one.values and _REFERENCE in other.values:
            self.identifiers.asked(lane, one.values[_REFERENCE], other.values[_REFERENCE])
        for name in {**one.values, **other.values}:
            attribute = known.get(name.lower())
            mine, theirs = one.values.get(name), other.values.get(name)
            if name in self.options.ignore or self._same(name, mine, theirs, lane):
                continue
            yield LogDifference(
                change=Change.CHANGED,
                lane=lane,
                first=one,
                second=other,
                before=before,
                attribute=name,
                left=shown(mine, attribute),
                right=shown(theirs, attribute),
            )

    def _same(self, name: str, mine: Value | None, theirs: Value | None, lane: str) -> bool:
        if mine is None or theirs is None:
            return False
        attribute = attribute_names().get(name.lower())
        return self.identifiers.same(attribute, name, mine, theirs, lane)


def counts(differences: Iterable[LogDifference]) -> Mapping[Change, int]:
    """How many there are of each kind."""
    found = dict.fromkeys(Change, 0)
    for one in differences:
        found[one.change] += 1
    return found
