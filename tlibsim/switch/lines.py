"""A line of waiting things, in an order that is given with each: who is first costs O(log n)."""

import heapq
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

_Item = TypeVar("_Item", bound=Hashable)
_SLACK = 16

Key = tuple[Any, ...]


class Line(Generic[_Item]):
    """Items by rising key; of equal keys the one that came first.  An item is in it once."""

    __slots__ = ("_added", "_heap", "_ticket")

    def __init__(self) -> None:
        self._heap: list[tuple[Key, int, _Item]] = []
        self._ticket: dict[_Item, int] = {}
        self._added = 0

    def __len__(self) -> int:
        return len(self._ticket)

    def __contains__(self, item: _Item) -> bool:
        return item in self._ticket

    def add(self, item: _Item, key: Key) -> None:
        """Put the item in its place; one that is there already moves."""
        self._added += 1
        self._ticket[item] = self._added
        if len(self._heap) > 2 * len(self._ticket) + _SLACK:
            self._heap = [one for one in self._heap if self._is_in(one)]
            heapq.heapify(self._heap)
        heapq.heappush(self._heap, (key, self._added, item))

    def discard(self, item: _Item) -> None:
        self._ticket.pop(item, None)

    def first(self) -> _Item | None:
        """The item with the lowest key, or None when nobody is in line."""
        entry = self._first()
        return None if entry is None else entry[2]

    def first_key(self) -> Key | None:
        entry = self._first()
        return None if entry is None else entry[0]

    def _first(self) -> tuple[Key, int, _Item] | None:
        while self._heap and not self._is_in(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0] if self._heap else None

    def _is_in(self, entry: tuple[Key, int, _Item]) -> bool:
        return self._ticket.get(entry[2]) == entry[1]
