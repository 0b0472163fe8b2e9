"""What clients ask and get, a line for each request."""

from collections.abc import Mapping
from typing import Any

from tests.session.exchange import Exchange
from tlibproto.messages import (
    EventACK,
    Message,
    RequestAgentLogin,
    RequestAgentNotReady,
    RequestMakeCall,
    RequestQueryServer,
    RequestRegisterAddress,
)
from tlibproto.vocabulary import DROPPED_REFERENCE_ID, AgentWorkMode, KVList, RegisterMode
from tlibsim.journal import Journal, Kind
from tlibsim.net.conversation import MOST_A_SECOND, Conversation
from tlibsim.ports.media import Instant
from tlibsim.session.client import Client, ClientId

NOW = Instant(1_700_000_000_000_000)


class Talk:
    """The lines of a journal that a test writes."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.journal = Journal(100)
        self.journal.names[3] = "desk"
        self.second = 0.0
        nobody: Mapping[ClientId, Client] = {}
        Conversation(self.journal, nobody, self.lines.append, lambda: self.second)

    def ask(self, request: Message) -> None:
        self.journal.note(Kind.REQUEST, NOW, 3, request)

    def answer(self, reference: int | None, event: Any = None) -> None:
        self.journal.note(
            Kind.ANSWER, NOW, 3, event or EventACK(), to=(3,), reference=reference
        )


def talk_of(exchange: Exchange) -> list[str]:
    lines: list[str] = []
    Conversation(exchange.journal, exchange.hub.clients, lines.append, lambda: 0.0)
    return lines


def test_a_client_that_opens_its_session_is_told_with_its_name() -> None:
    exchange = Exchange()
    lines = talk_of(exchange)

    exchange.open()

    assert len(lines) == 1
    assert lines[0].startswith("client desk connected from ")
    assert lines[0].endswith("(no ADDP, charset utf-8)")


def test_a_request_is_told_with_what_it_is_about_and_what_came_of_it() -> None:
    exchange = Exchange()
    lines = talk_of(exchange)
    client = exchange.open()

    client.send(
        RequestRegisterAddress(
            this_dn="7001", register_mode=RegisterMode.ModeShare, reference_id=1
        ),
        RequestAgentLogin(
            this_dn="7001",
            agent_id="1001",
            agent_work_mode=AgentWorkMode.ManualIn,
            password="hunter2",
            reference_id=2,
        ),
        RequestAgentNotReady(
            this_dn="7001", reasons=KVList((("ReasonCode", "Lunch"),)), reference_id=3
        ),
        RequestQueryServer(reference_id=4),
    )

    assert lines[1:] == [
        "desk  RequestRegisterAddress  7001 shared -> EventRegistered",
        "desk  RequestAgentLogin       1001@7001 -> EventAgentLogin",
        "desk  RequestAgentNotReady    7001 ReasonCode=Lunch -> EventAgentNotReady",
        "desk  RequestQueryServer      -> EventServerInfo role=Primary",
    ]


def test_a_refusal_is_told_with_its_code_and_its_reason() -> None:
    exchange = Exchange()
    lines = talk_of(exchange)
    client = exchange.open()

    client.send(RequestRegisterAddress(this_dn="999", reference_id=1))

    (line,) = lines[1:]
    assert line.startswith("desk  RequestRegisterAddress  999 -> EventError 59 DN is not")
    assert "999 is not configured" in line


def test_of_user_data_only_the_keys_are_told() -> None:
    talk = Talk()
    data = KVList((("card", "4111"), ("card", "4222"), ("n", 5)))

    talk.ask(RequestMakeCall(this_dn="7001", other_dn="7002", user_data=data, reference_id=1))
    talk.answer(1)

    assert talk.lines == ["desk  RequestMakeCall         7001 to 7002 data card,n -> EventACK"]


def test_a_request_that_wants_no_answer_is_told_at_once() -> None:
    talk = Talk()

    talk.ask(RequestMakeCall(this_dn="7001", reference_id=DROPPED_REFERENCE_ID))

    assert talk.lines == ["desk  RequestMakeCall         7001"]


def test_a_request_that_was_not_answered_is_told_when_its_client_leaves() -> None:
    talk = Talk()

    talk.ask(RequestMakeCall(this_dn="7001", reference_id=1))
    assert talk.lines == []
    talk.journal.note(Kind.CLOSED, NOW, 3, "desk", "reset by peer")

    assert talk.lines == [
        "desk  RequestMakeCall         7001 -> no answer",
        "client desk left: reset by peer",
    ]


def test_one_who_connects_and_says_nothing_is_told_when_it_leaves() -> None:
    talk = Talk()

    talk.journal.note(Kind.CONNECTED, NOW, 4, "10.0.0.1:4711")
    talk.journal.note(Kind.CLOSED, NOW, 4, "", "reset by peer")

    assert talk.lines == [
        "client 4 from 10.0.0.1:4711 left before it said who it is: reset by peer"
    ]


def test_what_comes_from_the_wire_does_nothing_to_a_terminal() -> None:
    talk = Talk()

    talk.ask(RequestMakeCall(this_dn="7\x1b[2J", reference_id=1))
    talk.answer(1)

    assert "\x1b" not in talk.lines[0]


def test_a_flood_of_requests_is_counted_instead_of_told() -> None:
    talk = Talk()
    for number in range(MOST_A_SECOND + 7):
        talk.ask(RequestMakeCall(this_dn="7001", reference_id=number))
        talk.answer(number)

    assert len(talk.lines) == MOST_A_SECOND
    talk.second = 1.5
    talk.ask(RequestMakeCall(this_dn="7001", reference_id=1000))
    talk.answer(1000)

    assert talk.lines[MOST_A_SECOND] == "(7 lines left out)"
    assert len(talk.lines) == MOST_A_SECOND + 2
