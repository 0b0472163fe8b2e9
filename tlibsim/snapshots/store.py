"""The folder of snapshots: one JSON file for each name.

Names come from the wire, so nothing but letters, digits and ``.``, ``_``, ``-`` is a name.
"""

import json
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tlibsim.snapshots.codec import Document
from tlibsim.snapshots.errors import NoSnapshotError, SnapshotError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SUFFIX = ".json"
MOST_BYTES = 256 * 1024 * 1024
MOST_SNAPSHOTS = 1000


class WrongNameError(SnapshotError):
    """A name that no snapshot can have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A snapshot in the folder; ``saved_at`` is in seconds since 1970, by the file system."""

    name: str
    size_bytes: int
    saved_at: float


class Store:
    """The snapshots of one folder.  The folder is made with the first of them."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @property
    def directory(self) -> Path:
        """Where they are."""
        return self._directory

    def listed(self) -> Sequence[Stored]:
        """All of them by name."""
        found = []
        with suppress(FileNotFoundError, NotADirectoryError):
            for file in self._directory.iterdir():
                name = file.name.removesuffix(_SUFFIX)
                is_one = file.suffix == _SUFFIX and _NAME.fullmatch(name)
                if is_one and not file.is_symlink() and file.is_file():
                    stat = file.stat()
                    found.append(
                        Stored(name=name, size_bytes=stat.st_size, saved_at=stat.st_mtime)
                    )
        return sorted(found, key=lambda one: one.name)

    def write(self, name: str, document: Document) -> Stored:
        """Keep it; one of the same name is replaced as a whole.  Raises SnapshotError."""
        file = self._file(name)
        text = json.dumps(document, separators=(",", ":"))
        if len(text) > MOST_BYTES:
            raise SnapshotError(f"it would take {len(text)} bytes; {MOST_BYTES} are allowed")
        if not file.exists() and len(self.listed()) >= MOST_SNAPSHOTS:
            raise SnapshotError(f"there are {MOST_SNAPSHOTS} snapshots already; remove some")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._replace(file, text)
        except OSError as error:
            raise SnapshotError(
                f"{self._directory}: cannot be written: {error.strerror}"
            ) from None
        stat = file.stat()
        return Stored(name=name, size_bytes=stat.st_size, saved_at=stat.st_mtime)

    def _replace(self, file: Path, text: str) -> None:
        descriptor, fresh = tempfile.mkstemp(dir=self._directory, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(fresh).replace(file)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise

    def read(self, name: str) -> Document:
        """What was kept; raises NoSnapshotError, and SnapshotError for a broken file."""
        file = self._file(name)
        if file.is_symlink() or not file.is_file():
            raise NoSnapshotError(f"no snapshot {name!r}; there are: {self._names()}")
        if file.stat().st_size > MOST_BYTES:
            raise SnapshotError(f"{file}: is longer than {MOST_BYTES} bytes")
        try:
            document: Document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise SnapshotError(f"{file}: is no JSON document: {error}") from None
        return document

    def remove(self, name: str) -> None:
        """Take it away; raises NoSnapshotError."""
        file = self._file(name)
        if file.is_symlink() or not file.is_file():
            raise NoSnapshotError(f"no snapshot {name!r}; there are: {self._names()}")
        file.unlink()

    def _names(self) -> str:
        return ", ".join(one.name for one in self.listed()) or "none"

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise WrongNameError(
                f"{name!r} is no name of a snapshot: up to 64 letters, digits and . _ -, "
                "and a letter or digit first"
            )
        return self._directory / f"{name}{_SUFFIX}"
