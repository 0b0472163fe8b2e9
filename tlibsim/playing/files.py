"""Scenario files on disk: which ones a folder has, and their text within bounds."""

import re
from collections.abc import Iterator
from pathlib import Path

_ENDINGS = (".yml", ".yaml")
_HIDDEN = ("_", ".")
_SCENARIO_FILE = re.compile(r"^(scenarios|steps)\s*:", re.MULTILINE)
_MOST_BYTES = 64 * 1024 * 1024


class FileError(Exception):
    """A file that cannot be read; the text says which and why."""


def scenario_files(folder: Path) -> Iterator[Path]:
    """The scenario files of a folder, at any depth; raises FileError.

    Files and folders that begin with ``_`` or ``.`` are left out, and files that have neither
    ``scenarios`` nor ``steps`` at their top.
    """
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.suffix not in _ENDINGS or any(part.startswith(_HIDDEN) for part in inside):
            continue
        if path.is_file() and _SCENARIO_FILE.search(read_text(path)):
            yield path


def read_text(path: Path) -> str:
    """The text of a file; raises FileError."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise FileError(f"{path}: is larger than {_MOST_BYTES // (1024 * 1024)} MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error


def fetched(name: str, source: str) -> str:
    """The text of a file that another one names; relative to that one.  Raises OSError."""
    path = Path(source).parent / name
    if path.stat().st_size > _MOST_BYTES:
        raise OSError(f"is larger than {_MOST_BYTES // (1024 * 1024)} MB")
    return path.read_text(encoding="utf-8")
