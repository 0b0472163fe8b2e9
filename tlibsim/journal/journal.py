"""The journal: numbered entries of requests, answers, events, facts, errors and connections.

Append-only and bounded; the oldest entries go first.  Values are kept as they are and described
only when somebody reads them, so that writing an entry costs next to nothing.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from tlibsim.ports.media import Instant


class Kind(Enum):
    """What an entry tells of."""

    __hash__ = object.__hash__  # each is only itself; Enum computes a hash, in Python

    CONNECTED = "connected"
    CLOSED = "closed"
    REQUEST = "request"
    ANSWER = "answer"
    REFUSAL = "refusal"
    EVENT = "event"
    FACT = "fact"
    REPORT = "report"
    WRONG_BYTES = "wrong-bytes"
    BUG = "bug"


class Entry(NamedTuple):
    """One thing that happened.  ``client`` is 0 when no client is concerned.

    ``subject`` is the message, fact, report or exception itself; ``detail`` is for people.
    """

    number: int
    at: Instant
    kind: Kind
    client: int
    subject: object
    detail: str


Fields = tuple[int, Instant, Kind, int, object, str]
"""An entry as it is kept: a plain tuple, which is made five times as fast."""


class Journal:
    """The last ``capacity`` entries; ``listen`` gets every entry of the kinds that it names."""

    __slots__ = ("_entries", "_listeners", "_number", "broken")

    def __init__(self, capacity: int) -> None:
        self._entries: deque[Fields] = deque(maxlen=capacity)
        self._listeners: dict[Kind, list[Callable[[Entry], None]]] = {}
        self._number = 0
        self.broken = False

    def note(
        self, kind: Kind, now: Instant, client: int, subject: object, detail: str = ""
    ) -> None:
        """Write an entry."""
        self._number = number = self._number + 1
        fields = (number, now, kind, client, subject, detail)
        self._entries.append(fields)
        if kind in self._listeners:
            entry = Entry._make(fields)
            for listener in self._listeners[kind]:
                listener(entry)

    @property
    def last_number(self) -> int:
        """The number of the newest entry; 0 when nothing has happened."""
        return self._number

    def bug(self, now: Instant, client: int, error: Exception) -> None:
        """We have a bug: the run counts as broken from here on."""
        self.broken = True
        trace = "".join(traceback.format_exception(error))
        self.note(Kind.BUG, now, client, error, trace)

    def listen(self, listener: Callable[[Entry], None], *kinds: Kind) -> None:
        """Call ``listener`` with each new entry of these kinds."""
        for kind in kinds:
            self._listeners.setdefault(kind, []).append(listener)

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry._make, tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
