"""What the tests of the tester's story share: the old log, one folder, every command by its words."""

import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.endtoend.programs import ROOT, SECONDS, environment, interruptible

LOG = ROOT / "fixtures" / "logs" / "sipserver.20250311.log"
CALL = "009a021843038407"
CARDS = ("4111111111111111", "5500 0055 5555 5559")
PHONES = ("4155550142", "8005550190")


def project(folder: Path) -> Path:
    """A fresh directory with nothing but the log of the story."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(LOG, folder)
    return folder


def typed(line: str, folder: Path, keys: str = "") -> subprocess.CompletedProcess[str]:
    """A command line of the story, as a shell has it; ``keys`` are what somebody types."""
    return subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {_as_module(line)}"],
        capture_output=True,
        input=keys,
        encoding="utf-8",
        env=_environment(folder),
        cwd=folder,
        timeout=SECONDS,
        check=False,
    )


class Terminal:
    """A command that runs on a terminal of its own; ``screen`` is what it wrote so far."""

    def __init__(self, line: str, folder: Path) -> None:
        self._end, theirs = pty.openpty()
        self.screen = ""
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", f"exec {_as_module(line)}"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=_environment(folder),
            cwd=folder,
            preexec_fn=interruptible,  # noqa: PLW1509  it sets a signal, nothing else
        )
        os.close(theirs)

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until the screen shows this; the match."""
        limit = time.monotonic() + SECONDS
        while (found := re.search(pattern, self.screen)) is None:
            assert time.monotonic() < limit and self._read(), self.screen
        return found

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._end, text.encode("utf-8"))

    def interrupt(self) -> int:
        """Press Ctrl-C, and wait for the end; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        """Wait for the end; the exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=SECONDS)

    def close(self) -> None:
        """End the command, whatever it does."""
        self.process.kill()
        self.process.wait(timeout=SECONDS)
        os.close(self._end)

    def _read(self) -> bool:
        """Take in what comes next; False at the end."""
        ready, _, _ = select.select([self._end], [], [], SECONDS)
        try:
            more = os.read(self._end, 65536) if ready else b""
        except OSError:  # Linux says so when the other end has closed
            more = b""
        self.screen += more.decode("utf-8", "replace")
        return bool(more)


@contextmanager
def terminal(line: str, folder: Path) -> Iterator[Terminal]:
    """A command on a terminal; it is ended when the block is."""
    running = Terminal(line, folder)
    try:
        yield running
    finally:
        running.close()


def on_a_terminal(line: str, folder: Path) -> str:
    """What a command writes to a terminal until it ends, escapes and all."""
    with terminal(line, folder) as running:
        running.ended()
        return running.screen


def _as_module(line: str) -> str:
    return line.replace("tlibsim ", f"{shlex.quote(sys.executable)} -m tlibsim ", 1)


def _environment(folder: Path) -> dict[str, str]:
    return {**environment(), "XDG_STATE_HOME": str(folder / ".state"), "TERM": "xterm"}
