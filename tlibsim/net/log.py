"""Log lines of the server, made from the journal: who came and went, what was refused, and why.

The core does not log; it writes the journal.  Secrets never get here: a request is named, not shown.
"""

from collections.abc import Callable, Mapping
from typing import Any, TextIO

from twisted.logger import Logger, globalLogBeginner, textFileLogObserver

from tlibsim.journal import Entry, Journal, Kind
from tlibsim.recording.facts import AlarmCleared, AlarmRaised

log = Logger(namespace="tlibsim")


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


FACT_LINES: Mapping[type, Callable[[Any], None]] = {
    AlarmRaised: _alarm_raised,
    AlarmCleared: _alarm_cleared,
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


def begin_logging(stream: TextIO) -> None:
    """Send the log to a stream, once per process."""
    observer: Any = textFileLogObserver(stream)
    globalLogBeginner.beginLoggingTo([observer], redirectStandardIO=False)
