"""BEHAVIOUR.md 1.16: a queue or routing point dials, and who answers goes to an agent."""

from typing import Any

import pytest

from tests.switch.bed import Bed, pair
from tlibproto.vocabulary import CallType, ConnId, Dn, KVList
from tlibsim.switch.commands import (
    AnswerCall,
    FarAnswer,
    FarRelease,
    FarResult,
    MakePredictiveCall,
    ReleaseCall,
    RouteCall,
)
from tlibsim.switch.refusals import Reason

CUSTOMER = "915551234"


def dial(bed: Bed, dn: str = "8000", to: str = CUSTOMER, **more: Any) -> ConnId:
    bed.do(MakePredictiveCall(dn=Dn(dn), to=to, **more))
    return bed.switch.views()[-1].conn_id if bed.switch.views() else ConnId(0)


@pytest.mark.parametrize("dn", ["8000", "5000"])
def test_the_dialing_is_told_at_the_queue_as_its_origin(dn: str) -> None:
    bed = Bed()

    conn_id = dial(bed, dn)

    assert bed.story(dn) == ["PartyDialing"]
    dialing = bed.told(dn)[0]
    assert pair(dialing) == (dn, "RoleOrigination", CUSTOMER, "RoleDestination", "Ok")
    assert dialing.side.queue == dn
    view = bed.view(conn_id)
    assert (view.call_type, view.ani, view.dnis) == (CallType.Outbound, dn, CUSTOMER)


def test_a_customer_who_answers_is_queued_and_goes_to_an_agent() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = dial(bed)
    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("8000") == ["PartyDialing", "PartyQueued", "PartyDiverted"]
    there = ("RoleOrigination", CUSTOMER, "RoleDestination", "Ok")
    assert [pair(f)[1:] for f in bed.told("8000")] == [there] * 3
    assert bed.story("7001") == ["PartyRinging", "PartyEstablished"]
    assert [pair(f)[1:] for f in bed.told("7001")] == [there] * 2
    assert {f.side.queue for f in bed.told("7001")} == {"8000"}
    third = bed.told("8000")[2].third
    assert third is not None
    assert (third.dn, third.role.name) == ("7001", "RoleOrigination")


def test_without_an_agent_the_customer_waits_and_may_give_up() -> None:
    bed = Bed()
    conn_id = dial(bed)
    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("8000") == ["PartyDialing", "PartyQueued", "PartyAbandoned"]
    assert not bed.switch.views()


def test_a_customer_who_hangs_up_while_the_agent_rings_is_told_to_the_agent() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = dial(bed)
    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001") == ["PartyRinging", "PartyAbandoned"]
    assert bed.story("8000")[-1] == "PartyDiverted"


def test_an_answering_machine_is_queued_with_its_state_and_user_data() -> None:
    bed = Bed()
    conn_id = dial(bed, user_data=KVList((("k", "v"),)))

    bed.do(FarAnswer(conn_id=conn_id, result=FarResult.ANSWERING_MACHINE))

    queued = bed.told("8000")[-1]
    assert queued.call_state.name == "AnsweringMachineDetected"
    assert queued.call.user_data == KVList((("k", "v"), ("AnswerClass", "AM")))


def test_the_state_of_the_machine_is_not_told_to_the_agent() -> None:
    bed = Bed()
    bed.log_in()
    conn_id = dial(bed)

    bed.do(FarAnswer(conn_id=conn_id, result=FarResult.ANSWERING_MACHINE))

    assert bed.told("7001")[0].call_state.name == "Ok"


def test_a_fax_machine_is_not_queued() -> None:
    bed = Bed()
    conn_id = dial(bed)

    bed.do(FarAnswer(conn_id=conn_id, result=FarResult.FAX))

    assert bed.story("8000") == ["PartyDialing", "PartyReleased"]
    assert pair(bed.told("8000")[1])[2:] == (CUSTOMER, "RoleDestination", "FaxDetected")
    assert not bed.switch.views()


def test_nobody_answers_in_the_time_of_the_request() -> None:
    bed = Bed()
    dial(bed, seconds=20)

    assert not bed.wait(19)
    bed.wait(1)

    assert bed.story("8000") == ["PartyDialing", "PartyReleased"]
    assert bed.told("8000")[1].call_state.name == "NoAnswer"
    assert not bed.switch.views()


def test_the_time_of_the_request_ends_with_the_answer() -> None:
    bed = Bed()
    conn_id = dial(bed, seconds=20)
    bed.do(FarAnswer(conn_id=conn_id))

    assert not bed.wait(100)


def test_a_customer_who_refuses_is_busy() -> None:
    bed = Bed()
    conn_id = dial(bed)

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.told("8000")[-1].call_state.name == "Busy"
    assert bed.story("8000") == ["PartyDialing", "PartyReleased"]


@pytest.mark.parametrize(
    ("to", "state"),
    [
        (CUSTOMER, "AllTrunksBusy"),
        ("666", "SitInvalidnum"),
        ("8000", "GeneralError"),
        ("5000", "GeneralError"),
    ],
)
def test_who_cannot_be_reached_is_told_by_the_release_alone(to: str, state: str) -> None:
    bed = Bed(dn={"trunk-out": {"max_calls": 1}})
    bed.do(MakePredictiveCall(dn=Dn("8000"), to="95550002"))
    bed.facts.clear()

    bed.do(MakePredictiveCall(dn=Dn("8000"), to=to))

    assert bed.story("8000") == ["PartyDialing", "PartyReleased"]
    assert bed.told("8000")[1].call_state.name == state


def test_the_dialing_can_be_given_up() -> None:
    bed = Bed()
    conn_id = dial(bed)

    bed.do(ReleaseCall(dn=Dn("8000"), conn_id=conn_id))

    assert bed.story("8000") == ["PartyDialing", "PartyReleased"]
    assert not bed.switch.views()


def test_a_routing_point_asks_its_router_about_who_answered() -> None:
    bed = Bed()
    conn_id = dial(bed, "5000")
    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="7001"))

    assert bed.story("5000") == [
        "PartyDialing",
        "PartyQueued",
        "RouteRequested",
        "RouteUsed",
        "PartyDiverted",
    ]
    assert {f.side.role.name for f in bed.told("5000")} == {"RoleOrigination"}
    ringing = bed.told("7001")[0]
    assert pair(ringing)[1:4] == ("RoleOrigination", CUSTOMER, "RoleDestination")


def test_a_customer_may_be_inside() -> None:
    bed = Bed()
    bed.log_in("7001")
    conn_id = dial(bed, to="7002")
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7002") == ["PartyRinging", "PartyEstablished"]
    assert pair(bed.told("7001")[-1])[1:4] == ("RoleOrigination", "7002", "RoleDestination")


def test_predictive_calls_are_business_calls() -> None:
    bed = Bed(wrap_up_time=3)
    bed.log_in()
    conn_id = dial(bed)
    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.happened("7001")[-2:] == ["AgentBecameNotReady", "PartyReleased"]


@pytest.mark.parametrize(
    ("dn", "to", "options", "why"),
    [
        ("8000", "", {}, Reason.INVALID_CALLED_DN),
        ("8000", "666", {"invalid_dest": "error"}, Reason.INVALID_CALLED_DN),
        ("7001", CUSTOMER, {}, Reason.WRONG_OBJECT),
        ("8999", CUSTOMER, {}, Reason.INVALID_CALLING_DN),
    ],
)
def test_what_cannot_be_dialed_or_dial_is_refused(
    dn: str, to: str, options: dict[str, Any], why: Reason
) -> None:
    assert Bed(**options).refused(MakePredictiveCall(dn=Dn(dn), to=to)) is why
