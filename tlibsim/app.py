"""Composition: settings become a wired simulator.  The one module that knows every part."""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.error import CannotListenError

from tlibproto.vocabulary import ConnId
from tlibsim.cdr.details import Details
from tlibsim.config import (
    Listener,
    Settings,
)
from tlibsim.config.changes import Changes
from tlibsim.config.sites import second_settings
from tlibsim.faults import FaultBook
from tlibsim.journal import Journal, Kind
from tlibsim.media.configured import Sources
from tlibsim.media.making import Surroundings, make_backend, places_of, quiet
from tlibsim.media.scripted import SCRIPTS, ScriptedBackend
from tlibsim.media.sip.values import Traffic
from tlibsim.net.clock import RealClock, SwitchClock
from tlibsim.net.faulting import Faulting
from tlibsim.net.front import Front
from tlibsim.net.links import SiteLinks, make_links
from tlibsim.net.persona import COMMANDS as PERSONA_COMMANDS
from tlibsim.net.persona import persona_link
from tlibsim.net.protocol import ClientFactory
from tlibsim.net.reactor import ListeningPort, Reactor
from tlibsim.net.sites import LocalLink
from tlibsim.net.spill import SpillFile
from tlibsim.net.turning import advance
from tlibsim.persona.commands import PersonaCommand
from tlibsim.ports.media import (
    CaptureReport,
    Instant,
    ReportSink,
    RunningBackend,
)
from tlibsim.ports.scripts import MediaScript
from tlibsim.ports.site import Site
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.exchange import Sent
from tlibsim.recording.rules import ConfiguredCalls
from tlibsim.recording.trace import SessionTrace
from tlibsim.reloading import Source, log_in, read_again, recording_rules, reload
from tlibsim.router import Router
from tlibsim.session.hub import Hub
from tlibsim.switch.agents import logins
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

if TYPE_CHECKING:
    from tlibsim.console.server import Console
    from tlibsim.runs.offers import Runs

_SEED_LIMIT = 0xFF00

Address = tuple[str, int]


def wall_time() -> Instant:
    """The present, from the system's clock."""
    return Instant(time.time_ns() // 1000)


def local_offset(now: Instant) -> int:
    """How many seconds local time, which file names show, is ahead of UTC."""
    return time.localtime(now // 1_000_000).tm_gmtoff


class Simulator:
    """One switch with its listeners, its recorder and its clock.

    ``clock`` None is real time; ``media`` None is the backend that the settings name.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        reactor: Reactor,
        clock: SwitchClock | None = None,
        media: RunningBackend | None = None,
        traffic: Callable[[Traffic], None] | None = None,
    ) -> None:
        self._traffic = traffic
        self.settings = settings
        self.reactor = reactor
        self.clock = RealClock(reactor, wall_time()) if clock is None else clock
        self.seed = (
            secrets.randbelow(_SEED_LIMIT) + 1 if settings.seed is None else settings.seed
        )
        self.switch = Switch(
            dns=settings.dns,
            options=settings.options,
            identifiers=Identifiers(self.seed),
            agents=settings.agents,
            numbers=settings.external.numbers,
        )
        self.switch.here = _site(settings)
        self.second: Simulator | None = None
        self.links: SiteLinks | None = None
        self.runs: Runs | None = None
        self.addresses: dict[str, Address] = {}
        self._ports: list[ListeningPort] = []
        self._console: Console | None = None
        self.journal = Journal(settings.limits.journal_entries)
        self.spill = _spill(settings, self.journal)
        self.backend = ScriptedBackend(
            self._make_backend if media is None else lambda _: media,
            deliver=self._report,
            later=self._later,
        )
        self.source: Source | None = None
        self.readings = DeferredLock()
        rules = recording_rules(settings)
        recorded = ConfiguredCalls(self.switch, dns=settings.dns, agents=settings.agents)
        self.recorded_calls = recorded
        self.sources = Sources(settings.dns)
        self.desk = RecordingDesk(
            rules,
            calls=recorded,
            backend=self.backend,
            rng=Random(f"recordings {self.seed}"),
            sources=self.sources,
            utc_offset=local_offset,
        )
        self.router = Router(
            settings.routing,
            switch=self.switch,
            rng=Random(f"router {self.seed}"),
            utc_offset=local_offset,
        )
        self.hub = Hub(
            settings=settings,
            switch=self.switch,
            desk=self.desk,
            recording_rules=rules,
            recorded_calls=recorded,
            journal=self.journal,
            started_at=self.clock.now(),
            faults=FaultBook(Random(f"faults {self.seed}")),
            router=self.router,
        )
        self.front = Front(self.hub, self.clock)
        self.faulting = Faulting(self.hub.faults, clock=self.clock, perform=self.perform)
        self.clock.on_jump.append(self.hub.time_jumps)
        self.hub.time_goes(self.clock.speed or 1.0)
        self.persona = persona_link(
            settings,
            self.seed,
            front=self.front,
            clock=self.clock,
            trace=self.desk.trace,
            script=self.perform,
        )
        self.details = Details(self)

    def _make_backend(self, deliver: ReportSink) -> RunningBackend:
        around = Surroundings(
            reactor=self.reactor,
            seed=self.seed,
            now=self.clock.now,
            later=self._later,
            from_thread=self.reactor.callFromThread,
            traffic=self._traffic,
        )
        return make_backend(self.settings, around, deliver)

    def _later(self, function: Callable[[], None]) -> None:
        self.reactor.callLater(0, function)

    def _report(self, report: CaptureReport) -> None:
        self.front.report(report)

    def link(self, other: "Simulator") -> None:
        """Calls can cross between this switch and the other, both ways (BEHAVIOUR.md 3.7)."""
        here, there = _site(self.settings), _site(other.settings)
        self.switch.link_site(here, there)
        other.switch.link_site(there, here)
        carrier = LocalLink({here.switch: self.front, there.switch: other.front})
        self.front.tell_site = other.front.tell_site = carrier.tell

    def add_second_site(self) -> None:
        """Make and link the switch of ``second-site``, if there is one; raises ConfigError.

        It starts and stops with this one.
        """
        settings = second_settings(self.settings)
        if settings is not None:
            self.second = Simulator(settings, reactor=self.reactor, clock=self.clock)
            self.link(self.second)

    async def start(self) -> None:
        """Bind all listeners; raises CannotListenError, and then none stays bound."""
        try:
            for listener in self.settings.listeners:
                self._listen(listener)
            await self._open_console()
            if self.second is not None:
                await self.second.start()
            self.links = make_links(self.settings, self.switch, self.front, self.reactor)
            if self.links is not None:
                self.links.start()
            self.backend.open()
            self.faulting.add_all(self.settings.faults)
        except Exception:
            await self.stop()
            raise
        self.details.open()
        if self.persona is not None:
            self.persona.start()
        self._log_agents_in()
        for remark in self.desk.remarks():
            self.journal.note(Kind.FACT, self.clock.now(), 0, remark)

    def _log_agents_in(self) -> None:
        """Agents that are configured with a DN are there from the start."""
        for login in logins(self.settings.agents.values()):
            log_in(self, login)

    def _listen(self, listener: Listener) -> None:
        factory = ClientFactory(
            self.front,
            self.reactor,
            charset=listener.charset,
            listener=listener.name,
            max_queue=self.settings.limits.max_queue_bytes,
        )
        port = self.reactor.listenTCP(
            listener.port, factory, backlog=1024, interface=listener.host
        )
        self._ports.append(port)
        self.addresses[listener.name] = (listener.host, port.getHost().port)

    async def _open_console(self) -> None:
        """The control API, if it has a port.  Its libraries are imported only then."""
        http = self.settings.http
        if http.port is None:
            return
        from tlibsim.console.server import Console

        console = Console(self, host=http.host, port=http.port)
        try:
            await Deferred.fromFuture(asyncio.ensure_future(console.start()))
        except OSError as error:
            refused = CannotListenError(http.host, http.port, error)  # type: ignore[no-untyped-call]
            raise refused from error
        self._console = console

    async def stop(self) -> None:
        """Close every connection and listener, and finish every recording."""
        await self._stop_listening()
        if self.persona is not None:
            self.persona.stop()
        self.front.stop()
        self.desk.shut_down(self.clock.now())
        self.details.finish()
        self.backend.close()
        await quiet(self.backend.behind, self.reactor)
        self.details.close()
        if self.spill is not None:
            self.spill.close()

    async def _stop_listening(self) -> None:
        if self._console is not None:
            console, self._console = self._console, None
            await Deferred.fromFuture(asyncio.ensure_future(console.stop()))
        if self.second is not None:
            await self.second.stop()
        if self.links is not None:
            await _maybe(self.links.stop())
        for port in self._ports:
            await _maybe(port.stopListening())
        self._ports.clear()
        self.addresses.clear()

    def ready(self) -> dict[str, Any]:
        """What a program that waits for the start wants to know: addresses and places."""
        ready: dict[str, Any] = {
            name: {"host": host, "port": port} for name, (host, port) in self.addresses.items()
        }
        if self.settings.recordings.backend == "file":
            ready["recordings"] = {"directory": self.settings.recordings.directory}
        ready |= places_of(self.backend.behind)
        if self._console is not None:
            host, port = self._console.address
            ready["http"] = {"host": host, "port": port, "url": f"http://{host}:{port}"}
        if self.links is not None and self.links.address is not None:
            host, port = self.links.address
            ready["links"] = {"host": host, "port": port}
        ready["seed"] = self.seed
        if self.second is not None:
            ready["second-site"] = self.second.ready()
        return ready

    def reload(self, settings: Settings) -> Changes:
        """Put other settings in force while everything goes on; raises ConfigError.

        Then nothing has changed.  What cannot change while the server runs is named.
        """
        return reload(self, settings)

    async def read_again(self) -> Changes:
        """The same with what ``source`` reads; raises NothingToReadError and ConfigError."""
        return await read_again(self)

    # -- for scenarios, the demo and tests -----------------------------------------------------------

    def perform(self, command: object) -> None:
        """Do what happens in the switch, outside of it, or to media; raises RequestRefused."""
        if type(command) in SCRIPTS:
            self.backend.perform(cast(MediaScript, command), self.clock.now())
        elif type(command) in PERSONA_COMMANDS:
            if self.persona is None:
                raise RequestRefused(Reason.SERVICE_UNAVAILABLE, "there is no persona")
            self.persona.perform(cast(PersonaCommand, command))
        else:
            self.front.perform(command)

    def call(self, conn_id: ConnId) -> CallView | None:
        """The call as it is now."""
        return self.switch.call(conn_id)

    def calls(self) -> Sequence[CallView]:
        """All calls, oldest first."""
        return self.switch.views()

    def traces(self) -> Sequence[SessionTrace]:
        """Recording sessions, the one begun last at the end."""
        return [self.details.inspector.complete(one) for one in self.desk.traces()]

    def finding(self) -> str:
        """The state of the newest call in the table of RECORDING.md 12.4; empty without one."""
        found = self.details.finding()
        return "" if found is None else found.code

    def messages(self) -> Sequence[Sent]:
        """What was sent in the recording session begun last, in order."""
        return self.details.messages()

    async def advance(self, seconds: float) -> None:
        """Let time pass at once: all that is due happens in order, and settles; ClockError."""
        servers = (self,) if self.second is None else (self, self.second)
        await advance(self.reactor, self.clock, seconds, servers)

    def run_clock(self, speed: float) -> None:
        """Let time run so many times as fast from now on; 0 stops it.  Raises ClockError."""
        self.clock.run(speed)
        self.hub.time_goes(speed or 1.0)
        if self.second is not None:
            self.second.hub.time_goes(speed or 1.0)

    def settled(self) -> bool:
        """Whether nothing is due and no order to the media backend is unanswered."""
        quiet = self.persona is None or self.persona.settled()
        served = not self.front.overdue() and self.desk.settled()
        return quiet and served and self.backend.settled()


def _spill(settings: Settings, journal: Journal) -> SpillFile | None:
    limits = settings.limits
    if not limits.journal_file:
        return None
    return SpillFile(Path(limits.journal_file), journal, limits.journal_file_mb * 1_000_000)


def _site(settings: Settings) -> Site:
    return Site(server=settings.server, switch=settings.switch)


async def _maybe(result: object) -> None:
    if isinstance(result, Deferred):
        await result
