"""Option ``delay-ms``: every event comes later, in its order, and answers do not (BEHAVIOUR.md 8)."""

from hypothesis import given
from hypothesis import strategies as st

from tests.session.exchange import Exchange, Line
from tlibproto.messages import (
    EventDialing,
    EventError,
    EventServerInfo,
    RequestAnswerCall,
    RequestMakeCall,
    RequestQueryServer,
    RequestReleaseCall,
    evolve,
)
from tlibproto.vocabulary import Dn, ReferenceId
from tlibsim.switch.commands import MakeCall

MAKE = RequestMakeCall(this_dn=Dn("7001"), other_dn=Dn("7002"))


def made(exchange: Exchange, line: Line) -> None:
    line.send(evolve(MAKE, reference_id=ReferenceId(9)))


def test_an_event_comes_when_its_delay_is_over_and_with_its_reference() -> None:
    exchange = Exchange(delay_ms=250)
    desk, other = exchange.open("7001"), exchange.open("7002")
    made(exchange, desk)
    exchange.wait(0.249)
    assert (desk.names(), other.names()) == ([], [])
    exchange.wait(0.001)
    assert desk.last(EventDialing).reference_id == 9
    assert other.names() == ["EventRinging"]


def test_answers_that_are_no_events_of_a_dn_come_at_once() -> None:
    exchange = Exchange(delay_ms=250)
    desk = exchange.open("7001")
    assert type(desk.ask(RequestQueryServer())) is EventServerInfo
    assert type(desk.ask(evolve(MAKE, other_dn=Dn("")))) is EventError


def test_events_keep_their_order_and_their_distance() -> None:
    exchange = Exchange(delay_ms=1000)
    desk, other = exchange.open("7001"), exchange.open("7002")
    made(exchange, desk)
    exchange.wait(0.5)
    call = exchange.switch.views()[0].conn_id
    other.send(RequestAnswerCall(this_dn=Dn("7002"), conn_id=call))
    exchange.wait(0.5)
    assert other.names() == ["EventRinging"]
    exchange.wait(0.5)
    assert other.names() == ["EventEstablished"]


def test_a_client_that_has_left_gets_nothing_and_the_next_one_does_not_get_it() -> None:
    exchange = Exchange(delay_ms=1000)
    desk, other = exchange.open("7001"), exchange.open("7002")
    made(exchange, desk)
    other.disconnect()
    late = exchange.open("7002")
    exchange.wait(2)
    assert desk.names() == ["EventDialing"]
    assert late.names() == []
    assert exchange.hub.next_deadline() is None


@given(st.integers(1, 5000), st.lists(st.integers(0, 3000), max_size=8))
def test_with_any_delay_the_same_events_come_in_the_same_order(
    delay_ms: int, pauses_ms: list[int]
) -> None:
    def told(delay: int) -> tuple[list[str], list[str]]:
        exchange = Exchange(delay_ms=delay)
        desk, other = exchange.open("7001"), exchange.open("7002")
        for pause in pauses_ms:
            exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))
            exchange.wait(pause / 1000)
            call = exchange.switch.views()[0].conn_id
            other.send(RequestAnswerCall(this_dn=Dn("7002"), conn_id=call))
            desk.send(RequestReleaseCall(this_dn=Dn("7001"), conn_id=call))
        exchange.wait(delay / 1000)
        return desk.names(), other.names()

    assert told(delay_ms) == told(0)
