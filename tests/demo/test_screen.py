"""The lines of the demo's screen: what the journal says, and nothing else."""

import io

import pytest

from tests.demo.stage import Stage
from tlibproto.vocabulary import Dn, KVList
from tlibsim.demo.words import shortened
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    ChangeUserData,
    DataChange,
    MakeCall,
    SetBehavior,
    SetPhoneBusy,
)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def call_of(stage: Stage, user_data: KVList) -> str:
    """One inbound call with user data; the line of its ringing."""
    stage.simulator.perform(
        ArriveInbound(caller="4155550199", to=Dn("7002"), user_data=user_data)
    )
    return "".join(stage.lines()[-1:])


def test_user_data_is_shown_without_what_a_terminal_would_obey(stage: Stage) -> None:
    line = call_of(stage, KVList.of(Name="red\x1b[31m\r\n", List=KVList.of(n=7)))
    assert line.replace("\N{REPLACEMENT CHARACTER}", "?").endswith(
        "Name=red?[31m??  List={n=7}"
    )


def test_a_long_value_loses_its_middle() -> None:
    assert shortened("a" * 20 + "b" * 20) == "a" * 12 + "..." + "b" * 12
    assert shortened("a" * 28) == "a" * 28


def test_only_what_changed_is_shown(stage: Stage) -> None:
    call_of(stage, KVList.of(A="1", B="2"))
    [call] = stage.simulator.calls()
    change = ChangeUserData(
        dn=Dn("7002"),
        conn_id=call.conn_id,
        change=DataChange.UPDATE,
        pairs=KVList.of(B="3"),
    )
    stage.simulator.perform(change)
    assert stage.lines()[-1] == "call 1  B=3  (by 7002)"


def test_a_deleted_pair_is_told(stage: Stage) -> None:
    call_of(stage, KVList.of(A="1", B="2"))
    [call] = stage.simulator.calls()
    stage.simulator.perform(
        ChangeUserData(
            dn=Dn("7002"), conn_id=call.conn_id, change=DataChange.DELETE_PAIR, key="A"
        )
    )
    assert stage.lines()[-1] == "call 1  A deleted  (by 7002)"


def test_a_client_that_answers_is_not_taken_for_the_behavior(stage: Stage) -> None:
    stage.play()
    stage.advance(1)
    stage.simulator.perform(AnswerCall(dn=Dn("7001")))
    established = [line for line in stage.lines() if "EventEstablished" in line]
    assert [line.split() for line in established] == [
        ["call", "1", "7001", "alice", "EventEstablished"]
    ]


def test_the_behavior_that_is_told_is_the_one_that_was_set_last(stage: Stage) -> None:
    stage.simulator.perform(SetBehavior(dn=Dn("7001"), answer_after=4))
    stage.play()
    stage.advance(4)
    assert any("(behavior: answers after 4 s)" in line for line in stage.lines())


def test_why_a_call_fails_is_told(stage: Stage) -> None:
    stage.simulator.perform(SetPhoneBusy(dn=Dn("7003"), busy=True))
    stage.simulator.perform(MakeCall(dn=Dn("7002"), to="7003"))
    dialing, busy = stage.lines(call=1)[:2]
    assert dialing.split() == ["call", "1", "7002", "bob", "->", "7003", "EventDialing"]
    assert busy.endswith("EventDestinationBusy  (Busy)")


def test_a_recording_that_fails_is_told_with_its_cause_and_its_alarm(stage: Stage) -> None:
    stage.backend.refuse_next("start", "the disk is full")
    stage.play()
    stage.advance(3)
    lines = stage.lines(call=1)
    assert "call 1  recording failed: the disk is full" in lines
    assert "call 1  alarm raised: recording-failed: the disk is full" in lines
    assert not any("GSIP_RECORD=On" in line for line in lines)


def test_a_screen_that_is_closed_is_told_once_and_then_left_alone() -> None:
    stage = Stage(stream=Gone())
    call_of(stage, KVList())
    call_of(stage, KVList())
    assert stage.closed == [True]
    assert not stage.simulator.journal.broken


class Gone(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError
