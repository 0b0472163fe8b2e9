"""Stages for scenarios: real TCP clients, and a private server or one that runs elsewhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from twisted.internet.defer import Deferred

from tlibproto.messages import Message, Request
from tlibsim.config import Listener, RecordingsSettings, Settings
from tlibsim.config.sites import second_settings
from tlibsim.net.client import (
    ClientError,
    ClientOptions,
    NotReachedError,
    TLibraryClient,
    connect,
)
from tlibsim.net.clock import BEGIN, SteppedClock
from tlibsim.net.reactor import Reactor
from tlibsim.scenario.stage import NeverConnectedError, StageError
from tlibsim.scenario.view import Received, SessionTrace
from tlibsim.switch.facts import CallView

Address = tuple[str, int]

QUIET_SECONDS = 0.2
"""With a server that runs elsewhere this much silence means "settled"."""


_SEED = 1
_CLOSE_SECONDS = 2.0


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
    def settled(self) -> bool: ...
    def link(self, other: Any, /) -> None: ...


ServerMaker = Callable[[Settings, SteppedClock], Server]


class Clients:
    """The TCP clients of a scenario, and one box for all that comes to them."""

    def __init__(self, reactor: Reactor, settings: Settings) -> None:
        self._reactor = reactor
        self._settings = settings
        self._clients: dict[str, TLibraryClient] = {}
        self._box: list[Received] = []
        self._count = 0
        self._waiting: Deferred[None] | None = None

    async def open(self, name: str, address: Address) -> None:
        """Connect under this name; raises ClientError."""
        settings = self._settings
        options = ClientOptions(
            name=name,
            password=settings.passwords.get(name, settings.password),
            charset=settings.listeners[0].charset if settings.listeners else "utf-8",
        )

        def sink(message: Message) -> None:
            self._put(name, message)

        host, port = address
        client = await connect(self._reactor, host, port, options, sink)
        client.closed.addCallback(self._wake)
        self._clients[name] = client

    async def close(self, name: str) -> None:
        """Close the connection of a client and wait until it is closed."""
        client = self._clients.pop(name, None)
        if client is not None:
            await self._closed(client)

    async def close_all(self) -> None:
        """Close all connections."""
        for name in tuple(self._clients):
            await self.close(name)

    def send(self, name: str, request: Request) -> None:
        """Send a request of a client as it stands."""
        self._clients[name].send(request)

    def take(self) -> Sequence[Received]:
        """Empty the box."""
        taken, self._box = self._box, []
        return taken

    def lost(self) -> Mapping[str, str]:
        """The clients whose connection ended by itself, and why."""
        return {name: client.reason for name, client in self._clients.items() if client.reason}

    async def change(self, limit: float) -> None:
        """Wait until the box is not empty, a connection ended, or the limit is over."""
        if self._box:
            return
        waiting: Deferred[None] = Deferred()
        self._waiting = waiting
        timer = self._reactor.callLater(max(0.0, limit), self._wake)
        try:
            await waiting
        finally:
            self._waiting = None
            if timer.active():
                timer.cancel()

    async def _closed(self, client: TLibraryClient) -> None:
        timer = self._reactor.callLater(_CLOSE_SECONDS, client.abort)
        try:
            await client.close()
        finally:
            if timer.active():
                timer.cancel()

    def _put(self, name: str, message: Message) -> None:
        self._count += 1
        self._box.append(Received(client=name, message=message, number=self._count))
        self._wake()

    def _wake(self, result: object = None) -> object:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)
        return result


class _TcpStage:
    """What both stages share: clients on real connections, and time for people."""

    def __init__(self, reactor: Reactor, settings: Settings) -> None:
        self._reactor = reactor
        self._clients = Clients(reactor, settings)
        self.send = self._clients.send
        self.take = self._clients.take
        self.lost = self._clients.lost
        self.change = self._clients.change
        self.disconnect = self._clients.close

    def seconds(self) -> float:
        """The reactor's steady clock."""
        now: float = self._reactor.seconds()
        return now


class PrivateStage(_TcpStage):
    """A fresh server in this process, on a port of its own; the runner turns its clock."""

    quiet_seconds = None

    def __init__(self, reactor: Reactor, settings: Settings, make: ServerMaker) -> None:
        settings = private(settings)
        super().__init__(reactor, settings)
        self._clock = SteppedClock(reactor, BEGIN)
        self._server = make(settings, self._clock)
        self._second: Server | None = None
        self._second_clients: frozenset[str] = frozenset()
        second = second_settings(settings)
        if second is not None:
            self._second = make(private(second), self._clock)
            self._second_clients = frozenset(second.clients)
            self._server.link(self._second)

    async def begin(self) -> None:
        """Start the server."""
        for server in self._servers():
            await server.start()

    async def end(self) -> None:
        """Close the clients, then the server."""
        await self._clients.close_all()
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

    def advance(self, seconds: float) -> None:
        """Turn the clock; what is due at the very end happens."""
        self._clock.advance(seconds)

    def calls(self) -> Sequence[CallView]:
        """The calls of the switch, oldest first."""
        return self._server.calls()

    def traces(self) -> Sequence[SessionTrace]:
        """The recording sessions, the one begun last at the end."""
        return self._server.traces()

    def finding(self) -> str:
        """What the newest call says of its recording."""
        return self._server.finding()


class AgainstStage(_TcpStage):
    """A server that runs elsewhere: no look inside, no clock, silence means settled."""

    quiet_seconds = QUIET_SECONDS

    def __init__(self, reactor: Reactor, settings: Settings, address: Address) -> None:
        super().__init__(reactor, settings)
        self._address = address

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

    def advance(self, seconds: float) -> None:
        """There is no way to do this from outside."""
        raise StageError(f"{seconds:g} s cannot be made to pass for a server elsewhere")

    def calls(self) -> Sequence[CallView]:
        """Nothing of the inside is seen."""
        return ()

    def traces(self) -> Sequence[SessionTrace]:
        """Nothing of the inside is seen."""
        return ()

    def finding(self) -> str:
        """Nothing of the inside is seen."""
        return ""


def private(settings: Settings) -> Settings:
    """The settings of a bed for a private server: any free port of the loopback, and a seed.

    Unless the bed says where recordings go, none are kept.
    """
    listener = replace(
        settings.listeners[0] if settings.listeners else Listener(), host="127.0.0.1", port=0
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
