"""Call monitoring (BEHAVIOUR.md 3.6)."""

from typing import Any

import pytest

from tests.session.exchange import Exchange, Line
from tests.switch.bed import CALLER, START
from tlibproto.messages import (
    Event,
    EventACK,
    EventCallCreated,
    EventCallDataChanged,
    EventCallDeleted,
    EventCallPartyAdded,
    EventCallPartyDeleted,
    EventCallPartyMoved,
    EventCallPartyState,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestCompleteConference,
    RequestCompleteTransfer,
    RequestHoldCall,
    RequestInitiateConference,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestReleaseCall,
    RequestSetInputMask,
    RequestSingleStepTransfer,
    RequestStartCallMonitoring,
    RequestStopCallMonitoring,
)
from tlibproto.vocabulary import (
    CallType,
    ConnId,
    Dn,
    KVList,
    MessageId,
    PartyState,
    RegModeMask,
    mask_of,
)
from tlibsim.switch.commands import ArriveInbound


def monitor(exchange: Exchange, mask: int | None = RegModeMask.Default) -> Line:
    """A client that monitors; what it was told at the start is forgotten."""
    line = exchange.open(name="mon")
    line.ask(RequestStartCallMonitoring(register_mode=mask))
    line.take()
    return line


def story(line: Line) -> list[tuple[Any, ...]]:
    """What came, in short: the event, whose, and the state."""
    short = []
    for event in line.take():
        kind = type(event).__name__.removeprefix("EventCall")
        state = event.party_state
        short.append((kind,) if event.this_dn is None else (kind, event.this_dn, state))
    return short


def consulted(exchange: Exchange, initiate: Any) -> tuple[Line, ConnId, ConnId]:
    """7002 talks to 7001 and to 7003, which it consults."""
    one, two, three = (exchange.open(dn) for dn in ("7001", "7002", "7003"))
    conn = exchange.talk(one, two)
    second = two.ask(initiate(this_dn="7002", conn_id=conn, other_dn="7003")).conn_id
    three.ask(RequestAnswerCall(this_dn="7003", conn_id=second))
    return two, conn, second


def test_monitoring_is_acknowledged_and_needs_no_registered_dn() -> None:
    line = Exchange().open()

    assert type(line.ask(RequestStartCallMonitoring())) is EventACK
    assert type(line.ask(RequestStopCallMonitoring())) is EventACK


def test_a_simple_call_is_told_from_its_creation_to_its_end() -> None:
    exchange = Exchange()
    one, two = exchange.open("7001"), exchange.open("7002")
    mon = monitor(exchange)

    conn = one.ask(RequestMakeCall(this_dn="7001", other_dn="7002")).conn_id
    assert story(mon) == [
        ("Created",),
        ("PartyAdded", "7001", PartyState.Dialing),
        ("PartyAdded", "7002", PartyState.Alerting),
    ]
    two.ask(RequestAnswerCall(this_dn="7002", conn_id=conn))
    assert story(mon) == [
        ("PartyState", "7001", PartyState.Connected),
        ("PartyState", "7002", PartyState.Connected),
    ]
    two.ask(RequestHoldCall(this_dn="7002", conn_id=conn))
    assert story(mon) == [("PartyState", "7002", PartyState.Held)]
    one.ask(RequestReleaseCall(this_dn="7001", conn_id=conn))
    assert story(mon) == [
        ("PartyDeleted", "7001", PartyState.Null),
        ("PartyDeleted", "7002", PartyState.Null),
        ("Deleted",),
    ]


def test_a_created_call_shows_its_identity_numbers_and_data() -> None:
    exchange = Exchange()
    mon = monitor(exchange)
    data = KVList.of(k="v")

    exchange.perform(
        ArriveInbound(caller=CALLER, to=Dn("7001"), dnis="8005551000", user_data=data)
    )
    created = mon.last(EventCallCreated)
    call = exchange.switch.views()[0]

    assert (created.call_uuid, created.conn_id) == (call.call_uuid, call.conn_id)
    assert (created.call_id, created.call_type) == (call.call_id, CallType.Inbound)
    assert (created.ani, created.dnis, created.user_data) == (CALLER, "8005551000", data)
    assert created.customer_id == "Environment"
    assert created.is_link_list is None
    assert created.dialed_number is None
    assert created.cm_time_stamp == (START // 1_000_000) << 32
    assert created.reference_id is None


def test_the_dialed_number_is_told_of_an_outgoing_call() -> None:
    exchange = Exchange()
    one = exchange.open("7001")
    exchange.wait(0.5)
    mon = monitor(exchange)

    one.ask(RequestMakeCall(this_dn="7001", other_dn="915551234"))

    assert mon.last(EventCallCreated).dialed_number == "915551234"
    assert mon.last(EventCallCreated).cm_time_stamp & 0xFFFFFFFF == 500_000


def test_a_party_outside_has_party_events_with_its_number() -> None:
    exchange = Exchange()
    mon = monitor(exchange)

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    added = [m for m in mon.take() if type(m) is EventCallPartyAdded]
    assert [m.this_dn for m in added] == [CALLER, "7001"]
    assert added[1].ref_party == added[0].party_uuid
    assert len({m.party_uuid for m in added}) == 2


def test_a_party_event_names_the_call_by_its_uuid() -> None:
    exchange = Exchange()
    mon = monitor(exchange)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert {m.call_uuid for m in mon.take()} == {exchange.switch.views()[0].call_uuid}


def test_changed_user_data_is_told_alone() -> None:
    exchange = Exchange()
    one, two = exchange.open("7001"), exchange.open("7002")
    conn = exchange.talk(one, two)
    mon = monitor(exchange)

    pairs = KVList.of(a="b")
    one.ask(RequestAttachUserData(this_dn="7001", conn_id=conn, user_data=pairs))

    (changed,) = mon.take()
    assert type(changed) is EventCallDataChanged
    assert (changed.conn_id, changed.user_data) == (conn, pairs)
    assert (changed.call_type, changed.ani, changed.dnis) == (None, None, None)


@pytest.mark.parametrize("order", ["consult-first", "main-first"])
def test_a_completed_transfer_moves_the_consulted_party_and_merges_the_calls(
    order: str,
) -> None:
    exchange = Exchange(transfer_release_order=order)
    two, conn, second = consulted(exchange, RequestInitiateTransfer)
    main, consult = (exchange.switch.call(one) for one in (conn, second))
    assert main is not None
    assert consult is not None
    mon = monitor(exchange)

    two.ask(RequestCompleteTransfer(this_dn="7002", conn_id=conn, transfer_conn_id=second))

    events = mon.take()
    moved = next(m for m in events if type(m) is EventCallPartyMoved)
    assert (moved.this_dn, moved.call_uuid) == ("7003", consult.call_uuid)
    assert moved.new_call_uuid == main.call_uuid
    deleted = [m for m in events if type(m) is EventCallPartyDeleted]
    assert sorted(m.call_uuid for m in deleted) == sorted([main.call_uuid, consult.call_uuid])
    assert {m.this_dn for m in deleted} == {"7002"}
    end = events[-1]
    assert type(end) is EventCallDeleted
    assert (end.call_uuid, end.ref_call_uuid) == (consult.call_uuid, main.call_uuid)
    assert len(events) == 4
    asked = consult.party("7002")
    assert asked is not None
    assert moved.ref_party == asked.uuid


def test_a_completed_conference_moves_the_new_party() -> None:
    exchange = Exchange()
    two, conn, second = consulted(exchange, RequestInitiateConference)
    mon = monitor(exchange)

    two.ask(RequestCompleteConference(this_dn="7002", conn_id=conn, conference_conn_id=second))

    told = story(mon)
    assert told[0][:2] == ("PartyMoved", "7003")
    assert told[1][:2] == ("PartyDeleted", "7002")
    assert told[-1] == ("Deleted",)
    assert ("PartyState", "7002", PartyState.Connected) in told


def test_a_single_step_transfer_is_a_party_that_leaves_and_one_that_comes() -> None:
    exchange = Exchange()
    one, two = exchange.open("7001"), exchange.open("7002")
    conn = exchange.talk(one, two)
    before = exchange.switch.call(conn)
    assert before is not None
    mon = monitor(exchange)

    two.ask(RequestSingleStepTransfer(this_dn="7002", conn_id=conn, other_dn="7003"))

    gone, new = mon.take()
    assert (type(gone), gone.this_dn) == (EventCallPartyDeleted, "7002")
    assert (type(new), new.this_dn) == (EventCallPartyAdded, "7003")
    asked = before.party("7002")
    assert asked is not None
    assert new.ref_party == asked.uuid


def test_a_consultation_call_names_the_call_it_was_made_for() -> None:
    exchange = Exchange()
    one, two = exchange.open("7001"), exchange.open("7002")
    conn = exchange.talk(one, two)
    mon = monitor(exchange)

    two.ask(RequestInitiateTransfer(this_dn="7002", conn_id=conn, other_dn="7003"))

    main = exchange.switch.call(conn)
    assert main is not None
    assert mon.last(EventCallCreated).original_call_uuid == main.call_uuid


def test_a_call_that_fails_at_once_is_created_and_deleted() -> None:
    exchange = Exchange()
    one = exchange.open("7001")
    mon = monitor(exchange)

    one.ask(RequestMakeCall(this_dn="7001", other_dn="nobody"))

    names = [row[0] for row in story(mon)]
    assert (names[0], names[-1]) == ("Created", "Deleted")
    assert names.count("PartyAdded") == names.count("PartyDeleted") == 1


def test_calls_that_exist_are_told_after_the_answer() -> None:
    exchange = Exchange()
    exchange.talk(exchange.open("7001"), exchange.open("7002"))
    line = exchange.open(name="mon")

    line.ask(RequestStartCallMonitoring(register_mode=RegModeMask.Default))

    assert line.names() == [
        "EventACK",
        "EventCallCreated",
        "EventCallPartyAdded",
        "EventCallPartyAdded",
    ]


NO_SYNC = [
    RegModeMask.NoSync,
    RegModeMask.DefaultNoSync,
    RegModeMask.NoPartyEventsNoSync,
    RegModeMask.NoInternalPartyEventsNoSync,
]


@pytest.mark.parametrize("mask", NO_SYNC)
def test_a_no_sync_mask_tells_nothing_of_calls_that_exist(mask: RegModeMask) -> None:
    exchange = Exchange()
    exchange.talk(exchange.open("7001"), exchange.open("7002"))
    line = exchange.open(name="mon")

    line.ask(RequestStartCallMonitoring(register_mode=mask))

    assert line.names() == ["EventACK"]


def kinds(mask: RegModeMask | None) -> set[type[Event]]:
    exchange = Exchange()
    mon = monitor(exchange, mask)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    line = exchange.open("7001")
    line.ask(RequestAnswerCall(this_dn="7001", conn_id=exchange.switch.views()[0].conn_id))
    return {type(m) for m in mon.take()}


def test_no_party_events_leaves_the_call_events() -> None:
    assert kinds(RegModeMask.NoPartyEvents) == {EventCallCreated}


def test_no_call_events_leaves_the_party_events() -> None:
    assert kinds(RegModeMask.NoCallEvents) == {EventCallPartyAdded, EventCallPartyState}


def test_without_a_mask_everything_comes() -> None:
    assert kinds(None) == kinds(RegModeMask.Default) == kinds(RegModeMask.Monitor)


def test_no_internal_party_events_leaves_those_of_parties_outside() -> None:
    exchange = Exchange()
    mon = monitor(exchange, RegModeMask.NoInternalPartyEvents)

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert [m.this_dn for m in mon.take()] == [None, CALLER]


def test_nothing_comes_after_the_stop() -> None:
    exchange = Exchange()
    mon = monitor(exchange)
    mon.ask(RequestStopCallMonitoring())
    mon.take()

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert mon.take() == []


def test_who_comes_back_is_told_of_the_calls_of_that_moment() -> None:
    exchange = Exchange()
    first = monitor(exchange)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    first.disconnect()
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7002")))

    second = exchange.open(name="mon")
    second.ask(RequestStartCallMonitoring())

    assert second.names().count("EventCallCreated") == 2


def test_the_input_mask_of_a_client_holds_for_call_events_as_well() -> None:
    exchange = Exchange()
    mon = monitor(exchange)
    mon.ask(RequestSetInputMask(input_mask=mask_of({int(MessageId.EventCallDeleted)})))
    mon.take()

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert mon.take() == []


def test_every_event_has_a_number_of_its_own() -> None:
    exchange = Exchange()
    desk, mon = exchange.open("7001"), monitor(exchange)

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    numbers = [m.event_sequence_number for m in (*mon.take(), *desk.take())]
    assert len(numbers) == len(set(numbers)) == 4
    assert max(numbers) - min(numbers) == 3


def test_two_clients_get_the_same_bytes() -> None:
    exchange = Exchange()
    one, two = monitor(exchange), monitor(exchange)
    one.raw = two.raw = b""

    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert one.raw == two.raw != b""
