"""What is done with each message of the protocol, taken from the tables that do it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from tlibproto.messages import ANSWERS, CATALOGUE, Message, Request
from tlibsim.session import sources
from tlibsim.session.dispatch import REQUESTS, served

NO_SOURCE = ""


class Cover(Enum):
    """How far the emulator does what a real server does, by the documents we have."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One message.  ``answer`` is the event that answers a request."""

    number: int
    name: str
    is_request: bool
    cover: Cover
    source: str
    answer: str
    note: str


def rows() -> Sequence[Row]:
    """Every request and event of the catalogue, in the order of their numbers."""
    written = {**_written("Request", sources.REQUESTS), **_written("Event", sources.EVENTS)}
    numbers = served()
    return [_row(kind, written, numbers) for _, kind in sorted(CATALOGUE.items(), key=_number)]


def _number(item: tuple[int, type[Message]]) -> int:
    return int(item[0])


def _written(prefix: str, table: Mapping[str, str]) -> Mapping[str, str]:
    return {prefix + name: where for where, names in table.items() for name in names.split()}


def _row(kind: type[Message], written: Mapping[str, str], numbers: frozenset[int]) -> Row:
    name, number = kind.__name__, int(kind.message_id)
    is_request = issubclass(kind, Request)
    present = kind in REQUESTS if is_request else number in numbers
    note = sources.APPROXIMATE.get(name, "") if present else ""
    why_not = "" if present else sources.REFUSED.get(name, "")
    cover = Cover.EXACT if present else Cover.ABSENT
    answer = ANSWERS.get(kind) if issubclass(kind, Request) and present else None
    return Row(
        number=number,
        name=name,
        is_request=is_request,
        cover=Cover.APPROXIMATE if note else cover,
        source=written.get(name, NO_SOURCE),
        answer="" if answer is None else answer.__name__,
        note=note or why_not,
    )


# -- for people ---------------------------------------------------------------------------

_TOP = """# Coverage

Every request and event of the protocol, and what tlibsim does with it. Generated from its
tables by `tlibsim coverage --markdown > COVERAGE.md`; do not edit.

*exact*: as the source says, assumptions and options included. *approximate*: served, and the
note says in what it may differ. *absent*: a request gets EventError 51, an event is never sent
by itself (RequestSendEvent passes any event on).
"""


def markdown() -> str:
    """The generated page COVERAGE.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    table = rows()
    yield _TOP
    yield from _counts(table)
    for title, of in (("Requests", True), ("Events", False)):
        yield f"\n## {title}\n"
        yield (
            "| id | message | coverage | answer | source | note |"
            if of
            else ("| id | message | coverage | source | note |")
        )
        yield (
            "| --- | --- | --- | --- | --- | --- |"
            if of
            else ("| --- | --- | --- | --- | --- |")
        )
        for row in table:
            if row.is_request == of:
                answer = f" {row.answer} |" if of else ""
                yield (
                    f"| {row.number} | {row.name} | {row.cover.value} |{answer}"
                    f" {row.source} | {row.note} |"
                )


def _counts(table: Sequence[Row]) -> Iterator[str]:
    yield "| | exact | approximate | absent |"
    yield "| --- | --- | --- | --- |"
    for title, of in (("requests", True), ("events", False)):
        counts = (
            str(sum(row.cover is cover for row in table if row.is_request == of))
            for cover in Cover
        )
        yield f"| {title} | {' | '.join(counts)} |"
