"""The journal: numbered entries of requests, answers, events, facts, errors and connections.

Append-only and bounded; the oldest entries go first, to ``spill`` when somebody keeps them.
Values are kept as they are and described only when somebody reads them, so that writing an entry
costs next to nothing.
"""

import traceback
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from tlibproto.messages import RequestRegisterClient
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
    FAULT = "fault"
    BUG = "bug"


class Entry(NamedTuple):
    """One thing that happened.  ``client`` is 0 when no client is concerned.

    ``subject`` is the message, fact, report or exception itself; ``detail`` is for people: of a
    refusal the reason, of its EventError the request and the reason, of an event its DN.
    ``to`` are the clients that an event or an answer went to, ``reference`` the ReferenceID on
    the copy of ``client``, who asked for it.
    """

    number: int
    at: Instant
    kind: Kind
    client: int
    subject: object
    detail: str
    to: tuple[int, ...] = ()
    reference: int | None = None


Fields = tuple[int, Instant, Kind, int, object, str, tuple[int, ...], int | None]
"""An entry as it is kept: a plain tuple, which is made five times as fast."""


class Journal:
    """The last ``capacity`` entries; ``listen`` gets every entry of the kinds that it names.

    ``spill`` gets each entry that the journal has no more room for, oldest first.  ``names`` are
    the application names of clients, by number, of the last ``capacity`` that said one.
    """

    __slots__ = ("_capacity", "_entries", "_listeners", "_number", "broken", "names", "spill")

    def __init__(self, capacity: int, spill: Callable[[Entry], None] | None = None) -> None:
        self._capacity = capacity
        self._entries: deque[Fields] = deque(maxlen=capacity)
        self._listeners: dict[Kind, list[Callable[[Entry], None]]] = {}
        self._number = 0
        self.broken = False
        self.names: dict[int, str] = {}
        self.spill = spill

    def note(
        self,
        kind: Kind,
        now: Instant,
        client: int,
        subject: object,
        detail: str = "",
        to: tuple[int, ...] = (),
        reference: int | None = None,
    ) -> None:
        """Write an entry."""
        self._number = number = self._number + 1
        fields = (number, now, kind, client, subject, detail, to, reference)
        if self.spill is not None and len(self._entries) == self._capacity:
            self.spill(Entry._make(self._entries[0]))
        self._entries.append(fields)
        if type(subject) is RequestRegisterClient:
            self._name(client, subject.application_name or "")
        if kind in self._listeners:
            entry = Entry._make(fields)
            for listener in tuple(self._listeners[kind]):
                listener(entry)

    def _name(self, client: int, name: str) -> None:
        self.names.pop(client, None)
        self.names[client] = name
        if len(self.names) > self._capacity:
            del self.names[next(iter(self.names))]

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

    def unlisten(self, listener: Callable[[Entry], None]) -> None:
        """Call ``listener`` no more; one that is not known is no fault."""
        for kind in tuple(self._listeners):
            kept = [one for one in self._listeners[kind] if one != listener]
            if kept:
                self._listeners[kind] = kept
            else:
                del self._listeners[kind]

    def clear(self) -> None:
        """Forget all entries, and that the run is broken; numbers and listeners stay."""
        self._entries.clear()
        self.broken = False

    def ignore(self, listener: Callable[[Entry], None]) -> None:
        """Call that listener no more."""
        for listeners in self._listeners.values():
            if listener in listeners:
                listeners.remove(listener)

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry._make, tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
