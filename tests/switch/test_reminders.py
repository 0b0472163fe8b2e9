"""Phones that answer and hang up by themselves: deadlines of the switch (BEHAVIOUR.md 8)."""

import pytest

from tests.switch.bed import SECOND, START, Bed
from tlibproto.vocabulary import Dn, PartyState
from tlibsim.switch.commands import AnswerCall, FarRelease, HoldCall, MakeCall, ReleaseCall


def state(bed: Bed, dn: str) -> PartyState:
    device = bed.switch.device(dn)
    assert device is not None
    return device.parties[0].state if device.parties else PartyState.Null


def test_answer_after_picks_up_by_itself() -> None:
    bed = Bed(dn={"7002": {"answer_after": 3.0}})
    bed.ring()

    bed.wait(2.9)
    assert state(bed, "7002") is PartyState.Alerting
    bed.wait(0.1)

    assert bed.story("7002") == ["PartyRinging", "PartyEstablished"]
    assert bed.story("7001") == ["PartyDialing", "PartyEstablished"]


def test_answer_after_0_answers_on_the_next_turn_and_not_inside_the_request() -> None:
    bed = Bed(dn={"7002": {"answer_after": 0.0}})

    bed.ring()

    assert state(bed, "7002") is PartyState.Alerting
    assert bed.switch.next_deadline() == bed.now
    bed.wait(0)
    assert state(bed, "7002") is PartyState.Connected


def test_an_answer_by_hand_comes_before_that_of_the_phone() -> None:
    bed = Bed(dn={"7002": {"answer_after": 3.0}})
    conn_id = bed.ring()
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.wait(10) == []


def test_a_reminder_to_answer_does_nothing_when_the_call_is_over() -> None:
    bed = Bed(dn={"7002": {"answer_after": 3.0}})
    conn_id = bed.ring()
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.wait(10) == []


def test_a_reminder_to_answer_is_for_its_own_ringing_only() -> None:
    bed = Bed(
        no_answer_timeout=2,
        dn={
            "7002": {"answer_after": 3.0, "no_answer_overflow": "7003"},
            "7003": {"no_answer_timeout": 0.5, "no_answer_overflow": "7002"},
        },
    )
    bed.ring()

    bed.wait(3)

    assert bed.story("7002") == ["PartyRinging", "PartyReleased", "PartyRinging"]
    assert state(bed, "7002") is PartyState.Alerting


def test_talk_time_hangs_up_by_itself_once_it_has_answered() -> None:
    bed = Bed(dn={"7002": {"answer_after": 1.0, "talk_time": 5.0}})
    bed.ring()

    bed.wait(5.9)
    assert state(bed, "7002") is PartyState.Connected
    bed.wait(0.1)

    assert bed.story("7001") == ["PartyDialing", "PartyEstablished", "PartyReleased"]
    assert not bed.switch.views()


def test_talk_time_does_not_count_while_it_rings() -> None:
    bed = Bed(dn={"7002": {"talk_time": 5.0}})
    conn_id = bed.ring()
    bed.wait(60)
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.wait(4.9) == []
    bed.wait(0.1)
    assert bed.story("7002")[-1] == "PartyReleased"


def test_talk_time_hangs_up_a_held_call_as_well() -> None:
    bed = Bed(dn={"7002": {"talk_time": 5.0}})
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    bed.wait(5)

    assert bed.story("7001") == ["PartyHeld", "PartyReleased"]


def test_talk_time_of_the_caller_does_not_matter() -> None:
    bed = Bed(dn={"7001": {"talk_time": 1.0}})
    bed.talk()

    assert bed.wait(60) == []


def test_a_trunk_answers_after_its_own_time() -> None:
    bed = Bed(dn={"trunk-out": {"answer_after": 4.0}})
    bed.ring(b="95550002")

    bed.wait(4)

    assert bed.story("7001") == ["PartyDialing", "PartyNetworkReached", "PartyEstablished"]


def test_a_caller_outside_can_give_up_before_the_phone_answers() -> None:
    bed = Bed(dn={"7001": {"answer_after": 4.0}})
    conn_id = bed.inbound("7001")
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.wait(10) == []


def test_what_comes_due_happens_in_the_order_of_time_and_then_of_asking() -> None:
    bed = Bed(
        dn={
            "7002": {"answer_after": 2.0},
            "7003": {"answer_after": 1.0},
            "7004": {"answer_after": 1.0},
        }
    )
    for called in ("7002", "7003", "7004"):
        bed.do(MakeCall(dn=Dn("7001"), to=called))
    bed.facts.clear()

    bed.wait(2)

    answered = [f.side.other_dn for f in bed.told("7001")]
    assert answered == ["7003", "7004", "7002"]


@pytest.mark.parametrize("late", [0, 7])
def test_the_next_deadline_is_the_earliest_one(late: int) -> None:
    bed = Bed(dn={"7002": {"answer_after": 5.0}, "7003": {"answer_after": 2.0}})
    bed.ring("7001", "7002")
    bed.ring("7004", "7003")

    assert bed.switch.next_deadline() == START + 2 * SECOND
    bed.wait(2)
    assert bed.switch.next_deadline() == START + 5 * SECOND
    bed.wait(3 + late)
    assert bed.switch.next_deadline() is None


def test_nothing_is_due_before_its_time() -> None:
    bed = Bed(dn={"7002": {"answer_after": 5.0}})
    bed.ring()
    at = bed.switch.next_deadline()
    assert at is not None

    assert bed.switch.due(type(at)(at - 1)) is None
    assert bed.switch.due(at) is not None
    assert bed.switch.due(at) is None
