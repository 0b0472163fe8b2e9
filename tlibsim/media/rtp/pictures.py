"""A stream of pictures as the pacing thread holds it: a clip, repeated, on a 90 kHz clock.

Which picture is sent is a function of the time alone, as with sound; a stream that starts waits
for the next key picture, a second at most, so that a decoder can begin.  All packets of a
picture have one timestamp and the last has the marker (RFC 6184 and 7741).
"""

from tlibsim.media.rtp.clips import PICTURE_ROUNDS, Clip
from tlibsim.media.rtp.identity import Source, Start, Wish, first_wish
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import MARKED, PLAIN, RTP_HEADER
from tlibsim.media.rtp.srtp import Protector
from tlibsim.media.rtp.values import StreamCounters
from tlibsim.media.rtp.wire import Transmit

_UNITS_PER_ROUND = 1800
_UNITS_PER_MS = 90


class PictureStream:
    """A picture every other round; block = round + ``shift``, as for the sound beside it."""

    __slots__ = (
        "_octets",
        "_octets_before",
        "_protect",
        "_sent",
        "_sent_before",
        "_shift",
        "_skipped",
        "_source",
        "_start",
        "line",
        "slot",
        "wish",
    )

    def __init__(
        self, line: Line, content: Clip, payload_type: int, *, slot: int, shift: int
    ) -> None:
        self.line = line
        self.slot = slot
        self.secure(line.protector)
        self.wish: Wish[Clip] = first_wish(content, payload_type)
        self._shift = shift
        self._start: Start | None = None
        self._source = self.wish.source
        self._sent = self._sent_before = 0
        self._octets = self._octets_before = 0
        self._skipped = 0

    def secure(self, protector: Protector | None) -> None:
        """Send SRTP from now on, or RTP."""
        self.line.protector = protector
        self._protect = None if protector is None else protector.protect

    def send_picture(self, round_: int, transmit: Transmit) -> None:
        """Send the picture that begins with a round, if one does."""
        number, inside = divmod(round_ + self._shift, PICTURE_ROUNDS)
        if inside:
            return
        wish = self.wish
        pictures = wish.content.pictures
        picture = pictures[number % len(pictures)]
        if wish.source is not self._source:
            self.line.leave(self._source)
            self._adopt(wish.source)
        if wish.start is not self._start:
            if not picture.key:
                return
            self._start = wish.start
        timestamp = self._source.timestamp + round_ * _UNITS_PER_ROUND
        last = len(picture.payloads) - 1
        for place, payload in enumerate(picture.payloads):
            head = (MARKED if place == last else PLAIN) | wish.payload_type
            self._send(head, timestamp & 0xFFFFFFFF, payload, transmit)

    def skip(self, rounds: int) -> None:
        """Leave pictures out; what follows needs a key picture."""
        self._skipped += rounds
        self._start = None

    def report(self, wall_us: int, mono_ms: float) -> None:
        """Send the regular RTCP report."""
        tally = (self._sent, self._octets)
        self.line.report(wall_us, self._source, self._timestamp_at(mono_ms), tally)

    def farewell(self, wall_us: int, mono_ms: float) -> None:
        """Take leave of the far end."""
        tally = (self._sent, self._octets)
        self.line.farewell(wall_us, self._source, self._timestamp_at(mono_ms), tally)

    def counters(self) -> StreamCounters:
        """Return what was done so far; skipped are rounds of 20 ms."""
        return self.line.counters(
            self._sent_before + self._sent, self._octets_before + self._octets, self._skipped
        )

    def _send(self, head: int, timestamp: int, payload: bytes, transmit: Transmit) -> None:
        sequence = self._source.sequence + self._sent & 0xFFFF
        packet = RTP_HEADER.pack(head, sequence, timestamp, self._source.ssrc) + payload
        if self._protect is not None:
            packet = self._protect(packet)
        if transmit(self.line.descriptor, packet, len(packet), 0) != len(packet):
            self.line.again(packet)
        self._sent += 1
        self._octets += len(payload)

    def _adopt(self, source: Source) -> None:
        self._sent_before += self._sent
        self._octets_before += self._octets
        self._sent = self._octets = 0
        self._source = source

    def _timestamp_at(self, mono_ms: float) -> int:
        units = int((mono_ms - self.slot) * _UNITS_PER_MS)
        return self._source.timestamp + units
