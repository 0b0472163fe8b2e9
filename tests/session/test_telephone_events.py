"""Telephones, service and link as clients see them (BEHAVIOUR.md 1.12, 1.17, 1.20, 3.3)."""

from typing import Any

import pytest

from tests.session.exchange import OPENING, Exchange
from tests.switch.bed import SECOND, START
from tlibproto.messages import (
    EventCallInfoChanged,
    EventDNBackInService,
    EventDNDOn,
    EventDNOutOfService,
    EventForwardCancel,
    EventForwardSet,
    EventLinkConnected,
    EventLinkDisconnected,
    EventOffHook,
    EventRegistered,
    Request,
    RequestAttachUserData,
    RequestCallForwardCancel,
    RequestCallForwardSet,
    RequestMakeCall,
    RequestPrivateService,
    RequestQueryAddress,
    RequestQueryCall,
    RequestRegisterAddress,
    RequestReleaseCall,
    RequestSetCallInfo,
    RequestSetDNDOff,
    RequestSetDNDOn,
    RequestSetInputMask,
    RequestSetMessageWaitingOff,
    RequestSetMessageWaitingOn,
    RequestUnregisterAddress,
)
from tlibproto.vocabulary import (
    AddressInfoType,
    CallInfoType,
    Dn,
    ForwardMode,
    KVList,
    MessageId,
    SetOpType,
    mask_of,
)
from tlibsim.switch.commands import MakeCall, SetInService, SetLink, SetOutOfService

FORWARD = RequestCallForwardSet(
    this_dn="7002", forward_mode=ForwardMode.Unconditional, other_dn="7003"
)
REASONS = KVList((("why", "lunch"),))


def test_a_forward_is_told_to_everybody_on_the_dn() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7002"), exchange.open("7002", name="other")

    answer = desk.ask(RequestCallForwardSet(**dict(FORWARD.present()), reasons=REASONS))

    (copy,) = other.take()
    assert copy == EventForwardSet(
        this_dn="7002",
        other_dn="7003",
        forward_mode=ForwardMode.Unconditional,
        reasons=REASONS,
        customer_id="Environment",
        timein_secs=START // SECOND,
        timein_usecs=0,
        event_sequence_number=1,
    )
    assert type(answer) is EventForwardSet
    assert answer.reference_id is not None


def test_a_forward_is_canceled() -> None:
    exchange = Exchange()
    desk = exchange.open("7002")
    desk.ask(FORWARD)

    assert type(desk.ask(RequestCallForwardCancel(this_dn="7002"))) is EventForwardCancel


PAIRS: list[tuple[Request, str]] = [
    (RequestSetDNDOn(this_dn="7002"), "EventDNDOn"),
    (RequestSetDNDOff(this_dn="7002"), "EventDNDOff"),
    (RequestSetMessageWaitingOn(this_dn="7002"), "EventMessageWaitingOn"),
    (RequestSetMessageWaitingOff(this_dn="7002"), "EventMessageWaitingOff"),
]


def test_what_is_switched_is_told_to_everybody_on_the_dn() -> None:
    exchange = Exchange()
    desk, other = exchange.open("7002"), exchange.open("7002", name="other")

    for request, event in PAIRS:
        assert type(desk.ask(request)).__name__ == event
        assert other.names() == [event]


AGAIN: list[Request] = [
    FORWARD,
    RequestSetDNDOn(this_dn="7002"),
    RequestSetMessageWaitingOn(this_dn="7002"),
]


@pytest.mark.parametrize("request_", AGAIN)
def test_what_is_set_already_is_told_again_to_the_requestor_only(request_: Request) -> None:
    exchange = Exchange()
    desk, other = exchange.open("7002"), exchange.open("7002", name="other")
    first = desk.ask(request_)
    other.take()

    again = desk.ask(request_)

    assert type(again) is type(first)
    assert (again.this_dn, again.other_dn) == (first.this_dn, first.other_dn)
    assert other.take() == []


@pytest.mark.parametrize("request_", AGAIN)
def test_what_is_set_already_is_an_error_by_option(request_: Request) -> None:
    desk = Exchange(same_state="error").open("7002")
    desk.ask(request_)

    assert desk.refused(request_) == 43


@pytest.mark.parametrize(
    "event_of",
    [
        RequestCallForwardCancel(this_dn="7002"),
        RequestSetDNDOff(this_dn="7002"),
        RequestSetMessageWaitingOff(this_dn="7002"),
    ],
)
def test_what_is_not_set_is_taken_back_without_a_word_to_others(event_of: Request) -> None:
    exchange = Exchange()
    desk, other = exchange.open("7002"), exchange.open("7002", name="other")

    desk.ask(event_of)

    assert other.take() == []
    assert Exchange(same_state="error").open("7002").refused(event_of) == 43


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (FORWARD, 41),
        (RequestCallForwardSet(this_dn="7001", other_dn="7003"), 53),
        (RequestCallForwardSet(this_dn="7001", forward_mode=ForwardMode.None_), 53),
        (RequestCallForwardSet(this_dn="7001", forward_mode=ForwardMode.OnBusy), 53),
        (RequestSetDNDOn(), 53),
        (RequestSetDNDOn(this_dn="8000"), 1141),
        (RequestSetMessageWaitingOff(this_dn="8000"), 1141),
        (RequestCallForwardCancel(this_dn="8000"), 1141),
        (RequestSetCallInfo(this_dn="7001"), 56),
    ],
)
def test_a_wrong_request_is_refused(request_: Request, code: int) -> None:
    assert Exchange().open("7001", "8000").refused(request_) == code


def test_registration_and_queries_tell_what_is_set() -> None:
    exchange = Exchange()
    desk = exchange.open("7002")
    for request in AGAIN:
        desk.ask(request)

    registered = exchange.open().ask(RequestRegisterAddress(this_dn="7002"))

    assert registered.extensions == KVList(
        (("AgentStatus", 0), ("status", 0), ("fwd", "7003"), ("dnd", 1), ("mwl", 1))
    )


@pytest.mark.parametrize(
    ("kind", "status", "extensions"),
    [
        (AddressInfoType.CallForwardingStatus, 1, KVList((("fwd", "7003"),))),
        (AddressInfoType.MsgWaitingStatus, 1, KVList((("mwl", 1),))),
    ],
)
def test_queries_tell_one_thing_at_a_time(kind: int, status: int, extensions: KVList) -> None:
    desk = Exchange().open("7002")
    for request in AGAIN:
        desk.ask(request)

    info = desk.ask(RequestQueryAddress(this_dn="7002", address_info_type=kind))

    assert (info.address_info_status, info.extensions) == (status, extensions)


def test_a_note_on_a_call_reaches_every_party() -> None:
    exchange = Exchange()
    caller, called = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(caller, called)

    request = RequestSetCallInfo(
        this_dn="7001", conn_id=conn_id, set_operation=SetOpType.SetCallInfo, other_dn="7003"
    )
    answer = caller.ask(request)

    (copy,) = called.take()
    assert type(answer) is type(copy) is EventCallInfoChanged
    assert (copy.this_dn, copy.conn_id, copy.other_dn) == ("7002", conn_id, "7003")
    assert (copy.set_operation, copy.third_party_dn) == (SetOpType.SetCallInfo, "7001")


def test_hook_events_have_no_call() -> None:
    exchange = Exchange(emit_hook_events=True)
    desk = exchange.open("7001")

    desk.ask(RequestMakeCall(this_dn="7001", other_dn="7002"))

    off_hook, dialing = desk.take()
    assert type(off_hook) is EventOffHook
    assert (off_hook.this_dn, off_hook.conn_id) == ("7001", None)
    desk.ask(RequestReleaseCall(this_dn="7001", conn_id=dialing.conn_id))
    assert desk.names() == ["EventReleased", "EventOnHook"]


# Service.


def test_a_dn_goes_out_of_service_and_comes_back() -> None:
    exchange = Exchange()
    caller, called = exchange.open("7001"), exchange.open("7002")
    exchange.talk(caller, called)

    exchange.perform(SetOutOfService(dn=Dn("7002")))
    assert called.names() == ["EventDNOutOfService", "EventReleased"]
    assert caller.names() == ["EventReleased"]

    exchange.perform(SetInService(dn=Dn("7002")))
    (back,) = called.take()
    assert type(back) is EventDNBackInService
    assert back.this_dn == "7002"


def test_a_client_that_registers_a_dn_out_of_service_is_told_so() -> None:
    exchange = Exchange()
    exchange.perform(SetOutOfService(dn=Dn("7002")))
    there = exchange.open("7002", name="there")
    late = exchange.open()

    answer = late.ask(RequestRegisterAddress(this_dn="7002"))

    assert type(answer) is EventRegistered
    assert [type(message) for message in late.take()] == [EventRegistered, EventDNOutOfService]
    assert there.take() == []


def test_out_of_service_only_what_needs_no_telephone_is_allowed() -> None:
    exchange = Exchange()
    desk = exchange.open("7001", "7002")
    exchange.perform(SetOutOfService(dn=Dn("7002")))
    desk.take()

    refused: list[Request] = [
        RequestMakeCall(this_dn="7002", other_dn="7001"),
        FORWARD,
        RequestSetDNDOn(this_dn="7002"),
        RequestAttachUserData(this_dn="7002", conn_id=1, user_data=KVList(())),
    ]
    assert [desk.refused(request) for request in refused] == [58] * len(refused)
    assert desk.refused(RequestPrivateService(this_dn="7002", private_msg_id=3013)) != 58
    query = RequestQueryAddress(this_dn="7002", address_info_type=AddressInfoType.AddressStatus)
    assert desk.ask(query).address_info_status == 8
    assert type(desk.ask(RequestUnregisterAddress(this_dn="7002"))).__name__ == (
        "EventUnregistered"
    )
    assert type(desk.ask(RequestRegisterAddress(this_dn="7002"))) is EventRegistered


def test_one_who_has_not_registered_hears_that_first() -> None:
    exchange = Exchange()
    exchange.perform(SetOutOfService(dn=Dn("7002")))

    assert exchange.open().refused(RequestSetDNDOn(this_dn="7002")) == 41


# The link.


def test_every_client_hears_of_the_link() -> None:
    exchange = Exchange()
    clients = [exchange.open("7001"), exchange.open(name="bare")]
    unopened = exchange.connect()

    exchange.perform(SetLink(up=False))
    down = [client.take() for client in clients]
    exchange.perform(SetLink(up=True))
    up = [client.take() for client in clients]

    assert [[type(m) for m in inbox] for inbox in down] == [[EventLinkDisconnected]] * 2
    assert [[type(m) for m in inbox] for inbox in up] == [[EventLinkConnected]] * 2
    assert unopened.take() == []


def test_a_client_that_masks_link_events_hears_nothing_of_the_link() -> None:
    exchange = Exchange()
    line = exchange.open()
    line.ask(RequestSetInputMask(input_mask=mask_of([MessageId.EventRinging])))
    line.take()

    exchange.perform(SetLink(up=False))

    assert line.take() == []


def test_who_opens_while_the_link_is_down_is_told_so_and_has_a_session() -> None:
    exchange = Exchange()
    exchange.perform(SetLink(up=False))

    late = exchange.connect()
    late.send(OPENING)
    (greeting,) = late.take()
    assert type(greeting) is EventLinkDisconnected
    assert greeting.server_version == "8.1.102.65"
    assert type(late.ask(RequestRegisterAddress(this_dn="7001"))) is EventRegistered
    late.take()

    exchange.perform(SetLink(up=True))
    assert [type(one) for one in late.take()] == [EventLinkConnected]


def test_while_the_link_is_down_the_switch_cannot_be_asked() -> None:
    exchange = Exchange()
    caller, called = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(caller, called)
    exchange.perform(SetLink(up=False))
    caller.take()

    for request in (
        RequestMakeCall(this_dn="7001", other_dn="7003"),
        RequestReleaseCall(this_dn="7001", conn_id=conn_id),
        RequestSetDNDOn(this_dn="7001"),
    ):
        assert caller.refused(request) == 54


def test_while_the_link_is_down_the_server_still_serves_what_is_its_own() -> None:
    exchange = Exchange()
    caller, called = exchange.open("7001"), exchange.open("7002")
    conn_id = exchange.talk(caller, called)
    exchange.perform(SetLink(up=False))
    caller.take()

    asked: list[Any] = [
        RequestQueryCall(conn_id=conn_id, call_info_type=CallInfoType.StatusQuery),
        RequestRegisterAddress(this_dn="7003"),
        RequestAttachUserData(this_dn="7001", conn_id=conn_id, user_data=KVList((("k", "v"),))),
    ]

    assert [type(caller.ask(request)).__name__ for request in asked] == [
        "EventPartyInfo",
        "EventRegistered",
        "EventAttachedDataChanged",
    ]


def test_telephones_ring_without_the_link() -> None:
    exchange = Exchange()
    called = exchange.open("7002")
    exchange.perform(SetLink(up=False))
    called.take()

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert called.names() == ["EventRinging"]


def test_do_not_disturb_is_one_event_of_a_dn_and_of_no_call() -> None:
    exchange = Exchange()
    desk = exchange.open("7002")

    answer = desk.ask(RequestSetDNDOn(this_dn="7002", extensions=REASONS))

    assert answer == EventDNDOn(
        reference_id=answer.reference_id,
        this_dn="7002",
        extensions=REASONS,
        customer_id="Environment",
        timein_secs=START // SECOND,
        timein_usecs=0,
        event_sequence_number=1,
    )
