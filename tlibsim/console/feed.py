"""Reading the journal over HTTP: questions, waiting for something, and a live feed.

The words of a question are those of the query language (``tlibsim.journal.query``).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tlibsim.config.spans import seconds_of
from tlibsim.console.answer import Answer, readable
from tlibsim.console.documents import clients
from tlibsim.console.problems import WrongRequestError, problem
from tlibsim.console.simulator import Simulated
from tlibsim.journal import Entry, Kind
from tlibsim.journal.expectations import Count, expect, shown_record
from tlibsim.journal.export import to_object
from tlibsim.journal.query import Query, parse
from tlibsim.journal.records import Record, record_of, records
from tlibsim.journal.syntax import QueryError
from tlibsim.journal.tserverlog import to_log
from tlibsim.runs.document import Document

MOST = 1000
MOST_WAITING = 64
QUEUE = 10_000
_LONGEST_S = 600.0
_PULSE_S = 15.0
_TERMS = ("event", "request", "dn", "client", "call")


def span(text: str, where: str) -> float:
    """Seconds of ``5s``, ``250ms``, ``30m``; raises WrongRequestError."""
    try:
        return seconds_of(text)
    except ValueError as error:
        raise WrongRequestError(where, str(error)) from None


class Feed:
    """What the journal of one simulator tells to the outside."""

    def __init__(self, simulated: Simulated) -> None:
        self._simulated = simulated
        self._waiting = 0

    # -- questions -----------------------------------------------------------------------------

    async def find(self, request: Request, _: Any) -> Response:
        """Records that fit, oldest first."""
        wanted, after = _query(request), _number(request, "after", 0)
        limit = min(_number(request, "limit", MOST), MOST)
        found = [one for one in records(self._simulated.journal, after) if wanted.matches(one)]
        return Answer([to_object(one) for one in found[-limit:]])

    async def log(self, request: Request, _: Any) -> Response:
        """The same as the text of a T-Server log."""
        wanted = _query(request)
        found = (one for one in records(self._simulated.journal) if wanted.matches(one))
        text = "\n".join(to_log(found))
        return Response(readable(text) + "\n", media_type="text/plain; charset=utf-8")

    async def wait(self, request: Request, _: Any) -> Response:
        """The first record after now (or after a number) that fits; 408 with the nearest."""
        wanted = _query(request)
        if not wanted.terms:
            raise WrongRequestError("event", "say what to wait for: event, dn, q ...")
        limit = min(span(request.query_params.get("timeout", "5s"), "timeout"), _LONGEST_S)
        journal = self._simulated.journal
        after = _number(request, "after", journal.last_number)
        begun = asyncio.get_running_loop().time()
        with self._listening(wanted) as queue:
            here = next((one for one in records(journal, after) if wanted.matches(one)), None)
            if here is None:
                with suppress(TimeoutError):
                    here = _record(await asyncio.wait_for(queue.get(), limit))
        if here is None:
            judged = expect(wanted, records(journal, after), Count(least=1))
            hints = self._sooner(wanted, after) or self._unheard(
                request.query_params.get("dn", "")
            )
            return problem(408, "nothing-came", f"{judged.text()}\nwaited {limit:g} s{hints}")
        after_s = asyncio.get_running_loop().time() - begun
        found = {**to_object(here), "text": shown_record(here), "after_s": round(after_s, 3)}
        return Answer(found)

    def _sooner(self, wanted: Query, after: int) -> str:
        """A line on what came before the waiting began, else nothing."""
        came = [
            one for one in records(self._simulated.journal)
            if one.number <= after and wanted.matches(one)
        ]  # fmt: skip
        if not came:
            return ""
        number = came[-1].number
        return (
            f"\n#{number} came before the waiting began: ask for what came after {number - 1}"
        )

    def _unheard(self, dn: str) -> str:
        """A line on why nothing can come of a DN that nobody has registered, else nothing."""
        if not dn or any(dn in one["dns"] for one in clients(self._simulated)):
            return ""
        return f"\nno client has registered {dn}: its events go to nobody"

    async def verify(self, _: Request, body: Any) -> Response:
        """Judge an expectation over what is in the journal."""
        wanted = parse(body.query)
        count = Count(least=body.least, most=body.most)
        judged = expect(wanted, records(self._simulated.journal, body.after), count)
        document = {
            "met": judged.met,
            "text": judged.text(),
            "found": [to_object(one) for one in judged.found[-MOST:]],
        }
        return Answer(document)

    # -- the live feed -------------------------------------------------------------------------

    async def events(self, request: Request, _: Any) -> Response:
        """Server-sent events; ``Last-Event-ID`` goes on where a broken connection ended."""
        wanted = _query(request)
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdecimal() else self._simulated.journal.last_number
        stream = self._stream(wanted, after)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _stream(self, wanted: Query, after: int) -> AsyncIterator[str]:
        with self._listening(wanted) as queue, self._hearing_runs(wanted, queue):
            yield ": tlibsim\n\n"
            told = after
            for record in records(self._simulated.journal, after):
                if wanted.matches(record):
                    told = record.number
                    yield _event(record)
            while True:
                try:
                    came = await asyncio.wait_for(queue.get(), _PULSE_S)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if isinstance(came, str):
                    yield came
                elif came.number > told:
                    yield _event(came)

    @contextmanager
    def _hearing_runs(
        self, wanted: Query, queue: "asyncio.Queue[Record | str]"
    ) -> Iterator[None]:
        """Who asks for everything also gets how runs go on, as events without a number."""
        runs = self._simulated.runs
        if runs is None or wanted.terms:
            yield
            return

        def told(head: Document) -> None:
            if not queue.full():
                queue.put_nowait(f"event: run\ndata: {json.dumps(head)}\n\n")

        runs.listen(told)
        try:
            yield
        finally:
            runs.ignore(told)

    @contextmanager
    def _listening(self, wanted: Query) -> Iterator["asyncio.Queue[Record | str]"]:
        """A queue of records that fit; one that nobody empties loses the newest."""
        if self._waiting >= MOST_WAITING:
            raise WrongRequestError("", f"{MOST_WAITING} requests wait already")
        queue: asyncio.Queue[Record | str] = asyncio.Queue(QUEUE)
        journal = self._simulated.journal

        def listener(entry: Entry) -> None:
            record = record_of(entry, journal.names)
            if wanted.matches(record) and not queue.full():
                queue.put_nowait(record)

        self._waiting += 1
        journal.listen(listener, *Kind)
        try:
            yield queue
        finally:
            journal.ignore(listener)
            self._waiting -= 1


def _record(came: Record | str) -> Record | None:
    return came if isinstance(came, Record) else None


def _event(record: Record) -> str:
    document = readable(
        json.dumps({**to_object(record), "text": shown_record(record)}, ensure_ascii=False)
    )
    return f"id: {record.number}\nevent: {record.kind.value}\ndata: {document}\n\n"


def _query(request: Request) -> Query:
    """``q`` and the terms that have a parameter of their own; raises WrongRequestError."""
    asked = request.query_params.get("q", "")
    words: list[str] = []
    for term in _TERMS:
        value = request.query_params.get(term)
        if value:
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            plain = all(letter.isalnum() or letter in "*?_-," for letter in value)
            words.append(f"{term}:{value}" if plain else f"{term}:'{escaped}'")
    try:
        parse(asked)  # by itself first, so that a column is that of the question
        return parse(" ".join((*words, f"({asked})" if words and asked else asked)))
    except QueryError as error:
        raise WrongRequestError("q", str(error)) from None


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise WrongRequestError(name, f"{text!r} is no number")
    return int(text)
