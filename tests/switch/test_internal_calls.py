"""BEHAVIOUR.md 1.2: A calls B inside the switch."""

import pytest

from tests.switch.bed import START, Bed, pair
from tlibproto.vocabulary import CallState, CallType, Dn, DnRole, KVList, PartyState
from tlibsim.switch.commands import AnswerCall, Because, MakeCall, ReleaseCall
from tlibsim.switch.facts import (
    CallEnded,
    CallStarted,
    PartyDialing,
    PartyEstablished,
    PartyRinging,
)

DIALED = KVList((("order", "42"), ("tries", 2)))
BECAUSE = Because(reasons=KVList((("why", "test"),)), extensions=KVList((("from", "desk"),)))


def test_making_a_call_dials_at_the_caller_and_rings_at_the_called() -> None:
    bed = Bed()

    facts = bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert [type(fact) for fact in facts] == [CallStarted, PartyDialing, PartyRinging]
    assert pair(facts[1]) == ("7001", "RoleOrigination", "7002", "RoleDestination", "Ok")
    assert pair(facts[2]) == ("7002", "RoleDestination", "7001", "RoleOrigination", "Ok")


def test_a_call_between_dns_is_internal_with_ani_and_dnis() -> None:
    bed = Bed()

    call = bed.view(bed.ring())

    assert (call.call_type, call.ani, call.dnis) == (CallType.Internal, "7001", "7002")
    assert call.started_at == START


def test_answering_establishes_both_sides() -> None:
    bed = Bed()
    conn_id = bed.ring()
    bed.now += 3

    facts = bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert {type(fact) for fact in facts} == {PartyEstablished}
    assert sorted(map(pair, facts)) == [
        ("7001", "RoleOrigination", "7002", "RoleDestination", "Ok"),
        ("7002", "RoleDestination", "7001", "RoleOrigination", "Ok"),
    ]
    assert [p.state for p in bed.view(conn_id).parties] == [PartyState.Connected] * 2
    assert [p.established_at for p in bed.view(conn_id).parties] == [START + 3] * 2


def test_the_fact_of_an_answer_already_shows_both_sides_connected() -> None:
    bed = Bed()
    conn_id = bed.ring()

    for fact in bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id)):
        assert [p.state for p in fact.call.parties] == [PartyState.Connected] * 2


@pytest.mark.parametrize("first", ["7001", "7002"])
def test_whoever_releases_both_sides_are_released_and_the_call_is_over(first: str) -> None:
    bed = Bed()
    conn_id = bed.talk()

    facts = bed.do(ReleaseCall(dn=Dn(first), conn_id=conn_id))

    assert bed.story("7001") == bed.story("7002") == ["PartyReleased"]
    assert sorted(map(pair, bed.told("7001") + bed.told("7002"))) == [
        ("7001", "RoleOrigination", "7002", "RoleDestination", "Ok"),
        ("7002", "RoleDestination", "7001", "RoleOrigination", "Ok"),
    ]
    assert isinstance(facts[-1], CallEnded)
    assert bed.switch.call(conn_id) is None
    assert not bed.switch.views()


def test_the_order_at_each_dn_is_that_of_the_specification() -> None:
    bed = Bed()
    conn_id = bed.ring()
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001") == ["PartyDialing", "PartyEstablished", "PartyReleased"]
    assert bed.story("7002") == ["PartyRinging", "PartyEstablished", "PartyReleased"]


def test_user_data_of_the_request_is_on_the_call_before_the_first_fact() -> None:
    bed = Bed()

    facts = bed.do(MakeCall(dn=Dn("7001"), to="7002", user_data=DIALED))

    assert all(fact.call.user_data == DIALED for fact in facts)
    assert [type(fact).__name__ for fact in facts] == [
        "CallStarted",
        "PartyDialing",
        "PartyRinging",
    ]


def test_user_data_stays_on_the_call_to_its_last_fact() -> None:
    bed = Bed()
    conn_id = bed.talk(user_data=DIALED)

    facts = bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert all(fact.call.user_data == DIALED for fact in facts)


def test_a_dialing_party_has_the_state_dialing_and_a_ringing_one_alerting() -> None:
    bed = Bed()

    parties = bed.view(bed.ring()).parties

    assert [(p.dn, p.role, p.state) for p in parties] == [
        ("7001", DnRole.RoleOrigination, PartyState.Dialing),
        ("7002", DnRole.RoleDestination, PartyState.Alerting),
    ]
    assert not any(party.outside for party in parties)


def test_reasons_and_extensions_of_a_request_come_back_in_its_answer_alone() -> None:
    bed = Bed()

    dialing, ringing = bed.do(MakeCall(dn=Dn("7001"), to="7002", because=BECAUSE))[1:]

    assert dialing.because == BECAUSE
    assert ringing.because is None


def test_reasons_of_an_answer_and_a_release_stay_with_the_dn_that_asked() -> None:
    bed = Bed()
    conn_id = bed.ring()
    bed.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id, because=BECAUSE))
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id, because=BECAUSE))

    assert [f.because for f in bed.told("7002")] == [None, BECAUSE, None]
    assert [f.because for f in bed.told("7001")] == [None, None, BECAUSE]


def test_the_releasing_party_is_not_named_by_default() -> None:
    bed = Bed()
    conn_id = bed.talk()

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert [f.because for f in bed.told("7001") + bed.told("7002")] == [None, None]


def test_releasing_party_report_says_local_to_the_one_and_remote_to_the_other() -> None:
    bed = Bed(releasing_party_report=True)
    conn_id = bed.talk()

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id, because=BECAUSE))

    assert bed.told("7002")[0].because == Because(
        reasons=BECAUSE.reasons,
        extensions=KVList((("from", "desk"), ("ReleasingParty", "1 Local"))),
    )
    assert bed.told("7001")[0].because == Because(
        extensions=KVList((("ReleasingParty", "2 Remote"),))
    )


def test_a_dn_can_be_in_two_calls_at_a_time() -> None:
    bed = Bed()
    first, second = bed.ring("7001", "7002"), bed.ring("7001", "7003")

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=first))

    assert bed.switch.call(first) is None
    assert bed.view(second).party("7001") is not None
    device = bed.switch.device("7001")
    assert device is not None
    assert [party.call.conn_id for party in device.parties] == [second]


def test_answering_without_a_conn_id_picks_up_what_rings() -> None:
    bed = Bed()
    bed.talk("7003", "7002")
    conn_id = bed.ring("7001", "7002")

    bed.do(AnswerCall(dn=Dn("7002")))

    party = bed.view(conn_id).party("7002")
    assert party is not None
    assert party.state is PartyState.Connected
    assert [fact.call_state for fact in bed.told("7002")] == [CallState.Ok, CallState.Ok]
