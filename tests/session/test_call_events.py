"""Calls as clients see them: who gets which event, and what is in it (BEHAVIOUR.md 0.2, 1)."""

import pytest

from tests.session.exchange import Exchange
from tests.switch.bed import CALLER, SECOND, START
from tlibproto.messages import (
    EventDialing,
    EventError,
    EventEstablished,
    EventRinging,
    RequestAnswerCall,
    RequestHoldCall,
    RequestMakeCall,
    RequestRedirectCall,
    RequestReleaseCall,
    RequestRetrieveCall,
    RequestSendDtmf,
)
from tlibproto.vocabulary import (
    CallState,
    CallType,
    Cause,
    ConnId,
    Dn,
    DnRole,
    KVList,
    ReferenceId,
)
from tlibsim.recording.desk import Steps
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    ChangeUserData,
    DataChange,
    FarAnswer,
    FarRelease,
    MakeCall,
)

MAKE = RequestMakeCall(this_dn="7001", other_dn="7002")


def test_dialing_has_all_that_a_call_event_has() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    exchange.wait(1.5)

    dialing = line.ask(MAKE)

    (call,) = exchange.switch.views()
    assert dialing == EventDialing(
        reference_id=dialing.reference_id,
        conn_id=call.conn_id,
        call_id=call.call_id,
        call_uuid=call.call_uuid,
        call_type=CallType.Internal,
        call_state=CallState.Ok,
        this_dn="7001",
        this_dn_role=DnRole.RoleOrigination,
        other_dn="7002",
        other_dn_role=DnRole.RoleDestination,
        ani="7001",
        dnis="7002",
        customer_id="Environment",
        timein_secs=START // SECOND + 1,
        timein_usecs=500_000,
        event_sequence_number=1,
    )


def test_ringing_has_the_same_call_from_the_other_side() -> None:
    exchange = Exchange()
    line = exchange.open("7002")

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    (ringing,) = line.take()
    (call,) = exchange.switch.views()
    assert ringing == EventRinging(
        conn_id=call.conn_id,
        call_id=call.call_id,
        call_uuid=call.call_uuid,
        call_type=CallType.Internal,
        call_state=CallState.Ok,
        this_dn="7002",
        this_dn_role=DnRole.RoleDestination,
        other_dn="7001",
        other_dn_role=DnRole.RoleOrigination,
        ani="7001",
        dnis="7002",
        customer_id="Environment",
        timein_secs=START // SECOND,
        timein_usecs=0,
        event_sequence_number=1,
    )


def test_a_whole_call_between_two_desks() -> None:
    exchange = Exchange()
    a, b = exchange.open("7001"), exchange.open("7002")
    conn_id = a.ask(MAKE).conn_id
    assert (a.names(), b.names()) == (["EventDialing"], ["EventRinging"])

    b.ask(RequestAnswerCall(this_dn="7002", conn_id=conn_id))
    assert (a.names(), b.names()) == (["EventEstablished"], ["EventEstablished"])

    b.ask(RequestHoldCall(this_dn="7002", conn_id=conn_id))
    assert (a.names(), b.names()) == ([], ["EventHeld"])

    b.ask(RequestRetrieveCall(this_dn="7002", conn_id=conn_id))
    assert (a.names(), b.names()) == ([], ["EventRetrieved"])

    a.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))
    assert (a.names(), b.names()) == (["EventReleased"], ["EventReleased"])


def test_a_client_on_both_dns_gets_both_sides_and_one_of_them_answers() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    conn_id = line.ask(MAKE).conn_id
    line.take()

    line.ask(RequestAnswerCall(this_dn="7002", conn_id=conn_id))

    answers = {message.this_dn: message.reference_id for message in line.take()}
    assert answers["7001"] is None
    assert answers["7002"] is not None


def test_two_clients_on_a_dn_get_the_same_event_and_one_of_them_the_number() -> None:
    exchange = Exchange()
    asking, watching = exchange.open("7001"), exchange.open("7001")

    answer = asking.ask(MAKE)

    (copy,) = watching.take()
    assert copy.reference_id is None
    assert dict(copy.present()) == {
        name: value for name, value in answer.present() if name != "reference_id"
    }


def test_the_number_of_a_request_is_in_one_event_alone() -> None:
    exchange = Exchange()
    asking = exchange.open("7001", "7002", "7003")
    watching = exchange.open("7001", "7002", "7003")

    asking.ask(RequestMakeCall(this_dn="7001", other_dn="666"))

    assert [m.reference_id is not None for m in asking.inbox] == [True, False, False]
    assert asking.names() == watching.names()


def test_refid_in_copies_puts_the_number_on_every_copy() -> None:
    exchange = Exchange(refid_in_copies=True)
    asking, watching = exchange.open("7001"), exchange.open("7001")

    answer = asking.ask(MAKE)

    (copy,) = watching.take()
    assert copy.reference_id == answer.reference_id


def test_refid_in_copies_does_not_touch_other_events() -> None:
    exchange = Exchange(refid_in_copies=True)
    asking, watching = exchange.open("7001"), exchange.open("7002")

    asking.ask(MAKE)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7002")))

    assert [message.reference_id for message in watching.take()] == [None, None]


def test_refid_in_copies_never_copies_the_number_that_the_client_drops() -> None:
    exchange = Exchange(refid_in_copies=True)
    asking, watching = exchange.open("7001"), exchange.open("7001")

    asking.send(
        RequestMakeCall(this_dn="7001", other_dn="7002", reference_id=ReferenceId(2147483647))
    )

    assert [m.reference_id for m in asking.take() + watching.take()] == [None, None]


def test_a_dn_that_nobody_watches_costs_no_sequence_number() -> None:
    exchange = Exchange()
    line = exchange.open("7002")

    exchange.perform(MakeCall(dn=Dn("7001"), to="7002"))

    assert [message.event_sequence_number for message in line.take()] == [1]


def test_the_sequence_number_is_one_counter_for_all_dns_and_calls() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    conn_id = exchange.talk(line, line)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    line.ask(RequestReleaseCall(this_dn="7001", conn_id=conn_id))

    numbers = [message.event_sequence_number for message in line.take()]

    assert numbers == [5, 6, 7]


def test_an_inbound_call_tells_nothing_to_a_dn_with_the_number_of_the_caller() -> None:
    exchange = Exchange()
    called, same_number = exchange.open("7001"), exchange.open("7002")

    exchange.perform(ArriveInbound(caller="7002", to=Dn("7001"), dnis="8005551000"))

    assert same_number.take() == []
    (ringing,) = called.take()
    assert (ringing.ani, ringing.dnis, ringing.call_type) == ("7002", "8005551000", 2)


def test_an_abandoned_call_replaces_released() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    conn_id = line.take()[0].conn_id

    exchange.perform(FarRelease(conn_id=conn_id))

    (abandoned,) = line.inbox
    assert (abandoned.other_dn, abandoned.call_state) == (CALLER, 0)
    assert line.names() == ["EventAbandoned"]


def test_an_outbound_call_reaches_the_network_before_it_is_answered() -> None:
    exchange = Exchange()
    line = exchange.open("7001")
    dialing = line.ask(RequestMakeCall(this_dn="7001", other_dn="95550002"))

    exchange.perform(FarAnswer(conn_id=dialing.conn_id))

    assert dialing.call_type is CallType.Outbound
    assert line.names() == ["EventDialing", "EventNetworkReached", "EventEstablished"]


def test_a_failed_call_tells_the_reason_as_call_state() -> None:
    line = Exchange().open("7001")

    line.ask(RequestMakeCall(this_dn="7001", other_dn="666"))

    events = line.take()
    assert [type(event).__name__ for event in events] == [
        "EventDialing",
        "EventDestinationBusy",
        "EventReleased",
    ]
    assert [event.call_state for event in events] == [0, 11, 11]


def test_user_data_is_absent_until_there_is_some() -> None:
    exchange = Exchange()
    line = exchange.open("7001")

    without = line.ask(MAKE)
    data = KVList((("k", 1),))
    with_data = line.ask(RequestMakeCall(this_dn="7001", other_dn="7003", user_data=data))

    assert "user_data" not in dict(without.present())
    assert with_data.user_data == data


def test_user_data_of_the_call_request_causes_no_event_of_its_own() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")

    line.ask(RequestMakeCall(this_dn="7001", other_dn="7002", user_data=KVList((("k", 1),))))

    assert line.names() == ["EventDialing", "EventRinging"]


def test_reasons_and_extensions_come_back_in_the_answer() -> None:
    exchange = Exchange()
    line, other = exchange.open("7001"), exchange.open("7002")
    reasons, extensions = KVList((("r", 1),)), KVList((("e", "x"),))

    answer = line.ask(
        RequestMakeCall(this_dn="7001", other_dn="7002", reasons=reasons, extensions=extensions)
    )

    assert (answer.reasons, answer.extensions) == (reasons, extensions)
    (ringing,) = other.take()
    assert ringing.reasons is ringing.extensions is None


def test_dtmf_carries_the_digits() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    conn_id = exchange.talk(line, line)

    answer = line.ask(RequestSendDtmf(this_dn="7001", conn_id=conn_id, dtmf_digits="4711#"))

    assert answer.dtmf_digits == "4711#"
    assert line.names() == ["EventDtmfSent"]


def test_a_phone_that_is_picked_up_answers_without_a_number() -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002")
    conn_id = line.ask(MAKE).conn_id
    line.take()

    exchange.perform(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert {type(m) for m in line.inbox} == {EventEstablished}
    assert [m.reference_id for m in line.take()] == [None, None]


def test_a_call_that_answers_itself_does_so_when_time_has_passed() -> None:
    exchange = Exchange(dn={"7002": {"answer_after": 2.0, "talk_time": 3.0}})
    line = exchange.open("7001")
    line.ask(MAKE)

    exchange.wait(5)

    events = line.take()
    assert [type(event).__name__ for event in events] == [
        "EventDialing",
        "EventEstablished",
        "EventReleased",
    ]
    assert [event.timein_secs - START // SECOND for event in events] == [0, 2, 5]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestMakeCall(this_dn="7001"), 71),
        (RequestMakeCall(this_dn="7001", other_dn=""), 71),
        (RequestMakeCall(this_dn="7003", other_dn="7002"), 41),
        (RequestMakeCall(other_dn="7002"), 53),
        (RequestMakeCall(this_dn="8000", other_dn="7002"), 1141),
        (RequestHoldCall(this_dn="7001"), 56),
        (RequestHoldCall(this_dn="7001", conn_id=ConnId(99)), 56),
        (RequestAnswerCall(this_dn="7001", conn_id=ConnId(99)), 56),
        (RequestAnswerCall(this_dn="7001"), 56),
        (RequestReleaseCall(this_dn="7001"), 56),
        (RequestSendDtmf(this_dn="7001", conn_id=ConnId(99), dtmf_digits="1"), 56),
    ],
)
def test_a_request_that_cannot_be_gets_its_code(request_: RequestMakeCall, code: int) -> None:
    exchange = Exchange()
    line = exchange.open("7001", "8000")

    assert line.refused(request_) == code
    assert not exchange.switch.views()
    assert len(line.inbox) == 1


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestHoldCall(this_dn="7003"), 1162),
        (RequestRetrieveCall(this_dn="7001"), 1161),
        (RequestAnswerCall(this_dn="7002"), 1167),
        (RequestAnswerCall(this_dn="7003"), 1167),
        (RequestSendDtmf(this_dn="7001", dtmf_digits="hello"), 302),
        (RequestSendDtmf(this_dn="7001"), 302),
        (RequestSendDtmf(this_dn="7003", dtmf_digits="1"), 1162),
    ],
)
def test_a_request_that_does_not_fit_the_call_gets_its_code(
    request_: RequestHoldCall, code: int
) -> None:
    exchange = Exchange()
    line = exchange.open("7001", "7002", "7003")
    conn_id = exchange.talk(line, line)
    kind = type(request_)

    values = dict(request_.present()) | {"conn_id": conn_id}
    error = line.ask(kind(**values))

    assert (type(error), error.error_code, error.conn_id) == (EventError, code, conn_id)
    assert len(line.inbox) == 1


def test_max_calls_of_the_caller_is_error_83() -> None:
    exchange = Exchange(dn={"7001": {"max_calls": 1}})
    line = exchange.open("7001")
    line.ask(MAKE)

    assert line.refused(MAKE) == 83


def test_invalid_dest_error_is_error_71_and_no_call() -> None:
    exchange = Exchange(invalid_dest="error")
    line = exchange.open("7001")

    assert line.refused(RequestMakeCall(this_dn="7001", other_dn="666")) == 71
    assert len(line.inbox) == 1


@pytest.mark.parametrize(("emit", "cause"), [(False, None), (True, Cause.Redirect)])
def test_the_cause_is_told_when_the_option_asks_for_it(emit: bool, cause: Cause | None) -> None:
    exchange = Exchange(emit_cause=emit)
    line, target = exchange.open("7001", "7002"), exchange.open("7003")
    conn_id = line.ask(MAKE).conn_id

    line.ask(RequestRedirectCall(this_dn="7002", conn_id=conn_id, other_dn="7003"))

    (ringing,) = target.take()
    assert (type(ringing), ringing.cause) == (EventRinging, cause)


def test_the_hub_wakes_for_the_earliest_of_calls_and_keep_alives() -> None:
    exchange = Exchange(dn={"7002": {"answer_after": 2.0}})
    line = exchange.open("7001")
    line.poll("I", (3000).to_bytes(3, "big"))
    assert exchange.hub.next_deadline() == START + 3 * SECOND

    line.ask(MAKE)
    assert exchange.hub.next_deadline() == START + 2 * SECOND
    exchange.wait(2)

    assert exchange.hub.next_deadline() == START + 3 * SECOND
    assert line.names()[-1] == "EventEstablished"


def test_what_the_desk_asks_for_too_late_is_not_done_and_is_no_bug() -> None:
    exchange = Exchange()
    too_late = ChangeUserData(conn_id=ConnId(99), change=DataChange.DELETE_ALL)

    exchange.hub._work_off(Steps(commands=(too_late,)), exchange.now)

    assert exchange.journal.broken is False
