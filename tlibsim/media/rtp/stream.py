"""A stream of sound as the pacing thread holds it: what the next packet is made of.

The attributes without an underscore belong to :func:`tlibsim.media.rtp.sender.send_blocks`,
which sends; what changes by order is in ``_wish``, replaced whole by another thread.
"""

from dataclasses import dataclass, replace

from tlibsim.media.audio.sources import BLOCK_SAMPLES
from tlibsim.media.rtp.line import Line, Source, fresh_source
from tlibsim.media.rtp.packet import MARKED, PLAIN
from tlibsim.media.rtp.reels import Reel
from tlibsim.media.rtp.values import StreamCounters

SAMPLES_PER_MS = 8


class Start:
    """The beginning of a talk: the first packet after it has the marker."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a stream is to send from the next packet on."""

    reel: Reel
    payload_type: int
    source: Source
    start: Start


class SoundStream:
    """One block of 160 bytes each round of 20 ms; block = round + ``shift``."""

    __slots__ = (
        "_earlier",
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
        "skipped",
        "slot",
        "source",
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
        self.protect = None if line.protector is None else line.protector.protect
        self.source = fresh_source()
        self._wish = Wish(
            reel=reel, payload_type=payload_type, source=self.source, start=Start()
        )
        self._start: Start | None = None
        self._earlier = 0
        self.skipped = 0
        self.sent = 0
        self.data = b""
        self.position = self.end = 0
        self.head = PLAIN | payload_type
        self._adopt(self.source)

    def wish(self, **changes: Reel | int | Source | Start) -> None:
        """Have the next packets made otherwise; see :class:`Wish`."""
        self._wish = replace(self._wish, **changes)  # type: ignore[arg-type]
        self.end = 0

    @property
    def wanted(self) -> Wish:
        return self._wish

    def turn(self, round_: int) -> None:
        """Get ready for the block of a round: at a start, after an order, at a reel's end."""
        wish = self._wish
        if wish.source is not self.source:
            self._adopt(wish.source)
        self.data, self.position, end = wish.reel.cue(round_ + self.shift)
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
        self.skipped += rounds
        self.end = 0

    def report(self, wall_us: int, mono_ms: float) -> None:
        """Send the regular RTCP report."""
        self.line.report(wall_us, self.source, self._timestamp_at(mono_ms), self._tally())

    def farewell(self, wall_us: int, mono_ms: float) -> None:
        """Take leave of the far end."""
        self.line.farewell(wall_us, self.source, self._timestamp_at(mono_ms), self._tally())

    def counters(self) -> StreamCounters:
        """Return what was done so far."""
        line = self.line
        packets = self._earlier + self.sent - line.dropped
        return StreamCounters(
            packets=packets,
            octets=packets * BLOCK_SAMPLES,
            skipped=self.skipped,
            refused=line.refused,
            dropped=line.dropped,
            reports=line.reports,
            error=line.error,
            far_lost=line.far_lost,
            far_jitter=line.far_jitter,
        )

    def _adopt(self, source: Source) -> None:
        """Become another source: with its numbers, its own count."""
        self._earlier += self.sent
        self.sent = 0
        self.source = source
        self.ssrc = source.ssrc
        self.sequence = source.sequence
        self.timestamp = source.timestamp

    def _tally(self) -> tuple[int, int]:
        return self.sent, self.sent * BLOCK_SAMPLES

    def _timestamp_at(self, mono_ms: float) -> int:
        """Return the timestamp of an instant: a round's block belongs to its slot's deadline."""
        return self.timestamp + int((mono_ms - self.slot) * SAMPLES_PER_MS)
