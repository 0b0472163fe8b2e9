"""The audio tone of a recorded call: a short sound, then silence, again and again.

RECORDING.md 8.3 and MEDIA.md 1.2.  A tone is a WAV file on this machine, in one of the folders
for audio, or the beep that comes with the program.  Nothing is fetched from anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np

from tlibsim.media.audio.g711 import Codes, Linear, encode
from tlibsim.media.audio.reading import read_wave
from tlibsim.media.audio.sounds import silent
from tlibsim.media.audio.sources import SourceError
from tlibsim.media.settings import Codec
from tlibsim.media.wavefile import SAMPLE_RATE, WaveFormatError
from tlibsim.ports.media import Tone

BUILT_IN = "beep.wav"
"""Found when no folder has a file of this name."""

BEEP_HZ = 1400
BEEP_MS = 200

_AMPLITUDE = 8000
_EDGE_MS = 5
_LONGEST_S = 30


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedTone:
    """A :class:`tlibsim.media.audio.sounds.Sound`: bytes, then a gap, without end."""

    codes: Codes
    gap: int
    silence: int

    @property
    def period(self) -> int:
        """How many samples lie between two beginnings."""
        return len(self.codes) + self.gap

    def read(self, first: int, count: int) -> Codes:
        heard = silent(count, self.silence)
        lap = max(first // self.period, 0)
        while (begin := lap * self.period - first) < count:
            source, target = max(-begin, 0), max(begin, 0)
            piece = self.codes[source : source + count - target]
            heard[target : target + len(piece)] = piece
            lap += 1
        return heard


def repeated_tone(tone: Tone, codec: Codec, folders: Sequence[Path] = ()) -> RepeatedTone:
    """Return the sound of a tone; sample 0 is the beginning of the first one.

    Raises SourceError when the tone cannot be had; the text is whole in itself.
    """
    codes = encode(_linear(tone.source, tuple(folders)), codec)
    gap = max(tone.silence_ms, 0) * SAMPLE_RATE // 1000
    return RepeatedTone(codes, gap, codec.silence)


@cache
def beep() -> Linear:
    """Return the beep that comes with the program: linear samples."""
    time = np.arange(BEEP_MS * SAMPLE_RATE // 1000) / SAMPLE_RATE
    edge = np.clip(np.minimum(time, time[::-1]) * 1000 / _EDGE_MS, 0, 1)
    wave = np.rint(_AMPLITUDE * edge * np.sin(2 * np.pi * BEEP_HZ * time))
    samples: Linear = wave.astype(np.int16)
    samples.flags.writeable = False
    return samples


def _linear(source: str, folders: tuple[Path, ...]) -> Linear:
    name = _local(source)
    path = next((found for folder in folders if (found := _inside(folder, name))), None)
    if path is None:
        if name == BUILT_IN:
            return beep()
        places = ", ".join(str(folder) for folder in folders) or "no folder"
        raise SourceError(f"the audio tone {source} is not here (looked in {places})")
    try:
        samples = read_wave(path)
    except WaveFormatError as error:
        raise SourceError(f"the audio tone {source} cannot be used: {error}") from error
    except OSError as error:
        raise SourceError(
            f"the audio tone {source} cannot be read: {error.strerror}"
        ) from error
    if not len(samples):
        raise SourceError(f"the audio tone {source} is empty")
    return samples[: _LONGEST_S * SAMPLE_RATE]


def _local(source: str) -> str:
    """Return the path in a URI of a file, or the name as it is; SourceError for other URIs."""
    if "://" not in source and not source.startswith("file:"):
        return source
    parts = urlsplit(source)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
        raise SourceError(
            f"the audio tone {source} is not a file here: only local WAV files are opened"
        )
    return unquote(parts.path)


def _inside(folder: Path, name: str) -> Path | None:
    """Return a file that exists and does not lie outside of a folder."""
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder.resolve())
        return path if inside and path.is_file() else None
    except (OSError, ValueError):
        return None
