"""How the file backend is set up: plain values, cheap to import (MEDIA.md 2)."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Codec(Enum):
    """The two forms of G.711; the value is the name used in settings and metadata."""

    MULAW = "mulaw"
    ALAW = "alaw"

    @property
    def format_tag(self) -> int:
        """The number of the format in a WAVE header."""
        return {Codec.MULAW: 7, Codec.ALAW: 6}[self]

    @property
    def silence(self) -> int:
        """The byte that says nothing."""
        return {Codec.MULAW: 0xFF, Codec.ALAW: 0xD5}[self]


class PauseGap(Enum):
    """What paused time leaves in the file: silence of its length, or nothing."""

    SILENCE = "silence"
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """Settings of the file backend.

    ``max_ports`` counts two for each recording (0: no limit); below ``min_free_bytes`` of free
    disk nothing is recorded; ``max_length_s`` ends a recording (0: only the limit of the
    format does); files of audio sources are looked up in ``audio_folders`` (unless set, where
    the server was started), then among those that come with the package.
    """

    directory: Path
    codec: Codec = Codec.MULAW
    pause_gap: PauseGap = PauseGap.SILENCE
    max_ports: int = 1000
    min_free_bytes: int = 16_000_000
    max_length_s: int = 0
    flush_interval_s: float = 0.5
    audio_folders: tuple[Path, ...] = (Path(),)
