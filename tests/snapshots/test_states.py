"""Whatever goes on in a switch: a snapshot brings exactly that state back, and it goes on alike."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.snapshots.bench import CALLER, RUNNING, Bench
from tlibproto.vocabulary import Dn, ForwardMode, KVList, TreatmentType, WideText
from tlibsim.net.clock import BEGIN
from tlibsim.recording.commands import PauseRecording, RecordSide, StartRecording
from tlibsim.switch.commands import (
    AgentLogin,
    AgentNotReady,
    AgentReady,
    AnswerCall,
    ApplyTreatment,
    ArriveInbound,
    Because,
    ChangeUserData,
    CollectDigits,
    CompleteConference,
    CompleteTransfer,
    Consult,
    DataChange,
    FarAnswer,
    FarRelease,
    GiveAccessNumber,
    HoldCall,
    MakeCall,
    MakePredictiveCall,
    MonitorNextCall,
    NetworkConsult,
    PressDigits,
    Purpose,
    ReleaseCall,
    ReserveAgent,
    RetrieveCall,
    RouteCall,
    SetBehavior,
    SetDnd,
    SetForward,
    SetInService,
    SetLink,
    SetListening,
    SetMessageWaiting,
    SetMute,
    SetOutOfService,
    SetPhoneBusy,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.watch import MonitorMode, MonitorScope

TALK = (
    AnswerCall(dn=Dn("7001")),
    AnswerCall(dn=Dn("7002")),
    AnswerCall(dn=Dn("7003")),
    AnswerCall(dn=Dn("7004")),
)
A_DAY_US = 86_400_000_000


def everything_after(bench: Bench) -> None:
    """What people do next: it shows whether timers, errands and plans are still there."""
    bench.advance(3)
    bench.try_to(*TALK)
    bench.advance(12)
    for view in tuple(bench.server.calls()):
        for dn in ("7001", "7002"):
            bench.try_to(CompleteTransfer(dn=Dn(dn), conn_id=view.conn_id))
        bench.try_to(PressDigits(conn_id=view.conn_id, digits="12#"))
        bench.try_to(FarAnswer(conn_id=view.conn_id))
    bench.try_to(ArriveInbound(caller="4155550199", to=Dn("8000")), *TALK)
    bench.advance(100)
    for view in tuple(bench.server.calls()):
        bench.try_to(FarRelease(conn_id=view.conn_id))
    bench.try_to(
        *(one for dn in ("7001", "7002", "7003", "7004") for one in _meddling(Dn(dn))),
        SetBehavior(number="91555*", busy=True, answer_after=7),
        SetBehavior(dn=Dn("trunk-out"), answer_after=9),
    )
    bench.advance(4000)


def _meddling(dn: Dn) -> tuple[object, ...]:
    """Whatever can be set at a telephone becomes something else."""
    return (
        AgentLogin(dn=dn, agent_id=f"9{dn}", queue=Dn("8000"), work_mode=3),
        AgentNotReady(dn=dn, work_mode=2),
        SetPhoneBusy(dn=dn, busy=dn != "7001"),
        SetDnd(dn=dn, on=dn != "7003"),
        SetMessageWaiting(dn=dn, on=dn != "7002"),
        SetForward(dn=dn, mode=ForwardMode.OnBusy, to="8000"),
        SetBehavior(dn=dn, answer_after=3, talk_time=1, reject=True),
        MonitorNextCall(dn=dn, agent="7002"),
        SetInService(dn=dn) if dn == "7004" else SetOutOfService(dn=dn),
    )


# -- situations ---------------------------------------------------------------------------------


def nothing(_: Bench) -> None:
    """A switch that has just begun."""


def mid_transfer(bench: Bench) -> None:
    data = KVList(
        [
            ("account", "A-77"),
            ("priority", 5),
            ("key", b"\x00\xff"),
            ("wide", WideText("Ω")),
            ("list", KVList([("inner", -1), ("inner", "twice")])),
        ]
    )
    bench.mid_transfer(user_data=data)


def consulting(bench: Bench) -> None:
    made = bench.talking("7001")
    bench.do(Consult(dn=Dn("7001"), conn_id=made, to="7003", purpose=Purpose.CONFERENCE))


def conference(bench: Bench) -> None:
    made = bench.mid_transfer()
    bench.do(
        CompleteConference(dn=Dn("7001"), conn_id=made),
        SetMute(dn=Dn("7002"), conn_id=made, muted=True),
        SetListening(dn=Dn("7001"), conn_id=made, other=CALLER, listening=False),
        SingleStepConference(dn=Dn("7001"), conn_id=made, to="7003"),
    )


def after_a_transfer(bench: Bench) -> None:
    made = bench.mid_transfer()
    bench.do(CompleteTransfer(dn=Dn("7001"), conn_id=made))


def blind_transfer_rings(bench: Bench) -> None:
    made = bench.talking("7001")
    bench.do(
        Consult(dn=Dn("7001"), conn_id=made, to="7002", purpose=Purpose.TRANSFER),
        CompleteTransfer(dn=Dn("7001"), conn_id=made),
    )


def single_step_rings(bench: Bench) -> None:
    made = bench.talking("7001")
    bench.do(SingleStepTransfer(dn=Dn("7001"), conn_id=made, to="7002"))


def ringing(bench: Bench) -> None:
    bench.inbound("7001")
    bench.advance(2)


def dialing_out(bench: Bench) -> None:
    bench.do(MakeCall(dn=Dn("7001"), to="915550001"))


def busy_tone(bench: Bench) -> None:
    bench.do(SetPhoneBusy(dn=Dn("7002"), busy=True), MakeCall(dn=Dn("7001"), to="7002"))


def agents(bench: Bench) -> None:
    bench.login("1001", "7001", work_mode=3)
    bench.login("1002", "7002")
    bench.login("1003", "7003", queue=None)
    lunch = Because(reasons=KVList([("ReasonCode", "Lunch"), ("since", 12)]))
    bench.do(
        AgentReady(dn=Dn("7001"), work_mode=3),
        AgentNotReady(dn=Dn("7002"), work_mode=4, because=lunch),
        ReserveAgent(agent_id="1001", seconds=30, priority=2),
    )


def after_call_work(bench: Bench) -> None:
    bench.login("1001", "7001")
    bench.do(AgentReady(dn=Dn("7001"), work_mode=3))
    made = bench.inbound("8000")
    bench.do(AnswerCall(dn=Dn("7001")))
    bench.advance(5)
    bench.do(ReleaseCall(dn=Dn("7001"), conn_id=made))
    bench.advance(4)


def queue_with_calls(bench: Bench) -> None:
    bench.login("1001", "7001")
    bench.login("1002", "7002")
    for _ in range(4):
        bench.inbound("8000")
    bench.do(AgentReady(dn=Dn("7001"), work_mode=3))
    bench.advance(1)


def routing_point(bench: Bench) -> None:
    bench.inbound("5000")
    bench.advance(1)


def collecting_digits(bench: Bench) -> None:
    made = bench.inbound("5000")
    bench.do(
        CollectDigits(dn=Dn("5000"), conn_id=made, count=3, terminators="#", timeout=20),
        PressDigits(conn_id=made, digits="1"),
    )


def hearing_music(bench: Bench) -> None:
    made = bench.inbound("5000")
    music = KVList([("DURATION", 30)])
    bench.do(
        ApplyTreatment(
            dn=Dn("5000"),
            conn_id=made,
            treatment=TreatmentType.PlayAnnouncement,
            parameters=music,
        )
    )


def routed_and_ringing(bench: Bench) -> None:
    made = bench.inbound("5000")
    bench.do(
        RouteCall(
            dn=Dn("5000"),
            conn_id=made,
            to="7001",
            because=Because(extensions=KVList([("NO_ANSWER_TIMEOUT", 5)])),
        )
    )


def predictive(bench: Bench) -> None:
    bench.do(MakePredictiveCall(dn=Dn("8000"), to="915550002", seconds=40))


def telephones(bench: Bench) -> None:
    bench.do(
        SetForward(dn=Dn("7001"), mode=ForwardMode.Unconditional, to="7002"),
        SetDnd(dn=Dn("7003"), on=True),
        SetMessageWaiting(dn=Dn("7002"), on=True),
        SetOutOfService(dn=Dn("7004")),
        SetPhoneBusy(dn=Dn("7001"), busy=True),
    )


def behaviors(bench: Bench) -> None:
    bench.do(
        SetBehavior(dn=Dn("7002"), answer_after=2.5, talk_time=20),
        SetBehavior(dn=Dn("trunk-out"), answer_after=1),
        SetBehavior(number="91555*", busy=True),
        MakeCall(dn=Dn("7001"), to="7002"),
    )
    bench.advance(1)


def supervised(bench: Bench) -> None:
    bench.do(
        MonitorNextCall(
            dn=Dn("7004"),
            agent="7001",
            once=False,
            mode=MonitorMode.COACH,
            scope=MonitorScope.AGENT,
        )
    )
    bench.talking("7001")


def link_down(bench: Bench) -> None:
    bench.talking("7001")
    bench.do(SetLink(up=False))


def recorded(bench: Bench) -> None:
    made = bench.talking("7002")
    bench.advance(3)
    bench.do(
        StartRecording(
            dn=Dn("7002"),
            conn_id=made,
            side=RecordSide.SOURCE,
            record_id="mine",
            params=(("a", "1"),),
        )
    )
    bench.advance(3)


def recording_paused(bench: Bench) -> None:
    recorded(bench)
    (view,) = bench.server.calls()
    bench.do(PauseRecording(dn=Dn("7002"), conn_id=view.conn_id, record_id="mine"))
    bench.advance(3)


def recordings_over(bench: Bench) -> None:
    recorded(bench)
    (view,) = bench.server.calls()
    bench.do(ReleaseCall(dn=Dn("7002"), conn_id=view.conn_id))
    bench.talking("7001")


def recording_held(bench: Bench) -> None:
    made = bench.talking("7001")
    bench.do(HoldCall(dn=Dn("7001"), conn_id=made))


def faults(bench: Bench) -> None:
    add = bench.server.faulting.add
    add({"name": "late", "kind": "delay", "event": "EventACK", "delay": "2s", "for": "60s"})
    add({"name": "half", "kind": "drop", "event": "EventRinging", "probability": 0.5})
    add({"name": "away", "kind": "dn-out-of-service", "dn": "7003", "for": "50s"})
    add({"name": "no-media", "kind": "media-service", "for": "10s"})
    add({"name": "busy", "kind": "sip", "code": 486, "count": 2})


def changed_data(bench: Bench) -> None:
    made = bench.mid_transfer()
    bench.do(
        ChangeUserData(
            conn_id=made,
            change=DataChange.ATTACH,
            dn=Dn("7001"),
            pairs=KVList([("note", "x" * 200)]),
        )
    )


Situation = Callable[[Bench], None]
PLAIN: tuple[Situation, ...] = (
    nothing,
    mid_transfer,
    consulting,
    conference,
    after_a_transfer,
    single_step_rings,
    ringing,
    dialing_out,
    busy_tone,
    agents,
    after_call_work,
    queue_with_calls,
    routing_point,
    collecting_digits,
    hearing_music,
    routed_and_ringing,
    predictive,
    telephones,
    behaviors,
    supervised,
    link_down,
    recorded,
    recording_paused,
    recordings_over,
    recording_held,
    faults,
    changed_data,
)
RECORDED = {"dn": {"7001": {"record": True}}}
WORK = {
    "options": {
        "wrap-up-time": 30,
        "acd-ring-timeout": 10,
        "auto-logout-timeout": 5,
        "sip-enable-two-party-mute": True,
        "sip-enable-call-info": True,
    }
}
LATE = {"options": {"divert-on-ringing": False, "after-routing-timeout": 20}}
OTHER_WAYS = {
    "options": {
        "sst-partychanged": "answer",
        "blind-established-to-held": True,
        "busy-release-delay": 5,
        "consult-user-data": "joint",
    }
}
SFB = {
    "profile": "sfb",
    "remote-recording": {"uri-pattern": "[sip]:{rec{DDD}}{@recorder.example}"},
    **RECORDED,
}


def check(bench: Bench, situation: Situation) -> None:
    """Save, go on, load: the state is the same, and so is what follows."""
    situation(bench)
    before, document, mark = bench.state(), bench.save(), len(bench.facts())
    everything_after(bench)
    first = bench.facts()[mark:]
    bench.load(document)
    assert bench.state() == before
    mark = len(bench.facts())
    everything_after(bench)
    second = bench.facts()[mark:]
    assert second == first
    bench.load(document)
    assert bench.state() == before
    assert bench.bugs() == []


@pytest.mark.parametrize("situation", PLAIN)
def test_a_state_comes_back_and_goes_on_alike(situation: Situation) -> None:
    check(Bench({**RECORDED, **WORK}), situation)


@pytest.mark.parametrize("situation", [routed_and_ringing, routing_point, collecting_digits])
def test_so_does_a_call_that_stays_at_its_routing_point_while_it_rings(
    situation: Situation,
) -> None:
    check(Bench(LATE), situation)


@pytest.mark.parametrize(
    "situation", [single_step_rings, blind_transfer_rings, busy_tone, mid_transfer]
)
def test_so_does_what_other_options_leave_to_be_done_later(situation: Situation) -> None:
    check(Bench(OTHER_WAYS), situation)


@pytest.mark.parametrize("situation", [mid_transfer, recorded, recordings_over, ringing])
def test_so_does_the_profile_with_numbers_for_its_legs(situation: Situation) -> None:
    check(Bench(SFB), situation)


@pytest.mark.parametrize("situation", [mid_transfer, recordings_over, ringing])
def test_so_does_a_call_that_is_recorded_before_anybody_asks(situation: Situation) -> None:
    check(Bench({"options": {"prerecord": True, "prerecord-grace": 60}}), situation)


def test_so_does_a_consultation_in_the_network() -> None:
    def consulted(bench: Bench) -> None:
        made = bench.talking("7001")
        bench.do(NetworkConsult(dn=Dn("7001"), conn_id=made, to="7002"))

    check(Bench({"options": {"network": True}}), consulted)


def test_so_does_the_built_in_router_in_the_middle_of_its_plan() -> None:
    routing = {
        "rules": [
            {
                "point": "5000",
                "treatment": {"kind": "music", "seconds": 6, "parameters": {"MUSIC_DN": "1"}},
                "to": [{"dn": "7001", "percent": 50}, {"dn": "7002"}, {"agent": "1003"}],
                "attach": {"by": "rule"},
            }
        ]
    }
    check(Bench({"routing": routing}), routing_point)


def test_so_does_a_dn_that_nobody_had_configured() -> None:
    def adopted(bench: Bench) -> None:
        from tlibsim.config import DnSettings

        bench.server.switch.adopt(DnSettings(dn="7777"))
        bench.do(MakeCall(dn=Dn("7777"), to="7002"))

    bench = Bench({"options": {"accept-unknown-dn": True}})
    check(bench, adopted)


SECOND = {
    "second-site": {
        "server": "SIPServer2",
        "switch": "SIP_Switch2",
        "dns": {"8801": {"type": "DN"}, "trunk-in": {"type": "Trunk", "prefix": ""}},
        "recordings": {"backend": "null"},
    }
}


def test_so_does_a_call_to_the_other_switch_of_the_process() -> None:
    def crossing(bench: Bench) -> None:
        made = bench.talking("7001", user_data=KVList([("a", 1)]))
        bench.do(
            Consult(
                dn=Dn("7001"),
                conn_id=made,
                to="8801",
                purpose=Purpose.TRANSFER,
                location="SIP_Switch2",
            ),
            GiveAccessNumber(
                dn=Dn("7002"), to="8801", location="SIP_Switch2", number="600", reference=7
            ),
        )

    check(Bench(SECOND), crossing)


# -- what makes that so -------------------------------------------------------------------------


def _bare_numbers(value: Any, place: str) -> list[tuple[str, int]]:
    if isinstance(value, dict):
        inner = [(f"{place}.{key}", one) for key, one in value.items()]
        if set(value) == {"random"}:
            return []
    elif isinstance(value, list):
        inner = [(place, one) for one in value]
    else:
        near = isinstance(value, int) and abs(value - BEGIN) < A_DAY_US
        return [(place, value)] if near else []
    return [found for name, one in inner for found in _bare_numbers(one, name)]


@pytest.mark.parametrize("situation", PLAIN)
def test_every_instant_is_kept_relative_to_the_time_of_the_snapshot(
    situation: Situation,
) -> None:
    bench = Bench({**RECORDED, **WORK})
    situation(bench)
    document = bench.save()
    document.pop("clock")
    assert _bare_numbers(document, "") == []


def test_a_held_call_is_retrieved_with_the_identifiers_that_it_had() -> None:
    bench = Bench()
    made = bench.talking("7001")
    bench.do(HoldCall(dn=Dn("7001"), conn_id=made))
    document = bench.save()
    bench.do(FarRelease(conn_id=made))
    bench.load(document)
    bench.do(RetrieveCall(dn=Dn("7001"), conn_id=made))
    (view,) = bench.server.calls()
    assert (view.conn_id, view.call_id) == (made, 1)


def test_the_next_call_has_the_same_identifiers_after_each_loading() -> None:
    bench = Bench()
    bench.talking("7001")
    document = bench.save()
    first = bench.inbound("7002")
    bench.load(document)
    assert bench.inbound("7003") == first
    bench.load(document)
    assert bench.inbound("7002") == first


def test_an_agent_is_in_the_same_place_of_the_line_of_those_who_wait() -> None:
    bench = Bench()
    for number, dn in (("1001", "7001"), ("1002", "7002"), ("1003", "7003")):
        bench.login(number, dn)
        bench.do(AgentReady(dn=Dn(dn), work_mode=3))
    bench.do(AgentNotReady(dn=Dn("7001")), AgentReady(dn=Dn("7001"), work_mode=3))
    document = bench.save()
    bench.do(AgentNotReady(dn=Dn("7002")), AgentLogin(dn=Dn("7004"), agent_id="1004"))
    bench.load(document)
    bench.inbound("8000")
    (view,) = bench.server.calls()
    assert "7002" in {party.dn for party in view.parties}


# -- time that runs -----------------------------------------------------------------------------


def _without_times(bench: Bench, mark: int) -> list[str]:
    return [re.sub(r"\b\d{16}\b", "T", text) for text in bench.facts()[mark:]]


@pytest.mark.parametrize("situation", [ringing, queue_with_calls, behaviors, after_call_work])
def test_where_time_runs_what_is_due_is_as_far_away_as_it_was(situation: Situation) -> None:
    bench = Bench(WORK, clock=RUNNING)
    situation(bench)
    document, mark = bench.save(), len(bench.facts())
    everything_after(bench)
    first = _without_times(bench, mark)
    later = bench.server.clock.now()
    bench.load(document)
    assert bench.server.clock.now() >= later
    mark = len(bench.facts())
    everything_after(bench)
    assert _without_times(bench, mark) == first
    assert bench.bugs() == []


def test_a_call_that_has_rung_for_five_seconds_rings_as_long_as_it_would_have() -> None:
    bench = Bench({"options": {"no-answer-timeout": 12}}, clock=RUNNING)
    bench.inbound("7001")
    bench.advance(5)
    document = bench.save()
    bench.advance(3600)
    bench.load(document)
    (view,) = bench.server.calls()
    rung = (bench.server.clock.now() - view.party("7001").since) / 1_000_000
    assert 5 <= rung < 5.5
    bench.advance(6)
    assert bench.server.calls()
    bench.advance(1.5)
    assert not bench.server.calls()


def test_time_that_stood_still_is_as_it_was_and_stands_still_again() -> None:
    bench = Bench()
    document, before = bench.save(), bench.server.clock.now()
    bench.advance(8 * 3600)
    bench.server.run_clock(1.0)
    bench.load(document)
    assert (bench.server.clock.now(), bench.server.clock.speed) == (before, 0.0)
