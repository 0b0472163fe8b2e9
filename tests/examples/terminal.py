"""Types the commands of a document as its reader would, in a directory of their own.

Three things differ from what the reader does, and none is in the program: ports are free ones;
``tools/demo`` and ``tools/bench`` run in the environment of the tests instead of making one,
the benchmark its quickest part; ``tools/test`` is not run, since it runs this.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.examples.documents import ROOT

SECONDS = 60
NOT_RUN = frozenset({"./tools/test"})

_PROGRAM = """#!/bin/sh
exec {python} -u -m tlibsim "$@"
"""
_BENCH = """#!/bin/sh
cd {root} && exec {python} -m tools.benchmarks.bench --quick --only a "$@"
"""
_SERVERS = re.compile(r"tlibsim serve\b|\./tools/demo(?!.*--once)")


class Terminal:
    """As many terminals as a reader needs: a server in one, watching clients, commands."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._server: subprocess.Popen[str] | None = None
        self._watchers: list[subprocess.Popen[str]] = []
        self._port = 0
        programs = place / ".venv" / "bin"
        _script(programs / "tlibsim", _PROGRAM)
        _script(place / "tools" / "demo", _PROGRAM.replace('tlibsim "', 'tlibsim demo "'))
        _script(place / "tools" / "bench", _BENCH)
        (place / "fixtures").symlink_to(ROOT / "fixtures")
        self._environment = {
            **os.environ,
            "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "protocol"))),
            "PYTHONIOENCODING": "utf-8",
        }

    def type(self, command: str) -> str:
        """Type one command; what it said, as far as it has an end."""
        if command in NOT_RUN:
            return ""
        if _SERVERS.match(command):
            self._serve(command)
            return ""
        if command.startswith("./tools/demo"):
            self.leave()
        if command.startswith("tlibsim client"):
            command += f" --port {self._port}"
        if command.startswith("tlibsim client watch"):
            self._watch(command)
            return ""
        return self._run(command)

    def _run(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            encoding="utf-8",
            cwd=self._place,
            env=self._environment,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, (command, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def _serve(self, command: str) -> None:
        self.leave()
        self._server = self._begin(f"exec {command} --port 0")
        while not self._port:
            self._port = _port_in(_line(self._server))

    def _watch(self, command: str) -> None:
        watcher = self._begin(f"exec {command}")
        self._watchers.append(watcher)
        assert _line(watcher).startswith("connected")

    def _begin(self, command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash", "-c", command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            cwd=self._place,
            env=self._environment,
            preexec_fn=_interruptible,  # noqa: PLW1509  it sets a signal, nothing else
        )

    def leave(self) -> None:
        """Ctrl-C in every terminal: clients have seen something, the server ends well."""
        for watcher in self._watchers:
            said = _interrupted(watcher)
            assert "EventRinging" in said, said
            assert watcher.returncode == 130, said
        self._watchers.clear()
        if self._server is not None:
            said = _interrupted(self._server)
            assert self._server.returncode == 0, said
        self._server, self._port = None, 0

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        for process in (*self._watchers, *([self._server] if self._server else ())):
            process.kill()
            process.communicate(timeout=SECONDS)


def _script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.format(python=sys.executable, root=ROOT), encoding="utf-8")
    path.chmod(0o755)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, (process.args, process.wait(timeout=SECONDS))
    return line


def _port_in(line: str) -> int:
    """The port in the JSON line of ``serve`` or in the banner of the demo; 0 elsewhere."""
    if line.startswith("{"):
        return int(json.loads(line)["tlib"]["port"])
    found = re.search(r"tcp://127\.0\.0\.1:(\d+)", line)
    return int(found[1]) if found else 0


def _interrupted(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=SECONDS)[0]


def _interruptible() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
