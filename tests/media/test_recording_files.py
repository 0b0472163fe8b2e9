"""What the file backend writes: the sound, exactly, and the metadata beside it."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.bench import (
    AGENT,
    CUSTOMER,
    SILENT,
    START,
    Recorder,
    after,
    frames_of,
    loudest_hertz,
    order,
)
from tlibsim.media.audio.g711 import decode, encode
from tlibsim.media.audio.sources import samples, tone_frequency
from tlibsim.media.settings import Codec, FileSettings, PauseGap
from tlibsim.media.writer import PauseOrder, ResumeOrder, StopOrder, Writer
from tlibsim.ports.media import (
    AudioSource,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    MediaParty,
    Revision,
    SessionId,
    SourceKind,
)

S1 = SessionId("s1")
TONE = AudioSource()


@pytest.fixture
def recorder(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    yield recorder
    recorder.close()


def spoken(party, first, count, codec=Codec.MULAW):
    return np.frombuffer(
        samples(party.source, party.dn, first, count, codec=codec), dtype=np.uint8
    )


def quiet(count, codec=Codec.MULAW):
    return np.full(count * 160, codec.silence, dtype=np.uint8)


def document_of(path):
    return json.loads(path.with_suffix(".json").read_text())


@pytest.mark.parametrize("codec", Codec)
def test_each_party_is_on_its_channel_to_the_byte(tmp_path, codec):
    recorder = Recorder(FileSettings(directory=tmp_path, codec=codec))
    recorder.backend.start(order())
    recorder.advance(2.5)
    recorder.advance(0.505)
    recorder.stop()
    recorder.close()
    frames = frames_of(tmp_path / "call-s1.wav")
    assert len(frames) == 150 * 160
    assert np.array_equal(frames[:, 0], spoken(AGENT, 0, 150, codec))
    assert np.array_equal(frames[:, 1], spoken(CUSTOMER, 0, 150, codec))


def test_a_listener_hears_the_tone_of_each_party_on_its_channel(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.advance(2)
    recorder.stop()
    sound, rate = soundfile.read(tmp_path / "call-s1.wav")
    assert (rate, sound.shape) == (8000, (16000, 2))
    assert loudest_hertz(sound[:8000, 0]) == pytest.approx(tone_frequency("7001"), abs=1)
    assert loudest_hertz(sound[:8000, 1]) == pytest.approx(tone_frequency("4155550100"), abs=1)


def test_two_recordings_of_a_call_hold_the_same_sound_at_the_same_time(recorder, tmp_path):
    noise = AudioSource(kind=SourceKind.NOISE, seed=5)
    party = replace(AGENT, source=noise)
    recorder.backend.start(order("s1", parties=(party, CUSTOMER)))
    recorder.advance(1)
    recorder.backend.start(
        order("s2", at=recorder.clock.now, parties=(CUSTOMER, party), record_dn="4155550100")
    )
    recorder.advance(1)
    recorder.stop("s1")
    recorder.stop("s2")
    one, other = frames_of(tmp_path / "call-s1.wav"), frames_of(tmp_path / "call-s2.wav")
    assert np.array_equal(one[8000:, 0], other[:, 1])
    assert np.array_equal(one[8000:, 1], other[:, 0])


def test_a_pause_is_silent_in_its_place(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.advance(1)
    recorder.backend.pause(S1, recorder.clock.now)
    recorder.advance(2)
    recorder.backend.resume(S1, recorder.clock.now)
    recorder.advance(1)
    recorder.stop()
    frames = frames_of(tmp_path / "call-s1.wav")
    assert len(frames) == 200 * 160
    assert np.array_equal(frames[: 50 * 160, 0], spoken(AGENT, 0, 50))
    assert np.all(frames[50 * 160 : 150 * 160] == 0xFF)
    assert np.array_equal(frames[150 * 160 :, 0], spoken(AGENT, 150, 50))


def test_a_pause_can_be_cut_out(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path, pause_gap=PauseGap.CUT))
    recorder.backend.start(order())
    recorder.advance(1)
    recorder.backend.pause(S1, recorder.clock.now)
    recorder.advance(2)
    recorder.backend.resume(S1, recorder.clock.now)
    recorder.advance(1)
    recorder.stop()
    recorder.close()
    frames = frames_of(tmp_path / "call-s1.wav")
    assert len(frames) == 100 * 160
    assert np.array_equal(frames[50 * 160 :, 0], spoken(AGENT, 150, 50))
    ended = recorder.of(CaptureEnded)[0]
    assert ended.artefacts[0].duration_ms == 2000
    assert ended.counters == {"blocks": 100}


def test_a_party_that_is_missing_or_muted_is_silent(recorder, tmp_path):
    recorder.backend.start(order(parties=(replace(AGENT, muted=True), CUSTOMER)))
    recorder.advance(1)
    recorder.backend.revise(Revision(session=S1, at=recorder.clock.now, parties=(AGENT,)))
    recorder.advance(1)
    recorder.stop()
    frames = frames_of(tmp_path / "call-s1.wav")
    half = 50 * 160
    assert np.all(frames[:half, 0] == 0xFF)
    assert np.array_equal(frames[:half, 1], spoken(CUSTOMER, 0, 50))
    assert np.array_equal(frames[half:, 0], spoken(AGENT, 50, 50))
    assert np.all(frames[half:, 1] == 0xFF)


def test_several_others_are_mixed_in_linear_form(recorder, tmp_path):
    third = MediaParty(dn="7002", source=TONE, started_at=after(0.5))
    recorder.backend.start(order(parties=(AGENT, CUSTOMER, third)))
    recorder.advance(1)
    recorder.stop()
    frames = frames_of(tmp_path / "call-s1.wav")
    one = decode(spoken(CUSTOMER, 0, 50), Codec.MULAW).astype(int)
    other = decode(np.concatenate([quiet(25), spoken(third, 0, 25)]), Codec.MULAW)
    expected = encode((one + other).astype(np.int16), Codec.MULAW)
    assert np.array_equal(frames[:, 1], expected)
    assert np.array_equal(frames[:, 0], spoken(AGENT, 0, 50))


def test_a_mix_that_is_too_loud_is_limited_and_does_not_wrap(recorder, tmp_path):
    others = [replace(CUSTOMER, dn=str(7001 + 43 * n)) for n in range(5)]
    recorder.backend.start(order(parties=(AGENT, *others)))
    recorder.advance(1)
    recorder.stop()
    mixed = decode(frames_of(tmp_path / "call-s1.wav")[:, 1], Codec.MULAW).astype(int)
    alone = decode(spoken(AGENT, 0, 50), Codec.MULAW).astype(int)
    assert np.array_equal(np.sign(mixed), np.sign(alone))
    assert mixed.max() == 32124


def test_the_file_ends_exactly_at_the_stop_however_late_it_is_noticed(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.advance(5)
    recorder.backend.stop(S1, after(1.99), "stopped")
    recorder.settle()
    assert len(frames_of(tmp_path / "call-s1.wav")) == 99 * 160
    assert recorder.of(CaptureEnded)[0].artefacts[0].duration_ms == 1980


def test_an_audio_source_that_cannot_be_read_is_silence_and_a_word_in_the_metadata(
    recorder, tmp_path
):
    lost = replace(CUSTOMER, source=AudioSource(kind=SourceKind.WAV, files=("lost.wav",)))
    recorder.backend.start(order(parties=(AGENT, lost)))
    recorder.advance(1)
    recorder.stop()
    frames = frames_of(tmp_path / "call-s1.wav")
    assert np.array_equal(frames[:, 0], spoken(AGENT, 0, 50))
    assert np.all(frames[:, 1] == 0xFF)
    (problem,) = document_of(tmp_path / "call-s1.wav")["problems"]
    assert "4155550100" in problem
    assert "lost.wav" in problem


def test_audio_files_are_looked_up_where_the_server_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    soundfile.write("own.wav", np.full(800, 0.25), 8000, subtype="PCM_16")
    own = replace(AGENT, source=AudioSource(kind=SourceKind.WAV, files=("own.wav",)))
    recorder = Recorder(FileSettings(directory=tmp_path / "rec"))
    recorder.backend.start(order(parties=(own, CUSTOMER)))
    recorder.advance(1)
    recorder.stop()
    recorder.close()
    sound = decode(frames_of(tmp_path / "rec" / "call-s1.wav")[:, 0], Codec.MULAW)
    assert np.abs(sound.astype(int) - 8192).max() < 200


steps = st.lists(
    st.tuples(
        st.sampled_from(["pause", "resume", "customer", "alone", "muted", "conference"]),
        st.integers(0, 900_000),
    ),
    max_size=6,
)
PARTIES = {
    "customer": (AGENT, CUSTOMER),
    "alone": (AGENT,),
    "muted": (replace(AGENT, muted=True), CUSTOMER),
    "conference": (AGENT, CUSTOMER, replace(AGENT, dn="7002")),
}


def orders_of(history, length_us):
    at = START
    for kind, later_us in history:
        at += later_us
        if kind == "pause":
            yield PauseOrder(session=S1, at=at)
        elif kind == "resume":
            yield ResumeOrder(session=S1, at=at)
        else:
            yield Revision(session=S1, at=at, parties=PARTIES[kind])
    yield StopOrder(session=S1, at=at + length_us, cause="stopped")


@given(
    history=steps,
    length_us=st.integers(0, 700_000),
    gap=st.sampled_from(PauseGap),
    flushes=st.lists(st.integers(0, 6_000_000), min_size=7, max_size=7),
)
@settings(deadline=None, max_examples=25)
def test_the_file_does_not_depend_on_when_it_is_written(
    tmp_path_factory, history, length_us, gap, flushes
):
    contents = []
    for is_flushed in (False, True):
        directory = tmp_path_factory.mktemp("pure")
        writer = Writer(FileSettings(directory=directory, pause_gap=gap))
        writer.open()
        writer.obey(order())
        for given_order, flush_us in zip(orders_of(history, length_us), flushes, strict=False):
            if is_flushed:
                writer.flush(START + flush_us)
            writer.obey(given_order)
        document = document_of(directory / "call-s1.wav")
        contents.append(((directory / "call-s1.wav").read_bytes(), document))
        assert document["state"] == "ended"
    assert contents[0] == contents[1]


def test_the_name_ordered_is_taken_and_a_taken_name_is_numbered(recorder, tmp_path):
    (tmp_path / "call.wav").write_text("mine")
    (tmp_path / "call-2.json").write_text("mine")
    for session in ("s1", "s2"):
        recorder.backend.start(order(session, file_name="call"))
    recorder.settle()
    names = [report.file_name for report in recorder.of(CaptureAccepted)]
    assert names == ["call-3", "call-4"]
    recorder.stop("s1")
    recorder.stop("s2")
    assert (tmp_path / "call.wav").read_text() == "mine"
    assert (tmp_path / "call-3.wav").is_file()
    assert (tmp_path / "call-4.wav").is_file()


def test_without_a_name_the_record_id_is_the_name(recorder, tmp_path):
    recorder.backend.start(order(file_name="", record_id="../rec:1"))
    recorder.stop()
    assert recorder.of(CaptureAccepted)[0].file_name == "_rec_1"
    assert (tmp_path / "_rec_1.wav").is_file()


def test_a_name_taken_by_a_stranger_meanwhile_is_not_overwritten(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.advance(1)
    (tmp_path / "call-s1.wav").write_text("mine")
    recorder.stop()
    (artefact,) = recorder.of(CaptureEnded)[0].artefacts
    assert artefact.path == str(tmp_path / "call-s1-2.wav")
    assert (tmp_path / "call-s1.wav").read_text() == "mine"
    assert document_of(tmp_path / "call-s1-2.wav")["name"] == "call-s1-2"
    assert not (tmp_path / "call-s1.json").exists()


def test_the_metadata_tell_everything_about_a_recording(recorder, tmp_path):
    recorder.backend.start(
        order(destinations=("sip:10.0.0.1",), params=(("name1", "value1"),), geo_location="x")
    )
    recorder.advance(1)
    recorder.backend.pause(S1, recorder.clock.now)
    recorder.advance(1)
    recorder.backend.resume(S1, recorder.clock.now)
    recorder.advance(1)
    recorder.backend.revise(Revision(session=S1, at=recorder.clock.now, parties=(AGENT,)))
    recorder.advance(1)
    recorder.stop()
    audio = tmp_path / "call-s1.wav"
    agent = {"channel": 1, "dn": "7001", "muted": False, "source": "tone"}
    customer = {"channel": 2, "dn": "4155550100", "muted": False, "source": "tone"}
    assert document_of(audio) == {
        "format": "tlibsim-recording-1",
        "name": "call-s1",
        "state": "ended",
        "call_uuid": "00TLIBSIM0000000000000000000001A",
        "conn_id": "0071000000000001",
        "record_id": "rec-s1",
        "record_dn": "7001",
        "session": "s1",
        "file": "call-s1.wav",
        "codec": "mulaw",
        "sample_rate": 8000,
        "channels": [agent, customer],
        "started": "2023-11-14T22:13:20.000000Z",
        "started_us": START,
        "ended": "2023-11-14T22:13:24.000000Z",
        "ended_us": after(4),
        "duration_ms": 4000,
        "size_bytes": 58 + 4 * 16000,
        "sha256": hashlib.sha256(audio.read_bytes()).hexdigest(),
        "pause_gap": "silence",
        "pauses": [
            {
                "from": "2023-11-14T22:13:21.000000Z",
                "from_us": after(1),
                "until": "2023-11-14T22:13:22.000000Z",
                "until_us": after(2),
            }
        ],
        "party_changes": [
            {"at": "2023-11-14T22:13:23.000000Z", "at_us": after(3), "channels": [agent]}
        ],
        "destinations": ["sip:10.0.0.1"],
        "mixed": False,
        "tone": None,
        "params": [["name1", "value1"]],
        "geo_location": "x",
        "details": {"agent": "1001", "ani": "4155550100", "dnis": "8001"},
        "cause": "stopped",
        "problems": [],
    }
    (artefact,) = recorder.of(CaptureEnded)[0].artefacts
    assert artefact.path == str(audio)
    assert artefact.sha256 == hashlib.sha256(audio.read_bytes()).hexdigest()


def test_a_pause_that_lasts_to_the_end_is_closed_by_it(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.backend.pause(S1, after(1))
    recorder.backend.stop(S1, after(2), "stopped")
    recorder.settle()
    (pause,) = document_of(tmp_path / "call-s1.wav")["pauses"]
    assert (pause["from_us"], pause["until_us"]) == (after(1), after(2))


def test_texts_from_the_wire_that_are_no_unicode_are_kept(recorder, tmp_path):
    recorder.backend.start(order(record_id="r\udce9", details={"agent": "\udcff", "x": "\0"}))
    recorder.advance(1)
    recorder.stop()
    document = document_of(tmp_path / "call-s1.wav")
    assert document["record_id"] == "r\udce9"
    assert document["details"] == {"agent": "\udcff", "x": "\0"}
    assert recorder.backend.status().problems == ()


def test_a_recording_ends_at_its_greatest_length(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path, max_length_s=3))
    recorder.backend.start(order())
    recorder.backend.start(order("s2"))
    recorder.backend.stop(SessionId("s2"), after(60), "late")
    recorder.advance(60)
    failures = recorder.of(CaptureFailed)
    assert [report.session for report in failures] == ["s2", "s1"]
    assert all("greatest length of 3 s" in report.cause for report in failures)
    recorder.stop()
    recorder.close()
    assert len(recorder.of(CaptureEnded)) == 2
    for name in ("call-s1", "call-s2"):
        assert len(frames_of(tmp_path / f"{name}.wav")) == 3 * 8000
        assert document_of(tmp_path / f"{name}.wav")["ended_us"] == after(3)


def test_a_long_time_that_passes_at_once_is_written_in_full(recorder, tmp_path):
    recorder.backend.start(order(parties=(replace(AGENT, source=SILENT), CUSTOMER)))
    recorder.advance(600)
    recorder.stop()
    frames = frames_of(tmp_path / "call-s1.wav")
    assert len(frames) == 600 * 8000
    assert np.array_equal(frames[-8000:, 1], spoken(CUSTOMER, 599 * 50, 50))


def test_closing_completes_the_files_of_all_recordings(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    for session in ("s1", "s2"):
        recorder.backend.start(order(session))
    recorder.advance(1)
    recorder.clock.advance(1)
    recorder.close()
    assert len(recorder.of(CaptureEnded)) == 2
    for name in ("call-s1", "call-s2"):
        assert len(frames_of(tmp_path / f"{name}.wav")) == 2 * 8000
        assert document_of(tmp_path / f"{name}.wav")["cause"] == "the recorder was closed"
    recorder.backend.start(order("s3"))
    recorder.turns.run_present()
    assert [type(report) for report in recorder.reports[-2:]] == [CaptureFailed, CaptureEnded]


def test_closing_a_backend_that_never_worked_does_nothing_and_twice_is_once(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.close()
    recorder.close()
    assert recorder.reports == []
