"""Finished records as JSON lines in ``cdr.jsonl``, for programs that read along.

The file is bounded: when it is full it becomes ``cdr-1.jsonl``, in place of the one before.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

LINES_NAME = "cdr.jsonl"
OLDER_NAME = "cdr-1.jsonl"


class JsonLines:
    """Appends whole lines; ``most_bytes`` 0: no bound."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        self._path = directory / LINES_NAME
        self._older = directory / OLDER_NAME
        self._most_bytes = most_bytes

    def append(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Write one line for each; OSError when that fails."""
        text = "".join(json.dumps(document) + "\n" for document in documents)
        if not text:
            return
        self._make_room(len(text))
        with self._path.open("a", encoding="ascii") as file:
            if file.tell() and not self._ends_well():
                file.write("\n")
            file.write(text)

    def _make_room(self, size: int) -> None:
        present = self._path.stat().st_size if self._path.exists() else 0
        if self._most_bytes and present and present + size > self._most_bytes:
            self._path.replace(self._older)

    def _ends_well(self) -> bool:
        """Whether the last line is whole: a crash may have cut it."""
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"
