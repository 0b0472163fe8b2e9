"""Supervision (BEHAVIOUR.md 1.18): modes and reports."""

from typing import Any

import pytest

from tests.switch.bed import CALLER, Bed
from tests.switch.supervised import AGENT, BOSS, answer, conference, supervised, watch
from tlibproto.vocabulary import ConnId, PartyState
from tlibsim.switch.commands import (
    AnswerCall,
    ReleaseCall,
    SetListening,
    SetMute,
)
from tlibsim.switch.facts import (
    MonitorModeChanged,
    ParticipantsReported,
)
from tlibsim.switch.watch import MonitorMode

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
