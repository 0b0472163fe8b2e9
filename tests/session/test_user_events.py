"""Events that clients send to each other (BEHAVIOUR.md 5, WIRE.md 2.2 and 8)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange
from tlibproto.codec import decode, encode
from tlibproto.messages import (
    CATALOGUE,
    Event,
    EventACK,
    EventUserEvent,
    RawAttribute,
    RequestDistributeUserEvent,
    RequestMakeCall,
    RequestSendEvent,
    RequestSetInputMask,
)
from tlibproto.vocabulary import AttributeId, ConnId, KVList, MessageId, ReferenceId, mask_of

DATA = KVList((("screen", "start"), ("n", 1)))
EVENTS = [cls for cls in CATALOGUE.values() if issubclass(cls, Event)]
SEND = RequestSendEvent(this_dn="7001", user_data=DATA)


def everything_in(cls: type[Any]) -> dict[str, Any]:
    """A value for every attribute that the class can carry, as a client would send it."""
    samples: dict[str, Any] = {
        "i": 1,
        "l": 1,
        "s": "text",
        "b": KVList((("k", "v"),)),
        "mask": b"\x01" * 64,
    }
    values = {}
    for name in cls._names - {"extra", "reference_id", "source", "client_id"}:
        for value in samples.values():
            try:
                message = cls(**{name: value})
                if getattr(decode(encode(message)), name, None) == value:
                    values[name] = value
                    break
            except (TypeError, ValueError, AttributeError):
                continue
    return values


# RequestSendEvent.


def test_an_event_is_acknowledged_and_goes_to_the_clients_of_its_dn() -> None:
    exchange = Exchange()
    sender, peer, stranger = (
        exchange.open("7001"),
        exchange.open("7001", "7002"),
        exchange.open("7002"),
    )

    answer = sender.ask(SEND)

    assert type(answer) is EventACK
    assert sender.names() == ["EventACK", "EventUserEvent"]
    (event,) = peer.take()
    assert type(event) is EventUserEvent
    assert (event.this_dn, event.user_data, event.reference_id) == ("7001", DATA, None)
    assert stranger.take() == []


@pytest.mark.parametrize("cls", EVENTS)
def test_an_event_of_any_type_arrives_as_that_type(cls: type[Event]) -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")

    sender.ask(
        RequestSendEvent(
            this_dn="7001", user_event=int(cls.message_id), conn_id=ConnId(0xA1), user_data=DATA
        )
    )

    (event,) = peer.take()
    assert type(event) is cls
    assert (event.this_dn, event.conn_id, event.user_data) == ("7001", 0xA1, DATA)
    assert event.reference_id is None


@pytest.mark.parametrize("cls", EVENTS)
def test_every_attribute_of_the_request_is_taken_over(cls: type[Event]) -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    values = everything_in(RequestSendEvent) | {
        "this_dn": "7001",
        "user_event": int(cls.message_id),
    }

    answer = sender.ask(RequestSendEvent(**values))

    assert type(answer) is EventACK
    assert not exchange.journal.broken
    (event,) = peer.take()
    assert encode(event)
    got = {name for name, _ in event.present()}
    assert {"this_dn", "conn_id", "user_data", "extensions", "other_dn"} <= got


def test_an_attribute_that_nobody_knows_is_passed_on() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    extra = (RawAttribute(4711, "s", b"kept"),)

    sender.ask(RequestSendEvent(this_dn="7001", extra=extra))

    assert peer.take()[0].extra == extra


def test_the_time_is_that_of_the_server_unless_the_event_brings_its_own() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    sender.ask(SEND)
    sender.ask(RequestSendEvent(this_dn="7001", timein_secs=5, timein_usecs=6))

    first, second = peer.take()
    assert first.timein_secs == exchange.now // 10**6
    assert (second.timein_secs, second.timein_usecs) == (5, 6)


@pytest.mark.parametrize("echo", [True, False])
def test_the_sender_gets_its_own_event_unless_the_option_is_off(echo: bool) -> None:
    exchange = Exchange(userevent_echo=echo)
    sender, other = exchange.open("7001"), exchange.open("7001")

    assert type(sender.ask(SEND)) is EventACK

    assert ("EventUserEvent" in sender.names()) is echo
    assert other.names() == ["EventUserEvent"]


@pytest.mark.parametrize("to", ["peer", "stranger"])
def test_with_a_client_id_only_that_client_gets_the_event(to: str) -> None:
    exchange = Exchange()
    lines = {
        "sender": exchange.open("7001"),
        "peer": exchange.open("7001"),
        "stranger": exchange.open(),
    }

    lines["sender"].ask(
        RequestSendEvent(this_dn="7001", user_data=DATA, client_id=lines[to].id)
    )

    assert {name: line.names() for name, line in lines.items()} == {
        "sender": ["EventACK"],
        "peer": [],
        "stranger": [],
    } | {to: ["EventUserEvent"]}


def test_a_client_id_of_0_means_every_client_of_the_dn() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")

    sender.ask(RequestSendEvent(this_dn="7001", client_id=0))

    assert peer.names() == ["EventUserEvent"]


@pytest.mark.parametrize("client_id", [99, -1, 3])
def test_a_client_id_of_nobody_reaches_nobody(client_id: int) -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    exchange.connect()  # number 3 has not opened its session

    assert type(sender.ask(RequestSendEvent(this_dn="7001", client_id=client_id))) is EventACK
    assert (sender.names(), peer.names()) == (["EventACK"], [])


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestSendEvent(this_dn="7002"), 41),
        (RequestSendEvent(this_dn="7999"), 59),
        (RequestSendEvent(), 53),
        (RequestSendEvent(this_dn="7001", user_event=9999), 53),
        (RequestSendEvent(this_dn="7001", user_event=int(MessageId.RequestMakeCall)), 53),
        (RequestDistributeUserEvent(communication_dn="7999"), 59),
        (RequestDistributeUserEvent(), 53),
        (RequestDistributeUserEvent(communication_dn=""), 53),
    ],
)
def test_an_event_that_cannot_be_sent_gets_its_code(
    request_: RequestSendEvent, code: int
) -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001", "7002")

    assert sender.refused(request_) == code
    assert peer.take() == []


def test_an_event_that_a_client_sends_names_the_tenant_unless_it_says_otherwise() -> None:
    exchange = Exchange()
    sender = exchange.open("7001")

    for request in (
        RequestSendEvent(this_dn="7001"),
        RequestDistributeUserEvent(communication_dn="7001"),
        RequestSendEvent(this_dn="7001", customer_id="Bank"),
    ):
        sender.ask(request)

    events = [one for one in sender.take() if type(one) is not EventACK]
    assert [one.customer_id for one in events] == ["Environment", "Environment", "Bank"]


def test_the_last_of_two_reference_ids_is_that_of_the_request() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    inner = RawAttribute(int(AttributeId.ReferenceID), "i", (77).to_bytes(4, "big"))
    payload = encode(RequestSendEvent(this_dn="7001", extra=(inner,)))
    own = b"\x00\x00\x00\x02i\x00\x00\x00\x05"
    payload = bytes((payload[0] + 1,)) + payload[1:] + own

    sender.feed(len(payload).to_bytes(4, "big") + payload)

    (ack, event) = sender.take()
    assert (type(ack), ack.reference_id) == (EventACK, 5)
    assert event.reference_id is None
    assert [m.reference_id for m in peer.take()] == [None]


def test_a_call_event_that_a_client_sends_does_not_touch_the_calls() -> None:
    exchange = Exchange()
    sender = exchange.open("7001")
    conn_id = sender.ask(RequestMakeCall(this_dn="7001", other_dn="7002")).conn_id

    sender.ask(
        RequestSendEvent(
            this_dn="7001", user_event=int(MessageId.EventReleased), conn_id=conn_id
        )
    )

    assert exchange.switch.call(conn_id) is not None


def test_an_event_sent_to_oneself_never_carries_the_number_of_the_request() -> None:
    exchange = Exchange()
    sender = exchange.open("7001")

    sender.ask(RequestSendEvent(this_dn="7001", user_event=int(MessageId.EventACK)))

    assert [m.reference_id is None for m in sender.take()] == [False, True]


def test_an_event_that_needs_no_answer_is_sent_all_the_same() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")

    sender.send(RequestSendEvent(this_dn="7001", reference_id=ReferenceId(2147483647)))

    assert (sender.names(), peer.names()) == (["EventUserEvent"], ["EventUserEvent"])
    assert peer.exchange.journal.broken is False


def test_a_masked_user_event_is_not_sent() -> None:
    exchange = Exchange()
    sender, peer = exchange.open("7001"), exchange.open("7001")
    peer.ask(RequestSetInputMask(input_mask=mask_of([int(MessageId.EventRinging)])))
    peer.take()

    sender.ask(SEND)

    assert peer.take() == []


# RequestDistributeUserEvent.


def test_a_user_event_reaches_the_communication_dn_from_anybody() -> None:
    exchange = Exchange()
    sender, target, other = exchange.open(), exchange.open("7002"), exchange.open("7001")

    answer = sender.ask(
        RequestDistributeUserEvent(
            communication_dn="7002", this_dn="7001", user_event=1234, user_data=DATA
        )
    )

    assert type(answer) is EventACK
    assert sender.names() == ["EventACK"]
    (event,) = target.take()
    assert type(event) is EventUserEvent
    assert (event.this_dn, event.user_event, event.user_data) == ("7002", 1234, DATA)
    assert other.take() == []


def test_every_attribute_of_a_distributed_event_is_taken_over() -> None:
    exchange = Exchange()
    sender, target = exchange.open(), exchange.open("7002")
    values = everything_in(RequestDistributeUserEvent) | {"communication_dn": "7002"}

    sender.ask(RequestDistributeUserEvent(**values))

    assert not exchange.journal.broken
    got = {name for name, _ in target.take()[0].present()}
    assert {"this_dn", "conn_id", "user_data", "extensions"} <= got


def test_a_distributed_event_reaches_every_client_of_the_dn() -> None:
    exchange = Exchange()
    lines = [exchange.open("7002") for _ in range(3)]

    lines[0].ask(RequestDistributeUserEvent(communication_dn="7002"))

    assert [line.names()[-1] for line in lines] == ["EventUserEvent"] * 3
