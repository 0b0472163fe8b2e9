"""A blocking client that knows packets and nothing of what is in them.

What it sends was made beforehand.  The same client talks to the server under test and to the
raw echo server.
"""

import socket
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from tools.benchmarks.processes import Address

PATIENCE_SECONDS = 60.0
_MOST = 1 << 18


class Link:
    """One connection."""

    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address, PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, packets: bytes) -> None:
        self.socket.sendall(packets)

    def take(self, count: int) -> list[bytes]:
        """Wait for so many packets; returns their payloads."""
        payloads: list[bytes] = []
        data = self._rest
        at = 0
        while True:
            size = len(data)
            while size - at >= 4:
                end = at + 4 + int.from_bytes(data[at : at + 4], "big")
                if end > size:
                    break
                payloads.append(data[at + 4 : end])
                at = end
            if len(payloads) >= count:
                self._rest = data[at:]
                return payloads
            data = data[at:] + self._more()
            at = 0

    def trips(self, packets: Sequence[bytes]) -> None:
        """Send one packet after the other, each when the one before was answered."""
        send, receive = self.socket.sendall, self.socket.recv
        for packet in packets:
            send(packet)
            data = receive(_MOST)
            while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4], "big"):
                data += self._more()

    def pipeline(self, packet: bytes, answer_bytes: int, count: int, in_flight: int) -> None:
        """Send a packet again and again, so many in flight; all answers have the same size."""
        send, receive = self.socket.sendall, self.socket.recv
        block, size = packet * in_flight, len(packet)
        send(block)
        sent, answered, rest = in_flight, 0, 0
        while answered < count:
            came = len(receive(_MOST))
            if not came:
                raise ConnectionError("the server closed the connection")
            news, rest = divmod(rest + came, answer_bytes)
            answered += news
            due = min(news, count - sent)
            if due > 0:
                send(block[: due * size])
                sent += due

    def exchange(self, packets: Iterable[bytes]) -> list[bytes]:
        """Send each packet and take its answer, one by one."""
        answers = []
        for packet in packets:
            self.send(packet)
            answers += self.take(1)
        return answers

    def _more(self) -> bytes:
        data = self.socket.recv(_MOST)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
