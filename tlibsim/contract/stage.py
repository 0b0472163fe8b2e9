"""The stage of a contract: a simulator that records to the recorder under test, and ways to wait."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

from twisted.internet.defer import Deferred

from tlibproto.messages import Request
from tlibproto.vocabulary import connid_text
from tlibsim.app import Simulator
from tlibsim.config import Settings
from tlibsim.contract.command import words
from tlibsim.contract.evidence import Roles, Scene, SipSeen, seen_in
from tlibsim.journal import Entry, Kind
from tlibsim.journal.records import records
from tlibsim.media.sip.values import Traffic
from tlibsim.net.reactor import Reactor
from tlibsim.ports.media import Instant
from tlibsim.session.client import Client
from tlibsim.switch.facts import CallView

STOP_SECONDS = 5.0
_LAST_BYTES = 64 * 1024
_LAST_LINES = 40
_TRACEBACK = "Traceback (most recent call last)"
_TRACEBACK_HEAD = 5
_LOOK_S = 0.05
_EVER = Instant(0)

RequestType = TypeVar("RequestType", bound=Request)


class Stage:
    """A running simulator, and everything seen of the recorder so far."""

    def __init__(
        self,
        settings: Settings,
        roles: Roles,
        reactor: Reactor,
        *,
        recorder_uri: str,
        reconnect_within_s: float,
    ) -> None:
        self.roles = roles
        self.settings = settings
        self.recorder_uri = recorder_uri
        self.reconnect_within_s = reconnect_within_s
        self._reactor = reactor
        self.simulator = Simulator(settings, reactor=reactor, traffic=self._traffic)
        self.sip: list[SipSeen] = []
        self._waiting: Deferred[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._output: IO[bytes] | None = None
        self._end: asyncio.Task[None] | None = None
        self.started_at = _EVER
        self.simulator.journal.listen(self._noted, *Kind)

    # -- waiting -------------------------------------------------------------------------------

    def _noted(self, _: Entry) -> None:
        self._stir()

    def _traffic(self, traffic: Traffic) -> None:
        seen = seen_in(traffic, self.simulator.clock.now())
        if seen is not None:
            self.sip.append(seen)
        self._stir()

    def _stir(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._reactor.callLater(0, lambda: waiting.callback(None))

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until it holds, looking again whenever something happened; False in time."""
        deadline = self._reactor.seconds() + seconds
        while not condition():
            left = deadline - self._reactor.seconds()
            if left <= 0:
                return False
            await self._change(left)
        return True

    async def passing(self, seconds: float) -> None:
        """Let time pass, as when people talk."""
        await self.until(lambda: False, seconds)

    async def _change(self, limit: float) -> None:
        waiting: Deferred[None] = Deferred()
        self._waiting = waiting
        timer = self._reactor.callLater(limit, self._stir)
        try:
            await waiting
        finally:
            if timer.active():
                timer.cancel()

    # -- scenes --------------------------------------------------------------------------------

    @asynccontextmanager
    async def scene(self, name: str) -> AsyncIterator[Scene]:
        """What happens in the block belongs to this scene."""
        simulator = self.simulator
        after, seen = simulator.journal.last_number, len(self.sip)
        scene = Scene(name=name, begun_at=simulator.clock.now())
        begun = self._reactor.seconds()
        before = self.clients()
        try:
            yield scene
        finally:
            scene.seconds = self._reactor.seconds() - begun
            scene.records = tuple(records(simulator.journal, after))
            scene.sip = self.sip[seen:]
            there = self.clients()
            scene.notes["connected"] = bool(there)
            scene.notes["gone"] = tuple(
                one.name or f"client {one.id}" for one in before if one not in there
            )

    # -- the switch ----------------------------------------------------------------------------

    def perform(self, command: object) -> None:
        """Carry out a command; raises RequestRefused."""
        self.simulator.perform(command)

    def requests(
        self, kind: type[RequestType], after: Instant = _EVER
    ) -> Sequence[RequestType]:
        """The requests of a class that came, since a time (microseconds since 1970)."""
        return [
            entry.subject
            for entry in self.simulator.journal
            if entry.kind is Kind.REQUEST
            and entry.at >= after
            and isinstance(entry.subject, kind)
        ]

    def new_call(self, scene: Scene, command: object) -> CallView:
        """Carry out what makes a call, and note the call in the scene."""
        before = {view.conn_id for view in self.simulator.calls()}
        self.perform(command)
        made = next(view for view in self.simulator.calls() if view.conn_id not in before)
        scene.calls.append((connid_text(made.conn_id), made.call_uuid))
        return made

    def clients(self) -> Sequence[Client]:
        """The recorder's connections that are open, the oldest first."""
        return [one for one in self.simulator.hub.clients.values() if one.open]

    def client(self) -> Client | None:
        """The newest of them."""
        clients = self.clients()
        return clients[-1] if clients else None

    def value(self, call: CallView, key: str) -> object:
        """A user-data value of the call as it is now; None when there is none."""
        view = self.simulator.call(call.conn_id)
        return None if view is None else view.user_data.first(key)

    @property
    def address(self) -> tuple[str, int]:
        """Where T-Library clients connect."""
        return self.simulator.addresses[self.settings.listeners[0].name]

    # -- the recorder --------------------------------------------------------------------------

    async def start_recorder(self, command: str, directory: Path) -> None:
        """Start the recorder under test, in a process group of its own; raises OSError, ValueError."""
        host, port = self.address
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  closed with the recorder
        filled = words(command, (host, port), self.recorder_uri)
        process = await Deferred.fromFuture(
            asyncio.ensure_future(
                asyncio.create_subprocess_exec(
                    *filled,
                    cwd=directory,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=self._output,
                    stderr=self._output,
                    env={**os.environ, "TLIBSIM_TSERVER": f"{host}:{port}"},
                    start_new_session=True,
                )
            )
        )
        self._process = process
        self._end = asyncio.ensure_future(self._watch(process))

    async def restart_recorder(self, command: str, directory: Path) -> None:
        """End what is left of it, and start it again: what counts as ready comes after now."""
        await self.stop_recorder()
        self.started_at = self.simulator.clock.now()
        await self.start_recorder(command, directory)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._stir()

    @property
    def started(self) -> bool:
        """Whether the program was started here."""
        return self._process is not None

    @property
    def died(self) -> bool:
        """Whether the process ended with an error; one that ends well may have left a daemon."""
        return self._process is not None and bool(self._process.returncode)

    def last_words(self) -> str:
        """How the process that was started here ended, and the end of what it said."""
        process, output = self._process, self._output
        if process is None or output is None or process.returncode is None:
            return ""
        output.seek(0, os.SEEK_END)
        output.seek(max(0, output.tell() - _LAST_BYTES))
        said = output.read().decode("utf-8", "replace").strip()
        last = "\n".join(f"  {line}" for line in _last_lines(said.splitlines()))
        return f"it {_ending(process.returncode)}\n{last}".rstrip()

    async def stop_recorder(self) -> None:
        """End the process that was started here, with all that it started itself."""
        process, self._process = self._process, None
        if self._output is not None:
            self._output.close()
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await Deferred.fromFuture(asyncio.ensure_future(_ended(process)))
        if self._end is not None:
            self._end.cancel()


def _last_lines(lines: Sequence[str]) -> Sequence[str]:
    """The end of what it said; of a long traceback the first lines too: the caller's own file."""
    cut = len(lines) - _LAST_LINES
    begun = [at for at, line in enumerate(lines[: max(cut, 0)]) if _TRACEBACK in line]
    if not begun or any(_TRACEBACK in line for line in lines[cut:]):
        return lines[-_LAST_LINES:]
    head = lines[begun[-1] : min(begun[-1] + _TRACEBACK_HEAD, cut)]
    return (*head, "  ...", *lines[cut:])


def _ending(code: int) -> str:
    """How a process ended, in words."""
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait until the whole process group is gone; what is deaf is killed."""
    deadline = asyncio.get_running_loop().time() + STOP_SECONDS
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    while _group_lives(process.pid) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_LOOK_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
