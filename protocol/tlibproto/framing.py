"""Packets and ADDP between the bytes of a connection and the payloads of messages (WIRE.md 1).

packet     u32 length | payload                            at most 16380 bytes of payload
extension  u32 28 | "$PACKET EXTENSION V1.00$" | u32 length of the message that follows in parts
ADDP       "p2" | u8 kind | 3 bytes argument               anywhere between packets
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from tlibproto.errors import FrameTooLarge, MalformedFrame, ProtocolError
from tlibproto.layout.limits import DEFAULT_LIMITS, Limits

__all__ = ["MAX_PAYLOAD", "Addp", "FrameDecoder", "Limits", "encode_addp", "encode_frame"]

MAX_PAYLOAD = 16380
"""The most that one packet holds; the client closes at 16381 (NOTES 2)."""

EXTENSION_MARK = b"$PACKET EXTENSION V1.00$"
EXTENSION_BYTES = len(EXTENSION_MARK) + 4

ADDP_MARK = b"p2"
ADDP_BYTES = 6

_LENGTH = Struct(">I")
_LENGTH_OF = _LENGTH.unpack_from


class Addp(NamedTuple):
    """An ADDP packet: its kind, as a rule one of ``I i P p``, and three bytes of argument."""

    kind: str
    argument: bytes

    @property
    def timeout_ms(self) -> int:
        """Return the server's timeout that an init asks for, 0 for none (WIRE.md 6)."""
        return int.from_bytes(self.argument, "big") & 0x7FFFFF

    @property
    def remote_trace(self) -> bool:
        """Tell whether an init asks the server to log ADDP."""
        return bool(self.argument[0] & 0x80)


class FrameDecoder:
    """Cuts what arrives on one connection into payloads and ADDP packets.

    Any split of the stream gives the same units. After an error it must not be used again:
    a stream out of step cannot be repaired.
    """

    __slots__ = (
        "_buffer",
        "_joined",
        "_largest",
        "_limit",
        "_offset",
        "_parts",
        "_total",
        "_wanted",
    )

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limit = limits.max_message_bytes
        self._largest = min(MAX_PAYLOAD, self._limit)
        self._buffer = bytearray()
        self._wanted = 1
        self._offset = 0
        self._total = -1
        self._joined = 0
        self._parts: list[bytes] = []

    @property
    def pending(self) -> int:
        """Return how many bytes wait for the rest of their packet or message."""
        return len(self._buffer) + self._joined

    def feed(self, data: bytes) -> Iterator[bytes | Addp]:
        """Take bytes, and yield the units that they complete: payloads and ADDP packets.

        Raises ProtocolError, always a fatal one, in place of the unit that is wrong. The units
        are to be taken before the next call.
        """
        buffer = self._buffer
        if buffer:
            buffer += data
            if len(buffer) < self._wanted:
                return iter(())
            data = bytes(buffer)
            buffer.clear()
        return self._units(data)

    def _units(self, data: bytes) -> Iterator[bytes | Addp]:
        at, size, largest = 0, len(data), self._largest
        unit: bytes | Addp | None
        while at < size:
            if size - at >= 4 and (length := _LENGTH_OF(data, at)[0]) <= largest:
                end = at + 4 + length
                if end > size:
                    break
                unit = data[at + 4 : end]
                if length == EXTENSION_BYTES or self._total >= 0:
                    unit = self._packet(unit)
            else:
                end = at + self._needed(data, at)
                if end > size:
                    break
                unit = Addp(chr(data[at + 2]), data[at + 3 : end])
            self._offset += end - at
            at = end
            if unit is not None:
                yield unit
        if at < size:
            self._wanted = self._needed(data, at)
            self._buffer += data[at:]

    def _needed(self, data: bytes, at: int) -> int:
        """Return how many bytes the unit at a place has, or must have to tell its size."""
        head = data[at : at + 4]
        if head[0] == ADDP_MARK[0]:
            if not ADDP_MARK.startswith(head[:2]):
                raise self._error(MalformedFrame, "neither a packet nor ADDP", head)
            return ADDP_BYTES if len(head) > 1 else len(ADDP_MARK)
        if len(head) < 4:
            return 4
        (length,) = _LENGTH_OF(head)
        if length > self._largest:
            message = f"a packet of {length} bytes; {self._largest} is the most"
            raise self._error(FrameTooLarge, message, head)
        return 4 + int(length)

    def _packet(self, payload: bytes) -> bytes | None:
        """Return the message that a packet completes, if it does."""
        if self._total >= 0:
            return self._join(payload)
        if not payload.startswith(EXTENSION_MARK):
            return payload
        (total,) = _LENGTH_OF(payload, len(EXTENSION_MARK))
        if total > self._limit:
            message = f"a message of {total} bytes; {self._limit} is the most"
            raise self._error(FrameTooLarge, message, payload[-4:])
        self._total = total
        return self._join(b"")

    def _join(self, part: bytes) -> bytes | None:
        """Add a part to a long message, and return the message when it is whole."""
        self._joined += len(part)
        if self._joined > self._total:
            message = f"the parts of a message of {self._total} bytes make {self._joined}"
            raise self._error(MalformedFrame, message, part[:12])
        if part:
            self._parts.append(part)
        if self._joined < self._total:
            return None
        whole = b"".join(self._parts)
        self._parts = []
        self._total, self._joined = -1, 0
        return whole

    def _error(self, cls: type[ProtocolError], message: str, near: bytes) -> ProtocolError:
        return cls(message, offset=self._offset, fatal=True, excerpt=near.hex(" "))


def encode_frame(payload: bytes) -> bytes:
    """Return the packet of a payload; over 16380 bytes, an extension packet and its parts."""
    length = len(payload)
    if length <= MAX_PAYLOAD:
        return _LENGTH.pack(length) + payload
    parts = [_LENGTH.pack(EXTENSION_BYTES), EXTENSION_MARK, _LENGTH.pack(length)]
    for at in range(0, length, MAX_PAYLOAD):
        part = payload[at : at + MAX_PAYLOAD]
        parts += (_LENGTH.pack(len(part)), part)
    return b"".join(parts)


def encode_addp(kind: str, argument: bytes = b"\0\0\0") -> bytes:
    """Return an ADDP packet of a kind (``I i P p``) with its three bytes."""
    return ADDP_MARK + kind.encode("latin-1") + argument
