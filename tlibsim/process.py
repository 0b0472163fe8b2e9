"""A process with Twisted's reactor: begun, interrupted, ended with an exit code.

The only module of the product that imports the reactor.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ReactorNotRunning

from tlibsim.net.reactor import Reactor

BAD_USAGE = 2
INTERRUPTED = 130
_TERMINAL = "/dev/tty"

Main = Callable[[Reactor], Coroutine[Any, Any, int]]


def run(main: Main) -> int:
    """Run ``main(reactor)`` on the asyncio reactor of this process; returns its exit code.

    SIGINT and SIGTERM cancel what it waits for, so that its ``finally`` clauses run; a program
    that lets the cancellation through ends with 130.
    """
    from twisted.internet import asyncioreactor

    asyncioreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as installed

    reactor = cast(Reactor, installed)
    program = _Program(reactor, main)
    reactor.addSystemEventTrigger("before", "shutdown", program.interrupt)
    reactor.callWhenRunning(program.begin)
    reactor.run()
    return program.exit_code()


class _Program:
    """The main coroutine of a process: begun with the reactor, cancelled when it shuts down."""

    def __init__(self, reactor: Reactor, main: Main) -> None:
        self._reactor = reactor
        self._main = main
        self._running: Deferred[None] | None = None
        self._code = INTERRUPTED
        self._error: BaseException | None = None

    def begin(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._reactor.callFromThread(self._stop))
        self._running = Deferred.fromCoroutine(self._run())

    async def _run(self) -> None:
        try:
            self._code = await self._main(self._reactor)
        except (CancelledError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001  raised again outside of the reactor
            self._error = error
        self._running = None
        self._stop()

    def _stop(self) -> None:
        with contextlib.suppress(ReactorNotRunning):
            self._reactor.stop()

    def interrupt(self) -> Deferred[None] | None:
        if (running := self._running) is not None:
            running.cancel()
        return running

    def exit_code(self) -> int:
        if self._error is not None:
            raise self._error
        return self._code


@contextlib.contextmanager
def on_hangup(reactor: Reactor, function: Callable[[], None]) -> Iterator[None]:
    """Call ``function`` on every SIGHUP, where there is such a signal.

    A hang-up that comes because the terminal of the program was closed ends the program, as it
    does without this, unless it was started to outlive it (``nohup``).
    """
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    bound = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN and _has_terminal()

    def hang_up() -> None:
        if bound and not _has_terminal():
            reactor.stop()
        else:
            function()

    before = signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(hang_up))
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _has_terminal() -> bool:
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


async def forever() -> None:
    """Wait until the process is told to stop."""
    with contextlib.suppress(CancelledError):
        await Deferred()
