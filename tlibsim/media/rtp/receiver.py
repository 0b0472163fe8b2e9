"""A far end for streams: takes what comes on pairs of ports and keeps it in order of arrival.

For tests and for the check of a recorder's contract; it answers nothing.  The time of arrival
is the kernel's where the system tells it, so a busy process does not spoil the figures.
"""

import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from tlibsim.media.rtp.hearing import Arrival, Heard, by_source
from tlibsim.media.rtp.packet import PacketError, Report, decode_reports, decode_rtp
from tlibsim.media.rtp.ports import PortPair, Ports
from tlibsim.media.rtp.srtp import MasterKey, Opener, SrtpError, opener
from tlibsim.media.rtp.values import Address, RtpSettings

_STAMP = struct.Struct("@qq")
_SO_TIMESTAMPNS = 35
_DATAGRAM = 65_536
_ANCILLARY = 64
_BUFFER = 4 * 1024 * 1024
_TURN_S = 0.05
_MOST_KEPT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An RTCP report and when it came, in seconds."""

    at_s: float
    report: Report


class RtpReceiver:
    """Listens on a pair of ports.  Use it as a context manager, or call open and close.

    ``key`` opens SRTP.  ``most`` bounds the packets kept.  What is no packet is counted in
    ``strange``.
    """

    def __init__(
        self, host: str = "127.0.0.1", *, key: MasterKey | None = None, most: int = _MOST_KEPT
    ) -> None:
        self._pair = Ports(RtpSettings(host=host)).reserve()
        self._opener: Opener | None = None if key is None else opener(key)
        self._most = most
        self._arrivals: list[Arrival] = []
        self._reports: list[Reported] = []
        self._news = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="rtp-receiver", daemon=True)
        self.strange = 0
        self.address: Address = (host, self._pair.port)
        self.rtcp_address: Address = (host, self._pair.port + 1)
        _prepare(self._pair)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop listening; what came is kept."""
        self._closing = True
        if self._thread.ident is not None:
            self._thread.join()
        self._pair.close()

    def __enter__(self) -> "RtpReceiver":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Every RTP packet, in the order in which they came."""
        with self._news:
            return tuple(self._arrivals)

    @property
    def reports(self) -> tuple[Reported, ...]:
        """Every RTCP report, in the order in which they came."""
        with self._news:
            return tuple(self._reports)

    def heard(self) -> tuple[Heard, ...]:
        """Return the streams, one for each SSRC, in the order in which they began."""
        return by_source(self.arrivals)

    def wait_for_packets(self, count: int, patience_s: float = 10.0) -> bool:
        """Wait until so many RTP packets have come; False when they do not."""
        with self._news:
            return self._news.wait_for(lambda: len(self._arrivals) >= count, patience_s)

    def wait_for_report(self, kind: type[Report], patience_s: float = 10.0) -> bool:
        """Wait until a report of this kind has come; False when none does."""
        with self._news:
            return self._news.wait_for(
                lambda: any(isinstance(one.report, kind) for one in self._reports), patience_s
            )

    def _run(self) -> None:
        rtp, rtcp = self._pair.rtp, self._pair.rtcp
        while not self._closing:
            ready, _, _ = select.select((rtp, rtcp), (), (), _TURN_S)
            for one in ready:
                self._drain(one, reports=one is rtcp)

    def _drain(self, source: socket.socket, *, reports: bool) -> None:
        while True:
            try:
                data, notes, _, _ = source.recvmsg(_DATAGRAM, _ANCILLARY)
            except OSError:
                return
            with self._news:
                try:
                    self._take(data, _stamp(notes), reports=reports)
                except (PacketError, SrtpError):
                    self.strange += 1
                self._news.notify_all()

    def _take(self, data: bytes, at_s: float, *, reports: bool) -> None:
        if reports:
            plain = data if self._opener is None else self._opener.unprotect_rtcp(data)
            self._reports += [Reported(at_s=at_s, report=one) for one in decode_reports(plain)]
            return
        plain = data if self._opener is None else self._opener.unprotect(data)
        packet = decode_rtp(plain)
        if len(self._arrivals) < self._most:
            self._arrivals.append(Arrival(at_s=at_s, packet=packet))


def _prepare(pair: PortPair) -> None:
    for one in (pair.rtp, pair.rtcp):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        try:
            one.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        except OSError:
            continue


def _stamp(notes: list[tuple[int, int, bytes]]) -> float:
    """Return the kernel's time of arrival, or the present where it tells none."""
    for level, kind, octets in notes:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS) and len(octets) >= _STAMP.size:
            seconds, nanoseconds = _STAMP.unpack_from(octets)
            return float(seconds) + float(nanoseconds) / 1e9
    return time.time_ns() / 1e9
