"""Every request gets exactly one answer with its ReferenceID (WIRE.md 5)."""

import pytest

from tests.session.exchange import REQUESTS, Exchange, Line, bare
from tlibproto.messages import (
    ANSWERS,
    CATALOGUE,
    Event,
    EventError,
    EventSwitchInfo,
    Message,
    Request,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestDeletePair,
    RequestDeleteUserData,
    RequestDistributeUserEvent,
    RequestHoldCall,
    RequestMakeCall,
    RequestPrivateService,
    RequestQueryAddress,
    RequestQueryCall,
    RequestQueryLocation,
    RequestQueryServer,
    RequestQuerySwitch,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestReserveAgent,
    RequestRetrieveCall,
    RequestSendDtmf,
    RequestSendEvent,
    RequestSetInputMask,
    RequestSingleStepConference,
    RequestUnregisterAddress,
    RequestUpdateUserData,
    UnknownMessage,
    evolve,
)
from tlibproto.vocabulary import ConnId, KVList, ReferenceId, SwitchInfoType
from tlibsim.journal import Kind
from tlibsim.session.dispatch import REQUESTS as SERVED

PAIRS = KVList((("k", "v"),))
EVENTS = [cls for cls in CATALOGUE.values() if issubclass(cls, Event)]


def filled(cls: type[Request]) -> Request:
    """The request with a DN of the client and whatever else most requests have."""
    common = {"this_dn": "7001", "other_dn": "7002", "conn_id": ConnId(1), "user_data": PAIRS}
    given = {name: value for name, value in common.items() if name in cls._names}
    return evolve(bare(cls), **given)


@pytest.mark.parametrize("cls", REQUESTS)
@pytest.mark.parametrize("make", [bare, filled])
def test_every_request_is_answered_once_with_its_number(
    cls: type[Request], make: type[Request]
) -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    answer = line.ask(make(cls))

    if cls not in SERVED:
        assert (type(answer), answer.error_code) == (EventError, 51)
        assert answer.error_message == "Unsupported operation"
    assert not line.closed
    assert not exchange.journal.broken
    line.ask(RequestQueryServer())


@pytest.mark.parametrize("cls", REQUESTS)
def test_a_request_without_a_number_is_answered_without_one(cls: type[Request]) -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    line.send(bare(cls))

    assert len(line.inbox) == 1
    assert line.inbox[0].reference_id is None


@pytest.mark.parametrize("cls", REQUESTS)
def test_the_number_that_the_client_drops_never_comes_back(cls: type[Request]) -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    line.send(evolve(filled(cls), reference_id=ReferenceId(2147483647)))

    assert all(message.reference_id is None for message in line.inbox)
    assert EventError not in {type(message) for message in line.inbox}
    assert not exchange.journal.broken


@pytest.mark.parametrize("number", [9999, 5, 6, 170, 183, 2**31 - 1])
def test_an_unknown_message_is_unsupported_and_the_connection_lives(number: int) -> None:
    line = Exchange().open()

    line.send(UnknownMessage(message_id=number, reference_id=ReferenceId(3)))

    (error,) = line.take()
    assert (type(error), error.error_code, error.reference_id) == (EventError, 51, 3)
    line.ask(RequestQueryServer())


def test_an_unknown_message_without_a_number_gets_an_error_without_one() -> None:
    line = Exchange().open()

    line.send(UnknownMessage(message_id=9999))

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (51, None)


@pytest.mark.parametrize("cls", EVENTS)
def test_an_event_sent_by_a_client_is_unsupported(cls: type[Event]) -> None:
    line = Exchange().open("7001")

    line.send(cls(reference_id=ReferenceId(3)))

    (error,) = line.take()
    assert (error.error_code, error.reference_id) == (51, 3)


def test_the_reference_id_may_be_any_number_and_repeat() -> None:
    line = Exchange().open()

    for number in (0, -1, 5, 5, 2147483646, -2147483648):
        line.send(RequestQueryServer(reference_id=ReferenceId(number)))

    numbers = [message.reference_id for message in line.take()]
    assert numbers == [0, -1, 5, 5, 2147483646, -2147483648]


def test_requests_in_one_segment_are_answered_in_their_order() -> None:
    line = Exchange().open("7001")

    line.send(
        *(
            evolve(request, reference_id=ReferenceId(number))
            for number, request in enumerate(
                [RequestQueryServer(), RequestMakeCall(), RequestQueryServer()] * 50
            )
        )
    )

    assert [message.reference_id for message in line.take()] == list(range(150))


def test_a_request_may_come_byte_by_byte() -> None:
    from tests.session.exchange import frame

    line = Exchange().open()

    for byte in frame(RequestQueryServer(reference_id=ReferenceId(1))):
        assert line.inbox == []
        line.feed(bytes((byte,)))

    assert line.names() == ["EventServerInfo"]


# The event that answers.


class Played:
    """A line on 7001 with a call to 7002 in the state that a request needs."""

    def __init__(self, state: str) -> None:
        self.exchange = Exchange()
        self.line: Line = self.exchange.open("7001", "7002")
        self.conn_id = ConnId(0)
        if state == "ringing":
            dialing = self.line.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))
            self.conn_id = dialing.conn_id
        elif state != "idle":
            self.conn_id = self.exchange.talk(self.line, self.line)
        if state == "held":
            self.line.ask(RequestHoldCall(this_dn="7001", conn_id=self.conn_id))
        self.line.take()


EXAMPLES: list[tuple[str, Request]] = [
    ("idle", RequestRegisterAddress(this_dn="7003")),
    ("idle", RequestUnregisterAddress(this_dn="7001")),
    ("idle", RequestQueryAddress(this_dn="7001", address_info_type=17)),
    ("ringing", RequestQueryCall()),
    ("idle", RequestQueryServer()),
    ("idle", RequestQuerySwitch(switch_info_type=SwitchInfoType.DateTime)),
    ("idle", RequestQueryLocation()),
    ("idle", RequestMakeCall(this_dn="7001", other_dn="7003")),
    ("idle", RequestMakeCall(this_dn="7001", other_dn="95550001")),
    ("idle", RequestMakeCall(this_dn="7001", other_dn="7001")),
    ("idle", RequestMakeCall(this_dn="7001", other_dn="nowhere")),
    ("ringing", RequestAnswerCall(this_dn="7002")),
    ("ringing", RequestReleaseCall(this_dn="7001")),
    ("ringing", RequestReleaseCall(this_dn="7002")),
    ("talking", RequestReleaseCall(this_dn="7001")),
    ("talking", RequestReleaseCall(this_dn="7002")),
    ("talking", RequestHoldCall(this_dn="7001")),
    ("held", RequestRetrieveCall(this_dn="7001")),
    ("talking", RequestSendDtmf(this_dn="7001", dtmf_digits="12#")),
    ("talking", RequestAttachUserData(this_dn="7001", user_data=PAIRS)),
    ("talking", RequestUpdateUserData(this_dn="7002", user_data=PAIRS)),
    ("talking", RequestDeletePair(this_dn="7001", data_key="k")),
    ("talking", RequestDeleteUserData(this_dn="7001")),
    ("idle", RequestSendEvent(this_dn="7001")),
    ("idle", RequestDistributeUserEvent(communication_dn="7003")),
    ("idle", RequestSetInputMask(input_mask=b"\xff" * 64)),
    ("talking", RequestPrivateService(this_dn="7001", private_msg_id=3013)),
]


@pytest.mark.parametrize(("state", "request_"), EXAMPLES)
def test_the_event_that_answers_is_the_one_that_the_specification_names(
    state: str, request_: Request
) -> None:
    played = Played(state)
    if "conn_id" in request_._names and state != "idle":
        request_ = evolve(request_, conn_id=played.conn_id)

    answer = played.line.ask(request_)

    assert type(answer) is ANSWERS[type(request_)]
    assert getattr(request_, "this_dn", None) in (None, answer.this_dn, "7001")


@pytest.mark.parametrize(("state", "request_"), EXAMPLES)
def test_other_clients_get_copies_without_a_number(state: str, request_: Request) -> None:
    played = Played(state)
    other = played.exchange.open("7001", "7002", "7003")
    if "conn_id" in request_._names and state != "idle":
        request_ = evolve(request_, conn_id=played.conn_id)

    played.line.ask(request_)

    assert all(message.reference_id is None for message in other.take())


def test_the_direct_answer_comes_before_the_events_that_it_causes() -> None:
    line = Exchange().open("7001")
    distribute = RequestDistributeUserEvent(communication_dn="7001", user_data=PAIRS)

    line.ask(distribute)

    assert line.names() == ["EventACK", "EventUserEvent"]


# Answers that come later.


def test_an_invitation_is_answered_when_the_invited_party_comes() -> None:
    played = Played("talking")
    third = played.exchange.open("7003")
    other = played.exchange.open("7001")
    played.line.send(
        RequestSingleStepConference(
            this_dn="7001",
            conn_id=played.conn_id,
            other_dn="7003",
            reference_id=ReferenceId(77),
        )
    )

    third.ask(RequestAnswerCall(this_dn="7003", conn_id=played.conn_id))

    (answer,) = [message for message in played.line.take() if message.reference_id == 77]
    assert (type(answer).__name__, answer.this_dn) == ("EventPartyAdded", "7001")
    assert all(message.reference_id is None for message in other.take())


def test_an_invitation_is_refused_when_the_invited_party_does_not_come() -> None:
    played = Played("talking")
    third = played.exchange.open("7003")
    played.line.send(
        RequestSingleStepConference(
            this_dn="7001",
            conn_id=played.conn_id,
            other_dn="7003",
            reference_id=ReferenceId(77),
        )
    )

    third.ask(RequestReleaseCall(this_dn="7003", conn_id=played.conn_id))

    (answer,) = [message for message in played.line.take() if message.reference_id == 77]
    assert (type(answer), answer.error_code) == (EventError, 232)


@pytest.mark.parametrize("leaving", [["7001"], ["7002", "7001"]])
def test_an_answer_that_can_no_longer_come_is_an_error(leaving: list[str]) -> None:
    played = Played("talking")
    line, conn_id = played.line, played.conn_id
    conference = RequestSingleStepConference(
        this_dn="7001", conn_id=conn_id, other_dn="7003", reference_id=ReferenceId(77)
    )
    line.send(conference)
    assert [message for message in line.take() if message.reference_id == 77] == []

    for dn in leaving:
        line.send(RequestReleaseCall(this_dn=dn, conn_id=conn_id))

    (answer,) = [message for message in line.take() if message.reference_id == 77]
    assert (type(answer), answer.error_code) == (EventError, 1161)


def test_a_client_that_left_is_not_told_of_what_it_waited_for() -> None:
    played = Played("talking")
    other = played.exchange.open("7001", "7002")
    played.line.send(
        RequestSingleStepConference(
            this_dn="7001",
            conn_id=played.conn_id,
            other_dn="7003",
            reference_id=ReferenceId(77),
        )
    )
    played.line.disconnect()

    other.ask(RequestReleaseCall(this_dn="7001", conn_id=played.conn_id))

    assert not played.exchange.journal.broken


# What is written down.


def test_the_journal_has_the_request_and_its_answer_or_refusal() -> None:
    exchange = Exchange()
    line = exchange.open()
    line.ask(RequestQueryServer())
    line.ask(RequestMakeCall(this_dn="7001"))

    assert [type(e.subject) for e in exchange.entries(Kind.REQUEST)][-2:] == [
        RequestQueryServer,
        RequestMakeCall,
    ]
    (refusal,) = exchange.entries(Kind.REFUSAL)
    assert refusal.client == line.id
    assert refusal.detail == "not-registered: 7001 is not registered by this client"
    answers = [type(e.subject).__name__ for e in exchange.entries(Kind.ANSWER)]
    assert answers == ["EventLinkConnected", "EventServerInfo", "EventError"]


def test_an_error_repeats_dn_conn_id_reasons_and_extensions_of_the_request() -> None:
    line = Exchange().open()
    request = RequestHoldCall(
        this_dn="7001",
        conn_id=ConnId(0xA1),
        reasons=KVList((("r", 1),)),
        extensions=KVList((("e", 2),)),
    )

    error = line.ask(request)

    assert (error.this_dn, error.conn_id) == ("7001", 0xA1)
    assert (error.reasons, error.extensions) == (request.reasons, request.extensions)
    assert error.timein_secs


def test_an_error_about_a_dn_names_the_tenant_as_every_event_does() -> None:
    line = Exchange(settings={"customer_id": "Bank"}).open()

    about_dn = line.ask(RequestHoldCall(this_dn="7001", conn_id=ConnId(0xA1)))
    about_nothing = line.ask(RequestReserveAgent())

    assert about_dn.customer_id == "Bank"
    assert type(about_nothing) is EventError
    assert about_nothing.customer_id is None


def test_codes_and_texts_can_be_set() -> None:
    exchange = Exchange(
        settings={
            "errors": {"not-registered": 185, "RequestHoldCall/not-registered": 1161},
            "error_texts": {185: "Not yours"},
        }
    )
    line = exchange.open()

    answers: list[Message] = [
        line.ask(RequestHoldCall(this_dn="7001", conn_id=ConnId(1))),
        line.ask(RequestReleaseCall(this_dn="7001", conn_id=ConnId(1))),
    ]

    assert [(a.error_code, a.error_message) for a in answers] == [
        (1161, "Incorrect object state"),
        (185, "Not yours"),
    ]


def test_the_date_and_time_of_the_switch_are_those_of_the_server() -> None:
    exchange = Exchange()
    line = exchange.open()

    answer = line.ask(RequestQuerySwitch(switch_info_type=SwitchInfoType.DateTime))

    assert type(answer) is EventSwitchInfo
    assert answer.timein_secs == exchange.now // 10**6


def test_the_entry_of_an_error_has_the_request_and_the_reason() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    line.ask(RequestMakeCall(this_dn="7002"))

    (error,) = [e for e in exchange.entries(Kind.ANSWER) if type(e.subject) is EventError]
    (refusal,) = exchange.entries(Kind.REFUSAL)
    assert error.detail == f"RequestMakeCall: {refusal.detail}"
    assert "not-registered" in error.detail
