"""What the tests of the tester's story share: the old log, one folder, every command by its words."""

import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.endtoend.programs import ROOT, SECONDS, environment

LOG = ROOT / "fixtures" / "logs" / "sipserver.20250311.log"
CALL = "009a021843038407"
CARDS = ("4111111111111111", "5500 0055 5555 5559")
PHONES = ("4155550142", "8005550190")


def project(folder: Path) -> Path:
    """A fresh directory with nothing but the log of the story."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(LOG, folder)
    return folder


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command line of the story, as a shell has it; what is there afterwards is on disk."""
    return subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {_as_module(line)}"],
        capture_output=True,
        encoding="utf-8",
        env=_environment(folder),
        cwd=folder,
        timeout=SECONDS,
        check=False,
    )


def on_a_terminal(line: str, folder: Path) -> str:
    """What a command writes to a terminal, escapes and all."""
    screen, end = pty.openpty()
    process = subprocess.Popen(
        ["/bin/bash", "-c", _as_module(line)],
        stdin=end,
        stdout=end,
        stderr=end,
        env=_environment(folder),
        cwd=folder,
    )
    os.close(end)
    text = b""
    limit = time.monotonic() + SECONDS
    try:
        while time.monotonic() < limit and (more := _more(screen)):
            text += more
    finally:
        process.kill()
        process.wait(timeout=SECONDS)
        os.close(screen)
    return text.decode("utf-8")


def _more(screen: int) -> bytes:
    """What comes next from a terminal; empty at its end."""
    ready, _, _ = select.select([screen], [], [], SECONDS)
    try:
        return os.read(screen, 65536) if ready else b""
    except OSError:  # Linux says so when the other end has closed
        return b""


def _as_module(line: str) -> str:
    return line.replace("tlibsim ", f"{shlex.quote(sys.executable)} -m tlibsim ", 1)


def _environment(folder: Path) -> dict[str, str]:
    return {**environment(), "XDG_STATE_HOME": str(folder / ".state"), "TERM": "xterm"}
