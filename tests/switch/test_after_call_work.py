"""BEHAVIOUR.md 2.2: work after business calls, timed and untimed, and what ends it."""

from typing import Any

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, KVList
from tlibsim.config import AgentSettings
from tlibsim.switch.commands import (
    AgentNotReady,
    AgentReady,
    AnswerCall,
    Because,
    CompleteTransfer,
    Consult,
    FarAnswer,
    FarRelease,
    HoldCall,
    MakeCall,
    Purpose,
    ReleaseCall,
    SingleStepConference,
)
from tlibsim.switch.facts import AgentBecameReady, AgentFact

DESK = Dn("7001")
ACW = AgentWorkMode.AfterCallWork


def business_call(bed: Bed, **more: Any) -> ConnId:
    """A call from the queue that the agent has answered."""
    conn_id = bed.inbound("8000", **more)
    bed.do(AnswerCall(dn=DESK, conn_id=conn_id))
    return conn_id


def extension(fact: Any) -> object:
    because = fact.because
    if because is None or because.extensions is None:
        return None
    return because.extensions.first("WrapUpTime")


def test_work_begins_before_the_release_and_ends_ready_after_its_time() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.facts.clear()

    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    assert bed.happened("7001") == ["AgentBecameNotReady", "PartyReleased"]
    fact = bed.duties()[0]
    assert (fact.work_mode, extension(fact), fact.queue) == (ACW, 3, "8000")
    bed.wait(2.9)
    assert len(bed.duties()) == 1
    assert bed.wait(0.1) == [
        AgentBecameReady(
            dn=DESK, agent_id="1001", queue=Dn("8000"), work_mode=AgentWorkMode.AutoIn
        )
    ]


def test_acw_order_after_release_tells_it_the_other_way_round() -> None:
    bed = Bed(wrap_up_time=3, acw_order="after-release")
    bed.log_in()
    conn_id = business_call(bed)
    bed.facts.clear()

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.happened("7001") == ["PartyReleased", "AgentBecameNotReady"]


def test_only_established_says_how_long_the_work_will_be() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    business_call(bed)

    assert [(type(f).__name__, extension(f)) for f in bed.told("7001")] == [
        ("PartyRinging", None),
        ("PartyEstablished", 3),
    ]


def test_without_a_time_there_is_no_work_and_nothing_is_said() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    assert not bed.duties()
    assert [extension(f) for f in bed.told("7001")] == [None, None, None]


def test_a_call_that_was_not_answered_is_followed_by_nothing() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = bed.inbound("8000")

    bed.do(FarRelease(conn_id=conn_id))

    assert not bed.duties()


@pytest.mark.parametrize("by_hand", ["untimed", 1000, 5000])
def test_untimed_work_goes_on_until_the_agent_is_ready(by_hand: Any) -> None:
    bed = Bed(wrap_up_time=by_hand)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    assert extension(bed.duties()[0]) == "untimed"
    assert not bed.wait(100_000)
    bed.do(AgentReady(dn=DESK))
    assert bed.switch.floor.agents["1001"].duty.ready


def test_ready_by_hand_ends_the_work_and_its_time() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    bed.do(AgentReady(dn=DESK))

    assert not bed.wait(10)


def test_not_ready_for_another_reason_outlasts_the_time_of_the_work() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    bed.do(AgentNotReady(dn=DESK, work_mode=AgentWorkMode.AuxWork))

    assert not bed.wait(10)


def test_an_agent_who_asked_for_a_break_during_the_call_has_it_after_the_work() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(AgentNotReady(dn=DESK, work_mode=AgentWorkMode.AuxWork))
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))
    bed.facts.clear()

    bed.wait(3)

    assert [f.work_mode for f in bed.duties()] == [AgentWorkMode.AuxWork]


def test_the_work_begins_when_the_last_business_call_ends() -> None:
    bed = Bed(wrap_up_time=3, business_call_types=("inbound",))
    bed.log_in()
    first = business_call(bed)
    bed.do(HoldCall(dn=DESK, conn_id=first))
    second = bed.inbound("7001")
    bed.do(AnswerCall(dn=DESK, conn_id=second))

    bed.do(ReleaseCall(dn=DESK, conn_id=second))
    assert not bed.duties()
    bed.do(FarRelease(conn_id=first))
    assert [f.work_mode for f in bed.duties()] == [ACW]


@pytest.mark.parametrize(
    ("words", "works"),
    [
        (("inbound-queue", "predictive"), {"queue"}),
        (("inbound",), {"queue", "direct"}),
        (("internal",), {"inside"}),
        (("outbound",), {"outside"}),
        ((), set()),
        (("nonsense",), set()),
    ],
)
def test_business_call_types_says_which_calls_are_followed_by_work(
    words: tuple[str, ...], works: set[str]
) -> None:
    def worked(kind: str) -> bool:
        bed = Bed(wrap_up_time=3, business_call_types=words)
        bed.log_in()
        if kind in ("queue", "direct"):
            conn_id = bed.inbound({"queue": "8000", "direct": "7001"}[kind])
            bed.do(AnswerCall(dn=DESK, conn_id=conn_id))
        else:
            to = {"inside": "7002", "outside": "95550001"}[kind]
            bed.do(MakeCall(dn=DESK, to=to))
            conn_id = bed.newest().conn_id
            if kind == "outside":
                bed.do(FarAnswer(conn_id=conn_id))
            else:
                bed.do(AnswerCall(dn=Dn("7002")))
        bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))
        return bool(bed.duties())

    assert {kind for kind in ("queue", "direct", "inside", "outside") if worked(kind)} == works


def wrapped(**setting: Any) -> object:
    """The time that EventEstablished names with these settings over an application of 1 s."""
    queue, desk = setting.get("queue"), setting.get("dn")
    bed = Bed(
        wrap_up_time=1,
        dn={"8000": {"wrap_up_time": queue}, "7001": {"wrap_up_time": desk}},
        agents={"1001": AgentSettings(login="1001", wrap_up_time=setting.get("agent"))},
    )
    asked = setting.get("login")
    because = Because(extensions=KVList((("WrapUpTime", asked),))) if asked else None
    bed.log_in(because=because)
    call = setting.get("call")
    business_call(bed, user_data=KVList((("WrapUpTime", call),)) if call else None)
    return extension(bed.told("7001")[-1])


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        ({}, 1),
        ({"queue": 2}, 2),
        ({"queue": 2, "dn": 3}, 3),
        ({"dn": 3, "agent": 4}, 4),
        ({"agent": 4, "login": 5}, 5),
        ({"login": 5, "call": 6}, 6),
        ({"call": "7"}, 7),
        ({"call": "untimed"}, "untimed"),
        ({"call": "soon"}, 1),
        ({"queue": "untimed"}, "untimed"),
    ],
)
def test_the_setting_nearest_to_the_call_counts(
    settings: dict[str, Any], seconds: object
) -> None:
    assert wrapped(**settings) == seconds


# Asked for when idle.


def ask(bed: Bed, seconds: int | None = None) -> list[AgentFact]:
    because = Because(extensions=KVList((("WrapUpTime", seconds),))) if seconds else None
    bed.do(AgentNotReady(dn=DESK, work_mode=ACW, because=because))
    bed.wait(100)
    return bed.duties()


def test_work_asked_for_when_idle_is_untimed_unless_the_option_says_so() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()

    assert [type(f).__name__ for f in ask(bed)] == ["AgentBecameNotReady"]


@pytest.mark.parametrize(
    ("force", "before", "after"),
    [
        (False, AgentWorkMode.AutoIn, "AgentBecameReady"),
        (False, AgentWorkMode.ManualIn, "AgentBecameNotReady"),
        (True, AgentWorkMode.ManualIn, "AgentBecameReady"),
    ],
)
def test_timed_work_when_idle_leads_back_or_to_ready(
    force: bool, before: AgentWorkMode, after: str
) -> None:
    bed = Bed(wrap_up_time=3, timed_acw_in_idle=True, acw_in_idle_force_ready=force)
    bed.log_in(work_mode=before)

    assert [type(f).__name__ for f in ask(bed)] == ["AgentBecameNotReady", after]


def test_the_request_may_name_the_time() -> None:
    bed = Bed(wrap_up_time=3, timed_acw_in_idle=True)
    bed.log_in()

    assert [extension(f) for f in ask(bed, 7)] == [7, None]


# Legal guard time.


def test_rest_follows_work_before_the_agent_is_ready() -> None:
    bed = Bed(wrap_up_time=3, legal_guard_time=2)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    bed.wait(4.9)
    assert [f.work_mode for f in bed.duties()] == [ACW, AgentWorkMode.LegalGuard]
    bed.wait(0.1)
    assert type(bed.duties()[-1]) is AgentBecameReady


def test_rest_follows_the_call_when_there_is_no_work() -> None:
    bed = Bed(legal_guard_time=2)
    bed.log_in()
    conn_id = business_call(bed)
    bed.facts.clear()
    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))
    bed.wait(2)

    assert bed.happened("7001") == [
        "AgentBecameNotReady",
        "PartyReleased",
        "AgentBecameReady",
    ]


def test_an_agent_who_transfers_the_call_works_after_it() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(Consult(dn=DESK, conn_id=conn_id, to="7002", purpose=Purpose.TRANSFER))
    bed.do(AnswerCall(dn=Dn("7002")))
    bed.facts.clear()

    bed.do(CompleteTransfer(dn=DESK, conn_id=conn_id))

    assert [f.work_mode for f in bed.duties()] == [ACW]
    at = bed.happened("7001").index("AgentBecameNotReady")
    assert bed.happened("7001")[at + 1] == "PartyReleased"
    assert bed.told("7001")[-1].call.conn_id == conn_id


def test_an_agent_who_leaves_a_conference_works_after_it_and_the_others_do_not() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = business_call(bed)
    bed.do(SingleStepConference(dn=DESK, conn_id=conn_id, to="7002"))
    bed.do(AnswerCall(dn=Dn("7002")))
    bed.log_in("7003", queue=None)

    bed.do(ReleaseCall(dn=DESK, conn_id=conn_id))

    assert [(f.agent_id, f.work_mode) for f in bed.duties()] == [("1001", ACW)]
