"""What the desk has to do at a later time."""

import heapq
from dataclasses import dataclass

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Instant
from tlibsim.recording.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpAgain:
    """A session that lost its leg is to get another one (RECORDING.md 9, 5)."""

    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class GraceOver:
    """A call that was pre-recorded can be asked for no longer (RECORDING.md 3.7)."""

    conn_id: ConnId


Item = SetUpAgain | GraceOver


class Agenda:
    """Items by their time; each checks by itself whether it still applies."""

    def __init__(self) -> None:
        self._items: list[tuple[Instant, int, Item]] = []
        self._made = 0

    def put(self, at: Instant, item: Item) -> None:
        self._made += 1
        heapq.heappush(self._items, (at, self._made, item))

    def next(self) -> Instant | None:
        """When there is something to do, or None."""
        return self._items[0][0] if self._items else None

    def due(self, now: Instant) -> Item | None:
        """The next item whose time has come, taken off the list, or None."""
        if self._items and self._items[0][0] <= now:
            return heapq.heappop(self._items)[2]
        return None
