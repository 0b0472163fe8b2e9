"""Sounds made of other sounds: moved in time, repeated with a gap, mixed (MEDIA.md 1.2).

Each is a :class:`tlibsim.media.audio.sounds.Sound`, a pure function of the sample number.
"""

from dataclasses import dataclass

import numpy as np

from tlibsim.media.audio.g711 import Codes, decode, encode
from tlibsim.media.audio.sounds import Sound
from tlibsim.media.settings import Codec


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Another sound, so many samples earlier."""

    sound: Sound
    samples: int

    def read(self, first: int, count: int) -> Codes:
        return self.sound.read(first + self.samples, count)


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """Several sounds at once, added in linear form with a limit."""

    sounds: tuple[Sound, ...]
    codec: Codec

    def read(self, first: int, count: int) -> Codes:
        total = np.zeros(count, dtype=np.int32)
        for sound in self.sounds:
            total += decode(sound.read(first, count), self.codec)
        return encode(np.clip(total, -32768, 32767).astype(np.int16), self.codec)
