"""RECORDING.md 6: what the backend reports, in and out of season."""

import pytest

from tests.recording.studio import Studio
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import (
    Artefact,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    OrderRefused,
    SessionId,
)
from tlibsim.recording.commands import PauseRecording, StartRecording, StopRecording
from tlibsim.recording.facts import (
    Alarm,
    AlarmCleared,
    AlarmRaised,
    RecordingEnded,
    RecordingFailed,
    RecordingStarted,
)
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState

FILE = Artefact(path="one.wav", duration_ms=1000, size_bytes=16058, sha256="0" * 64)


def asked() -> tuple[Studio, ConnId, SessionId]:
    """A recording was asked for, and the backend has not answered."""
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, record_id="one"))
    return studio, conn_id, studio.session()


def running() -> tuple[Studio, ConnId, SessionId]:
    studio, conn_id, session = asked()
    studio.answer_orders()
    return studio, conn_id, session


def every_report(session: SessionId) -> list[CaptureReport]:
    return [
        CaptureAccepted(session=session, file_name="other"),
        CaptureStarted(session=session),
        CaptureFailed(session=session, cause="late"),
        CapturePaused(session=session),
        CaptureResumed(session=session),
        CaptureRevised(session=session),
        OrderRefused(session=session, order="pause", cause="late"),
        OrderRefused(session=session, order="revise", cause="late"),
    ]


def test_a_capture_that_cannot_start_says_off_and_raises_an_alarm() -> None:
    studio, conn_id, session = asked()

    studio.report(CaptureFailed(session=session, cause="the recorder said 486"))

    assert studio.data(conn_id).pairs == (("GSIP_RECORD", "Off"),)
    trace = studio.trace()
    assert (trace.state, trace.cause) == (SessionState.FAILED, "the recorder said 486")
    assert {leg.state for leg in trace.legs} == {LegState.FAILED}
    assert [fact.cause for fact in studio.told(RecordingFailed)] == ["the recorder said 486"]
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.RECORDING_FAILED]
    assert studio.backend.names() == ["start", "stop"]


def test_a_capture_that_breaks_off_says_off_and_another_can_be_started() -> None:
    studio, conn_id, session = running()

    studio.report(CaptureFailed(session=session, cause="disk full"))
    assert studio.state_key(conn_id) == "Off"
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.RECORDING_LOST]
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, record_id="one"))
    studio.answer_orders()

    assert studio.state_key(conn_id) == "On"
    assert [fact.alarm for fact in studio.told(AlarmCleared)] == [Alarm.RECORDING_LOST]


def test_a_failure_of_a_paused_capture_says_off() -> None:
    studio, conn_id, session = running()
    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))

    studio.report(CaptureFailed(session=session, cause="disk full"))

    assert studio.state_key(conn_id) == "Off"
    assert studio.trace().pauses[-1][1] is not None


def test_an_alarm_that_is_up_is_not_raised_again() -> None:
    studio, conn_id, session = asked()
    studio.report(CaptureFailed(session=session, cause="no disk"))
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, record_id="one"))
    studio.report(CaptureFailed(session=studio.session(), cause="still no disk"))

    assert len(studio.told(AlarmRaised)) == 1
    assert len(studio.told(RecordingFailed)) == 2


def test_what_the_capture_left_is_told_with_its_last_word() -> None:
    studio, conn_id, session = running()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    assert not studio.desk.settled()

    studio.report(CaptureEnded(session=session, artefacts=(FILE,)))

    assert studio.desk.settled()
    assert studio.trace().artefacts == (FILE,)
    assert [fact.artefacts for fact in studio.told(RecordingEnded)] == [(FILE,)]


def test_a_second_last_word_is_not_heard() -> None:
    studio, conn_id, session = running()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.report(CaptureEnded(session=session, artefacts=(FILE,)))

    studio.report(CaptureEnded(session=session))

    assert studio.trace().artefacts == (FILE,)
    assert len(studio.told(RecordingEnded)) == 1


def test_a_capture_that_ends_by_itself_has_failed() -> None:
    studio, conn_id, session = running()

    studio.report(CaptureEnded(session=session, artefacts=(FILE,)))

    assert studio.state_key(conn_id) == "Off"
    assert studio.trace().state is SessionState.FAILED
    assert studio.backend.names() == ["start"]
    assert studio.desk.settled()


def test_a_started_capture_needs_no_acceptance() -> None:
    studio, conn_id, session = asked()

    studio.report(CaptureStarted(session=session))

    assert studio.state_key(conn_id) == "On"
    assert len(studio.told(RecordingStarted)) == 1


def test_the_backend_is_settled_when_every_order_is_answered() -> None:
    studio, conn_id, session = asked()
    assert not studio.desk.settled()
    studio.report(CaptureAccepted(session=session))
    assert not studio.desk.settled()
    studio.report(CaptureStarted(session=session))
    assert studio.desk.settled()
    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))
    assert not studio.desk.settled()
    studio.report(CapturePaused(session=session))
    assert studio.desk.settled()


@pytest.mark.parametrize("index", range(8))
def test_reports_of_a_session_that_is_over_change_nothing(index: int) -> None:
    studio, conn_id, session = running()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    before = (studio.trace(), studio.data(conn_id), len(studio.facts))

    studio.report(every_report(session)[index])

    assert (studio.trace(), studio.data(conn_id), len(studio.facts)) == before
    assert studio.backend.names() == ["start", "stop"]


@pytest.mark.parametrize("index", range(8))
def test_reports_of_a_session_nobody_knows_change_nothing(index: int) -> None:
    studio, _, _ = running()
    before = (studio.desk.traces(), len(studio.facts))

    studio.report(every_report(SessionId("recording-99"))[index])

    assert (studio.desk.traces(), len(studio.facts)) == before


@pytest.mark.parametrize("index", [0, 1, 3, 4, 5, 6, 7])
def test_reports_that_a_running_session_did_not_ask_for_change_nothing(index: int) -> None:
    studio, conn_id, session = running()
    before = (studio.trace(), studio.data(conn_id), len(studio.facts))

    studio.report(every_report(session)[index])

    assert (studio.trace(), studio.data(conn_id), len(studio.facts)) == before
