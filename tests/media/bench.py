"""Bed for tests of recordings: a clock turned by hand, orders, and a thread's mailbox."""

import queue
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tlibsim.media.settings import FileSettings
from tlibsim.media.wav import FileBackend
from tlibsim.ports.media import (
    AudioSource,
    CaptureReport,
    Instant,
    MediaParty,
    RecordingOrder,
    SessionId,
    SourceKind,
)

START = Instant(1_700_000_000_000_000)
AGENT = MediaParty(dn="7001", source=AudioSource(), started_at=START)
CUSTOMER = MediaParty(dn="4155550100", source=AudioSource(), started_at=START)
SILENT = AudioSource(kind=SourceKind.SILENCE)


def after(seconds: float) -> Instant:
    return Instant(START + round(seconds * 1_000_000))


def order(session: str = "s1", **changes) -> RecordingOrder:
    values = {
        "session": SessionId(session),
        "record_id": f"rec-{session}",
        "at": START,
        "call_uuid": "00TLIBSIM0000000000000000000001A",
        "conn_id": "0071000000000001",
        "record_dn": "7001",
        "parties": (AGENT, CUSTOMER),
        "file_name": f"call-{session}",
        "details": {"agent": "1001", "ani": "4155550100", "dnis": "8001"},
    }
    return RecordingOrder(**(values | changes))


class Clock:
    """A clock that a test turns by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> Instant:
        return self.now

    def advance(self, seconds: float) -> Instant:
        self.now = Instant(self.now + round(seconds * 1_000_000))
        return self.now


class Turns:
    """A reactor of the least kind: functions from other threads, run when the test says so."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def later(self, function: Callable[[], None]) -> None:
        self._waiting.put(function)

    def run_until(self, condition: Callable[[], bool], patience_s: float = 10.0) -> None:
        while not condition():
            self._waiting.get(timeout=patience_s)()

    def run_present(self) -> None:
        while not self._waiting.empty():
            self._waiting.get_nowait()()


class Recorder:
    """A file backend with its reports, as an application holds it."""

    def __init__(self, settings: FileSettings, **more) -> None:
        self.clock = Clock()
        self.turns = Turns()
        self.reports: list[CaptureReport] = []
        self.backend = FileBackend(
            settings,
            now=self.clock,
            deliver=self.reports.append,
            later=self.turns.later,
            **more,
        )
        self.backend.open()

    def settle(self) -> None:
        self.turns.run_until(self.backend.settled)

    def write(self) -> None:
        """Have everything written up to the present."""
        self.backend.catch_up()
        self.settle()

    def advance(self, seconds: float) -> Instant:
        """Let time pass, as a stepped clock does, and have it written."""
        now = self.clock.advance(seconds)
        self.write()
        return now

    def stop(self, session: str = "s1") -> None:
        self.backend.stop(SessionId(session), self.clock.now, "stopped")
        self.settle()

    def close(self) -> None:
        self.backend.close()
        self.turns.run_present()

    def of(self, kind):
        return [report for report in self.reports if isinstance(report, kind)]


def frames_of(path: Path) -> np.ndarray:
    """Return the sound bytes of a file of ours, one row a frame."""
    return np.frombuffer(path.read_bytes()[58:], dtype=np.uint8).reshape(-1, 2)


def loudest_hertz(samples: np.ndarray) -> float:
    """Return the frequency that is loudest in samples taken 8000 times a second."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))
