"""After a crash: the file plays, and the next start makes everything whole."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.media.bench import Recorder, after, frames_of, order
from tlibsim.media.audio.sources import samples
from tlibsim.media.entries import RecordingQuery
from tlibsim.media.index import INDEX_NAME, read_index
from tlibsim.media.settings import Codec, FileSettings
from tlibsim.media.wavefile import PartFile
from tlibsim.media.writer import PauseOrder, Writer
from tlibsim.ports.media import AudioSource, SessionId

ROOT = Path(__file__).resolve().parents[2]
CHILD = """
import sys, threading, time
from pathlib import Path
from tests.media.bench import order
from tlibsim.media.settings import FileSettings
from tlibsim.media.wav import FileBackend
from tlibsim.ports.media import Instant, MediaParty, AudioSource

def now():
    return Instant(time.time_ns() // 1000)

is_started = threading.Event()
backend = FileBackend(
    FileSettings(directory=Path(sys.argv[1]), flush_interval_s=0.2),
    now=now, deliver=lambda report: is_started.set(), later=lambda function: function(),
)
backend.open()
at = now()
parties = tuple(
    MediaParty(dn=dn, source=AudioSource(), started_at=at) for dn in ("7001", "4155550100")
)
backend.start(order(at=at, parties=parties))
is_started.wait()
print(at, flush=True)
sys.stdin.read()
"""


def test_after_kill_9_the_file_plays_and_the_next_start_repairs_it(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'protocol'}"},
    )
    part = tmp_path / "call-s1.wav.part"
    try:
        started_at = int(child.stdout.readline())
        while part.stat().st_size < 58 + 16000:
            assert child.poll() is None
    finally:
        child.send_signal(signal.SIGKILL)
        killed_at = time.time_ns() // 1000
        child.communicate()
    with soundfile.SoundFile(part) as file:
        played = file.frames
        assert file.read(dtype="int16").shape == (played, 2)
    assert played >= 8000
    assert killed_at - started_at - played * 125 < 1_000_000
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.write()
    audio = tmp_path / "call-s1.wav"
    frames = frames_of(audio)
    assert len(frames) == played
    assert frames[:, 0].tobytes() == samples(AudioSource(), "7001", 0, played // 160)
    assert not part.exists()
    document = json.loads((tmp_path / "call-s1.json").read_text())
    assert document["state"] == "recovered"
    assert document["duration_ms"] == played // 8
    assert document["ended_us"] == started_at + played * 125
    assert document["sha256"] == hashlib.sha256(audio.read_bytes()).hexdigest()
    index, complaint = read_index(tmp_path)
    assert complaint == ""
    (entry,) = index.search(RecordingQuery(state="recovered"))
    assert entry.document == document
    index.close()
    recorder.close()


def crashed(directory, codec=Codec.MULAW, names=("s1",)):
    """Leave a directory as a recorder leaves it that is broken off after two seconds."""
    writer = Writer(FileSettings(directory=directory, codec=codec))
    writer.open()
    for name in names:
        writer.obey(order(name))
    writer.flush(after(2))
    writer.commit()
    writer._lock.release()


def started_again(directory):
    writer = Writer(FileSettings(directory=directory))
    writer.open()
    return writer


def entries(directory, **query):
    index, _ = read_index(directory)
    found = list(index.search(RecordingQuery(**query)))
    index.close()
    return found


@pytest.mark.parametrize("is_metadata_lost", [False, True])
def test_the_codec_of_a_file_left_behind_is_kept(tmp_path, is_metadata_lost):
    crashed(tmp_path, Codec.ALAW)
    if is_metadata_lost:
        (tmp_path / "call-s1.json").unlink()
    started_again(tmp_path)
    assert soundfile.info(tmp_path / "call-s1.wav").subtype == "ALAW"
    (entry,) = entries(tmp_path)
    assert (entry.state, entry.duration_ms) == ("recovered", 2000)
    assert entry.record_dn == ("" if is_metadata_lost else "7001")


def test_without_an_index_everything_is_found_again(tmp_path):
    crashed(tmp_path, names=("s1", "s2"))
    for path in tmp_path.glob(INDEX_NAME + "*"):
        path.unlink()
    started_again(tmp_path)
    assert sorted(entry.name for entry in entries(tmp_path)) == ["call-s1", "call-s2"]


def test_a_pause_before_the_crash_counts_when_pauses_are_cut_out(tmp_path):
    crashed(tmp_path)
    path = tmp_path / "call-s1.json"
    document = json.loads(path.read_text())
    document |= {
        "pause_gap": "cut",
        "pauses": [{"from_us": after(1), "until_us": after(4)}],
    }
    path.write_text(json.dumps(document))
    started_again(tmp_path)
    assert entries(tmp_path)[0].ended_us == after(5)


def test_a_file_complete_but_for_its_metadata_is_made_whole(tmp_path):
    crashed(tmp_path)
    PartFile(tmp_path, "call-s1", Codec.MULAW).finish()
    started_again(tmp_path)
    (entry,) = entries(tmp_path)
    assert (entry.state, entry.duration_ms) == ("recovered", 2000)


def test_a_crash_in_the_middle_of_the_renaming_leaves_one_recording(tmp_path):
    crashed(tmp_path)
    os.link(tmp_path / "call-s1.wav.part", tmp_path / "call-s1.wav")
    started_again(tmp_path)
    assert [path.name for path in tmp_path.glob("*.wav*")] == ["call-s1.wav"]
    assert [entry.name for entry in entries(tmp_path, state="recovered")] == ["call-s1"]


def test_a_recording_that_ended_and_is_late_in_the_index_stays_ended(tmp_path):
    crashed(tmp_path)
    PartFile(tmp_path, "call-s1", Codec.MULAW).finish()
    path = tmp_path / "call-s1.json"
    document = json.loads(path.read_text()) | {"state": "ended", "duration_ms": 2000}
    path.write_text(json.dumps(document))
    started_again(tmp_path)
    assert entries(tmp_path)[0].document == document


def test_a_recording_whose_file_is_gone_is_lost(tmp_path):
    crashed(tmp_path)
    (tmp_path / "call-s1.wav.part").unlink()
    started_again(tmp_path)
    (entry,) = entries(tmp_path)
    assert entry.state == "lost"
    assert json.loads((tmp_path / "call-s1.json").read_text())["state"] == "lost"


def test_a_name_taken_meanwhile_is_not_overwritten_by_the_repair(tmp_path):
    crashed(tmp_path)
    (tmp_path / "call-s1.wav").write_text("mine")
    started_again(tmp_path)
    assert (tmp_path / "call-s1.wav").read_text() == "mine"
    (entry,) = entries(tmp_path)
    assert entry.name == "call-s1-2"
    assert entry.document["file"] == "call-s1-2.wav"


def test_strange_files_are_left_alone_and_stop_nothing(tmp_path):
    crashed(tmp_path)
    strange = {
        ".wav.part": b"x",
        "no name.wav.part": b"x",
        "other.json": b"[]",
        "deep.json": b"[" * 100_000,
        "text.json": b"\xff\xfe",
        "copy.json": (tmp_path / "call-s1.json").read_bytes(),
    }
    for name, content in strange.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.json").mkdir()
    started_again(tmp_path)
    assert [entry.name for entry in entries(tmp_path)] == ["call-s1"]
    for name, content in strange.items():
        assert (tmp_path / name).read_bytes() == content


def test_metadata_of_wrong_kinds_stop_no_repair(tmp_path):
    crashed(tmp_path, names=("s1", "s2"))
    path = tmp_path / "call-s1.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"pause_gap": "cut", "pauses": [3]}))
    started_again(tmp_path)
    assert (tmp_path / "call-s1.wav").is_file()
    assert "call-s2" in [entry.name for entry in entries(tmp_path, state="recovered")]


def test_a_second_recorder_in_the_directory_repairs_nothing_while_the_first_works(tmp_path):
    first = Writer(FileSettings(directory=tmp_path))
    first.open()
    first.obey(order("s1"))
    second = started_again(tmp_path)
    assert (tmp_path / "call-s1.wav.part").exists()
    second.obey(order("s2", file_name="call-s1"))
    first.flush(after(1))
    first.close(after(2))
    third = started_again(tmp_path)
    assert (tmp_path / "call-s1-2.wav.part").exists()
    second.close(after(3))
    third.close(after(3))
    assert [entry.state for entry in entries(tmp_path)] == ["ended", "ended"]
    assert len(frames_of(tmp_path / "call-s1-2.wav")) == 3 * 8000


def test_a_pause_is_in_the_metadata_as_soon_as_it_begins(tmp_path):
    crashed_writer = Writer(FileSettings(directory=tmp_path))
    crashed_writer.open()
    crashed_writer.obey(order())
    crashed_writer.obey(PauseOrder(session=SessionId("s1"), at=after(1)))
    crashed_writer.flush(after(3))
    document = json.loads((tmp_path / "call-s1.json").read_text())
    assert document["state"] == "paused"
    assert document["pauses"][0]["from_us"] == after(1)
    assert np.all(
        np.frombuffer(
            (tmp_path / "call-s1.wav.part").read_bytes()[58 + 16000 :], dtype=np.uint8
        )
        == 0xFF
    )
