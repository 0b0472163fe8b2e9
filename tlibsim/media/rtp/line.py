"""One end of a stream: its sockets, who it says it is, its reports (RFC 3550 section 6).

A line belongs to the pacing thread from the moment it is added; other threads only connect it
and read its counters.
"""

import contextlib
import ipaddress

from tlibsim.media.rtp.identity import Source
from tlibsim.media.rtp.packet import (
    RTP_HEADER,
    Goodbye,
    PacketError,
    ReceiverReport,
    Report,
    SenderReport,
    SourceDescription,
    decode_reports,
    encode_reports,
    ntp_time,
)
from tlibsim.media.rtp.ports import PortPair
from tlibsim.media.rtp.srtp import TAG_BYTES, Protector
from tlibsim.media.rtp.values import Address, RtpError, StreamCounters

_MOST_READ = 8
_DATAGRAM = 2048


class Line:
    """Sockets, reports and what went wrong."""

    __slots__ = (
        "_before",
        "_last",
        "_rtcp",
        "cname",
        "descriptor",
        "dropped",
        "dropped_octets",
        "error",
        "far_jitter",
        "far_lost",
        "pair",
        "protector",
        "refused",
        "reports",
    )

    def __init__(
        self, pair: PortPair, cname: str, protector: Protector | None, *, rtcp: bool
    ) -> None:
        self.pair = pair
        self.cname = cname
        self.protector = protector
        self.descriptor = pair.rtp.fileno()
        self.refused = 0
        self.dropped = 0
        self.dropped_octets = 0
        self.reports = 0
        self.error = ""
        self.far_lost = -1
        self.far_jitter = -1
        self._rtcp = rtcp
        self._last = 0
        self._before = 0

    def connect(self, remote: Address, remote_rtcp: Address | None) -> None:
        """Choose the far end; raises RtpError when it is no address or there is no way to it."""
        _check(remote)
        try:
            self.pair.rtp.connect(remote)
            self.pair.rtcp.connect(remote_rtcp or (remote[0], min(remote[1] + 1, 65_535)))
        except OSError as error:
            host, port = remote
            raise RtpError(f"no way to {host} port {port}: {error.strerror}") from error

    def again(self, packet: bytes) -> None:
        """Send a packet that the system did not take at first.

        On a connected socket that is mostly the news that an earlier packet found nobody
        (ICMP).  It is told once, and then the socket takes the packet.
        """
        for _ in range(2):
            try:
                self.pair.rtp.send(packet)
            except ConnectionRefusedError:
                self.refused += 1
            except OSError as error:
                self._drop(packet, error.strerror or str(error))
                return
            else:
                self.refused += 1
                return
        self._drop(packet, "the far end refuses")

    def report(
        self, wall_us: int, source: Source, timestamp: int, sent: tuple[int, int]
    ) -> None:
        """Send the regular report; one who has not sent for two reports is a mere receiver.

        ``timestamp`` belongs to ``wall_us``; ``sent`` counts packets and octets of the source.
        """
        if not self._rtcp:
            return
        self._listen(source.ssrc)
        first = self._first_report(wall_us, source.ssrc, timestamp, sent)
        self._send(first, SourceDescription(ssrc=source.ssrc, cname=self.cname))
        self._before, self._last = self._last, sent[0]

    def farewell(
        self, wall_us: int, source: Source, timestamp: int, sent: tuple[int, int]
    ) -> None:
        """Send the last report of a source, with its BYE."""
        if not self._rtcp:
            return
        self._listen(source.ssrc)
        first = self._first_report(wall_us, source.ssrc, timestamp, sent)
        description = SourceDescription(ssrc=source.ssrc, cname=self.cname)
        self._send(first, description, Goodbye(ssrcs=(source.ssrc,)))
        self._before = self._last = 0

    def leave(self, source: Source) -> None:
        """Say that a source is gone, because another takes its place on this line."""
        if self._rtcp:
            self._send(
                ReceiverReport(ssrc=source.ssrc),
                SourceDescription(ssrc=source.ssrc, cname=self.cname),
                Goodbye(ssrcs=(source.ssrc,)),
            )
        self._before = self._last = 0

    def counters(self, attempts: int, octets: int, skipped: int) -> StreamCounters:
        """Return what a stream on this line has done, dropped packets taken off."""
        return StreamCounters(
            packets=attempts - self.dropped,
            octets=octets - self.dropped_octets,
            skipped=skipped,
            refused=self.refused,
            dropped=self.dropped,
            reports=self.reports,
            error=self.error,
            far_lost=self.far_lost,
            far_jitter=self.far_jitter,
        )

    def _first_report(
        self, wall_us: int, ssrc: int, timestamp: int, sent: tuple[int, int]
    ) -> Report:
        packets, octets = sent
        if packets == self._before:
            return ReceiverReport(ssrc=ssrc)
        return SenderReport(
            ssrc=ssrc,
            ntp=ntp_time(wall_us),
            timestamp=timestamp & 0xFFFFFFFF,
            packets=packets & 0xFFFFFFFF,
            octets=octets & 0xFFFFFFFF,
        )

    def _send(self, *reports: Report) -> None:
        packet = encode_reports(*reports)
        if self.protector is not None:
            packet = self.protector.protect_rtcp(packet)
        with contextlib.suppress(OSError):
            self.pair.rtcp.send(packet)
            self.reports += 1

    def _listen(self, ssrc: int) -> None:
        """Read what the far end reported; secured reports are left alone."""
        for _ in range(_MOST_READ):
            try:
                data = self.pair.rtcp.recv(_DATAGRAM)
            except ConnectionRefusedError:
                continue
            except OSError:
                return
            if self.protector is None:
                with contextlib.suppress(PacketError):
                    self._take(decode_reports(data), ssrc)

    def _take(self, reports: tuple[Report, ...], ssrc: int) -> None:
        for report in reports:
            if isinstance(report, SenderReport | ReceiverReport):
                for block in report.blocks:
                    if block.ssrc == ssrc:
                        self.far_lost, self.far_jitter = block.lost, block.jitter

    def _drop(self, packet: bytes, error: str) -> None:
        self.dropped += 1
        tag = 0 if self.protector is None else TAG_BYTES
        self.dropped_octets += len(packet) - RTP_HEADER.size - tag
        self.error = error


def _check(remote: Address) -> None:
    host, port = remote
    try:
        ipaddress.ip_address(host)
    except ValueError as error:
        raise RtpError(f"{host} is not an IP address") from error
    if not 0 < port < 65_536:
        raise RtpError(f"{port} is not a port to send to")
