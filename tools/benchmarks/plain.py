"""The yardstick of the codec: struct-level code between bytes and a plain list of pairs.

What somebody would write by hand who needs the values and nothing else: no typed message, no
unknown type codes, no long forms, no limits, no errors with offsets. Every value is read, texts
are decoded, and lists become lists of pairs, lists in lists included (WIRE.md 2 and 3).
"""

from struct import Struct
from typing import Any

from tlibproto.vocabulary import AttributeId

INT, LONG, TEXT, DATA = b"ilsb"
STR_PAIR, INT_PAIR, BIN_PAIR, LIST_PAIR = range(4)

LONGS = frozenset(map(int, (AttributeId.ConnID, AttributeId.EventSequenceNumber)))
LISTS = frozenset(map(int, (AttributeId.Reasons, AttributeId.UserData, AttributeId.Extensions)))

HEAD, ATTRIBUTE, PAIR = Struct(">BI"), Struct(">IB"), Struct(">BH")
U16, S32, U64 = Struct(">H"), Struct(">i"), Struct(">Q")

Pairs = list[tuple[int, Any]]
KeyPairs = list[tuple[str, Any]]


def read_pairs(payload: bytes) -> tuple[int, Pairs]:
    """Return the message number of a payload, and its attributes as (id, value)."""
    count, number = HEAD.unpack_from(payload)
    at = 5
    pairs: Pairs = []
    value: Any
    for _ in range(count):
        attribute, code = ATTRIBUTE.unpack_from(payload, at)
        at += 5
        if code == INT:
            (value,) = S32.unpack_from(payload, at)
            at += 4
        elif code == TEXT:
            (length,) = U16.unpack_from(payload, at)
            at += 2
            value = payload[at : at + length].decode("utf-8")
            at += length
        elif code == LONG:
            (value,) = U64.unpack_from(payload, at)
            at += 8
        elif code == DATA:
            (length,) = U16.unpack_from(payload, at)
            body = payload[at + 2 : at + length]
            value = read_list(body, 0) if attribute in LISTS else body
            at += length
        else:
            raise ValueError(f"type code {code:02x}")
        pairs.append((attribute, value))
    return number, pairs


def read_list(body: bytes, at: int) -> KeyPairs:
    """Return the pairs of the list whose count stands at a place."""
    (count,) = U16.unpack_from(body, at)
    at += 2
    pairs: KeyPairs = []
    value: Any
    for _ in range(count):
        kind, length = PAIR.unpack_from(body, at)
        at += 3
        key = body[at : at + length].decode("utf-8")
        at += length
        (length,) = U16.unpack_from(body, at)
        at += 2
        if kind == STR_PAIR:
            value = body[at : at + length].decode("utf-8")
        elif kind == INT_PAIR:
            (value,) = S32.unpack_from(body, at)
        elif kind == BIN_PAIR:
            value = body[at : at + length]
        elif kind == LIST_PAIR:
            value = read_list(body, at + 2)
        else:
            raise ValueError(f"kind {kind:02x}")
        at += length
        pairs.append((key, value))
    return pairs


def write_pairs(number: int, pairs: Pairs) -> bytes:
    """Return the payload of a message number and attributes as (id, value)."""
    parts = [HEAD.pack(len(pairs), number)]
    for attribute, value in pairs:
        if isinstance(value, int):
            if attribute in LONGS:
                parts.append(ATTRIBUTE.pack(attribute, LONG))
                parts.append(U64.pack(value))
            else:
                parts.append(ATTRIBUTE.pack(attribute, INT))
                parts.append(S32.pack(value))
        elif isinstance(value, str):
            text = value.encode("utf-8")
            parts.append(ATTRIBUTE.pack(attribute, TEXT))
            parts.append(U16.pack(len(text)))
            parts.append(text)
        else:
            body = write_list(value) if attribute in LISTS else value
            parts.append(ATTRIBUTE.pack(attribute, DATA))
            parts.append(U16.pack(len(body) + 2))
            parts.append(body)
    return b"".join(parts)


def write_list(pairs: KeyPairs) -> bytes:
    """Return the body of a list."""
    parts = [U16.pack(len(pairs))]
    for key, value in pairs:
        name = key.encode("utf-8")
        if isinstance(value, str):
            kind, raw = STR_PAIR, value.encode("utf-8")
        elif isinstance(value, int):
            kind, raw = INT_PAIR, S32.pack(value)
        elif isinstance(value, bytes):
            kind, raw = BIN_PAIR, value
        else:
            body = write_list(value)
            kind, raw = LIST_PAIR, U16.pack(len(body) + 2) + body
        parts.append(PAIR.pack(kind, len(name)))
        parts.append(name)
        parts.append(U16.pack(len(raw)))
        parts.append(raw)
    return b"".join(parts)
