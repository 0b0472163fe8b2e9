"""The system under test as a process of ours: started for a scenario, ended with it.

The command is the user's own, given on the command line, never out of a scenario file.
"""

import os
import shlex
import signal
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

_END_SECONDS = 5.0


class CompanionError(Exception):
    """The command cannot be started; the text says why."""


class Companion:
    """One command.  ``{host}`` and ``{port}`` in it are where the server listens."""

    def __init__(self, reactor: Any, command: str) -> None:
        self._reactor = reactor
        self._command = command
        self._process: Any = None
        self._ended: Deferred[str] | None = None
        self.ended = ""
        """How it ended by itself; empty while it runs, and when it was told to end."""

    def start(self, host: str, port: int) -> None:
        """Start it; what it says goes to our standard error.  Raises CompanionError."""
        try:
            words = [
                word.replace("{host}", host).replace("{port}", str(port))
                for word in shlex.split(self._command)
            ]
            if not words:
                raise CompanionError("the command of the system under test is empty")
            self.ended = ""
            self._ended = Deferred()
            self._ended.addCallback(self._note_end)
            self._process = self._reactor.spawnProcess(
                _Ending(self._ended),
                words[0],
                words,
                env=dict(os.environ),
                childFDs={0: 0, 1: 2, 2: 2},
            )
        except (OSError, ValueError) as error:
            raise CompanionError(f"{self._command!r} cannot be started: {error}") from error

    def _note_end(self, how: str) -> str:
        self.ended = how
        return how

    async def stop(self) -> None:
        """End it: asked first, and killed when it does not listen."""
        process, ended = self._process, self._ended
        self._process = self._ended = None
        if process is None or ended is None or process.pid is None:
            return
        self._signal(process, signal.SIGTERM)
        timer = self._reactor.callLater(_END_SECONDS, self._signal, process, signal.SIGKILL)
        await ended
        if timer.active():
            timer.cancel()

    @staticmethod
    def _signal(process: Any, number: int) -> None:
        with suppress(ProcessExitedAlready, ProcessLookupError):
            process.signalProcess(number)


class _Ending(ProcessProtocol):
    """Tells when the process has ended."""

    def __init__(self, ended: "Deferred[str]") -> None:
        self._ended = ended

    def processEnded(self, reason: Failure) -> None:
        ended, self._ended = self._ended, Deferred()
        code = getattr(reason.value, "exitCode", None)
        ended.callback(f"code {code}" if code is not None else "a signal")
