"""BEHAVIOUR.md 1.3: a call from outside reaches an extension."""

import pytest

from tests.switch.bed import CALLER, Bed, pair
from tlibproto.vocabulary import CallType, Dn, KVList, PartyState
from tlibsim.switch.commands import AnswerCall, ArriveInbound, FarRelease, ReleaseCall
from tlibsim.switch.facts import CallStarted, PartyRinging
from tlibsim.switch.refusals import Reason


def test_an_inbound_call_rings_with_the_callers_number() -> None:
    bed = Bed()

    facts = bed.do(ArriveInbound(caller=CALLER, to=Dn("7001"), dnis="8005551000"))

    assert [type(fact) for fact in facts] == [CallStarted, PartyRinging]
    assert pair(facts[1]) == ("7001", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    call = facts[1].call
    assert (call.call_type, call.ani, call.dnis) == (CallType.Inbound, CALLER, "8005551000")


def test_without_a_dialed_number_dnis_is_the_dn() -> None:
    bed = Bed()

    assert bed.view(bed.inbound("7002")).dnis == "7002"


def test_the_caller_is_a_party_outside_on_its_trunk() -> None:
    bed = Bed()

    far, near = bed.view(bed.inbound()).parties

    assert (far.dn, far.outside, far.trunk) == (CALLER, True, "trunk-in")
    assert (near.dn, near.outside, near.trunk) == ("7001", False, None)


def test_answering_keeps_roles_ani_and_dnis() -> None:
    bed = Bed()
    conn_id = bed.inbound(dnis="8005551000")

    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001") == ["PartyRinging", "PartyEstablished"]
    established = bed.told("7001")[1]
    assert pair(established) == ("7001", "RoleDestination", CALLER, "RoleOrigination", "Ok")
    assert (established.call.ani, established.call.dnis) == (CALLER, "8005551000")


def test_a_caller_who_gives_up_abandons_the_call() -> None:
    bed = Bed()
    conn_id = bed.inbound()

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001") == ["PartyRinging", "PartyAbandoned"]
    assert pair(bed.told("7001")[1]) == (
        "7001",
        "RoleDestination",
        CALLER,
        "RoleOrigination",
        "Ok",
    )
    assert bed.switch.call(conn_id) is None


@pytest.mark.parametrize(("report", "state"), [(False, "Ok"), (True, "RemoteRelease")])
def test_a_caller_who_hangs_up_releases_with_the_state_of_the_option(
    report: bool, state: str
) -> None:
    bed = Bed(remote_release_state=report)
    conn_id = bed.inbound()
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    bed.do(FarRelease(conn_id=conn_id))

    assert bed.story("7001")[-1] == "PartyReleased"
    assert bed.told("7001")[-1].call_state.name == state


def test_remote_release_state_is_for_the_outside_party_only() -> None:
    bed = Bed(remote_release_state=True)
    conn_id = bed.inbound()
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.told("7001")[-1].call_state.name == "Ok"


def test_facts_about_the_caller_are_marked_as_outside() -> None:
    bed = Bed()
    conn_id = bed.inbound()
    bed.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.told(CALLER)
    assert all(fact.side.outside for fact in bed.told(CALLER))
    assert not any(fact.side.outside for fact in bed.told("7001"))


def test_user_data_of_an_inbound_call_is_there_from_the_start() -> None:
    data = KVList((("ivr", "menu 2"),))
    bed = Bed()

    bed.inbound(user_data=data)

    assert bed.told("7001")[0].call.user_data == data


def test_an_inbound_call_rings_until_somebody_answers() -> None:
    bed = Bed()
    conn_id = bed.inbound()

    assert bed.wait(3600) == []
    party = bed.view(conn_id).party("7001")
    assert party is not None
    assert party.state is PartyState.Alerting


@pytest.mark.parametrize("to", ["7999", "trunk-out", "95550001", ""])
def test_an_inbound_call_must_be_for_a_dn_of_this_switch(to: str) -> None:
    assert Bed().refused(ArriveInbound(caller=CALLER, to=Dn(to))) is Reason.INVALID_CALLED_DN


def test_an_inbound_call_needs_the_trunk_it_names() -> None:
    command = ArriveInbound(caller=CALLER, to=Dn("7001"), trunk="trunk-9")

    assert Bed().refused(command) is Reason.RESOURCE_UNAVAILABLE


def test_an_inbound_call_to_a_busy_phone_tells_the_dn_nothing() -> None:
    bed = Bed(dn={"7001": {"max_calls": 1}})
    bed.talk("7001", "7002")

    bed.do(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert bed.story("7001") == []
    assert bed.story(CALLER) == ["PartyDestinationBusy", "PartyReleased"]
