"""Plays a log again over the network: its requests to a server, or its events to clients.

ConnIDs of the log are replaced by those of the live server: the first that the log shows stands
for the first that comes, the second for the second.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.python.failure import Failure

from tlibproto.codec import decode, encode
from tlibproto.errors import ProtocolError
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.messages import (
    EventACK,
    EventLinkConnected,
    EventRegistered,
    EventServerInfo,
    EventUnregistered,
    Message,
    Request,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestUnregisterAddress,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import (
    AddressType,
    ControlMode,
    Dn,
    ReferenceId,
    RegisterMode,
    ServerRole,
    connid_of,
    connid_text,
)
from tlibsim.logs.causes import SETUP
from tlibsim.logs.message import LogMessage, Role, UnmappedError, typed
from tlibsim.logs.pacing import paced
from tlibsim.net.client import ClientError, ClientOptions, TLibraryClient, connect
from tlibsim.net.reactor import ListeningPort, Reactor, Transport

CONN_SECONDS = 5.0
"""How long a request waits for the ConnID that it names to come."""

_ANSWER_SECONDS = 5.0
_POLL_SECONDS = 0.02
_CONNS = ("conn_id", "transfer_conn_id", "conference_conn_id", "home_conn_id")

Told = Callable[[LogMessage, str], Awaitable[None]]
"""Is told of each message before it is played, with a remark; waits as long as it likes."""


async def _nobody(message: LogMessage, remark: str) -> None:
    """Nobody wants to know."""


def rest(reactor: Reactor, seconds: float) -> "Deferred[None]":
    """Fires after so many seconds."""
    done: Deferred[None] = Deferred()
    reactor.callLater(seconds, done.callback, None)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """``speed`` 0: no pauses.  ``told`` is asked before each message."""

    speed: float = 1.0
    charset: str = "utf-8"
    told: Told = _nobody


@dataclass(slots=True, kw_only=True)
class ReplayResult:
    """What came of it.  ``skipped`` are messages that could not be played, and why."""

    played: int = 0
    skipped: list[tuple[LogMessage, str]] = field(default_factory=list)
    received: int = 0
    errors: int = 0


@dataclass(slots=True)
class _Calls:
    """The ConnIDs of the log, and those that came instead."""

    log: dict[str, int]
    live: list[str] = field(default_factory=list)

    def saw(self, message: Message) -> None:
        number = getattr(message, "conn_id", None)
        if number and connid_text(number) not in self.live:
            self.live.append(connid_text(number))

    def of(self, name: str) -> str | None:
        """The live ConnID for one of the log; None when it has not come, its own when unknown."""
        index = self.log.get(name)
        if index is None:
            return name
        return self.live[index] if index < len(self.live) else None


class RequestReplay:
    """Sends the requests of a log; one connection for each client of the log."""

    def __init__(
        self, reactor: Reactor, address: tuple[str, int], options: ReplayOptions
    ) -> None:
        self.result = ReplayResult()
        self._reactor = reactor
        self._address = address
        self._options = options
        self._clients: dict[str, TLibraryClient] = {}
        self._calls = _Calls({})
        self._reference = 0

    async def play(self, every: Sequence[LogMessage], chosen: Iterable[LogMessage]) -> None:
        """Play the chosen requests of a log; raises ClientError when the server is not there."""
        requests = [one for one in chosen if one.name not in SETUP]
        self._calls = _Calls(_conns_of(every))
        await self._open(every, requests)
        for seconds, one in paced(requests, self._options.speed):
            if seconds:
                await rest(self._reactor, seconds)
            await self._send(one)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()

    async def _open(self, every: Sequence[LogMessage], requests: Sequence[LogMessage]) -> None:
        clients = dict.fromkeys(one.client or "replay" for one in requests)
        dns: dict[str, dict[str, None]] = {name: {} for name in clients}
        for one in every:
            name = one.client or "replay"
            if name in dns and one.role is Role.REQUEST and one.this_dn:
                dns[name][one.this_dn] = None
        host, port = self._address
        for name in clients:
            options = ClientOptions(name=name, charset=self._options.charset)
            client = await connect(self._reactor, host, port, options, self._took)
            self._clients[name] = client
            for dn in dns[name]:
                await client.ask(_registration(dn), _ANSWER_SECONDS)

    def _took(self, message: Message) -> None:
        self.result.received += 1
        self.result.errors += type(message).__name__ == "EventError"
        self._calls.saw(message)

    async def _send(self, one: LogMessage) -> None:
        try:
            message = typed(one)
        except UnmappedError as error:
            self.result.skipped.append((one, str(error)))
            return
        request = await self._with_live_calls(message)
        if not isinstance(request, Request):
            self.result.skipped.append((one, "the call that it names has not come"))
            return
        await self._options.told(one, "")
        self._reference += 1
        client = self._clients[one.client or "replay"]
        if not client.stands:
            raise ClientError(f"the connection of {one.client} ended: {client.reason}")
        client.send(evolve(request, reference_id=ReferenceId(self._reference)))
        self.result.played += 1

    async def _with_live_calls(self, message: Message) -> Message | None:
        """The message with ConnIDs of the live server; None when they do not come in time."""
        deadline = self._reactor.seconds() + CONN_SECONDS
        changes = {}
        for name in _CONNS:
            number = getattr(message, name, None)
            if not number:
                continue
            while (live := self._calls.of(connid_text(number))) is None:
                if self._reactor.seconds() >= deadline:
                    return None
                await rest(self._reactor, _POLL_SECONDS)
            changes[name] = connid_of(live)
        return evolve(message, **changes) if changes else message


def _conns_of(every: Iterable[LogMessage]) -> dict[str, int]:
    """The ConnIDs of events, each with its number in the order in which they appear."""
    found: dict[str, int] = {}
    for one in every:
        if one.role is not Role.REQUEST and one.name != "EventError" and one.conn_id.strip("0"):
            found.setdefault(one.conn_id, len(found))
    return found


def _registration(dn: str) -> RequestRegisterAddress:
    return RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=RegisterMode.ModeShare,
        control_mode=ControlMode.RegisterDefault,
        address_type=AddressType.DN,
    )


# -- events to clients ---------------------------------------------------------------------------


class EventReplay:
    """A server that answers registrations, and sends the events of a log to whom they concern."""

    def __init__(self, reactor: Reactor, options: ReplayOptions) -> None:
        self.result = ReplayResult()
        self.connections: list[ReplayConnection] = []
        self._reactor = reactor
        self._options = options
        self._port: ListeningPort | None = None

    def listen(self, address: tuple[str, int]) -> tuple[str, int]:
        """Begin to listen; the address that clients connect to.  Raises CannotListenError."""
        factory = _Factory(self)
        self._port = self._reactor.listenTCP(address[1], factory, interface=address[0])
        host = self._port.getHost()
        return host.host, host.port

    @property
    def charset(self) -> str:
        """The character set of texts."""
        return self._options.charset

    async def until_registered(self) -> None:
        """Wait for the first client that registers a DN."""
        while not any(one.dns for one in self.connections):
            await rest(self._reactor, _POLL_SECONDS)

    async def play(self, chosen: Iterable[LogMessage]) -> None:
        """Send the chosen events to the clients that registered their ThisDN."""
        for seconds, one in paced(
            (one for one in chosen if one.name not in SETUP), self._options.speed
        ):
            if seconds:
                await rest(self._reactor, seconds)
            await self._event(one)

    async def close(self) -> None:
        """Close all connections and stop listening."""
        for one in tuple(self.connections):
            one.leave()
        if self._port is not None:
            await self._port.stopListening()

    async def _event(self, one: LogMessage) -> None:
        try:
            message = evolve(typed(one), reference_id=None)
        except UnmappedError as error:
            self.result.skipped.append((one, str(error)))
            return
        to = [each for each in self.connections if not one.this_dn or one.this_dn in each.dns]
        await self._options.told(one, f"to {len(to)}")
        for each in to:
            each.send(message)
        self.result.played += 1


class _Factory(Factory):
    """Makes a connection of each client."""

    noisy = False

    def __init__(self, replay: EventReplay) -> None:
        self._replay = replay

    def buildProtocol(self, addr: object) -> "ReplayConnection":  # noqa: ARG002
        return ReplayConnection(self._replay)


class ReplayConnection(StreamProtocol):
    """One client of an :class:`EventReplay`; ``dns`` are those that it registered."""

    transport: Transport | None  # type: ignore[assignment]  # Twisted's own says less

    def __init__(self, replay: EventReplay) -> None:
        self.dns: set[str] = set()
        self._replay = replay
        self._decoder = FrameDecoder()

    def send(self, message: Message) -> None:
        """Send a message."""
        if self.transport is not None:
            self.transport.write(encode_frame(encode(message, self._replay.charset)))

    def leave(self) -> None:
        """Close the connection."""
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionMade(self) -> None:
        self._replay.connections.append(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        self._replay.connections.remove(self)

    def dataReceived(self, data: bytes) -> None:
        try:
            for unit in self._decoder.feed(data):
                if isinstance(unit, Addp):
                    self._addp(unit)
                else:
                    self._answer(decode(unit, self._replay.charset))
        except ProtocolError:
            if self.transport is not None:
                self.transport.abortConnection()

    def _addp(self, unit: Addp) -> None:
        if self.transport is not None and unit.kind in "IP":
            self.transport.write(encode_addp(unit.kind.lower(), unit.argument))

    def _answer(self, message: Message) -> None:
        self._replay.result.received += 1
        reference = message.reference_id
        if isinstance(message, RequestRegisterClient):
            role = ServerRole.Primary
            self.send(EventLinkConnected(session_id=1, client_id=1, server_role=role))
        elif isinstance(message, RequestRegisterAddress):
            self.dns.add(str(message.this_dn))
            self.send(EventRegistered(this_dn=message.this_dn, reference_id=reference))
        elif isinstance(message, RequestUnregisterAddress):
            self.dns.discard(str(message.this_dn))
            self.send(EventUnregistered(this_dn=message.this_dn, reference_id=reference))
        elif isinstance(message, RequestQueryServer):
            role = ServerRole.Primary
            self.send(EventServerInfo(server_role=role, reference_id=reference))
        else:
            self.send(EventACK(reference_id=reference))
