"""RECORDING.md 6, 8 and 12.3: what is planned for recorders, and what they do of themselves."""

from typing import Any

import pytest

from tests.recording.studio import Studio
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import (
    PROBLEM_TONE,
    PROBLEM_VIDEO,
    LegChanged,
    LegLost,
    LegStatus,
    LegView,
    MediaProblem,
    SessionId,
)
from tlibsim.recording.commands import PauseRecording, StartRecording, StopRecording
from tlibsim.recording.facts import (
    Alarm,
    AlarmCleared,
    AlarmRaised,
    RecordingLegLost,
    RecordingProblem,
)
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState

VIDEO = {"7001": {"video": True}, "trunk-in": {"video": True}}


def running(dest2: str = "", **options: Any) -> tuple[Studio, ConnId, SessionId]:
    studio = Studio(**options)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, record_id="one", dest2=dest2))
    studio.answer_orders()
    return studio, conn_id, studio.session()


def view(key: str, status: LegStatus, **more: Any) -> LegView:
    return LegView(key=key, status=status, destination=int(key[0]) - 1, **more)


def test_the_order_carries_the_plan_of_its_legs_and_where_the_pool_chooses() -> None:
    studio, _, _ = running(dest2="sip:10.0.0.102")

    (order,) = studio.backend.started
    assert order.destinations == ("", "sip:10.0.0.102")
    assert [leg.key for leg in order.legs] == ["1.record", "1.other", "2.record", "2.other"]
    assert [leg.record_id for leg in order.legs] == ["one", "one", "one-2", "one-2"]


def test_the_trace_shows_the_real_leg_instead_of_the_simulated_one() -> None:
    studio, _, session = running()
    uri = "sip:record=one@192.0.2.7;dn=7001"
    real = view(
        "1.record",
        LegStatus.ESTABLISHED,
        recorder="rec-a",
        uri=uri,
        direction="inactive",
        reinvites=3,
    )

    studio.report(LegChanged(session=session, leg=real))

    record, other = studio.trace().legs
    assert (record.uri, record.dest, record.reinvite) == (uri, "rec-a", 3)
    assert (record.state, record.sdp, record.view) == (LegState.ESTABLISHED, "inactive", real)
    assert (other.view, other.dest) == (None, "sip:recorder.tlibsim")


def test_legs_are_shown_also_after_the_session() -> None:
    studio, conn_id, session = running()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    studio.report(LegChanged(session=session, leg=view("1.record", LegStatus.ENDED, code=200)))

    shown = studio.trace().legs[0].view
    assert shown is not None
    assert shown.code == 200


def test_a_leg_that_nothing_more_was_told_of_ends_with_its_session() -> None:
    studio, conn_id, session = running()
    up = view("1.record", LegStatus.ESTABLISHED)
    studio.report(LegChanged(session=session, leg=up))
    assert studio.trace().legs[0].state is LegState.ESTABLISHED

    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    assert studio.trace().legs[0].state is LegState.ENDED


def test_a_lost_leg_is_told_and_raises_an_alarm_and_the_session_goes_on() -> None:
    studio, conn_id, session = running()

    studio.report(LegLost(session=session, key="1.other", cause="BYE"))

    (lost,) = studio.told(RecordingLegLost)
    assert (lost.leg, lost.cause) == ("1.other", "BYE")
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.RECORDER_UNAVAILABLE]
    assert studio.state_key(conn_id) == "On"
    assert studio.trace().legs[1].state is LegState.FAILED


def test_the_next_recording_that_runs_clears_the_alarm_of_a_lost_leg() -> None:
    studio, conn_id, session = running()
    studio.report(LegLost(session=session, key="1.other", cause="BYE"))
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    studio.answer_orders()

    assert [fact.alarm for fact in studio.told(AlarmCleared)] == [Alarm.RECORDER_UNAVAILABLE]


@pytest.mark.parametrize(("policy", "state"), [("all", "On"), ("any", "Off")])
def test_one_dead_destination_of_two_ends_the_session_only_with_dup_fail_any(
    policy: str, state: str
) -> None:
    studio, conn_id, session = running(dest2="sip:10.0.0.102", dup_fail=policy)
    studio.report(LegLost(session=session, key="2.record", cause="timeout"))
    assert studio.state_key(conn_id) == "On", "half of a destination is left"

    studio.report(LegChanged(session=session, leg=view("2.other", LegStatus.FAILED, code=503)))

    assert studio.state_key(conn_id) == state
    assert (studio.trace().state is SessionState.FAILED) == (state == "Off")
    assert studio.backend.names().count("stop") == (1 if state == "Off" else 0)


def test_with_one_destination_dup_fail_leaves_the_decision_to_the_backend() -> None:
    studio, conn_id, session = running(dup_fail="any")

    for key in ("1.record", "1.other"):
        studio.report(LegLost(session=session, key=key, cause="BYE"))

    assert studio.state_key(conn_id) == "On"


# -- problems and pictures ---------------------------------------------------------------------


def test_a_tone_that_cannot_be_played_is_an_alarm_and_the_recording_goes_on() -> None:
    studio, conn_id, session = running()

    studio.report(MediaProblem(session=session, kind=PROBLEM_TONE, cause="no such file"))

    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.TONE_UNAVAILABLE]
    assert [fact.kind for fact in studio.told(RecordingProblem)] == [PROBLEM_TONE]
    assert studio.trace().problems == ("tone: no such file",)
    assert studio.state_key(conn_id) == "On"


def test_pictures_have_no_key_of_their_own_by_default() -> None:
    studio, conn_id, session = running(dn=VIDEO)
    studio.report(MediaProblem(session=session, kind=PROBLEM_VIDEO, cause="port 0"))

    assert studio.data(conn_id).first("GSIP_RECORD_VIDEO") is None


def test_with_video_indication_pictures_follow_the_session_and_their_refusal() -> None:
    studio, conn_id, session = running(dn=VIDEO, video_indication=True)
    keys = studio.data(conn_id)
    assert [key for key, _ in keys] == ["GSIP_RECORD", "GSIP_RECORD_VIDEO", "GSIP_REC_FN"]
    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))
    assert studio.data(conn_id).first("GSIP_RECORD_VIDEO") == "Paused"

    studio.report(MediaProblem(session=session, kind=PROBLEM_VIDEO, cause="port 0"))

    assert studio.data(conn_id).first("GSIP_RECORD_VIDEO") == "Off"
    assert studio.state_key(conn_id) == "Paused"


def test_a_call_without_pictures_has_no_key_for_them() -> None:
    studio, conn_id, _ = running(video_indication=True)

    assert studio.data(conn_id).first("GSIP_RECORD_VIDEO") is None


def test_who_sends_pictures_is_configured_at_the_dn_or_the_trunk() -> None:
    studio, _, _ = running(dn={"trunk-in": {"video": True}})

    (order,) = studio.backend.started
    assert [(one.dn, one.video) for one in order.parties] == [
        ("7001", False),
        ("15550001", True),
    ]
