"""Words of a scenario to words of the protocol: requests, events, attributes and enumerations.

Names are those of messages.yml in any case; the short names and the two exceptions for
enumerations are those of the head of scenarios.yml ("Values").
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum, IntEnum
from functools import cache
from types import MappingProxyType
from typing import Any, NewType, get_args, get_origin, get_type_hints

from tlibproto.messages import CATALOGUE, Message, Request
from tlibproto.vocabulary import (
    AttributeId,
    CallState,
    ConnId,
    DnRole,
    KVList,
    MessageId,
    PartyState,
    RegModeMask,
)

_SHORT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ud": "UserData",
        "key": "DataKey",
        "params": "TreatmentParameters",
    }
)
_NAMED_INTEGERS: Mapping[AttributeId, type[IntEnum]] = MappingProxyType(
    {AttributeId.CallState: CallState, AttributeId.PartyState: PartyState}
)
_REQUEST, _EVENT = "request", "event"


class Kind(Enum):
    """What a value of an attribute is."""

    INTEGER = "integer"
    TEXT = "text"
    CONN_ID = "connection id"
    LIST = "key-value list"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute: its name in messages.yml, its number, its field in messages, its kind.

    ``enumeration`` gives integers their names.  ``low_bits``: only the low four bits count in a
    comparison.  ``list_body``: bytes that are the body of a key-value list.
    """

    name: str
    id: AttributeId
    field: str
    kind: Kind
    enumeration: type[IntEnum] | None = None
    low_bits: bool = False
    list_body: bool = False


@cache
def attributes() -> Mapping[AttributeId, Attribute]:
    """Every attribute that has a kind, by number."""
    found: dict[AttributeId, Attribute] = {}
    for message in CATALOGUE.values():
        for field, number, hint in _hints(message):
            if number not in found:
                found[number] = _attribute(number, field, hint)
    return MappingProxyType(found)


def carried(message: type[Message]) -> frozenset[AttributeId]:
    """The attributes that a message of this class names."""
    return frozenset(number for _, number, _ in _hints(message))


def attribute_names(among: frozenset[AttributeId] | None = None) -> Mapping[str, Attribute]:
    """The attributes (or those ``among`` them) by name in small letters, short names too."""
    known = _attribute_words()
    if among is None:
        return known
    return {word: one for word, one in known.items() if one.id in among}


def find_attribute(word: str) -> Attribute | None:
    """The attribute of this name, or None.  ``RegModeMask`` is RegisterMode as a bit mask."""
    if word.lower() == "regmodemask":
        return _mask_attribute()
    return _attribute_words().get(word.lower())


def find_request(word: str) -> type[Message] | None:
    """The request of this name, with or without ``Request``, or None."""
    found = _messages(_REQUEST)
    return found.get(word.lower()) or found.get(f"request{word.lower()}")


def find_event(word: str) -> type[Message] | None:
    """The event of this name, with or without ``Event``, or None."""
    found = _messages(_EVENT)
    return found.get(word.lower()) or found.get(f"event{word.lower()}")


def request_words() -> tuple[str, ...]:
    """The names of all requests, without ``Request``."""
    return tuple(one.__name__.removeprefix("Request") for one in _messages(_REQUEST).values())


def event_words() -> tuple[str, ...]:
    """The names of all events."""
    return tuple(one.__name__ for one in _messages(_EVENT).values())


def find_member(enumeration: type[IntEnum], word: str) -> int | None:
    """The number of a name of the enumeration, in any case; roles with or without ``Role``."""
    return _members(enumeration).get(word.lower())


def member_words(enumeration: type[IntEnum]) -> tuple[str, ...]:
    """The names of an enumeration as a scenario writes them."""
    return tuple(_short(enumeration, name) for name in enumeration.__members__)


def member_name(enumeration: type[IntEnum] | None, number: int) -> str:
    """The name of a number as a scenario writes it; empty when it has none."""
    if enumeration is None:
        return ""
    try:
        return _short(enumeration, enumeration(number).name)
    except ValueError:
        return ""


def message_name(message_id: int) -> str:
    """The name of a message, or its number when the tables lack it."""
    try:
        return MessageId(message_id).name
    except ValueError:
        return f"message {message_id}"


def _hints(message: type[Message]) -> list[tuple[str, AttributeId, Any]]:
    hints = get_type_hints(message, include_extras=True)
    found = []
    for one in fields(message):
        details = getattr(hints[one.name], "__metadata__", ())
        numbers = [detail for detail in details if isinstance(detail, AttributeId)]
        found += [(one.name, number, get_args(hints[one.name])[0]) for number in numbers]
    return found


def _attribute(number: AttributeId, field: str, hint: Any) -> Attribute:
    parts = [hint, *get_args(hint)]
    enumerations = [
        part for part in parts if isinstance(part, type) and issubclass(part, IntEnum)
    ]
    enumeration = enumerations[0] if enumerations else _NAMED_INTEGERS.get(number)
    return Attribute(
        name=number.name,
        id=number,
        field=field,
        kind=_kind(parts),
        enumeration=enumeration,
        low_bits=number is AttributeId.PartyState,
        list_body=number is AttributeId.ISLinkList,
    )


def _kind(parts: list[Any]) -> Kind:
    kinds = [
        (Kind.CONN_ID, (ConnId,)),
        (Kind.LIST, (KVList,)),
        (Kind.BYTES, (bytes,)),
        (Kind.INTEGER, (int,)),
    ]
    bases = [_base(part) for part in parts]
    for kind, wanted in kinds:
        if any(part in wanted for part in (*parts, *bases)):
            return kind
    return Kind.TEXT


def _base(part: Any) -> Any:
    return part.__supertype__ if isinstance(part, NewType) else get_origin(part)


@cache
def _attribute_words() -> Mapping[str, Attribute]:
    found = {one.name.lower(): one for one in attributes().values()}
    for short, name in _SHORT_NAMES.items():
        found[short] = found[name.lower()]
    return MappingProxyType(found)


@cache
def _mask_attribute() -> Attribute:
    plain = attributes()[AttributeId.RegisterMode]
    return Attribute(
        name=plain.name,
        id=plain.id,
        field=plain.field,
        kind=plain.kind,
        enumeration=RegModeMask,
    )


@cache
def _messages(direction: str) -> Mapping[str, type[Message]]:
    requests = direction == _REQUEST
    return MappingProxyType(
        {
            one.__name__.lower(): one
            for one in CATALOGUE.values()
            if issubclass(one, Request) is requests
        }
    )


@cache
def _members(enumeration: type[IntEnum]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for name, member in enumeration.__members__.items():
        found.setdefault(name.lower(), int(member))
        found.setdefault(_short(enumeration, name).lower(), int(member))
    return MappingProxyType(found)


def _short(enumeration: type[IntEnum], name: str) -> str:
    return name.removeprefix("Role") if enumeration is DnRole else name
