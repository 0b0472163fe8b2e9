"""What goes wrong with the disk becomes a report with a cause, and stops no other recording."""

import errno
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.media.bench import AGENT, Recorder, after, frames_of, order
from tlibsim.media.index import INDEX_NAME
from tlibsim.media.settings import FileSettings
from tlibsim.ports.media import (
    AudioSource,
    CaptureEnded,
    CaptureFailed,
    CaptureStarted,
    SessionId,
)

S1 = SessionId("s1")


class Disk:
    """Opens files as the system does, until it is told of a trouble for some of them."""

    def __init__(self):
        self.troubles = {}

    def __call__(self, path, flags, mode):
        for word, trouble in self.troubles.items():
            if word in path.name:
                return trouble(path, flags, mode)
        return os.open(path, flags, mode)


def failing(number):
    def trouble(path, flags, mode):
        raise OSError(number, os.strerror(number), str(path))

    return trouble


def full(path, flags, mode):
    """A device on which every write finds the disk full."""
    return os.open("/dev/full", os.O_WRONLY)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def recorder(tmp_path, disk):
    recorder = Recorder(FileSettings(directory=tmp_path / "rec"), opener=disk)
    recorder.backend.catch_up()
    recorder.settle()
    yield recorder
    recorder.close()


def start_two(recorder):
    recorder.backend.start(order("s1"))
    recorder.backend.start(order("s2"))
    recorder.advance(1)
    assert len(recorder.of(CaptureStarted)) == 2


def assert_only_s1_broke_off(recorder, word, folder):
    (failed,) = recorder.of(CaptureFailed)
    assert failed.session == "s1"
    assert word in failed.cause
    (ended,) = recorder.of(CaptureEnded)
    assert ended.session == "s1"
    assert any(word in problem for problem in recorder.backend.status().problems)
    recorder.backend.stop(S1, recorder.clock.now, "stopped")
    recorder.stop("s2")
    assert [report.session for report in recorder.of(CaptureEnded)] == ["s1", "s2"]
    assert len(frames_of(folder / "call-s2.wav")) == 2 * 8000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_disk_that_fills_up_breaks_a_recording_off_and_keeps_what_there_is(
    recorder, disk, tmp_path
):
    start_two(recorder)
    disk.troubles["call-s1"] = full
    recorder.advance(1)
    assert_only_s1_broke_off(recorder, "is full", tmp_path / "rec")


def test_what_was_written_before_the_disk_was_full_remains_as_a_recording(
    recorder, disk, tmp_path
):
    start_two(recorder)

    def full_at_the_end(path, flags, mode):
        if flags & os.O_APPEND:
            raise OSError(errno.ENOSPC, "full")
        return os.open(path, flags, mode)

    disk.troubles["call-s1"] = full_at_the_end
    recorder.advance(1)
    assert len(frames_of(tmp_path / "rec" / "call-s1.wav")) == 8000
    assert recorder.of(CaptureEnded)[0].artefacts[0].duration_ms == 1000
    assert_only_s1_broke_off(recorder, "is full", tmp_path / "rec")


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EACCES, "must not be written"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_start_that_cannot_be_written_fails_with_its_cause_and_leaves_nothing(
    recorder, disk, tmp_path, number, word
):
    disk.troubles["call-s1"] = failing(number)
    recorder.backend.start(order("s1"))
    recorder.settle()
    assert [type(report) for report in recorder.reports] == [CaptureFailed, CaptureEnded]
    assert word in recorder.reports[0].cause
    assert str(tmp_path / "rec") in recorder.reports[0].cause
    assert not list((tmp_path / "rec").glob("call-s1*"))
    recorder.backend.start(order("s2"))
    recorder.settle()
    assert recorder.reports[-1] == CaptureStarted(session=SessionId("s2"))
    assert recorder.backend.status().problems == ()


def test_a_directory_that_vanishes_breaks_everything_off_until_it_is_back(recorder, tmp_path):
    start_two(recorder)
    shutil.rmtree(tmp_path / "rec")
    recorder.advance(1)
    assert len(recorder.of(CaptureFailed)) == len(recorder.of(CaptureEnded)) == 2
    assert all("is gone" in report.cause for report in recorder.of(CaptureFailed))
    assert all(report.artefacts == () for report in recorder.of(CaptureEnded))
    recorder.backend.start(order("s3"))
    recorder.settle()
    assert "is gone" in recorder.reports[-2].cause
    assert not (tmp_path / "rec").exists()
    (tmp_path / "rec").mkdir()
    recorder.backend.start(order("s4"))
    recorder.advance(1)
    recorder.stop("s4")
    assert len(recorder.of(CaptureEnded)[-1].artefacts) == 1
    assert (tmp_path / "rec" / INDEX_NAME).exists()
    assert recorder.backend.status().problems == ()


def test_a_directory_that_cannot_be_made_is_a_cause_and_no_crash(tmp_path):
    (tmp_path / "file").write_text("in the way")
    recorder = Recorder(FileSettings(directory=tmp_path / "file" / "rec"))
    recorder.backend.start(order())
    recorder.settle()
    assert "file/rec" in recorder.of(CaptureFailed)[0].cause
    assert recorder.backend.status().problems
    recorder.close()


def test_below_the_floor_of_free_disk_nothing_is_recorded(tmp_path):
    recorder = Recorder(FileSettings(directory=tmp_path, min_free_bytes=10**18))
    recorder.backend.start(order())
    recorder.settle()
    cause = recorder.of(CaptureFailed)[0].cause
    assert "must stay free" in cause
    assert "min_free_mb" in cause
    assert len(recorder.of(CaptureEnded)) == 1
    recorder.close()


def test_when_the_disk_gets_near_its_floor_recordings_end_with_their_sound(
    tmp_path, monkeypatch
):
    recorder = Recorder(FileSettings(directory=tmp_path))
    recorder.backend.start(order())
    recorder.advance(1)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1))
    recorder.advance(1)
    assert "must stay free" in recorder.of(CaptureFailed)[0].cause
    assert recorder.of(CaptureEnded)[0].artefacts[0].duration_ms == 1000
    recorder.close()


def test_a_slow_disk_delays_reports_and_never_the_one_who_orders(recorder, disk):
    is_free, is_stuck = threading.Event(), threading.Event()

    def slow(path, flags, mode):
        is_stuck.set()
        assert is_free.wait(10)
        return os.open(path, flags, mode)

    disk.troubles["call-s1"] = slow
    recorder.backend.start(order("s1"))
    assert is_stuck.wait(10)
    recorder.backend.start(order("s2"))
    recorder.backend.pause(S1, after(1))
    recorder.backend.stop(SessionId("s2"), after(1), "stopped")
    assert recorder.backend.status().ports_in_use == 4
    assert not recorder.backend.settled()
    recorder.turns.run_present()
    assert recorder.reports == []
    is_free.set()
    recorder.settle()
    assert len(recorder.reports) == 6


def test_a_disk_that_is_too_slow_for_closing_is_an_error_that_says_what_happens(tmp_path):
    is_free = threading.Event()

    def slow(path, flags, mode):
        assert is_free.wait(10)
        return os.open(path, flags, mode)

    disk = Disk()
    disk.troubles["call"] = slow
    recorder = Recorder(FileSettings(directory=tmp_path), opener=disk)
    recorder.backend.start(order())
    with pytest.raises(TimeoutError, match="repaired at the next start"):
        recorder.backend.close(patience_s=0.05)
    is_free.set()
    recorder.turns.run_until(recorder.backend.settled)
    assert len(recorder.of(CaptureEnded)) == 1


def test_metadata_that_cannot_be_written_do_not_end_a_recording(recorder, tmp_path):
    recorder.backend.start(order())
    recorder.advance(1)
    document = tmp_path / "rec" / "call-s1.json"
    document.unlink()
    document.mkdir()
    recorder.stop()
    assert recorder.of(CaptureFailed) == []
    assert len(frames_of(tmp_path / "rec" / "call-s1.wav")) == 8000


def test_an_error_of_our_own_while_writing_ends_its_recording_and_no_other(recorder, tmp_path):
    strange = replace(AGENT, source=AudioSource(frequency_hz="loud"))
    recorder.backend.start(order("s1", parties=(strange,)))
    recorder.backend.start(order("s2"))
    recorder.backend.start(order("s3", parties=(strange,)))
    recorder.advance(0.01)
    assert recorder.of(CaptureFailed) == []
    recorder.backend.stop(SessionId("s3"), after(1), "stopped")
    recorder.advance(2)
    assert [report.session for report in recorder.of(CaptureFailed)] == ["s3", "s1"]
    assert all("internal error" in report.cause for report in recorder.of(CaptureFailed))
    assert len(recorder.of(CaptureEnded)) == 2
    recorder.stop("s2")
    assert len(frames_of(tmp_path / "rec" / "call-s2.wav")) == 16000


def test_a_disk_that_is_full_at_the_stop_is_a_failure_with_what_there_is(recorder, disk):
    recorder.backend.start(order())
    recorder.advance(1)
    disk.troubles["call-s1"] = failing(errno.ENOSPC)
    recorder.clock.advance(1)
    recorder.stop()
    assert [type(report) for report in recorder.reports[-2:]] == [CaptureFailed, CaptureEnded]
    assert "is full" in recorder.reports[-2].cause
    assert recorder.reports[-1].artefacts == ()


def test_a_disk_that_is_full_at_the_greatest_length_is_a_failure_too(tmp_path, disk):
    recorder = Recorder(FileSettings(directory=tmp_path, max_length_s=2), opener=disk)
    recorder.backend.start(order())
    recorder.advance(2)
    disk.troubles["call-s1"] = failing(errno.ENOSPC)
    recorder.advance(1)
    assert "is full" in recorder.of(CaptureFailed)[0].cause
    assert len(recorder.of(CaptureEnded)) == 1
    recorder.close()


def test_an_error_of_our_own_ends_its_recording_and_no_other(recorder, tmp_path):
    recorder.backend.start(order("s1", parties=(None,)))
    recorder.backend.start(order("s2"))
    recorder.advance(1)
    recorder.clock.advance(1)
    (failed,) = recorder.of(CaptureFailed)
    assert "internal error" in failed.cause
    recorder.stop("s2")
    assert len(frames_of(tmp_path / "rec" / "call-s2.wav")) == 2 * 8000
