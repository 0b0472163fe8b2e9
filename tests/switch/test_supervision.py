"""Supervision (BEHAVIOUR.md 1.18): the agreement, and how the supervisor comes to a call."""

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tests.switch.supervised import AGENT, BOSS, answer, supervised, watch
from tlibproto.vocabulary import Dn
from tlibsim.switch.commands import (
    CancelMonitoring,
    Consult,
    FarRelease,
    Purpose,
    SetPhoneBusy,
)
from tlibsim.switch.facts import (
    MonitoringBegun,
    MonitoringCanceled,
    PartyFact,
)
from tlibsim.switch.refusals import Reason

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

    assert bed.story(AGENT) == ["PartyRinging", "PartyEstablished", "PartyAdded"]
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
    assert bed.story(AGENT) == ["PartyDialing", "PartyEstablished", "PartyAdded"]
    assert bed.story("7002") == ["PartyRinging", "PartyEstablished"]


def test_one_call_is_one_call_and_all_calls_are_all() -> None:
    for once, heard in ((True, 0), (False, 1)):
        bed = Bed()
        conn_id = supervised(bed, once=once)
        bed.do(FarRelease(conn_id=conn_id))
        bed.facts.clear()

        answer(bed, AGENT, bed.inbound(AGENT))

        assert bed.story(BOSS).count("PartyRinging") == heard


@pytest.mark.parametrize("enabled", [True, False])
def test_a_running_call_is_joined_at_once_if_the_option_says_so(enabled: bool) -> None:
    bed = Bed(intrusion_enabled=enabled)
    answer(bed, AGENT, bed.inbound(AGENT))

    bed.do(watch())

    assert bed.story(BOSS) == (["PartyRinging"] if enabled else [])


def test_internal_calls_are_left_alone_if_the_option_says_so() -> None:
    bed = Bed(monitor_internal_calls=False)
    bed.do(watch())

    bed.talk("7002", "7001")
    answer(bed, AGENT, bed.inbound(AGENT))

    assert bed.story(BOSS) == ["PartyRinging"]


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

    assert bed.story(BOSS) == ["PartyRinging"]


def test_a_call_between_agent_and_supervisor_is_no_case_for_supervision() -> None:
    bed = Bed()
    bed.do(watch())

    answer(bed, AGENT, bed.ring("7004", "7001"))

    assert bed.story(BOSS) == ["PartyDialing", "PartyEstablished"]
