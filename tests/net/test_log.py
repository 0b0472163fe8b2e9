"""Log lines made from the journal."""

import json
import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from twisted.logger import LogLevel, formatEvent, globalLogPublisher

from tests.session.exchange import Exchange
from tlibproto.messages import RequestMakeCall, RequestRegisterAddress
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.config.changes import (
    Change,
    Changes,
    ConfigurationKept,
    ConfigurationReloaded,
    How,
)
from tlibsim.journal import Journal, Kind
from tlibsim.journal.tserverlog import LogStyle
from tlibsim.logs.reading import LogReader
from tlibsim.net.log import LogFormat, line_of, log_journal, write_log
from tlibsim.ports.media import Instant
from tlibsim.recording.facts import Alarm, AlarmCleared, AlarmRaised
from tlibsim.switch.commands import AgentLogin

NOW = Instant(1_700_000_000_000_000)


class Log:
    """A journal whose lines are kept."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.journal = Journal(100)
        log_journal(self.journal)

    def observe(self, event: Any) -> None:
        if event.get("log_namespace") == "tlibsim":
            self.events.append(event)

    def lines(self) -> list[str]:
        return [formatEvent(event) for event in self.events]

    def levels(self) -> list[Any]:
        return [event["log_level"] for event in self.events]


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()
    globalLogPublisher.addObserver(made.observe)
    yield made
    globalLogPublisher.removeObserver(made.observe)


def test_a_refusal_that_no_client_asked_for_is_logged_with_its_reason(log: Log) -> None:
    login = AgentLogin(dn=Dn("7001"), agent_id="1001", queue=None, work_mode=0)
    log.journal.note(Kind.REFUSAL, NOW, 0, login, "7001 is not configured")

    assert log.lines() == ["AgentLogin refused: 7001 is not configured"]


def test_a_new_configuration_is_logged_in_one_line(log: Log) -> None:
    changes = Changes(
        applied=(Change(how=How.ADDED, kind="agent", name="1004"),),
        restart=("listen.port",),
        warnings=("tlibsim.yaml:3:1  warning  options.x is not an option known here.",),
    )
    fact = ConfigurationReloaded(summary=changes.summary(), changes=changes)
    log.journal.note(Kind.FACT, NOW, 0, fact)

    assert log.lines() == [
        "reloaded: +1 agent, calls untouched; needs a restart: listen.port",
        "tlibsim.yaml:3:1  warning  options.x is not an option known here.",
    ]


def test_a_wrong_configuration_is_logged_with_every_place(log: Log) -> None:
    problem = "tlibsim.yaml:14:5  error  agents.1004.nmae is not a key here"
    log.journal.note(Kind.FACT, NOW, 0, ConfigurationKept(problems=(problem,)))

    assert log.lines() == [problem, "not reloaded: the old configuration stays"]
    assert log.levels() == [LogLevel.error, LogLevel.error]


def test_a_line_has_the_local_time_and_a_warning_says_that_it_is_one() -> None:
    event = {"log_namespace": "tlibsim", "log_format": "{text}", "text": "x", "log_time": 0.0}

    assert re.fullmatch(r"\d\d:\d\d:00  x", line_of({**event, "log_level": LogLevel.info}))
    assert line_of({**event, "log_level": LogLevel.warn}).endswith("  warning: x")


def test_wrong_bytes_are_a_warning_with_the_reason(log: Log) -> None:
    log.journal.note(Kind.WRONG_BYTES, NOW, 3, ValueError(), "MalformedFrame: x, byte 17")

    assert log.lines() == ["client 3 sent wrong bytes: MalformedFrame: x, byte 17"]
    assert log.levels() == [LogLevel.warn]


def test_a_bug_is_an_error_with_its_traceback(log: Log) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        1 // 0
    log.journal.bug(NOW, 3, caught.value)

    (line,) = log.lines()
    assert "client 3" in line
    assert "ZeroDivisionError" in line
    assert "1 // 0" in line
    assert log.levels() == [LogLevel.error]


def test_an_alarm_is_logged_when_it_is_raised_and_when_it_is_cleared(log: Log) -> None:
    alarm = next(iter(Alarm))
    log.journal.note(
        Kind.FACT, NOW, 0, AlarmRaised(alarm=alarm, conn_id=ConnId(1), detail="disk full")
    )
    log.journal.note(Kind.FACT, NOW, 0, AlarmCleared(alarm=alarm, conn_id=ConnId(1)))

    assert log.lines() == [
        f"alarm raised {alarm.value}: disk full",
        f"alarm cleared {alarm.value}",
    ]
    assert log.levels() == [LogLevel.warn, LogLevel.info]


def test_what_happens_in_calls_is_not_logged(log: Log) -> None:
    for kind in (Kind.EVENT, Kind.FACT, Kind.REPORT):
        log.journal.note(kind, NOW, 1, RequestMakeCall())

    assert log.lines() == []


# Other forms of the log.


def written(log_format: LogFormat) -> list[str]:
    """The log of a client that registers a DN and is refused another."""
    exchange = Exchange()
    stream = StringIO()
    write_log(exchange.journal, log_format, stream, LogStyle(version="8.1.001.05"))
    exchange.open("7001", "4711")
    return stream.getvalue().splitlines()


def test_the_log_can_be_that_of_a_server() -> None:
    lines = written(LogFormat.TSERVER)

    assert " Trc 04541 RequestRegisterClient received from [1]" in lines[0]
    assert lines[1] == "message RequestRegisterClient"
    assert any(
        " Trc 04542 EventRegistered sent to [1] (00000001 desk)" in line for line in lines
    )


def test_the_log_of_a_server_tells_of_a_new_configuration_and_can_still_be_read() -> None:
    exchange = Exchange()
    stream = StringIO()
    write_log(exchange.journal, LogFormat.TSERVER, stream, LogStyle(version="8.1.001.05"))
    client = exchange.open("7001")
    fact = ConfigurationKept(problems=("a.yaml:1:1  error  x",))
    exchange.journal.note(Kind.FACT, NOW, 0, fact, "a.yaml:1:1  error  x\n1 error")
    client.ask(RequestRegisterAddress(this_dn="7002"))

    lines = stream.getvalue().splitlines()
    assert [line[13:] for line in lines if " -- " in line] == [
        "-- a.yaml:1:1  error  x",
        "-- 1 error",
    ]
    reader = LogReader("log")
    messages = list(reader.read(f"{line}\n" for line in lines))
    assert reader.unreadable == 0
    assert [one.name for one in messages][-2:] == ["RequestRegisterAddress", "EventRegistered"]


def test_the_log_can_be_lines_of_json() -> None:
    objects = [json.loads(line) for line in written(LogFormat.JSON)]

    assert [one["n"] for one in objects] == list(range(1, len(objects) + 1))
    assert {one["kind"] for one in objects} >= {"connected", "request", "answer"}
