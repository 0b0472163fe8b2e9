"""Plays a guide: writes the files that it shows and types the commands, in order, as a reader does."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM, socket

from tests.endtoend.programs import environment

SECONDS = 90
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# file: (\S+)\n")
_EXIT = re.compile(r"\s+# exit code (\d+)$")
_PORTS = ((7020, SOCK_STREAM), (7080, SOCK_STREAM), (5080, SOCK_DGRAM))


class Guide:
    """One page, played in a folder of its own with ports of its own."""

    def __init__(self, page: Path, directory: Path) -> None:
        self._text = page.read_text(encoding="utf-8")
        self._directory = directory
        self._ports = {str(port): str(_free(kind)) for port, kind in _PORTS}
        self._running: list[subprocess.Popen[str]] = []
        self.played: list[str] = []

    def play(self) -> None:
        """Every block in its order; raises AssertionError for a command that ends otherwise."""
        for language, body in _BLOCK.findall(self._text):
            named = _FILE.match(body)
            if named is not None:
                (self._directory / named[1]).write_text(self._here(body), encoding="utf-8")
            elif language == "console":
                for line in body.splitlines():
                    if line.startswith("$ "):
                        self._type(line[2:])

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def _here(self, text: str) -> str:
        """The text with free ports, and with the Python that runs the tests."""
        for usual, port in self._ports.items():
            text = text.replace(usual, port)
        return text.replace("python -m tlibsim", f"{sys.executable} -m tlibsim")

    def _type(self, line: str) -> None:
        self.played.append(line)
        expected = _EXIT.search(line)
        command = self._here(_EXIT.sub("", line))
        if command.endswith(" &"):
            self._start(self._words(command[:-2]))
            return
        result = subprocess.run(
            self._words(command),
            capture_output=True,
            encoding="utf-8",
            cwd=self._directory,
            env=self._environment(),
            timeout=SECONDS,
            check=False,
        )
        wanted = int(expected[1]) if expected else 0
        assert result.returncode == wanted, f"$ {line}\n{result.stdout}{result.stderr}"

    def _start(self, words: list[str]) -> None:
        process = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=self._directory,
            env=self._environment(),
        )
        self._running.append(process)
        assert process.stdout is not None
        assert process.stdout.readline(), "it ended before it was ready"

    def _environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._ports['7080']}"
        return {**environment(), "TLIBSIM_URL": url, "PYTHONUNBUFFERED": "1"}

    def _words(self, command: str) -> list[str]:
        words = shlex.split(command, comments=False)
        if words[0] == "tlibsim":
            extra = [f"listen.0.port={self._ports['7020']}"] if words[1] == "serve" else []
            sets = [part for one in extra for part in ("--set", one)]
            return [sys.executable, "-m", *words, *sets]
        if words[0] == "pytest":
            plugins = ("-p", "no:tlibsim", "-p", "tlibsim.testing.plugin", "-p", "no:twisted")
            root = ("--rootdir", os.fspath(self._directory), "-c", os.devnull)
            return [sys.executable, "-m", "pytest", *plugins, *root, *words[1:]]
        return words


def _free(kind: int) -> int:
    with socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
