"""Call detail records and traces of a recordings directory: SQLite in ``details.sqlite3``.

One server writes, any number of processes read meanwhile (write-ahead log).  A record is stored
when it is begun and again when it is over, so that a crash loses the end of a record at most.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tlibsim.cdr.records import printable
from tlibsim.media.names import numbered

STORE_NAME = "details.sqlite3"

Document = dict[str, Any]

_APPLICATION_ID = 0x544C5343
_VERSION = 1
_WRITE_PATIENCE_S = 0.25
_READ_PATIENCE_S = 5.0

_SCHEMA = f"""
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
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
"""


class StoreUnusableError(Exception):
    """The database cannot be used as it is; the text says why."""


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
                printable(document["call_uuid"]),
                printable(row.name),
                printable(row.file_name),
                document.get("started_us") or document.get("requested_us") or 0,
                document.get("ended_us"),
                json.dumps(document),
            ),
        )
        self._connection.execute("DELETE FROM numbers WHERE key = ?", (key,))
        self._connection.executemany(
            "INSERT OR IGNORE INTO numbers VALUES (?, ?)",
            [(key, printable(number)) for number in row.numbers],
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
        conditions, values = _conditions(query)
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
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


def _conditions(query: Query) -> tuple[list[str], dict[str, object]]:
    """Return the SQL conditions of a query and the values in them, by name."""
    conditions: list[str] = []
    values: dict[str, object] = {}
    for key, pattern in _TEXT_CONDITIONS.items():
        wanted = getattr(query, key)
        if wanted is not None:
            fits, values[key] = _fitting(key, wanted)
            conditions.append(pattern.format(fits=fits))
    for key, condition in _TIME_CONDITIONS.items():
        wanted = getattr(query, key)
        if wanted is not None:
            values[key] = wanted
            conditions.append(condition)
    return conditions, values


def _fitting(key: str, wanted: str) -> tuple[str, str]:
    """Return how to compare with a text in which ``*`` fits anything."""
    plain = printable(wanted)
    if "*" not in plain:
        return f"= :{key}", plain
    for special in "\\%_":
        plain = plain.replace(special, "\\" + special)
    return f"LIKE :{key} ESCAPE '\\'", plain.replace("*", "%")


def open_store(directory: Path) -> Store:
    """Open or make the store for writing, and the directory if it is not there.

    StoreUnusableError when the file there is no store of ours, or is damaged; sqlite3.Error or
    OSError when it cannot be opened at all.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / STORE_NAME
    if not path.exists():
        _make(path)
    connection = sqlite3.connect(path, timeout=_WRITE_PATIENCE_S)
    try:
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return Store(connection)


def _make(path: Path) -> None:
    """Make an empty store under another name first: a reader sees a whole one or none."""
    draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
    connection = sqlite3.connect(draft)
    try:
        connection.executescript(_SCHEMA)
    finally:
        connection.close()
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read_store(directory: Path) -> Store:
    """Open the store for reading; nothing is written.

    FileNotFoundError when there is none, StoreUnusableError when it cannot be used.
    """
    path = directory / STORE_NAME
    if not path.is_file():
        raise FileNotFoundError(path)
    place = path.resolve().as_uri()
    for mode in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(f"{place}?{mode}", uri=True, timeout=_READ_PATIENCE_S)
        try:
            _check(connection, path)
        except sqlite3.OperationalError:
            connection.close()
            continue
        except BaseException:
            connection.close()
            raise
        return Store(connection)
    raise StoreUnusableError(f"{path} cannot be read")


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if (application, version) == (_APPLICATION_ID, _VERSION):
            for table in ("records", "numbers", "traces"):
                connection.execute(f"SELECT key FROM {table} LIMIT 1").fetchone()  # noqa: S608
            return
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise StoreUnusableError(f"{path} is damaged: {error}") from error
    if application != _APPLICATION_ID:
        raise StoreUnusableError(f"{path} does not hold call detail records of tlibsim")
    raise StoreUnusableError(f"{path} has the version {version}, and this is {_VERSION}")


def move_aside(directory: Path) -> Path:
    """Give a store that cannot be used, with its companions, another name, and return that."""
    for _, name in numbered(STORE_NAME + ".broken"):
        aside = directory / name
        if not aside.exists():
            break
    for companion in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            (directory / (STORE_NAME + companion)).rename(f"{aside}{companion}")
    return aside
