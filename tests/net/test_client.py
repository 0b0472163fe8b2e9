"""The small T-Library client on a transport in memory, with a clock turned by hand."""

from collections.abc import Coroutine
from typing import Any

import pytest
from twisted.internet import error
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock, StringTransportWithDisconnection
from twisted.python.failure import Failure

from tlibproto.codec import decode, encode
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.messages import (
    EventError,
    EventLinkConnected,
    EventLinkDisconnected,
    EventRegistered,
    EventRinging,
    EventServerInfo,
    Message,
    RequestQueryServer,
    RequestRegisterClient,
)
from tlibproto.vocabulary import Dn, ReferenceId
from tlibsim.net.client import (
    CLOSED_BY_US,
    AddpTimes,
    ClientError,
    ClientOptions,
    NoAnswerError,
    NotReachedError,
    RefusedError,
    TLibraryClient,
    connect,
)

OPTIONS = ClientOptions(name="desk1")


class Session:
    """A client that ``connect`` makes, and the server's end of its connection."""

    def __init__(self, options: ClientOptions = OPTIONS) -> None:
        self.reactor = MemoryReactorClock()
        self.got: list[Message] = []
        self.outcome: list[Any] = []
        opening = connect(
            self.reactor, "127.0.0.1", 7020, options, self.got.append, seconds=5.0
        )
        self._note(opening)
        self.factory = self.reactor.tcpClients[0][2]
        self.charset = options.charset

    def _note(self, opening: Coroutine[Any, Any, TLibraryClient]) -> None:
        Deferred.fromCoroutine(opening).addBoth(self.outcome.append)

    def accept(self) -> "Session":
        """The connection stands."""
        self.client: TLibraryClient = self.factory.buildProtocol(None)
        self.transport = StringTransportWithDisconnection()
        self.transport.protocol = self.client
        self.transport.abortConnection = self.transport.loseConnection
        self.transport.setTcpNoDelay = bool
        self.client.makeConnection(self.transport)
        return self

    def say(self, *messages: Message) -> None:
        """The server sends messages."""
        for message in messages:
            self.client.dataReceived(encode_frame(encode(message, self.charset)))

    def sent(self) -> list[Addp | Message]:
        """What the client has sent since the last time."""
        data, decoder = self.transport.value(), FrameDecoder()
        self.transport.clear()
        return [
            unit if isinstance(unit, Addp) else decode(unit, self.charset)
            for unit in decoder.feed(data)
        ]

    def opened(self) -> TLibraryClient:
        assert isinstance(self.outcome[0], TLibraryClient), self.outcome
        return self.outcome[0]

    def error(self) -> BaseException:
        failure = self.outcome[0]
        assert isinstance(failure, Failure), self.outcome
        return failure.value


def open_session(options: ClientOptions = OPTIONS) -> Session:
    session = Session(options).accept()
    session.say(EventLinkConnected(session_id=1))
    session.transport.clear()
    return session


def result_of(answer: "Deferred[Message]") -> list[Any]:
    outcome: list[Any] = []
    answer.addBoth(outcome.append)
    return outcome


# -- opening -----------------------------------------------------------------------------------


def test_the_first_message_registers_the_client_as_the_observed_one_does() -> None:
    session = Session(ClientOptions(name="probe-client")).accept()

    assert session.transport.value().hex() == (
        "0000003c030000000000000000730014"
        "747365727665722070726f746f636f6c"
        "20342e320000006c6900000000000000"
        "4073000c70726f62652d636c69656e74"
    )


def test_a_password_is_sent_when_there_is_one() -> None:
    (request,) = Session(ClientOptions(name="a", password="b")).accept().sent()

    assert isinstance(request, RequestRegisterClient)
    assert request.application_password == "b"


@pytest.mark.parametrize("greeting", [EventLinkConnected(), EventLinkDisconnected()])
def test_a_session_is_open_after_the_first_message(greeting: Message) -> None:
    session = Session().accept()
    assert session.outcome == []

    session.say(greeting)

    assert session.opened().greeting == greeting
    assert session.got == [greeting]


@pytest.mark.parametrize(
    ("first", "words"),
    [
        (EventError(error_code=119, error_message="Bad password"), "119 Bad password"),
        (EventRegistered(this_dn=Dn("7001")), "EventRegistered"),
    ],
)
def test_any_other_first_message_is_a_refusal(first: Message, words: str) -> None:
    session = Session().accept()

    session.say(first)

    refusal = session.error()
    assert isinstance(refusal, RefusedError)
    assert words in str(refusal)
    assert refusal.answer == first
    assert not session.transport.connected


def test_nobody_at_the_address_is_told() -> None:
    session = Session()

    session.factory.clientConnectionFailed(None, Failure(error.ConnectionRefusedError()))

    assert isinstance(session.error(), NotReachedError)
    assert str(session.error()).startswith("127.0.0.1:7020 cannot be reached: ")


def test_a_server_that_says_nothing_is_given_up() -> None:
    session = Session().accept()

    session.reactor.advance(4.9)
    assert session.outcome == []
    session.reactor.advance(0.2)

    assert isinstance(session.error(), NoAnswerError)
    assert not session.transport.connected


def test_a_server_that_closes_before_the_session_is_open_is_told() -> None:
    session = Session().accept()

    session.client.connectionLost(Failure(error.ConnectionDone()))

    assert isinstance(session.error(), ClientError)
    assert "closed by the server" in str(session.error())


# -- requests ----------------------------------------------------------------------------------


def test_an_answer_is_the_message_with_the_reference_id() -> None:
    session = open_session()

    answer = result_of(session.client.ask(RequestQueryServer(), 2.0))
    (request,) = session.sent()
    ringing = EventRinging(this_dn=Dn("7001"))
    info = EventServerInfo(reference_id=ReferenceId(1))
    session.say(ringing, info)

    assert isinstance(request, RequestQueryServer)
    assert request.reference_id == 1
    assert answer == [info]
    assert session.got[1:] == [ringing]


def test_each_request_has_a_reference_id_of_its_own() -> None:
    session = open_session()

    first = result_of(session.client.ask(RequestQueryServer(), 2.0))
    second = result_of(session.client.ask(RequestQueryServer(), 2.0))
    session.say(EventServerInfo(reference_id=ReferenceId(2)))

    assert first == []
    assert second == [EventServerInfo(reference_id=ReferenceId(2))]


def test_a_request_without_answer_fails_after_its_time() -> None:
    session = open_session()
    answer = result_of(session.client.ask(RequestQueryServer(), 2.0))

    session.reactor.advance(2.1)

    assert answer[0].check(NoAnswerError)
    assert "no answer to RequestQueryServer in 2 s" in str(answer[0].value)


def test_a_request_fails_when_the_connection_ends() -> None:
    session = open_session()
    answer = result_of(session.client.ask(RequestQueryServer(), 2.0))

    session.client.connectionLost(Failure(error.ConnectionDone()))

    assert answer[0].check(ClientError)
    assert not [call for call in session.reactor.getDelayedCalls() if call.active()]


def test_texts_are_read_and_written_in_the_character_set_of_the_connection() -> None:
    session = open_session(ClientOptions(name="é", charset="latin-1"))

    session.say(EventRinging(this_dn=Dn("7001"), other_dn="é"))

    (ringing,) = session.got[1:]
    assert isinstance(ringing, EventRinging)
    assert ringing.other_dn == "é"


def test_a_message_split_anywhere_arrives_once() -> None:
    session = open_session()
    ringing = EventRinging(this_dn=Dn("7001"))

    for byte in encode_frame(encode(ringing)):
        session.client.dataReceived(bytes((byte,)))

    assert session.got[1:] == [ringing]


# -- the end -----------------------------------------------------------------------------------


def test_closing_says_so_once() -> None:
    session = open_session()

    closed = result_of(session.client.close())  # type: ignore[arg-type]

    assert closed == [CLOSED_BY_US]
    assert session.client.reason == CLOSED_BY_US
    session.client.send(RequestQueryServer())
    assert session.transport.value() == b""


def test_bytes_that_cannot_be_read_end_the_connection_with_a_reason() -> None:
    session = open_session()

    session.client.dataReceived(b"\xff\xff\xff\xff")

    assert session.client.reason.startswith("the server sent what cannot be read: ")
    assert not session.transport.connected


# -- ADDP --------------------------------------------------------------------------------------


def test_polls_and_inits_are_answered_also_without_addp() -> None:
    session = open_session()

    session.client.dataReceived(encode_addp("P", b"\1\2\3") + encode_addp("I", b"\0\0\7"))

    assert session.sent() == [Addp("p", b"\1\2\3"), Addp("i", b"\0\0\0")]


def test_without_addp_nothing_is_polled() -> None:
    session = open_session()

    session.reactor.advance(1000.0)

    assert session.sent() == []


def test_the_init_is_the_very_first_packet_and_carries_the_server_s_time() -> None:
    session = Session(ClientOptions(name="a", addp=AddpTimes(client=1, server=4))).accept()

    init, request = session.sent()

    assert init == Addp("I", b"\0\x0f\xa0")
    assert isinstance(request, RequestRegisterClient)


def test_a_silent_server_is_polled_and_then_left() -> None:
    session = open_session(ClientOptions(name="a", addp=AddpTimes(client=1, server=1)))

    session.reactor.advance(0.9)
    assert session.sent() == []
    session.reactor.advance(0.2)
    assert session.sent() == [Addp("P", b"\0\0\0")]
    session.reactor.advance(1.0)

    assert session.client.reason == "the server does not answer ADDP polls"


def test_any_bytes_count_as_life() -> None:
    session = open_session(ClientOptions(name="a", addp=AddpTimes(client=1, server=1)))

    for _ in range(3):
        session.reactor.advance(1.1)
        session.client.dataReceived(encode_addp("p"))

    assert session.sent() == [Addp("P", bytes((0, 0, number))) for number in range(3)]
    assert session.client.reason == ""


def test_no_timer_is_left_when_the_connection_has_ended() -> None:
    session = open_session(ClientOptions(name="a", addp=AddpTimes(client=1, server=1)))

    session.client.close()

    assert session.reactor.getDelayedCalls() == []
