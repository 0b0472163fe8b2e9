"""The audio tone in the file, and a file with everybody in one channel (RECORDING.md 8.3, 9)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.media.bench import AGENT, CUSTOMER, SILENT, Recorder, frames_of, loudest_hertz, order
from tlibsim.media.audio.g711 import decode, encode
from tlibsim.media.audio.sources import samples, tone_frequency
from tlibsim.media.audio.tones import BEEP_HZ, BEEP_MS
from tlibsim.media.settings import Codec, FileSettings
from tlibsim.media.waveform import save_waveform
from tlibsim.ports.media import (
    PROBLEM_TONE,
    CaptureEnded,
    MediaProblem,
    Revision,
    SessionId,
    Tone,
)

S1 = SessionId("s1")
QUIET = (replace(AGENT, source=SILENT), replace(CUSTOMER, source=SILENT))
BEEP = Tone(source="beep.wav", silence_ms=1500, in_record_dn=False, in_other_dn=True)
PERIOD = (BEEP_MS + 1500) * 8
"""Samples from the beginning of one beep to that of the next."""


@pytest.fixture
def recorder(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    yield recorder
    recorder.close()


def beginnings(path: Path, channel: int) -> list[float]:
    """When beeps begin in an otherwise silent channel, in seconds."""
    sound, rate = soundfile.read(path)
    loud = np.abs(sound[:, channel]) > 0.01
    edges = np.flatnonzero(loud & ~np.concatenate(([False], loud[:-1])))
    fresh = edges[np.concatenate(([True], np.diff(edges) > rate // 4))]
    return [round(edge / rate, 2) for edge in fresh]


def test_the_tone_is_heard_in_the_channel_asked_for_and_nowhere_else(recorder, tmp_path):
    recorder.backend.start(order(parties=QUIET, tone=BEEP))
    recorder.advance(4)
    recorder.stop()

    sound, _ = soundfile.read(tmp_path / "call-s1.wav")
    assert beginnings(tmp_path / "call-s1.wav", 1) == [0.0, 1.7, 3.4]
    assert loudest_hertz(sound[: BEEP_MS * 8, 1]) == pytest.approx(BEEP_HZ, abs=10)
    assert not sound[:, 0].any()


def test_the_tone_is_mixed_with_the_voice(recorder, tmp_path):
    recorder.backend.start(order(tone=replace(BEEP, in_record_dn=True, in_other_dn=False)))
    recorder.advance(1)
    recorder.stop()

    voice = decode(
        np.frombuffer(samples(AGENT.source, AGENT.dn, 0, 50), dtype=np.uint8), Codec.MULAW
    )
    frames = frames_of(tmp_path / "call-s1.wav")
    after_beep = BEEP_MS * 8 + 8
    assert np.array_equal(frames[after_beep:, 0], encode(voice[after_beep:], Codec.MULAW))
    mixed = decode(frames[: BEEP_MS * 8, 0], Codec.MULAW)
    assert loudest_hertz(mixed - voice[: BEEP_MS * 8].astype(float)) == pytest.approx(
        BEEP_HZ, abs=10
    )
    other = np.frombuffer(samples(CUSTOMER.source, CUSTOMER.dn, 0, 50), dtype=np.uint8)
    assert np.array_equal(frames[:, 1], other)


def test_there_is_no_tone_while_paused_and_one_again_on_resume(recorder, tmp_path):
    recorder.backend.start(order(parties=QUIET, tone=BEEP))
    recorder.advance(1)
    recorder.backend.pause(S1, recorder.clock.now)
    recorder.advance(2)
    recorder.backend.resume(S1, recorder.clock.now)
    recorder.advance(2)
    recorder.stop()

    assert beginnings(tmp_path / "call-s1.wav", 1) == [0.0, 3.0, 4.7]


def test_who_comes_and_goes_does_not_disturb_the_tone(recorder, tmp_path):
    recorder.backend.start(order(parties=QUIET, tone=BEEP))
    recorder.advance(1)
    recorder.backend.revise(Revision(session=S1, at=recorder.clock.now, parties=QUIET[:1]))
    recorder.advance(3)
    recorder.stop()

    assert beginnings(tmp_path / "call-s1.wav", 1) == [0.0, 1.7, 3.4]


def test_a_tone_of_ones_own_is_found_in_the_folders_for_audio(tmp_path):
    (tmp_path / "sounds").mkdir()
    wave = np.rint(9000 * np.sin(2 * np.pi * 700 * np.arange(800) / 8000)).astype(np.int16)
    soundfile.write(tmp_path / "sounds" / "own.wav", wave, 8000, subtype="PCM_16")
    settings = FileSettings(directory=tmp_path, audio_folders=(tmp_path / "sounds",))
    recorder = Recorder(settings)
    recorder.backend.start(order(parties=QUIET, tone=replace(BEEP, source="own.wav")))
    recorder.advance(1)
    recorder.stop()
    recorder.close()

    sound, _ = soundfile.read(tmp_path / "call-s1.wav")
    assert loudest_hertz(sound[:800, 1]) == pytest.approx(700, abs=10)


@pytest.mark.parametrize("source", ["none.wav", "http://192.0.2.1/tone.wav", "../../x.wav"])
def test_a_tone_that_cannot_be_had_is_told_and_the_recording_goes_on(
    recorder, tmp_path, source
):
    recorder.backend.start(order(parties=QUIET, tone=replace(BEEP, source=source)))
    recorder.advance(1)
    recorder.stop()

    (problem,) = recorder.of(MediaProblem)
    assert problem.kind == PROBLEM_TONE
    assert source in problem.cause
    assert len(recorder.of(CaptureEnded)[0].artefacts) == 1
    document = json.loads((tmp_path / "call-s1.json").read_text())
    assert document["problems"] == [problem.cause]
    sound, _ = soundfile.read(tmp_path / "call-s1.wav")
    assert not sound.any()


# -- everybody in one channel ------------------------------------------------------------------


def test_a_mixed_recording_has_one_channel_with_everybody_in_it(recorder, tmp_path):
    recorder.backend.start(order(mixed=True))
    recorder.advance(2)
    recorder.stop()

    sound, rate = soundfile.read(tmp_path / "call-s1.wav")
    assert (rate, sound.shape) == (8000, (16000,))
    spectrum = np.abs(np.fft.rfft(sound[:8000]))
    for party in (AGENT, CUSTOMER):
        hertz = tone_frequency(party.dn)
        assert spectrum[hertz] > 0.3 * spectrum.max(), f"{party.dn} is not heard"
    assert recorder.of(CaptureEnded)[0].artefacts[0].duration_ms == 2000


def test_the_metadata_and_the_picture_of_a_mixed_recording_know_of_it(recorder, tmp_path):
    recorder.backend.start(order(mixed=True, tone=BEEP))
    recorder.advance(2)
    recorder.stop()

    document = json.loads((tmp_path / "call-s1.json").read_text())
    assert [one["channel"] for one in document["channels"]] == [1, 1]
    assert (document["mixed"], document["tone"]) == (
        True,
        {"source": "beep.wav", "silence_ms": 1500},
    )
    assert "mixed" in save_waveform(tmp_path / "call-s1.wav").read_text(encoding="utf-8")


def test_a_mixed_recording_that_a_crash_left_is_repaired(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.backend.start(order(mixed=True))
    recorder.advance(2)
    part = tmp_path / "call-s1.wav.part"
    left = part.read_bytes()
    recorder.close()
    for path in tmp_path.iterdir():
        path.unlink()
    part.write_bytes(left)

    again = Recorder(FileSettings(directory=tmp_path))
    again.advance(0.1)
    again.close()

    sound, _ = soundfile.read(tmp_path / "call-s1.wav")
    assert sound.ndim == 1
    assert len(sound) == len(left) - 58
