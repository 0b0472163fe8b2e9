"""A stream of sound as the pacing thread holds it: what the next packet is made of.

The attributes without an underscore belong to :func:`tlibsim.media.rtp.sender.send_blocks`,
which sends; what changes by order is in ``_wish``, replaced whole by another thread.
"""

from tlibsim.media.audio.sources import BLOCK_SAMPLES
from tlibsim.media.rtp.identity import Source, Start, Wish, first_wish
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import MARKED, PLAIN
from tlibsim.media.rtp.reels import Reel
from tlibsim.media.rtp.srtp import Protector
from tlibsim.media.rtp.values import StreamCounters

SAMPLES_PER_MS = 8


class SoundStream:
    """One block of 160 bytes each round of 20 ms; block = round + ``shift``."""

    __slots__ = (
        "_earlier",
        "_skipped",
        "_source",
        "_start",
        "_wish",
        "data",
        "descriptor",
        "end",
        "head",
        "line",
        "position",
        "protect",
        "sent",
        "sequence",
        "shift",
        "slot",
        "ssrc",
        "timestamp",
    )

    def __init__(
        self, line: Line, reel: Reel, payload_type: int, *, slot: int, shift: int
    ) -> None:
        self.line = line
        self.slot = slot
        self.shift = shift
        self.descriptor = line.descriptor
        self.secure(line.protector)
        self._wish = first_wish(reel, payload_type)
        self._start: Start | None = None
        self._earlier = 0
        self._skipped = 0
        self.sent = 0
        self.data = b""
        self.position = self.end = 0
        self.head = PLAIN | payload_type
        self._adopt(self._wish.source)

    @property
    def wish(self) -> Wish[Reel]:
        return self._wish

    @wish.setter
    def wish(self, wish: Wish[Reel]) -> None:
        """Have the next packets made otherwise: first what, then the word to look."""
        self._wish = wish
        self.end = 0

    def secure(self, protector: Protector | None) -> None:
        """Send SRTP from now on, or RTP."""
        self.line.protector = protector
        self.protect = None if protector is None else protector.protect

    def turn(self, round_: int) -> None:
        """Get ready for the block of a round: at a start, after an order, at a reel's end."""
        wish = self._wish
        if wish.source is not self._source:
            self.line.leave(self._source)
            self._adopt(wish.source)
        self.data, self.position, end = wish.content.cue(round_ + self.shift)
        self.head = PLAIN | wish.payload_type
        if wish.start is not self._start:
            self._start = wish.start
            self.head = MARKED | wish.payload_type
            end = self.position + BLOCK_SAMPLES
        self.end = end
        if wish is not self._wish:
            self.end = 0

    def skip(self, rounds: int) -> None:
        """Leave blocks out; the timestamps go on by themselves."""
        self._skipped += rounds
        self.end = 0

    def report(self, wall_us: int, mono_ms: float) -> None:
        """Send the regular RTCP report."""
        self.line.report(wall_us, self._source, self._timestamp_at(mono_ms), self._tally())

    def farewell(self, wall_us: int, mono_ms: float) -> None:
        """Take leave of the far end."""
        self.line.farewell(wall_us, self._source, self._timestamp_at(mono_ms), self._tally())

    def counters(self) -> StreamCounters:
        """Return what was done so far."""
        packets = self._earlier + self.sent
        return self.line.counters(packets, packets * BLOCK_SAMPLES, self._skipped)

    def _adopt(self, source: Source) -> None:
        """Become another source: with its numbers, its own count."""
        self._earlier += self.sent
        self.sent = 0
        self._source = source
        self.ssrc = source.ssrc
        self.sequence = source.sequence
        self.timestamp = source.timestamp

    def _tally(self) -> tuple[int, int]:
        return self.sent, self.sent * BLOCK_SAMPLES

    def _timestamp_at(self, mono_ms: float) -> int:
        """Return the timestamp of an instant: a round's block belongs to its slot's deadline."""
        return self.timestamp + int((mono_ms - self.slot) * SAMPLES_PER_MS)
