"""TCP segments out of packets: Ethernet, VLAN tags, Linux cooked, raw IP, loopback; IPv4 and IPv6."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from struct import Struct
from types import MappingProxyType

from tlibsim.logs.packets import Packet

RAW_IP = 101
_NULL, _ETHERNET, _LOOP, _COOKED, _COOKED_2, _IPV4, _IPV6 = 0, 1, 108, 113, 276, 228, 229
_OLD_RAW = (12, 14)
_ETHER_IP, _ETHER_IP6 = 0x0800, 0x86DD
_TAGS = (0x8100, 0x88A8, 0x9100)
_TCP = 6
_EXTENSIONS = frozenset({0, 43, 60})
_PORTS = Struct(">HHIIBB")
_SHORT = Struct(">H")
_MOST_HEADERS = 8

FIN, SYN, RST, ACK, PSH = 1, 2, 4, 16, 8

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment."""

    at: int
    packet: int
    source: Address
    destination: Address
    sequence: int
    flags: int
    data: bytes


def segment_of(packet: Packet) -> Segment | None:
    """The TCP segment of a packet; None when it has none, or what has it is damaged."""
    find = _LINKS.get(packet.link)
    data = packet.data if find is None else find(packet.data)
    if find is None and packet.link not in (RAW_IP, *_OLD_RAW, _IPV4, _IPV6):
        return None
    if not data:
        return None
    found = _version_6(data) if data[0] >> 4 == 6 else _version_4(data)
    if found is None:
        return None
    source, destination, tcp = found
    if len(tcp) < 20:
        return None
    one, other, sequence, _, offset, flags = _PORTS.unpack_from(tcp)
    start = (offset >> 4) * 4
    if not 20 <= start <= len(tcp):
        return None
    return Segment(
        at=packet.at,
        packet=packet.number,
        source=(source, one),
        destination=(destination, other),
        sequence=sequence,
        flags=flags,
        data=tcp[start:],
    )


def _ethernet(data: bytes) -> bytes:
    at = 12
    for _ in range(_MOST_HEADERS):
        if at + 2 > len(data):
            return b""
        (kind,) = _SHORT.unpack_from(data, at)
        if kind not in _TAGS:
            return data[at + 2 :] if kind in (_ETHER_IP, _ETHER_IP6) else b""
        at += 4
    return b""


def _after(size: int, kind_at: int) -> Callable[[bytes], bytes]:
    """A link header of a fixed size, with the kind of what follows at a place in it."""

    def find(data: bytes) -> bytes:
        if len(data) < size:
            return b""
        (kind,) = _SHORT.unpack_from(data, kind_at)
        return data[size:] if kind in (_ETHER_IP, _ETHER_IP6) else b""

    return find


_LINKS: Mapping[int, Callable[[bytes], bytes]] = MappingProxyType(
    {
        _ETHERNET: _ethernet,
        _COOKED: _after(16, 14),
        _COOKED_2: _after(20, 0),
        _NULL: lambda data: data[4:],
        _LOOP: lambda data: data[4:],
    }
)

_Found = tuple[str, str, bytes]


def _version_4(data: bytes) -> _Found | None:
    start = (data[0] & 15) * 4
    if data[0] >> 4 != 4 or start < 20 or len(data) < start or data[9] != _TCP:
        return None
    (total,) = _SHORT.unpack_from(data, 2)
    (fragment,) = _SHORT.unpack_from(data, 6)
    if fragment & 0x3FFF:
        return None
    end = total if start <= total <= len(data) and total else len(data)
    return str(ip_address(data[12:16])), str(ip_address(data[16:20])), data[start:end]


def _version_6(data: bytes) -> _Found | None:
    if len(data) < 40:
        return None
    (length,) = _SHORT.unpack_from(data, 4)
    end = min(len(data), 40 + length) if length else len(data)
    kind, at = data[6], 40
    for _ in range(_MOST_HEADERS):
        if kind == _TCP:
            source, destination = ip_address(data[8:24]), ip_address(data[24:40])
            return str(source), str(destination), data[at:end]
        if kind not in _EXTENSIONS or at + 8 > end:
            return None
        kind, at = data[at], at + 8 + data[at + 1] * 8
    return None


# -- writing -------------------------------------------------------------------------------------

_WINDOW = 65535


def ip_packet(
    source: Address,
    destination: Address,
    *,
    sequence: int,
    acknowledged: int,
    flags: int,
    data: bytes = b"",
) -> bytes:
    """An IPv4 packet (link type 101) with one segment, checksums included."""
    one, other = ip_address(source[0]).packed, ip_address(destination[0]).packed
    head = Struct(">HHIIBBHHH")
    words = (source[1], destination[1], sequence, acknowledged, 5 << 4, flags, _WINDOW)
    pseudo = one + other + Struct(">BBH").pack(0, _TCP, 20 + len(data))
    checksum = _checksum(pseudo + head.pack(*words, 0, 0) + data)
    tcp = head.pack(*words, checksum, 0) + data
    ip = Struct(">BBHHHBBH")
    total = 20 + len(tcp)
    plain = ip.pack(0x45, 0, total, 0, 0x4000, 64, _TCP, 0) + one + other
    return ip.pack(0x45, 0, total, 0, 0x4000, 64, _TCP, _checksum(plain)) + one + other + tcp


def _checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(Struct(f">{len(data) // 2}H").unpack(data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
