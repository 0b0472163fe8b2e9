"""BEHAVIOUR.md 1.13: calls wait in queues and are distributed to agents."""

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tests.switch.queued import QUEUE, QUEUE2, rings_at, waiting
from tlibproto.vocabulary import CallType, Cause, Dn
from tlibsim.switch.commands import (
    AgentLogout,
    AgentNotReady,
    AgentReady,
    AnswerCall,
    DistributeCall,
    FarRelease,
    MakeCall,
    ReleaseCall,
    ReserveAgent,
    SetDnd,
    SetPhoneBusy,
)
from tlibsim.switch.facts import PartyDiverted, PartyQueued, PartyRinging
from tlibsim.switch.refusals import Reason

# Waiting.


def test_a_call_without_an_agent_waits() -> None:
    bed = Bed()
    conn_id = bed.inbound("8000", dnis="8005551000")

    assert bed.story("8000") == ["PartyQueued"]
    queued = bed.told("8000")[0]
    assert pair(queued) == ("8000", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    assert (queued.side.queue, waiting(bed)) == ("8000", [conn_id])


def test_a_caller_who_gives_up_in_the_queue_abandons_the_call() -> None:
    bed = Bed()
    conn_id = bed.inbound("8000")

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("8000") == ["PartyQueued", "PartyAbandoned"]
    abandoned = bed.told("8000")[1]
    assert pair(abandoned) == ("8000", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    assert abandoned.side.queue == "8000"
    assert bed.switch.call(conn_id) is None


def test_an_abandoned_call_goes_to_nobody() -> None:
    bed = Bed()
    bed.do(FarRelease(conn_id=bed.inbound("8000")))
    second = bed.inbound("8000")

    bed.log_in()

    assert rings_at(bed) == {second: "7001"}


def test_a_call_inside_hears_ringing_until_the_agent_answers() -> None:
    bed = Bed()
    bed.log_in()
    bed.do(MakeCall(dn=Dn("7002"), to="8000"))
    conn_id = bed.newest().conn_id
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7002") == ["PartyDialing", "PartyEstablished"]
    assert bed.told("7002")[1].side.other_dn == "7001"
    assert [f.side.queue for f in bed.told("7002")] == [None, None]
    assert [f.side.queue for f in bed.told("7001")] == ["8000", "8000"]


def test_releasing_a_call_at_the_queue_ends_it_for_the_caller() -> None:
    bed = Bed()
    bed.do(MakeCall(dn=Dn("7002"), to="8000"))
    bed.do(ReleaseCall(dn=QUEUE, conn_id=bed.newest().conn_id))

    assert bed.story("8000") == ["PartyQueued", "PartyReleased"]
    assert bed.story("7002") == ["PartyDialing", "PartyReleased"]
    assert not bed.switch.views()


def test_a_full_queue_releases_the_caller_with_queue_full_and_nothing_else() -> None:
    bed = Bed(dn={"8000": {"max_calls": 1}})
    bed.inbound("8000")
    bed.do(MakeCall(dn=Dn("7002"), to="8000"))

    assert bed.story("7002") == ["PartyDialing", "PartyReleased"]
    assert bed.told("7002")[1].call_state.name == "QueueFull"
    assert bed.story("8000") == ["PartyQueued"]


# Distribution.


def test_a_free_agent_gets_the_call_at_once() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = bed.inbound("8000")

    assert [type(f) for f in bed.facts[1:]] == [PartyQueued, PartyDiverted, PartyRinging]
    diverted, ringing = bed.told("8000")[1], bed.told("7001")[0]
    assert pair(diverted) == ("8000", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    assert diverted.third is not None
    assert (diverted.third.dn, diverted.third.role.name) == ("7001", "RoleDestination")
    assert pair(ringing) == ("7001", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    assert (ringing.third, ringing.cause, ringing.side.queue) == (None, Cause.ACD, "8000")
    assert ringing.call.call_type is CallType.Inbound
    assert not waiting(bed)
    assert bed.view(conn_id).parties[-1].queue == "8000"


def test_this_queue_is_in_all_later_events_of_the_agent() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = bed.inbound("8000")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001") == ["PartyRinging", "PartyEstablished", "PartyReleased"]
    assert {f.side.queue for f in bed.told("7001")} == {"8000"}


def test_a_caller_who_gives_up_while_the_agent_rings_is_told_with_the_queue() -> None:
    bed = Bed()
    bed.log_in()
    bed.do(FarRelease(conn_id=bed.inbound("8000")))

    assert bed.story("7001") == ["PartyRinging", "PartyAbandoned"]
    assert bed.told("7001")[1].side.queue == "8000"
    assert bed.story("8000") == ["PartyQueued", "PartyDiverted"]


def test_waiting_calls_go_to_agents_in_the_order_in_which_they_came() -> None:
    bed = Bed()
    first, second, third = (bed.inbound("8000") for _ in range(3))

    bed.log_in("7001")
    assert rings_at(bed) == {first: "7001"}
    bed.log_in("7002")
    assert rings_at(bed) == {first: "7001", second: "7002"}
    assert waiting(bed) == [third]


def test_an_agent_of_two_queues_serves_the_call_that_waits_longest() -> None:
    bed = Bed(extra=[QUEUE2], agent_emu_login_on_call=True)
    busy = bed.ring("7002", "7001")
    bed.log_in("7001", queue="8000")
    bed.log_in("7001", queue="8100")
    older, newer = bed.inbound("8100"), bed.inbound("8000")

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=busy))
    assert rings_at(bed) == {older: "7001"}
    bed.do(FarRelease(conn_id=older))
    assert rings_at(bed) == {newer: "7001"}


def test_the_agent_who_is_idle_for_longest_is_chosen() -> None:
    bed = Bed()
    for dn in ("7001", "7002", "7003"):
        bed.log_in(dn)
    first = bed.inbound("8000")
    bed.do(FarRelease(conn_id=first))

    second, third, fourth = (bed.inbound("8000") for _ in range(3))

    assert rings_at(bed) == {second: "7002", third: "7003", fourth: "7001"}


def test_linear_selection_begins_with_who_logged_in_first() -> None:
    bed = Bed(queue_select="linear")
    for dn in ("7002", "7001"):
        bed.log_in(dn)
    for _ in range(2):
        conn_id = bed.inbound("8000")
        assert rings_at(bed) == {conn_id: "7002"}
        bed.do(FarRelease(conn_id=conn_id))


def test_scripted_selection_waits_for_the_script() -> None:
    bed = Bed(queue_select="scripted")
    bed.log_in("7001")
    bed.log_in("7002")
    conn_id = bed.inbound("8000")
    assert waiting(bed) == [conn_id]

    def send(to: str) -> DistributeCall:
        return DistributeCall(dn=QUEUE, conn_id=conn_id, to=Dn(to))

    assert bed.refused(send("7003")) is Reason.DESTINATION_STATE
    bed.do(send("7002"))

    assert rings_at(bed) == {conn_id: "7002"}
    assert bed.refused(send("7001")) is Reason.NOT_ON_CALL


def test_a_reserved_agent_is_chosen_last() -> None:
    bed = Bed()
    bed.log_in("7001")
    bed.log_in("7002")
    bed.do(ReserveAgent(agent_id="1001"))

    first, second = bed.inbound("8000"), bed.inbound("8000")

    assert rings_at(bed) == {first: "7002", second: "7001"}


@pytest.mark.parametrize(
    ("hinder", "free"),
    [
        (AgentNotReady(dn=Dn("7001")), AgentReady(dn=Dn("7001"))),
        (SetPhoneBusy(dn=Dn("7001"), busy=True), SetPhoneBusy(dn=Dn("7001"), busy=False)),
        (SetDnd(dn=Dn("7001"), on=True), SetDnd(dn=Dn("7001"), on=False)),
    ],
)
def test_an_agent_who_takes_no_calls_gets_none_until_that_is_over(
    hinder: object, free: object
) -> None:
    bed = Bed()
    bed.log_in()
    bed.do(hinder)

    conn_id = bed.inbound("8000")
    assert waiting(bed) == [conn_id]
    bed.do(free)
    assert rings_at(bed) == {conn_id: "7001"}


def test_an_agent_with_a_call_of_any_kind_gets_none_until_it_ends() -> None:
    bed = Bed()
    bed.log_in()
    busy = bed.talk("7001", "7002")

    conn_id = bed.inbound("8000")
    assert waiting(bed) == [conn_id]
    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=busy))
    assert rings_at(bed) == {conn_id: "7001"}


def test_an_agent_who_logged_out_gets_none() -> None:
    bed = Bed()
    bed.log_in()
    bed.do(AgentLogout(dn=Dn("7001")))

    assert waiting(bed) == []
    assert not rings_at(bed)
    conn_id = bed.inbound("8000")
    assert waiting(bed) == [conn_id]


def test_an_agent_of_another_queue_gets_none() -> None:
    bed = Bed(extra=[QUEUE2])
    bed.log_in(queue="8100")
    bed.log_in("7002", queue=None)

    assert waiting(bed) == []
    assert [bed.inbound("8000")] == waiting(bed)


def test_after_call_work_keeps_calls_away_until_it_is_over() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    first, second = bed.inbound("8000"), bed.inbound("8000")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=first))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=first))

    assert waiting(bed) == [second]
    bed.wait(3)
    assert rings_at(bed) == {second: "7001"}


# Not answered.


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("none", []),
        ("notready", ["AgentBecameNotReady"]),
        ("logout", ["AgentLoggedOut"]),
    ],
)
def test_a_call_that_rings_too_long_goes_back_to_the_queue(
    action: str, told: list[str]
) -> None:
    bed = Bed(acd_ring_timeout=5, no_answer_action=action)
    bed.log_in()
    conn_id = bed.inbound("8000")
    bed.facts.clear()

    assert not bed.wait(4.9)
    bed.wait(0.1)

    assert bed.happened("7001")[: 1 + len(told)] == ["PartyReleased", *told]
    released = bed.told("7001")[0]
    assert (released.call_state.name, released.side.queue) == ("Redirected", "8000")
    assert bed.story("8000")[0] == "PartyQueued"
    if action == "none":
        assert rings_at(bed) == {conn_id: "7001"}
    else:
        assert waiting(bed) == [conn_id]


def test_a_call_that_comes_back_keeps_its_place() -> None:
    bed = Bed(acd_ring_timeout=5, no_answer_action="notready")
    bed.log_in()
    first, second = bed.inbound("8000"), bed.inbound("8000")
    bed.wait(5)

    bed.log_in("7002")

    assert rings_at(bed) == {first: "7002"}
    assert waiting(bed) == [second]


def test_an_answer_in_time_is_left_alone() -> None:
    bed = Bed(acd_ring_timeout=5)
    bed.log_in()
    conn_id = bed.inbound("8000")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert not bed.wait(100)


def test_an_agent_who_refuses_the_call_sends_it_back_to_the_queue() -> None:
    bed = Bed()
    bed.log_in("7001")
    bed.log_in("7002")
    conn_id = bed.inbound("8000")

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("8000") == [
        "PartyQueued",
        "PartyDiverted",
        "PartyQueued",
        "PartyDiverted",
    ]
    assert rings_at(bed) == {conn_id: "7002"}
    assert not bed.duties()


def test_no_answer_timeout_of_the_dn_sends_it_back_too_and_never_to_the_overflow() -> None:
    options = {"no_answer_timeout": 4, "no_answer_overflow": "7003"}
    bed = Bed(dn={"7001": {**options, "no_answer_action": "notready"}})
    bed.log_in()
    conn_id = bed.inbound("8000")

    bed.wait(4)

    assert bed.happened("7001") == ["PartyRinging", "PartyReleased", "AgentBecameNotReady"]
    assert waiting(bed) == [conn_id]


@pytest.mark.parametrize("overflow", ["", "7003"])
def test_no_answer_action_is_for_direct_calls_too(overflow: str) -> None:
    bed = Bed(no_answer_timeout=4, no_answer_overflow=overflow, no_answer_action="logout")
    bed.log_in()
    bed.ring("7002", "7001")

    bed.wait(4)

    assert bed.happened("7001") == ["PartyRinging", "PartyReleased", "AgentLoggedOut"]
