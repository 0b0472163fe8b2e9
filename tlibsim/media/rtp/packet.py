"""RTP and RTCP packets and their bytes: RFC 3550, as far as a one-way sender needs (MEDIA.md 3.3).

Pure: nothing here knows a socket or a clock.  Reading is strict about lengths and raises
:class:`PacketError`; RTCP packets of other types are kept as :class:`OtherReport`.
"""

from dataclasses import dataclass
from struct import Struct
from typing import Final

VERSION: Final = 2
RTP_HEADER: Final = Struct("!HHII")
"""Version, padding, extension, CSRC count, marker and payload type in 16 bits; sequence number;
timestamp; SSRC.  The pacing thread packs with it directly."""
PLAIN: Final = VERSION << 14
MARKED: Final = PLAIN | 0x80

_WORD: Final = Struct("!I")
_EXTENSION: Final = Struct("!HH")
_RTCP_HEADER: Final = Struct("!BBH")
_SENDER_INFO: Final = Struct("!QIII")
_BLOCK: Final = Struct("!IB3sIIII")
_SENDER, _RECEIVER, _DESCRIPTION, _GOODBYE = 200, 201, 202, 203
_CNAME: Final = 1
_UNIX_TO_NTP_S: Final = 2_208_988_800
_MOST_TEXT: Final = 255
_MOST_BLOCKS: Final = 31


class PacketError(ValueError):
    """Bytes that are no RTP or RTCP packet; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPacket:
    """One RTP packet; CSRCs, a header extension and padding are read over, and never written."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBlock:
    """What a receiver says of one source: loss as a share of 256 and in all, jitter in samples."""

    ssrc: int
    fraction_lost: int = 0
    lost: int = 0
    highest_sequence: int = 0
    jitter: int = 0
    last_report: int = 0
    delay: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderReport:
    """``ntp`` is 64 bits, seconds since 1900 in the upper half; ``timestamp`` is the same instant."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverReport:
    """The report of one who sends nothing at present."""

    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """An SDES packet with one chunk and the one item that must be there, the canonical name."""

    ssrc: int
    cname: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodbye:
    ssrcs: tuple[int, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReport:
    """An RTCP packet of a type that nobody here reads: feedback, application data, ..."""

    packet_type: int
    count: int
    body: bytes


Report = SenderReport | ReceiverReport | SourceDescription | Goodbye | OtherReport


def ntp_time(microseconds: int) -> int:
    """Turn microseconds since 1970 into the 64 bits of an NTP timestamp (RFC 3550 section 4)."""
    seconds, rest = divmod(microseconds, 1_000_000)
    return ((seconds + _UNIX_TO_NTP_S) & 0xFFFFFFFF) << 32 | (rest << 32) // 1_000_000


def unix_time(ntp: int) -> int:
    """Turn an NTP timestamp of the years 1970 to 2036 into microseconds since 1970."""
    seconds, fraction = ntp >> 32, ntp & 0xFFFFFFFF
    return (seconds - _UNIX_TO_NTP_S) * 1_000_000 + (fraction * 1_000_000 + (1 << 31) >> 32)


def encode_rtp(packet: RtpPacket) -> bytes:
    """Write an RTP packet."""
    head = (MARKED if packet.marker else PLAIN) | packet.payload_type
    fixed = RTP_HEADER.pack(head, packet.sequence, packet.timestamp, packet.ssrc)
    return fixed + packet.payload


def decode_rtp(data: bytes) -> RtpPacket:
    """Read an RTP packet; raises PacketError."""
    if len(data) < RTP_HEADER.size:
        raise PacketError(f"{len(data)} bytes are fewer than an RTP header has")
    head, sequence, timestamp, ssrc = RTP_HEADER.unpack_from(data)
    if head >> 14 != VERSION:
        raise PacketError(f"the version is {head >> 14}, not 2")
    begin = RTP_HEADER.size + 4 * (head >> 8 & 0x0F)
    if head & 0x1000:
        begin += _extension_bytes(data, begin)
    end = len(data) - (data[-1] if head & 0x2000 else 0)
    if begin > end:
        raise PacketError("header and padding are longer than the packet")
    return RtpPacket(
        payload_type=head & 0x7F,
        marker=bool(head & 0x80),
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=data[begin:end],
    )


def _extension_bytes(data: bytes, begin: int) -> int:
    if len(data) < begin + _EXTENSION.size:
        raise PacketError("the header extension is cut off")
    _, words = _EXTENSION.unpack_from(data, begin)
    return _EXTENSION.size + 4 * int(words)


def encode_reports(*reports: Report) -> bytes:
    """Write a compound RTCP packet, in the order given."""
    return b"".join(map(_encoded, reports))


def decode_reports(data: bytes) -> tuple[Report, ...]:
    """Read a compound RTCP packet; raises PacketError."""
    reports: list[Report] = []
    position = 0
    while position < len(data):
        if len(data) < position + _RTCP_HEADER.size:
            raise PacketError("an RTCP header is cut off")
        first, kind, words = _RTCP_HEADER.unpack_from(data, position)
        if first >> 6 != VERSION:
            raise PacketError(f"the version is {first >> 6}, not 2")
        end = position + 4 * (int(words) + 1)
        if end > len(data):
            raise PacketError("an RTCP packet is longer than what came")
        body = data[position + _RTCP_HEADER.size : end]
        reports.append(_decoded(kind, first & 0x1F, body))
        position = end
    if not reports:
        raise PacketError("there is no RTCP packet in no bytes")
    return tuple(reports)


def _encoded(report: Report) -> bytes:
    match report:
        case SenderReport():
            info = _SENDER_INFO.pack(
                report.ntp, report.timestamp, report.packets, report.octets
            )
            body = _WORD.pack(report.ssrc) + info + _encoded_blocks(report.blocks)
            return _framed(_SENDER, len(report.blocks), body)
        case ReceiverReport():
            body = _WORD.pack(report.ssrc) + _encoded_blocks(report.blocks)
            return _framed(_RECEIVER, len(report.blocks), body)
        case SourceDescription():
            item = bytes((_CNAME,)) + _text(report.cname)
            chunk = _WORD.pack(report.ssrc) + item
            return _framed(_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))
        case Goodbye():
            body = b"".join(map(_WORD.pack, report.ssrcs))
            reason = _text(report.reason) if report.reason else b""
            return _framed(_GOODBYE, len(report.ssrcs), body + reason + bytes(-len(reason) % 4))
        case OtherReport():
            return _framed(report.packet_type, report.count, report.body)


def _framed(kind: int, count: int, body: bytes) -> bytes:
    return _RTCP_HEADER.pack(VERSION << 6 | count, kind, len(body) // 4) + body


def _text(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")[:_MOST_TEXT]
    return bytes((len(octets),)) + octets


def _encoded_blocks(blocks: tuple[ReportBlock, ...]) -> bytes:
    if len(blocks) > _MOST_BLOCKS:
        raise PacketError(f"a report has at most {_MOST_BLOCKS} blocks, not {len(blocks)}")
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost,
            (block.lost & 0xFFFFFF).to_bytes(3, "big"),
            block.highest_sequence,
            block.jitter,
            block.last_report,
            block.delay,
        )
        for block in blocks
    )


def _decoded(kind: int, count: int, body: bytes) -> Report:
    if kind == _SENDER:
        _need(body, 24, "sender report")
        ntp, timestamp, packets, octets = _SENDER_INFO.unpack_from(body, 4)
        return SenderReport(
            ssrc=_word(body, 0),
            ntp=ntp,
            timestamp=timestamp,
            packets=packets,
            octets=octets,
            blocks=_decoded_blocks(body, 24, count),
        )
    if kind == _RECEIVER:
        _need(body, 4, "receiver report")
        return ReceiverReport(ssrc=_word(body, 0), blocks=_decoded_blocks(body, 4, count))
    if kind == _DESCRIPTION and count == 1:
        return _decoded_description(body)
    if kind == _GOODBYE:
        return _decoded_goodbye(body, count)
    return OtherReport(packet_type=kind, count=count, body=body)


def _decoded_blocks(body: bytes, begin: int, count: int) -> tuple[ReportBlock, ...]:
    _need(body, begin + count * _BLOCK.size, "report with its blocks")
    blocks = []
    for number in range(count):
        ssrc, fraction, lost, *rest = _BLOCK.unpack_from(body, begin + number * _BLOCK.size)
        blocks.append(
            ReportBlock(
                ssrc=ssrc,
                fraction_lost=fraction,
                lost=int.from_bytes(lost, "big", signed=True),
                highest_sequence=rest[0],
                jitter=rest[1],
                last_report=rest[2],
                delay=rest[3],
            )
        )
    return tuple(blocks)


def _decoded_description(body: bytes) -> SourceDescription:
    """Find the canonical name among the items; one that is not there is an empty text."""
    _need(body, 4, "source description")
    position, cname = 4, ""
    while position < len(body) and body[position]:
        _need(body, position + 2, "item of a source description")
        end = position + 2 + body[position + 1]
        _need(body, end, "item of a source description")
        if body[position] == _CNAME:
            cname = body[position + 2 : end].decode("utf-8", "replace")
        position = end
    return SourceDescription(ssrc=_word(body, 0), cname=cname)


def _decoded_goodbye(body: bytes, count: int) -> Goodbye:
    _need(body, 4 * count, "goodbye")
    rest = body[4 * count :]
    reason = rest[1 : 1 + rest[0]].decode("utf-8", "replace") if rest else ""
    return Goodbye(ssrcs=tuple(_word(body, 4 * one) for one in range(count)), reason=reason)


def _word(body: bytes, position: int) -> int:
    value: int = _WORD.unpack_from(body, position)[0]
    return value


def _need(body: bytes, count: int, what: str) -> None:
    if len(body) < count:
        raise PacketError(f"a {what} is cut off")
