"""Names from the wire made safe for the recordings directory (MEDIA.md 2, RECORDING.md 8.1)."""

import re
from collections.abc import Iterator
from pathlib import Path

_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9._+-]")
_LONGEST = 180
"""Leaves room for ``-NUMBER`` and the longest extension below the usual limit of 255 bytes."""

AUDIO_SUFFIX = ".wav"
PART_SUFFIX = ".wav.part"
METADATA_SUFFIX = ".json"


def safe_name(text: str, otherwise: str = "recording") -> str:
    """Return ``text`` reduced to ``[A-Za-z0-9._+-]``, without leading dots, at most 180 long.

    Every other character becomes ``_``; what has nothing left becomes ``otherwise``.
    """
    reduced = _NOT_ALLOWED.sub("_", text[: 4 * _LONGEST]).lstrip(".")[:_LONGEST]
    return reduced or otherwise


def numbered(name: str, first: int = 1) -> Iterator[tuple[int, str]]:
    """Yield (1, ``name``), (2, ``name-2``), (3, ``name-3``), ... from number ``first`` on."""
    number = first
    while True:
        yield number, name if number == 1 else f"{name}-{number}"
        number += 1


def inside(directory: Path, file_name: str) -> Path:
    """Return the path of a file right in ``directory``; ValueError if it would be elsewhere."""
    path = directory / file_name
    is_there = path.parent == directory and path.name == file_name != ".."
    if not is_there or "\0" in file_name:
        raise ValueError(f"{file_name!r} leads out of {directory}")
    return path
