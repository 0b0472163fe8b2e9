"""RECORDING.md 8.3: the audio tone that a recording gets, and in which channel it is."""

from typing import Any

import pytest

from tests.recording.studio import Studio
from tests.recording.test_routing import answered
from tlibproto.vocabulary import Dn
from tlibsim.ports.media import Tone
from tlibsim.recording.commands import NO_TONE, StartRecording, ToneWish
from tlibsim.recording.facts import Alarm, AlarmRaised
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.tone import ToneChoice, channels, choose, problem_of

BEEP = ToneWish(source="beep.wav", silence="2000")


def tone_of(
    request: ToneWish = NO_TONE, route: ToneWish = NO_TONE, **rules: Any
) -> ToneChoice | None:
    return choose(request, route, RecordingRules(**rules))


def interval(silence: str, **rules: Any) -> int | None:
    choice = tone_of(ToneWish(source="beep.wav", silence=silence), **rules)
    return None if choice is None else choice.interval_ms


def test_without_audiosrc_there_is_no_tone() -> None:
    assert tone_of() is None
    assert tone_of(ToneWish(silence="2000")) is None
    assert tone_of(ToneWish(source="  ", silence="2000")) is None


@pytest.mark.parametrize(
    ("silence", "milliseconds"),
    [("900", 1500), ("0", 1500), ("1500", 1500), ("1501", 1501), ("60000", 60000)],
)
def test_less_than_the_least_silence_becomes_the_least(silence: str, milliseconds: int) -> None:
    assert interval(silence) == milliseconds


def test_without_a_silence_the_default_applies_or_there_is_no_tone() -> None:
    assert interval("") == 30000
    assert interval("", tone_missing="none") is None


@pytest.mark.parametrize("silence", ["soon", "-5", "1.5", "9" * 30, "٣"])
def test_a_silence_that_is_no_number_means_no_tone_and_a_word_why(silence: str) -> None:
    choice = tone_of(ToneWish(source="beep.wav", silence=silence))

    assert choice is not None
    assert "no number of milliseconds" in choice.problem
    assert choice.order(RecordingRules()) is None


@pytest.mark.parametrize(
    ("request_tone", "route", "profile", "source", "asked_by"),
    [
        ("a.wav", "b.wav", "c.wav", "a.wav", "request"),
        ("", "b.wav", "c.wav", "b.wav", "route"),
        ("", "", "c.wav", "c.wav", "profile"),
    ],
)
def test_the_request_wins_over_the_route_and_that_over_the_profile(
    request_tone: str, route: str, profile: str, source: str, asked_by: str
) -> None:
    choice = tone_of(
        ToneWish(source=request_tone),
        ToneWish(source=route),
        recordingclient_audiosrc=profile,
    )

    assert choice is not None
    assert (choice.source, choice.asked_by) == (source, asked_by)


def test_a_silence_may_come_from_a_weaker_place() -> None:
    choice = tone_of(ToneWish(source="a.wav"), recordingclient_tonesilenceduration="4000")

    assert choice is not None
    assert choice.interval_ms == 4000


@pytest.mark.parametrize(
    "source",
    [
        "beep.wav",
        "BEEP.WAV",
        "http://example.com/tone.wav",
        "http://example.com/tone.wav?x=1",
        "file:///opt/tones/beep.wav",
        "/opt/tones/beep.wav",
    ],
)
def test_a_wav_of_any_uri_is_in_order(source: str) -> None:
    assert problem_of(source) == ""


@pytest.mark.parametrize("source", ["music/beep", "music/beep.wav", "..\\beep.wav", "beep", ""])
def test_a_name_in_a_folder_or_without_wav_is_not(source: str) -> None:
    assert problem_of(source)


# -- who hears it, and what the channels hold --------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "places"),
    [
        ({}, (False, True)),
        ({"record_chan1source": "otherdnhears"}, (True, True)),
        ({"record_chan2source": "otherdnsays"}, None),
        ({"record_recorddnhearstone": False}, None),
        (
            {"record_chan1source": "otherdnhears", "record_recorddnhearstone": False},
            (True, False),
        ),
        (
            {"record_chan1source": "otherdnhears", "record_otherdnhearstone": False},
            (False, True),
        ),
    ],
)
def test_the_tone_is_in_a_channel_that_holds_what_its_hearer_hears(
    rules: dict[str, Any], places: tuple[bool, bool] | None
) -> None:
    choice = tone_of(BEEP)
    assert choice is not None

    tone = choice.order(RecordingRules(**rules))

    assert (None if tone is None else (tone.in_record_dn, tone.in_other_dn)) == places


def test_the_name_that_the_guide_prints_twice_may_set_the_first_channel() -> None:
    rules = RecordingRules(record_chan2source="otherdnhears")

    assert channels(rules) == ("otherdnhears", "recorddnhears")


# -- on real calls -----------------------------------------------------------------------------


def test_the_order_carries_the_tone_and_the_trace_shows_it() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, tone=BEEP))

    (order,) = studio.backend.started
    assert order.tone == Tone(
        source="beep.wav", silence_ms=2000, in_record_dn=False, in_other_dn=True
    )
    assert studio.trace().tone == (("src", "beep.wav"), ("interval-ms", 2000))


def test_a_tone_of_the_strategy_sounds_in_every_recording_of_the_call() -> None:
    studio = Studio()
    conn_id = answered(studio, ("audiosrc", "beep.wav"), ("tonesilenceduration", "5000"))

    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    assert studio.trace().tone == (("src", "beep.wav"), ("interval-ms", 5000))


def test_a_bad_uri_is_an_alarm_and_no_tone_and_the_recording_runs() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    studio.do(
        StartRecording(dn=Dn("7001"), conn_id=conn_id, tone=ToneWish(source="music/beep"))
    )
    studio.answer_orders()

    (order,) = studio.backend.started
    assert order.tone is None
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.TONE_UNAVAILABLE]
    assert "music/beep" in studio.trace().problems[0]
    assert studio.state_key(conn_id) == "On"
