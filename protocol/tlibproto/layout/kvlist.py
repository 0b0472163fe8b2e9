"""Key-value lists between bytes and KVList, on the bytes themselves (WIRE.md 3).

    body:  u16 count (u32 if the body is over 65535 bytes) | count pairs
    pair:  u8 kind | u16 n | key of n bytes | u16 n (u32 if kind has bit 80) | value of n bytes

A reader of lists is in the hot path of every message, so the loop takes the pairs as they
usually are, and looks closer only where something is odd.
"""

import struct
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

from tlibproto.errors import MalformedAttribute, Unencodable
from tlibproto.layout.attributes import LONGEST_DATA, S32, U16, U32, broken
from tlibproto.layout.limits import DEFAULT_LIMITS, Limits
from tlibproto.vocabulary import KVList, Value, WideText
from tlibproto.vocabulary.charset import READING, WRITING
from tlibproto.vocabulary.values import NARROW_BODY, Pair

STR, INT, BIN, LIST, WSTR = range(5)
"""The kinds of a value (NOTES 15)."""

LONG: Final = 0x80
"""Added to a kind: the length of the value has four bytes."""

MAX_SENT_PAIRS: Final = 65535
"""The client reads only the low 16 bits of a count: never send it more (NOTES 21)."""

_SHORTEST_PAIR = 5
_PAIR = Struct(">BH")
_UTF16 = "utf-16-be"
_new_list = object.__new__
_set_pairs = vars(KVList)["pairs"].__set__  # the slot, past the closed door of a KVList


class Reading:
    """What the lists of one message share while they are read.

    ``exact`` stays true while everything is written the way that ``write_body`` would choose.
    """

    __slots__ = ("codec", "exact", "max_depth", "pairs_left")

    def __init__(self, codec: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self.codec = codec
        self.exact = True
        self.max_depth = limits.max_depth
        self.pairs_left = limits.max_pairs


class Place(NamedTuple):
    """Where a pair stands: its kind at ``at``, its value from ``begin`` to ``end``."""

    at: int
    depth: int
    key: str
    kind: int
    begin: int
    end: int


def read_list(data: bytes, start: int, end: int, path: str, reading: Reading) -> KVList:
    """Read the body of an attribute: ``data[start:end]``.

    The width of its count depends on its size alone, not on the type code (NOTES 13).
    """
    return _read_body(data, start, end, end - start > NARROW_BODY, path, 1, reading)


def _read_body(
    data: bytes, start: int, end: int, wide: bool, path: str, depth: int, reading: Reading
) -> KVList:
    count, at = _read_count(data, start, end, wide, path, depth, reading)
    codec = reading.codec
    pair_of, length_of, number_of = _PAIR.unpack_from, U16.unpack_from, S32.unpack_from
    pairs: list[Pair] = []
    append = pairs.append
    value: Value
    try:
        for index in range(count):
            kind, length = pair_of(data, at)
            key_end = at + 3 + length
            (length,) = length_of(data, key_end)
            begin = key_end + 2
            value_end = begin + length
            if kind == STR and value_end <= end:
                value = data[begin:value_end].decode(codec, READING)
            elif kind == INT and length == 4 and value_end <= end:
                (value,) = number_of(data, begin)
            else:
                value, value_end = _read_oddly(
                    data, at, end, f"{path}[{index}]", depth, reading
                )
            append((data[at + 3 : key_end].decode(codec, READING), value))
            at = value_end
    except struct.error:
        path = f"{path}[{len(pairs)}]"
        raise _misfit(data, at, end, path) or _over_the_end(data, at, path) from None
    if at != end:
        reading.exact = False  # the rest is ignored (NOTES 20)
    made = _new_list(KVList)
    _set_pairs(made, tuple(pairs))
    return made


def _read_count(
    data: bytes, start: int, end: int, wide: bool, path: str, depth: int, reading: Reading
) -> tuple[int, int]:
    """Read and check the count of a body; return it and where the pairs begin."""
    if depth > reading.max_depth:
        message = f"lists lie in lists more than {reading.max_depth} deep"
        raise broken(data, start, path, message, fatal=True)
    form = U32 if wide else U16
    at = start + form.size
    if at > end:
        raise broken(data, start, path, "the list ends before its count")
    (count,) = form.unpack_from(data, start)
    if count * _SHORTEST_PAIR > end - at:
        message = f"{count} pairs cannot lie in {end - at} bytes"
        raise broken(data, start, path, message)
    reading.pairs_left -= count
    if reading.pairs_left < 0:
        raise broken(data, start, path, "the message has too many pairs", fatal=True)
    if count > MAX_SENT_PAIRS:
        reading.exact = False
    return count, at


def _misfit(data: bytes, at: int, end: int, path: str) -> MalformedAttribute | None:
    """Return what is wrong with where a pair lies, or None if it lies within its list."""
    if at + _PAIR.size > end:
        return _over_the_end(data, at, path)
    kind, length = _PAIR.unpack_from(data, at)
    if kind & ~LONG > WSTR:
        return broken(data, at, path, f"the kind {kind:02x} does not exist")
    key_end = at + _PAIR.size + length
    if key_end > end:
        return _over_the_end(data, at + 1, f"{path}.key")
    form = U32 if kind & LONG else U16
    begin = key_end + form.size
    if begin > end or begin + form.unpack_from(data, key_end)[0] > end:
        return _over_the_end(data, key_end, f"{path}.value")
    return None


def _read_oddly(
    data: bytes, at: int, end: int, path: str, depth: int, reading: Reading
) -> tuple[Value, int]:
    """Read the value of any pair; return it and where it ends."""
    misfit = _misfit(data, at, end, path)
    if misfit:
        raise misfit
    place = _place(data, at, depth, reading)
    length = place.end - place.begin
    if place.kind & LONG and length <= NARROW_BODY:
        reading.exact = False
    return _read_value(data, place, path, depth, reading), place.end


def _read_value(data: bytes, place: Place, path: str, depth: int, reading: Reading) -> Value:
    _, _, _, kind, begin, end = place
    plain = kind & ~LONG
    length = end - begin
    if plain == STR:
        return data[begin:end].decode(reading.codec, READING)
    if plain == INT:
        if length != 4:
            raise broken(data, begin, f"{path}.value", f"an integer of {length} bytes")
        return int.from_bytes(data[begin:end], "big", signed=True)
    if plain == BIN:
        return data[begin:end]
    if plain == WSTR:
        if length % 2:
            raise broken(data, begin, f"{path}.value", f"UTF-16 of {length} bytes")
        return WideText(data[begin:end].decode(_UTF16, "surrogatepass"))
    begin, wide = _inner_body(data, begin, end, kind, path, reading)
    return _read_body(data, begin, end, wide, path, depth + 1, reading)


def _inner_body(
    data: bytes, begin: int, end: int, kind: int, path: str, reading: Reading
) -> tuple[int, bool]:
    """Find the body of a nested list; return where it begins and whether its count is wide.

    Form 03 has its own length before the body; form 83 has none and a wide count, but is also
    read with the inner form of 03 (NOTES 18).
    """
    length = end - begin
    inner = int.from_bytes(data[begin : begin + 2], "big") if length >= 2 else -1
    if kind & LONG:
        if length <= NARROW_BODY and inner == length:
            reading.exact = False
            return begin + 2, False
        return begin, True
    if length == 0:
        raise broken(data, begin - 2, path, "a nested list of form 03 is empty", fatal=True)
    if inner != length:
        raise broken(data, begin, path, f"a list of {length} bytes says that it has {inner}")
    return begin + 2, False


def places(data: bytes, start: int, end: int, reading: Reading) -> Iterator[Place]:
    """Yield where each pair of a list stands, and each pair of the lists within.

    The list is one that ``read_list`` has read without an error.
    """
    yield from _places(data, start, end - start > NARROW_BODY, 1, reading)


def _places(
    data: bytes, start: int, wide: bool, depth: int, reading: Reading
) -> Iterator[Place]:
    form = U32 if wide else U16
    (count,) = form.unpack_from(data, start)
    at = start + form.size
    for _ in range(count):
        place = _place(data, at, depth, reading)
        yield place
        if place.kind & ~LONG == LIST:
            inner, wide = _inner_body(
                data, place.begin, place.end, place.kind, place.key, reading
            )
            yield from _places(data, inner, wide, depth + 1, reading)
        at = place.end


def _place(data: bytes, at: int, depth: int, reading: Reading) -> Place:
    """Find a pair that is known to lie within its list."""
    kind, length = _PAIR.unpack_from(data, at)
    key_end = at + _PAIR.size + length
    form = U32 if kind & LONG else U16
    (length,) = form.unpack_from(data, key_end)
    begin = key_end + form.size
    key = data[at + _PAIR.size : key_end].decode(reading.codec, READING)
    return Place(at, depth, key, kind, begin, begin + length)


def _over_the_end(data: bytes, offset: int, path: str) -> MalformedAttribute:
    return broken(data, offset, path, "the list ends before this does")


def write_body(pairs: KVList, codec: str, max_pairs: int = MAX_SENT_PAIRS) -> bytes:
    """Return the body of a list, with the count as wide as its size demands.

    Raises Unencodable for what the wire has no place for.
    """
    rest = _write_pairs(pairs, codec, max_pairs)
    count = U16 if len(rest) + 2 <= NARROW_BODY else U32
    return count.pack(len(pairs.pairs)) + rest


def _write_pairs(pairs: KVList, codec: str, max_pairs: int) -> bytes:
    """Return the pairs of a list without their count."""
    if len(pairs.pairs) > max_pairs:
        raise Unencodable(f"a list of {len(pairs.pairs)} pairs; {max_pairs} is the most")
    parts: list[bytes] = []
    append = parts.append
    pair_of, length_of = _PAIR.pack, U16.pack
    try:
        for key, value in pairs.pairs:
            name = key.encode(codec, WRITING)
            if type(value) is str:
                kind, raw = STR, value.encode(codec, WRITING)
            else:
                kind, raw = _write_value(value, codec, max_pairs)
            if len(raw) <= NARROW_BODY:
                append(pair_of(kind, len(name)))
                append(name)
                append(length_of(len(raw)))
            else:
                append(pair_of(kind | LONG, len(name)) + name + U32.pack(len(raw)))
            append(raw)
    except struct.error:
        raise Unencodable("the key is longer than 65535 bytes", key[:20]) from None
    except Unencodable as error:
        raise Unencodable(error.message, f"{key}.{error.path}".rstrip(".")) from None
    return b"".join(parts)


def _write_value(value: Value, codec: str, max_pairs: int) -> tuple[int, bytes]:
    """Return kind and bytes of a value."""
    if isinstance(value, str):
        return STR, value.encode(codec, WRITING)
    if isinstance(value, int):
        if not -0x80000000 <= value <= 0x7FFFFFFF:
            raise Unencodable(f"{value} does not fit in 32 bits")
        return INT, S32.pack(value)
    if isinstance(value, bytes):
        return BIN, value
    if isinstance(value, WideText):
        return WSTR, value.text.encode(_UTF16, "surrogatepass")
    if not isinstance(value, KVList):
        raise Unencodable(f"a list has no place for {type(value).__name__}")
    rest = _write_pairs(value, codec, max_pairs)
    size = len(rest) + 2
    count = len(value.pairs)
    if size <= LONGEST_DATA:
        return LIST, U16.pack(size + 2) + U16.pack(count) + rest
    return LIST | LONG, U32.pack(count) + rest
