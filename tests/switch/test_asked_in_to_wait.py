"""Somebody is asked into a call by way of a queue or a routing point, and the talk goes on."""

import pytest

from tests.switch.bed import Bed
from tlibproto.vocabulary import CallState, ConnId, Dn, KVList, RouteType, TreatmentType
from tlibsim.switch.commands import (
    AnswerCall,
    ApplyTreatment,
    CompleteConference,
    Consult,
    Purpose,
    ReleaseCall,
    RouteCall,
    SingleStepConference,
)
from tlibsim.switch.facts import (
    PartyAbandoned,
    PartyAdded,
    PartyDeleted,
    PartyEstablished,
    RequestFailed,
)
from tlibsim.switch.refusals import Reason

POINT = Dn("5000")


def asked_in(bed: Bed, to: str = POINT) -> ConnId:
    conn_id = bed.talk()
    bed.do(SingleStepConference(dn=Dn("7001"), conn_id=conn_id, to=to))
    bed.facts.clear()
    return conn_id


def there(bed: Bed) -> list[str]:
    return [party.dn for view in bed.switch.views() for party in view.parties]


def test_who_is_routed_joins_the_conference_on_answering() -> None:
    bed = Bed()
    conn_id = asked_in(bed)
    bed.do(RouteCall(dn=POINT, conn_id=conn_id, to="7003"))
    bed.facts.clear()
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))
    added = {f.side.dn: f.third for f in bed.facts if isinstance(f, PartyAdded)}
    assert set(added) == {"7001", "7002"}
    assert all(third is not None and third.dn == "7001" for third in added.values())
    (established,) = [fact for fact in bed.facts if isinstance(fact, PartyEstablished)]
    assert established.call_state is CallState.Conferenced


def test_when_no_router_comes_only_the_invitation_ends() -> None:
    bed = Bed()
    asked_in(bed)
    bed.wait(10)
    assert there(bed) == ["7001", "7002"]
    assert [f.side.dn for f in bed.facts if isinstance(f, PartyAbandoned)] == [POINT]
    (failed,) = [fact for fact in bed.facts if isinstance(fact, RequestFailed)]
    assert (failed.dn, failed.reason) == ("7001", Reason.DN_NO_ANSWER)


def test_a_router_that_rejects_ends_only_the_invitation() -> None:
    bed = Bed()
    conn_id = asked_in(bed)
    bed.do(RouteCall(dn=POINT, conn_id=conn_id, to="", route_type=RouteType.Reject))
    assert there(bed) == ["7001", "7002"]
    assert any(isinstance(fact, RequestFailed) for fact in bed.facts)


def test_a_treatment_that_cancels_ends_only_the_invitation() -> None:
    bed = Bed()
    conn_id = asked_in(bed)
    bed.do(ApplyTreatment(dn=POINT, conn_id=conn_id, treatment=TreatmentType.CancelCall))
    assert there(bed) == ["7001", "7002"]


@pytest.mark.parametrize("place", ["5000", "8000"])
def test_releasing_where_the_invitation_waits_leaves_the_others_talking(place: str) -> None:
    bed = Bed()
    conn_id = asked_in(bed, place)
    bed.do(ReleaseCall(dn=Dn(place), conn_id=conn_id))
    assert there(bed) == ["7001", "7002"]


def test_a_conference_with_a_routing_point_goes_on_when_no_router_comes() -> None:
    bed = Bed()
    conn_id = bed.talk()
    bed.do(Consult(dn=Dn("7001"), conn_id=conn_id, to=POINT, purpose=Purpose.CONFERENCE))
    bed.do(CompleteConference(dn=Dn("7001"), conn_id=conn_id))
    bed.facts.clear()
    bed.wait(11)
    assert there(bed) == ["7001", "7002"]
    deleted = [f.side.dn for f in bed.facts if isinstance(f, PartyDeleted)]
    assert sorted(deleted) == ["7001", "7002"]


def test_a_caller_who_waits_alone_is_released_as_before() -> None:
    bed = Bed()
    bed.inbound(POINT, user_data=KVList.of(k="v"))
    bed.wait(10)
    assert bed.switch.views() == []
