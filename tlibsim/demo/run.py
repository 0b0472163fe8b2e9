"""``tlibsim demo`` from start to end: a switch, its calls, and what the screen tells."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TextIO

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.defer import TimeoutError as NoAnswer
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from tlibproto.vocabulary import ConnId
from tlibsim.app import Simulator
from tlibsim.config import Settings
from tlibsim.demo.age import program_age
from tlibsim.demo.banner import banner
from tlibsim.demo.screen import Screen
from tlibsim.demo.settings import Wishes, settings_for
from tlibsim.demo.shown import shown
from tlibsim.demo.traffic import Traffic
from tlibsim.demo.waiting import Happenings, pause
from tlibsim.demo.words import place
from tlibsim.journal import Entry, Kind
from tlibsim.net.announcing import cannot_listen
from tlibsim.net.reactor import Reactor
from tlibsim.process import BAD_USAGE
from tlibsim.process import run as run_program
from tlibsim.switch.refusals import RequestRefused

NOT_RECORDED = 1
INTERNAL_ERROR = 5

_FIRST_CALL_S = 3.0
_SHORTEST_GAP_S = 1.0
_PATIENCE_S = 10.0


class DemoProblem(Exception):  # noqa: N818  it is the user's to solve
    """Something that the user can put right; the text says what."""


def run(wishes: Wishes, environ: Mapping[str, str], stream: TextIO, loaded_at: float) -> int:
    """Run the demo and return its exit code; ConfigError for wrong variables.

    ``loaded_at`` is when the program was loaded, by ``time.perf_counter``.
    """
    settings = settings_for(wishes, environ)

    async def main(reactor: Reactor) -> int:
        try:
            return await _Demo(settings, wishes, reactor, stream, loaded_at).main()
        except DemoProblem as problem:
            sys.stderr.write(f"{problem}\n")
            return BAD_USAGE

    return run_program(main)


class _Demo:
    """One run."""

    def __init__(
        self,
        settings: Settings,
        wishes: Wishes,
        reactor: Reactor,
        stream: TextIO,
        loaded_at: float,
    ) -> None:
        self._loaded_at = loaded_at
        self._wishes = wishes
        self._reactor = reactor
        self._stream = stream
        self._over: Deferred[None] = Deferred()
        self._simulator = Simulator(settings, reactor=reactor)
        self._happenings = Happenings(self._simulator.journal, reactor)
        self._traffic = Traffic(self._simulator, self._happenings)
        self._screen = Screen(
            stream,
            settings,
            device=self._simulator.switch.device,
            closed=self._screen_closed,
        )
        self._has_shown = False

    async def main(self) -> int:
        """Start, play, stop.  Ctrl-C is how the endless run ends well."""
        _check_directory(Path(self._simulator.settings.recordings.directory))
        try:
            await self._simulator.start()
        except CannotListenError as error:
            raise DemoProblem(cannot_listen(error)) from None
        try:
            age_s = program_age(perf_counter() - self._loaded_at)
            self._screen.write(banner(self._simulator, self._wishes, age_s, _FIRST_CALL_S))
            self._screen.follow(self._simulator.journal)
            self._simulator.journal.listen(_tell_developers, Kind.BUG)
            if self._wishes.once:
                await self._next_call()
            else:
                await self._until_told()
        finally:
            await self._stop()
        return self._code()

    def _code(self) -> int:
        """Without a recording of its one call, ``--once`` has failed."""
        if self._simulator.journal.broken:
            return INTERNAL_ERROR
        return NOT_RECORDED if self._wishes.once and not self._has_shown else 0

    async def _until_told(self) -> None:
        """Call after call, or none, until Ctrl-C or until nobody reads any more."""
        calls = Deferred.fromCoroutine(self._calls())
        calls.addErrback(self._failed)
        try:
            await self._over
        except CancelledError:
            if self._stream.isatty():
                self._screen.write()
        finally:
            calls.cancel()

    def _failed(self, failure: Failure) -> None:
        if not self._over.called:
            self._over.errback(failure)

    def _screen_closed(self) -> None:
        self._reactor.callLater(0, self._over.cancel)

    async def _calls(self) -> None:
        if not self._wishes.traffic:
            return
        clock = self._simulator.clock
        await pause(clock, _FIRST_CALL_S)
        while True:
            began_at = clock.now()
            await self._next_call()
            taken_s = (clock.now() - began_at) / 1_000_000
            await pause(clock, max(self._wishes.every_s - taken_s, _SHORTEST_GAP_S))

    async def _next_call(self) -> None:
        """One call; the first one that was recorded is shown."""
        try:
            conn_id = await self._traffic.play()
        except RequestRefused as refused:
            self._screen.write(f"no call: {refused}")
            return
        await self._recorder_finished()
        if not self._has_shown:
            self._show(conn_id)

    async def _recorder_finished(self) -> None:
        """Wait until the recorder has answered every order; then what is over is a file."""
        answered = Deferred.fromCoroutine(self._recorder_answered())
        try:
            await answered.addTimeout(_PATIENCE_S, self._reactor)  # type: ignore[arg-type]
        except NoAnswer:
            self._screen.write(f"The recorder has not answered for {_PATIENCE_S:g} s.")

    async def _recorder_answered(self) -> None:
        desk, backend = self._simulator.desk, self._simulator.backend
        while not (desk.settled() and backend.settled()):
            await self._happenings.coming(lambda _: True)

    def _show(self, conn_id: ConnId) -> None:
        for trace in self._simulator.traces():
            if trace.conn_id == conn_id and trace.artefacts:
                self._has_shown = True
                self._screen.write("\n".join(shown(trace.artefacts[0])))
                return

    async def _stop(self) -> None:
        """End the calls, finish the recordings, close everything."""
        self._traffic.hang_up()
        await self._recorder_finished()
        try:
            await self._simulator.stop()
        except TimeoutError as error:
            self._screen.write(f"{error}.")
        if not self._wishes.once:
            self._screen.write(self._last_words())

    def _last_words(self) -> str:
        number = self._screen.recordings
        if not number:
            return "Stopped. Nothing was recorded."
        where = place(self._simulator.settings.recordings.directory)
        return f"Stopped. {number} recording{' is' if number == 1 else 's are'} in {where}"


def _tell_developers(entry: Entry) -> None:
    """A bug of ours: the whole story, for a report of it."""
    sys.stderr.write(entry.detail)


def _check_directory(directory: Path) -> None:
    """Make the directory, and see whether a file can be written there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise DemoProblem(
            f"recordings cannot be written to {place(directory)}: {error.strerror}. "
            "Name another place with --directory."
        ) from None
