"""The program in processes of its own, as a user has it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "fixtures" / "scenarios" / "scenarios.yml"
PENDING = ROOT / "fixtures" / "scenarios" / "pending.yml"
SECONDS = 60
"""No process of a test lives longer."""


def environment() -> dict[str, str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "protocol")))
    return {**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}


def tlibsim(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "tlibsim", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        cwd=cwd,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def started(*words: str | Path, cwd: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a command in the background; it is ended when the block is."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "tlibsim", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
        cwd=cwd,
        preexec_fn=interruptible,  # noqa: PLW1509  it sets a signal, nothing else
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=SECONDS)


def interrupted(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Press Ctrl-C; what the process had still to say on both outputs."""
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=SECONDS)


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line of its output."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.communicate(timeout=SECONDS)
    return line.rstrip("\n")


@contextmanager
def serving(cwd: Path, bed: Path = SCENARIOS) -> Iterator[int]:
    """A server with the bed of a scenario file; gives its port."""
    with started("serve", "--bed", bed, "--port", "0", "--quiet", cwd=cwd) as process:
        yield json.loads(line_of(process))["tlib"]["port"]
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=SECONDS)


def interruptible() -> None:
    """Give the process Ctrl-C back, which a shell takes away from what it starts with ``&``."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
