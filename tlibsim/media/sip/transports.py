"""The sockets of the user agent: UDP, TCP and TLS on Twisted (MEDIA.md 3.1 and 3.2).

One UDP socket, and one listener a stream transport, at one address; loopback unless told
otherwise.  Connections are used again for the same host and port, whoever opened them.
Everything is bounded: connections, bytes that wait for one, messages on a stream.
"""

import contextlib
import ipaddress
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from twisted.internet.error import CannotListenError, MessageLengthError
from twisted.internet.protocol import ClientFactory, DatagramProtocol, Factory
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.python.failure import Failure

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.message import StreamFramer
from tlibsim.media.sip.values import Hop, Received, Timer, Transport

MAX_WAITING_BYTES = 1_048_576
MAX_REMEMBERED = 256
RECEIVE_BUFFER = 4_194_304
QUIET_SECONDS = 2.0
ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, never bound by itself

_CLOSED = Failure(ConnectionError("closed"))  # type: ignore[no-untyped-call]


class ReactorCalls(Protocol):
    """The reactor as a clock; ``task.Clock`` of Twisted is one, too."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, function: Callable[..., Any], *args: object) -> Any: ...


class ReactorClock:
    """The clock of the user agent over a reactor, or over ``task.Clock``."""

    def __init__(self, reactor: ReactorCalls) -> None:
        self._reactor = reactor

    def now(self) -> float:
        return self._reactor.seconds()

    def call_later(self, delay: float, function: Callable[[], None]) -> Timer:
        return _Quiet(self._reactor.callLater(max(0.0, delay), function))


class _Quiet:
    """A delayed call that may be cancelled at any time."""

    __slots__ = ("_call",)

    def __init__(self, call: Any) -> None:
        self._call = call

    def cancel(self) -> None:
        if self._call.active():
            self._call.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Where to listen.

    ``port`` is for UDP and TCP (0: any free one, the same for both), ``tls_port`` for TLS
    (None: no listener).  ``advertised`` is the host for Via and Contact when it is not the one
    that the system would take.  ``connect_timeout`` is in seconds.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tcp: bool = True
    tls_port: int | None = None
    advertised: str = ""
    connect_timeout: float = 4.0
    max_connections: int = 1000


class SipTransports:
    """The transport layer on a reactor; ``client_tls`` and ``server_tls`` make TLS contexts.

    ``client_tls`` gets the name that the certificate must carry.  None: no TLS.
    """

    def __init__(
        self,
        reactor: Any,
        binding: Binding,
        client_tls: Callable[[str], Any] | None = None,
        server_tls: Callable[[], Any] | None = None,
    ) -> None:
        self.binding = binding
        self._reactor = reactor
        self._client_tls = client_tls
        self._server_tls = server_tls
        self._receiver: Received | None = None
        self._udp: _Datagrams | None = None
        self._listeners: list[Any] = []
        self._ports: dict[Transport, int] = {}
        self._streams: dict[int, _Stream] = {}
        self._by_address: dict[tuple[Transport, str, int], _Stream] = {}
        self._numbers = 0
        self._sources: dict[str, str] = {}

    @property
    def port(self) -> int:
        """The port of UDP and TCP, once open."""
        return self._ports.get(Transport.UDP, self.binding.port)

    @property
    def tls_port(self) -> int:
        """The port of the TLS listener, 0 when there is none."""
        return self._ports.get(Transport.TLS, 0)

    @property
    def connections(self) -> int:
        return len(self._streams)

    def open(self, receiver: Received) -> None:
        """Bind; raises CannotListenError (an OSError's worth) when that cannot be."""
        self._receiver = receiver
        try:
            self._bind_pair()
            if self.binding.tls_port is not None and self._server_tls is not None:
                listener = self._reactor.listenSSL(
                    self.binding.tls_port,
                    _Incoming(self, Transport.TLS),
                    self._server_tls(),
                    interface=self.binding.host,
                )
                self._listeners.append(listener)
                self._ports[Transport.TLS] = listener.getHost().port
        except CannotListenError as error:
            self.close()
            raise OSError(f"cannot listen for SIP: {error}") from error

    def _bind_pair(self) -> None:
        """UDP, and TCP at the same port; a free port must be free for both."""
        tries = 16 if self.binding.port == 0 else 1
        while True:
            tries -= 1
            self._udp = _Datagrams(self)
            udp = self._reactor.listenUDP(
                self.binding.port, self._udp, interface=self.binding.host, maxPacketSize=65_535
            )
            _enlarge(udp)
            port = udp.getHost().port
            self._ports[Transport.UDP] = port
            if not self.binding.tcp:
                self._listeners.append(udp)
                return
            try:
                tcp = self._reactor.listenTCP(
                    port, _Incoming(self, Transport.TCP), interface=self.binding.host
                )
            except CannotListenError:
                udp.stopListening()
                if not tries:
                    raise
                continue
            self._ports[Transport.TCP] = port
            self._listeners += [udp, tcp]
            return

    def close(self) -> None:
        """Stop listening and close connections once what was written is out."""
        self._receiver = None
        for listener in self._listeners:
            listener.stopListening()
        self._listeners = []
        self._udp = None
        self.drop_connections()

    def drop_connections(self) -> None:
        """Close every connection; the next message to a host makes a new one."""
        for stream in tuple(self._streams.values()):
            stream.end()
        self._by_address.clear()

    def local(self, hop: Hop) -> tuple[str, int]:
        """Our host and port for Via and Contact towards that hop."""
        port = self._ports.get(hop.transport) or self._ports.get(Transport.UDP, 0)
        if self.binding.advertised:
            return self.binding.advertised, port
        if self.binding.host not in ANYWHERE:
            return self.binding.host, port
        return self._source_for(hop.host), port

    def send(self, data: bytes, hop: Hop, on_error: Callable[[str], None]) -> None:
        """Send; an error is told on a later turn."""
        if self._receiver is None:
            return
        if hop.transport is Transport.UDP:
            self._send_datagram(data, hop, on_error)
            return
        stream = self._streams.get(hop.connection) or self._by_address.get(_key(hop))
        if stream is None:
            stream = self._connect(hop, on_error)
        if stream is not None:
            stream.send(data, on_error)

    def suspect(self, hop: Hop) -> None:
        """Drop the connection to that hop, unless something came over it of late.

        A host that vanished leaves a connection that takes bytes for many minutes.
        """
        stream = self._streams.get(hop.connection) or self._by_address.get(_key(hop))
        if stream is not None and self._reactor.seconds() - stream.heard_at > QUIET_SECONDS:
            stream.abort("no answer over this connection")

    def seconds(self) -> float:
        return float(self._reactor.seconds())

    def later(self, on_error: Callable[[str], None], cause: str) -> None:
        self._reactor.callLater(0, on_error, cause)

    # Datagrams.

    def _send_datagram(self, data: bytes, hop: Hop, on_error: Callable[[str], None]) -> None:
        if _is_address(hop.host):
            self._write_datagram(data, hop.host, hop.port, on_error)
            return
        found = self._reactor.resolve(hop.host, timeout=(1, 3))
        found.addCallbacks(
            lambda address: self._write_datagram(data, address, hop.port, on_error),
            lambda _: on_error(f"the host {hop.host} is not known"),
        )

    def _write_datagram(
        self, data: bytes, address: str, port: int, on_error: Callable[[str], None]
    ) -> None:
        if self._udp is None:
            return
        try:
            self._udp.write(data, address, port)
        except (OSError, ValueError, MessageLengthError) as error:
            self.later(on_error, f"cannot send: {error}")

    def _source_for(self, host: str) -> str:
        """The address from which the system would send to that host; nothing is sent."""
        if host not in self._sources:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                try:
                    probe.connect((host if _is_address(host) else "192.0.2.1", 9))
                    self._sources[host] = probe.getsockname()[0]
                except OSError:
                    self._sources[host] = "127.0.0.1"
        return self._sources[host]

    # Streams.

    def _connect(self, hop: Hop, on_error: Callable[[str], None]) -> "_Stream | None":
        if len(self._streams) >= self.binding.max_connections:
            self.later(on_error, "too many connections")
            return None
        stream = self.new_stream(replace(hop, connection=0))
        factory = _Outgoing(stream)
        timeout = self.binding.connect_timeout
        if hop.transport is Transport.TCP:
            self._reactor.connectTCP(hop.host, hop.port, factory, timeout=timeout)
            return stream
        if self._client_tls is None:
            stream.gone("TLS is not configured")
            self.later(on_error, "TLS is not configured")
            return None
        try:
            context = self._client_tls(hop.server_name or hop.host)
        except ValueError as error:
            stream.gone(str(error))
            self.later(on_error, f"TLS: {error}")
            return None
        self._reactor.connectSSL(hop.host, hop.port, factory, context, timeout=timeout)
        return stream

    def new_stream(self, hop: Hop) -> "_Stream":
        self._numbers += 1
        stream = _Stream(self, replace(hop, connection=self._numbers))
        self._streams[self._numbers] = stream
        self._by_address[_key(hop)] = stream
        return stream

    def alias(self, stream: "_Stream", address: str, port: int) -> None:
        """The connection is also found by the address of its peer."""
        key = (stream.hop.transport, address, port)
        self._by_address.setdefault(key, stream)

    def forget(self, stream: "_Stream") -> None:
        self._streams.pop(stream.hop.connection, None)
        for key in [key for key, one in self._by_address.items() if one is stream]:
            del self._by_address[key]

    def full(self) -> bool:
        return len(self._streams) >= self.binding.max_connections

    def received(self, data: bytes, hop: Hop) -> None:
        if self._receiver is not None:
            self._receiver(data, hop)


class _Datagrams(DatagramProtocol):
    """The UDP socket."""

    def __init__(self, owner: SipTransports) -> None:
        self._owner = owner

    def write(self, data: bytes, address: str, port: int) -> None:
        wire: Any = self.transport
        wire.write(data, (address, port))

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        if datagram.strip(b"\r\n\0 "):
            hop = Hop(transport=Transport.UDP, host=addr[0], port=addr[1])
            self._owner.received(datagram, hop)


class _Stream(StreamProtocol):
    """One TCP or TLS connection; what is sent before it is up waits."""

    def __init__(self, owner: SipTransports, hop: Hop) -> None:
        self.hop = hop
        self._owner = owner
        self.heard_at = 0.0
        self._framer = StreamFramer()
        self._waiting: list[bytes] = []
        self._bytes_waiting = 0
        self._wire: Any = None
        self._ending = False
        self._on_error: deque[Callable[[str], None]] = deque(maxlen=MAX_REMEMBERED)

    def send(self, data: bytes, on_error: Callable[[str], None]) -> None:
        self._on_error.append(on_error)
        if self._wire is not None:
            self._wire.write(data)
            return
        self._bytes_waiting += len(data)
        if self._bytes_waiting > MAX_WAITING_BYTES:
            self._owner.later(on_error, "too much waits for the connection")
            return
        self._waiting.append(data)

    def end(self) -> None:
        self._ending = True
        if self._wire is not None:
            self._wire.loseConnection()

    def abort(self, cause: str) -> None:
        """Give the connection up at once."""
        self._waiting = []
        self._ending = True
        self.gone(cause)
        if self._wire is not None:
            self._wire.abortConnection()

    def gone(self, cause: str) -> None:
        """The connection is no more, or never was: everything unanswered fails."""
        self._owner.forget(self)
        waiting, self._on_error = self._on_error, deque(maxlen=0)
        for on_error in waiting:
            on_error(cause)

    def connectionMade(self) -> None:
        self._wire = self.transport
        peer = self._wire.getPeer()
        self._owner.alias(self, peer.host, peer.port)
        self._wire.write(b"".join(self._waiting))
        self._waiting = []
        if self._ending:
            self._wire.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self.heard_at = self._owner.seconds()
        try:
            messages = self._framer.feed(data)
        except SipError:
            self._wire.abortConnection()
            return
        for message in messages:
            self._owner.received(message, self.hop)

    def connectionLost(self, reason: Failure = _CLOSED) -> None:
        self._wire = None
        self.gone(f"connection lost: {reason.getErrorMessage()[:200]}")


class _Outgoing(ClientFactory):
    """Makes the one protocol of a connection of ours."""

    noisy = False

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def buildProtocol(self, addr: Any) -> _Stream:  # noqa: ARG002
        return self._stream

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:  # noqa: ARG002
        self._stream.gone(f"cannot connect: {reason.getErrorMessage()[:200]}")


class _Incoming(Factory):
    """Takes connections that recorders open."""

    noisy = False

    def __init__(self, owner: SipTransports, transport: Transport) -> None:
        self._owner = owner
        self._transport = transport

    def buildProtocol(self, addr: Any) -> _Stream | None:
        if self._owner.full():
            return None
        return self._owner.new_stream(
            Hop(transport=self._transport, host=addr.host, port=addr.port)
        )


def _enlarge(udp: Any) -> None:
    """A larger buffer for bursts of answers, as far as the system allows."""
    with contextlib.suppress(OSError):
        udp.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)


def _key(hop: Hop) -> tuple[Transport, str, int]:
    return (hop.transport, hop.host, hop.port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
