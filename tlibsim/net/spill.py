"""What the journal has no more room for, kept in a file of JSON lines; bounded, too.

Two files at most: when the one in use is full it takes the place of the older one.  A disk that
is full or gone costs the old entries and never the server: the first failure is logged.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from twisted.logger import Logger

from tlibsim.journal import Entry, Journal
from tlibsim.journal.export import ExportError, from_line, to_lines
from tlibsim.journal.records import Record, record_of, records

log = Logger(namespace="tlibsim")


class SpillFile:
    """The old entries of a journal, on disk.  ``most_bytes`` bounds each of its two files."""

    def __init__(self, path: Path, journal: Journal, most_bytes: int) -> None:
        self.path = path
        self.older = path.with_name(path.name + ".1")
        self.failed = ""
        self._journal = journal
        self._most_bytes = most_bytes
        self._file: TextIO | None = None
        self._size = 0
        journal.spill = self.take

    def take(self, entry: Entry) -> None:
        """Write an entry that leaves the memory."""
        if self.failed:
            return
        (line,) = to_lines([record_of(entry, self._journal.names)])
        try:
            self._write(line)
        except OSError as error:
            self.failed = str(error)
            log.error(  # noqa: TRY400  Twisted's logger; the text says it all
                "the journal is kept in memory only: {why}", why=self.failed
            )

    def close(self) -> None:
        """Write out what is buffered, and close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def records(self) -> Iterator[Record]:
        """What is on disk, oldest first; lines that cannot be read are left out."""
        if self._file is not None:
            self._file.flush()
        for path in (self.older, self.path):
            if path.exists():
                with path.open(encoding="utf-8", errors="replace") as lines:
                    yield from _readable(lines)

    def _write(self, line: str) -> None:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
            self._size = 0
        self._size += self._file.write(line + "\n")
        if self._size >= self._most_bytes:
            self.close()
            self.path.replace(self.older)


def history(journal: Journal, spill: SpillFile | None) -> Iterator[Record]:
    """All records there are: those on disk, then those in memory."""
    if spill is not None:
        yield from spill.records()
    yield from records(journal)


def _readable(lines: TextIO) -> Iterator[Record]:
    for line in lines:
        try:
            yield from_line(line)
        except ExportError:
            continue
