"""Supervision as clients see it (BEHAVIOUR.md 1.18, 1.19)."""

import pytest

from tests.session.exchange import Exchange, Line
from tests.switch.bed import CALLER, SECOND, START
from tlibproto.messages import (
    EventMonitoringCancelled,
    EventMonitoringNextCall,
    EventMuteOff,
    EventMuteOn,
    EventPrivateInfo,
    EventUserEvent,
    Request,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestCancelMonitoring,
    RequestMonitorNextCall,
    RequestSetMuteOff,
    RequestSetMuteOn,
)
from tlibproto.vocabulary import CallState, ConnId, Dn, DnRole, KVList, MonitorNextCallType
from tlibsim.switch.commands import AnswerCall, ArriveInbound

WATCH = RequestMonitorNextCall(
    this_dn="7004", other_dn="7001", monitor_next_call_type=MonitorNextCallType.AllCalls
)
COACH = KVList((("MonitorMode", "coach"),))


def joined(exchange: Exchange, boss: Line, agent: Line, watch: Request = WATCH) -> ConnId:
    """A call from outside that the agent has answered and the supervisor has joined."""
    boss.ask(watch)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    conn_id = exchange.switch.views()[-1].conn_id
    agent.ask(RequestAnswerCall(this_dn="7001", conn_id=conn_id))
    exchange.perform(AnswerCall(dn=Dn("7004")))
    for line in (boss, agent):
        line.take()
    return conn_id


def test_the_agreement_is_told_on_both_sides() -> None:
    exchange = Exchange()
    boss, agent = exchange.open("7004"), exchange.open("7001")

    answer = boss.ask(WATCH)

    (copy,) = agent.take()
    assert type(answer) is EventMonitoringNextCall
    assert (answer.this_dn, answer.other_dn) == ("7004", "7001")
    assert copy == EventMonitoringNextCall(
        this_dn="7001",
        other_dn="7004",
        monitor_next_call_type=MonitorNextCallType.AllCalls,
        customer_id="Environment",
        timein_secs=START // SECOND,
        timein_usecs=0,
        event_sequence_number=2,
    )


def test_the_end_of_the_agreement_is_told_on_both_sides() -> None:
    exchange = Exchange()
    boss, agent = exchange.open("7004"), exchange.open("7001")
    boss.ask(WATCH)
    agent.take()

    answer = boss.ask(RequestCancelMonitoring(this_dn="7004", other_dn="7001"))

    assert type(answer) is EventMonitoringCancelled
    assert agent.names() == ["EventMonitoringCancelled"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (RequestMonitorNextCall(this_dn="7003", other_dn="7001"), 41),
        (RequestMonitorNextCall(this_dn="7004"), 53),
        (RequestMonitorNextCall(this_dn="7004", other_dn="7999"), 59),
        (RequestMonitorNextCall(this_dn="7004", other_dn="8000"), 1141),
        (RequestCancelMonitoring(this_dn="7004"), 1161),
    ],
)
def test_a_wrong_request_is_refused(request_: Request, code: int) -> None:
    assert Exchange().open("7004").refused(request_) == code


def test_an_agent_who_is_supervised_already_is_seized() -> None:
    exchange = Exchange()
    exchange.open("7004").ask(WATCH)

    third = RequestMonitorNextCall(this_dn="7003", other_dn="7001")

    assert exchange.open("7003").refused(third) == 42


def test_the_supervisor_sees_changes_of_the_user_data() -> None:
    exchange = Exchange()
    boss, agent = exchange.open("7004"), exchange.open("7001")
    conn_id = joined(exchange, boss, agent)

    data = KVList((("k", "v"),))
    agent.ask(RequestAttachUserData(this_dn="7001", conn_id=conn_id, user_data=data))

    (changed,) = boss.take()
    assert (changed.this_dn, changed.this_dn_role) == ("7004", DnRole.RoleObserver)
    assert changed.user_data == data


@pytest.mark.parametrize(
    ("kind", "extensions", "event", "mode"),
    [
        (RequestSetMuteOff, None, EventMuteOff, "connect"),
        (RequestSetMuteOff, COACH, EventMuteOff, "coach"),
        (RequestSetMuteOn, COACH, EventMuteOn, "coach"),
        (RequestSetMuteOn, None, EventMuteOn, "mute"),
    ],
)
def test_a_change_of_mode_is_answered_and_then_told_to_both(
    kind: type[RequestSetMuteOff] | type[RequestSetMuteOn],
    extensions: KVList | None,
    event: type,
    mode: str,
) -> None:
    exchange = Exchange(sip_enable_call_info=True)
    boss, agent = exchange.open("7004"), exchange.open("7001")
    conn_id = joined(exchange, boss, agent)

    answer = boss.ask(kind(this_dn="7004", conn_id=conn_id, extensions=extensions))

    assert type(answer) is event
    for line in (boss, agent):
        inbox = line.take()
        info = next(m for m in inbox if type(m) is EventPrivateInfo)
        assert (info.private_msg_id, info.conn_id) == (4024, conn_id)
        assert info.extensions == KVList((("MonitorMode", mode),))
        assert event is type(inbox[0]) or line is agent


def test_the_mode_can_be_asked_for_with_the_agreement() -> None:
    exchange = Exchange()
    boss, agent = exchange.open("7004"), exchange.open("7001")
    extensions = KVList((("MonitorMode", "Connect"), ("MonitorScope", "agent")))

    conn_id = joined(
        exchange,
        boss,
        agent,
        RequestMonitorNextCall(this_dn="7004", other_dn="7001", extensions=extensions),
    )

    observer = exchange.switch.calls[conn_id].party_at("7004")
    assert observer is not None
    assert observer.watch is not None
    assert (observer.muted, observer.watch.scope.value) == (False, "agent")


def test_the_report_lists_parties_and_supervisors() -> None:
    exchange = Exchange(sip_enable_call_info=True)
    boss, agent = exchange.open("7004"), exchange.open("7001")
    boss.ask(WATCH)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    exchange.perform(AnswerCall(dn=Dn("7001")))
    boss.take()
    agent.take()

    exchange.perform(AnswerCall(dn=Dn("7004")))

    for line in (boss, agent):
        report = line.last(EventUserEvent)
        assert report.conn_id == exchange.switch.views()[-1].conn_id
        assert report.extensions == KVList(
            (
                ("LCTParty0", CALLER),
                ("LCTParty1", "7001"),
                ("LCTParty1_location", "SIP_Switch1"),
                ("LCTPartiesLength", 2),
                ("LCTSupervisor0", "7004"),
                ("LCTSupervisor0_location", "SIP_Switch1"),
                ("LCTSupervisor0_mode", "mute"),
                ("LCTSupervisor0_monitoredDN", "7001"),
                ("LCTSupervisorLength", 1),
            )
        )
    boss.take()
    boss.ask(RequestSetMuteOff(this_dn="7004"))
    again = boss.last(EventUserEvent)
    assert again.extensions is not None
    assert not again.extensions.has("LCTSupervisor0_mode")


def test_an_established_supervisor_is_bridged() -> None:
    exchange = Exchange()
    boss, agent = exchange.open("7004"), exchange.open("7001")
    boss.ask(WATCH)
    exchange.perform(ArriveInbound(caller=CALLER, to=Dn("7001")))
    exchange.perform(AnswerCall(dn=Dn("7001")))
    boss.take()
    exchange.perform(AnswerCall(dn=Dn("7004")))

    (established,) = boss.take()

    assert established.call_state == CallState.Bridged
    assert (established.this_dn_role, established.other_dn) == (DnRole.RoleObserver, CALLER)
    assert agent.names()[-1] == "EventPartyAdded"


def test_a_supervisor_is_neither_recorded_nor_the_end_of_a_recording() -> None:
    exchange = Exchange(
        dn={"7001": {"record": True}, "7004": {"record": True}}, msml_record_support=True
    )
    boss, agent = exchange.open("7004"), exchange.open("7001")

    joined(exchange, boss, agent)

    (trace,) = exchange.desk.traces()
    assert trace.record_dn == "7001"
