"""Single attributes between bytes and Python values, converted as the observed client does.

The loops of ``codec`` read and write the usual forms by themselves; here is how the others are
read, and how those are written that are not a number or a text.
"""

import re
from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any

from tlibproto.errors import Unencodable
from tlibproto.layout.attributes import (
    DATA,
    INT,
    LONG,
    LONG_DATA,
    LONG_TEXT,
    LONGEST_DATA,
    TEXT,
    Kind,
    Span,
    attribute_name,
    broken,
)
from tlibproto.layout.kvlist import Reading, read_list, write_body
from tlibproto.vocabulary import KVList
from tlibproto.vocabulary.charset import READING

SHORT = Struct(">IBH")
"""Attribute, type code and length of ``s`` or ``b``."""

LENGTHY = Struct(">IBI")
"""Attribute, type code and length of ``S`` or ``B``."""

Read = Callable[[bytes, Span, str, Reading], Any]
Write = Callable[[int, Any, str], bytes]

_SIGNED64, _UNSIGNED64 = Struct(">IBq"), Struct(">IBQ")
_DECIMAL = re.compile(rb"[+-]?[0-9]{1,19}")


def read_value(payload: bytes, span: Span, kind: Kind, reading: Reading) -> Any:
    """Return the value of an attribute that should be of a kind. Raises MalformedAttribute."""
    name = attribute_name(span.attribute)
    read = READERS.get((kind, span.code))
    if read is None:
        message = f"the type code {chr(span.code)} does not fit this attribute"
        raise broken(payload, span.at + 4, name, message)
    try:
        return read(payload, span, name, reading)
    except ValueError as error:
        raise broken(payload, span.start, name, str(error)) from None


def _read_signed(payload: bytes, span: Span, _name: str, _reading: Reading) -> int:
    return int.from_bytes(payload[span.start : span.end], "big", signed=True)


def _read_unsigned(payload: bytes, span: Span, _name: str, _reading: Reading) -> int:
    return int.from_bytes(payload[span.start : span.end], "big")


def _read_text(payload: bytes, span: Span, _name: str, reading: Reading) -> str:
    return payload[span.start : span.end].decode(reading.codec, READING)


def _read_bytes(payload: bytes, span: Span, _name: str, _reading: Reading) -> bytes:
    return payload[span.start : span.end]


def _read_pairs(payload: bytes, span: Span, name: str, reading: Reading) -> Any:
    return read_list(payload, span.start, span.end, name, reading)


def _read_number_as_text(payload: bytes, span: Span, name: str, reading: Reading) -> str:
    return str(_read_signed(payload, span, name, reading))


def _read_decimal(payload: bytes, span: Span, bits: int) -> int:
    raw = payload[span.start : span.end]
    if not _DECIMAL.fullmatch(raw):
        raise ValueError("the text is not a decimal number")
    value = int(raw)
    if not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise ValueError(f"the number does not fit in {bits} bits")
    return value


def _read_decimal_32(payload: bytes, span: Span, _name: str, _reading: Reading) -> int:
    return _read_decimal(payload, span, 32)


def _read_decimal_64(payload: bytes, span: Span, _name: str, _reading: Reading) -> int:
    return _read_decimal(payload, span, 64)


READERS: Mapping[tuple[Kind, int], Read] = MappingProxyType(
    {
        (Kind.INT, INT): _read_signed,
        (Kind.INT, TEXT): _read_decimal_32,
        (Kind.INT, LONG_TEXT): _read_decimal_32,
        (Kind.INT64, LONG): _read_signed,
        (Kind.INT64, INT): _read_signed,
        (Kind.INT64, TEXT): _read_decimal_64,
        (Kind.INT64, LONG_TEXT): _read_decimal_64,
        (Kind.CONNID, LONG): _read_unsigned,
        (Kind.TEXT, TEXT): _read_text,
        (Kind.TEXT, LONG_TEXT): _read_text,
        (Kind.TEXT, INT): _read_number_as_text,
        (Kind.TEXT, LONG): _read_number_as_text,
        (Kind.LIST, DATA): _read_pairs,
        (Kind.LIST, LONG_DATA): _read_pairs,
        (Kind.MASK, DATA): _read_bytes,
        (Kind.MASK, LONG_DATA): _read_bytes,
        (Kind.BINARY, DATA): _read_bytes,
        (Kind.BINARY, LONG_DATA): _read_bytes,
    }
)
"""How a value of each kind is read from each type code; others are refused (NOTES 11)."""


def _write_number(attribute: int, value: int, _codec: str) -> bytes:
    return _SIGNED64.pack(attribute, LONG, value)


def _write_conn_id(attribute: int, value: int, _codec: str) -> bytes:
    return _UNSIGNED64.pack(attribute, LONG, value)


def _write_list(attribute: int, value: KVList, codec: str) -> bytes:
    try:
        body = write_body(value, codec)
    except Unencodable as error:
        path = f"{attribute_name(attribute)}.{error.path}".rstrip(".")
        raise Unencodable(error.message, path) from None
    return _write_data(attribute, body, codec)


def _write_data(attribute: int, value: bytes, _codec: str) -> bytes:
    length = len(value)
    if length <= LONGEST_DATA:
        return SHORT.pack(attribute, DATA, length + 2) + value
    return LENGTHY.pack(attribute, LONG_DATA, length) + value


WRITERS: Mapping[Kind, Write] = MappingProxyType(
    {
        Kind.INT64: _write_number,
        Kind.CONNID: _write_conn_id,
        Kind.LIST: _write_list,
        Kind.MASK: _write_data,
        Kind.BINARY: _write_data,
    }
)
