"""RECORDING.md 3.5: consultations, recorded by option or by the agent's single dialog."""

from typing import Any

from tests.recording.studio import Studio, refused
from tests.recording.test_continuity import consulted
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AlternateCall,
    CompleteTransfer,
    ReconnectCall,
    ReleaseCall,
)
from tlibsim.switch.refusals import Reason

SINGLE = {"7001": {"record": True, "dual_dialog_enabled": False}}


def consulting(**options: Any) -> tuple[Studio, ConnId, ConnId]:
    """7001, which is recorded full time, consults 7002."""
    studio = Studio(**({"dn": {"7001": {"record": True}}} | options))
    conn_id = studio.inbound_answered()
    studio.answer_orders()
    return studio, conn_id, consulted(studio, conn_id)


def test_by_default_a_consultation_is_not_recorded_and_the_main_call_goes_on() -> None:
    studio, main, consult = consulting()

    assert len(studio.desk.traces()) == 1
    assert studio.trace().parties == ("7001", "15550001")
    assert (studio.state_key(main), studio.state_key(consult)) == ("On", None)


def test_a_start_on_it_is_refused() -> None:
    studio, _, consult = consulting()

    start = StartRecording(dn=Dn("7001"), conn_id=consult)
    refused(Reason.UNSUPPORTED, studio.do, start)


def test_with_the_option_it_has_a_session_of_its_own() -> None:
    studio, main, consult = consulting(record_consult_calls=True)
    studio.answer_orders()

    first, second = studio.desk.traces()
    assert (second.conn_id, second.record_dn, second.other_dn) == (consult, "7001", "7002")
    assert first.id != second.id
    assert (studio.state_key(main), studio.state_key(consult)) == ("On", "On")


def test_whoever_is_consulted_is_not_recorded_there() -> None:
    studio = Studio(dn={"7002": {"record": True}}, record_consult_calls=True)
    main = studio.inbound_answered()

    consulted(studio, main)

    assert studio.desk.traces() == ()


def test_in_a_single_dialog_the_session_hears_the_consultation_and_says_nothing_there() -> None:
    studio, main, consult = consulting(dn=SINGLE)

    (trace,) = studio.desk.traces()
    assert (trace.conn_id, trace.parties, trace.other_dn) == (main, ("7001", "7002"), "7002")
    assert {leg.reinvite for leg in trace.legs} == {1}
    assert (studio.state_key(main), studio.state_key(consult)) == ("On", None)


def test_with_joint_user_data_the_key_is_seen_there_too() -> None:
    studio, _, consult = consulting(dn=SINGLE, consult_user_data="joint")

    assert studio.state_key(consult) == "On"


def test_the_single_dialog_follows_the_agent_from_one_call_to_the_other() -> None:
    studio, main, consult = consulting(dn=SINGLE)

    studio.do(AlternateCall(dn=Dn("7001"), active=consult, held=main))
    assert studio.trace().parties == ("7001", "15550001")
    studio.do(AlternateCall(dn=Dn("7001"), active=main, held=consult))

    assert studio.trace().parties == ("7001", "7002")


def test_back_on_the_main_call_the_customer_is_heard_again() -> None:
    studio, main, consult = consulting(dn=SINGLE)

    studio.do(ReconnectCall(dn=Dn("7001"), active=consult, held=main))

    assert studio.trace().parties == ("7001", "15550001")
    assert studio.trace().other_dn == "15550001"


def test_a_consultation_that_the_other_ends_leaves_the_main_call_to_be_heard() -> None:
    studio, _, consult = consulting(dn=SINGLE)

    studio.do(ReleaseCall(dn=Dn("7002"), conn_id=consult))

    assert studio.trace().parties == ("7001", "15550001")


def test_a_transfer_out_of_a_single_dialog_ends_the_agents_recording() -> None:
    studio, main, consult = consulting(dn=SINGLE)

    studio.do(CompleteTransfer(dn=Dn("7001"), conn_id=main, consult_conn_id=consult))

    assert studio.trace().state is SessionState.ENDED
    assert studio.state_key(main) == "Off"


def test_a_single_dialog_without_a_recording_records_nothing() -> None:
    studio = Studio(dn={"7001": {"dual_dialog_enabled": False}})
    main = studio.inbound_answered()

    consulted(studio, main)

    assert studio.desk.traces() == ()
