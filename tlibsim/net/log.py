"""Log lines of the server, made from the journal: who came and went, what was refused, and why.

The core does not log; it writes the journal.  Secrets never get here: a request is named, not shown.
"""

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, TextIO

from twisted.logger import Logger, globalLogBeginner, textFileLogObserver

from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.export import to_lines
from tlibsim.journal.records import record_of
from tlibsim.journal.tserverlog import DEFAULT_STYLE, LogStyle, to_log
from tlibsim.recording.facts import AlarmCleared, AlarmRaised, RecordingRemark
from tlibsim.switch.facts import SiteConnected, SiteDisconnected

log = Logger(namespace="tlibsim")


class LogFormat(Enum):
    """What the log looks like: lines for people, a server's log, or the journal as JSON lines."""

    TEXT = "text"
    TSERVER = "tserver"
    JSON = "json"


def _connected(entry: Entry) -> None:
    log.info("client {client} connected from {peer}", client=entry.client, peer=entry.subject)


def _closed(entry: Entry) -> None:
    log.info(
        "client {client} {name!r} closed: {why}",
        client=entry.client,
        name=entry.subject,
        why=entry.detail,
    )


def _refused(entry: Entry) -> None:
    log.info(
        "client {client} {request} refused: {why}",
        client=entry.client,
        request=type(entry.subject).__name__,
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


FACT_LINES: Mapping[type, Callable[[Any], None]] = {
    SiteConnected: _site_connected,
    SiteDisconnected: _site_disconnected,
    AlarmRaised: _alarm_raised,
    AlarmCleared: _alarm_cleared,
    RecordingRemark: _remark,
}


def _bug(entry: Entry) -> None:
    log.error(
        "bug while serving client {client}: {error!r}\n{trace}",
        client=entry.client,
        error=entry.subject,
        trace=entry.detail,
    )


LINES: Mapping[Kind, Callable[[Entry], None]] = {
    Kind.CONNECTED: _connected,
    Kind.CLOSED: _closed,
    Kind.REFUSAL: _refused,
    Kind.WRONG_BYTES: _wrong_bytes,
    Kind.FACT: _fact,
    Kind.BUG: _bug,
}


def log_journal(journal: Journal) -> None:
    """Write a log line for each entry of the kinds above."""
    for kind, line in LINES.items():
        journal.listen(line, kind)


def write_log(
    journal: Journal, log_format: LogFormat, stream: TextIO, style: LogStyle = DEFAULT_STYLE
) -> None:
    """Write everything that happens to a stream from now on; raises nothing later."""
    if log_format is LogFormat.TEXT:
        begin_logging(stream)
        log_journal(journal)
        return

    def lines_of(entry: Entry) -> Iterator[str]:
        record = record_of(entry, journal.names)
        return to_log([record], style) if tserver else to_lines([record])

    def write(entry: Entry) -> None:
        text = "".join(f"{line}\n" for line in lines_of(entry))
        if text and not stream.closed:
            stream.write(text)
            stream.flush()

    tserver = log_format is LogFormat.TSERVER
    journal.listen(write, *(_WIRE if tserver else Kind))


_WIRE = (Kind.REQUEST, Kind.ANSWER, Kind.EVENT)


def begin_logging(stream: TextIO) -> None:
    """Send the log to a stream, once per process."""
    observer: Any = textFileLogObserver(stream)
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
