"""What a line of any log comes to: one message with its time, its place and its values."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tlibproto.layout.kvlist import write_body
from tlibproto.messages import CATALOGUE, Message
from tlibproto.messages.base import restore
from tlibproto.vocabulary import KVList, MessageId, Value, connid_of
from tlibsim.journal.names import Attribute, Kind, attribute_names, carried
from tlibsim.ports.media import Instant

_ALL_PAIRS = 0xFFFFFFFF
_REQUEST = "Request"
PLAIN_REFERENCE = "ReferenceID"


class Role(Enum):
    """Who the message went to."""

    REQUEST = "request"
    ANSWER = "answer"
    EVENT = "event"


class Dialect(Enum):
    """The kind of log that a message was read from; the value is its name for people."""

    SERVER = "server log"
    STANDARD = "server log, message numbers 04541 and 04542"
    SDK = "client SDK log"
    JOURNAL = "journal of tlibsim"
    CAPTURE = "capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProblem:
    """What could not be read, and where."""

    source: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMessage:
    """A message of a log.

    ``line`` is where it begins, ``at`` is microseconds since 1970 (a log that has times of day only
    begins on that day), None when it has none.  ``values`` are by the names of messages.yml,
    ConnIDs as 16 hex digits, lists as lists; names that messages.yml lacks are as in the log.
    """

    source: str
    line: int
    role: Role
    name: str
    values: Mapping[str, Value]
    at: Instant | None = None
    client: str = ""
    dialect: Dialect = Dialect.SERVER

    @property
    def place(self) -> str:
        """``file:line``."""
        return f"{self.source}:{self.line}"

    @property
    def message_id(self) -> int | None:
        """The number of the message, None when messages.yml has no such name."""
        found = MessageId.__members__.get(self.name)
        return None if found is None else int(found)

    def text(self, name: str) -> str:
        """A value as text; empty when it is absent."""
        found = self.values.get(name)
        return "" if found is None else str(found)

    def integer(self, name: str) -> int | None:
        """A value that is a number, else None."""
        found = self.values.get(name)
        return found if isinstance(found, int) else None

    def pairs(self, name: str) -> KVList:
        """A value that is a list; an empty one when it is none."""
        found = self.values.get(name)
        return found if isinstance(found, KVList) else KVList(())

    @property
    def conn_id(self) -> str:
        """The ConnID as 16 hex digits, or empty."""
        return self.text("ConnID")

    @property
    def this_dn(self) -> str:
        """ThisDN, or empty."""
        return self.text("ThisDN")


class UnmappedError(Exception):
    """A message that the protocol does not have; the text says which."""


def role_of(name: str, answer: bool = False) -> Role:
    """The role that a name says; what a server sends to one client is an answer."""
    if name.startswith(_REQUEST):
        return Role.REQUEST
    return Role.ANSWER if answer else Role.EVENT


def typed(message: LogMessage) -> Message:
    """The message as it goes over the wire; raises UnmappedError.

    Attributes that such a message does not have are left out (see :func:`left_out`).
    """
    number = message.message_id
    cls = CATALOGUE.get(MessageId(number)) if number is not None else None
    if cls is None:
        raise UnmappedError(f"{message.name} is no message of the protocol")
    known = attribute_names(carried(cls))
    values = {}
    for name, value in message.values.items():
        attribute = known.get(name.lower())
        if attribute is not None:
            values[attribute.field] = _field(attribute, value, message)
    return restore(cls, values)


def left_out(message: LogMessage) -> tuple[str, ...]:
    """The names of the values that :func:`typed` leaves out."""
    number = message.message_id
    cls = CATALOGUE.get(MessageId(number)) if number is not None else None
    known = attribute_names(carried(cls)) if cls is not None else {}
    return tuple(name for name in message.values if name.lower() not in known)


def _field(attribute: Attribute, value: Value, message: LogMessage) -> Value:
    try:
        if attribute.kind is Kind.CONN_ID:
            return connid_of(str(value))
        if attribute.list_body and isinstance(value, KVList):
            return write_body(value, "utf-8", _ALL_PAIRS)
        if attribute.kind is Kind.INTEGER:
            return int(str(value))
    except ValueError as error:
        raise UnmappedError(f"{message.name}: {attribute.name}: {error}") from error
    if attribute.kind is Kind.TEXT:
        return str(value)
    return _right_kind(attribute, value, message)


def _right_kind(attribute: Attribute, value: Value, message: LogMessage) -> Value:
    wanted = KVList if attribute.kind is Kind.LIST else bytes
    if not isinstance(value, wanted):
        raise UnmappedError(f"{message.name}: {attribute.name} is no {attribute.kind.value}")
    return value
