"""Messages made wrong: a payload in, packets out.  Nothing here knows whom they are for.

The layout of payloads is that of WIRE.md 1.2 and 2; those given here were made by our encoder.
"""

import struct
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import NamedTuple

from tlibproto.framing import encode_frame
from tlibproto.vocabulary import AttributeId

UNKNOWN_ATTRIBUTE = 0x7FF0
"""An attribute number that nobody knows."""

_HEAD = struct.Struct(">BI")
_LENGTH = struct.Struct(">I")
_ID_AND_CODE = struct.Struct(">IB")
_SHORT = struct.Struct(">H")
_MOST_IN_ONE_PACKET = 16380
_SIZES: Mapping[int, Callable[[bytes, int], int]] = {
    ord("i"): lambda _, __: 4,
    ord("l"): lambda _, __: 8,
    ord("s"): lambda data, at: 2 + _SHORT.unpack_from(data, at)[0],
    ord("S"): lambda data, at: 4 + _LENGTH.unpack_from(data, at)[0],
    ord("b"): lambda data, at: _SHORT.unpack_from(data, at)[0],
    ord("B"): lambda data, at: 4 + _LENGTH.unpack_from(data, at)[0],
}


class Place(NamedTuple):
    """Where an attribute is in a payload: its number, code, begin, the begin of its value, its end."""

    attribute: int
    code: int
    start: int
    value: int
    end: int


def places(payload: bytes) -> Iterator[Place]:
    """The attributes of a payload, in order."""
    count, _ = _HEAD.unpack_from(payload)
    at = _HEAD.size
    for _ in range(count):
        attribute, code = _ID_AND_CODE.unpack_from(payload, at)
        value = at + _ID_AND_CODE.size
        end = value + _SIZES[code](payload, value)
        yield Place(attribute, code, at, value, end)
        at = end


def _find(payload: bytes, attribute: int) -> Place | None:
    return next((one for one in places(payload) if one.attribute == attribute), None)


def shifted(payload: bytes, attribute: int, by: int) -> bytes:
    """The payload with a number changed by so much; unchanged when it has no such attribute."""
    place = _find(payload, attribute)
    if place is None or place.code not in b"il":
        return payload
    size = place.end - place.value
    number = int.from_bytes(payload[place.value : place.end], "big") + by
    value = (number % (1 << 8 * size)).to_bytes(size, "big")
    return payload[: place.value] + value + payload[place.end :]


def _wrong_reference(payload: bytes, amount: int, _: Random) -> bytes:
    return encode_frame(shifted(payload, AttributeId.ReferenceID, amount or 1))


def _no_reference(payload: bytes, _: int, __: Random) -> bytes:
    place = _find(payload, AttributeId.ReferenceID)
    if place is None:
        return encode_frame(payload)
    count = bytes((payload[0] - 1,))
    return encode_frame(count + payload[1 : place.start] + payload[place.end :])


def _unknown_attribute(payload: bytes, _: int, __: Random) -> bytes:
    more = _ID_AND_CODE.pack(UNKNOWN_ATTRIBUTE, ord("s")) + _SHORT.pack(7) + b"unknown"
    return encode_frame(bytes((payload[0] + 1,)) + payload[1:] + more)


def _truncated(payload: bytes, amount: int, _: Random) -> bytes:
    kept = max(_HEAD.size, len(payload) - (amount or 1))
    return encode_frame(payload[:kept])


def _oversized(payload: bytes, amount: int, _: Random) -> bytes:
    """One packet that is longer than a packet may be (WIRE.md 1.2)."""
    size = max(amount, _MOST_IN_ONE_PACKET + 1, len(payload))
    return _LENGTH.pack(size) + payload + bytes(size - len(payload))


def _wrong_length(payload: bytes, amount: int, _: Random) -> bytes:
    length = max(0, len(payload) + (amount or 1))
    return _LENGTH.pack(length) + payload


def _wrong_list(payload: bytes, _: int, __: Random) -> bytes:
    """The first list comes as text, which clients must refuse (WIRE.md 2.1)."""
    place = next((one for one in places(payload) if one.code == ord("b")), None)
    if place is None:
        return encode_frame(payload)
    body = payload[place.value + _SHORT.size : place.end]
    head = _ID_AND_CODE.pack(place.attribute, ord("s")) + _SHORT.pack(len(body))
    return encode_frame(payload[: place.start] + head + body + payload[place.end :])


def _corrupted(payload: bytes, amount: int, rng: Random) -> bytes:
    """So many bits of the attributes are turned."""
    data = bytearray(payload)
    for _ in range(amount or 1):
        if len(data) > _HEAD.size:
            data[rng.randrange(_HEAD.size, len(data))] ^= 1 << rng.randrange(8)
    return encode_frame(bytes(data))


MANGLERS: Mapping[str, Callable[[bytes, int, Random], bytes]] = {
    "wrong-reference": _wrong_reference,
    "no-reference": _no_reference,
    "unknown-attribute": _unknown_attribute,
    "truncate": _truncated,
    "oversize": _oversized,
    "wrong-length": _wrong_length,
    "wrong-list-type": _wrong_list,
    "corrupt": _corrupted,
}
"""By kind of fault: (payload, amount, rng) -> packets."""
