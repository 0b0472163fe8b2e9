"""The TCP clients of a scenario, and one box for all that comes to them."""

from collections.abc import Mapping, Sequence

from twisted.internet.defer import Deferred

from tlibproto.messages import Message, Request
from tlibsim.config import Settings
from tlibsim.net.client import (
    ClientOptions,
    TLibraryClient,
    connect,
)
from tlibsim.net.reactor import Reactor
from tlibsim.scenario.view import Received

Address = tuple[str, int]

_CLOSE_SECONDS = 2.0


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
            name=self._application_name(name),
            password=settings.passwords.get(name, settings.password),
            charset=settings.listeners[0].charset if settings.listeners else "utf-8",
        )

        def sink(message: Message) -> None:
            self.put(name, message)

        host, port = address
        client = await connect(self._reactor, host, port, options, sink)
        client.closed.addCallback(self.wake)
        self._clients[name] = client

    def _application_name(self, name: str) -> str:
        """How a client presents itself to the server."""
        return name

    def is_open(self, name: str) -> bool:
        """Whether the connection of a client stands."""
        client = self._clients.get(name)
        return client is not None and client.stands

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
        timer = self._reactor.callLater(max(0.0, limit), self.wake)
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

    def put(self, name: str, message: Message) -> None:
        """Something has come to a client."""
        self._count += 1
        self._box.append(Received(client=name, message=message, number=self._count))
        self.wake()

    def wake(self, result: object = None) -> object:
        """Let :meth:`change` return; gives back what it was given."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)
        return result
