"""Captures, pcap and pcapng, as packets: a small reader of our own.

pcap: magic, 24 bytes of header, records of 16 bytes and their data; pcapng: blocks with type and
length at both ends, of which section headers, interfaces and packets count.  Both byte orders,
micro- and nanoseconds.  A file that breaks off gives what came before.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct
from typing import BinaryIO

_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}
_SECTION = b"\x0a\x0d\x0d\x0a"
_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_INTERFACE, _SIMPLE, _ENHANCED, _OLD_PACKET = 1, 3, 6, 2
_RESOLUTION = 9
_MOST_PACKET = 1 << 20
_MOST_BLOCK = 1 << 24
_MICROS = 1_000_000
_DECIMAL, _BINARY = 15, 60
"""Finer clocks than these (powers of ten and two) are no clocks."""


class CaptureError(Exception):
    """What is no capture, or cannot be read as one; the text says why."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet: its number in the file, microseconds since 1970, link type, bytes."""

    number: int
    at: int
    link: int
    data: bytes


@dataclass(slots=True)
class PacketReader:
    """Reads one capture.  ``cut`` says why it ended early; empty when it did not."""

    file: BinaryIO
    cut: str = ""
    _interfaces: list[tuple[int, int]] = field(default_factory=list)
    _number: int = 0

    def packets(self) -> Iterator[Packet]:
        """All packets; raises CaptureError when the beginning is none of a capture."""
        magic = self.file.read(4)
        if magic in _PCAP_MAGICS:
            yield from self._pcap(*_PCAP_MAGICS[magic])
        elif magic == _SECTION:
            yield from self._pcapng()
        else:
            raise CaptureError("is neither pcap nor pcapng")

    def _pcap(self, order: str, units: int) -> Iterator[Packet]:
        head = self.file.read(20)
        if len(head) < 20:
            raise CaptureError("ends inside of the header of a pcap file")
        link = Struct(f"{order}I").unpack_from(head, 16)[0] & 0x0FFFFFFF
        record = Struct(f"{order}IIII")
        while True:
            words = self._read(record.size)
            if words is None:
                return
            seconds, fraction, length, _ = record.unpack(words)
            if length > _MOST_PACKET:
                self.cut = f"packet {self._number + 1} is said to have {length} bytes"
                return
            data = self._read(length, inside=True)
            if data is None:
                return
            self._number += 1
            at = seconds * _MICROS + fraction * _MICROS // units
            yield Packet(self._number, at, link, data)

    def _read(self, size: int, *, inside: bool = False) -> bytes | None:
        data = self.file.read(size)
        if len(data) == size:
            return data
        if data or inside:
            self.cut = f"ends inside of packet {self._number + 1}"
        return None

    # -- pcapng --------------------------------------------------------------------------------

    def _pcapng(self) -> Iterator[Packet]:
        order = "<"
        kind_bytes: bytes | None = _SECTION
        while kind_bytes:
            if kind_bytes == _SECTION:
                found = self._section()
                if found is None:
                    return
                order = found
            else:
                body = self._block(order)
                if body is None:
                    return
                kind = Struct(f"{order}I").unpack(kind_bytes)[0]
                packet = self._taken(kind, body, order)
                if packet is not None:
                    yield packet
            kind_bytes = self._read(4)

    def _section(self) -> str | None:
        """The byte order of a section; its interfaces begin anew."""
        head = self.file.read(8)
        order = _ORDERS.get(head[4:8])
        if order is None:
            if self._number:
                self.cut = "has a section without byte order"
                return None
            raise CaptureError("has a pcapng section without byte order")
        length = Struct(f"{order}I").unpack_from(head)[0]
        if not 16 <= length <= _MOST_BLOCK or self._read(length - 12, inside=True) is None:
            self.cut = self.cut or f"has a section header of {length} bytes"
            return None
        self._interfaces.clear()
        return order

    def _block(self, order: str) -> bytes | None:
        words = self._read(4, inside=True)
        if words is None:
            return None
        length = Struct(f"{order}I").unpack(words)[0]
        if not 12 <= length <= _MOST_BLOCK or length % 4:
            self.cut = f"has a block of {length} bytes after packet {self._number}"
            return None
        body = self._read(length - 8, inside=True)
        return None if body is None else body[:-4]

    def _taken(self, kind: int, body: bytes, order: str) -> Packet | None:
        if kind == _INTERFACE and len(body) >= 8:
            link = Struct(f"{order}H").unpack_from(body)[0]
            self._interfaces.append((link, _units(body[8:], order)))
        elif kind in (_ENHANCED, _OLD_PACKET) and len(body) >= 20:
            return self._timed(kind, body, order)
        elif kind == _SIMPLE and len(body) >= 4 and self._interfaces:
            self._number += 1
            length = Struct(f"{order}I").unpack_from(body)[0]
            return Packet(self._number, 0, self._interfaces[0][0], body[4 : 4 + length])
        return None

    def _timed(self, kind: int, body: bytes, order: str) -> Packet | None:
        shape = "IIIII" if kind == _ENHANCED else "HHIIII"
        words = Struct(order + shape).unpack_from(body)
        interface, (high, low, length, _) = words[0], words[-4:]
        self._number += 1
        if interface >= len(self._interfaces):
            return None
        link, units = self._interfaces[interface]
        at = ((high << 32) | low) * _MICROS // units
        return Packet(self._number, at, link, body[20 : 20 + length])


def _units(options: bytes, order: str) -> int:
    """Parts of a second that an interface counts in: option if_tsresol, else microseconds."""
    head = Struct(f"{order}HH")
    at = 0
    while at + 4 <= len(options):
        code, length = head.unpack_from(options, at)
        value = options[at + 4 : at + 4 + length]
        if code == 0:
            break
        if code == _RESOLUTION and value:
            return _power(value[0])
        at += 4 + (length + 3) // 4 * 4
    return _MICROS


def _power(value: int) -> int:
    exponent = value & 0x7F
    if value & 0x80:
        return 1 << min(exponent, _BINARY)
    return int(10 ** min(exponent, _DECIMAL))


# -- writing -------------------------------------------------------------------------------------

_BLOCK = Struct("<II")
_PACKET = Struct("<IIIII")
_HEADER = Struct("<IHHiIII")
_RECORD = Struct("<IIII")
_SNAP = 262_144


def pcap_header(link: int) -> bytes:
    """The beginning of a pcap file with times in microseconds."""
    return _HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, _SNAP, link)


def pcap_record(at: int, data: bytes) -> bytes:
    """One packet of a pcap file."""
    seconds, micros = divmod(at, _MICROS)
    return _RECORD.pack(seconds & 0xFFFFFFFF, micros, len(data), len(data)) + data


def pcapng_header(link: int) -> bytes:
    """The beginning of a pcapng file: one section, one interface with times in microseconds."""
    section = Struct("<IHHq").pack(0x1A2B3C4D, 1, 0, -1)
    interface = Struct("<HHI").pack(link, 0, _SNAP)
    return _block(0x0A0D0D0A, section) + _block(_INTERFACE, interface)


def pcapng_record(at: int, data: bytes) -> bytes:
    """One packet of a pcapng file."""
    head = _PACKET.pack(0, at >> 32, at & 0xFFFFFFFF, len(data), len(data))
    return _block(_ENHANCED, head + data + b"\0" * (-len(data) % 4))


def _block(kind: int, body: bytes) -> bytes:
    length = _BLOCK.pack(kind, len(body) + 12)
    return length + body + length[4:]
