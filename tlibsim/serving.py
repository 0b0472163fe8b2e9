"""``tlibsim serve``: one simulator from its start to a signal."""

import contextlib
import gc
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger
from twisted.python.failure import Failure

from tlibsim.app import Simulator, local_offset, wall_time
from tlibsim.config import ConfigError, Settings
from tlibsim.faults import FaultError
from tlibsim.journal.tserverlog import LogStyle
from tlibsim.net.announcing import announced, cannot_listen
from tlibsim.net.clock import REAL, ClockKind
from tlibsim.net.log import LogFormat, write_log
from tlibsim.net.reactor import Reactor
from tlibsim.net.watching import FileWatch, Signature
from tlibsim.process import BAD_USAGE, forever, on_hangup, run
from tlibsim.reloading import NothingToReadError, Source

if TYPE_CHECKING:
    from tlibsim.playing.service import ProjectRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The file to watch; ``seen`` is its signature from before it was read."""

    path: Path
    seen: Signature | None


def serve(
    settings: Settings,
    *,
    ready_file: str | None,
    log: TextIO | None,
    log_format: LogFormat = LogFormat.TEXT,
    clock: ClockKind = REAL,
    source: Source | None = None,
    watched: Watched | None = None,
    project: Path | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM.  Exit code 0, or 2 when a listener cannot be bound.

    ``source`` reads the configuration again: on SIGHUP, when the ``watched`` file changes, and
    when the control API is asked to.  ``project`` is the folder whose scenarios and runs the
    control API offers.
    """

    async def main(reactor: Reactor) -> int:
        try:
            made = clock.made(reactor, wall_time())
            simulator = Simulator(settings, reactor=reactor, clock=made)
            simulator.add_second_site()
            simulator.source = source
        except ConfigError as error:
            print(error, file=sys.stderr)
            return BAD_USAGE
        simulator.runs = runs = _runs_of(project, settings, reactor)
        if log is not None:
            style = LogStyle(
                version=settings.options.log_version,
                utc_offset=local_offset(simulator.clock.now()),
            )
            write_log(simulator.journal, log_format, log, style, simulator.hub.clients)
        try:
            await simulator.start()
        except CannotListenError as error:
            print(cannot_listen(error), file=sys.stderr)
            return BAD_USAGE
        except (FaultError, OSError) as error:
            print(error, file=sys.stderr)
            return BAD_USAGE
        gc.collect()
        gc.freeze()
        try:
            with _reloading(simulator, watched), announced(simulator, ready_file):
                await forever()
        finally:
            if runs is not None:
                await runs.stop()
            await simulator.stop()
        return 0

    return run(main)


def _told_already(failure: Failure) -> None:
    """A configuration that is wrong is in the log and the journal; anything else is a bug."""
    if failure.check(ConfigError, NothingToReadError) is None:  # type: ignore[no-untyped-call]
        Logger(namespace="tlibsim").failure("bug while reloading", failure)


@contextlib.contextmanager
def _reloading(simulator: Simulator, watched: Watched | None) -> Iterator[None]:
    """Read the configuration again on SIGHUP, and when the file changes."""

    def again() -> None:
        reading = Deferred.fromCoroutine(simulator.read_again())
        reading.addErrback(_told_already)

    watch = None
    if watched is not None:
        watch = FileWatch(simulator.reactor, watched.path, again, seen=watched.seen)
        watch.start()
    try:
        with on_hangup(simulator.reactor, again):
            yield
    finally:
        if watch is not None:
            watch.stop()


def _runs_of(
    project: Path | None, settings: Settings, reactor: Reactor
) -> "ProjectRuns | None":
    """What the control API offers to play; imported only where there is one."""
    if project is None or settings.http.port is None:
        return None
    from tlibsim.playing.service import ProjectRuns

    return ProjectRuns(reactor, project)
