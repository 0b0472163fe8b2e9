"""The journal in the words of a server's log (BEHAVIOUR.md 7, writer).

    @00:00:00.0000 [0] 8.1.102.65 distribute_event: message EventRinging
    <TAB>AttributeThisDN<TAB>'7001'

One event for each distribution, not one for each client; requests and direct answers with the
client that sent or got them.  Times are UTC or ahead of it by ``utc_offset`` seconds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tlibproto.layout.kvlist import write_body
from tlibproto.messages import Message
from tlibproto.vocabulary import KVList, Value, WideText
from tlibsim.journal.journal import Kind
from tlibsim.journal.names import Attribute, attributes
from tlibsim.journal.names import Kind as ValueKind
from tlibsim.journal.records import Record
from tlibsim.journal.values import observed
from tlibsim.ports.media import Instant

DEFAULT_VERSION = "8.1.102.65"
_MICROS = 1_000_000
_DAY = 86_400
_LOG_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "CallUuid": "CallUUID",
        "PartyUuid": "PartyUUID",
        "NewCallUuid": "NewCallUUID",
        "RefCallUuid": "RefCallUUID",
        "OriginalCallUuid": "OrigCallUUID",
        "TimeinSecs": "TimeinSecs",
        "TimeinuSecs": "TimeinuSecs",
    }
)
"""Where the log calls an attribute otherwise than messages.yml does (BEHAVIOUR.md 0.2, 7)."""

NOTES = frozenset(
    {"ConfigurationReloaded", "ConfigurationKept", "ConfigurationRemark", "SnapshotLoaded"}
)
"""Facts that are a line of the log as well: ``00:00:00.000 -- reloaded: +1 agent``."""

_HEX = frozenset({"EventSequenceNumber", "TimeStamp"})
_CALL_EVENTS = "EventCall"
_SHOWN_BYTES = 4
_ALL_PAIRS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStyle:
    """What the lines of a log look like: the option ``log-version``, and the zone of its times."""

    version: str = DEFAULT_VERSION
    utc_offset: int = 0


DEFAULT_STYLE = LogStyle()


def to_log(records: Iterable[Record], style: LogStyle = DEFAULT_STYLE) -> Iterator[str]:
    """The lines of a log, without line ends; what is neither message nor note is left out."""
    for record in records:
        if record.name in NOTES:
            at = _time(record.at, style, 3)
            yield from (f"{at} -- {line}" for line in record.detail.splitlines())
        write = _WRITERS.get(record.kind)
        if write is not None and record.message is not None:
            yield from write(record, record.message, style)


def _event(record: Record, message: Message, style: LogStyle) -> Iterator[str]:
    verb = "distribute_event"
    if record.name.startswith(_CALL_EVENTS):
        verb = "distribute call/party event"
    head = f"@{_time(record.at, style, 4)} [0] {style.version} {verb}: message {record.name}"
    yield head
    yield from _attributes(message, record.reference)


def _request(record: Record, message: Message, style: LogStyle) -> Iterator[str]:
    client = _client(record)
    yield f"{_time(record.at, style, 3)} Trc 04541 {record.name} received from {client}"
    yield f"message {record.name}"
    yield from _attributes(message, record.reference)


def _answer(record: Record, message: Message, style: LogStyle) -> Iterator[str]:
    yield f"{_time(record.at, style, 3)} Trc 04542 {record.name} sent to {_client(record)}"
    yield f"message {record.name}"
    yield from _attributes(message, record.reference)


_WRITERS: Mapping[Kind, Callable[[Record, Message, LogStyle], Iterator[str]]] = (
    MappingProxyType({Kind.EVENT: _event, Kind.REQUEST: _request, Kind.ANSWER: _answer})
)


def _time(at: Instant, style: LogStyle, digits: int) -> str:
    seconds, micros = divmod(at + style.utc_offset * _MICROS, _MICROS)
    hours, rest = divmod(seconds % _DAY, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}.{micros:06}"[: 9 + digits]


def _client(record: Record) -> str:
    """``[NN] (HHHHHHHH Name)``: the number of the connection and its name."""
    number = record.clients[0].number if record.clients else 0
    name = record.clients[0].name if record.clients else ""
    return f"[{number}] ({number:08x} {name or '-'})"


def _attributes(message: Message, reference: int | None) -> Iterator[str]:
    known = {one.field: one for one in attributes().values()}
    for field, _ in message.present():
        attribute = known.get(field)
        if attribute is not None and field != "reference_id":
            yield from _attribute(message, attribute)
    yield from _unknown(message)
    if reference is not None:
        yield f"\tAttributeReferenceID\t{reference}"


def _attribute(message: Message, attribute: Attribute) -> Iterator[str]:
    name = f"\tAttribute{_LOG_NAMES.get(attribute.name, attribute.name)}"
    value = observed(message, attribute)
    if value is None:
        return
    if isinstance(value, KVList):
        yield f"{name}\t{_packed(value)}"
        yield from _pairs(value, 2)
    elif isinstance(value, int):
        yield f"{name}\t{_number(value, attribute)}"
    elif attribute.kind is ValueKind.CONN_ID:
        yield f"{name}\t{value!s}"
    else:
        yield f"{name}\t{_text(value)}"


def _number(value: int, attribute: Attribute) -> str:
    return f"{value:016x}" if attribute.name in _HEX else str(value)


def _unknown(message: Message) -> Iterator[str]:
    for raw in message.extra:
        yield f"\tAttribute{raw.attribute}\t{_data(raw.value)}"


def _packed(pairs: KVList) -> str:
    """``[598] 00 16 00 00..``: how long a list is on the wire, and its first bytes."""
    return _data(write_body(pairs, "utf-8", _ALL_PAIRS))


def _data(value: bytes) -> str:
    first = " ".join(f"{byte:02x}" for byte in value[:_SHOWN_BYTES])
    return f"[{len(value)}] {first}{'..' if len(value) > _SHOWN_BYTES else ''}"


def _pairs(pairs: KVList, depth: int) -> Iterator[str]:
    indent = "\t" * depth
    for key, value in pairs:
        if isinstance(value, KVList):
            yield f"{indent}{_quoted(key)}(list)"
            yield from _pairs(value, depth + 1)
        else:
            yield f"{indent}{_quoted(key)}\t{_text(value)}"


def _text(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return _data(value)
    if isinstance(value, WideText):
        return _quoted(value.text)
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    """Text in single quotes; line ends, which would end the line, are written as escapes."""
    return "'" + text.replace("\r", "\\r").replace("\n", "\\n") + "'"
