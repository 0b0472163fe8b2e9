"""Stages for scenarios: real TCP clients, and a private server or one that runs elsewhere."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from twisted.internet.error import CannotListenError

from tlibproto.messages import Request
from tlibsim.config import Listener, RecordingsSettings, Settings
from tlibsim.config.sites import second_settings
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.records import Record, records
from tlibsim.net.announcing import cannot_listen
from tlibsim.net.client import (
    ClientError,
    NotReachedError,
)
from tlibsim.net.clients import Clients
from tlibsim.net.clock import BEGIN, MICROSECONDS, ClockKind, SwitchClock
from tlibsim.net.companion import Companion, CompanionError
from tlibsim.net.reactor import Reactor
from tlibsim.net.turning import turn
from tlibsim.ports.media import Instant
from tlibsim.scenario.messages import TraceMessage
from tlibsim.scenario.script.dnstates import dn_states
from tlibsim.scenario.script.presence import is_there, not_there
from tlibsim.scenario.script.runjournal import is_marker, run_journal
from tlibsim.scenario.script.steps import Actor
from tlibsim.scenario.stage import FaultOrders, NeverConnectedError, StageError
from tlibsim.scenario.view import Received, SessionTrace, this_dn
from tlibsim.switch.facts import CallView
from tlibsim.switch.switch import Switch

Address = tuple[str, int]
LOOPBACK: Address = ("127.0.0.1", 0)

QUIET_SECONDS = 0.2
"""With a server that runs elsewhere this much silence means "settled"."""


_SEED = 1


class Server(Protocol):
    """What a private stage needs of a simulator (``tlibsim.app.Simulator``)."""

    @property
    def addresses(self) -> Mapping[str, Address]: ...

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def perform(self, command: object) -> None: ...
    def calls(self) -> Sequence[CallView]: ...
    def traces(self) -> Sequence[SessionTrace]: ...
    def finding(self) -> str: ...
    def messages(self) -> Sequence[TraceMessage]: ...
    def settled(self) -> bool: ...
    def link(self, other: Any, /) -> None: ...
    async def advance(self, seconds: float) -> None: ...
    def run_clock(self, speed: float) -> None: ...

    @property
    def journal(self) -> Journal: ...
    @property
    def switch(self) -> Switch: ...
    @property
    def faulting(self) -> FaultOrders: ...


ServerMaker = Callable[[Settings, SwitchClock], Server]
STEPPED = ClockKind(speed=0.0, fixed=True)
_THERE_SECONDS = 0.05


class _TcpStage:
    """What both stages share: clients on real connections, and time for people."""

    def __init__(self, reactor: Reactor, settings: Settings) -> None:
        self._reactor = reactor
        self._clients = Clients(reactor, settings)
        self.lost = self._clients.lost
        self.change = self._clients.change
        self.disconnect = self._clients.close

    def send(self, client: str, request: Request) -> None:
        """Send a request of a client as it stands."""
        self._clients.send(client, request)

    def take(self) -> Sequence[Received]:
        """Everything that has come since the last call."""
        return self._clients.take()

    def seconds(self) -> float:
        """The reactor's steady clock."""
        now: float = self._reactor.seconds()
        return now


class PrivateStage(_TcpStage):
    """A fresh server in this process; the runner turns its clock, unless that runs by itself.

    ``external``: somebody takes part who connects by himself and lives by the time of the world;
    ``address`` is where the server listens for him, port 0 being any free one.
    """

    quiet_seconds = None

    def __init__(
        self,
        reactor: Reactor,
        settings: Settings,
        make: ServerMaker,
        *,
        clock: ClockKind = STEPPED,
        external: bool = False,
        address: Address = LOOPBACK,
        wall_time: Instant = BEGIN,
        companion: Companion | None = None,
    ) -> None:
        settings = private(settings, address)
        super().__init__(reactor, settings)
        self._clock = clock.made(reactor, wall_time)
        self._external = external
        self._companion = companion
        self.listening: list[Callable[[str, int], None]] = []
        """Who is told where the server listens, as soon as it does."""
        self._server = make(settings, self._clock)
        self.journal = run_journal(self._server.journal, settings.limits.journal_entries)
        self.journal.listen(self._noted, *Kind)
        self._second: Server | None = None
        self._second_clients: frozenset[str] = frozenset()
        second = second_settings(settings)
        if second is not None:
            self._second = make(private(second), self._clock)
            self._second_clients = frozenset(second.clients)
            self._server.link(self._second)

    @property
    def server(self) -> Server:
        """The server that this stage began, the first of two sites."""
        return self._server

    async def begin(self) -> None:
        """Start the server."""
        try:
            for server in self._servers():
                await server.start()
            for tell in self.listening:
                tell(*self.address())
            if self._companion is not None:
                self._companion.start(*self.address())
        except CannotListenError as error:
            raise StageError(cannot_listen(error)) from error
        except CompanionError as error:
            raise NeverConnectedError(str(error)) from error

    async def end(self) -> None:
        """Close the clients, then the server, and end the system under test."""
        await self._clients.close_all()
        if self._companion is not None:
            await self._companion.stop()
        for server in self._servers():
            await server.stop()

    def _servers(self) -> Sequence[Server]:
        return (self._server,) if self._second is None else (self._server, self._second)

    def _server_of(self, client: str) -> Server:
        second = self._second
        return second if second is not None and client in self._second_clients else self._server

    async def connect(self, client: str) -> None:
        """Open a client; raises StageError."""
        address = next(iter(self._server_of(client).addresses.values()))
        try:
            await self._clients.open(client, address)
        except ClientError as error:
            raise StageError(f"client {client}: {error}") from error

    def idle(self) -> bool:
        """Whether the server says that it has settled."""
        return all(server.settled() for server in self._servers())

    def perform(self, command: object) -> None:
        """Hand a command to the switch; raises RequestRefused."""
        self._server.perform(command)

    async def advance(self, seconds: float) -> None:
        """Turn the clock; what is due on the way and at the very end happens, and settles."""
        await self._server.advance(seconds)

    async def rest(self, seconds: float) -> None:
        """Turn a clock that stands still, wait for one that runs."""
        if not self._clock.speed:
            await self.advance(seconds)
            return
        until = self._clock.now() + round(seconds * MICROSECONDS)
        while self._clock.now() < until:
            await turn(
                self._reactor, (until - self._clock.now()) / MICROSECONDS / self._clock.speed
            )

    @property
    def turned(self) -> bool:
        """Whether time passes only when the runner turns the clock, and nobody else counts it."""
        return not self._clock.speed and not self._external

    def now(self) -> Instant:
        """The time of the server."""
        return self._clock.now()

    def elapsed_us(self) -> int:
        """The server's time, unless that stands still for somebody who lives by the world's."""
        if self._clock.speed or not self._external:
            return int(self._clock.now())
        return int(self.seconds() * MICROSECONDS)

    async def pass_time(self, until_us: int) -> None:
        """To what is due next where the runner turns the clock; else until something comes."""
        left = until_us - self.elapsed_us()
        if not self.turned:
            await self._clients.change(left / MICROSECONDS / (self._clock.speed or 1.0))
            return
        due = self._clock.next_due()
        until = until_us if due is None else min(until_us, int(due))
        await self.advance(max(0, until - self._clock.now()) / MICROSECONDS)

    def records(self) -> Iterator[Record]:
        """What the journal of the run holds."""
        return records(self.journal)

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        """The state of each DN."""
        return dn_states(self._server.switch)

    def faults(self) -> FaultOrders | None:
        """The faults of the server."""
        return self._server.faulting

    def address(self) -> Address:
        """Where the server listens."""
        return next(iter(self._server.addresses.values()))

    async def until_there(self, actors: Sequence[Actor]) -> None:
        """Wait for those who connect by themselves, and for the DNs that they register."""
        begun = self.seconds()
        while True:
            missing = [actor for actor in actors if not is_there(actor, self.records())]
            if not missing:
                return
            if self._companion is not None and self._companion.ended:
                words = f"ended with {self._companion.ended} before {missing[0].name} was there"
                raise NeverConnectedError(f"the system under test {words}")
            waited = self.seconds() - begun
            late = [one for one in missing if waited * MICROSECONDS >= one.within_us]
            if late:
                host, port = self.address()
                raise NeverConnectedError(not_there(late[0], self.records(), f"{host}:{port}"))
            await turn(self._reactor, _THERE_SECONDS)

    def _noted(self, _: Entry) -> None:
        if self._external:
            self._clients.wake()

    def calls(self) -> Sequence[CallView]:
        """The calls of the switch, oldest first."""
        return self._server.calls()

    def traces(self) -> Sequence[SessionTrace]:
        """The recording sessions, the one begun last at the end."""
        return self._server.traces()

    def finding(self) -> str:
        """What the newest call says of its recording."""
        return self._server.finding()

    def messages(self) -> Sequence[TraceMessage]:
        """What was sent in the recording session begun last, in order."""
        return self._server.messages()


class AgainstStage(_TcpStage):
    """A server that runs elsewhere: no look inside, no clock, silence means settled."""

    quiet_seconds = QUIET_SECONDS

    def __init__(
        self,
        reactor: Reactor,
        settings: Settings,
        address: Address,
        *,
        wall_time: Instant = BEGIN,
    ) -> None:
        super().__init__(reactor, settings)
        self._address = address
        self._begun_at = wall_time
        self._begun = self.seconds()
        self.journal = Journal(settings.limits.journal_entries)
        self._numbers: dict[str, int] = {}

    def send(self, client: str, request: Request) -> None:
        """Send a request of a client, and note it."""
        if not is_marker(request):
            self.journal.note(Kind.REQUEST, self.now(), self._number(client), request)
        self._clients.send(client, request)

    def take(self) -> Sequence[Received]:
        """Everything that has come since the last call; it is noted when it is taken."""
        taken = self._clients.take()
        for item in taken:
            if not is_marker(item.message):
                number = self._number(item.client)
                self.journal.note(
                    Kind.EVENT,
                    self.now(),
                    0,
                    item.message,
                    this_dn(item.message) or "",
                    (number,),
                    item.message.reference_id,
                )
        return taken

    def _number(self, client: str) -> int:
        number = self._numbers.setdefault(client, len(self._numbers) + 1)
        self.journal.names[number] = client
        return number

    async def begin(self) -> None:
        """The server is there, or not."""

    async def end(self) -> None:
        """Close the clients."""
        await self._clients.close_all()

    async def connect(self, client: str) -> None:
        """Open a client; raises NeverConnectedError when nobody listens, or StageError."""
        try:
            await self._clients.open(client, self._address)
        except NotReachedError as error:
            raise NeverConnectedError(str(error)) from error
        except ClientError as error:
            raise StageError(f"client {client}: {error}") from error

    def idle(self) -> bool:
        """Nobody can see this from outside; silence stands for it."""
        return True

    def perform(self, command: object) -> None:
        """There is no way to do this from outside."""
        raise StageError(f"{type(command).__name__} cannot be done from outside")

    async def advance(self, seconds: float) -> None:
        """There is no way to do this from outside."""
        raise StageError(f"{seconds:g} s cannot be made to pass for a server elsewhere")

    async def rest(self, seconds: float) -> None:
        """Wait so long."""
        await turn(self._reactor, seconds)

    turned = False

    def now(self) -> Instant:
        """The time of the world."""
        return Instant(self._begun_at + round((self.seconds() - self._begun) * MICROSECONDS))

    def elapsed_us(self) -> int:
        """The reactor's steady clock."""
        return int(self.seconds() * MICROSECONDS)

    async def pass_time(self, until_us: int) -> None:
        """Wait until something comes."""
        await self._clients.change((until_us - self.elapsed_us()) / MICROSECONDS)

    def records(self) -> Iterator[Record]:
        """What our clients sent and got."""
        return records(self.journal)

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        """Nothing of the inside is seen."""
        return {}

    def faults(self) -> FaultOrders | None:
        """Faults are a matter of a server of its own."""
        return None

    async def until_there(self, actors: Sequence[Actor]) -> None:
        """Whoever connects there is not seen from here."""
        if actors:
            raise StageError("who connects to a server elsewhere cannot be seen")

    def calls(self) -> Sequence[CallView]:
        """Nothing of the inside is seen."""
        return ()

    def traces(self) -> Sequence[SessionTrace]:
        """Nothing of the inside is seen."""
        return ()

    def finding(self) -> str:
        """Nothing of the inside is seen."""
        return ""

    def messages(self) -> Sequence[TraceMessage]:
        """Nothing of the inside is seen."""
        return ()


def private(settings: Settings, address: Address = LOOPBACK) -> Settings:
    """The settings of a bed for a private server: any free port of the loopback, and a seed.

    Unless the bed says where recordings go, none are kept.
    """
    host, port = address
    listener = replace(
        settings.listeners[0] if settings.listeners else Listener(), host=host, port=port
    )
    recordings = settings.recordings
    if recordings == RecordingsSettings():
        recordings = replace(recordings, backend="null")
    return replace(
        settings,
        listeners=(listener,),
        seed=_SEED if settings.seed is None else settings.seed,
        recordings=recordings,
    )
