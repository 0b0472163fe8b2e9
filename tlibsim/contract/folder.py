"""The folder in which a recorder leaves its files, and which sound in it is whose.

A file is of a call when its path below the folder has the CallUUID, and of a party when its name
has the number (recording guide, section 1).  In a file of two channels the first is the recorded
party and the second the other (MEDIA.md 2), unless there is a file for each.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tlibsim.media.audio.reading import read_channels
from tlibsim.media.rtp.hearing import Samples, loudest

_SUFFIX = ".wav"
Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound of one party: the file, and which of its channels; None where it has one."""

    path: Path
    channel: int | None = None

    @property
    def name(self) -> str:
        """The file, and the channel in it if it has several."""
        return (
            self.path.name
            if self.channel is None
            else f"{self.path.name} channel {self.channel + 1}"
        )

    def samples(self) -> Samples:
        """What is heard, at 8000 Hz; raises WaveFormatError, OSError."""
        channels = read_channels(self.path)
        if self.channel is not None:
            return channels[self.channel]
        return max(channels, key=loudest)


class Folder:
    """A folder as it was when the run began, and what came into it since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = self._marks()

    def __str__(self) -> str:
        return str(self.path)

    def state(self) -> Mapping[Path, Mark]:
        """Each file of this run with a mark that changes when the file does."""
        return {
            path: mark for path, mark in self._marks().items() if self._before.get(path) != mark
        }

    def sounds(self, call_uuid: str, parties: Sequence[str]) -> Mapping[str, Sequence[Sound]]:
        """The sounds of each party of a call; ``parties`` are the recorded one and the other."""
        files = [path for path in sorted(self.state()) if self._is_of(path, call_uuid)]
        named = {path: _named(path, call_uuid, parties) for path in files}
        own = {dn: [Sound(path) for path in files if named[path] == [dn]] for dn in parties}
        if all(own.values()):
            return own
        shared = [path for path in files if _channels(path) > 1]
        return {
            dn: [Sound(path, at) for path in shared] or own[dn] for at, dn in enumerate(parties)
        }

    def of_call(self, call_uuid: str) -> Sequence[Path]:
        """The files of a call, whoever is in them."""
        return [path for path in sorted(self.state()) if self._is_of(path, call_uuid)]

    def _is_of(self, path: Path, call_uuid: str) -> bool:
        return call_uuid.lower() in str(path.relative_to(self.path)).lower()

    def _marks(self) -> dict[Path, Mark]:
        marks = {}
        for path in self.path.rglob("*"):
            if path.suffix.lower() == _SUFFIX and path.is_file():
                found = path.stat()
                marks[path] = (found.st_mtime_ns, found.st_size)
        return marks


def _named(path: Path, call_uuid: str, parties: Sequence[str]) -> Sequence[str]:
    """The parties whose numbers are in the name; digits of the CallUUID do not count."""
    name = re.sub(re.escape(call_uuid), " ", path.name, flags=re.IGNORECASE)
    return [dn for dn in parties if re.search(rf"(?<!\d){re.escape(dn)}(?!\d)", name)]


def _channels(path: Path) -> int:
    try:
        return len(read_channels(path))
    except (OSError, ValueError):
        return 0
