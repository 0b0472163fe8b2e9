"""RECORDING.md 3: who is recorded, and with what identifier."""

from random import Random

import pytest

from tests.recording.studio import START, call_of, party, refused
from tlibproto.vocabulary import Dn, DnRole, PartyState
from tlibsim.recording.commands import RecordSide
from tlibsim.recording.policy import (
    Target,
    agent_of,
    made_id,
    target_of,
)
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.facts import CallView, PartyView
from tlibsim.switch.refusals import Reason

RULES = RecordingRules()
CUSTOMER = party("15550001", at=5, trunk="trunk-in", role=DnRole.RoleOrigination)
AGENT = party("7001", at=5)
COLLEAGUE = party("7002", at=60)
SUPERVISOR = party("7004", at=1, role=DnRole.RoleObserver)
RINGING = party("7003", state=PartyState.Alerting)
CALL = call_of(CUSTOMER, AGENT)


def ends(target: Target) -> tuple[str, str | None]:
    return target.record.dn, None if target.other is None else target.other.dn


def chosen(call: CallView, dn: str, side: str, rules: RecordingRules = RULES) -> object:
    return ends(target_of(call, dn, RecordSide(side), rules))


def test_source_is_the_dn_that_asks_and_destination_the_other_end() -> None:
    assert chosen(CALL, "7001", "source") == ("7001", "15550001")
    assert chosen(CALL, "7001", "destination") == ("15550001", "7001")


def test_the_recorded_dn_of_a_party_outside_is_its_trunk() -> None:
    assert target_of(CALL, "7001", RecordSide.SOURCE, RULES).record_dn == "7001"
    assert target_of(CALL, "7001", RecordSide.DESTINATION, RULES).record_dn == "trunk-in"


def test_a_dn_that_is_not_on_the_call_records_the_party_inside() -> None:
    assert chosen(CALL, "7004", "source") == ("7001", "15550001")
    assert chosen(CALL, "7004", "destination") == ("15550001", "7001")


def test_a_number_outside_that_looks_like_a_dn_is_no_party_that_asks() -> None:
    call = call_of(party("7004", trunk="trunk-in"), AGENT)

    assert chosen(call, "7004", "source") == ("7001", "7004")


def test_of_several_inside_the_one_established_longest_is_meant() -> None:
    call = call_of(COLLEAGUE, CUSTOMER, AGENT)

    assert chosen(call, "7004", "source") == ("7001", "15550001")


def test_a_supervisor_is_skipped_as_target_and_as_asking_party() -> None:
    call = call_of(SUPERVISOR, CUSTOMER, AGENT)

    assert chosen(call, "7004", "source") == ("7001", "15550001")
    assert chosen(call, "7003", "source") == ("7001", "15550001")
    assert chosen(call, "7001", "destination") == ("15550001", "7001")


def test_a_dn_that_is_not_on_the_call_is_refused_where_the_option_says_so() -> None:
    rules = RecordingRules(nonparty_target="error")

    refused(Reason.NOT_ON_CALL, target_of, CALL, "7004", RecordSide.SOURCE, rules)
    assert chosen(CALL, "7001", "source", rules) == ("7001", "15550001")


def test_in_a_conference_the_destination_is_whom_the_dn_was_connected_to_first() -> None:
    call = call_of(COLLEAGUE, CUSTOMER, AGENT)

    assert chosen(call, "7001", "destination") == ("15550001", "7001")
    assert chosen(call, "7002", "destination") == ("15550001", "7001")
    assert chosen(call_of(COLLEAGUE, AGENT), "7001", "destination") == ("7002", "7001")


@pytest.mark.parametrize(
    "state", [PartyState.Dialing, PartyState.Alerting, PartyState.Busy, PartyState.Queued]
)
def test_a_call_without_an_established_party_cannot_be_recorded(state: PartyState) -> None:
    call = call_of(party("15550001", trunk="trunk-in", state=state), party("7001", state=state))

    refused(Reason.WRONG_CALL_STATE, target_of, call, "7001", RecordSide.SOURCE, RULES)


def test_a_held_party_is_established() -> None:
    call = call_of(CUSTOMER, party("7001", state=PartyState.Held))

    assert chosen(call, "7001", "source") == ("7001", "15550001")


def test_a_dn_that_still_rings_is_not_recorded_and_records_nobody() -> None:
    call = call_of(CUSTOMER, RINGING)

    refused(Reason.WRONG_CALL_STATE, target_of, call, "7003", RecordSide.SOURCE, RULES)


def test_somebody_alone_can_be_recorded_but_has_no_other_end() -> None:
    call = call_of(AGENT)

    assert chosen(call, "7001", "source") == ("7001", None)
    refused(Reason.WRONG_CALL_STATE, target_of, call, "7001", RecordSide.DESTINATION, RULES)


def test_without_anybody_inside_a_dn_from_elsewhere_records_nobody() -> None:
    call = call_of(CUSTOMER)

    refused(Reason.WRONG_CALL_STATE, target_of, call, "7001", RecordSide.SOURCE, RULES)


# -- names and identifiers ---------------------------------------------------------------------


def test_the_agent_of_a_recorded_trunk_is_the_party_inside() -> None:
    assert agent_of(CALL, AGENT) == AGENT
    assert agent_of(CALL, CUSTOMER) == AGENT
    assert agent_of(call_of(CUSTOMER), CUSTOMER) is None


def test_an_identifier_is_the_file_name_where_there_is_one() -> None:
    assert made_id("call_7001", (), Random(1)) == "call_7001"


def test_an_identifier_that_is_taken_gets_a_number() -> None:
    used = {"call", "call-2"}

    assert made_id("call", used, Random(1)) == "call-3"


def test_without_a_file_name_the_identifier_is_a_uuid_of_the_seed() -> None:
    rng = Random(7)
    first, second = made_id("", (), rng), made_id("", (), rng)

    assert first != second
    assert [len(part) for part in first.split("-")] == [8, 4, 4, 4, 12]
    assert made_id("", (), Random(7)) == first


def test_a_party_that_was_not_answered_counts_from_when_it_joined() -> None:
    late = party("7003", at=9)
    never = PartyView(
        dn=Dn("7002"), role=DnRole.RoleDestination, state=PartyState.Connected, since=START
    )

    assert chosen(call_of(late, never), "7009", "source") == ("7002", "7003")
