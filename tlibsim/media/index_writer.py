"""Keeps the index of a recordings directory up to date, whatever happens to it.

A trouble with the index never touches a recording: what could not be written waits and is
written later, and an index that is damaged is moved aside and made anew from the metadata.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from tlibsim.media.database import DatabaseUnusableError
from tlibsim.media.index import (
    DATABASE,
    INDEX_NAME,
    RecordingsIndex,
    documents_in,
    names_in,
    open_index,
)
from tlibsim.media.metadata import Document

_LOG = logging.getLogger("tlibsim.media")
_AT_ONCE = 500
_MOST_WAITING = 10_000


class IndexWriter:
    """Collects changes and writes them in one transaction; used on one thread."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / INDEX_NAME
        self._directory = directory
        self._index: RecordingsIndex | None = None
        self._inode = 0
        self._waiting: dict[str, Document] = {}
        self._gone: set[str] = set()
        self.problem = ""

    def put(self, document: Document) -> None:
        """Remember a change."""
        self._waiting[str(document["name"])] = document

    def remove(self, name: str) -> None:
        """Remember that a recording is no more."""
        self._waiting.pop(name, None)
        self._gone.add(name)

    def commit(self) -> None:
        """Write what waits.  Nothing is raised: ``problem`` says what is wrong, or is empty."""
        try:
            self._write()
        except (sqlite3.OperationalError, OSError) as error:
            self._give_up(error)
        except (sqlite3.DatabaseError, DatabaseUnusableError) as error:
            self._renew(error)
        else:
            self.problem = ""

    def reconcile(self) -> None:
        """Make the index agree with the metadata in the directory, as :meth:`commit` does."""
        self.commit()
        if self._index is None:
            return
        known, present = self._index.names(), names_in(self._directory)
        self._gone.update(known - present)
        for document in documents_in(self._directory, present - known):
            self.put(document)
        self.commit()

    def names(self, states: Iterable[str]) -> set[str]:
        """Return the recordings in some states; none when there is no index."""
        return self._index.names(states) if self._index is not None else set()

    def close(self) -> None:
        """Write what waits and close the database."""
        self.commit()
        self._drop()

    def _write(self) -> None:
        index = self._opened()
        if self._gone:
            index.remove(self._gone)
            self._gone.clear()
        for chunk in _chunks(self._waiting.values()):
            index.put(chunk)
        self._waiting.clear()

    def _opened(self) -> RecordingsIndex:
        """Open the database, again if its file is no longer the one that was opened."""
        if self._index is not None and not self._is_the_same_file():
            self._drop()
        if self._index is None:
            is_new = not self._path.exists()
            self._index = open_index(self._directory)
            self._inode = self._path.stat().st_ino
            if is_new:
                self._fill(self._index)
        return self._index

    def _is_the_same_file(self) -> bool:
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _fill(self, index: RecordingsIndex) -> None:
        for chunk in _chunks(documents_in(self._directory)):
            index.put(chunk)

    def _renew(self, error: Exception) -> None:
        self._drop()
        try:
            aside = DATABASE.move_aside(self._directory)
            _LOG.warning("%s; kept as %s and made anew from the metadata", error, aside)
            self._write()
        except (sqlite3.Error, DatabaseUnusableError, OSError) as second:
            self._give_up(second)
        else:
            self.problem = ""

    def _give_up(self, error: Exception) -> None:
        self._drop()
        for name in list(self._waiting)[:-_MOST_WAITING]:
            del self._waiting[name]
        problem = f"the index {self._path} cannot be written ({error}); it is completed later"
        if problem != self.problem:
            _LOG.warning("%s", problem)
        self.problem = problem

    def _drop(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None


def _chunks(documents: Iterable[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while chunk := list(islice(rest, _AT_ONCE)):
        yield chunk
