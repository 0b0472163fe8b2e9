"""RECORDING.md 3.1, 3.5, 7: what the profile sip-server decides."""

from typing import Any

from tests.recording.studio import Book, call_of, party, refused
from tlibproto.vocabulary import CallType, ConnId, Dn, DnRole
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.facts import Trigger
from tlibsim.recording.policy import Target
from tlibsim.recording.profiles.sipserver import SipServer
from tlibsim.recording.rules import RecordingRules, RulesInForce
from tlibsim.switch.facts import CallView, Side
from tlibsim.switch.refusals import Reason

CUSTOMER = party("15550001", at=5, trunk="trunk-in", role=DnRole.RoleOrigination)
AGENT = party("7001", at=5)
COLLEAGUE = party("7002", at=60)
SUPERVISOR = party("7004", at=1, role=DnRole.RoleObserver)
CALL = call_of(CUSTOMER, AGENT)
CONSULTATION = call_of(
    party("7001", role=DnRole.RoleOrigination), party("7002"), call_type=CallType.Consult
)


def profile(*recorded: str, **rules: Any) -> SipServer:
    return SipServer(RulesInForce(RecordingRules(**rules)), Book(recorded=set(recorded)))


def ends(target: Target | None) -> tuple[str, str | None] | None:
    if target is None:
        return None
    return (target.record.dn, None if target.other is None else target.other.dn)


def full_time(
    call: CallView,
    dn: str,
    *recorded: str,
    outside: bool = False,
    entered: frozenset[tuple[str, str | None]] = frozenset(),
    quiet: frozenset[tuple[str, str | None]] = frozenset(),
    **rules: Any,
) -> tuple[str, str | None] | None:
    side = Side(dn=Dn(dn), role=DnRole.RoleDestination, outside=outside)
    return ends(profile(*recorded, **rules).full_time(call, side, entered, quiet))


def test_a_party_set_for_recording_is_recorded_when_it_is_connected() -> None:
    assert full_time(CALL, "7001", "7001") == ("7001", "15550001")
    assert full_time(CALL, "7001") is None


def test_the_trunk_goes_before_the_extension_of_the_same_moment() -> None:
    assert full_time(CALL, "7001", "7001", "trunk-in") == ("15550001", "7001")


def test_of_two_extensions_of_the_same_moment_the_one_that_joined_first_is_recorded() -> None:
    call = call_of(party("7002"), party("7001"))

    assert full_time(call, "7001", "7001", "7002") == ("7002", "7001")


def test_who_was_connected_earlier_does_not_start_a_recording_later() -> None:
    call = call_of(CUSTOMER, AGENT, COLLEAGUE)

    assert full_time(call, "7002", "7001") is None
    assert full_time(call, "7002", "7001", "7002") == ("7002", "15550001")


def test_the_number_alone_does_not_make_a_party() -> None:
    assert full_time(CALL, "7001", "7001", outside=True) is None
    assert full_time(CALL, "15550001", "7001", outside=True) == ("7001", "15550001")


def test_a_party_whose_recording_was_stopped_stays_unrecorded() -> None:
    assert full_time(CALL, "7001", "7001", quiet=frozenset({("7001", None)})) is None


def test_whoever_came_over_a_recorded_routing_point_is_recorded() -> None:
    entered = frozenset({("15550001", "trunk-in")})

    assert full_time(CALL, "7001", entered=entered) == ("15550001", "7001")


def test_a_supervisor_with_record_true_is_not_recorded() -> None:
    call = call_of(CUSTOMER, AGENT, SUPERVISOR)

    assert full_time(call, "7004", "7004") is None
    assert full_time(call, "7001", "7004") is None


def test_a_consultation_is_recorded_only_where_the_option_says_so() -> None:
    assert profile().consults(CONSULTATION)
    assert full_time(CONSULTATION, "7001", "7001") is None
    assert not profile(record_consult_calls=True).consults(CONSULTATION)
    assert full_time(CONSULTATION, "7001", "7001", record_consult_calls=True) == (
        "7001",
        "7002",
    )


def test_whoever_is_consulted_is_not_recorded_in_the_consultation() -> None:
    assert full_time(CONSULTATION, "7002", "7002", record_consult_calls=True) is None


def test_a_start_on_a_consultation_is_refused_where_they_are_not_recorded() -> None:
    start = StartRecording(dn=Dn("7001"), conn_id=ConnId(1))

    refused(Reason.UNSUPPORTED, profile().check_start, CONSULTATION, start)
    profile(record_consult_calls=True).check_start(CONSULTATION, start)


def test_an_emergency_has_a_pattern_of_its_own_if_one_is_set() -> None:
    plain = profile(recording_filename="a")
    own = profile(recording_filename="a", emergency_recording_filename="b")

    assert plain.file_pattern(Trigger.EMERGENCY) == "a"
    assert own.file_pattern(Trigger.EMERGENCY) == "b"
    assert own.file_pattern(Trigger.DYNAMIC) == "a"
