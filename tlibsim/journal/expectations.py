"""Expectations: what must be in the journal, how often, in which order, in which time.

They are judged over records; who waits for the missing ones and for how long is up to others.
A failure tells the nearest records, each with the terms in which it differs.
"""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tlibsim.journal.query import EPOCH, Differs, Query
from tlibsim.journal.records import MESSAGES, Record
from tlibsim.journal.values import shown_message
from tlibsim.ports.media import Instant

NEAREST = 3
_COUNT = re.compile(
    r"(?P<exact>\d+)|(?P<least>\d+)\.\.(?P<most>\d*)|(?P<op><=|>=|<|>)(?P<than>\d+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How often: at least ``least`` times, at most ``most`` (None: any number)."""

    least: int = 1
    most: int | None = None

    def __contains__(self, number: int) -> bool:
        return number >= self.least and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"{self.least} or more"
        if self.least == self.most:
            return "none" if self.most == 0 else f"exactly {self.least}"
        return f"{self.least} to {self.most}"


ONCE_OR_MORE = Count()
NEVER = Count(least=0, most=0)


def count_of(text: str) -> Count:
    """``2``, ``2..4``, ``2..``, ``>=2``, ``<5``; raises ValueError."""
    found = _COUNT.fullmatch(text.replace(" ", ""))
    if found is None:
        raise ValueError(f"{text!r} is no count; write 2, 2..4, 2.., >=2 or <5")
    if found["exact"] is not None:
        return Count(least=int(found["exact"]), most=int(found["exact"]))
    if found["least"] is not None:
        most = int(found["most"]) if found["most"] else None
        if most is not None and most < int(found["least"]):
            raise ValueError(f"{text!r} ends before it begins")
        return Count(least=int(found["least"]), most=most)
    than = int(found["than"])
    return {
        ">=": Count(least=than),
        ">": Count(least=than + 1),
        "<=": Count(least=0, most=than),
        "<": Count(least=0, most=max(0, than - 1)),
    }[found["op"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A record that comes near: itself, when it came, and the terms that do not hold."""

    record: Record
    after_us: int
    differs: tuple[Differs, ...]

    def lines(self) -> Iterator[str]:
        """One line for the record, one for each term."""
        yield f"{shown_record(self.record)}, {self.after_us / 1_000_000:.3f} s in"
        for one in self.differs:
            yield f"  {one}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether an expectation is met, by which records, and if not what came near."""

    met: bool
    sentence: str
    found: tuple[Record, ...] = ()
    near: tuple[Near, ...] = ()

    def text(self) -> str:
        """All of it, some lines."""
        lines = [self.sentence]
        for one in self.near:
            first, *rest = one.lines()
            lines += [f"  nearest  {first}", *(f"         {line}" for line in rest)]
        return "\n".join(lines)


def expect(
    query: Query,
    records: Iterable[Record],
    count: Count = ONCE_OR_MORE,
    begun_at: Instant = EPOCH,
) -> Judgement:
    """As many records must match as ``count`` says; ``begun_at`` is what times count from."""
    every = tuple(records)
    found = tuple(one for one in every if query.matches(one, begun_at))
    if len(found) in count:
        return Judgement(met=True, sentence=f"{query}: {_times(len(found))}", found=found)
    if len(found) > count.least:
        sentence = f"{query}: {_times(len(found))}, expected {count}"
        return Judgement(met=False, sentence=sentence, found=found)
    near = nearest(query, (one for one in every if one not in found), begun_at)
    came = "nothing matched" if not found else f"only {_times(len(found))}, expected {count}"
    return Judgement(met=False, sentence=f"{query}: {came}", found=found, near=near)


def expect_none(
    query: Query, records: Iterable[Record], begun_at: Instant = EPOCH
) -> Judgement:
    """No record may match."""
    found = tuple(one for one in records if query.matches(one, begun_at))
    if not found:
        return Judgement(met=True, sentence=f"{query}: none came")
    sentence = f"{query}: {_times(len(found))}, expected none: {shown_record(found[0])}"
    return Judgement(met=False, sentence=sentence, found=found)


def expect_order(
    queries: Sequence[Query], records: Iterable[Record], begun_at: Instant = EPOCH
) -> Judgement:
    """For each query a record of its own must match, in this order; others may be between."""
    every = tuple(records)
    found: list[Record] = []
    at = 0
    for query in queries:
        here = next(
            (i for i in range(at, len(every)) if query.matches(every[i], begun_at)), None
        )
        if here is None:
            return _out_of_order(query, every, at, tuple(found), begun_at)
        found.append(every[here])
        at = here + 1
    return Judgement(met=True, sentence=f"{len(queries)} in order", found=tuple(found))


def unexpected(allowed: Iterable[Query], records: Iterable[Record]) -> tuple[Record, ...]:
    """The messages that no query allows: what ``--strict`` fails on."""
    known = tuple(allowed)
    return tuple(
        one
        for one in records
        if one.kind in MESSAGES and not any(query.matches(one) for query in known)
    )


def nearest(
    query: Query, records: Iterable[Record], begun_at: Instant = EPOCH, most: int = NEAREST
) -> tuple[Near, ...]:
    """The messages that come nearest, the nearest and then the oldest first.

    Only those count that share the name or, where none does, at least half of the terms.
    """
    scored: list[tuple[int, int, Record]] = []
    begun = begun_at
    for record in records:
        begun = begun or record.at
        if record.kind in MESSAGES:
            scored.append((-query.nearness(record, begun_at), record.number, record))
    best = heapq.nsmallest(most, scored)
    worth = [one for one in best if 2 * -one[0] >= query.terms and one[0] < 0]
    return tuple(
        Near(
            record=record,
            after_us=record.at - begun,
            differs=query.differences(record, begun_at),
        )
        for _, _, record in worth
    )


def shown_record(record: Record) -> str:
    """A record in one line: message, who sent or got it, and of an error the reason."""
    words = [record.name if record.message is None else shown_message(record.message)]
    if record.clients:
        names = ", ".join(str(who) for who in record.clients)
        words.append(f"{'from' if record.inward else 'to'} {names}")
    if record.detail:
        first = record.detail.splitlines()[0]
        words.append(first if record.message is None else f"({first})")
    return " ".join(words)


def _out_of_order(
    query: Query,
    every: tuple[Record, ...],
    at: int,
    found: tuple[Record, ...],
    begun_at: Instant,
) -> Judgement:
    early = next((one for one in every[:at] if query.matches(one, begun_at)), None)
    after = f" after {shown_record(found[-1])}" if found else ""
    if early is not None and early not in found:
        sentence = f"{query}: came before its turn, as #{early.number}; expected{after}"
        return Judgement(met=False, sentence=sentence, found=found)
    near = nearest(query, every[at:], begun_at)
    return Judgement(
        met=False, sentence=f"{query}: nothing matched{after}", found=found, near=near
    )


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
