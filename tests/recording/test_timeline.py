"""Time lines of recording sessions: what is noted, in which words, and how much of it."""

from typing import Any

import pytest

from tests.recording.studio import START
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureFailed,
    CaptureStarted,
    Instant,
    LegChanged,
    LegLost,
    LegStatus,
    LegView,
    OrderRefused,
    SessionId,
)
from tlibsim.recording import facts
from tlibsim.recording.timeline import MOST_NOTES, Timeline, session_of

CALL = ConnId(0xC1)
NAME = SessionId("recording-1")


def fact(kind: type[Any], /, **more: Any) -> Any:
    values: dict[str, Any] = {
        "session": NAME,
        "record_id": "rec-1",
        "conn_id": CALL,
        "record_dn": "7001",
        "trigger": facts.Trigger.DYNAMIC,
        "asked_by": Dn("7001"),
    }
    return kind(**(values | more))


def noted(*things: Any, client: str = "") -> list[tuple[str, str]]:
    timeline = Timeline(conn_id=CALL)
    for thing in things:
        if isinstance(thing, facts.RecordingFact | facts.AlarmRaised | facts.AlarmCleared):
            timeline.add_fact(START, thing, client)
        else:
            timeline.add_report(START, thing)
    return [(note.what, note.text) for note in timeline.notes]


def test_a_start_names_its_trigger_and_who_asked() -> None:
    assert noted(fact(facts.RecordingRequested), client="rec") == [
        ("requested", "start (dynamic) of 7001 by 7001, in a request of client rec")
    ]


def test_what_nobody_asked_for_names_nobody() -> None:
    wanted = fact(facts.RecordingRequested, trigger=facts.Trigger.FULL_TIME, asked_by=None)

    assert noted(wanted) == [("requested", "start (full-time) of 7001")]


@pytest.mark.parametrize(
    ("thing", "what", "text"),
    [
        (fact(facts.RecordingStarted, file_name="n"), "started", "recording as n"),
        (fact(facts.RecordingStarted), "started", "recording"),
        (fact(facts.RecordingPaused), "paused", "paused by 7001"),
        (fact(facts.RecordingResumed), "resumed", "goes on by 7001"),
        (
            fact(facts.RecordingRevised, parties=("1", "2")),
            "revised",
            "parties are now 1, 2",
        ),
        (fact(facts.RecordingStopped, cause="x"), "stopped", "over: x"),
        (fact(facts.RecordingFailed, cause="x"), "failed", "failed: x"),
        (
            fact(facts.RecordingOrderRefused, order="pause", cause="x"),
            "refused",
            "the media service refused to pause: x",
        ),
        (fact(facts.RecordingLegLost, leg="1", cause="x"), "leg-lost", "leg 1 is lost: x"),
        (fact(facts.RecordingProblem, kind="tone", cause="x"), "problem", "tone: x"),
        (fact(facts.RecordingEnded), "ended", "the media service let go, no files"),
        (
            facts.AlarmRaised(alarm=facts.Alarm.RECORDING_LOST, conn_id=CALL, detail="x"),
            "alarm",
            "alarm recording-lost raised: x",
        ),
        (CaptureAccepted(session=NAME), "accepted", "the media server has the session"),
        (CaptureStarted(session=NAME), "taking", "sound is being taken"),
        (CaptureFailed(session=NAME, cause="x"), "capture-failed", "the capture failed: x"),
        (
            OrderRefused(session=NAME, order="resume", cause="x"),
            "order-refused",
            "the media server cannot resume: x",
        ),
    ],
)
def test_each_thing_has_its_word_and_its_sentence(thing: Any, what: str, text: str) -> None:
    assert noted(thing) == [(what, text)]


def test_a_report_and_the_fact_that_it_becomes_are_one_line() -> None:
    timeline = Timeline(conn_id=CALL)
    timeline.add_report(START, LegLost(session=NAME, key="1", cause="BYE"))
    timeline.add_fact(START, fact(facts.RecordingLegLost, leg="1", cause="BYE"))

    assert [note.what for note in timeline.notes] == ["leg-lost"]


def test_the_same_again_at_another_time_is_another_line() -> None:
    timeline = Timeline(conn_id=CALL)
    for at in (START, Instant(START + 1)):
        timeline.add_report(at, LegLost(session=NAME, key="1", cause="BYE"))

    assert len(timeline.notes) == 2


def test_a_leg_is_told_with_its_recorder_its_answer_and_its_cause() -> None:
    view = LegView(
        key="1.record",
        status=LegStatus.FAILED,
        dn="7001",
        recorder="sip:10.0.0.1",
        code=486,
        cause="Busy Here",
    )

    assert noted(LegChanged(session=NAME, leg=view)) == [
        ("leg", "leg 1.record of 7001: failed at sip:10.0.0.1 (486) because Busy Here")
    ]


def test_facts_that_are_about_something_else_are_passed_over() -> None:
    timeline = Timeline(conn_id=CALL)

    timeline.add_fact(START, object())
    timeline.add_report(START, object())

    assert timeline.notes == []


def test_a_long_session_keeps_its_beginning_and_its_end_and_says_what_is_missing() -> None:
    timeline = Timeline(conn_id=CALL)
    for number in range(MOST_NOTES + 50):
        timeline.add_fact(Instant(START + number), fact(facts.RecordingPaused))
    timeline.add_fact(START, fact(facts.RecordingStopped, cause="x"))

    assert len(timeline.notes) == MOST_NOTES + 1
    assert [note.what for note in timeline.notes[-3:]] == ["paused", "cut", "stopped"]


def test_the_session_of_a_second_capture_is_that_of_the_first() -> None:
    assert session_of("recording-7.2") == session_of("recording-7") == "recording-7"
