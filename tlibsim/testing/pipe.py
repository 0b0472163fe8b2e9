"""The conversation with the child process: a JSON object per line, an answer for each question."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

READY_SECONDS = 30.0
ANSWER_SECONDS = 30.0
_CHUNK = 65536


def _python_path() -> str:
    """The child imports from where this process does, also in a checkout that is not installed."""
    return os.pathsep.join(path for path in sys.path if path)


class SimulatorError(Exception):
    """The simulator refused, or found something wrong; the text is what it said."""


class ProcessLostError(SimulatorError):
    """The process of the simulator is gone; the text has the end of what it wrote to stderr."""


class Pipe:
    """A child process and the way to ask it.  Safe to use from several threads."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tlibsim.testing.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": _python_path()},
        )
        self._lock = threading.Lock()
        self._buffer = bytearray()
        self._errors = bytearray()
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        self._number = 0
        self.pid = self._process.pid
        self._line(time.monotonic() + READY_SECONDS)

    def ask(self, op: str, seconds: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """The answer to one question; raises SimulatorError, ProcessLostError."""
        with self._lock:
            self._number += 1
            question = {"n": self._number, "op": op, **arguments}
            self._write(json.dumps(question).encode() + b"\n")
            answer: Mapping[str, Any] = json.loads(self._line(time.monotonic() + seconds))
        if "error" in answer:
            raise SimulatorError(answer["error"])
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        process = self._process
        if process.stdin is not None and not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
        self._reader.join(timeout=1)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin
        try:
            if stdin is None:
                raise BrokenPipeError
            stdin.write(data)
            stdin.flush()
        except (OSError, ValueError) as error:
            raise self._lost() from error

    def _line(self, deadline: float) -> bytes:
        stdout = self._process.stdout
        if stdout is None:
            raise self._lost()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise SimulatorError("the simulator did not answer in time")
                chunk = os.read(stdout.fileno(), _CHUNK)
                if not chunk:
                    raise self._lost()
                self._buffer += chunk
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        return line

    def _lost(self) -> ProcessLostError:
        self._reader.join(timeout=1)
        said = bytes(self._errors).decode("utf-8", "replace").strip()
        return ProcessLostError(f"the process of the simulator is gone\n{said}".rstrip())

    def _read_errors(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        for line in stream:
            self._errors += line
            del self._errors[:-_CHUNK]
