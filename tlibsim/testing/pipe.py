"""The conversation with the child process: a JSON object per line, an answer for each question."""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

READY_SECONDS = 30.0
ANSWER_SECONDS = 30.0
_MOST_ERRORS = 65536

_Answers = queue.SimpleQueue[Mapping[str, Any] | None]
"""Where one answer comes to; None: the process is gone."""


def _python_path() -> str:
    """The child imports from where this process does, also in a checkout that is not installed."""
    return os.pathsep.join(path for path in sys.path if path)


class SimulatorError(Exception):
    """The simulator refused, or found something wrong; the text is what it said."""


class ProcessLostError(SimulatorError):
    """The process of the simulator is gone; the text has the end of what it wrote to stderr."""


class Pipe:
    """A child process and the way to ask it.

    Several threads may ask at once: one that waits for something does not stop the others.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tlibsim.testing.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": _python_path()},
        )
        self._lock = threading.Lock()
        self._errors = bytearray()
        self._number = 0
        ready: _Answers = queue.SimpleQueue()
        self._asked: dict[int, _Answers] = {0: ready}
        self._is_lost = False
        self._readers = [
            threading.Thread(target=self._read_answers, name="tlibsim-answers", daemon=True),
            threading.Thread(target=self._read_errors, name="tlibsim-errors", daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self.pid = self._process.pid
        self._answer(0, ready, READY_SECONDS)

    def ask(self, op: str, seconds: float = ANSWER_SECONDS, **arguments: Any) -> Any:
        """The answer to one question; raises SimulatorError, ProcessLostError."""
        answers: _Answers = queue.SimpleQueue()
        with self._lock:
            self._number += 1
            number = self._number
            self._asked[number] = answers
            self._write(json.dumps({"n": number, "op": op, **arguments}).encode() + b"\n")
        answer = self._answer(number, answers, seconds)
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
        for reader in self._readers:
            reader.join(timeout=1)
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def _write(self, data: bytes) -> None:
        stdin = self._process.stdin
        try:
            if stdin is None or self._is_lost:
                raise BrokenPipeError
            stdin.write(data)
            stdin.flush()
        except (OSError, ValueError) as error:
            raise self._lost() from error

    def _answer(self, number: int, answers: _Answers, seconds: float) -> Mapping[str, Any]:
        try:
            answer = answers.get(timeout=seconds)
        except queue.Empty:
            raise SimulatorError("the simulator did not answer in time") from None
        finally:
            self._asked.pop(number, None)
        if answer is None:
            raise self._lost()
        return answer

    def _lost(self) -> ProcessLostError:
        self._readers[-1].join(timeout=1)
        said = bytes(self._errors).decode("utf-8", "replace").strip()
        return ProcessLostError(f"the process of the simulator is gone\n{said}".rstrip())

    def _read_answers(self) -> None:
        for line in _lines(self._process.stdout):
            answer = json.loads(line)
            asked = self._asked.get(answer["n"])
            if asked is not None:
                asked.put(answer)
        with self._lock:
            self._is_lost = True
            waiting = tuple(self._asked.values())
        for asked in waiting:
            asked.put(None)

    def _read_errors(self) -> None:
        for line in _lines(self._process.stderr):
            self._errors += line
            del self._errors[:-_MOST_ERRORS]


def _lines(stream: IO[bytes] | None) -> IO[bytes] | tuple[bytes, ...]:
    return () if stream is None else stream
