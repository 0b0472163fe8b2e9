"""RECORDING.md 3.6 and 3.7: recordings before they are asked for, and in an emergency."""

from typing import Any

import pytest

from tests.recording.studio import CALLER, Studio, refused
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import CaptureFailed
from tlibsim.recording.commands import (
    PauseRecording,
    RecordSide,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.facts import (
    RecordingEnded,
    RecordingFact,
    RecordingRequested,
    RecordingStarted,
    RecordingStopped,
    Trigger,
)
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import AnswerCall, ReleaseCall, SingleStepTransfer
from tlibsim.switch.refusals import Reason


def prerecorded(**options: Any) -> tuple[Studio, ConnId]:
    studio = Studio(prerecord=True, **options)
    conn_id = studio.inbound_answered()
    studio.answer_orders()
    return studio, conn_id


def start(conn_id: ConnId, **values: Any) -> StartRecording:
    return StartRecording(dn=Dn("7001"), conn_id=conn_id, **values)


def facts_of(studio: Studio) -> list[type[Any]]:
    return [type(fact) for fact in studio.facts if isinstance(fact, RecordingFact)]


# -- before it is asked for --------------------------------------------------------------------


def test_it_runs_from_the_establishment_and_nobody_is_told() -> None:
    studio, conn_id = prerecorded()

    trace = studio.trace()
    assert (trace.state, trace.trigger, trace.hidden) == (
        SessionState.ACTIVE,
        Trigger.PRERECORD,
        True,
    )
    assert (trace.record_dn, studio.data(conn_id).pairs) == ("7001", ())
    assert facts_of(studio) == []


def test_a_start_shows_it_at_once_and_opens_nothing_new() -> None:
    studio, conn_id = prerecorded()

    studio.do(start(conn_id, record_id="mine", params=(("a", "b"),)))

    assert studio.backend.names() == ["start"]
    trace = studio.trace()
    assert (trace.id, trace.trigger, trace.hidden, trace.params) == (
        "mine",
        Trigger.DYNAMIC,
        False,
        (("a", "b"),),
    )
    assert [key for key, _ in studio.data(conn_id)] == ["GSIP_RECORD", "GSIP_REC_FN"]
    assert facts_of(studio) == [RecordingRequested, RecordingStarted]


def test_a_start_that_comes_before_the_media_service_answers_is_shown_when_it_does() -> None:
    studio = Studio(prerecord=True)
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    assert studio.state_key(conn_id) is None

    studio.answer_orders()

    assert studio.state_key(conn_id) == "On"


def test_a_start_for_the_other_side_makes_that_the_recorded_one() -> None:
    studio, conn_id = prerecorded()

    studio.do(start(conn_id, side=RecordSide.DESTINATION))

    assert studio.trace().record_dn == "trunk-in"
    assert studio.trace().parties == (CALLER, "7001")


def test_what_nobody_asked_for_cannot_be_controlled() -> None:
    studio, conn_id = prerecorded()

    for kind in (StopRecording, PauseRecording):
        refused(Reason.NO_RECORDING, studio.do, kind(dn=Dn("7001"), conn_id=conn_id))


def test_what_was_asked_for_is_controlled_as_usual() -> None:
    studio, conn_id = prerecorded()
    studio.do(start(conn_id))

    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    assert studio.state_key(conn_id) == "Off"


def test_full_time_recording_goes_before_it() -> None:
    studio, conn_id = prerecorded(dn={"7001": {"record": True}})

    assert studio.trace().trigger is Trigger.FULL_TIME
    assert studio.state_key(conn_id) == "On"


def test_it_goes_on_with_the_next_agent() -> None:
    studio, conn_id = prerecorded(dn={"7002": {}})

    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    live = [trace for trace in studio.desk.traces() if trace.state is SessionState.ACTIVE]
    assert [trace.record_dn for trace in live] == ["7002"]
    assert studio.data(conn_id).pairs == ()


def test_a_full_time_agent_who_joins_shows_it() -> None:
    studio, conn_id = prerecorded(dn={"7002": {"record": True}})

    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))
    studio.answer_orders()

    assert studio.state_key(conn_id) == "On"


def test_its_failure_is_nobodys_business() -> None:
    studio, conn_id = prerecorded()

    studio.report(CaptureFailed(session=studio.session(), cause="test"))

    assert studio.data(conn_id).pairs == ()
    studio.do(start(conn_id))
    studio.answer_orders()
    assert studio.state_key(conn_id) == "On"


def test_after_the_call_a_start_is_taken_for_as_long_as_the_grace_lasts() -> None:
    studio, conn_id = prerecorded()
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()
    studio.wait(29)

    studio.do(start(conn_id, record_id="late"))

    trace = studio.trace()
    assert (trace.id, trace.state, trace.trigger, trace.hidden) == (
        "late",
        SessionState.ENDED,
        Trigger.DYNAMIC,
        False,
    )
    assert facts_of(studio) == [
        RecordingRequested,
        RecordingStarted,
        RecordingStopped,
        RecordingEnded,
    ]
    refused(Reason.INVALID_CONN_ID, studio.do, start(conn_id))


def test_after_the_grace_the_call_is_unknown() -> None:
    studio, conn_id = prerecorded(prerecord_grace=5)
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    studio.wait(6)

    refused(Reason.INVALID_CONN_ID, studio.do, start(conn_id))
    assert studio.desk.next_deadline() is None


def test_without_a_grace_the_call_is_unknown_at_once() -> None:
    studio, conn_id = prerecorded(prerecord_grace=0)
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    refused(Reason.INVALID_CONN_ID, studio.do, start(conn_id))


def test_an_id_in_use_is_refused_also_after_the_call() -> None:
    studio, conn_id = prerecorded()
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))
    other = studio.inbound_answered("7002")
    studio.answer_orders()
    studio.do(StartRecording(dn=Dn("7002"), conn_id=other, record_id="taken"))

    refused(Reason.SEIZED, studio.do, start(conn_id, record_id="taken"))


# -- emergencies -------------------------------------------------------------------------------


def test_an_emergency_is_a_session_of_its_own_kind() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    studio.do(start(conn_id, emergency=True))
    studio.answer_orders()

    assert studio.trace().trigger is Trigger.EMERGENCY
    assert studio.state_key(conn_id) == "On"


@pytest.mark.parametrize(
    ("options", "key", "name"),
    [
        ({"recording_filename": "usual"}, "GSIP_REC_FN", "usual"),
        (
            {"recording_filename": "usual", "emergency_recording_filename": "help_$AGENTDN$"},
            "GSIP_REC_FN",
            "help_7001",
        ),
        (
            {"emergency_recording_filename": "help", "emergency_fn_key": "HELP_FN"},
            "HELP_FN",
            "help",
        ),
    ],
)
def test_its_file_name_and_the_key_for_it_are_options(
    options: dict[str, Any], key: str, name: str
) -> None:
    studio = Studio(**({"recording_filename": ""} | options))
    conn_id = studio.inbound_answered()

    studio.do(start(conn_id, emergency=True))
    studio.answer_orders()

    assert studio.data(conn_id).first(key) == name
    assert studio.trace().file_name == name


def test_an_emergency_does_not_break_into_a_recording_that_runs() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.answer_orders()

    refused(Reason.RECORDING_BUSY, studio.do, start(conn_id, emergency=True))
