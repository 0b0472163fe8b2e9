"""Messages from payloads, and payloads from messages (WIRE.md 2 and 3).

Most payloads are exactly what ``encode`` would make: each attribute once, in its own type code,
and known to its message.  ``decode`` reads those in one loop.  Whatever is out of the ordinary
is read again at leisure, and either converted as the observed client does, kept, or refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import IntEnum
from functools import lru_cache
from struct import Struct
from struct import error as StructError  # noqa: N812
from typing import Any, NamedTuple, get_args

from tlibproto.errors import MissingAttribute, ProtocolError, Unencodable
from tlibproto.layout import attributes as wire
from tlibproto.layout.attributes import (
    ATTRIBUTES,
    CODE_OF,
    HINTS,
    INT,
    LONG,
    LONG_TEXT,
    LONGEST_TEXT,
    TEXT,
    Kind,
    Span,
)
from tlibproto.layout.conversions import LENGTHY, SHORT, WRITERS, Write, read_value
from tlibproto.layout.kvlist import Reading, read_list
from tlibproto.layout.limits import DEFAULT_LIMITS, Limits
from tlibproto.messages import CATALOGUE, Message, RawAttribute, Source, UnknownMessage
from tlibproto.messages.base import restore
from tlibproto.vocabulary import AttributeId, MessageId, wire_codec
from tlibproto.vocabulary.charset import READING, WRITING

__all__ = ["Limits", "decode", "encode", "value_name", "with_reference"]

_HEAD_SIZE = wire.HEAD.size
_HEAD_OF = wire.HEAD.unpack_from
_AHEAD_OF = Struct(">IBi").unpack_from
_SIGNED64_OF, _UNSIGNED64_OF = wire.S64.unpack_from, wire.U64.unpack_from
_INTEGER = Struct(">IBi")
_REFERENCE_ID = int(AttributeId.ReferenceID)
_PADDING = bytes(4)
_WORTH_TRYING = 1 << 20
"""A payload larger than this is kept without asking: writing lists in lists copies much."""


class _Members(dict[int, int]):
    """The members of an enumeration; a number that it lacks stays what it is."""

    def __missing__(self, number: int) -> int:
        return number


class _Slot(NamedTuple):
    """A field of a message class: what its attribute looks like and what it may mean."""

    name: str
    attribute: int
    kind: Kind
    members: "_Members | None"


_Writing = tuple[int, int, Write | None]
"""How a field is written: its attribute, its type code, and how where that is not enough."""


class _Layout(NamedTuple):
    """What the codec knows of a message class; made once, at the first use of the class.

    ``reading`` has the type code each attribute should have, and how to take its value: the
    members of an enumeration, or whether ``l`` is a connection id and ``b`` a list.
    """

    cls: type[Message]
    required: frozenset[str]
    slots: dict[int, _Slot]
    reading: dict[int, tuple[str, int, Any]]
    writing: dict[str, _Writing]


def decode(payload: bytes, charset: str = "utf-8", limits: Limits = DEFAULT_LIMITS) -> Message:
    """Return the message of a payload; of an unknown type, an UnknownMessage.

    Raises ProtocolError. One that is not fatal has spoiled this message alone, and carries its
    ReferenceID if there is one.
    """
    codec = wire_codec(charset)
    message = _decode_plain(payload, codec, limits)
    return message or _decode_oddly(payload, charset, codec, limits)


def _decode_plain(payload: bytes, codec: str, limits: Limits) -> Message | None:  # noqa: C901
    """Read a payload that is what ``encode`` would make; None if it turns out to be otherwise.

    Each step reads an id, a type code and four bytes more: the value of an ``i``, or the length
    and the beginning of the others.
    """
    size = len(payload)
    if size < _HEAD_SIZE:
        return None
    count, number = _HEAD_OF(payload)
    cls, required, _, reading_of, _ = _layout_at(number)
    reading = Reading(codec, limits)
    padded = payload + _PADDING
    ahead_of = _AHEAD_OF
    values: dict[str, Any] = {}
    at = _HEAD_SIZE
    try:
        for _ in range(count):
            attribute, code, ahead = ahead_of(padded, at)
            name, expected, how = reading_of[attribute]
            if code != expected:
                return None
            if code == INT:
                at += 9
                values[name] = ahead if how is None else how[ahead]
            elif code == TEXT:
                begin = at + 7
                at = begin + (ahead >> 16 & 0xFFFF)
                values[name] = payload[begin:at].decode(codec, READING)
            elif code == LONG:
                (values[name],) = (_UNSIGNED64_OF if how else _SIGNED64_OF)(padded, at + 5)
                at += 13
            else:
                begin = at + 7
                at += 5 + (ahead >> 16 & 0xFFFF)
                if not begin <= at <= size:
                    return None
                values[name] = (
                    read_list(payload, begin, at, name, reading) if how else payload[begin:at]
                )
    except (KeyError, StructError, ProtocolError):
        return None
    if at != size or len(values) != count or not reading.exact:
        return None
    return restore(cls, values) if not required or required <= values.keys() else None


def _decode_oddly(payload: bytes, charset: str, codec: str, limits: Limits) -> Message:
    """Read a payload attribute by attribute, and say what is wrong with it if something is."""
    parsed = wire.split(payload)
    number = parsed.message_id
    layout = _layout_at(number)
    reading = Reading(codec, limits)
    values: dict[str, Any] = {}
    extra: list[RawAttribute] = []
    faults: list[ProtocolError] = []
    for span in parsed.spans:
        slot = layout.slots.get(span.attribute)
        try:
            if slot is None:
                extra.append(_raw(payload, span))
            else:
                values[slot.name] = _read(payload, span, slot, reading)
        except ProtocolError as error:
            faults.append(error)
    if layout.cls is UnknownMessage:
        values["message_id"] = number
    elif faults:
        raise _worst(faults, number, values)
    _demand(layout, number, values)
    if extra:
        values["extra"] = tuple(extra)
    message = restore(layout.cls, values)
    if not _is_own_way(message, payload, charset):
        values["source"] = Source(payload, charset)
    return message


def _is_own_way(message: Message, payload: bytes, charset: str) -> bool:
    """Tell whether encoding a message would give the payload without any more help."""
    if len(payload) > _WORTH_TRYING:
        return False
    try:
        return encode(message, charset) == payload
    except Unencodable:
        return False


def _worst(
    faults: list[ProtocolError], number: int, values: Mapping[str, Any]
) -> ProtocolError:
    """Choose the error to raise: the first fatal one, or else the first."""
    error = next((fault for fault in faults if fault.fatal), faults[0])
    error.message_id = number
    error.reference_id = values.get("reference_id")
    error.read = values
    return error


def _demand(layout: _Layout, number: int, values: dict[str, Any]) -> None:
    """Raise MissingAttribute for the first attribute that a request cannot do without."""
    for slot in layout.slots.values():
        if slot.name in layout.required and slot.name not in values:
            name = wire.attribute_name(slot.attribute)
            missing = MissingAttribute(
                f"{MessageId(number).name} has no {name}",
                attribute=slot.attribute,
                path=name,
                message_id=number,
                reference_id=values.get("reference_id"),
            )
            missing.read = values
            raise missing


def _raw(payload: bytes, span: Span) -> RawAttribute:
    return RawAttribute(span.attribute, chr(span.code), payload[span.start : span.end])


def _read(payload: bytes, span: Span, slot: _Slot, reading: Reading) -> Any:
    """Return the value of an attribute, converted where the observed client converts."""
    value = read_value(payload, span, slot.kind, reading)
    return value if slot.members is None else slot.members[value]


def encode(message: Message, charset: str = "utf-8") -> bytes:
    """Return the payload of a message: its attributes in the order in which it holds them.

    A decoded message gives the bytes it was decoded from. Raises Unencodable for a value that
    the wire has no place for.
    """
    values = message.__dict__
    layout = _layout_of(type(message))
    codec = wire_codec(charset)
    if "source" in values:
        return _encode_kept(message, layout, charset, codec)
    try:
        parts = _encode_fields(values, layout.writing, codec)
    except (StructError, AttributeError, TypeError):
        parts = _encode_one_by_one(message, layout, codec)
    if "extra" in values:
        parts += map(_pack_raw, message.extra)
    return _head(len(parts), message.message_id) + b"".join(parts)


def _encode_fields(
    values: dict[str, Any], writing: dict[str, _Writing], codec: str
) -> list[bytes]:
    """Return the attributes for the fields of a message."""
    parts: list[bytes] = []
    append = parts.append
    integer, text = _INTEGER.pack, SHORT.pack
    for name, value in values.items():
        attribute, code, write = writing[name]
        if code == INT:
            append(integer(attribute, INT, value))
        elif code == TEXT:
            raw = value.encode(codec, WRITING)
            if len(raw) <= LONGEST_TEXT:
                append(text(attribute, TEXT, len(raw)) + raw)
            else:
                append(LENGTHY.pack(attribute, LONG_TEXT, len(raw)) + raw)
        elif write is not None:
            append(write(attribute, value, codec))
    return parts


def _write_one(slot: _Slot, value: Any, codec: str) -> bytes:
    try:
        return _encode_fields({slot.name: value}, {slot.name: _writing(slot)}, codec)[0]
    except (StructError, AttributeError, TypeError):
        name = wire.attribute_name(slot.attribute)
        wanted = f"{slot.kind.value}{HINTS.get(slot.kind, '')}"
        raise Unencodable(f"{value!r:.80} does not fit {wanted}", name) from None


def _encode_one_by_one(message: Message, layout: _Layout, codec: str) -> list[bytes]:
    """Write the fields of a message in a way that tells which of them cannot be written."""
    fields_of = ((layout.writing[name], value) for name, value in message.present())
    return [
        _write_one(layout.slots[attribute], value, codec)
        for (attribute, code, _), value in fields_of
        if code
    ]


def _writing(slot: _Slot) -> _Writing:
    return slot.attribute, CODE_OF[slot.kind], WRITERS.get(slot.kind)


def _pack_raw(raw: RawAttribute) -> bytes:
    try:
        return wire.pack(raw.attribute, ord(raw.code), raw.value)
    except ValueError as error:
        raise Unencodable(str(error), wire.attribute_name(raw.attribute)) from None


def _head(count: int, message_id: int) -> bytes:
    if count > wire.MAX_ATTRIBUTES:
        raise Unencodable(f"{count} attributes; {wire.MAX_ATTRIBUTES} is the most")
    return wire.HEAD.pack(count, message_id)


def _encode_kept(message: Message, layout: _Layout, charset: str, codec: str) -> bytes:
    """Return the bytes a message was decoded from, less what was changed since."""
    source: Source = message.__dict__["source"]
    if not source.stale and source.charset == charset:
        return source.payload
    parsed = wire.split(source.payload)
    parts = [
        part
        for span, last in _last_ones(parsed.spans)
        if (part := _rewrite(message, source, layout, span, last, charset, codec))
    ]
    there = {span.attribute for span in parsed.spans}
    parts += (
        _write_one(slot, message.__dict__[slot.name], codec)
        for slot in layout.slots.values()
        if slot.name in message.__dict__ and slot.attribute not in there
    )
    if "extra" in source.stale:
        parts += map(_pack_raw, message.extra)
    surplus = source.payload[parsed.end :]
    return _head(len(parts), message.message_id) + b"".join(parts) + surplus


def _last_ones(spans: list[Span]) -> Iterator[tuple[Span, bool]]:
    """Yield each attribute, and whether it is the last with its number: the one that counts."""
    last = {span.attribute: index for index, span in enumerate(spans)}
    for index, span in enumerate(spans):
        yield span, last[span.attribute] == index


def _rewrite(
    message: Message,
    source: Source,
    layout: _Layout,
    span: Span,
    last: bool,
    charset: str,
    codec: str,
) -> bytes:
    """Return an attribute as it was, or anew if it was changed; nothing if it is gone."""
    before = source.payload[span.at : span.end]
    slot = layout.slots.get(span.attribute)
    if slot is None:
        return b"" if "extra" in source.stale else before
    if slot.name in source.stale:
        value = message.__dict__.get(slot.name)
        if value is None:
            return b""
        return _write_one(slot, value, codec) if last else before
    if source.charset != charset and slot.kind in (Kind.TEXT, Kind.LIST):
        value = _read(source.payload, span, slot, Reading(wire_codec(source.charset)))
        return _write_one(slot, value, codec)
    return before


def with_reference(payload: bytes, reference_id: int) -> bytes:
    """Return a payload with one more attribute, the ReferenceID; others can share the rest.

    The payload is one that ``encode`` made of a message of ours: nothing follows its last
    attribute. Raises Unencodable if it has 255 attributes already, or the number is too large.
    """
    try:
        reference = _INTEGER.pack(_REFERENCE_ID, INT, reference_id)
        return bytes((payload[0] + 1,)) + payload[1:] + reference
    except (StructError, ValueError):
        message = f"{reference_id!r:.80} does not fit behind {payload[0]} attributes"
        raise Unencodable(message, "ReferenceID") from None


@lru_cache(maxsize=512)
def _layout_at(number: int) -> _Layout:
    """Return the layout of the class of a message type."""
    cls = CATALOGUE.get(MessageId(number)) if number in _KNOWN else None
    return _layout_of(cls or UnknownMessage)


def value_name(message_id: int, attribute: int, value: int) -> str | None:
    """Return the name that a number has in the enumeration of an attribute, if it has one."""
    slot = _layout_at(message_id).slots.get(attribute)
    member = slot.members[value] if slot and slot.members else None
    return member.name if isinstance(member, IntEnum) else None


_LAYOUTS: dict[type[Message], _Layout] = {}


def _layout_of(cls: type[Message]) -> _Layout:
    """Return the layout of a class, which is made when it is first asked for."""
    layout = _LAYOUTS.get(cls)
    if layout is None:
        layout = _LAYOUTS[cls] = _derive_layout(cls)
    return layout


def _derive_layout(cls: type[Message]) -> _Layout:
    """Derive from the annotations of a class what the codec needs to know."""
    slots = {slot.attribute: slot for slot in _slots_of(cls)}
    reading = {
        slot.attribute: (slot.name, CODE_OF[slot.kind], _how(slot)) for slot in slots.values()
    }
    writing = {slot.name: _writing(slot) for slot in slots.values()}
    if cls is UnknownMessage:
        reading = {}  # what it lacks, its number above all, the plain loop cannot give
    writing["extra"] = writing["message_id"] = (0, 0, None)  # not attributes of themselves
    return _Layout(cls, cls._required, slots, reading, writing)


def _slots_of(cls: type[Message]) -> Iterator[_Slot]:
    for field in fields(cls):
        metadata = getattr(field.type, "__metadata__", None)
        if metadata:
            (attribute,) = metadata
            yield _Slot(field.name, attribute, ATTRIBUTES[attribute], _members(field.type))


def _members(annotation: Any) -> _Members | None:
    """Return the members of the enumeration that an annotation names, by their numbers."""
    for choice in get_args(annotation.__origin__):
        if isinstance(choice, type) and issubclass(choice, IntEnum):
            return _Members((int(member), member) for member in choice)
    return None


def _how(slot: _Slot) -> Any:
    """Return what the plain loop needs to know of a value besides its type code."""
    if slot.kind is Kind.INT:
        return slot.members
    return slot.kind in (Kind.CONNID, Kind.LIST)


_KNOWN = frozenset(int(number) for number in CATALOGUE)
