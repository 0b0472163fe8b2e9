"""BEHAVIOUR.md 1.4: a DN dials a number outside."""

import pytest

from tests.switch.bed import Bed, pair, trunk
from tlibproto.vocabulary import CallType, ConnId, Dn, PartyState
from tlibsim.switch.commands import (
    ArriveInbound,
    FarAnswer,
    FarRelease,
    FarResult,
    MakeCall,
    ReleaseCall,
)
from tlibsim.switch.refusals import Reason

OUTSIDE = "95550002"


def test_an_outbound_call_dials_and_reaches_the_network() -> None:
    bed = Bed()

    bed.ring(b=OUTSIDE)

    assert bed.story("7001") == ["PartyDialing", "PartyNetworkReached"]
    for fact in bed.told("7001"):
        assert pair(fact) == ("7001", "RoleOrigination", OUTSIDE, "RoleDestination", "Ok")
        assert fact.call.call_type is CallType.Outbound


def test_the_number_outside_keeps_its_prefix_and_rings_on_its_trunk() -> None:
    bed = Bed()

    far = bed.view(bed.ring(b=OUTSIDE)).parties[1]

    assert (far.dn, far.trunk, far.state) == (OUTSIDE, "trunk-out", PartyState.Alerting)


def test_the_far_answer_establishes_and_the_far_release_releases() -> None:
    bed = Bed()
    conn_id = bed.ring(b=OUTSIDE)

    bed.do(FarAnswer(conn_id=conn_id))
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001") == [
        "PartyDialing",
        "PartyNetworkReached",
        "PartyEstablished",
        "PartyReleased",
    ]
    assert bed.switch.call(conn_id) is None


def test_without_emit_network_reached_the_network_is_not_mentioned() -> None:
    bed = Bed(emit_network_reached=False)
    conn_id = bed.ring(b=OUTSIDE)

    bed.do(FarAnswer(conn_id=conn_id))

    assert bed.story("7001") == ["PartyDialing", "PartyEstablished"]


def test_a_trunk_that_answers_at_once_still_reports_progress_once_and_first() -> None:
    bed = Bed(dn={"trunk-out": {"answer_after": 0.0}})

    bed.ring(b=OUTSIDE)
    bed.wait(0)

    assert bed.story("7001") == ["PartyDialing", "PartyNetworkReached", "PartyEstablished"]


def test_late_calltype_is_unknown_while_dialing_and_outbound_after() -> None:
    bed = Bed(late_calltype=True)
    conn_id = bed.ring(b=OUTSIDE)
    bed.do(FarAnswer(conn_id=conn_id))

    assert [fact.call.call_type for fact in bed.told("7001")] == [
        CallType.Unknown,
        CallType.Outbound,
        CallType.Outbound,
    ]


def test_late_calltype_leaves_internal_calls_alone() -> None:
    bed = Bed(late_calltype=True)

    assert bed.view(bed.ring()).call_type is CallType.Internal


def test_the_caller_who_gives_up_is_released() -> None:
    bed = Bed()
    conn_id = bed.ring(b=OUTSIDE)

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001")[-1] == "PartyReleased"
    assert bed.told("7001")[-1].call_state.name == "Ok"
    assert bed.switch.call(conn_id) is None


def test_a_far_party_that_refuses_makes_the_destination_busy() -> None:
    bed = Bed()
    conn_id = bed.ring(b=OUTSIDE)

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001")[2:] == ["PartyDestinationBusy", "PartyReleased"]
    assert {f.call_state.name for f in bed.told("7001")[2:]} == {"Busy"}


@pytest.mark.parametrize("result", list(FarResult))
def test_whatever_answers_outside_the_call_is_established(result: FarResult) -> None:
    bed = Bed()
    conn_id = bed.ring(b=OUTSIDE)

    bed.do(FarAnswer(conn_id=conn_id, result=result))

    assert bed.story("7001")[-1] == "PartyEstablished"


def test_the_far_end_cannot_answer_twice() -> None:
    bed = Bed()
    conn_id = bed.ring(b=OUTSIDE)
    bed.do(FarAnswer(conn_id=conn_id))

    assert bed.refused(FarAnswer(conn_id=conn_id)) is Reason.INCORRECT_STATE


def test_a_call_without_an_outside_party_has_no_far_end() -> None:
    bed = Bed()
    conn_id = bed.ring()

    assert bed.refused(FarAnswer(conn_id=conn_id)) is Reason.INCORRECT_STATE
    assert bed.refused(FarRelease(conn_id=conn_id)) is Reason.INCORRECT_STATE


def test_the_far_end_of_an_unknown_call_is_refused() -> None:
    assert Bed().refused(FarAnswer(conn_id=ConnId(7))) is Reason.INVALID_CONN_ID
    assert Bed().refused(FarRelease(conn_id=ConnId(7))) is Reason.INVALID_CONN_ID


def test_the_caller_of_an_inbound_call_does_not_answer_it() -> None:
    bed = Bed()
    conn_id = bed.inbound()

    assert bed.refused(FarAnswer(conn_id=conn_id)) is Reason.INCORRECT_STATE


def test_an_outbound_call_on_a_full_trunk_finds_all_trunks_busy() -> None:
    bed = Bed(dn={"trunk-out": {"max_calls": 1}})
    bed.ring(b=OUTSIDE)

    bed.do(MakeCall(dn=Dn("7002"), to="95550003"))

    assert bed.story("7002") == ["PartyDialing", "PartyDestinationBusy", "PartyReleased"]
    assert [f.call_state.name for f in bed.told("7002")] == [
        "Ok",
        "AllTrunksBusy",
        "AllTrunksBusy",
    ]


def test_a_trunk_is_free_again_when_its_call_is_over() -> None:
    bed = Bed(dn={"trunk-out": {"max_calls": 1}})
    conn_id = bed.ring(b=OUTSIDE)
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    bed.ring("7002", "95550003")

    assert bed.story("7002") == ["PartyDialing", "PartyNetworkReached"]


def test_a_full_trunk_takes_no_call_from_outside() -> None:
    bed = Bed(dn={"trunk-in": {"max_calls": 1}})
    bed.inbound("7001")

    command = ArriveInbound(caller="15550009", to=Dn("7002"))
    assert bed.refused(command) is Reason.RESOURCE_UNAVAILABLE


def test_the_longest_prefix_chooses_the_trunk() -> None:
    bed = Bed(extra=[trunk("trunk-mobile", "917")])

    assert bed.view(bed.ring(b="9175550001")).parties[1].trunk == "trunk-mobile"
    assert bed.view(bed.ring("7002", b="9185550001")).parties[1].trunk == "trunk-out"
