"""BEHAVIOUR.md 1.6: hold and retrieve."""

import pytest

from tests.switch.bed import Bed, pair
from tlibproto.vocabulary import ConnId, Dn, KVList, PartyState
from tlibsim.switch.commands import (
    AnswerCall,
    Because,
    FarRelease,
    HoldCall,
    MakeCall,
    ReleaseCall,
    RetrieveCall,
)
from tlibsim.switch.refusals import Reason


@pytest.mark.parametrize(("holder", "held"), [("7001", "7002"), ("7002", "7001")])
def test_the_holder_is_told_and_the_held_side_is_not(holder: str, held: str) -> None:
    bed = Bed()
    conn_id = bed.talk()

    bed.do(HoldCall(dn=Dn(holder), conn_id=conn_id))

    assert bed.story(holder) == ["PartyHeld"]
    assert bed.story(held) == []
    assert bed.told(holder)[0].side.other_dn == held
    states = {party.dn: party.state for party in bed.view(conn_id).parties}
    assert states == {holder: PartyState.Held, held: PartyState.Connected}


def test_retrieving_tells_the_holder_alone_with_the_roles_of_before() -> None:
    bed = Bed()
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7002"), conn_id=conn_id))

    bed.do(RetrieveCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.story("7002") == ["PartyHeld", "PartyRetrieved"]
    assert pair(bed.told("7002")[1]) == (
        "7002",
        "RoleDestination",
        "7001",
        "RoleOrigination",
        "Ok",
    )
    assert bed.story("7001") == []


def test_holding_twice_is_refused() -> None:
    bed = Bed()
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.refused(HoldCall(dn=Dn("7001"), conn_id=conn_id)) is Reason.INCORRECT_STATE


def test_retrieving_a_call_that_is_not_held_is_refused() -> None:
    bed = Bed()
    conn_id = bed.talk()

    assert bed.refused(RetrieveCall(dn=Dn("7001"), conn_id=conn_id)) is Reason.INCORRECT_STATE


@pytest.mark.parametrize("dn", ["7001", "7002"])
def test_a_call_that_rings_cannot_be_held(dn: str) -> None:
    bed = Bed()
    conn_id = bed.ring()

    assert bed.refused(HoldCall(dn=Dn(dn), conn_id=conn_id)) is Reason.INCORRECT_STATE


def test_both_sides_can_hold_and_each_retrieves_its_own() -> None:
    bed = Bed()
    conn_id = bed.talk()
    for dn in ("7001", "7002"):
        bed.do(HoldCall(dn=Dn(dn), conn_id=conn_id))

    bed.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))

    states = {party.dn: party.state for party in bed.view(conn_id).parties}
    assert states == {"7001": PartyState.Connected, "7002": PartyState.Held}


@pytest.mark.parametrize("releasing", ["7001", "7002"])
def test_a_release_while_held_releases_both(releasing: str) -> None:
    bed = Bed()
    conn_id = bed.talk()
    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    bed.do(ReleaseCall(dn=Dn(releasing), conn_id=conn_id))

    assert bed.story("7001") == ["PartyHeld", "PartyReleased"]
    assert bed.story("7002") == ["PartyReleased"]
    assert not bed.switch.views()


def test_an_outside_party_can_be_held_and_hang_up() -> None:
    bed = Bed()
    conn_id = bed.inbound("7001")
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001") == [
        "PartyRinging",
        "PartyEstablished",
        "PartyHeld",
        "PartyReleased",
    ]


def test_a_holder_can_make_and_take_another_call() -> None:
    bed = Bed()
    first = bed.talk()
    bed.do(HoldCall(dn=Dn("7001"), conn_id=first))

    second = bed.ring("7001", "7003")
    bed.do(AnswerCall(dn=Dn("7003"), conn_id=second))

    assert bed.view(first).party("7001") != bed.view(second).party("7001")
    assert bed.story("7001") == ["PartyHeld", "PartyDialing", "PartyEstablished"]


def test_reasons_and_extensions_come_back_in_held_and_retrieved() -> None:
    bed = Bed()
    conn_id = bed.talk()
    because = Because(extensions=KVList((("music", "jazz"),)))

    bed.do(HoldCall(dn=Dn("7001"), conn_id=conn_id, because=because))
    bed.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id, because=because))

    assert [fact.because for fact in bed.told("7001")] == [because, because]


@pytest.mark.parametrize("kind", [HoldCall, RetrieveCall, ReleaseCall])
def test_a_call_that_is_unknown_or_somebody_elses_is_refused(
    kind: type[HoldCall] | type[RetrieveCall] | type[ReleaseCall],
) -> None:
    bed = Bed()
    conn_id = bed.talk()

    assert bed.refused(kind(dn=Dn("7001"), conn_id=ConnId(99))) is Reason.INVALID_CONN_ID
    assert bed.refused(kind(dn=Dn("7003"), conn_id=conn_id)) is Reason.NOT_ON_CALL


@pytest.mark.parametrize(
    ("dn", "state"), [("7001", "dialing"), ("7001", "connected"), ("7002", "connected")]
)
def test_only_what_rings_can_be_answered(dn: str, state: str) -> None:
    bed = Bed()
    conn_id = bed.ring() if state == "dialing" else bed.talk()

    assert bed.refused(AnswerCall(dn=Dn(dn), conn_id=conn_id)) is Reason.NO_CALL_TO_ANSWER


def test_a_dn_at_which_nothing_rings_has_no_call_to_answer() -> None:
    bed = Bed()
    conn_id = bed.ring()

    assert bed.refused(AnswerCall(dn=Dn("7003"))) is Reason.NO_CALL_TO_ANSWER
    assert bed.refused(AnswerCall(dn=Dn("7003"), conn_id=conn_id)) is Reason.NO_CALL_TO_ANSWER
    assert bed.refused(AnswerCall(dn=Dn("7999"))) is Reason.NO_CALL_TO_ANSWER


def test_a_dn_that_rings_for_another_call_is_not_on_this_one() -> None:
    bed = Bed()
    conn_id = bed.ring("7001", "7002")
    bed.do(MakeCall(dn=Dn("7004"), to="7003"))

    assert bed.refused(AnswerCall(dn=Dn("7003"), conn_id=conn_id)) is Reason.NOT_ON_CALL


def test_an_unknown_call_cannot_be_answered() -> None:
    bed = Bed()
    bed.ring()

    command = AnswerCall(dn=Dn("7002"), conn_id=ConnId(99))
    assert bed.refused(command) is Reason.INVALID_CONN_ID
