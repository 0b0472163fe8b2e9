"""From one routing point to the next: the first one is left when the second has the call."""

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import Dn, PartyState
from tlibsim.config import DnSettings, DnType
from tlibsim.switch.commands import AnswerCall, RouteCall
from tlibsim.switch.facts import PartyDiverted, PartyFact, RouteRequested, RouteUsed
from tlibsim.switch.refusals import Reason

SECOND_POINT = DnSettings(dn="5002", type=DnType.ROUTE_DN)


def bed(*, on_ringing: bool) -> Bed:
    return Bed(extra=(SECOND_POINT,), divert_on_ringing=on_ringing)


@pytest.mark.parametrize("on_ringing", [True, False])
def test_a_call_that_is_routed_to_a_routing_point_leaves_the_first_one(
    on_ringing: bool,
) -> None:
    switch = bed(on_ringing=on_ringing)
    conn_id = switch.inbound("5000")
    switch.facts.clear()
    switch.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="5002"))
    told = {(type(fact), fact.side.dn) for fact in switch.facts if isinstance(fact, PartyFact)}
    assert {(RouteUsed, "5000"), (PartyDiverted, "5000"), (RouteRequested, "5002")} <= told
    view = switch.newest()
    assert [party.dn for party in view.parties if party.state is PartyState.Queued] == ["5002"]


def test_the_second_routing_point_routes_on_as_the_first_one_would() -> None:
    switch = bed(on_ringing=False)
    conn_id = switch.inbound("5000")
    switch.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="5002"))
    switch.do(RouteCall(dn=Dn("5002"), conn_id=conn_id, to="7001"))
    again = RouteCall(dn=Dn("5002"), conn_id=conn_id, to="7002")
    assert switch.refused(again) is Reason.REQUEST_IN_PROGRESS
    gone = RouteCall(dn=Dn("5000"), conn_id=conn_id, to="7002")
    assert switch.refused(gone) is Reason.NOT_ROUTABLE
    switch.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    assert [party.dn for party in switch.newest().parties] == ["15550001", "7001"]


def test_the_time_of_the_first_routing_point_is_over_when_the_second_has_the_call() -> None:
    switch = Bed(
        extra=(SECOND_POINT,),
        divert_on_ringing=False,
        dn={"5000": {"default_dn": "7001"}},
        default_dn="7003",
    )
    conn_id = switch.inbound("5000")
    switch.wait(5)
    switch.do(RouteCall(dn=Dn("5000"), conn_id=conn_id, to="5002"))
    switch.wait(9)
    assert [party.dn for party in switch.newest().parties] == ["15550001", "5002"]
    switch.wait(1)
    assert "7003" in [party.dn for party in switch.newest().parties]
