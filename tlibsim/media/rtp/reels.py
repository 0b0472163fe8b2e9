"""From sounds to bytes that the pacing thread can slice: nothing is encoded per packet.

A reel is asked with a block number and gives bytes, a position in them and the position from
which it must be asked again.  What repeats is one piece of bytes for all streams; what does
not is rendered a few seconds ahead on a thread of its own.
"""

import logging
import queue
import threading
from dataclasses import dataclass
from typing import Protocol

from tlibsim.media.audio.sounds import Sound
from tlibsim.media.audio.sources import BLOCK_SAMPLES

_LOG = logging.getLogger("tlibsim.media")

CHUNK_BLOCKS = 150
"""How much is rendered at a time: 3 s."""

URGENT_BLOCKS = 10
"""How much is rendered on the pacing thread when nothing is ready: 0.2 s."""

Cue = tuple[bytes, int, int]
"""Bytes, the position of the block asked for, and the position after the last whole block."""


class Reel(Protocol):
    """Bytes by block number."""

    def cue(self, block: int) -> Cue: ...


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """Bytes that repeat: ``octets`` hold one period of samples and the first block once more."""

    octets: bytes
    period: int
    shift: int = 0

    def cue(self, block: int) -> Cue:
        return self.octets, (block * BLOCK_SAMPLES + self.shift) % self.period, self.period


_Piece = tuple[int, int, bytes]
"""First block, block after the last, bytes."""


class Tape:
    """Bytes that do not repeat; the next piece is ready before it is needed."""

    __slots__ = ("_asked", "_darkroom", "_pieces", "_sound")

    def __init__(self, sound: Sound, darkroom: "Darkroom") -> None:
        self._sound = sound
        self._darkroom = darkroom
        self._pieces: tuple[_Piece, ...] = ()
        self._asked = -1

    def cue(self, block: int) -> Cue:
        for first, last, octets in self._pieces:
            if first <= block < last:
                self._ask(last)
                return octets, (block - first) * BLOCK_SAMPLES, len(octets)
        octets = self._rendered(block, URGENT_BLOCKS)
        self._ask(block + URGENT_BLOCKS)
        return octets, 0, len(octets)

    def prepare(self, first: int) -> None:
        """Render a piece; what lies before it is kept for those who are late."""
        piece = (first, first + CHUNK_BLOCKS, self._rendered(first, CHUNK_BLOCKS))
        self._pieces = (*self._pieces[-1:], piece)

    def _ask(self, first: int) -> None:
        if self._asked != first:
            self._asked = first
            self._darkroom.ask(self, first)

    def _rendered(self, first: int, count: int) -> bytes:
        samples = self._sound.read(first * BLOCK_SAMPLES, count * BLOCK_SAMPLES)
        return samples.tobytes()


class Darkroom:
    """The thread that renders pieces of tapes; it starts with the first order."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[tuple[Tape, int] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="tlibsim-rtp-sound", daemon=True)
        self._running = False

    def open(self) -> None:
        self._running = True
        self._thread.start()

    def close(self) -> None:
        if self._running:
            self._running = False
            self._orders.put(None)
            self._thread.join()

    def ask(self, tape: Tape, first: int) -> None:
        self._orders.put((tape, first))

    def _run(self) -> None:
        while (order := self._orders.get()) is not None:
            tape, first = order
            try:
                tape.prepare(first)
            except Exception:  # noqa: BLE001, the thread must outlive a sound that fails
                _LOG.exception("a piece of sound is not ready in time")
