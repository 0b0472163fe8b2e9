"""What a message carries, in the form that questions and checks compare, and for human eyes.

Connection ids are their 16 hex digits, enumerations are numbers, ISLinkList is the list that
its bytes are.
"""

import struct
from collections.abc import Iterable
from typing import TypeAlias

from tlibproto.codec import decode
from tlibproto.errors import ProtocolError
from tlibproto.messages import Message
from tlibproto.vocabulary import (
    AttributeId,
    KVList,
    MessageId,
    Value,
    WideText,
    connid_text,
)
from tlibsim.journal.names import Attribute, Kind, attributes, member_name, message_name

Observed: TypeAlias = Value | None

_SHOWN_BYTES = 40
_SHOWN_PAIRS = 12
_FIRST = (
    "ConnID",
    "ThisDN",
    "OtherDN",
    "CallType",
    "CallState",
    "ErrorCode",
    "ErrorMessage",
    "PrivateMsgID",
    "ReferenceID",
)


def observed(message: Message, attribute: Attribute) -> Observed:
    """The value of an attribute of a message, None when it is absent."""
    value = getattr(message, attribute.field, None)
    if value is None:
        return _unnamed(message, attribute)
    if attribute.kind is Kind.CONN_ID:
        return connid_text(value)
    if attribute.kind is Kind.INTEGER:
        return int(value)
    if attribute.list_body:
        return _list_of(value)
    found: Observed = value
    return found


def shown(value: Observed, attribute: Attribute | None = None) -> str:
    """A value for human eyes: ``Internal``, ``'7001'``, ``{k='1', n=7}``, ``absent``."""
    if value is None:
        return "absent"
    if attribute is not None and isinstance(value, int):
        name = member_name(attribute.enumeration, value)
        return f"{name} ({value})" if name else str(value)
    if attribute is not None and attribute.kind is Kind.CONN_ID:
        return str(value)
    return shown_value(value)


def shown_value(value: Value) -> str:
    """A value of a list for human eyes; the kinds look different."""
    if isinstance(value, KVList):
        return shown_pairs((repr_key(key), shown_value(item)) for key, item in value)
    if isinstance(value, WideText):
        return f"wide {value.text!r}"
    if isinstance(value, bytes):
        more = ".." if len(value) > _SHOWN_BYTES else ""
        return f"bin {value[:_SHOWN_BYTES].hex()}{more}"
    return repr(value)


def repr_key(key: str) -> str:
    """A key of a list: as it is when it is a word, else in quotes."""
    return key if key.replace("-", "_").isidentifier() else repr(key)


def shown_message(message: Message, also: Iterable[Attribute] = ()) -> str:
    """A message in one line: its name, the usual attributes, and those that matter just now."""
    known = {one.name: one for one in attributes().values()}
    wanted = [known[name] for name in _FIRST if name in known]
    wanted += [one for one in also if one not in wanted]
    words = [message_name(message.message_id)]
    for attribute in wanted:
        value = observed(message, attribute)
        if value is not None:
            words.append(f"{attribute.name}={shown(value, attribute)}")
    return " ".join(words)


def shown_pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Pairs of words in braces, the first dozen of them."""
    words = [f"{key}={value}" for key, value in pairs]
    more = [f".. {len(words) - _SHOWN_PAIRS} more"] if len(words) > _SHOWN_PAIRS else []
    return "{" + ", ".join(words[:_SHOWN_PAIRS] + more) + "}"


def _unnamed(message: Message, attribute: Attribute) -> Observed:
    """An attribute that the message does not name, out of what was kept of it."""
    for raw in message.extra:
        if raw.attribute == attribute.id:
            return _read_raw(raw.code, raw.value, attribute)
    return None


def _read_raw(code: str, value: bytes, attribute: Attribute) -> Observed:
    if attribute.kind is Kind.CONN_ID:
        return value.hex()
    if code in "il":
        return int.from_bytes(value, "big", signed=True)
    if code in "sS":
        return value.decode("utf-8", "surrogateescape")
    return value


def _list_of(body: bytes) -> Observed:
    """The key-value list whose body these bytes are; the bytes when they are none."""
    attribute = struct.pack(">BII", 1, MessageId.EventCallDataChanged, AttributeId.UserData)
    if len(body) < 65534:
        head = attribute + b"b" + struct.pack(">H", len(body) + 2)
    else:
        head = attribute + b"B" + struct.pack(">I", len(body))
    try:
        message = decode(head + body)
    except ProtocolError:
        return body
    found: KVList | None = getattr(message, "user_data", None)
    return body if found is None else found
