"""Supervision (BEHAVIOUR.md 1.18): what happens to the call and to who is on it."""

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tests.switch.supervised import AGENT, BOSS, answer, conference, supervised
from tlibproto.vocabulary import CallState, Dn, DnRole
from tlibsim.switch.commands import (
    ChangeUserData,
    ClearCall,
    CompleteConference,
    CompleteTransfer,
    Consult,
    DataChange,
    DeleteFromConference,
    FarRelease,
    HoldCall,
    Purpose,
    RedirectCall,
    ReleaseCall,
    SetListening,
    SetMute,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.refusals import Reason
from tlibsim.switch.watch import MonitorScope

# Leaving.


def test_the_agent_leaves_first() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert bed.story(AGENT) == ["PartyReleased"]
    assert bed.story(BOSS) == ["PartyDeleted", "PartyReleased"]
    deleted, released = bed.told(BOSS)
    assert pair(deleted)[2:4] == ("7001", "RoleDeletedParty")
    assert pair(released) == ("7004", "RoleObserver", CALLER, "RoleOrigination", "Ok")
    assert bed.switch.views() == []


def test_the_customer_leaves_first() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story(AGENT) == ["PartyReleased"]
    assert bed.story(BOSS) == ["PartyReleased"]
    assert bed.switch.views() == []


def test_the_agent_leaves_while_the_supervisor_rings() -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=False)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert bed.story(BOSS) == ["PartyAbandoned"]


@pytest.mark.parametrize("joined", [True, False])
def test_the_supervisor_leaves_and_only_the_agent_is_told(joined: bool) -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=joined)

    bed.do(ReleaseCall(dn=BOSS, conn_id=conn_id))

    assert bed.story(BOSS) == ["PartyReleased"]
    (deleted,) = bed.told(AGENT)
    assert pair(deleted) == (
        "7001",
        "RoleDestination",
        "7004",
        "RoleDeletedParty",
        "Ok",
    )
    assert len(bed.view(conn_id).parties) == 2


def test_a_supervisor_who_does_not_answer_is_missed_by_the_agent_only() -> None:
    bed = Bed(no_answer_timeout=5, no_answer_overflow="7003")
    conn_id = supervised(bed, joined=False)

    bed.wait(5)

    assert bed.story(BOSS) == ["PartyReleased"]
    assert bed.story(AGENT) == ["PartyDeleted"]
    assert bed.told("7003") == []
    assert len(bed.view(conn_id).parties) == 2


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (MonitorScope.CALL, ["PartyDeleted"]),
        (MonitorScope.AGENT, ["PartyDeleted", "PartyReleased"]),
    ],
)
def test_the_scope_says_whether_the_supervisor_goes_with_the_agent(
    scope: MonitorScope, left: list[str]
) -> None:
    bed = Bed()
    conn_id = conference(bed, scope=scope)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert bed.story(BOSS) == left
    assert bed.story("7002") == ["PartyDeleted"]


def test_the_default_scope_is_an_option() -> None:
    bed = Bed(default_monitor_scope="agent")
    conn_id = conference(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert bed.story(BOSS) == ["PartyDeleted", "PartyReleased"]


def test_a_call_of_which_only_one_and_the_supervisor_are_left_ends() -> None:
    bed = Bed()
    conn_id = conference(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.switch.views() == []
    assert bed.story(BOSS)[-1] == "PartyReleased"


def test_another_member_of_a_conference_leaves_and_the_supervisor_is_told() -> None:
    bed = Bed()
    conn_id = conference(bed)

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert pair(bed.told(BOSS)[0])[2:4] == ("7002", "RoleDeletedParty")
    assert bed.told(AGENT)[0].call_state is CallState.Ok


def test_a_call_that_is_cleared_is_over_for_the_supervisor_too() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(ClearCall(dn=AGENT, conn_id=conn_id))

    assert bed.story(BOSS) == ["PartyReleased"]
    assert bed.switch.views() == []


# Calls that change while they are supervised.


@pytest.mark.parametrize(
    ("scope", "heard"),
    [
        (MonitorScope.CALL, ["PartyChanged"]),
        (MonitorScope.AGENT, ["PartyChanged", "PartyReleased"]),
    ],
)
def test_a_transfer_takes_the_supervisor_along_by_scope_only(
    scope: MonitorScope, heard: list[str]
) -> None:
    bed = Bed()
    main = supervised(bed, scope=scope)
    bed.do(Consult(dn=AGENT, conn_id=main, to="7002", purpose=Purpose.TRANSFER))
    consult = bed.newest().conn_id
    answer(bed, "7002", consult)
    bed.facts.clear()

    bed.do(CompleteTransfer(dn=AGENT, conn_id=main, consult_conn_id=consult))

    assert bed.story(BOSS) == heard
    assert pair(bed.told("7002")[0])[2] == CALLER
    assert pair(bed.told(AGENT)[1])[2] == CALLER


def test_a_conference_does_not_count_or_name_the_supervisor() -> None:
    bed = Bed()
    main = supervised(bed)
    bed.do(Consult(dn=AGENT, conn_id=main, to="7002", purpose=Purpose.CONFERENCE))
    consult = bed.newest().conn_id
    answer(bed, "7002", consult)
    bed.facts.clear()

    bed.do(CompleteConference(dn=AGENT, conn_id=main, consult_conn_id=consult))

    changed = bed.told("7002")[0]
    assert changed.because is not None
    assert changed.because.extensions is not None
    assert changed.because.extensions.first("NumOfOrigDNs") == 2
    assert bed.story(BOSS) == ["PartyAdded"]


def test_a_single_step_transfer_leaves_the_supervisor_on_the_call() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(SingleStepTransfer(dn=AGENT, conn_id=conn_id, to="7002"))

    assert pair(bed.told("7002")[0])[2] == CALLER
    assert bed.story(BOSS) == ["PartyChanged"]


def test_a_supervisor_who_is_drawn_into_the_call_observes_it_no_longer() -> None:
    bed = Bed()
    main = supervised(bed)
    bed.do(Consult(dn=AGENT, conn_id=main, to=BOSS, purpose=Purpose.CONFERENCE))
    consult = bed.newest().conn_id
    answer(bed, BOSS, consult)
    bed.facts.clear()

    bed.do(CompleteConference(dn=AGENT, conn_id=main, consult_conn_id=consult))

    assert bed.story(BOSS) == ["PartyReleased", "PartyChanged"]
    roles = [party.role for party in bed.view(main).parties if party.dn == BOSS]
    assert roles == [DnRole.RoleDestination]


def test_a_call_is_transferred_to_its_supervisor() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(SingleStepTransfer(dn=AGENT, conn_id=conn_id, to=BOSS))

    assert bed.story(BOSS) == ["PartyReleased", "PartyRinging"]
    assert len(bed.view(conn_id).parties) == 2


def test_two_and_a_supervisor_are_no_conference() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    mute = SetMute(dn=AGENT, conn_id=conn_id, muted=True)
    deaf = SetListening(dn=AGENT, conn_id=conn_id, other="7004", listening=False)
    delete = DeleteFromConference(dn=AGENT, conn_id=conn_id, other=CALLER)
    throw = DeleteFromConference(dn=AGENT, conn_id=conn_id, other="7004")

    assert bed.refused(mute) is Reason.INCORRECT_STATE
    assert bed.refused(deaf) is Reason.INCORRECT_STATE
    assert bed.refused(delete) is Reason.INCORRECT_STATE
    assert bed.refused(throw) is Reason.NOT_ON_CALL


def test_a_supervisor_takes_the_call_nowhere() -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=False)
    redirect = RedirectCall(dn=BOSS, conn_id=conn_id, to="7003")
    assert bed.refused(redirect) is Reason.INCORRECT_STATE
    answer(bed, BOSS, conn_id)

    consult = Consult(dn=BOSS, conn_id=conn_id, to="7003", purpose=Purpose.TRANSFER)
    transfer = SingleStepTransfer(dn=BOSS, conn_id=conn_id, to="7003")
    ask_in = SingleStepConference(dn=BOSS, conn_id=conn_id, to="7003")

    assert [bed.refused(one) for one in (consult, transfer, ask_in)] == [
        Reason.INCORRECT_STATE
    ] * 3


def test_hold_and_retrieve_of_the_agent_do_not_disturb_the_supervisor() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(HoldCall(dn=AGENT, conn_id=conn_id))

    assert bed.told(BOSS) == []
    assert pair(bed.told(AGENT)[0])[2] == CALLER


def test_changes_of_user_data_concern_the_supervisor_as_a_party() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    (fact,) = bed.do(ChangeUserData(conn_id=conn_id, change=DataChange.DELETE_ALL))

    parties = {p.dn: p.role for p in fact.call.parties}  # type: ignore[union-attr]
    assert parties[BOSS] is DnRole.RoleObserver
