"""Sounds: G.711 bytes by sample number, a pure function of the number (MEDIA.md 1.2)."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tlibsim.media.audio.g711 import Codes


class Sound(Protocol):
    """Something that can be heard: ``read`` gives ``count`` bytes from sample ``first`` on.

    ``first`` may be negative: before its beginning a sound is silent.
    """

    def read(self, first: int, count: int) -> Codes: ...


def silent(count: int, silence: int) -> Codes:
    """Return so many bytes of silence."""
    return np.full(count, silence, dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Bytes that are repeated without end."""

    codes: Codes
    silence: int

    def read(self, first: int, count: int) -> Codes:
        if first < 0:
            return _led_in(self, first, count, self.silence)
        period = len(self.codes)
        begin = first % period
        if begin + count <= period:
            return self.codes[begin : begin + count]
        rounds, rest = divmod(begin + count - period, period)
        return np.concatenate((self.codes[begin:], *[self.codes] * rounds, self.codes[:rest]))


@dataclass(frozen=True, slots=True, eq=False)
class Once:
    """Bytes that are heard one time; silence follows."""

    codes: Codes
    silence: int

    def read(self, first: int, count: int) -> Codes:
        if first < 0:
            return _led_in(self, first, count, self.silence)
        heard = self.codes[first : first + count]
        if len(heard) == count:
            return heard
        return np.concatenate((heard, silent(count - len(heard), self.silence)))


@dataclass(frozen=True, slots=True, eq=False)
class TimeLine:
    """Sounds on a time line: each is heard from its sample number to that of the next."""

    starts: tuple[int, ...]
    sounds: tuple[Sound, ...]
    silence: int

    def read(self, first: int, count: int) -> Codes:
        pieces: list[Codes] = []
        position, end = first, first + count
        while position < end:
            current = bisect_right(self.starts, position) - 1
            following = self.starts[current + 1] if current + 1 < len(self.starts) else end
            length = min(following, end) - position
            pieces.append(self._piece(current, position, length))
            position += length
        return np.concatenate(pieces) if pieces else silent(0, self.silence)

    def _piece(self, current: int, position: int, length: int) -> Codes:
        if current < 0:
            return silent(length, self.silence)
        return self.sounds[current].read(position - self.starts[current], length)


def _led_in(sound: Sound, first: int, count: int, silence: int) -> Codes:
    quiet = min(-first, count)
    return np.concatenate((silent(quiet, silence), sound.read(0, count - quiet)))
