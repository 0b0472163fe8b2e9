"""A proxy between real clients and a real server: bytes pass as they are, and are written down.

Whoever reads slowly slows the other side down, so that nothing piles up here; the file is bounded,
and the connections are.  What is written is made safe first (``tlibsim.logs.session``).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TextIO

from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.python.failure import Failure

from tlibsim.logs.session import RecordedClient, SessionLines
from tlibsim.net.reactor import ListeningPort, Reactor, Transport
from tlibsim.ports.media import Instant

MOST_CLIENTS = 1_000
_MICROS = 1_000_000
_ENDING = ".tlc"
_OWNER_ONLY = 0o600
_UPSTREAM_SECONDS = 10.0
_MOST_HELD = 1 << 20
"""Bytes of a client that wait until the server is reached."""


@dataclass(slots=True)
class SessionFile:
    """The file of one session; ``full`` when no more fits."""

    path: Path
    file: TextIO
    most_bytes: int
    written: int = 0
    full: bool = False

    @classmethod
    def new(cls, folder: Path, most_bytes: int) -> "SessionFile":
        """``session-1.tlc``, or the next that is free; raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            path = folder / f"session-{number}{_ENDING}"
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
                opened = os.open(path, flags, _OWNER_ONLY)
            except FileExistsError:
                number += 1
                continue
            return cls(path, os.fdopen(opened, "w", encoding="ascii", newline="\n"), most_bytes)

    def write(self, line: str) -> None:
        """A line; one that does not fit any more is left out, and all after it."""
        if self.full or self.written + len(line) + 1 > self.most_bytes:
            self.full = True
            return
        self.file.write(f"{line}\n")
        self.file.flush()
        self.written += len(line) + 1

    def close(self) -> None:
        """Nothing more comes."""
        self.file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """The real server.  ``tls``: over TLS, the certificate checked against ``ca`` or the system's."""

    host: str
    port: int
    tls: bool = False
    ca: Path | None = None


class Tap:
    """The proxy: listens, connects to the server for each client, and writes what passes."""

    def __init__(
        self,
        reactor: Reactor,
        upstream: Upstream,
        lines: SessionLines,
        file: SessionFile,
        wall_time: Callable[[], Instant],
    ) -> None:
        self.lines = lines
        self.file = file
        self.connections: dict[ClientSide, None] = {}
        self.refused = 0
        self.problem = ""
        self._reactor = reactor
        self._upstream = upstream
        self._now = wall_time
        self._port: ListeningPort | None = None

    def listen(self, address: tuple[str, int], context: object = None) -> tuple[str, int]:
        """Begin; ``context`` is a TLS context factory.  Raises CannotListenError."""
        factory = _Clients(self)
        if context is None:
            self._port = self._reactor.listenTCP(address[1], factory, interface=address[0])
        else:
            listen = self._reactor.listenSSL  # type: ignore[attr-defined]
            self._port = listen(address[1], factory, context, interface=address[0])
        assert self._port is not None  # noqa: S101  for the type checker
        host = self._port.getHost()
        return host.host, host.port

    def client(self) -> "ClientSide | None":
        """The end for a new client; None when there are too many."""
        if len(self.connections) >= MOST_CLIENTS:
            self.refused += 1
            return None
        return ClientSide(self)

    async def close(self) -> None:
        """Close everything; the file is complete then."""
        if self._port is not None:
            await self._port.stopListening()
        for one in tuple(self.connections):
            one.leave()
        self.file.close()

    def connect(self, side: "ClientSide") -> None:
        """Reach the server for a client."""
        up = self._upstream
        endpoint: Any = HostnameEndpoint(
            self._reactor, up.host, up.port, timeout=_UPSTREAM_SECONDS
        )
        if up.tls:
            endpoint = wrapClientTLS(_client_tls(up), endpoint)
        connecting = endpoint.connect(Factory.forProtocol(lambda: ServerSide(side)))
        connecting.addErrback(side.not_reached)

    # -- what passes ---------------------------------------------------------------------------

    def connected(self, side: "ClientSide") -> RecordedClient:
        """A client is there."""
        self.connections[side] = None
        client, line = self.lines.connected(self._now())
        self.file.write(line)
        return client

    def passed(self, client: RecordedClient, data: bytes, *, to_server: bool) -> None:
        """Bytes pass."""
        for line in self.lines.took(self._now(), client, data, to_server=to_server):
            self.file.write(line)

    def ended(self, side: "ClientSide", *, by_server: bool) -> None:
        """A connection is over."""
        if side not in self.connections:
            return
        del self.connections[side]
        if side.client is not None and not self.file.file.closed:
            self.file.write(self.lines.closed(self._now(), side.client, by_server))


def _client_tls(up: Upstream) -> Any:
    if up.ca is None:
        return optionsForClientTLS(up.host)
    authority = Certificate.loadPEM(up.ca.read_bytes())
    roots = trustRootFromCertificates([authority])  # type: ignore[no-untyped-call]
    return optionsForClientTLS(up.host, trustRoot=roots)


class _Clients(Factory):
    """Makes the client's end of each pair."""

    noisy = False

    def __init__(self, tap: Tap) -> None:
        self._tap = tap

    def buildProtocol(self, addr: object) -> "ClientSide | None":  # noqa: ARG002
        return self._tap.client()


class _Flow(Transport, Protocol):
    """A connection that can be told to read no more for a while."""

    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...


class _Side(StreamProtocol):
    """One end of a pair; a producer for the other end, which may slow it down."""

    transport: _Flow | None  # type: ignore[assignment]  # Twisted's own says less

    def pauseProducing(self) -> None:
        if self.transport is not None:
            self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        if self.transport is not None:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        self.leave()

    def write(self, data: bytes) -> None:
        """Send bytes; on a closed connection they go nowhere."""
        if self.transport is not None:
            self.transport.write(data)

    def slows(self, producer: "_Side | None") -> None:
        """From now on this end slows that one down; None: nobody any more."""
        if self.transport is not None and producer is not None:
            self.transport.registerProducer(producer, True)
        elif self.transport is not None:
            self.transport.unregisterProducer()

    def leave(self) -> None:
        """Close this end, after what was written."""
        if self.transport is not None:
            self.transport.loseConnection()


class ClientSide(_Side):
    """The end that a real client talks to."""

    def __init__(self, tap: Tap) -> None:
        self.client: RecordedClient | None = None
        self._tap = tap
        self._server: ServerSide | None = None
        self._held = bytearray()
        self._by_server = False

    def connectionMade(self) -> None:
        self.client = self._tap.connected(self)
        self._tap.connect(self)

    def dataReceived(self, data: bytes) -> None:
        if self.client is not None:
            self._tap.passed(self.client, data, to_server=True)
        if self._server is not None:
            self._server.write(data)
            return
        self._held += data
        if len(self._held) > _MOST_HELD:
            self.pauseProducing()

    def reached(self, server: "ServerSide") -> None:
        """The server is there: what waited goes on, and from now on both slow each other down."""
        if self not in self._tap.connections:
            server.leave()
            return
        self._server = server
        self.resumeProducing()
        server.slows(self)
        self.slows(server)
        server.write(bytes(self._held))
        self._held.clear()

    def not_reached(self, failure: Failure) -> None:
        """The server cannot be reached: the client is sent away."""
        self._tap.problem = failure.getErrorMessage()
        self._by_server = True
        self.leave()

    def came_back(self, data: bytes) -> None:
        """Bytes of the server."""
        if self.client is not None:
            self._tap.passed(self.client, data, to_server=False)
        self.write(data)

    def server_left(self) -> None:
        """The server closed the connection."""
        if self._server is not None:
            self._by_server, self._server = True, None
            self.slows(None)
            self.leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._tap.ended(self, by_server=self._by_server)
        server, self._server = self._server, None
        if server is not None:
            server.slows(None)
            server.leave()


class ServerSide(_Side):
    """The end that talks to the real server."""

    def __init__(self, client: ClientSide) -> None:
        self._client = client

    def connectionMade(self) -> None:
        self._client.reached(self)

    def dataReceived(self, data: bytes) -> None:
        self._client.came_back(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._client.server_left()
