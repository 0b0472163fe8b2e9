"""Log lines of the server, made from the journal: who came and went, what was refused, and why.

The core does not log; it writes the journal.  Secrets never get here: a request is named, not shown.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Any, TextIO

from twisted.logger import (
    FileLogObserver,
    Logger,
    LogLevel,
    eventAsText,
    globalLogBeginner,
)

from tlibsim.config.changes import (
    ConfigurationKept,
    ConfigurationReloaded,
    ConfigurationRemark,
)
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.export import to_lines
from tlibsim.journal.records import record_of
from tlibsim.journal.tserverlog import DEFAULT_STYLE, NOTES, LogStyle, to_log
from tlibsim.net.conversation import Conversation
from tlibsim.recording.facts import AlarmCleared, AlarmRaised, RecordingRemark
from tlibsim.session.client import Client, ClientId
from tlibsim.switch.facts import SiteConnected, SiteDisconnected, SnapshotLoaded

log = Logger(namespace="tlibsim")
_NOBODY: Mapping[ClientId, Client] = MappingProxyType({})


class LogFormat(Enum):
    """What the log looks like: lines for people, a server's log, or the journal as JSON lines."""

    TEXT = "text"
    TSERVER = "tserver"
    JSON = "json"


def _refused(entry: Entry) -> None:
    """What no client asked for; a client's refusal is told with its request."""
    if not entry.client:
        log.info(
            "{command} refused: {why}",
            command=type(entry.subject).__name__,
            why=entry.detail,
        )


def _wrong_bytes(entry: Entry) -> None:
    log.warn(  # noqa: G010  Twisted's logger
        "client {client} sent wrong bytes: {why}",
        client=entry.client,
        why=entry.detail,
    )


def _fact(entry: Entry) -> None:
    line = FACT_LINES.get(type(entry.subject))
    if line is not None:
        line(entry.subject)


def _alarm_raised(fact: AlarmRaised) -> None:
    log.warn(  # noqa: G010  Twisted's logger
        "alarm raised {alarm}: {why}", alarm=fact.alarm.value, why=fact.detail
    )


def _alarm_cleared(fact: AlarmCleared) -> None:
    log.info("alarm cleared {alarm}", alarm=fact.alarm.value)


def _site_connected(fact: SiteConnected) -> None:
    log.info("linked to switch {switch}", switch=fact.switch)


def _site_disconnected(fact: SiteDisconnected) -> None:
    log.warn(  # noqa: G010  Twisted's logger
        "link to switch {switch} lost: {why}", switch=fact.switch, why=fact.reason
    )


def _remark(fact: RecordingRemark) -> None:
    log.warn("recording: {text}", text=fact.text)  # noqa: G010  Twisted's logger


def _reloaded(fact: ConfigurationReloaded) -> None:
    log.info("{text}", text=fact.summary)
    for text in fact.changes.warnings:
        log.warn("{text}", text=text)  # noqa: G010  Twisted's logger


def _kept(fact: ConfigurationKept) -> None:
    for text in fact.problems:
        log.error("{text}", text=text)
    log.error("not reloaded: the old configuration stays")


def _not_taken(fact: ConfigurationRemark) -> None:
    log.warn("{text}", text=fact.text)  # noqa: G010  Twisted's logger


def _loaded(fact: SnapshotLoaded) -> None:
    log.info("snapshot {name} is loaded", name=fact.name)


FACT_LINES: Mapping[type, Callable[[Any], None]] = {
    SiteConnected: _site_connected,
    SiteDisconnected: _site_disconnected,
    AlarmRaised: _alarm_raised,
    AlarmCleared: _alarm_cleared,
    RecordingRemark: _remark,
    ConfigurationReloaded: _reloaded,
    ConfigurationKept: _kept,
    ConfigurationRemark: _not_taken,
    SnapshotLoaded: _loaded,
}


def _bug(entry: Entry) -> None:
    log.error(
        "bug while serving client {client}: {error!r}\n{trace}",
        client=entry.client,
        error=entry.subject,
        trace=entry.detail,
    )


LINES: Mapping[Kind, Callable[[Entry], None]] = {
    Kind.REFUSAL: _refused,
    Kind.WRONG_BYTES: _wrong_bytes,
    Kind.FACT: _fact,
    Kind.BUG: _bug,
}


def log_journal(journal: Journal, clients: Mapping[ClientId, Client] = _NOBODY) -> None:
    """Log what clients ask and get, and each entry of the kinds above.

    ``clients`` are those that are connected now.
    """
    Conversation(journal, clients, lambda text: log.info("{text}", text=text))
    for kind, line in LINES.items():
        journal.listen(line, kind)


def write_log(
    journal: Journal,
    log_format: LogFormat,
    stream: TextIO,
    style: LogStyle = DEFAULT_STYLE,
    clients: Mapping[ClientId, Client] = _NOBODY,
) -> None:
    """Write everything that happens to a stream from now on; raises nothing later."""
    if log_format is LogFormat.TEXT:
        begin_logging(stream)
        log_journal(journal, clients)
        return

    def lines_of(entry: Entry) -> Iterator[str]:
        record = record_of(entry, journal.names)
        return to_log([record], style) if tserver else to_lines([record])

    def write(entry: Entry) -> None:
        text = "".join(f"{line}\n" for line in lines_of(entry))
        if text and not stream.closed:
            stream.write(text)
            stream.flush()

    def write_note(entry: Entry) -> None:
        if type(entry.subject).__name__ in NOTES:
            write(entry)

    tserver = log_format is LogFormat.TSERVER
    journal.listen(write, *(_WIRE if tserver else Kind))
    if tserver:
        journal.listen(write_note, Kind.FACT)


_WIRE = (Kind.REQUEST, Kind.ANSWER, Kind.EVENT)


def _written(event: Mapping[str, Any]) -> str | None:
    """What is written of an event; what Twisted does when all is well is not."""
    if event.get("log_namespace") != log.namespace and event.get("log_level") in _QUIET:
        return None
    return f"{line_of(event)}\n"


_QUIET = frozenset({LogLevel.debug, LogLevel.info})


def line_of(event: Mapping[str, Any]) -> str:
    """A line of the log: local time and text; a warning, or what is not ours, says what it is."""
    at = datetime.fromtimestamp(event.get("log_time") or 0.0).astimezone()
    ours = event.get("log_namespace") == log.namespace
    text = eventAsText(
        dict(event), includeTimestamp=False, includeSystem=not ours, includeTraceback=True
    )
    mark = _MARKS.get(event.get("log_level"), "") if ours else ""
    return f"{at:%H:%M:%S}  {mark}{text}"


_MARKS: Mapping[Any, str] = {LogLevel.warn: "warning: ", LogLevel.critical: "critical: "}


def begin_logging(stream: TextIO) -> None:
    """Send the log to a stream, once per process."""
    observer: Any = FileLogObserver(stream, _written)
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
