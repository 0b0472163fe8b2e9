"""What each key of the query language looks at in a record.

``SPECIAL`` are the keys of the journal itself; every other key is the name of an attribute
(WIRE.md, messages.yml; any case), with the keys of lists behind dots: ``userdata.account``.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from tlibproto.vocabulary import KVList, Value
from tlibsim.journal.journal import Kind
from tlibsim.journal.names import (
    Attribute,
    attributes,
    find_attribute,
    find_event,
    find_request,
)
from tlibsim.journal.names import Kind as ValueKind
from tlibsim.journal.records import MESSAGES, Record

Look = Callable[[Record], Iterator[Value | None]]
"""Yields the values that a key names in a record; nothing when it has none."""

_CALL_ATTRIBUTES = (
    "ConnID",
    "TransferConnID",
    "PreviousConnID",
    "ConferenceConnID",
    "OriginalConnID",
    "CallUuid",
)
_DN_ATTRIBUTES = ("ThisDN", "OtherDN", "ThirdPartyDN", "ThisQueue", "OtherQueue")
_MODEL = frozenset({Kind.FACT, Kind.REPORT})
_DEEPEST = 8


def _dn(record: Record) -> Iterator[Value]:
    if record.dn:
        yield record.dn


def _party(record: Record) -> Iterator[Value | None]:
    yield from _dn(record)
    for name in _DN_ATTRIBUTES:
        attribute = find_attribute(name)
        if attribute is not None:
            yield record.value(attribute)


def _named(*kinds: Kind) -> Look:
    def look(record: Record) -> Iterator[Value]:
        if record.kind in kinds:
            yield record.name

    return look


def _client(record: Record) -> Iterator[Value]:
    for who in record.clients:
        yield who.name
        yield who.number


def _from(record: Record) -> Iterator[Value]:
    if record.inward:
        yield from _client(record)


def _to(record: Record) -> Iterator[Value]:
    if not record.inward and record.kind in MESSAGES:
        yield from _client(record)


def _call(record: Record) -> Iterator[Value | None]:
    for name in _CALL_ATTRIBUTES:
        attribute = find_attribute(name)
        if attribute is not None and record.message is not None:
            yield record.value(attribute)
    yield from _conn_ids(record.values)


def _conn_ids(value: object, depth: int = 0) -> Iterator[str]:
    """The ConnIDs and CallUUIDs in the fields of a fact."""
    if not isinstance(value, Mapping) or depth > 2:
        return
    for name, item in value.items():
        if name.endswith("conn_id") or name == "call_uuid":
            yield str(item)
        else:
            yield from _conn_ids(item, depth + 1)


def _reference(record: Record) -> Iterator[Value]:
    if record.reference is not None:
        yield record.reference


def _kind(record: Record) -> Iterator[Value]:
    yield record.kind.value


def _number(record: Record) -> Iterator[Value]:
    yield record.number


def _detail(record: Record) -> Iterator[Value]:
    if record.detail:
        yield record.detail


def _of_attribute(name: str) -> Look:
    def look(record: Record) -> Iterator[Value]:
        attribute = find_attribute(name)
        value = None if attribute is None else record.value(attribute)
        if value is not None:
            yield value

    return look


SPECIAL: Mapping[str, Look] = MappingProxyType(
    {
        "call": _call,
        "client": _client,
        "detail": _detail,
        "dn": _dn,
        "error": _of_attribute("ErrorCode"),
        "event": _named(Kind.EVENT, Kind.ANSWER),
        "fact": _named(*_MODEL),
        "from": _from,
        "kind": _kind,
        "message": _named(*MESSAGES, Kind.REFUSAL),
        "msgid": _of_attribute("PrivateMsgID"),
        "number": _number,
        "party": _party,
        "ref": _reference,
        "request": _named(Kind.REQUEST),
        "to": _to,
    }
)
"""Keys that do not name an attribute.  ``since``, ``until``, ``has`` and ``lacks`` are the parser's."""

NAMES: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"event": find_event, "request": find_request}
)
"""Keys whose values are names that can be looked up."""


def attribute_look(attribute: Attribute, way: tuple[str, ...]) -> Look:
    """Look at an attribute, or at the values below it that the keys of ``way`` lead to."""

    def look(record: Record) -> Iterator[Value | None]:
        value = record.value(attribute)
        yield from _below(value, way) if way else ((value,) if value is not None else ())

    return look


def fact_look(way: tuple[str, ...]) -> Look:
    """Look at a field of a fact: ``fact.call.ani``."""

    def look(record: Record) -> Iterator[Value | None]:
        value: object = record.values
        for name in way:
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str | int):
            yield value
        elif value is not None:
            yield str(value)

    return look


def lists() -> tuple[str, ...]:
    """The attributes that are key-value lists."""
    return tuple(one.name for one in attributes().values() if one.kind is ValueKind.LIST)


def _below(value: Value | None, way: tuple[str, ...]) -> Iterator[Value | None]:
    if not way:
        yield value
        return
    if isinstance(value, KVList) and len(way) <= _DEEPEST:
        for key, item in value:
            if key == way[0]:
                yield from _below(item, way[1:])
