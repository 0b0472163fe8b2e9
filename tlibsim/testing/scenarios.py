"""Scenarios in a test: played on a switch of their own that the test can use as any other."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from tlibsim.app import Simulator
from tlibsim.net.reactor import Reactor
from tlibsim.net.stage import PrivateStage
from tlibsim.playing.files import FileError, fetched, read_text
from tlibsim.playing.parts import RunOptions, play_part
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.program import Part, parts
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.stage import NeverConnectedError, Stage

STARTING_SECONDS = 10.0


class UnplayableError(ValueError):
    """A scenario that cannot be played; the text says why, with the place in the file."""


class PlayedScenario:
    """One scenario while it is played.  ``simulator`` is its server, once that listens."""

    def __init__(self, reactor: Reactor, part: Part) -> None:
        self.simulator: Simulator | None = None
        self._reactor = reactor
        self._part = part
        self._stage: PrivateStage | None = None
        self._result: Result | None = None
        self._trouble = ""
        self._over = False
        self._waiting: list[Deferred[None]] = []
        self._playing = Deferred.fromCoroutine(self._play())

    async def _play(self) -> None:
        options = RunOptions(staged=self._staged)
        try:
            self._result = await play_part(self._part, self._reactor, options, {})
        except CancelledError:
            self._trouble = "was not over in time"
        except NeverConnectedError as error:
            self._trouble = str(error)
        finally:
            self._over = True
            self._stir()

    def _staged(self, _: Part, stage: Stage) -> None:
        if isinstance(stage, PrivateStage):
            self._stage = stage
            stage.listening.append(lambda *_: self._listening())

    def _listening(self) -> None:
        server = None if self._stage is None else self._stage.server
        self.simulator = server if isinstance(server, Simulator) else None
        self._stir()

    def _stir(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    async def begin(self) -> Simulator:
        """Wait until its server listens; raises UnplayableError."""
        while self.simulator is None and not self._over:
            await self._change(STARTING_SECONDS)
        if self.simulator is None:
            raise UnplayableError(self._words())
        return self.simulator

    async def verdict(self, seconds: float) -> Mapping[str, Any]:
        """How it ended, at the latest after so many seconds: ``passed``, ``status``, ``text``."""
        if not self._over:
            await self._change(seconds)
        if not self._over:
            await self.stop()
        result = self._result
        status = "unfinished" if result is None else result.status.value.lower()
        passed = result is not None and result.status is Status.PASSED
        return {"passed": passed, "status": status, "text": self._words()}

    def _words(self) -> str:
        result = self._result
        told = self._trouble if result is None else result.text() or result.status.value.lower()
        return f"{self._part.scenario.id}: {told}"

    async def _change(self, seconds: float) -> None:
        """Wait until it listens or is over, or the time is."""
        changed: Deferred[None] = Deferred()
        self._waiting.append(changed)
        timer = self._reactor.callLater(seconds, self._stir)
        try:
            await changed
        finally:
            if timer.active():
                timer.cancel()

    async def stop(self) -> None:
        """End it, and its server."""
        while not self._over:
            self._playing.cancel()
            await self._change(STARTING_SECONDS)


def chosen(path: Path, name: str, values: Mapping[str, str]) -> Part:
    """The scenario ``name`` of a file, or its only one; raises UnplayableError."""
    try:
        held = parts(read_text(path), str(path), fetch=fetched, overrides=dict(values))
    except (ScenarioError, FileError) as error:
        raise UnplayableError(str(error)) from error
    found = [part for part in held if not name or part.scenario.id == name]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(part.scenario.id for part in held)
    wanted = f"has no scenario {name!r}" if name else "has several scenarios, name one"
    raise UnplayableError(f"{path} {wanted}: {ids}")
