"""BEHAVIOUR.md 1.5: calls that do not come about, row by row."""

from dataclasses import replace

import pytest

from tests.switch.bed import CALLER, Bed, pair, scenario_bed
from tlibproto.vocabulary import Dn, KVList
from tlibsim.config import DnSettings, DnType
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    Because,
    FarAnswer,
    FarRelease,
    MakeCall,
    ReleaseCall,
    SetPhoneBusy,
)
from tlibsim.switch.facts import CallEnded
from tlibsim.switch.refusals import Reason

FAILED = ["PartyDialing", "PartyDestinationBusy", "PartyReleased"]


def states(bed: Bed, dn: str) -> list[str]:
    return [fact.call_state.name for fact in bed.told(dn)]


# Busy.


def test_a_busy_phone_gives_destination_busy_and_release() -> None:
    bed = Bed()
    bed.do(SetPhoneBusy(dn=Dn("7002"), busy=True))

    facts = bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.story("7001") == FAILED
    assert states(bed, "7001") == ["Ok", "Busy", "Busy"]
    assert pair(bed.told("7001")[1]) == (
        "7001",
        "RoleOrigination",
        "7002",
        "RoleDestination",
        "Busy",
    )
    assert bed.story("7002") == []
    assert isinstance(facts[-1], CallEnded)
    assert not bed.switch.views()


def test_a_phone_that_is_idle_again_rings() -> None:
    bed = Bed()
    assert bed.do(SetPhoneBusy(dn=Dn("7002"), busy=True)) == []
    assert bed.do(SetPhoneBusy(dn=Dn("7002"), busy=False)) == []

    bed.ring()

    assert bed.story("7002") == ["PartyRinging"]


def test_busy_release_delay_keeps_the_caller_listening_to_the_tone() -> None:
    bed = Bed(busy_release_delay=2.5)
    bed.do(SetPhoneBusy(dn=Dn("7002"), busy=True))
    bed.ring()

    assert bed.wait(2.4) == []
    assert bed.story("7001") == FAILED[:2]
    bed.wait(0.1)

    assert bed.story("7001") == FAILED
    assert states(bed, "7001")[-1] == "Busy"
    assert not bed.switch.views()


def test_a_caller_may_clear_before_busy_release_delay_is_over() -> None:
    bed = Bed(busy_release_delay=2.5)
    bed.do(SetPhoneBusy(dn=Dn("7002"), busy=True))
    conn_id = bed.ring()

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001") == FAILED
    assert states(bed, "7001")[-1] == "Busy"
    assert bed.wait(10) == []


def test_busy_release_delay_is_not_for_callers_outside() -> None:
    bed = Bed(busy_release_delay=2.5)
    bed.do(SetPhoneBusy(dn=Dn("7001"), busy=True))

    bed.do(ArriveInbound(caller=CALLER, to=Dn("7001")))

    assert not bed.switch.views()
    assert bed.switch.next_deadline() is None


def test_a_dn_that_calls_itself_is_busy() -> None:
    bed = Bed()

    bed.do(MakeCall(dn=Dn("7001"), to="7001"))

    assert bed.story("7001") == FAILED
    assert states(bed, "7001") == ["Ok", "Busy", "Busy"]


def test_a_called_dn_at_max_calls_is_busy() -> None:
    bed = Bed(dn={"7002": {"max_calls": 1}})
    bed.talk("7003", "7002")

    bed.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert bed.story("7001") == FAILED
    assert bed.story("7002") == []


def test_a_calling_dn_at_max_calls_is_refused() -> None:
    bed = Bed(dn={"7001": {"max_calls": 2}})
    bed.ring("7001", "7002")
    bed.ring("7001", "7003")

    assert bed.refused(MakeCall(dn=Dn("7001"), to="7004")) is Reason.ORIGINATION_BUSY


def test_a_released_call_no_longer_counts_for_max_calls() -> None:
    bed = Bed(dn={"7001": {"max_calls": 1}})
    conn_id = bed.ring()
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    bed.ring()

    assert bed.story("7001")[-1] == "PartyDialing"


def test_without_max_calls_a_dn_takes_any_number_of_calls() -> None:
    bed = Bed()

    for _ in range(20):
        bed.ring()

    assert bed.story("7002") == ["PartyRinging"] * 20


# Invalid numbers.


@pytest.mark.parametrize("number", ["12345", "trunk-in", "7", "70010"])
def test_a_number_that_leads_nowhere_is_invalid(number: str) -> None:
    bed = Bed()

    bed.do(MakeCall(dn=Dn("7001"), to=number))

    assert bed.story("7001") == FAILED
    assert states(bed, "7001") == ["Ok", "SitInvalidnum", "SitInvalidnum"]
    assert bed.told("7001")[1].side.other_dn == number


def test_with_invalid_dest_error_there_is_no_call_at_all() -> None:
    bed = Bed(invalid_dest="error")

    assert bed.refused(MakeCall(dn=Dn("7001"), to="12345")) is Reason.INVALID_CALLED_DN
    assert not bed.switch.views()


def test_invalid_dest_error_does_not_touch_good_numbers() -> None:
    bed = Bed(invalid_dest="error")

    bed.ring()

    assert bed.story("7002") == ["PartyRinging"]


def test_an_empty_number_is_refused() -> None:
    assert Bed().refused(MakeCall(dn=Dn("7001"), to="")) is Reason.INVALID_CALLED_DN


def test_a_disabled_dn_is_a_number_that_leads_nowhere() -> None:
    gone = replace(scenario_bed().dns["7003"], enabled=False)
    bed = Bed(extra=[gone])

    bed.do(MakeCall(dn=Dn("7001"), to="7003"))

    assert states(bed, "7001") == ["Ok", "SitInvalidnum", "SitInvalidnum"]


def test_an_object_without_a_telephone_is_a_general_error() -> None:
    bed = Bed()

    bed.do(MakeCall(dn=Dn("7001"), to="msml1"))

    assert states(bed, "7001") == ["Ok", "GeneralError", "GeneralError"]


def test_a_position_and_a_treatment_port_have_telephones() -> None:
    bed = Bed(
        extra=[
            DnSettings(dn="7100", type=DnType.POSITION),
            DnSettings(dn="7101", type=DnType.VOICE_TREATMENT_PORT),
        ]
    )

    bed.ring("7100", "7101")

    assert bed.story("7101") == ["PartyRinging"]


@pytest.mark.parametrize(
    ("dn", "reason"),
    [
        ("7999", Reason.INVALID_CALLING_DN),
        ("", Reason.INVALID_CALLING_DN),
        ("8000", Reason.WRONG_OBJECT),
        ("5000", Reason.WRONG_OBJECT),
        ("msml1", Reason.WRONG_OBJECT),
        ("trunk-in", Reason.WRONG_OBJECT),
    ],
)
def test_only_a_configured_telephone_makes_calls(dn: str, reason: Reason) -> None:
    assert Bed().refused(MakeCall(dn=Dn(dn), to="7002")) is reason


# Abandon and reject.


def test_a_caller_who_hangs_up_while_it_rings_is_released_and_the_other_abandoned() -> None:
    bed = Bed()
    conn_id = bed.ring()

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert bed.story("7001") == ["PartyDialing", "PartyReleased"]
    assert bed.story("7002") == ["PartyRinging", "PartyAbandoned"]
    assert pair(bed.told("7001")[1]) == (
        "7001",
        "RoleOrigination",
        "7002",
        "RoleDestination",
        "Ok",
    )
    assert pair(bed.told("7002")[1]) == (
        "7002",
        "RoleDestination",
        "7001",
        "RoleOrigination",
        "Ok",
    )
    assert not bed.switch.views()


def test_a_dn_that_rejects_is_released_and_the_caller_hears_busy() -> None:
    bed = Bed()
    conn_id = bed.ring()

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.story("7002") == ["PartyRinging", "PartyReleased"]
    assert states(bed, "7002") == ["Ok", "Ok"]
    assert bed.story("7001") == FAILED
    assert states(bed, "7001") == ["Ok", "Busy", "Busy"]
    assert not bed.switch.views()


def test_a_rejected_call_also_waits_for_busy_release_delay() -> None:
    bed = Bed(busy_release_delay=1)
    conn_id = bed.ring()

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id))

    assert bed.story("7001") == FAILED[:2]
    assert [party.dn for party in bed.view(conn_id).parties] == ["7001"]
    bed.wait(1)
    assert bed.story("7001") == FAILED


def test_reasons_of_a_rejection_stay_with_the_dn_that_rejects() -> None:
    bed = Bed()
    conn_id = bed.ring()
    because = Because(reasons=KVList((("sip", 603),)))

    bed.do(ReleaseCall(dn=Dn("7002"), conn_id=conn_id, because=because))

    assert bed.told("7002")[-1].because == because
    assert all(fact.because is None for fact in bed.told("7001"))


# No answer.


def test_without_a_timeout_a_phone_rings_for_ever() -> None:
    bed = Bed()
    bed.ring()

    assert bed.switch.next_deadline() is None


def test_nobody_answers_in_time() -> None:
    bed = Bed(no_answer_timeout=20)
    bed.ring()

    assert bed.wait(19.9) == []
    bed.wait(0.1)

    assert bed.story("7002") == ["PartyRinging", "PartyReleased"]
    assert states(bed, "7002")[-1] == "NoAnswer"
    assert bed.story("7001") == FAILED
    assert states(bed, "7001") == ["Ok", "NoAnswer", "NoAnswer"]
    assert not bed.switch.views()


def test_the_timeout_of_a_dn_comes_before_that_of_the_application() -> None:
    bed = Bed(no_answer_timeout=20, dn={"7002": {"no_answer_timeout": 5.0}})
    bed.ring()

    bed.wait(5)

    assert bed.story("7001") == FAILED


def test_a_dn_can_be_excepted_from_the_timeout() -> None:
    bed = Bed(no_answer_timeout=20, dn={"7002": {"no_answer_timeout": 0.0}})
    bed.ring()

    assert bed.wait(3600) == []


def test_an_answer_in_time_stops_the_timeout() -> None:
    bed = Bed(no_answer_timeout=20)
    bed.talk()

    assert bed.wait(3600) == []


def test_the_timeout_of_an_old_call_does_not_end_a_new_one() -> None:
    bed = Bed(no_answer_timeout=20)
    first = bed.ring()
    bed.wait(10)
    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=first))
    second = bed.ring()
    bed.facts.clear()

    assert bed.wait(19) == []
    bed.wait(1)

    assert {fact.call.conn_id for fact in bed.facts} == {second}
    assert bed.story("7001") == FAILED[1:]


def test_an_overflow_takes_the_call_that_nobody_answered() -> None:
    bed = Bed(no_answer_timeout=20, no_answer_overflow="7003")
    conn_id = bed.ring()

    bed.wait(20)

    assert bed.story("7002") == ["PartyRinging", "PartyReleased"]
    assert states(bed, "7002")[-1] == "Redirected"
    assert bed.story("7003") == ["PartyRinging"]
    assert bed.story("7001") == ["PartyDialing"]
    assert [party.dn for party in bed.view(conn_id).parties] == ["7001", "7003"]


def test_an_overflowed_call_is_answered_where_it_rings_now() -> None:
    bed = Bed(no_answer_timeout=20, no_answer_overflow="7003")
    conn_id = bed.ring()
    bed.wait(20)

    bed.do(AnswerCall(dn=Dn("7003"), conn_id=conn_id))

    assert bed.told("7001")[-1].side.other_dn == "7003"
    assert bed.story("7001") == ["PartyDialing", "PartyEstablished"]


def test_the_overflow_of_a_dn_comes_before_that_of_the_application() -> None:
    bed = Bed(
        no_answer_timeout=20,
        no_answer_overflow="7003",
        dn={"7002": {"no_answer_overflow": "7004"}},
    )
    bed.ring()

    bed.wait(20)

    assert bed.story("7004") == ["PartyRinging"]
    assert bed.story("7003") == []


def test_an_overflow_rings_out_as_well() -> None:
    bed = Bed(
        no_answer_timeout=20, no_answer_overflow="7003", dn={"7003": {"no_answer_overflow": ""}}
    )
    bed.ring()

    bed.wait(40)

    assert bed.story("7003") == ["PartyRinging", "PartyReleased"]
    assert states(bed, "7001") == ["Ok", "NoAnswer", "NoAnswer"]
    assert not bed.switch.views()


def test_an_overflow_that_is_busy_fails_the_call() -> None:
    bed = Bed(no_answer_timeout=20, no_answer_overflow="7003")
    bed.do(SetPhoneBusy(dn=Dn("7003"), busy=True))
    bed.ring()

    bed.wait(20)

    assert states(bed, "7001") == ["Ok", "Busy", "Busy"]


def test_an_overflow_to_the_outside_is_answered_there() -> None:
    bed = Bed(no_answer_timeout=20, no_answer_overflow="95550002")
    conn_id = bed.ring()
    bed.wait(20)

    bed.do(FarAnswer(conn_id=conn_id))

    assert bed.story("7001") == ["PartyDialing", "PartyNetworkReached", "PartyEstablished"]


def test_an_inbound_call_overflows_to_the_outside_and_is_answered_there() -> None:
    bed = Bed(no_answer_timeout=20, no_answer_overflow="95550002")
    conn_id = bed.inbound("7001")
    bed.wait(20)

    bed.do(FarAnswer(conn_id=conn_id))

    assert bed.story("95550002") == ["PartyEstablished"]
    assert bed.story(CALLER) == ["PartyNetworkReached", "PartyEstablished"]


def test_an_unanswered_inbound_call_is_given_up_outside() -> None:
    bed = Bed(no_answer_timeout=20)
    conn_id = bed.inbound("7001")

    bed.wait(20)

    assert bed.story("7001") == ["PartyRinging", "PartyReleased"]
    assert bed.switch.call(conn_id) is None


def test_an_outside_caller_who_gives_up_stops_the_timeout() -> None:
    bed = Bed(no_answer_timeout=20)
    conn_id = bed.inbound("7001")
    bed.do(FarRelease(conn_id=conn_id))

    assert bed.wait(60) == []


def test_the_phone_of_an_unknown_dn_cannot_be_made_busy() -> None:
    assert Bed().refused(SetPhoneBusy(dn=Dn("7999"), busy=True)) is Reason.NOT_CONFIGURED


# Who released it.


def who(bed: Bed, dn: str) -> object:
    """The ReleasingParty in the last that the DN was told."""
    because = bed.told(dn)[-1].because
    assert because is not None
    assert because.extensions is not None
    return because.extensions.first("ReleasingParty")


def test_a_call_that_failed_was_released_by_an_unknown_party() -> None:
    bed = Bed(releasing_party_report=True)

    bed.do(MakeCall(dn=Dn("7001"), to="666"))

    assert who(bed, "7001") == "3 Unknown"


def test_a_failed_call_that_its_caller_clears_was_released_locally() -> None:
    bed = Bed(releasing_party_report=True, busy_release_delay=5)
    conn_id = bed.ring(b="666")

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert who(bed, "7001") == "1 Local"


def test_a_call_that_nobody_answered_was_released_by_an_unknown_party() -> None:
    bed = Bed(releasing_party_report=True, no_answer_timeout=5)
    bed.ring()

    bed.wait(5)

    assert who(bed, "7001") == who(bed, "7002") == "3 Unknown"


def test_a_caller_who_gives_up_released_the_call_locally() -> None:
    bed = Bed(releasing_party_report=True)
    conn_id = bed.ring()

    bed.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert who(bed, "7001") == "1 Local"
