"""The WAVE format as this project writes it, and any WAVE header as it may be read.

A file of ours (MEDIA.md 2), all numbers little-endian:

    "RIFF" size "WAVE"                                     12 bytes
    "fmt " 18  tag channels rate byte-rate align bits 0    26 bytes
    "fact" 4   frames                                      12 bytes
    "data" size                                             8 bytes
    sound: one byte of channel 1, one of channel 2, ...   (channel 1 alone when all is mixed)

While it is being written all three sizes are 0xFFFFFFFF: readers then take what is there.
"""

import errno
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tlibsim.media.names import AUDIO_SUFFIX, PART_SUFFIX, inside, numbered
from tlibsim.media.settings import Codec

SAMPLE_RATE = 8000
CHANNELS = 2
HEADER_BYTES = 58
UNKNOWN = 0xFFFFFFFF
MAX_FRAMES = (UNKNOWN - HEADER_BYTES) // CHANNELS
"""The longest file with two channels; one with a single channel ends there too."""

Opener = Callable[[Path, int, int], int]
"""Opens a path with flags and mode and returns a file descriptor, as ``os.open`` does."""

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class WaveFormatError(ValueError):
    """The bytes are not a WAVE file that can be read here; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveLayout:
    """Where the sound is in a WAVE file, and how it is written."""

    format_tag: int
    channels: int
    sample_rate: int
    bits: int
    data_offset: int
    data_bytes: int


def wave_header(codec: Codec, frames: int | None, channels: int = CHANNELS) -> bytes:
    """Return our header for so many frames, or for a file that is still growing (None)."""
    data_bytes = UNKNOWN if frames is None else frames * channels
    riff_bytes = UNKNOWN if frames is None else data_bytes + HEADER_BYTES - 8
    form = struct.pack(
        "<HHIIHHH",
        codec.format_tag,
        channels,
        SAMPLE_RATE,
        SAMPLE_RATE * channels,
        channels,
        8,
        0,
    )
    fact = struct.pack("<I", UNKNOWN if frames is None else frames)
    return b"".join(
        (
            struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE"),
            struct.pack("<4sI", b"fmt ", len(form)) + form,
            struct.pack("<4sI", b"fact", len(fact)) + fact,
            struct.pack("<4sI", b"data", data_bytes),
        )
    )


def wave_layout(head: bytes, file_bytes: int) -> WaveLayout:
    """Read the chunks of a WAVE file from its first bytes, or raise WaveFormatError.

    ``file_bytes`` bounds the sound of a file whose sizes are unknown or too large.
    """
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise WaveFormatError("it does not begin with RIFF and WAVE")
    form: tuple[int, int, int, int] | None = None
    position = 12
    while position + 8 <= len(head):
        kind, size = struct.unpack_from("<4sI", head, position)
        body = position + 8
        if kind == b"fmt ":
            form = _form(head[body : body + min(size, 40)])
        if kind == b"data":
            return _layout(form, body, min(size, max(file_bytes - body, 0)))
        position = body + size + (size & 1)
    raise WaveFormatError("it has no data chunk near its beginning")


def _form(body: bytes) -> tuple[int, int, int, int]:
    if len(body) < 16:
        raise WaveFormatError("its fmt chunk is too short")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == 0xFFFE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    if not channels or not rate:
        raise WaveFormatError("it has no channels or no sample rate")
    return tag, channels, rate, bits


def _layout(form: tuple[int, int, int, int] | None, offset: int, size: int) -> WaveLayout:
    if form is None:
        raise WaveFormatError("its data chunk comes before a fmt chunk")
    tag, channels, rate, bits = form
    return WaveLayout(
        format_tag=tag,
        channels=channels,
        sample_rate=rate,
        bits=bits,
        data_offset=offset,
        data_bytes=size,
    )


def read_layout(path: Path) -> WaveLayout:
    """Read the layout of a file; raises OSError or WaveFormatError."""
    with path.open("rb") as file:
        return wave_layout(file.read(65536), path.stat().st_size)


class PartFile:
    """A recording while it is being written: ``NAME.wav.part``, later ``NAME.wav``.

    The file is opened for each piece, so that a directory that went away is noticed, and so
    that many recordings need few descriptors.  Every method may raise OSError.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        codec: Codec,
        opener: Opener = os.open,
        channels: int = CHANNELS,
    ) -> None:
        self.name = name
        self._channels = channels
        self.path = inside(directory, name + PART_SUFFIX)
        self._directory = directory
        self._codec = codec
        self._open = opener

    def create(self) -> None:
        """Make the file with a header of unknown sizes; FileExistsError when it is there."""
        self._write(os.O_CREAT | os.O_EXCL | os.O_WRONLY, self._header(None))

    def append(self, data: bytes) -> None:
        """Add sound at the end."""
        self._write(os.O_WRONLY | os.O_APPEND, data)

    def cut(self, frames: int) -> None:
        """Throw away what comes after so many frames."""
        os.truncate(self.path, HEADER_BYTES + frames * self._channels)

    def frames(self) -> int:
        """How many whole frames are on the disk."""
        return max(self.path.stat().st_size - HEADER_BYTES, 0) // self._channels

    def finish(self) -> Path:
        """Write the true sizes and take the final name, which is returned; overwrite nothing.

        The sizes follow from the length of the file, so this also repairs what a crash left.
        """
        frames = min(self.frames(), MAX_FRAMES)
        self._write(os.O_WRONLY, self._header(frames))
        self.cut(frames)
        for _, name in numbered(self.name):
            final = inside(self._directory, name + AUDIO_SUFFIX)
            if _move(self.path, final):
                self.name = name
                return final
        raise AssertionError("numbers do not end")

    def discard(self) -> None:
        """Remove the file if it is there."""
        self.path.unlink(missing_ok=True)

    def _header(self, frames: int | None) -> bytes:
        return wave_header(self._codec, frames, self._channels)

    def _write(self, flags: int, data: bytes) -> None:
        descriptor = self._open(self.path, flags | getattr(os, "O_BINARY", 0), 0o644)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
        finally:
            os.close(descriptor)


def _move(source: Path, target: Path) -> bool:
    """Rename without overwriting; False when the target's name is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        if not target.is_file() or not target.samefile(source):
            return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            return False
        source.rename(target)
        return True
    source.unlink()
    return True
