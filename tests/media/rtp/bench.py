"""Bed for tests of streams: sockets of paper, a clock turned by hand, and a ready engine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tlibsim.media.rtp.packet import RtpPacket, decode_reports, decode_rtp
from tlibsim.media.rtp.reels import Darkroom
from tlibsim.media.rtp.service import RtpEngine
from tlibsim.media.rtp.studio import Studio
from tlibsim.media.rtp.values import AudioPlan, Encoding, RtpSettings, StreamSpec
from tlibsim.ports.media import AudioSource, Instant, MediaParty

START = Instant(1_700_000_000_000_000)
BLOCK = 160


class PaperSocket:
    """Takes what is sent; ``refusals`` are raised first, one a send."""

    def __init__(self, number: int = 3) -> None:
        self.number = number
        self.sent: list[bytes] = []
        self.refusals: list[OSError] = []
        self.incoming: list[bytes] = []
        self.closed = False

    def fileno(self) -> int:
        return self.number

    def send(self, packet: bytes) -> int:
        if self.refusals:
            raise self.refusals.pop(0)
        self.sent.append(packet)
        return len(packet)

    def recv(self, _size: int) -> bytes:
        if not self.incoming:
            raise BlockingIOError
        return self.incoming.pop(0)

    def close(self) -> None:
        self.closed = True


class PaperPair:
    """Two sockets of paper, as a pair of ports."""

    def __init__(self) -> None:
        self.rtp = PaperSocket()
        self.rtcp = PaperSocket(4)
        self.port = 20_000

    def close(self) -> None:
        self.rtp.close()
        self.rtcp.close()

    def reports(self):
        return [one for packet in self.rtcp.sent for one in decode_reports(packet)]


class Wire:
    """Takes packets as the C library does; ``full`` makes it take none."""

    def __init__(self) -> None:
        self.packets: list[RtpPacket] = []
        self.full = False

    def __call__(self, _descriptor: int, packet: bytes, length: int, _flags: int) -> int:
        if self.full:
            return -1
        self.packets.append(decode_rtp(packet))
        return length


class HandClock:
    """Seconds that pass only by sleeping, or when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.slept_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


def party(dn: str = "7001", **changes) -> MediaParty:
    return MediaParty(**({"dn": dn, "source": AudioSource(), "started_at": START} | changes))


def studio() -> Studio:
    return Studio(RtpSettings(), Darkroom())


def spec(remote: tuple[str, int], **changes) -> StreamSpec:
    values = {
        "remote": remote,
        "payload_type": 0,
        "encoding": Encoding.PCMU,
        "zero": present(),
        "audio": AudioPlan(parties=(party(),)),
        "cname": "tlibsim@127.0.0.1",
    }
    return StreamSpec(**(values | changes))


def present() -> Instant:
    return Instant(time.time_ns() // 1000)


@contextmanager
def engine(**changes) -> Iterator[RtpEngine]:
    """An engine that runs, with short reports."""
    made = RtpEngine(RtpSettings(**({"rtcp_interval_ms": 200} | changes)), now=present)
    made.open()
    try:
        yield made
    finally:
        made.close()


def wait_until(condition, patience_s: float = 5.0) -> None:
    """Give other threads their time, and fail when that does not help."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.005)
