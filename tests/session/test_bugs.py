"""Our own bugs: EventError 52, a broken journal, all live (BEHAVIOUR.md 6, HOUSE.md 7)."""

import pytest

from tests.session.broken import BrokenDesk
from tests.session.exchange import Exchange, Line
from tlibproto.messages import (
    EventError,
    RequestHoldCall,
    RequestMakeCall,
    RequestPrivateService,
    RequestQueryServer,
)
from tlibproto.vocabulary import ConnId, Dn, ReferenceId
from tlibsim.journal import Kind
from tlibsim.ports.media import CaptureStarted, Instant, SessionId
from tlibsim.recording.desk import Steps
from tlibsim.switch.commands import MakeCall


class Broken:
    """An exchange that gets a desk with a bug once there is a call on 7001.

    ``other`` is a client who has nothing to do with it.
    """

    def __init__(self, desk: BrokenDesk) -> None:
        self.exchange = Exchange()
        self.line: Line = self.exchange.open("7001")
        self.other: Line = self.exchange.open("7003")
        self.conn_id = self.exchange.talk(self.line, self.exchange.open("7002"))
        hub = self.exchange.hub
        hub._desk = desk  # type: ignore[assignment]
        hub._model._desk = desk  # type: ignore[assignment]


MAKE = RequestMakeCall(this_dn="7001", other_dn="7002")


def test_an_exception_while_serving_is_error_52_and_the_client_lives() -> None:
    broken = Broken(BrokenDesk("notice"))

    error = broken.line.ask(MAKE)

    assert (type(error), error.error_code) == (EventError, 52)
    assert error.error_message == "Internal error"
    assert not broken.line.closed
    broken.line.ask(RequestQueryServer())


def test_the_journal_is_broken_and_has_the_traceback() -> None:
    broken = Broken(BrokenDesk("notice"))
    assert broken.exchange.journal.broken is False

    broken.line.ask(MAKE)

    assert broken.exchange.journal.broken is True
    (entry,) = broken.exchange.entries(Kind.BUG)
    assert isinstance(entry.subject, ZeroDivisionError)
    assert entry.client == broken.line.id
    assert "a bug in notice" in entry.detail
    assert "Traceback" in entry.detail


def test_nobody_else_notices_the_bug() -> None:
    broken = Broken(BrokenDesk("notice"))

    broken.line.ask(MAKE)

    assert broken.other.take() == []
    assert not broken.other.closed
    broken.other.ask(RequestQueryServer())


def test_a_refusal_is_no_bug() -> None:
    exchange = Exchange()
    exchange.open("7001").ask(RequestHoldCall(this_dn="7001", conn_id=ConnId(1)))

    assert exchange.journal.broken is False
    assert exchange.entries(Kind.BUG) == []


def test_requests_of_the_same_segment_are_served_after_the_bug() -> None:
    broken = Broken(BrokenDesk("notice"))

    broken.line.send(
        RequestMakeCall(this_dn="7001", other_dn="7002", reference_id=ReferenceId(50)),
        RequestQueryServer(reference_id=ReferenceId(51)),
    )

    assert [message.reference_id for message in broken.line.take()] == [50, 51]


class LateBug(BrokenDesk):
    """Takes the order, and fails when it should say what has come of it."""

    def perform(self, command: object, now: Instant) -> Steps:
        return Steps(facts=("something happened",))  # type: ignore[arg-type]


def test_a_bug_after_the_answer_does_not_answer_again() -> None:
    broken = Broken(LateBug("notice"))
    pause = RequestPrivateService(this_dn="7001", conn_id=broken.conn_id, private_msg_id=3015)

    answer = broken.line.ask(pause)

    assert type(answer).__name__ == "EventACK"
    assert broken.line.names() == ["EventACK"]
    assert broken.exchange.journal.broken is True


def test_a_request_that_needs_no_answer_gets_none_for_a_bug_either() -> None:
    broken = Broken(BrokenDesk("notice"))

    broken.line.send(
        RequestMakeCall(this_dn="7001", other_dn="7002", reference_id=ReferenceId(2147483647))
    )

    assert EventError not in {type(message) for message in broken.line.take()}
    assert broken.exchange.journal.broken is True


def test_a_bug_in_a_command_of_the_console_is_raised_there() -> None:
    broken = Broken(BrokenDesk("notice"))

    with pytest.raises(ZeroDivisionError):
        broken.exchange.perform(MakeCall(dn=Dn("7002"), to="7001"))


def test_a_bug_at_a_deadline_or_a_report_is_noted_and_the_run_goes_on() -> None:
    exchange = Exchange(dn={"7002": {"answer_after": 1.0}})
    line = exchange.open("7001")
    line.ask(MAKE)
    exchange.hub._desk = BrokenDesk("notice")  # type: ignore[assignment]
    exchange.wait(1)
    exchange.hub._desk = BrokenDesk("report")  # type: ignore[assignment]
    exchange.take(exchange.hub.report(CaptureStarted(session=SessionId("s")), exchange.now))

    assert [entry.client for entry in exchange.entries(Kind.BUG)] == [0, 0]
    line.ask(RequestQueryServer())
