"""An SQLite file in a directory that one server writes and any process may read meanwhile.

Two things of the product are found again with one: the index of recordings
(:mod:`tlibsim.media.index`) and call details (:mod:`tlibsim.cdr.store`).
"""

import os
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tlibsim.media.names import numbered

_WRITE_PATIENCE_S = 0.25
_READ_PATIENCE_S = 5.0


class DatabaseUnusableError(Exception):
    """The database cannot be used as it is; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What kind of database it is: its file, its marks, and the SQL that makes it.

    ``columns`` names a column of each table, by table.  ``content`` says what is in it, as
    "an index of recordings".
    """

    file_name: str
    application_id: int
    version: int
    schema: str
    columns: Mapping[str, str]
    content: str

    def write(self, directory: Path) -> sqlite3.Connection:
        """Open or make it for writing.

        DatabaseUnusableError when the file there is another kind, or is damaged; sqlite3.Error
        or OSError when it cannot be opened at all.
        """
        path = directory / self.file_name
        if not path.exists():
            self._make(path)
        connection = sqlite3.connect(path, timeout=_WRITE_PATIENCE_S)
        try:
            self._check(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()
            raise
        return connection

    def read(self, directory: Path) -> sqlite3.Connection:
        """Open it read-only; in a directory that cannot be written, as one that does not change.

        FileNotFoundError when there is none, DatabaseUnusableError when it cannot be used.
        """
        path = directory / self.file_name
        if not path.is_file():
            raise FileNotFoundError(path)
        place = path.resolve().as_uri()
        for mode in ("mode=ro", "mode=ro&immutable=1"):
            connection = sqlite3.connect(f"{place}?{mode}", uri=True, timeout=_READ_PATIENCE_S)
            try:
                self._check(connection, path)
            except sqlite3.OperationalError:
                connection.close()
                continue
            except BaseException:
                connection.close()
                raise
            return connection
        raise DatabaseUnusableError(f"{path} cannot be read")

    def in_memory(self) -> sqlite3.Connection:
        """Make an empty one that is gone when it is closed."""
        connection = sqlite3.connect(":memory:")
        connection.executescript(self._script())
        return connection

    def move_aside(self, directory: Path) -> Path:
        """Give one that cannot be used, with its companions, another name, and return that."""
        for _, name in numbered(self.file_name + ".broken"):
            aside = directory / name
            if not aside.exists():
                break
        for companion in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                (directory / (self.file_name + companion)).rename(f"{aside}{companion}")
        return aside

    def _script(self) -> str:
        marks = f"PRAGMA application_id = {self.application_id};"
        return f"{self.schema}\n{marks}\nPRAGMA user_version = {self.version};"

    def _make(self, path: Path) -> None:
        """Make an empty one under another name first: a reader sees a whole one or none."""
        draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.new")
        connection = sqlite3.connect(draft)
        try:
            connection.executescript(self._script())
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

    def _check(self, connection: sqlite3.Connection, path: Path) -> None:
        try:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if (application, version) == (self.application_id, self.version):
                for table, column in self.columns.items():
                    connection.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()  # noqa: S608
                return
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise DatabaseUnusableError(f"{path} is damaged: {error}") from error
        if application != self.application_id:
            raise DatabaseUnusableError(f"{path} is not {self.content}")
        raise DatabaseUnusableError(
            f"{path} is {self.content} of version {version}, and this is {self.version}"
        )


def storable(text: str) -> str:
    """Make a text from the wire storable: bytes outside its character set are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def conditions(
    query: object, texts: Mapping[str, str], times: Mapping[str, str]
) -> tuple[str, dict[str, object]]:
    """Return the WHERE clause of a query, empty for everything, and the values in it, by name.

    ``texts`` and ``times`` give the condition of each attribute of the query that is not None;
    ``{fits}`` in one of a text is the comparison, where ``*`` fits anything.
    """
    found: list[str] = []
    values: dict[str, object] = {}
    for key, pattern in texts.items():
        wanted = getattr(query, key)
        if wanted is not None:
            fits, values[key] = _fitting(key, wanted)
            found.append(pattern.format(fits=fits))
    for key, condition in times.items():
        wanted = getattr(query, key)
        if wanted is not None:
            values[key] = wanted
            found.append(condition)
    return (f" WHERE {' AND '.join(found)}" if found else ""), values


def _fitting(key: str, wanted: str) -> tuple[str, str]:
    """Return how to compare with a text in which ``*`` fits anything."""
    plain = storable(wanted)
    if "*" not in plain:
        return f"= :{key}", plain
    for special in "\\%_":
        plain = plain.replace(special, "\\" + special)
    return f"LIKE :{key} ESCAPE '\\'", plain.replace("*", "%")
