"""What travels in attributes: ConnId, Dn, ReferenceId, KVList, event masks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NewType, Union, final

from tlibproto.vocabulary.charset import WRITING, wire_codec

ConnId = NewType("ConnId", int)
"""A connection id: 64 bits, unsigned (WIRE.md 2.3)."""

Dn = NewType("Dn", str)
"""A directory number; digits as a rule, but any text will do."""

ReferenceId = NewType("ReferenceId", int)
"""The number by which a client knows the answer to its request (WIRE.md 5)."""

DROPPED_REFERENCE_ID = ReferenceId(2147483647)
"""The client drops every message with this number, of any type, without notice (WIRE.md 5)."""

MASK_BYTES = 64
"""Size of an event mask (WIRE.md 2.4)."""

NARROW_BODY = 65535
"""A list body up to this size has a count of two bytes, a larger one of four (WIRE.md 3)."""


def connid_text(conn_id: int) -> str:
    """Return the 16 hexadecimal digits of a connection id, as the API prints it."""
    return f"{conn_id:016x}"


def connid_of(text: str) -> ConnId:
    """Return the connection id that 16 hexadecimal digits stand for."""
    return ConnId(int(text, 16))


def mask_of(message_ids: Iterable[int]) -> bytes:
    """Return the event mask with the bits of these message types set (WIRE.md 2.4)."""
    mask = bytearray(MASK_BYTES)
    for number in message_ids:
        mask[number >> 3] |= 1 << (number & 7)
    return bytes(mask)


def mask_ids(mask: bytes) -> frozenset[int]:
    """Return the message types of an event mask of any size; surplus bytes are ignored."""
    bits = int.from_bytes(mask[:MASK_BYTES], "little")
    return frozenset(number for number in range(bits.bit_length()) if bits >> number & 1)


@final
@dataclass(frozen=True, slots=True)
class WideText:
    """A text of kind 04: UTF-16 on the wire, whatever the character set of the connection."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = Union[str, int, bytes, "KVList", WideText]
"""What a key of a list can have as its value."""

Pair = tuple[str, Value]


@final
class KVList:
    """A key-value list: ordered, immutable, with duplicate keys if they were there (WIRE.md 3).

    ``pairs`` is a tuple of (key, value); a value is a str, an int (32 bits), bytes, another
    KVList or a WideText.
    """

    __slots__ = ("pairs",)

    pairs: tuple[Pair, ...]

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        object.__setattr__(self, "pairs", tuple((key, value) for key, value in pairs))

    @classmethod
    def of(cls, **values: Value) -> "KVList":
        """Return the list of these keys and values, in the order given."""
        return cls(values.items())

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a KVList cannot be changed: {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a KVList cannot be changed: {name}")

    def __reduce__(self) -> tuple[type["KVList"], tuple[tuple[Pair, ...]]]:
        return KVList, (self.pairs,)

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __bool__(self) -> bool:
        return bool(self.pairs)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, KVList):
            return NotImplemented
        return self.pairs == other.pairs

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"KVList({list(self.pairs)!r})"

    def first(self, key: str) -> Value | None:
        """Return the value of the first pair with this key, or None."""
        for name, value in self.pairs:
            if name == key:
                return value
        return None

    def has(self, key: str) -> bool:
        """Tell whether there is a pair with this key."""
        return any(name == key for name, _ in self.pairs)

    def appended(self, other: "KVList") -> "KVList":
        """Return this list with all pairs of another behind it; duplicates arise."""
        return KVList(self.pairs + other.pairs)

    def updated(self, other: "KVList") -> "KVList":
        """Return this list with the values of another (BEHAVIOUR.md 4.2).

        A key that is there already keeps the place of its first pair and loses its
        duplicates; the others are appended.  Of duplicates in ``other`` the last counts.
        """
        news = dict(other.pairs)
        changed: set[str] = set()
        pairs: list[Pair] = []
        for key, value in self.pairs:
            if key not in news:
                pairs.append((key, value))
            elif key not in changed:
                pairs.append((key, news[key]))
                changed.add(key)
        pairs += ((key, value) for key, value in news.items() if key not in changed)
        return KVList(pairs)

    def without(self, key: str) -> "KVList":
        """Return this list without the pairs of one key."""
        return KVList(pair for pair in self.pairs if pair[0] != key)

    def packed_size(self, charset: str = "utf-8") -> int:
        """Return how many bytes the body of this list takes on the wire (WIRE.md 3)."""
        size = _narrow_size(self, wire_codec(charset))
        return size if size <= NARROW_BODY else size + 2


EMPTY_KVLIST = KVList()


def _narrow_size(pairs: KVList, codec: str) -> int:
    """Return the size of a body, its count taken as two bytes."""
    size = 2
    for key, value in pairs.pairs:
        length = _value_size(value, codec)
        size += 5 + len(key.encode(codec, WRITING)) + length
        if length > NARROW_BODY:
            size += 2
    return size


def _value_size(value: Value, codec: str) -> int:
    """Return the size of a value without its length."""
    if isinstance(value, str):
        return len(value.encode(codec, WRITING))
    if isinstance(value, int):
        return 4
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, WideText):
        return len(value.text.encode("utf-16-be", "surrogatepass"))
    size = _narrow_size(value, codec)
    return size + 2  # form 03: its own length; form 83: a count of four bytes
