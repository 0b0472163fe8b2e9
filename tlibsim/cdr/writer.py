"""Writes what was gathered, on a thread of its own: a slow disk never delays a call.

A trouble with the disk never touches a call: what could not be written waits, bounded, and is
written later; a store that is damaged is moved aside and made anew.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tlibsim.cdr.gatherer import GatheredSession
from tlibsim.cdr.lines import JsonLines
from tlibsim.cdr.records import CallRecord, RecordState, distinct, recording_record
from tlibsim.cdr.store import DATABASE, Row, Store, open_store
from tlibsim.media.database import DatabaseUnusableError
from tlibsim.media.recovery import DirectoryLock
from tlibsim.recording.inspection import Inspector, document_of

LOCK_NAME = ".tlibsim-details"

_LOG = logging.getLogger("tlibsim.cdr")
_GATHER_S = 0.25
_MOST_WAITING = 20_000
_PRUNE_EVERY = 500
_LOST = "the server ended without a word"
_UNFINISHED = ("live", "starting", "active", "paused", "reestablishing", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterSettings:
    """``most_records`` and ``most_traces`` (0: no bound) in the store.

    ``lines_bytes`` is the bound of the JSON lines, 0 for none; None: no lines.
    """

    directory: Path
    run: str
    server: str
    switch: str
    most_records: int = 100_000
    most_traces: int = 10_000
    lines_bytes: int | None = 64_000_000


class _Flush:
    """Asks for everything to be written at once; ``done`` is set when that was tried."""

    def __init__(self) -> None:
        self.done = threading.Event()


class _Close(_Flush):
    """The last thing that is asked for."""


_Item = CallRecord | GatheredSession | _Flush


class DetailWriter:
    """A :class:`tlibsim.cdr.gatherer.Sink`: takes records at once and writes them later."""

    def __init__(self, settings: WriterSettings, inspector: Inspector) -> None:
        self._settings = settings
        self.inspector = inspector
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._waiting: dict[str, Row] = {}
        self._finished: list[Mapping[str, Any]] = []
        self._store: Store | None = None
        self._lock = DirectoryLock(LOCK_NAME)
        self._since_pruned = 0
        self._closed = False
        self.problem = ""
        self._thread = threading.Thread(target=self._run, name="tlibsim-cdr", daemon=True)
        lines = settings.lines_bytes
        self._lines = None if lines is None else JsonLines(settings.directory, lines)

    def open(self) -> None:
        """Begin to write."""
        self._thread.start()

    def call(self, record: CallRecord) -> None:
        """A call has begun to matter, or is over; it must not change any more."""
        self._put(record)

    def session(self, gathered: GatheredSession) -> None:
        """A recording session has changed."""
        self._put(gathered)

    def flush(self, patience_s: float = 10.0) -> bool:
        """Wait until what was taken so far is written, as far as it can be; False: too slow."""
        if self._closed:
            return True
        flush = _Flush()
        self._items.put(flush)
        return flush.done.wait(patience_s)

    def close(self, patience_s: float = 10.0) -> None:
        """Write everything and end; what is not written after the time is left out."""
        if self._closed:
            return
        self._closed = True
        self._items.put(_Close())
        if self._thread.ident is not None:
            self._thread.join(patience_s)

    def _put(self, item: _Item) -> None:
        if not self._closed:
            self._items.put(item)

    # -- on the thread -----------------------------------------------------------------------

    def _run(self) -> None:
        self._begin()
        while True:
            items = self._take()
            for latest in _latest(items):
                self._keep(latest)
            self._write()
            for item in items:
                if isinstance(item, _Flush):
                    item.done.set()
            if isinstance(items[-1], _Close):
                break
        if self._store is not None:
            self._store.close()
        self._lock.release()

    def _begin(self) -> None:
        """Mark what a crash left unfinished, if no other server works here."""
        try:
            self._settings.directory.mkdir(parents=True, exist_ok=True)
            alone = self._lock.acquire(self._settings.directory)
            store = self._opened()
            if alone and store is not None:
                store.close_unfinished(self._settings.run, _UNFINISHED, _LOST)
            self._lock.share()
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)

    def _take(self) -> list[_Item]:
        """Wait for something, then for a little more: many changes make one transaction."""
        items = [self._items.get()]
        until = time.monotonic() + _GATHER_S
        while not isinstance(items[-1], _Flush):
            try:
                items.append(self._items.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                break
        return items

    def _keep(self, item: CallRecord | GatheredSession) -> None:
        try:
            row, final = _ROWS[type(item)](self, item)
        except Exception:  # noqa: BLE001  one record that cannot be made must not end the rest
            _LOG.exception("a record could not be made")
            return
        self._waiting[row.document["key"]] = row
        if final and self._lines is not None:
            self._finished.append(row.document)

    def _call_row(self, record: CallRecord) -> tuple[Row, bool]:
        document = record.document()
        numbers = distinct(record.numbers())
        return (
            Row(document=document, run=record.run, numbers=numbers),
            record.state is RecordState.ENDED,
        )

    def _session_row(self, gathered: GatheredSession) -> tuple[Row, bool]:
        settings = self._settings
        trace = document_of(
            self.inspector.complete(gathered.trace),
            key=gathered.key,
            server=settings.server,
            switch=settings.switch,
            client=gathered.client,
            notes=gathered.notes,
        )
        document = recording_record(trace)
        numbers = distinct((trace["record_dn"], trace["other_dn"], *trace["parties"]))
        row = Row(
            document=document,
            run=gathered.run,
            numbers=numbers,
            name=trace["record_id"],
            file_name=trace["file_name"],
            trace=trace,
        )
        return row, gathered.final

    def _write(self) -> None:
        try:
            store = self._opened()
            if store is not None:
                store.put(self._waiting.values())
                self._since_pruned += len(self._waiting)
                self._waiting.clear()
                self._prune(store)
            self._write_lines()
            self.problem = ""
        except (sqlite3.OperationalError, OSError) as error:
            self._trouble(error)
        except (sqlite3.DatabaseError, DatabaseUnusableError) as error:
            self._renew(error)

    def _write_lines(self) -> None:
        if self._lines is not None and self._finished:
            self._lines.append(self._finished)
            self._finished.clear()

    def _prune(self, store: Store) -> None:
        if self._since_pruned >= _PRUNE_EVERY:
            self._since_pruned = 0
            store.prune(self._settings.most_records)
            store.prune_traces(self._settings.most_traces)

    def _opened(self) -> Store | None:
        if self._store is None:
            try:
                self._store = open_store(self._settings.directory)
            except DatabaseUnusableError as error:
                aside = DATABASE.move_aside(self._settings.directory)
                _LOG.warning("%s; kept as %s and made anew", error, aside)
                self._store = open_store(self._settings.directory)
        return self._store

    def _renew(self, error: Exception) -> None:
        self._drop()
        try:
            aside = DATABASE.move_aside(self._settings.directory)
            _LOG.warning("%s; kept as %s and made anew", error, aside)
        except OSError as second:
            self._trouble(second)

    def _trouble(self, error: Exception) -> None:
        self._drop()
        for key in list(self._waiting)[:-_MOST_WAITING]:
            del self._waiting[key]
        del self._finished[:-_MOST_WAITING]
        problem = f"records of calls cannot be written to {self._settings.directory}: {error}"
        if problem != self.problem:
            _LOG.warning("%s; they are written later", problem)
        self.problem = problem

    def _drop(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


def _latest(items: Iterable[_Item]) -> Iterable[CallRecord | GatheredSession]:
    """What was told last of each call and session; what came before need not be written."""
    found: dict[str, CallRecord | GatheredSession] = {}
    for item in items:
        if not isinstance(item, _Flush):
            found[item.key] = item
    return found.values()


_ROWS: Mapping[type, Any] = MappingProxyType(
    {CallRecord: DetailWriter._call_row, GatheredSession: DetailWriter._session_row}
)
