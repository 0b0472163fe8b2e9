"""What has happened in a run, as patterns see it: which records came, and which are spoken for.

A pattern takes the first record that nobody took yet and that came after the last one taken on the
same DN, or of the same client's requests: the order on one DN counts, that between DNs does not
(BEHAVIOUR.md 0.2).
"""

from collections import deque
from collections.abc import Iterable, Iterator

from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.expectations import Near
from tlibsim.journal.records import Record, record_of
from tlibsim.ports.media import Instant
from tlibsim.scenario.script.patterns import match, nearest, stream
from tlibsim.scenario.script.steps import Pattern
from tlibsim.scenario.terms import Bindings

MOST_OPEN = 100_000
"""So many records wait to be expected; older ones are as good as forgotten."""


class Inbox:
    """The records of a run since it began, and who has taken which."""

    def __init__(self, journal: Journal, begun_at: Instant) -> None:
        self._journal = journal
        self._open: deque[Record] = deque(maxlen=MOST_OPEN)
        self._taken: dict[tuple[str, str], int] = {}
        self._last = journal.last_number
        self.begun_at = begun_at
        self.mark = self._last
        self.marked_at = begun_at
        journal.listen(self._noted, *Kind)

    def begin(self, now: Instant) -> None:
        """Forget what came before the first step."""
        self._open.clear()
        self.begun_at = now
        self.acted(now)

    def since_deed(self) -> Iterator[Record]:
        """What came since the last step that did something, and nobody has taken."""
        return (record for record in tuple(self._open) if record.number > self.mark)

    def close(self) -> None:
        """Listen no more."""
        self._journal.unlisten(self._noted)

    def acted(self, now: Instant) -> None:
        """Something was done just now: what is fresh comes after this."""
        self.mark, self.marked_at = self._last, now

    def candidates(self, pattern: Pattern) -> Iterator[Record]:
        """The records that the pattern may take, oldest first."""
        for record in tuple(self._open):
            if pattern.fresh and record.number <= self.mark:
                continue
            if record.number > self._taken.get(stream(record), 0):
                yield record

    def find(
        self, pattern: Pattern, bindings: Bindings, after: int = 0
    ) -> tuple[tuple[Record, ...], Bindings]:
        """The records that fit, at most one more than are allowed, and the bindings under them."""
        found: list[Record] = []
        enough = pattern.count.least if pattern.count.most is None else pattern.count.most + 1
        for record in self.candidates(pattern):
            if record.number <= after or len(found) >= max(1, enough):
                continue
            under = match(pattern, record, bindings, self.begun_at)
            if under is not None:
                found.append(record)
                bindings = under
        return tuple(found), bindings

    def since_mark(self, pattern: Pattern, bindings: Bindings) -> Record | None:
        """The first record after the last deed that fits, taken or not."""
        for record in tuple(self._open):
            if (
                record.number > self.mark
                and match(pattern, record, bindings, self.begun_at) is not None
            ):
                return record
        return None

    def take(self, records: Iterable[Record]) -> None:
        """These are spoken for."""
        taken = tuple(records)
        gone = {record.number for record in taken}
        for record in taken:
            key = stream(record)
            self._taken[key] = max(self._taken.get(key, 0), record.number)
        self._open = deque(
            (record for record in self._open if record.number not in gone), maxlen=MOST_OPEN
        )

    def near(self, pattern: Pattern, bindings: Bindings) -> tuple[Near, ...]:
        """The records that come nearest to a pattern, taken ones left out."""
        return nearest(pattern, self._open, bindings, self.begun_at, self.marked_at)

    def open_records(self) -> tuple[Record, ...]:
        """What nobody has taken."""
        return tuple(self._open)

    def _noted(self, entry: Entry) -> None:
        self._last = entry.number
        self._open.append(record_of(entry, self._journal.names))


def is_listed(record: Record, listed: frozenset[str]) -> bool:
    """Whether the closed lists of a step look at the record: by its DN, or by who got it."""
    return record.dn in listed or any(who.name in listed for who in record.clients)


def wants_expecting(record: Record, ours: frozenset[str]) -> bool:
    """Whether a strict run fails when nobody expects the record.

    Every event does, every error, and every request of somebody who is not one of ours.
    """
    if record.kind is Kind.REQUEST:
        return not any(who.name in ours for who in record.clients)
    return record.kind is Kind.EVENT or (
        record.kind is Kind.ANSWER and record.name == "EventError"
    )
