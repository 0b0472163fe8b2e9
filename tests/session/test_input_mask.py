"""RequestSetInputMask: only the events of the mask reach the client (BEHAVIOUR.md 3.1)."""

from tests.session.exchange import Exchange, Line
from tlibproto.messages import (
    EventACK,
    RequestMakeCall,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestSetInputMask,
)
from tlibproto.vocabulary import Dn, MessageId, mask_of
from tlibsim.switch.commands import MakeCall

E = MessageId


def masked(line: Line, *events: MessageId) -> None:
    answer = line.ask(RequestSetInputMask(input_mask=mask_of(map(int, events))))
    assert type(answer) is EventACK
    line.take()


def test_a_new_client_gets_everything() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert line.names() == ["EventDialing", "EventRinging"]


def test_masked_events_are_not_sent() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    masked(line, E.EventRinging)

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert line.names() == ["EventRinging"]


def test_the_event_that_answers_is_sent_though_it_is_masked() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    masked(line)

    conn_id = line.ask(RequestMakeCall(this_dn="7001", other_dn="7002")).conn_id
    line.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))

    assert line.names() == ["EventDialing", "EventReleased"]


def test_answers_and_errors_are_never_masked() -> None:
    line = Exchange().open()
    masked(line)

    line.ask(RequestQueryServer())
    line.ask(RequestRegisterAddress(this_dn="7001"))
    line.refused(RequestMakeCall(this_dn="7002", other_dn="7001"))

    assert line.names() == ["EventServerInfo", "EventRegistered", "EventError"]


def test_the_mask_of_one_client_is_not_that_of_another() -> None:
    exchange = Exchange()
    one, other = exchange.open("7001"), exchange.open("7001")
    masked(one)

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert (one.names(), other.names()) == ([], ["EventDialing"])


def test_a_mask_can_be_widened_again() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    masked(line)
    masked(line, *(number for number in E if number < 512))

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert line.names() == ["EventDialing"]


def test_a_short_mask_is_filled_with_zeros_and_a_long_one_is_cut() -> None:
    exchange = Exchange()
    short, long = exchange.open("7001"), exchange.open("7001")
    short.ask(RequestSetInputMask(input_mask=b"\xff"))
    long.ask(RequestSetInputMask(input_mask=b"\xff" * 200))
    short.take()
    long.take()

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert (short.names(), long.names()) == ([], ["EventDialing"])


def test_a_mask_that_is_missing_is_error_53() -> None:
    line = Exchange().open()

    line.feed(b"\x00\x00\x00\x0e\x01\x00\x00\x00\x07\x00\x00\x00\x02i\x00\x00\x00\x05")

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (53, 5)
