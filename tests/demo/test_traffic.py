"""The calls of the demo, one after the other, in stepped time."""

import pytest

from tests.demo.stage import Stage
from tlibproto.vocabulary import Dn
from tlibsim.demo.traffic import PATIENCE_S, SCRIPTS
from tlibsim.switch.commands import (
    FarRelease,
    MakeCall,
    ReleaseCall,
    SetOutOfService,
    SetPhoneBusy,
)
from tlibsim.switch.refusals import RequestRefused

LONG_ENOUGH_S = 20.0


@pytest.fixture
def stage() -> Stage:
    return Stage()


def play_all(stage: Stage) -> None:
    for _ in SCRIPTS:
        playing = stage.play()
        stage.advance(LONG_ENOUGH_S)
        assert playing.called


def test_every_call_ends_and_no_recording_goes_on(stage: Stage) -> None:
    play_all(stage)
    assert list(stage.simulator.calls()) == []
    assert stage.simulator.settled()
    assert not stage.simulator.journal.broken


def test_the_first_call_is_plain_and_recorded(stage: Stage) -> None:
    play_all(stage)
    queued, ringing, established, state, released = stage.lines(call=1)
    assert queued == "call 1  4155550100 -> 8001  EventQueued"
    assert ringing.startswith("call 1  8001 -> 7001 alice  EventRinging      CustomerID=4711")
    assert established.endswith("EventEstablished  (behavior: answers after 2 s)")
    assert state.startswith("call 1  GSIP_RECORD=On  GSIP_REC_FN=")
    assert released.split() == ["call", "1", "7001", "alice", "EventReleased"]


def test_the_second_call_is_routed_to_its_agent_by_a_rule(stage: Stage) -> None:
    play_all(stage)
    asked, rule, data, ringing, *_ = stage.lines(call=2)
    assert asked == "call 2  4155550123 -> 5001  EventRouteRequest"
    assert rule.split(maxsplit=3)[2:] == [
        "5001",
        "rule: gold customers have an agent of their own",
    ]
    assert data == "call 2  RoutedBy=gold  (by 5001)"
    assert ringing.startswith("call 2  5001 -> 7001 alice  EventRinging")


def test_the_third_call_hears_music_and_is_sent_by_the_queue_to_who_is_idle(
    stage: Stage,
) -> None:
    play_all(stage)
    lines = stage.lines(call=3)
    assert [line.split()[-2:] for line in lines[2:4]] == [
        ["EventTreatmentApplied", "Music"],
        ["EventTreatmentEnd", "Music"],
    ]
    assert lines[4] == "call 3  4155550177 -> 8001  EventQueued"
    assert lines[5].startswith("call 3  8001 -> 7002 bob    EventRinging")


def test_the_second_call_pauses_its_recording(stage: Stage) -> None:
    play_all(stage)
    states = [line for line in stage.lines(call=2) if "GSIP_RECORD" in line]
    assert [line.split("GSIP_RECORD=")[1].split()[0] for line in states] == [
        "On",
        "Paused",
        "On",
    ]


def test_the_third_call_gets_user_data_from_the_agent(stage: Stage) -> None:
    play_all(stage)
    assert "call 3  Reason=delivery  (by 7002)" in stage.lines(call=3)


def test_the_fourth_caller_gives_up_and_nothing_is_recorded(stage: Stage) -> None:
    play_all(stage)
    assert [line.split()[-1] for line in stage.lines(call=4)][-1] == "EventAbandoned"
    calls = {trace.conn_id for trace in stage.simulator.traces()}
    assert len(calls) < len(SCRIPTS)


def test_the_fifth_call_is_held_retrieved_and_gets_a_digit(stage: Stage) -> None:
    play_all(stage)
    text = "\n".join(stage.lines(call=5))
    held, retrieved, digits = (
        text.index(word) for word in ("EventHeld", "EventRetrieved", "EventDtmfSent")
    )
    assert held < retrieved < digits
    assert "digits 1" in text


def test_after_the_last_script_comes_the_first_again(stage: Stage) -> None:
    play_all(stage)
    stage.play()
    assert "4155550100 -> 8001" in stage.lines(call=len(SCRIPTS) + 1)[0]


def test_a_call_that_a_client_ends_takes_the_rest_of_its_script_along(stage: Stage) -> None:
    playing = stage.play()
    stage.advance(4)
    [call] = stage.simulator.calls()
    stage.simulator.perform(ReleaseCall(dn=Dn("7001"), conn_id=call.conn_id))
    stage.advance(LONG_ENOUGH_S)
    assert playing.result == call.conn_id
    assert list(stage.simulator.calls()) == []


def test_a_call_that_ends_while_it_rings_is_over(stage: Stage) -> None:
    playing = stage.play()
    stage.advance(1)
    [call] = stage.simulator.calls()
    stage.simulator.perform(FarRelease(conn_id=call.conn_id))
    stage.turn()
    assert playing.result == call.conn_id


def test_a_queue_that_takes_no_call_is_told(stage: Stage) -> None:
    stage.simulator.perform(SetOutOfService(dn=Dn("8001")))
    failures: list[type[BaseException]] = []
    stage.play().addErrback(lambda failure: failures.append(failure.type))
    assert failures == [RequestRefused]


def test_a_caller_whom_nobody_answers_hangs_up_in_the_end(stage: Stage) -> None:
    for dn in ("7001", "7002"):
        stage.simulator.perform(SetPhoneBusy(dn=Dn(dn), busy=True))
    playing = stage.play()
    stage.advance(PATIENCE_S - 1)
    assert not playing.called
    stage.advance(1)
    assert playing.called
    assert stage.lines()[-1].endswith("EventAbandoned")


def test_hanging_up_ends_every_call_whoever_made_it(stage: Stage) -> None:
    stage.play()
    stage.simulator.perform(MakeCall(dn=Dn("7002"), to="7003"))
    stage.advance(3)
    stage.traffic.hang_up()
    stage.turn()
    assert list(stage.simulator.calls()) == []
    assert stage.simulator.settled()
