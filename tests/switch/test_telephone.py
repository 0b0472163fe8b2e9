"""Forwarding, do not disturb, message waiting, notes on a call (BEHAVIOUR.md 1.12, 1.17)."""

from typing import Any

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tlibproto.vocabulary import CallState, Cause, ConnId, Dn, ForwardMode
from tlibsim.switch.commands import (
    AnswerCall,
    CancelForward,
    Consult,
    MakeCall,
    Purpose,
    SetCallInfo,
    SetDnd,
    SetForward,
    SetMessageWaiting,
    SetPhoneBusy,
    SingleStepTransfer,
)
from tlibsim.switch.facts import (
    CallInfoChanged,
    DndOff,
    DndOn,
    ForwardCanceled,
    ForwardSet,
    MessageWaitingOff,
    MessageWaitingOn,
    PartyRinging,
)
from tlibsim.switch.refusals import Reason


def forward(dn: str, to: str, mode: ForwardMode = ForwardMode.Unconditional) -> SetForward:
    return SetForward(dn=Dn(dn), mode=mode, to=to)


def rung(bed: Bed, dn: str) -> PartyRinging:
    """The last ringing at the DN."""
    return [f for f in bed.told(dn) if isinstance(f, PartyRinging)][-1]


BUSY = [
    SetPhoneBusy(dn=Dn("7002"), busy=True),
    SetDnd(dn=Dn("7002"), on=True),
]


@pytest.mark.parametrize("mode", [ForwardMode.Unconditional, ForwardMode.SendAllCalls])
def test_a_call_to_a_forwarded_telephone_rings_at_the_target(mode: ForwardMode) -> None:
    bed = Bed()
    bed.do(forward("7002", "7003", mode))

    bed.ring("7001", "7002")

    ringing = rung(bed, "7003")
    assert pair(ringing) == ("7003", "RoleDestination", "7001", "RoleOrigination", "Ok")
    assert ringing.third is not None
    assert (ringing.third.dn, ringing.cause) == ("7002", Cause.Forward)
    assert bed.told("7002") == []


def test_the_caller_learns_of_the_target_when_it_answers() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))
    conn_id = bed.ring("7001", "7002")

    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))

    assert pair(bed.told("7001")[-1])[2] == "7003"


def test_call_state_forwarded_is_an_option() -> None:
    bed = Bed(forwarded_callstate=True)
    bed.do(forward("7002", "7003"))

    bed.ring("7001", "7002")

    assert rung(bed, "7003").call_state is CallState.Forwarded


def test_an_inbound_call_is_forwarded() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))

    bed.inbound("7002")

    assert pair(rung(bed, "7003"))[2] == CALLER


def test_a_call_is_forwarded_to_the_outside() -> None:
    bed = Bed()
    bed.do(forward("7002", "95550009"))

    bed.ring("7001", "7002")

    assert bed.story("7001") == ["PartyDialing", "PartyNetworkReached"]
    assert bed.newest().parties[-1].trunk == "trunk-out"


def test_a_consultation_is_forwarded() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))
    conn_id = bed.talk("7001", "7004")

    bed.do(Consult(dn=Dn("7001"), conn_id=conn_id, to="7002", purpose=Purpose.TRANSFER))

    assert rung(bed, "7003").side.other_dn == "7001"


def test_a_single_step_transfer_is_forwarded() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))
    conn_id = bed.talk("7001", "7004")

    bed.do(SingleStepTransfer(dn=Dn("7004"), conn_id=conn_id, to="7002"))

    ringing = rung(bed, "7003")
    assert ringing.third is not None
    assert (ringing.third.dn, ringing.side.other_dn) == ("7002", "7001")


@pytest.mark.parametrize("busy", BUSY)
@pytest.mark.parametrize("mode", [ForwardMode.OnBusy, ForwardMode.OnBusyAndNoAnswer])
def test_forwarding_when_busy_waits_until_it_is_busy(mode: ForwardMode, busy: object) -> None:
    bed = Bed()
    bed.do(forward("7002", "7003", mode))

    bed.ring("7001", "7002")
    bed.do(busy)
    bed.ring("7004", "7002")

    assert rung(bed, "7002").side.other_dn == "7001"
    assert rung(bed, "7003").side.other_dn == "7004"


@pytest.mark.parametrize("mode", [ForwardMode.OnNoAnswer, ForwardMode.OnBusyAndNoAnswer])
def test_forwarding_when_nobody_answers_goes_before_the_overflow(mode: ForwardMode) -> None:
    bed = Bed(no_answer_timeout=5, no_answer_overflow="7004")
    bed.do(forward("7002", "7003", mode))
    bed.ring("7001", "7002")

    bed.wait(5)

    assert bed.story("7002") == ["PartyRinging", "PartyReleased"]
    assert bed.told("7002")[-1].call_state is CallState.Forwarded
    ringing = rung(bed, "7003")
    assert ringing.third is not None
    assert ringing.third.dn == "7002"
    assert bed.story("7001") == ["PartyDialing"]


def test_forwarding_when_busy_does_not_act_on_no_answer() -> None:
    bed = Bed(no_answer_timeout=5)
    bed.do(forward("7002", "7003", ForwardMode.OnBusy))
    bed.ring("7001", "7002")

    bed.wait(5)

    assert bed.told("7002")[-1].call_state is CallState.NoAnswer
    assert bed.told("7003") == []


def test_several_forwards_are_followed_and_the_last_is_named() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))
    bed.do(forward("7003", "7004"))

    bed.ring("7001", "7002")

    ringing = rung(bed, "7004")
    assert ringing.third is not None
    assert ringing.third.dn == "7003"


@pytest.mark.parametrize(
    "forwards",
    [
        [forward("7002", "7002")],
        [forward("7002", "7003"), forward("7003", "7002")],
        [forward("7002", "666")],
    ],
)
def test_a_loop_and_a_number_that_leads_nowhere_are_invalid_destinations(
    forwards: list[SetForward],
) -> None:
    bed = Bed()
    for one in forwards:
        bed.do(one)

    bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.story("7001") == ["PartyDialing", "PartyDestinationBusy", "PartyReleased"]
    assert bed.told("7001")[-1].call_state is CallState.SitInvalidnum


def test_two_that_forward_to_each_other_without_answering_end_the_call() -> None:
    bed = Bed(no_answer_timeout=5)
    bed.do(forward("7002", "7003", ForwardMode.OnNoAnswer))
    bed.do(forward("7003", "7002", ForwardMode.OnNoAnswer))
    bed.ring("7001", "7002")

    bed.wait(60)

    assert bed.switch.views() == []
    assert bed.told("7001")[-1].call_state is CallState.SitInvalidnum


def test_a_canceled_forward_acts_no_more() -> None:
    bed = Bed()
    (was_set,) = bed.do(forward("7002", "7003"))
    (canceled,) = bed.do(CancelForward(dn=Dn("7002"), mode=ForwardMode.Unconditional))

    bed.ring("7001", "7002")

    assert was_set == ForwardSet(dn=Dn("7002"), mode=ForwardMode.Unconditional, to="7003")
    assert canceled == ForwardCanceled(dn=Dn("7002"), mode=ForwardMode.Unconditional)
    assert bed.story("7002") == ["PartyRinging"]


def test_a_new_forward_takes_the_place_of_the_old_one() -> None:
    bed = Bed()
    bed.do(forward("7002", "7003"))
    bed.do(forward("7002", "7004"))

    bed.ring("7001", "7002")

    assert bed.story("7003") == []
    assert bed.story("7004") == ["PartyRinging"]


@pytest.mark.parametrize("bad", [forward("7002", ""), forward("7002", "7003", ForwardMode(0))])
def test_a_forward_that_says_too_little_is_refused(bad: SetForward) -> None:
    assert Bed().refused(bad) is Reason.INVALID_ATTRIBUTE


def test_a_call_to_a_telephone_that_must_not_be_disturbed_finds_it_busy() -> None:
    bed = Bed()
    assert bed.do(SetDnd(dn=Dn("7002"), on=True)) == [DndOn(dn=Dn("7002"))]

    bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.story("7001") == ["PartyDialing", "PartyDestinationBusy", "PartyReleased"]
    assert bed.told("7001")[1].call_state is CallState.Busy
    assert bed.do(SetDnd(dn=Dn("7002"), on=False)) == [DndOff(dn=Dn("7002"))]


def test_one_who_must_not_be_disturbed_can_call() -> None:
    bed = Bed()
    bed.do(SetDnd(dn=Dn("7001"), on=True))

    bed.ring("7001", "7002")

    assert bed.story("7002") == ["PartyRinging"]


def test_the_lamp_goes_on_and_off() -> None:
    bed = Bed()

    on = bed.do(SetMessageWaiting(dn=Dn("7002"), on=True))
    off = bed.do(SetMessageWaiting(dn=Dn("7002"), on=False))

    assert on == [MessageWaitingOn(dn=Dn("7002"))]
    assert off == [MessageWaitingOff(dn=Dn("7002"))]


AGAIN: list[Any] = [
    forward("7002", "7003"),
    SetDnd(dn=Dn("7002"), on=True),
    SetMessageWaiting(dn=Dn("7002"), on=True),
]


@pytest.mark.parametrize("command", AGAIN)
def test_setting_what_is_set_is_refused_by_option_only(command: object) -> None:
    strict, lax = Bed(same_state="error"), Bed()
    strict.do(command)
    first = lax.do(command)

    assert strict.refused(command) is Reason.SAME_STATE
    assert lax.do(command) == first


@pytest.mark.parametrize(
    "command",
    [
        CancelForward(dn=Dn("7002")),
        SetDnd(dn=Dn("7002"), on=False),
        SetMessageWaiting(dn=Dn("7002"), on=False),
    ],
)
def test_taking_back_what_is_not_set_is_refused_by_option_only(command: object) -> None:
    assert Bed(same_state="error").refused(command) is Reason.SAME_STATE
    assert len(Bed().do(command)) == 1


@pytest.mark.parametrize(
    ("dn", "reason"), [("7999", Reason.NOT_CONFIGURED), ("8000", Reason.WRONG_OBJECT)]
)
def test_only_telephones_can_be_set(dn: str, reason: Reason) -> None:
    for command in (
        forward(dn, "7003"),
        CancelForward(dn=Dn(dn)),
        SetDnd(dn=Dn(dn), on=True),
        SetMessageWaiting(dn=Dn(dn), on=True),
    ):
        assert Bed().refused(command) is reason


def test_a_party_may_note_something_on_its_call() -> None:
    bed = Bed()
    conn_id = bed.talk()

    (fact,) = bed.do(SetCallInfo(dn=Dn("7001"), conn_id=conn_id, operation=1, other="7003"))

    assert isinstance(fact, CallInfoChanged)
    assert (fact.changed_by, fact.operation, fact.other) == ("7001", 1, "7003")


def test_one_who_is_not_on_the_call_may_not() -> None:
    bed = Bed()
    conn_id = bed.talk()

    stranger = SetCallInfo(dn=Dn("7003"), conn_id=conn_id)
    nowhere = SetCallInfo(dn=Dn("7001"), conn_id=ConnId(1))

    assert bed.refused(stranger) is Reason.NOT_ON_CALL
    assert bed.refused(nowhere) is Reason.INVALID_CONN_ID
