"""Payloads and streams for human eyes: a tree, a line each, with offsets in front.

Broken bytes are explained as far as they go, and then what is wrong with them.
"""

import json
from collections.abc import Iterator

from tlibproto.codec import value_name
from tlibproto.errors import ProtocolError
from tlibproto.framing import MAX_PAYLOAD
from tlibproto.hexdump import read_dumps
from tlibproto.layout import attributes as wire
from tlibproto.layout.attributes import ATTRIBUTES, INT, LONG, LONG_TEXT, TEXT, Kind, Span
from tlibproto.layout.header import addp_parts, extension_total, packet_payload
from tlibproto.layout.kvlist import STR as STR_KIND
from tlibproto.layout.kvlist import Place, Reading, places, read_list
from tlibproto.layout.limits import DEFAULT_LIMITS
from tlibproto.vocabulary import MessageId, mask_ids, wire_codec
from tlibproto.vocabulary.charset import READING

_ADDP_NAMES = {"I": "init", "i": "answer to an init", "P": "poll", "p": "answer to a poll"}
_KIND_NAMES = ("str", "int", "bin", "list", "wstr")
_LONGEST = 72


def explain_dump(text: str, charset: str = "utf-8") -> Iterator[str]:
    """Yield a tree for each hex dump in a text. A text without any gives one line saying so."""
    try:
        dumps = read_dumps(text)
    except ValueError as error:
        yield f"!! {error}"
        return
    for number, data in enumerate(dumps):
        yield ("\n" if number else "") + explain(data, charset)


def explain(data: bytes, charset: str = "utf-8") -> str:
    """Return the tree of a payload, or of a stream of packets with their lengths in front."""
    reading = Reading(wire_codec(charset), DEFAULT_LIMITS)
    lines = _stream(data, reading) if _is_stream(data) else _payload(data, reading)
    return "\n".join(lines)


def _is_stream(data: bytes) -> bool:
    """Tell packets from a payload: a length begins with a zero, a payload with its count."""
    head = data[:4]
    if head[:2] == b"p2":
        return True
    return len(data) > 5 and int.from_bytes(head, "big") <= MAX_PAYLOAD


def _stream(data: bytes, reading: Reading) -> Iterator[str]:
    at = 0
    whole = b""
    total = 0
    while at < len(data):
        addp = addp_parts(data[at : at + 6])
        if addp:
            kind, argument = addp
            name = _ADDP_NAMES.get(kind, "of an unknown kind")
            yield f"{at:06x}  ADDP {kind!r} {name}, argument {argument.hex(' ')}"
            at += 6
            continue
        payload = packet_payload(data[at : at + 4 + MAX_PAYLOAD])
        if payload is None:
            yield f"{at:06x}  !! {len(data) - at} bytes are no packet: {_hex(data[at:])}"
            return
        announced = None if total else extension_total(payload)
        if announced is not None:
            yield f"{at:06x}  extension packet, a message of {announced} bytes follows"
            total = announced
        elif total:
            yield f"{at:06x}  part of {len(payload)} bytes"
            whole += payload
        else:
            yield f"packet at {at:06x}, {len(payload)} bytes"
            yield from _payload(payload, reading)
        if total and len(whole) >= total:
            if len(whole) > total:
                yield f"        !! the parts have {len(whole) - total} bytes too many"
            yield from _payload(whole, reading)
            whole, total = b"", 0
        at += 4 + len(payload)


def _payload(payload: bytes, reading: Reading) -> Iterator[str]:
    try:
        count, number = wire.read_head(payload)
        known = number in set(MessageId)
        name = MessageId(number).name if known else "a message nobody knows"
        noun = "attribute" if count == 1 else "attributes"
        yield f"000000  {name} ({number}), {count} {noun}"
        end = wire.HEAD.size
        for span in wire.spans_of(payload, count):
            yield from _attribute(payload, span, number, reading)
            end = span.end
    except ProtocolError as error:
        yield _complaint(error)
        return
    if end < len(payload):
        surplus = len(payload) - end
        yield f"{end:06x}    {surplus} surplus bytes: {_hex(payload[end:])}"


def _attribute(payload: bytes, span: Span, message_id: int, reading: Reading) -> Iterator[str]:
    name = wire.attribute_name(span.attribute)
    title = f"{span.at:06x}    {name} ({span.attribute}) {chr(span.code)}"
    kind = ATTRIBUTES.get(span.attribute)
    raw = payload[span.start : span.end]
    if kind is Kind.LIST and chr(span.code) in "bB":
        yield from _pairs(payload, span, title, name, reading)
    elif span.code == INT:
        value = int.from_bytes(raw, "big", signed=True)
        meaning = value_name(message_id, span.attribute, value)
        yield f"{title} = {value}" + (f" {meaning.rstrip('_')}" if meaning else "")
    elif span.code == LONG:
        number = int.from_bytes(raw, "big", signed=True)
        yield f"{title} = {number if kind is Kind.INT64 else raw.hex()}"
    elif span.code in (TEXT, LONG_TEXT):
        yield f"{title} = {_quoted(raw.decode(reading.codec, READING))}"
    elif kind is Kind.MASK:
        yield f"{title} = {', '.join(_mask_names(raw)) or 'nothing'}"
    else:
        yield f"{title} = {_hex(raw)}"


def _mask_names(mask: bytes) -> list[str]:
    known = set(MessageId)
    return [
        MessageId(number).name if number in known else str(number)
        for number in sorted(mask_ids(mask))
    ]


def _pairs(
    payload: bytes, span: Span, title: str, name: str, reading: Reading
) -> Iterator[str]:
    try:
        pairs = read_list(payload, span.start, span.end, name, reading)
    except ProtocolError as error:
        yield f"{title} is broken"
        yield _complaint(error)
        return
    yield f"{title} = a list of {len(pairs)}"
    for place in places(payload, span.start, span.end, reading):
        indent = "  " * (place.depth + 2)
        kind = _KIND_NAMES[place.kind & 0x7F] + (" long" if place.kind & 0x80 else "")
        value = _pair_value(payload, place, reading)
        yield f"{place.at:06x}  {indent}{_quoted(place.key)} {kind}{value}"


def _pair_value(payload: bytes, place: Place, reading: Reading) -> str:
    raw = payload[place.begin : place.end]
    kind = _KIND_NAMES[place.kind & 0x7F]
    if place.kind & 0x7F == STR_KIND:
        return f" = {_quoted(raw.decode(reading.codec, READING))}"
    if kind == "int":
        return f" = {int.from_bytes(raw, 'big', signed=True)}"
    if kind == "wstr":
        return f" = {_quoted(raw.decode('utf-16-be', 'surrogatepass'))}"
    return f" = {_hex(raw)}" if kind == "bin" else ""


def _complaint(error: ProtocolError) -> str:
    where = f"{error.path}: " if error.path else ""
    effect = "closes the connection" if error.fatal else "spoils this message"
    return f"{error.offset:06x}    !! {where}{error.message} ({effect})"


def _quoted(text: str) -> str:
    if len(text) <= _LONGEST:
        return json.dumps(text, ensure_ascii=False)
    return f"{json.dumps(text[:_LONGEST], ensure_ascii=False)}... ({len(text)} characters)"


def _hex(raw: bytes) -> str:
    if len(raw) * 2 <= _LONGEST:
        return raw.hex(" ") or "nothing"
    return f"{raw[: _LONGEST // 3].hex(' ')} ... ({len(raw)} bytes)"
