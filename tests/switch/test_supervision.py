"""Supervision (BEHAVIOUR.md 1.18)."""

from typing import Any

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tlibproto.vocabulary import CallState, ConnId, Dn, DnRole, PartyState
from tlibsim.switch.commands import (
    AnswerCall,
    CancelMonitoring,
    ChangeUserData,
    ClearCall,
    CompleteConference,
    CompleteTransfer,
    Consult,
    DataChange,
    DeleteFromConference,
    FarRelease,
    HoldCall,
    MonitorNextCall,
    Purpose,
    RedirectCall,
    ReleaseCall,
    SetListening,
    SetMute,
    SetPhoneBusy,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.facts import (
    MonitoringBegun,
    MonitoringCanceled,
    MonitorModeChanged,
    ParticipantsReported,
    PartyFact,
)
from tlibsim.switch.refusals import Reason
from tlibsim.switch.watch import MonitorMode, MonitorScope

AGENT, BOSS = Dn("7001"), Dn("7004")


def watch(agent: str = AGENT, boss: str = BOSS, **attributes: Any) -> MonitorNextCall:
    return MonitorNextCall(dn=Dn(boss), agent=agent, **attributes)


def answer(bed: Bed, dn: str, conn_id: ConnId) -> None:
    bed.do(AnswerCall(dn=Dn(dn), conn_id=conn_id))


def supervised(bed: Bed, *, joined: bool = True, **attributes: Any) -> ConnId:
    """A call from outside to the agent with the supervisor in it; facts are forgotten."""
    bed.do(watch(**attributes))
    conn_id = bed.inbound(AGENT)
    answer(bed, AGENT, conn_id)
    if joined:
        answer(bed, BOSS, conn_id)
    bed.facts.clear()
    return conn_id


def conference(bed: Bed, **attributes: Any) -> ConnId:
    """The same with 7002 as a third party."""
    conn_id = supervised(bed, **attributes)
    bed.do(SingleStepConference(dn=AGENT, conn_id=conn_id, to="7002"))
    answer(bed, "7002", conn_id)
    bed.facts.clear()
    return conn_id


def names(bed: Bed, dn: str) -> list[str]:
    return bed.story(dn)


# The agreement.


def test_supervisor_and_agent_are_told_of_the_agreement() -> None:
    facts = Bed().do(watch())

    assert facts == [
        MonitoringBegun(dn=BOSS, other=AGENT, once=True),
        MonitoringBegun(dn=AGENT, other=BOSS, once=True),
    ]


def test_a_second_wish_for_another_agent_cancels_the_first() -> None:
    bed = Bed()
    bed.do(watch("7001"))

    facts = bed.do(watch("7002"))

    assert [(type(f), f.dn) for f in facts if not isinstance(f, PartyFact)] == [  # type: ignore[union-attr]
        (MonitoringCanceled, "7004"),
        (MonitoringCanceled, "7001"),
        (MonitoringBegun, "7004"),
        (MonitoringBegun, "7002"),
    ]


def test_an_agent_has_one_supervisor() -> None:
    bed = Bed()
    bed.do(watch("7001", "7004"))

    assert bed.refused(watch("7001", "7003")) is Reason.SEIZED


def test_the_same_wish_may_be_said_again() -> None:
    bed = Bed()
    bed.do(watch())

    facts = bed.do(watch(once=False))

    assert [type(fact) for fact in facts] == [MonitoringBegun, MonitoringBegun]


def test_a_canceled_wish_joins_no_call() -> None:
    bed = Bed()
    bed.do(watch())
    facts = bed.do(CancelMonitoring(dn=BOSS))

    answer(bed, AGENT, bed.inbound(AGENT))

    assert [(type(f), f.dn) for f in facts] == [  # type: ignore[union-attr]
        (MonitoringCanceled, "7004"),
        (MonitoringCanceled, "7001"),
    ]
    assert bed.told(BOSS) == []


@pytest.mark.parametrize("agent", ["", "7002"])
def test_only_what_was_wished_can_be_canceled(agent: str) -> None:
    bed = Bed()
    if agent:
        bed.do(watch())

    assert bed.refused(CancelMonitoring(dn=BOSS, agent=agent)) is Reason.INCORRECT_STATE


@pytest.mark.parametrize(
    ("agent", "reason"),
    [
        ("", Reason.INVALID_ATTRIBUTE),
        ("7004", Reason.INVALID_ATTRIBUTE),
        ("7999", Reason.NOT_CONFIGURED),
        ("8000", Reason.WRONG_OBJECT),
    ],
)
def test_only_another_telephone_can_be_supervised(agent: str, reason: Reason) -> None:
    assert Bed().refused(watch(agent)) is reason


# Joining.


def test_the_supervisor_rings_when_the_agent_answers() -> None:
    bed = Bed()
    bed.do(watch())
    conn_id = bed.inbound(AGENT)
    assert bed.told(BOSS) == []

    answer(bed, AGENT, conn_id)

    assert names(bed, AGENT) == ["PartyRinging", "PartyEstablished", "PartyAdded"]
    added = pair(bed.told(AGENT)[-1])
    assert added == ("7001", "RoleDestination", "7004", "RoleObserver", "Bridged")
    (ringing,) = bed.told(BOSS)
    assert pair(ringing) == ("7004", "RoleObserver", CALLER, "RoleOrigination", "Bridged")


def test_the_supervisor_answers_and_listens() -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=False)

    answer(bed, BOSS, conn_id)

    (established,) = bed.told(BOSS)
    assert pair(established) == (
        "7004",
        "RoleObserver",
        CALLER,
        "RoleOrigination",
        "Bridged",
    )
    assert bed.told(AGENT) == []
    observer = bed.switch.calls[conn_id].party_at(BOSS)
    assert observer is not None
    assert observer.muted


def test_a_call_that_the_agent_makes_is_supervised_when_it_is_answered() -> None:
    bed = Bed()
    bed.do(watch())

    conn_id = bed.ring("7001", "7002")
    answer(bed, "7002", conn_id)

    assert pair(bed.told(BOSS)[0])[2] == "7002"
    assert names(bed, AGENT) == ["PartyDialing", "PartyEstablished", "PartyAdded"]
    assert names(bed, "7002") == ["PartyRinging", "PartyEstablished"]


def test_one_call_is_one_call_and_all_calls_are_all() -> None:
    for once, heard in ((True, 0), (False, 1)):
        bed = Bed()
        conn_id = supervised(bed, once=once)
        bed.do(FarRelease(conn_id=conn_id))
        bed.facts.clear()

        answer(bed, AGENT, bed.inbound(AGENT))

        assert names(bed, BOSS).count("PartyRinging") == heard


@pytest.mark.parametrize("enabled", [True, False])
def test_a_running_call_is_joined_at_once_if_the_option_says_so(enabled: bool) -> None:
    bed = Bed(intrusion_enabled=enabled)
    answer(bed, AGENT, bed.inbound(AGENT))

    bed.do(watch())

    assert names(bed, BOSS) == (["PartyRinging"] if enabled else [])


def test_internal_calls_are_left_alone_if_the_option_says_so() -> None:
    bed = Bed(monitor_internal_calls=False)
    bed.do(watch())

    bed.talk("7002", "7001")
    answer(bed, AGENT, bed.inbound(AGENT))

    assert names(bed, BOSS) == ["PartyRinging"]


@pytest.mark.parametrize(
    ("which", "dialed", "called"),
    [
        ("none", False, False),
        ("orig", True, False),
        ("dest", False, True),
        ("all", True, True),
    ],
)
def test_consultations_are_supervised_as_the_option_says(
    which: str, dialed: bool, called: bool
) -> None:
    for agent, is_heard in (("7002", dialed), ("7001", called)):
        bed = Bed(monitor_consult_calls=which, intrusion_enabled=False)
        main = bed.talk("7003", "7002")
        bed.do(watch(agent))
        bed.do(Consult(dn=Dn("7002"), conn_id=main, to="7001", purpose=Purpose.TRANSFER))

        answer(bed, "7001", bed.newest().conn_id)

        assert bool(bed.told(BOSS)) is is_heard


def test_a_supervisor_who_is_busy_waits_for_the_next_call() -> None:
    bed = Bed()
    bed.do(watch())
    bed.do(SetPhoneBusy(dn=BOSS, busy=True))
    conn_id = bed.inbound(AGENT)
    answer(bed, AGENT, conn_id)
    bed.do(FarRelease(conn_id=conn_id))
    bed.do(SetPhoneBusy(dn=BOSS, busy=False))

    answer(bed, AGENT, bed.inbound(AGENT))

    assert names(bed, BOSS) == ["PartyRinging"]


def test_a_call_between_agent_and_supervisor_is_no_case_for_supervision() -> None:
    bed = Bed()
    bed.do(watch())

    answer(bed, AGENT, bed.ring("7004", "7001"))

    assert names(bed, BOSS) == ["PartyDialing", "PartyEstablished"]


# Leaving.


def test_the_agent_leaves_first() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert names(bed, AGENT) == ["PartyReleased"]
    assert names(bed, BOSS) == ["PartyDeleted", "PartyReleased"]
    deleted, released = bed.told(BOSS)
    assert pair(deleted)[2:4] == ("7001", "RoleDeletedParty")
    assert pair(released) == ("7004", "RoleObserver", CALLER, "RoleOrigination", "Ok")
    assert bed.switch.views() == []


def test_the_customer_leaves_first() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(FarRelease(conn_id=conn_id))

    assert names(bed, AGENT) == ["PartyReleased"]
    assert names(bed, BOSS) == ["PartyReleased"]
    assert bed.switch.views() == []


def test_the_agent_leaves_while_the_supervisor_rings() -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=False)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert names(bed, BOSS) == ["PartyAbandoned"]


@pytest.mark.parametrize("joined", [True, False])
def test_the_supervisor_leaves_and_only_the_agent_is_told(joined: bool) -> None:
    bed = Bed()
    conn_id = supervised(bed, joined=joined)

    bed.do(ReleaseCall(dn=BOSS, conn_id=conn_id))

    assert names(bed, BOSS) == ["PartyReleased"]
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

    assert names(bed, BOSS) == ["PartyReleased"]
    assert names(bed, AGENT) == ["PartyDeleted"]
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

    assert names(bed, BOSS) == left
    assert names(bed, "7002") == ["PartyDeleted"]


def test_the_default_scope_is_an_option() -> None:
    bed = Bed(default_monitor_scope="agent")
    conn_id = conference(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))

    assert names(bed, BOSS) == ["PartyDeleted", "PartyReleased"]


def test_a_call_of_which_only_one_and_the_supervisor_are_left_ends() -> None:
    bed = Bed()
    conn_id = conference(bed)

    bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.switch.views() == []
    assert names(bed, BOSS)[-1] == "PartyReleased"


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

    assert names(bed, BOSS) == ["PartyReleased"]
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

    assert names(bed, BOSS) == heard
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
    assert names(bed, BOSS) == ["PartyAdded"]


def test_a_single_step_transfer_leaves_the_supervisor_on_the_call() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(SingleStepTransfer(dn=AGENT, conn_id=conn_id, to="7002"))

    assert pair(bed.told("7002")[0])[2] == CALLER
    assert names(bed, BOSS) == ["PartyChanged"]


def test_a_supervisor_who_is_drawn_into_the_call_observes_it_no_longer() -> None:
    bed = Bed()
    main = supervised(bed)
    bed.do(Consult(dn=AGENT, conn_id=main, to=BOSS, purpose=Purpose.CONFERENCE))
    consult = bed.newest().conn_id
    answer(bed, BOSS, consult)
    bed.facts.clear()

    bed.do(CompleteConference(dn=AGENT, conn_id=main, consult_conn_id=consult))

    assert names(bed, BOSS) == ["PartyReleased", "PartyChanged"]
    roles = [party.role for party in bed.view(main).parties if party.dn == BOSS]
    assert roles == [DnRole.RoleDestination]


def test_a_call_is_transferred_to_its_supervisor() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    bed.do(SingleStepTransfer(dn=AGENT, conn_id=conn_id, to=BOSS))

    assert names(bed, BOSS) == ["PartyReleased", "PartyRinging"]
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


# Modes.


def mode_after(bed: Bed, conn_id: ConnId, *, muted: bool, coach: bool = False) -> MonitorMode:
    mode = MonitorMode.COACH if coach else None
    facts = bed.do(SetMute(dn=BOSS, conn_id=conn_id, muted=muted, mode=mode))
    (changed,) = [fact for fact in facts if isinstance(fact, MonitorModeChanged)]
    assert (changed.supervisor, changed.agent) == (BOSS, AGENT)
    return changed.mode


def test_the_supervisor_changes_between_the_modes() -> None:
    bed = Bed(sip_enable_call_info=True)
    conn_id = supervised(bed)

    assert mode_after(bed, conn_id, muted=False) is MonitorMode.CONNECT
    assert mode_after(bed, conn_id, muted=True, coach=True) is MonitorMode.COACH
    assert mode_after(bed, conn_id, muted=True) is MonitorMode.MUTE
    assert mode_after(bed, conn_id, muted=False, coach=True) is MonitorMode.COACH


def test_no_mode_is_reported_without_the_option() -> None:
    bed = Bed()
    conn_id = supervised(bed)

    facts = bed.do(SetMute(dn=BOSS, conn_id=conn_id, muted=False))

    assert [type(fact).__name__ for fact in facts] == ["PartyUnmuted"]


@pytest.mark.parametrize(
    ("option", "asked", "muted"),
    [
        ("mute", None, True),
        ("normal", None, True),
        ("connect", None, False),
        ("coach", None, False),
        ("connect", MonitorMode.MUTE, True),
    ],
)
def test_a_supervisor_begins_as_the_option_or_the_request_says(
    option: str, asked: MonitorMode | None, muted: bool
) -> None:
    bed = Bed(default_monitor_mode=option)
    conn_id = supervised(bed, mode=asked)

    observer = bed.switch.calls[conn_id].party_at(BOSS)

    assert observer is not None
    assert observer.muted is muted
    assert observer.mode is (asked or MonitorMode(option))


# Reports.


def reports(facts: list[Any]) -> list[ParticipantsReported]:
    return [fact for fact in facts if isinstance(fact, ParticipantsReported)]


def test_a_report_tells_who_is_there_and_the_mode_once() -> None:
    bed = Bed(sip_enable_call_info=True)
    conn_id = supervised(bed, joined=False)

    (first,) = reports(bed.do(AnswerCall(dn=BOSS, conn_id=conn_id)))
    (second,) = reports(bed.do(SetMute(dn=BOSS, conn_id=conn_id, muted=False)))

    assert [one.party.dn for one in first.participants] == [CALLER, AGENT]
    (boss,) = first.supervisors
    assert (boss.party.dn, boss.agent, boss.mode) == (BOSS, AGENT, MonitorMode.MUTE)
    assert second.supervisors[0].mode is None


def test_a_report_marks_the_deaf_and_the_muted() -> None:
    bed = Bed(sip_enable_call_info=True)
    conn_id = conference(bed)

    bed.do(SetMute(dn=AGENT, conn_id=conn_id, muted=True))
    facts = bed.do(SetListening(dn=AGENT, conn_id=conn_id, other="7002", listening=False))

    (report,) = reports(facts)
    assert {p.party.dn: (p.muted, p.deaf) for p in report.participants} == {
        CALLER: (False, False),
        AGENT: (True, False),
        "7002": (False, True),
    }


def test_nothing_is_reported_without_the_option_or_of_a_call_that_is_over() -> None:
    assert reports(list(supervised_facts(Bed()))) == []
    bed = Bed(sip_enable_call_info=True)
    conn_id = supervised(bed)
    assert reports(bed.do(ReleaseCall(dn=AGENT, conn_id=conn_id))) == []


def supervised_facts(bed: Bed) -> list[Any]:
    bed.do(watch())
    answer(bed, AGENT, bed.inbound(AGENT))
    return bed.facts


def test_a_supervisor_that_rings_is_not_yet_reported() -> None:
    bed = Bed(sip_enable_call_info=True)

    (report,) = reports(supervised_facts(bed))

    assert report.supervisors == ()
    assert bed.newest().parties[-1].state is PartyState.Alerting
