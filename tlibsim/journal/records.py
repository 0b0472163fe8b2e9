"""A journal entry as people, questions and files see it: named clients, named values.

A record is made when somebody reads, and holds all that an exported line needs: a record read
back from a file answers every question as the entry did.  Passwords do not get into records.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from tlibproto.messages import Message
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import ConnId, KVList, Value, connid_text
from tlibsim.journal.journal import Entry, Journal, Kind
from tlibsim.journal.names import Attribute, message_name
from tlibsim.journal.values import Observed, observed
from tlibsim.ports.media import Instant

HIDDEN = "***"
_SECRETS = ("password", "application_password")
_NOTHING: Mapping[str, object] = MappingProxyType({})
_DEPTH = 4
MESSAGES = frozenset({Kind.REQUEST, Kind.ANSWER, Kind.EVENT})
"""The kinds of entries that are messages on the wire, each once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """A client: its number, and its application name as far as it is known."""

    number: int
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"client {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry.  ``clients`` sent it (a request) or got it; of an event the first one asked.

    ``name`` is that of the message, fact or report; ``values`` are the fields of what is no
    message; ``dn`` is the DN that it concerns, or empty.
    """

    number: int
    at: Instant
    kind: Kind
    name: str
    clients: tuple[Who, ...] = ()
    message: Message | None = None
    values: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    dn: str = ""
    detail: str = ""
    reference: int | None = None

    def value(self, attribute: Attribute) -> Observed:
        """The value of an attribute of the message; None when it is absent."""
        if self.message is None:
            return None
        if attribute.name == "ReferenceID":
            return self.reference
        return observed(self.message, attribute)

    @property
    def inward(self) -> bool:
        """Whether a client sent it."""
        return self.kind is Kind.REQUEST


def records(journal: Journal, after: int = 0) -> Iterator[Record]:
    """The records of a journal whose numbers are greater than ``after``."""
    for entry in journal:
        if entry.number > after:
            yield record_of(entry, journal.names)


def record_of(entry: Entry, names: Mapping[int, str]) -> Record:
    """The record of an entry; ``names`` are the names of clients by number."""
    subject = entry.subject
    if isinstance(subject, Message):
        return _message_record(entry, subject, names)
    return Record(
        number=entry.number,
        at=entry.at,
        kind=entry.kind,
        name=_name_of(entry),
        clients=_who((entry.client,), names),
        values=_values_of(entry),
        dn=str(_dn_of(subject) or ""),
        detail=entry.detail,
    )


def _message_record(entry: Entry, message: Message, names: Mapping[int, str]) -> Record:
    event = entry.kind is Kind.EVENT
    asker = (entry.client,) if entry.client else ()
    numbers: Iterable[int] = asker
    if entry.to:
        numbers = dict.fromkeys((*asker, *entry.to))
    reference = message.reference_id if entry.reference is None else entry.reference
    return Record(
        number=entry.number,
        at=entry.at,
        kind=entry.kind,
        name=message_name(message.message_id),
        clients=_who(numbers, names),
        message=without_secrets(message),
        dn=str(getattr(message, "this_dn", None) or (entry.detail if event else "")),
        detail="" if event else entry.detail,
        reference=None if reference is None else int(reference),
    )


def without_secrets(message: Message) -> Message:
    """The message with its passwords hidden."""
    found = {name: HIDDEN for name in _SECRETS if getattr(message, name, None)}
    return evolve(message, **found) if found else message


def _who(numbers: Iterable[int], names: Mapping[int, str]) -> tuple[Who, ...]:
    return tuple(Who(number=number, name=names.get(number, "")) for number in numbers if number)


def _name_of(entry: Entry) -> str:
    if entry.kind in (Kind.CONNECTED, Kind.CLOSED):
        return str(entry.kind.value)
    return type(entry.subject).__name__


def _values_of(entry: Entry) -> Mapping[str, object]:
    subject = entry.subject
    if entry.kind is Kind.CONNECTED:
        return MappingProxyType({"peer": str(subject).rpartition(":")[0] or str(subject)})
    if entry.kind is Kind.CLOSED:
        return MappingProxyType({"name": str(subject)})
    return MappingProxyType(
        {
            name: _conn_text(name, value, _DEPTH + 1)
            for name, value in _fields_of(subject)
            if value is not None
        }
    )


def _fields_of(subject: object) -> Iterator[tuple[str, object]]:
    """Name and value of each field of a fact, report or exception, in the order declared."""
    if is_dataclass(subject):
        for one in fields(subject):
            yield one.name, getattr(subject, one.name)
        return
    for cls in reversed(type(subject).__mro__):
        for name in _slots(cls):
            if not name.startswith("_") and hasattr(subject, name):
                yield name, getattr(subject, name)


def _slots(cls: type) -> tuple[str, ...]:
    found = cls.__dict__.get("__slots__", ())
    return (found,) if isinstance(found, str) else tuple(found)


def plain(value: object, depth: int = _DEPTH) -> Any:
    """A value of the model as text, numbers, lists and mappings, for files and questions."""
    if isinstance(value, Enum):
        return value.name
    if value is None or isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value.hex()
    return _plain_composed(value, depth)


def _plain_composed(value: object, depth: int) -> Any:
    if isinstance(value, KVList):
        return {key: _pair_value(item) for key, item in value}
    if depth == 0:
        return type(value).__name__
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | frozenset | set):
        items = sorted(value, key=repr) if isinstance(value, frozenset | set) else value
        return [plain(item, depth - 1) for item in items]
    return {
        name: _conn_text(name, item, depth)
        for name, item in _fields_of(value)
        if item is not None
    }


def _conn_text(name: str, item: object, depth: int) -> Any:
    """ConnIDs are the text of their 16 hex digits everywhere."""
    if name.endswith("conn_id") and isinstance(item, int):
        return connid_text(ConnId(item))
    return plain(item, depth - 1)


def _pair_value(value: Value) -> Any:
    if isinstance(value, KVList):
        return {key: _pair_value(item) for key, item in value}
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int) else str(value)


def _dn_of(subject: object) -> object:
    for name in ("dn", "record_dn"):
        found = getattr(subject, name, None)
        if isinstance(found, str):
            return found
    side = getattr(subject, "side", None)
    return getattr(side, "dn", None)
