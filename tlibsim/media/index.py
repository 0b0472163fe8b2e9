"""The index of a recordings directory: SQLite in ``recordings.sqlite3``.

One recorder writes, any number of processes read meanwhile (write-ahead log).  The JSON files
beside the recordings are the truth: an index that is missing, damaged or strange is made anew
from them, by the recorder in the directory, by a reader in memory.
"""

import json
import logging
import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path

from tlibsim.media.database import Database, DatabaseUnusableError, conditions, storable
from tlibsim.media.entries import RecordingEntry, RecordingQuery, entry_of
from tlibsim.media.metadata import Document, MetadataError, read_document
from tlibsim.media.names import METADATA_SUFFIX

INDEX_NAME = "recordings.sqlite3"

_LOG = logging.getLogger("tlibsim.media")

_SCHEMA = """
CREATE TABLE recordings (
    name TEXT PRIMARY KEY, state TEXT NOT NULL, record_id TEXT NOT NULL,
    call_uuid TEXT NOT NULL, conn_id TEXT NOT NULL COLLATE NOCASE, record_dn TEXT NOT NULL,
    agent TEXT NOT NULL, started_us INTEGER NOT NULL, ended_us INTEGER,
    metadata TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE numbers (
    name TEXT NOT NULL, number TEXT NOT NULL, is_party INTEGER NOT NULL,
    PRIMARY KEY (number, name)
) WITHOUT ROWID;
CREATE INDEX by_start ON recordings (started_us);
CREATE INDEX by_state ON recordings (state);
CREATE INDEX by_conn_id ON recordings (conn_id);
CREATE INDEX by_call_uuid ON recordings (call_uuid);
CREATE INDEX by_record_id ON recordings (record_id);
CREATE INDEX by_agent ON recordings (agent);
CREATE INDEX numbers_by_name ON numbers (name);
"""

DATABASE = Database(
    file_name=INDEX_NAME,
    application_id=0x544C5352,
    version=1,
    schema=_SCHEMA,
    columns={"recordings": "name", "numbers": "name"},
    content="an index of recordings",
)


class RecordingsIndex:
    """Entries by name, and the search over them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, documents: Iterable[Mapping[str, object]]) -> None:
        """Write or replace these entries, all or none; may raise sqlite3.Error."""
        with self._connection:
            for document in documents:
                self._put(entry_of(document))

    def remove(self, names: Iterable[str]) -> None:
        """Forget recordings; may raise sqlite3.Error."""
        with self._connection:
            for name in names:
                for table in ("recordings", "numbers"):
                    self._connection.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608

    def names(self, states: Iterable[str] = ()) -> set[str]:
        """Return the names of all recordings, or of those in one of some states."""
        wanted = tuple(states)
        marks = ", ".join("?" * len(wanted))
        where = f" WHERE state IN ({marks})" if wanted else ""
        rows = self._connection.execute(f"SELECT name FROM recordings{where}", wanted)  # noqa: S608
        return {str(name) for (name,) in rows}

    def search(self, query: RecordingQuery) -> Iterator[RecordingEntry]:
        """Yield the recordings that fit, the latest first."""
        where, values = conditions(query, _TEXT_CONDITIONS, _TIME_CONDITIONS)
        limit = " LIMIT :limit" if query.limit else ""
        rows = self._connection.execute(
            f"SELECT metadata FROM recordings{where} ORDER BY started_us DESC, name{limit}",  # noqa: S608
            values | {"limit": query.limit},
        )
        for (metadata,) in rows:
            yield entry_of(json.loads(metadata))

    def close(self) -> None:
        self._connection.close()

    def _put(self, entry: RecordingEntry) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO recordings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                entry.name,
                entry.state,
                storable(entry.record_id),
                storable(entry.call_uuid),
                entry.conn_id,
                storable(entry.record_dn),
                storable(entry.agent),
                entry.started_us,
                entry.ended_us,
                json.dumps(entry.document),
            ),
        )
        self._connection.execute("DELETE FROM numbers WHERE name = ?", (entry.name,))
        self._connection.executemany(
            "INSERT INTO numbers VALUES (?, ?, ?)",
            [(entry.name, storable(number), number in entry.dns) for number in entry.numbers],
        )


_TEXT_CONDITIONS = {
    "call": "(conn_id {fits} OR call_uuid {fits} OR record_id {fits} OR name {fits})",
    "dn": "name IN (SELECT name FROM numbers WHERE number {fits} AND is_party)",
    "number": "name IN (SELECT name FROM numbers WHERE number {fits})",
    "agent": "agent {fits}",
    "state": "state {fits}",
}
_TIME_CONDITIONS = {
    "since_us": "(ended_us IS NULL OR ended_us >= :since_us)",
    "until_us": "started_us <= :until_us",
}


def open_index(directory: Path) -> RecordingsIndex:
    """Open or make the index for writing.

    DatabaseUnusableError when the file there is no index of ours, or is damaged; sqlite3.Error
    or OSError when it cannot be opened at all.
    """
    return RecordingsIndex(DATABASE.write(directory))


def read_index(directory: Path) -> tuple[RecordingsIndex, str]:
    """Open the index for reading, and say what was wrong with it, or nothing.

    An index that cannot be used is made anew in memory from the metadata; nothing is written.
    FileNotFoundError or NotADirectoryError when there is no such directory.
    """
    path = directory / INDEX_NAME
    if path.exists():
        try:
            return RecordingsIndex(DATABASE.read(directory)), ""
        except DatabaseUnusableError as error:
            complaint = f"{error}; reading the metadata beside the recordings instead"
        except sqlite3.Error as error:
            complaint = f"{path} cannot be read ({error}); reading the metadata instead"
    else:
        next(directory.iterdir(), None)
        complaint = ""
    index = RecordingsIndex(DATABASE.in_memory())
    index.put(documents_in(directory))
    return index, complaint


def names_in(directory: Path) -> set[str]:
    """Return the names of all recordings in a directory, if their metadata are such."""
    return {path.name.removesuffix(METADATA_SUFFIX) for path in _metadata_files(directory)}


def documents_in(directory: Path, names: Container[str] | None = None) -> Iterator[Document]:
    """Yield the metadata of all recordings, or of some; what cannot be read is logged."""
    for path in sorted(_metadata_files(directory)):
        if names is not None and path.name.removesuffix(METADATA_SUFFIX) not in names:
            continue
        try:
            document = read_document(path)
            entry_of(document)
        except (MetadataError, OSError) as error:
            _LOG.warning("passed over: %s", error)
            continue
        yield document


def _metadata_files(directory: Path) -> Iterator[Path]:
    return directory.glob("*" + METADATA_SUFFIX)
