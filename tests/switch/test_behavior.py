"""What phones and people outside do by themselves, and changing it while the switch runs."""

from dataclasses import replace
from typing import Any

import pytest

from tests.switch.bed import Bed, scenario_bed
from tlibproto.vocabulary import CallState, Dn, PartyState
from tlibsim.config import FarBehavior
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    FarAnswer,
    HoldCall,
    MakeCall,
    RestoreBehavior,
    SetBehavior,
)
from tlibsim.switch.facts import (
    PartyDestinationBusy,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
)
from tlibsim.switch.refusals import Reason
from tlibsim.switch.switch import Switch

OUTSIDE = "94155550190"


def phone(dn: str = "7002", **changes: Any) -> SetBehavior:
    return SetBehavior(dn=Dn(dn), **changes)


def outside(number: str = OUTSIDE, **changes: Any) -> SetBehavior:
    return SetBehavior(number=number, **changes)


def state(bed: Bed, dn: str) -> PartyState | None:
    """How the newest call is at that number, None when it is not there or there is none."""
    views = bed.switch.views()
    party = next((p for p in views[-1].parties if p.dn == dn), None) if views else None
    return None if party is None else party.state


def kinds(bed: Bed) -> list[str]:
    return [type(fact).__name__ for fact in bed.facts]


# -- phones ------------------------------------------------------------------------------------


def test_a_phone_answers_after_what_was_set() -> None:
    bed = Bed()
    bed.do(phone(answer_after=2))
    bed.ring()
    bed.wait(1.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)
    assert state(bed, "7002") is PartyState.Connected


def test_a_phone_that_rings_already_counts_from_its_first_ring() -> None:
    bed = Bed()
    bed.ring()
    bed.wait(3)
    bed.do(phone(answer_after=5))
    bed.wait(1.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)
    assert state(bed, "7002") is PartyState.Connected


def test_a_time_that_is_over_already_makes_it_answer_at_once() -> None:
    bed = Bed()
    bed.ring()
    bed.wait(10)
    bed.do(phone(answer_after=5))
    bed.wait(0)
    assert state(bed, "7002") is PartyState.Connected


def test_a_later_answer_cancels_the_earlier_one() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring()
    bed.do(phone(answer_after=6))
    bed.wait(5.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)
    assert state(bed, "7002") is PartyState.Connected


@pytest.mark.parametrize("change", [{"answer_after": None}, {"no_answer": True}])
def test_an_answer_can_be_called_off(change: dict[str, Any]) -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring()
    bed.do(phone(**change))
    bed.wait(60)
    assert state(bed, "7002") is PartyState.Alerting


def test_changing_something_else_leaves_the_answer_where_it_was() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring()
    bed.wait(1)
    bed.do(phone(talk_time=9))
    bed.wait(1)
    assert state(bed, "7002") is PartyState.Connected
    assert kinds(bed).count("PartyEstablished") == 2


def test_there_and_back_again_answers_once() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.ring()
    bed.do(phone(answer_after=5))
    bed.do(phone(answer_after=2))
    bed.wait(10)
    assert [f.side.dn for f in bed.facts if isinstance(f, PartyEstablished)].count("7002") == 1


def test_a_phone_hangs_up_after_its_talk_time_also_when_that_is_set_late() -> None:
    bed = Bed()
    bed.talk()
    bed.wait(4)
    bed.do(phone(talk_time=10))
    bed.wait(5.9)
    assert state(bed, "7002") is PartyState.Connected
    bed.wait(0.1)
    assert bed.switch.views() == []


def test_a_longer_talk_time_cancels_the_shorter_one() -> None:
    bed = Bed(dn={"7002": {"talk_time": 5.0}})
    bed.talk()
    bed.do(phone(talk_time=8))
    bed.wait(7.9)
    assert state(bed, "7002") is PartyState.Connected
    bed.do(phone(talk_time=None))
    bed.wait(100)
    assert state(bed, "7002") is PartyState.Connected


def test_a_phone_hangs_up_also_when_it_holds_the_call() -> None:
    bed = Bed(dn={"7002": {"talk_time": 5.0}})
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7002"), conn_id=conn_id))
    bed.wait(5)
    assert bed.switch.views() == []


def test_a_busy_phone_takes_no_call_until_it_is_set_free() -> None:
    bed = Bed()
    bed.do(phone(busy=True))
    bed.do(MakeCall(dn=Dn("7001"), to="7002"))
    (busy,) = [fact for fact in bed.facts if isinstance(fact, PartyDestinationBusy)]
    assert busy.call_state is CallState.Busy
    bed.do(phone(busy=False))
    bed.ring()
    assert state(bed, "7002") is PartyState.Alerting


def test_a_phone_that_declines_rings_first_and_the_caller_hears_busy() -> None:
    bed = Bed()
    bed.do(phone(reject=True, answer_after=3))
    bed.ring()
    bed.wait(2.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)
    assert bed.switch.views() == []
    (busy,) = [fact for fact in bed.facts if isinstance(fact, PartyDestinationBusy)]
    assert (busy.side.dn, busy.call_state) == ("7001", CallState.Busy)
    released = {f.side.dn: f.call_state for f in bed.facts if isinstance(f, PartyReleased)}
    assert released["7002"] is CallState.Ok


def test_declining_takes_a_second_where_nothing_else_is_said() -> None:
    bed = Bed(dn={"7002": {"reject": True}})
    bed.ring()
    bed.wait(0.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)
    assert bed.switch.views() == []


def test_a_queue_whose_only_agent_declines_goes_on_in_time() -> None:
    bed = Bed(dn={"7001": {"reject": True, "answer_after": 0.0}})
    bed.log_in("7001")
    bed.inbound("8000")
    facts = bed.wait(1)
    rung = [fact for fact in facts if isinstance(fact, PartyRinging)]
    assert len(rung) == 10
    bed.do(phone("7001", reject=False))
    bed.wait(0)
    assert state(bed, "7001") is PartyState.Connected


def test_a_queue_passes_over_a_busy_phone_and_comes_back_to_it() -> None:
    bed = Bed()
    bed.log_in("7001")
    bed.do(phone("7001", busy=True))
    bed.inbound("8000")
    assert state(bed, "8000") is PartyState.Queued
    bed.do(phone("7001", busy=False))
    assert state(bed, "7001") is PartyState.Alerting


def test_after_call_work_follows_what_was_set() -> None:
    bed = Bed()
    bed.log_in("7001")
    bed.do(phone("7001", wrap_up_time=5, answer_after=0, talk_time=3))
    bed.inbound("8000")
    bed.wait(3)
    assert "AgentBecameNotReady" in kinds(bed)
    bed.facts.clear()
    bed.wait(5)
    assert kinds(bed) == ["AgentBecameReady"]


def test_what_was_configured_can_be_restored() -> None:
    bed = Bed(dn={"7002": {"answer_after": 2.0}})
    bed.do(phone(answer_after=None, busy=True))
    bed.do(RestoreBehavior(dn=Dn("7002")))
    bed.ring()
    bed.wait(2)
    assert state(bed, "7002") is PartyState.Connected


def test_restoring_calls_off_what_was_set_for_a_call_that_rings() -> None:
    bed = Bed()
    bed.do(phone(answer_after=2))
    bed.ring()
    bed.do(RestoreBehavior(dn=Dn("7002")))
    bed.wait(60)
    assert state(bed, "7002") is PartyState.Alerting


def test_the_configuration_of_the_dn_stays_for_others_with_the_same_options() -> None:
    bed = Bed()
    bed.do(phone("7002", answer_after=1))
    bed.ring("7001", "7003")
    bed.wait(5)
    assert state(bed, "7003") is PartyState.Alerting


# -- outside -----------------------------------------------------------------------------------


def test_someone_outside_answers_and_hangs_up_by_the_options_of_the_trunk() -> None:
    bed = Bed(dn={"trunk-out": {"answer_after": 2.0, "talk_time": 5.0}})
    bed.ring("7001", OUTSIDE)
    bed.wait(2)
    assert state(bed, OUTSIDE) is PartyState.Connected
    bed.wait(5)
    assert bed.switch.views() == []


def test_a_caller_from_outside_hangs_up_after_the_talk_time_of_the_trunk() -> None:
    bed = Bed(dn={"trunk-in": {"talk_time": 5.0}})
    conn_id = bed.inbound("7001")
    bed.wait(60)
    assert state(bed, "7001") is PartyState.Alerting
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.wait(4.9)
    assert bed.switch.views() != []
    bed.wait(0.1)
    assert bed.switch.views() == []


def test_a_number_outside_may_be_busy_while_others_are_not() -> None:
    bed = Bed()
    bed.do(outside(busy=True))
    bed.do(MakeCall(dn=Dn("7001"), to=OUTSIDE))
    (busy,) = [fact for fact in bed.facts if isinstance(fact, PartyDestinationBusy)]
    assert busy.call_state is CallState.Busy
    bed.ring("7001", "94155550191")
    assert state(bed, "94155550191") is PartyState.Alerting


def test_a_number_outside_may_decline_let_ring_or_answer() -> None:
    bed = Bed(dn={"trunk-out": {"answer_after": 1.0}})
    bed.do(outside(no_answer=True))
    bed.ring("7001", OUTSIDE)
    bed.wait(30)
    assert state(bed, OUTSIDE) is PartyState.Alerting
    bed.do(outside(no_answer=False))
    bed.wait(0)
    assert state(bed, OUTSIDE) is PartyState.Connected
    bed.do(outside(talk_time=1))
    bed.wait(1)
    bed.do(outside(reject=True, answer_after=0))
    bed.ring("7001", OUTSIDE)
    bed.wait(0.1)
    assert bed.switch.views() == []


def test_patterns_of_numbers_are_configured_and_the_last_one_set_counts() -> None:
    numbers = {"9415*": FarBehavior(answer_after=1.0), "9*": FarBehavior(busy=True)}
    bed = Bed()
    bed.switch = with_numbers(bed.switch, numbers)
    bed.ring("7001", OUTSIDE)
    bed.wait(1)
    assert state(bed, OUTSIDE) is PartyState.Connected
    bed.do(outside("9*", answer_after=9, busy=False))
    bed.ring("7002", "94155550191")
    bed.wait(8.9)
    assert state(bed, "94155550191") is PartyState.Alerting
    bed.do(RestoreBehavior(number="9*"))
    bed.wait(0)
    assert state(bed, "94155550191") is PartyState.Connected


def with_numbers(switch: Switch, numbers: dict[str, FarBehavior]) -> Switch:
    from tlibsim.switch.connid import Identifiers

    return Switch(
        dns={dn: device.settings for dn, device in switch.devices.items()},
        options=replace(scenario_bed().options),
        identifiers=Identifiers(1),
        numbers=numbers,
    )


def test_an_outside_party_that_answered_by_hand_hangs_up_too() -> None:
    bed = Bed(dn={"trunk-out": {"talk_time": 3.0}})
    conn_id = bed.ring("7001", OUTSIDE)
    bed.do(FarAnswer(conn_id=conn_id))
    bed.wait(3)
    assert bed.switch.views() == []


def test_a_trunk_whose_ends_are_all_busy_still_takes_calls_from_outside() -> None:
    bed = Bed()
    bed.do(phone("trunk-in", busy=True))
    bed.do(ArriveInbound(caller="15550001", to=Dn("7001")))
    assert state(bed, "7001") is PartyState.Alerting


# -- what cannot be ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (phone("7999", busy=True), Reason.NOT_CONFIGURED),
        (SetBehavior(busy=True), Reason.NOT_CONFIGURED),
        (phone(answer_after=-1), Reason.BAD_PARAMETER),
        (outside(talk_time=-0.5), Reason.BAD_PARAMETER),
        (outside(wrap_up_time=5), Reason.BAD_PARAMETER),
        (SetBehavior(dn=Dn("7001"), number="9*", busy=True), Reason.BAD_PARAMETER),
        (RestoreBehavior(dn=Dn("7999")), Reason.NOT_CONFIGURED),
        (RestoreBehavior(dn=Dn("7001"), number="9*"), Reason.BAD_PARAMETER),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(
    command: object, reason: Reason
) -> None:
    assert Bed().refused(command) is reason
