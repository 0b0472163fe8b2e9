"""The file backend in the time of the machine, and what it costs to load."""

import subprocess
import sys
import time
from pathlib import Path

from tests.media.bench import AGENT, CUSTOMER, Turns, order
from tlibsim.media.audio.sources import samples
from tlibsim.media.settings import FileSettings
from tlibsim.media.wav import FileBackend
from tlibsim.ports.media import CaptureEnded, CaptureStarted, Instant, SessionId

ROOT = Path(__file__).resolve().parents[2]


def wall():
    return Instant(time.time_ns() // 1000)


def test_sound_reaches_the_disk_as_time_passes_and_ends_at_the_stop(tmp_path):
    reports, turns = [], Turns()
    backend = FileBackend(
        FileSettings(directory=tmp_path, flush_interval_s=0.05),
        now=wall,
        deliver=reports.append,
        later=turns.later,
    )
    backend.open()
    started_at = wall()
    parties = tuple(
        type(party)(dn=party.dn, source=party.source, started_at=started_at)
        for party in (AGENT, CUSTOMER)
    )
    backend.start(order(at=started_at, parties=parties))
    turns.run_until(backend.settled)
    assert isinstance(reports[-1], CaptureStarted)
    part = tmp_path / "call-s1.wav.part"
    deadline = wall() + 10_000_000
    while part.stat().st_size < 58 + 8000:
        assert wall() < deadline
    stopped_at = wall()
    backend.stop(SessionId("s1"), stopped_at, "stopped")
    turns.run_until(backend.settled)
    backend.close()
    ended = reports[-1]
    assert isinstance(ended, CaptureEnded)
    blocks = (stopped_at - started_at) // 20_000
    assert ended.artefacts[0].duration_ms == blocks * 20
    sound = (tmp_path / "call-s1.wav").read_bytes()[58:]
    assert sound[::2] == samples(AGENT.source, AGENT.dn, 0, blocks)
    assert sound[1::2] == samples(CUSTOMER.source, CUSTOMER.dn, 0, blocks)


def test_importing_the_backends_loads_no_numpy_and_no_reactor():
    code = (
        "import sys, tlibsim.media.wav, tlibsim.media.null, tlibsim.cli.recordings;"
        "print(sorted({'numpy', 'twisted.internet.reactor'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = ['.', 'protocol']; {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "[]"
