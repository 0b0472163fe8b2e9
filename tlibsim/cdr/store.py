"""Call detail records and traces of a recordings directory: SQLite in ``details.sqlite3``.

One server writes, any number of processes read meanwhile (write-ahead log).  A record is stored
when it is begun and again when it is over, so that a crash loses the end of a record at most.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlibsim.media.database import Database, conditions, storable

STORE_NAME = "details.sqlite3"

Document = dict[str, Any]

_SCHEMA = """
CREATE TABLE records (
    key TEXT PRIMARY KEY, kind TEXT NOT NULL, run TEXT NOT NULL, state TEXT NOT NULL,
    conn_id TEXT NOT NULL COLLATE NOCASE, call_uuid TEXT NOT NULL, name TEXT NOT NULL,
    file_name TEXT NOT NULL, started_us INTEGER NOT NULL, ended_us INTEGER,
    document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE numbers (
    key TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (number, key)
) WITHOUT ROWID;
CREATE TABLE traces (key TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX by_start ON records (started_us);
CREATE INDEX by_state ON records (state);
CREATE INDEX by_conn_id ON records (conn_id);
CREATE INDEX by_call_uuid ON records (call_uuid);
CREATE INDEX by_name ON records (name);
CREATE INDEX by_file ON records (file_name);
CREATE INDEX numbers_by_key ON numbers (key);
"""

DATABASE = Database(
    file_name=STORE_NAME,
    application_id=0x544C5343,
    version=1,
    schema=_SCHEMA,
    columns={"records": "key", "numbers": "key", "traces": "key"},
    content="a store of call details",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record as it is stored.  ``name`` is the record id of a recording, empty for a call."""

    document: Mapping[str, Any]
    run: str
    numbers: Sequence[str] = ()
    name: str = ""
    file_name: str = ""
    trace: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for; every value that is not None must fit, ``*`` in a text fits anything.

    ``call`` is a connection id, a call UUID, a record id, a file name or a key.  ``number`` is
    a DN, trunk, queue, login, ANI or DNIS.  A record fits ``since_us`` and ``until_us`` when
    some of it lies between them.
    """

    kind: str | None = None
    call: str | None = None
    number: str | None = None
    state: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    limit: int = 0


class Store:
    """Records by key, and the search over them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, rows: Iterable[Row]) -> None:
        """Write or replace these, all or none; may raise sqlite3.Error."""
        with self._connection:
            for row in rows:
                self._put(row)

    def _put(self, row: Row) -> None:
        document = row.document
        key = document["key"]
        self._connection.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                document["kind"],
                row.run,
                document["state"],
                document["conn_id"],
                storable(document["call_uuid"]),
                storable(row.name),
                storable(row.file_name),
                document.get("started_us") or document.get("requested_us") or 0,
                document.get("ended_us"),
                json.dumps(document),
            ),
        )
        self._connection.execute("DELETE FROM numbers WHERE key = ?", (key,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO numbers VALUES (?, ?)",
            [(key, storable(number)) for number in row.numbers],
        )
        if row.trace is not None:
            self._connection.execute(
                "INSERT OR REPLACE INTO traces VALUES (?, ?)", (key, json.dumps(row.trace))
            )

    def close_unfinished(self, run: str, states: Sequence[str], cause: str) -> int:
        """Mark what other runs left unfinished as lost; how many there were."""
        marks = ", ".join("?" * len(states))
        rows = self._connection.execute(
            f"SELECT key, document FROM records WHERE state IN ({marks}) AND run <> ?",  # noqa: S608
            (*states, run),
        ).fetchall()
        with self._connection:
            for key, text in rows:
                document = {**json.loads(text), "state": "lost", "cause": cause}
                self._connection.execute(
                    "UPDATE records SET state = 'lost', document = ? WHERE key = ?",
                    (json.dumps(document), key),
                )
                self._lose_trace(key, cause)
        return len(rows)

    def _lose_trace(self, key: str, cause: str) -> None:
        trace = self.trace(key)
        if trace is not None:
            trace |= {"state": "lost", "cause": cause}
            self._connection.execute(
                "UPDATE traces SET document = ? WHERE key = ?", (json.dumps(trace), key)
            )

    def prune_traces(self, most: int) -> int:
        """Forget the traces of the oldest recordings above a number (0: none); how many."""
        if not most:
            return 0
        newest = (
            "SELECT key FROM records WHERE kind = 'recording' "
            "ORDER BY started_us DESC, key LIMIT ?"
        )
        with self._connection:
            done = self._connection.execute(
                f"DELETE FROM traces WHERE key NOT IN ({newest})",  # noqa: S608
                (most,),
            )
        return done.rowcount

    def prune(self, most: int) -> int:
        """Forget the oldest records above a number (0: none); how many were forgotten."""
        if not most:
            return 0
        (count,) = self._connection.execute("SELECT COUNT(*) FROM records").fetchone()
        if count <= most:
            return 0
        oldest = self._connection.execute(
            "SELECT key FROM records ORDER BY started_us LIMIT ?", (count - most,)
        ).fetchall()
        with self._connection:
            for table in ("records", "numbers", "traces"):
                self._connection.executemany(f"DELETE FROM {table} WHERE key = ?", oldest)  # noqa: S608
        return len(oldest)

    def search(self, query: Query) -> Iterator[Document]:
        """Yield the records that fit, the latest first."""
        where, values = conditions(query, _TEXT_CONDITIONS, _TIME_CONDITIONS)
        limit = " LIMIT :limit" if query.limit else ""
        rows = self._connection.execute(
            f"SELECT document FROM records{where} ORDER BY started_us DESC, key{limit}",  # noqa: S608
            values | {"limit": query.limit},
        )
        for (document,) in rows:
            yield json.loads(document)

    def trace(self, key: str) -> Document | None:
        """The trace of a recording session by its key."""
        row = self._connection.execute(
            "SELECT document FROM traces WHERE key = ?", (key,)
        ).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def close(self) -> None:
        self._connection.close()


_TEXT_CONDITIONS = {
    "kind": "kind {fits}",
    "call": "(conn_id {fits} OR call_uuid {fits} OR name {fits} OR file_name {fits} "
    "OR key {fits})",
    "number": "key IN (SELECT key FROM numbers WHERE number {fits})",
    "state": "state {fits}",
}
_TIME_CONDITIONS = {
    "since_us": "(ended_us IS NULL OR ended_us >= :since_us)",
    "until_us": "started_us <= :until_us",
}


def open_store(directory: Path) -> Store:
    """Open or make the store for writing, and the directory if it is not there.

    DatabaseUnusableError when the file there is no store of ours, or is damaged; sqlite3.Error
    or OSError when it cannot be opened at all.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return Store(DATABASE.write(directory))


def read_store(directory: Path) -> Store:
    """Open the store for reading; nothing is written.

    FileNotFoundError when there is none, DatabaseUnusableError when it cannot be used.
    """
    return Store(DATABASE.read(directory))
