"""Situations in which a switch can be, and what people do afterwards."""

from collections.abc import Callable

from tests.snapshots.bench import CALLER, Bench
from tlibproto.vocabulary import Dn, ForwardMode, KVList, TreatmentType, WideText
from tlibsim.recording.commands import (
    PauseRecording,
    RecordSide,
    ResumeRecording,
    StartRecording,
)
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
    HoldCall,
    MakeCall,
    MakePredictiveCall,
    MonitorNextCall,
    PressDigits,
    Purpose,
    ReleaseCall,
    ReserveAgent,
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


def everything_after(bench: Bench) -> None:
    """What people do next: it shows whether timers, errands and plans are still there."""
    bench.advance(3)
    bench.try_to(*TALK)
    bench.advance(12)
    for view in tuple(bench.server.calls()):
        for dn in ("7001", "7002"):
            bench.try_to(CompleteTransfer(dn=Dn(dn), conn_id=view.conn_id))
        bench.try_to(
            ResumeRecording(dn=Dn("7002"), conn_id=view.conn_id, record_id="mine"),
            PressDigits(conn_id=view.conn_id, digits="12#"),
        )
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
