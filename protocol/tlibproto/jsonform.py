"""The JSON form of a payload and of a stream: what is on the wire, with names, and no more.

    {"message": name or null, "id": 60, "attributes": [{"id", "name", "type", "value"}, ...]}

``type`` is the type code.  A value is a number for ``i``; text for ``s`` and ``S``; for ``l`` a
number, or 16 hex digits for a connection id and an attribute nobody knows; for ``b`` and ``B``
hex, or ``[key, kind, value]`` triples for a key-value list, with the kinds str, int, bin (hex),
list and wstr (UTF-16).  Bytes of a text that are not in the character set are lone surrogates.
A type code that does not fit its attribute is shown as it is: an error is what cannot be read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.framing import Addp, FrameDecoder
from tlibproto.layout import attributes as wire
from tlibproto.layout.attributes import ATTRIBUTES, INT, LONG, LONG_TEXT, TEXT, Kind, Span
from tlibproto.layout.kvlist import Reading, read_list, write_body
from tlibproto.layout.limits import DEFAULT_LIMITS, Limits
from tlibproto.vocabulary import (
    AttributeId,
    KVList,
    MessageId,
    Value,
    WideText,
    encode_text,
    wire_codec,
)
from tlibproto.vocabulary.charset import READING

_ALL_PAIRS = 0xFFFFFFFF

Json = dict[str, Any]


def payload_to_json(
    payload: bytes, charset: str = "utf-8", limits: Limits = DEFAULT_LIMITS
) -> Json:
    """Return the JSON form of a payload. Raises ProtocolError for what cannot be read."""
    parsed = wire.split(payload)
    reading = Reading(wire_codec(charset), limits)
    number = parsed.message_id
    return {
        "message": MessageId(number).name if number in _MESSAGES else None,
        "id": number,
        "attributes": [_attribute_to_json(payload, span, reading) for span in parsed.spans],
    }


def _attribute_to_json(payload: bytes, span: Span, reading: Reading) -> Json:
    known = span.attribute in _ATTRIBUTES
    return {
        "id": span.attribute,
        "name": AttributeId(span.attribute).name if known else None,
        "type": chr(span.code),
        "value": _value_to_json(payload, span, reading),
    }


def _value_to_json(payload: bytes, span: Span, reading: Reading) -> Any:
    kind = ATTRIBUTES.get(span.attribute)
    raw = payload[span.start : span.end]
    if span.code == INT:
        return int.from_bytes(raw, "big", signed=True)
    if span.code == LONG:
        if kind in (None, Kind.CONNID):
            return raw.hex()
        return int.from_bytes(raw, "big", signed=True)
    if span.code in (TEXT, LONG_TEXT):
        return raw.decode(reading.codec, READING)
    if kind is not Kind.LIST:
        return raw.hex()
    name = wire.attribute_name(span.attribute)
    return pairs_to_json(read_list(payload, span.start, span.end, name, reading))


def pairs_to_json(pairs: KVList) -> list[list[Any]]:
    """Return a key-value list as ``[key, kind, value]`` triples."""
    return [[key, *_kind_and_value(value)] for key, value in pairs]


def _kind_and_value(value: Value) -> tuple[str, Any]:
    if isinstance(value, str):
        return "str", value
    if isinstance(value, int):
        return "int", value
    if isinstance(value, bytes):
        return "bin", value.hex()
    if isinstance(value, WideText):
        return "wstr", value.text
    return "list", pairs_to_json(value)


def payload_from_json(form: Any, charset: str = "utf-8") -> bytes:
    """Return the payload of a JSON form; the inverse of ``payload_to_json``.

    The message is named by ``id`` or by ``message``, an attribute by ``id`` or by ``name``;
    ``type`` may be left out where it is the usual one. Raises Unencodable.
    """
    if not isinstance(form, Mapping):
        raise Unencodable("a message is a JSON object")
    number = _number_of(form, "message", MessageId, "")
    attributes = form.get("attributes", ())
    if not _is_array(attributes):
        raise Unencodable("attributes are a JSON array", "attributes")
    if len(attributes) > wire.MAX_ATTRIBUTES:
        raise Unencodable(
            f"{len(attributes)} are more than {wire.MAX_ATTRIBUTES}", "attributes"
        )
    parts = [wire.HEAD.pack(len(attributes), number)]
    for index, attribute in enumerate(attributes):
        path = f"attributes[{index}]"
        try:
            parts.append(_attribute_from_json(attribute, path, charset))
        except ValueError as error:
            if isinstance(error, Unencodable):
                raise
            raise Unencodable(str(error), path) from None
    return b"".join(parts)


def _attribute_from_json(form: Any, path: str, charset: str) -> bytes:
    if not isinstance(form, Mapping):
        raise Unencodable("an attribute is a JSON object", path)
    number = _number_of(form, "name", AttributeId, path)
    kind = ATTRIBUTES.get(number)
    value = form.get("value")
    code = form.get("type")
    if code is None:
        code = _usual_code(kind, value, f"{path}.value", charset)
    if not isinstance(code, str) or len(code) != 1 or code not in "ilsSbB":
        raise Unencodable("a type is one of i l s S b B", f"{path}.type")
    raw = _raw_from_json(value, code, f"{path}.value", charset)
    return wire.pack(number, ord(code), raw)


def _usual_code(kind: Kind | None, value: Any, path: str, charset: str) -> str:
    """Return the type code for a value whose type is not named."""
    if kind is None:
        short = isinstance(value, int) and -0x80000000 <= value <= 0xFFFFFFFF
        kind = Kind.INT if short else Kind.INT64 if isinstance(value, int) else Kind.TEXT
        kind = Kind.LIST if _is_array(value) else kind
    code = chr(wire.CODE_OF[kind])
    if code in "sb":
        raw = _raw_from_json(value, code, path, charset)
        code = chr(wire.fitting_code(kind, len(raw)))
    return code


def _raw_from_json(value: Any, code: str, path: str, charset: str) -> bytes:
    """Return the bytes of a value without its length."""
    if code in "il":
        return _number_from_json(value, code, path)
    if code in "sS":
        if not isinstance(value, str):
            raise Unencodable("a text is a JSON string", path)
        return encode_text(value, charset)
    if isinstance(value, str):
        return _bytes_from_hex(value, path)
    if not _is_array(value):
        raise Unencodable("data are hex, or an array of [key, kind, value]", path)
    return write_body(pairs_from_json(value, path), wire_codec(charset), _ALL_PAIRS)


def _number_from_json(value: Any, code: str, path: str) -> bytes:
    size = 4 if code == "i" else 8
    if code == "l" and isinstance(value, str):
        raw = _bytes_from_hex(value, path)
        if len(raw) != size:
            raise Unencodable("16 hexadecimal digits are needed", path)
        return raw
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unencodable("a number is needed", path)
    bits = 8 * size
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise Unencodable(f"{value} does not fit in {bits} bits", path)
    return (value % (1 << bits)).to_bytes(size, "big")


def pairs_from_json(form: Any, path: str = "") -> KVList:
    """Return the key-value list of ``[key, kind, value]`` triples. Raises Unencodable."""
    if not _is_array(form):
        raise Unencodable("a list is an array of [key, kind, value]", path)
    return KVList(
        _pair_from_json(triple, f"{path}[{index}]") for index, triple in enumerate(form)
    )


def _pair_from_json(form: Any, path: str) -> tuple[str, Value]:
    if not _is_array(form) or len(form) != 3 or not isinstance(form[0], str):
        raise Unencodable("a pair is [key, kind, value]", path)
    key, kind, value = form
    if kind in ("str", "wstr") and isinstance(value, str):
        return key, value if kind == "str" else WideText(value)
    if kind == "int" and isinstance(value, int) and not isinstance(value, bool):
        return key, value
    if kind == "bin" and isinstance(value, str):
        return key, _bytes_from_hex(value, path)
    if kind == "list":
        return key, pairs_from_json(value, path)
    raise Unencodable("the kind is one of str int bin list wstr, and the value fits it", path)


def stream_to_json(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Json:
    """Return what a reader gets out of the bytes of a connection (streams.json).

    ``units`` are its messages and ADDP packets; ``error`` is there if the connection has to be
    closed, ``incomplete`` counts the bytes of a last unit that has not ended.
    """
    decoder = FrameDecoder(limits)
    units: list[Json] = []
    form: Json = {"units": units}
    try:
        units.extend(_unit_to_json(unit) for unit in decoder.feed(data))
    except ProtocolError as error:
        return {**form, "error": error_to_json(error)}
    if decoder.pending:
        form["incomplete"] = decoder.pending
    return form


def _unit_to_json(unit: bytes | Addp) -> Json:
    if isinstance(unit, Addp):
        return {"unit": "addp", "kind": unit.kind, "argument": unit.argument.hex()}
    digest = hashlib.sha256(unit).hexdigest()
    return {"unit": "message", "length": len(unit), "sha256": digest}


def error_to_json(error: ProtocolError) -> Json:
    """Return what is wrong with some bytes: kind, offset, path and message."""
    return {
        "kind": error.kind,
        "offset": error.offset,
        "path": error.path,
        "message": error.message,
    }


def _number_of(
    form: Mapping[str, Any], named: str, names: type[MessageId] | type[AttributeId], path: str
) -> int:
    """Return the number of a message or an attribute, which its ``id`` or its name gives."""
    number = form.get("id")
    if number is None:
        name = form.get(named)
        if not isinstance(name, str) or name not in names.__members__:
            raise Unencodable(f"neither id nor a {named} that is known", path)
        return int(names[name])
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= 0xFFFFFFFF:
        raise Unencodable("an id is a number of 32 bits", path)
    return number


def _bytes_from_hex(text: str, path: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Unencodable("not hexadecimal", path) from None


def _is_array(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


_MESSAGES = frozenset(int(number) for number in MessageId)
_ATTRIBUTES = frozenset(int(number) for number in AttributeId)
