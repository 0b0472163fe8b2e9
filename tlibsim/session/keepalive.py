"""Deadlines of ADDP for all clients: one heap, looked at only when something is due.

Traffic moves a client's deadline without touching the heap; an entry that comes up too early is
put back at the present deadline.  Only a new, shorter timeout makes a second entry.
"""

import heapq
from collections.abc import Iterable

from tlibsim.ports.media import Instant
from tlibsim.session.addp import Verdict
from tlibsim.session.client import Client


class KeepAlive:
    """Which client is to be looked at when."""

    __slots__ = ("_heap", "_made", "_watched", "pace")

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, int, Client]] = []
        self._made = 0
        self._watched: dict[Client, Instant] = {}
        self.pace = 1.0

    def jump(self, clients: Iterable[Client], by: int) -> None:
        """The clock is about to jump by microseconds in which nobody could say anything."""
        for client in clients:
            client.addp.postpone(by)
            if by < 0:
                self.watch(client)

    def go(self, clients: Iterable[Client], pace: float) -> None:
        """From now on so many seconds of the switch pass in one of the world."""
        self.pace = pace
        for client in clients:
            self.watch(client)

    def watch(self, client: Client) -> None:
        """Look after the client from now on, if its keep-alive has a timeout."""
        client.addp.pace = self.pace
        deadline = client.addp.deadline()
        if deadline is None:
            return
        known = self._watched.get(client)
        if known is None or deadline < known:
            self._made += 1
            self._watched[client] = deadline
            heapq.heappush(self._heap, (deadline, self._made, client))

    def next_deadline(self) -> Instant | None:
        return self._heap[0][0] if self._heap else None

    def due(self, now: Instant) -> list[Client]:
        """Clients whose entry has come up, taken off the heap."""
        due = []
        while self._heap and self._heap[0][0] <= now:
            at, _, client = heapq.heappop(self._heap)
            if self._watched.get(client) == at:
                del self._watched[client]
                due.append(client)
        return due

    def look(self, client: Client, now: Instant) -> bytes | None:
        """What to send: a poll, nothing yet (empty), or None when the client is gone."""
        verdict = client.addp.look(now)
        if verdict is Verdict.GONE:
            return None
        self.watch(client)
        return client.addp.poll() if verdict is Verdict.POLL else b""
