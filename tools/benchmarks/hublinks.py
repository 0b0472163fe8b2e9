"""Clients of a hub without sockets: they keep what went to and fro, and time the hub alone."""

from collections.abc import Sequence
from time import perf_counter

from tlibproto.framing import FrameDecoder
from tlibsim.ports.media import Instant
from tlibsim.session.client import ClientId
from tlibsim.session.hub import Hub

_BEGIN = Instant(1_700_000_000_000_000)
_TURN = 100
"""Microseconds from one turn of the hub to the next."""


class HubLink:
    """One client.  ``seconds`` is the time that the hub took for what this client sent.

    ``said`` are the bytes that it sent in each turn, ``heard`` the payloads that it got.
    """

    def __init__(self, hub: Hub, others: dict[ClientId, "HubLink"]) -> None:
        self.said: list[bytes] = []
        self.heard: list[bytes] = []
        self.seconds = 0.0
        self._hub = hub
        self._others = others
        self._decoder = FrameDecoder()
        self._taken = 0
        self._now = _BEGIN
        self._id = hub.connect(_BEGIN, charset="utf-8", listener="tlib", peer="bench:1")
        others[self._id] = self

    def send(self, packets: bytes) -> None:
        self.said.append(packets)
        self._now = Instant(self._now + _TURN)
        begin = perf_counter()
        deliveries = self._hub.receive(self._id, packets, self._now)
        self.seconds += perf_counter() - begin
        for delivery in deliveries:
            self._others[delivery.client].hear(delivery.data)

    def hear(self, data: bytes) -> None:
        self.heard += (unit for unit in self._decoder.feed(data) if isinstance(unit, bytes))

    def take(self, count: int) -> list[bytes]:
        """So many payloads that have not been taken yet; raises IndexError without them."""
        begin = self._taken
        self._taken += count
        if len(self.heard) < self._taken:
            raise IndexError(f"{self._taken - len(self.heard)} packets are missing")
        return self.heard[begin : self._taken]

    def forget(self) -> None:
        """Begin anew to keep and to count."""
        self.said.clear()
        self.heard.clear()
        self._taken = 0
        self.seconds = 0.0


def hub_links(hub: Hub, count: int) -> Sequence[HubLink]:
    """So many clients of a hub."""
    others: dict[ClientId, HubLink] = {}
    return [HubLink(hub, others) for _ in range(count)]
