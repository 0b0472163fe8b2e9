"""A client's connection: what goes to the socket at once, what waits, when it is dropped."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock

from tlibsim.net.protocol import CLOSE_PATIENCE_SECONDS, ClientProtocol

MAX_QUEUE = 200_000


class Socket:
    """A transport whose socket takes ``room`` bytes, and all of them after :meth:`drain`."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.sent = b""
        self.buffer = b""
        self.producer: Any = None
        self.lost = ""

    def writeSomeData(self, data: bytes) -> int:
        assert not self.buffer, "what was written before must go first"
        count = min(self.room, len(data))
        self.sent += data[:count]
        self.room -= count
        return count

    def write(self, data: bytes) -> None:
        self.buffer += data

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.buffer += b"".join(data)

    def drain(self) -> None:
        """The client reads all; the transport asks for more as long as there is some."""
        self.room = 1 << 30
        while True:
            self.sent += self.buffer
            self.buffer = b""
            if self.producer is None:
                return
            self.producer.resumeProducing()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert self.producer is None
        assert not streaming
        self.producer = producer
        producer.resumeProducing()

    def unregisterProducer(self) -> None:
        self.producer = None

    def loseConnection(self) -> None:
        self.lost = "closed"

    def abortConnection(self) -> None:
        self.lost = "aborted"

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self.keep_alive = enabled

    def getPeer(self) -> Any:
        return SimpleNamespace(host="127.0.0.1", port=1)


class Front:
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def connect(self, connection: object, *, charset: str, listener: str, peer: str) -> int:
        return 1

    def disconnect(self, client: int, reason: str) -> None:
        self.reasons.append(reason)


def connected(room: int) -> tuple[ClientProtocol, Socket, Front, Clock]:
    front, socket, clock = Front(), Socket(room), Clock()
    protocol = ClientProtocol(
        front,  # type: ignore[arg-type]
        clock,
        charset="utf-8",
        listener="tlib",
        max_queue=MAX_QUEUE,
    )
    protocol.makeConnection(socket)  # type: ignore[arg-type]
    return protocol, socket, front, clock


def packets(count: int, size: int = 1000) -> list[bytes]:
    return [bytes([number % 256]) * size for number in range(count)]


def test_what_the_socket_takes_is_sent_at_once() -> None:
    protocol, socket, _, _ = connected(room=5000)
    for data in packets(5):
        protocol.deliver(data)
    assert socket.sent == b"".join(packets(5))
    assert socket.producer is None


def test_what_the_socket_does_not_take_follows_in_order() -> None:
    protocol, socket, _, _ = connected(room=1500)
    for data in packets(150):
        protocol.deliver(data)
    assert socket.sent == b"".join(packets(150))[:1500]
    socket.drain()
    assert socket.sent == b"".join(packets(150))
    protocol.deliver(b"more")
    assert socket.sent.endswith(b"more")
    assert socket.producer is None


def test_a_client_that_does_not_read_is_dropped_at_the_limit() -> None:
    protocol, socket, front, _ = connected(room=0)
    for data in packets(190):
        protocol.deliver(data)
    assert not socket.lost
    for data in packets(190):
        protocol.deliver(data)
    assert socket.lost == "aborted"
    protocol.connectionLost()
    assert front.reasons == ["dropped: 201000 bytes unread, limit 200000"]


def test_a_lost_connection_is_left_to_the_transport_to_notice() -> None:
    protocol, socket, _, _ = connected(room=0)
    socket.writeSomeData = lambda _: ConnectionError()  # type: ignore[assignment,return-value]
    protocol.deliver(b"one")
    assert socket.buffer == b"one"


def test_closing_sends_what_waits_and_then_cuts_off_a_client_that_does_not_read() -> None:
    protocol, socket, _, clock = connected(room=10)
    for data in packets(100):
        protocol.deliver(data)
    protocol.close()
    assert socket.sent + socket.buffer == b"".join(packets(100))
    assert socket.lost == "closed"
    clock.advance(CLOSE_PATIENCE_SECONDS)
    assert socket.lost == "aborted"
