"""(w) The file backend: 500 calls recorded to WAV files at once, in real time."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tlibsim.media.settings import FileSettings
from tlibsim.media.wav import FileBackend
from tlibsim.ports.media import (
    AudioSource,
    CaptureEnded,
    Instant,
    MediaParty,
    RecordingOrder,
    SessionId,
)
from tools.benchmarks.processes import ROOT, SOURCES
from tools.benchmarks.rows import Row, at_most

_BLOCK_US = 20_000


def measure(calls: int, seconds: float, rounds: int) -> Sequence[Row]:
    """Record for some seconds in a process of its own, in several rounds."""
    found = [_in_a_process(calls, seconds / rounds) for _ in range(rounds)]

    def values(name: str) -> list[float]:
        return [one[name] for one in found]

    return (
        Row(
            letter="w",
            what=f"{calls:,} calls to files: share of a core",
            values=values("percent"),
            unit="%",
            goal=at_most(10),
        ),
        Row(
            letter="w",
            what="blocks of 20 ms that a file is short of",
            values=values("short"),
            unit="",
            goal=at_most(0),
        ),
        Row(letter="w", what="start of all", values=values("start_ms"), unit="ms"),
        Row(letter="w", what="end of all, files complete", values=values("end_ms"), unit="ms"),
    )


def _in_a_process(calls: int, seconds: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "tools.benchmarks.filing", str(calls), str(seconds)],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 120,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SOURCES))},
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def recorded(calls: int, seconds: float, folder: Path) -> dict[str, float]:
    """Record so many calls at once; the share of a core is that of the time in between."""
    turns: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    ended: list[CaptureEnded] = []
    backend = FileBackend(
        FileSettings(directory=folder, max_ports=0),
        now=_present,
        deliver=lambda report: (
            ended.append(report) if isinstance(report, CaptureEnded) else None
        ),
        later=turns.put,
    )
    backend.open()
    begun = _present()
    for number in range(calls):
        backend.start(_order(number, begun))
    _run_until(turns, backend.settled)
    started = _present()
    before = time.process_time()
    time.sleep(seconds)
    spent_s, elapsed_s = time.process_time() - before, (_present() - started) / 1e6
    stopped = _present()
    for number in range(calls):
        backend.stop(SessionId(str(number)), stopped, "stopped")
    _run_until(turns, backend.settled)
    finished = _present()
    backend.close()
    whole = (stopped - begun) // _BLOCK_US * 20
    short = [whole - artefact.duration_ms for one in ended for artefact in one.artefacts]
    assert len(short) == calls
    return {
        "percent": spent_s / elapsed_s * 100,
        "short": max(map(abs, short)) / 20,
        "start_ms": (started - begun) / 1000,
        "end_ms": (finished - stopped) / 1000,
    }


def _order(number: int, at: Instant) -> RecordingOrder:
    parties = tuple(
        MediaParty(dn=str(dn), source=AudioSource(), started_at=at)
        for dn in (7000 + number, 4_155_550_000 + number)
    )
    return RecordingOrder(
        session=SessionId(str(number)),
        record_id=f"rec-{number}",
        at=at,
        call_uuid=f"{number:032d}",
        conn_id=f"{number:016x}",
        record_dn=parties[0].dn,
        parties=parties,
        file_name=f"call-{number}",
    )


def _run_until(
    turns: "queue.SimpleQueue[Callable[[], None]]", condition: Callable[[], bool]
) -> None:
    while not condition():
        turns.get(timeout=60)()


def _present() -> Instant:
    return Instant(time.time_ns() // 1000)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tlibsim-bench-") as directory:
        print(json.dumps(recorded(int(sys.argv[1]), float(sys.argv[2]), Path(directory))))
