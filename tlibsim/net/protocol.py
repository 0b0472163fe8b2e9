"""One client's TCP connection: bytes to the hub, deliveries to the socket, and nothing else.

A client that does not read is bounded: what it leaves unread waits here up to a limit, and beyond
that the connection is dropped.  The memory and the latency of others do not change.
"""

from collections import deque

from twisted.internet.interfaces import IAddress, IPullProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer  # type: ignore[import-untyped]

from tlibsim.net.front import Front
from tlibsim.net.reactor import DelayedCall, ReactorTime, Transport

CLOSE_PATIENCE_SECONDS = 2.0
"""How long a connection that is being closed may take to read what is left for it."""

_CHUNK_BYTES = 1 << 16
"""How much of what waits the transport gets at a time."""


@implementer(IPullProducer)
class ClientProtocol(Protocol):
    """A connected client.

    What it gets goes straight to the socket, which costs far less than to have the reactor find
    it writable first.  What the socket does not take waits here until the transport pulls it.
    """

    transport: Transport  # type: ignore[assignment]  # Twisted's own says less

    def __init__(
        self, front: Front, clock: ReactorTime, *, charset: str, listener: str, max_queue: int
    ) -> None:
        self._front = front
        self._clock = clock
        self._charset = charset
        self._listener = listener
        self._max_queue = max_queue
        self._cut_off: DelayedCall | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._behind = False
        self._closing = False
        self._reason = "the client closed the connection"

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        peer = self.transport.getPeer()
        self._client = self._front.connect(
            self,
            charset=self._charset,
            listener=self._listener,
            peer=f"{peer.host}:{peer.port}",
        )

    def dataReceived(self, data: bytes) -> None:
        if not self._closing:
            self._front.receive(self._client, data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._closing = True
        self._waiting.clear()
        self._waiting_bytes = 0
        if self._cut_off is not None and self._cut_off.active():
            self._cut_off.cancel()
        self._front.disconnect(self._client, self._reason)

    # -- to the client ---------------------------------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """Send, or keep while the client does not read; over the limit the client is dropped."""
        if self._closing:
            return
        if not self._behind:
            sent = self.transport.writeSomeData(data)
            if sent == len(data):
                return
            if isinstance(sent, int):
                data = data[sent:]
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        if not self._behind:
            self._behind = True
            self.transport.registerProducer(self, False)
        elif self._waiting_bytes > self._max_queue:
            self._reason = (
                f"dropped: {self._waiting_bytes} bytes unread, limit {self._max_queue}"
            )
            self._closing = True
            self.transport.abortConnection()

    def close(self) -> None:
        """Send what is left, then close; a client that does not read it is cut off."""
        if self._closing:
            return
        self._closing = True
        transport = self.transport
        transport.unregisterProducer()
        transport.writeSequence(tuple(self._waiting))
        self._waiting.clear()
        transport.loseConnection()
        self._cut_off = self._clock.callLater(
            CLOSE_PATIENCE_SECONDS,
            transport.abortConnection,
        )

    def reset(self) -> None:
        """End the connection at once, with what was not sent (RST)."""
        self._reason = "fault: reset"
        self._closing = True
        self.transport.abortConnection()

    def half_close(self) -> None:
        """Say that nothing more comes from here, and go on reading."""
        self.transport.loseWriteConnection()

    # -- the transport's view of a producer --------------------------------------------------------

    def resumeProducing(self) -> None:
        """All that the transport had is sent: give it more, or send directly from now on."""
        chunk = []
        size = 0
        while self._waiting and size < _CHUNK_BYTES:
            chunk.append(self._waiting.popleft())
            size += len(chunk[-1])
        self._waiting_bytes -= size
        if chunk:
            self.transport.writeSequence(chunk)
        else:
            self._behind = False
            self.transport.unregisterProducer()

    def stopProducing(self) -> None:
        """The connection is lost; connectionLost cleans up."""


class ClientFactory(Factory):
    """Makes a connection object for each client of one listener."""

    noisy = False

    def __init__(
        self, front: Front, clock: ReactorTime, *, charset: str, listener: str, max_queue: int
    ) -> None:
        self._front = front
        self._clock = clock
        self._charset = charset
        self._listener = listener
        self._max_queue = max_queue

    def buildProtocol(self, addr: IAddress | None) -> ClientProtocol:
        return ClientProtocol(
            self._front,
            self._clock,
            charset=self._charset,
            listener=self._listener,
            max_queue=self._max_queue,
        )
