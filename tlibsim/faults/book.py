"""The faults in force, and what they do to the messages that pass.

One book belongs to one hub.  It keeps what is delayed until it is due; nothing waits, and time is
an argument.  While there are no faults, it costs one look at ``active``.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from tlibproto.framing import FrameDecoder, encode_frame
from tlibproto.messages import Message
from tlibproto.vocabulary import AttributeId
from tlibsim.faults.fault import Fault, FaultError, Standing
from tlibsim.faults.kinds import KINDS, Stage
from tlibsim.faults.mangling import MANGLERS, shifted
from tlibsim.ports.media import Instant

MOST_FAULTS = 200
MOST_HELD_BYTES = 16 * 1024 * 1024
_MICROSECONDS = 1_000_000
_PIECE = 1
_LONG_AGO = Instant(0)


class Ending(Enum):
    """How a connection ends, or half of it does."""

    CLOSE = "close"
    RESET = "reset"
    HALF_CLOSE = "half-close"


_ENDINGS = {one.value: one for one in Ending}


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes out now for one client: bytes, and then perhaps the end."""

    data: bytes
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A fault in force, for people: how often it was met and has struck."""

    fault: Fault
    number: int
    seen: int
    struck: int


Struck = Callable[[Fault, int, Instant], None]


@dataclass(slots=True)
class _Line:
    """What one client is still to get, in order; ``free_at`` is when the last of it goes out."""

    waiting: deque[tuple[Instant, Sent]]
    free_at: Instant = _LONG_AGO
    held_back: bytes = b""
    shift: int = 0
    size: int = 0


class FaultBook:
    """All faults of a switch.  Equal seeds and equal traffic give equal faults."""

    def __init__(self, rng: Random, struck: Struck | None = None) -> None:
        """``struck`` is told of every fault that acts: itself, the number of the client, when."""
        self._rng = rng
        self.struck = struck
        self._standing: list[Standing] = []
        self._lines: dict[int, _Line] = {}
        self._due: list[tuple[Instant, int, int]] = []
        self._made = 0

    # -- the list ------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether anything can happen: a fault is in force, or something is held back."""
        return bool(self._standing or self._lines)

    def add(self, fault: Fault, now: Instant) -> int:
        """Put a fault in force; its number.  Raises FaultError when there are too many."""
        if len(self._standing) >= MOST_FAULTS:
            raise FaultError(f"{MOST_FAULTS} faults are in force; clear some")
        self._made += 1
        self._standing.append(Standing(fault, self._made, now))
        return self._made

    def clear(self, name: str = "") -> int:
        """End the faults of that name or number, or all; how many there were."""
        kept = [
            one for one in self._standing if name not in ("", one.fault.name, str(one.number))
        ]
        gone = len(self._standing) - len(kept)
        self._standing = kept
        return gone

    def end(self, number: int) -> None:
        """End one fault, if it is still in force."""
        self._standing = [one for one in self._standing if one.number != number]

    def listed(self, now: Instant) -> Sequence[Listed]:
        """The faults in force."""
        self._expire(now)
        return [
            Listed(fault=one.fault, number=one.number, seen=one.seen, struck=one.struck)
            for one in self._standing
        ]

    def _expire(self, now: Instant) -> None:
        self._standing = [one for one in self._standing if not one.over(now)]

    def _striking(
        self, stage: Stage, client: int, name: str, message: Message | None, now: Instant
    ) -> Iterator[Fault]:
        """The faults that act on this; each counts."""
        self._expire(now)
        for one in tuple(self._standing):
            fault = one.fault
            if KINDS[fault.kind].stage is not stage:
                continue
            scope = fault.scope
            if not scope.fits_client(client, name):
                continue
            if message is not None and not scope.fits_message(message):
                continue
            if one.strikes(self._rng.random()):
                if self.struck is not None:
                    self.struck(fault, client, now)
                yield fault

    # -- what comes in -------------------------------------------------------------------------

    def request(self, client: int, name: str, message: Message, now: Instant) -> Fault | None:
        """The fault that takes the place of this request's fulfilment, or None."""
        return next(self._striking(Stage.REQUEST, client, name, message, now), None)

    def refuses(self, client: int, now: Instant) -> bool:
        """Whether a connection that was just made is closed at once."""
        return next(self._striking(Stage.ARRIVAL, client, "", None, now), None) is not None

    def silent(self, client: int, name: str, now: Instant) -> bool:
        """Whether ADDP is silent towards the client."""
        found = tuple(self._striking(Stage.KEEP_ALIVE, client, name, None, now))
        return bool(found)

    # -- what goes out -------------------------------------------------------------------------

    def send(
        self, client: int, name: str, message: Message, frame: bytes, now: Instant
    ) -> Sequence[Sent]:
        """What goes out at once for a message; the rest is kept until it is due."""
        line = self._lines.setdefault(client, _Line(deque()))
        faults = tuple(self._striking(Stage.MESSAGE, client, name, message, now))
        kinds = {fault.kind for fault in faults}
        if "drop" in kinds:
            frame = b""
        pieces = self._shaped(line, frame, faults)
        if "reorder" in kinds and frame:
            line.held_back += b"".join(pieces)
            pieces = []
        elif line.held_back and frame:
            pieces.append(line.held_back)
            line.held_back = b""
        at = self._begin(line, faults, now)
        gap = _gap(faults)
        rate = min((one.amount for one in faults if one.kind == "bandwidth"), default=0)
        for piece in pieces:
            self._queue(client, line, at, Sent(piece))
            if rate:
                gap = round(len(piece) / rate * _MICROSECONDS)
            at = Instant(at + gap)
        line.free_at = max(line.free_at, at if gap else line.free_at)
        for fault in self._striking(Stage.CONNECTION, client, name, message, now):
            self._queue(client, line, max(at, now), Sent(b"", _ENDINGS[fault.kind]))
        return self._ready(client, now)

    def _shaped(self, line: _Line, frame: bytes, faults: Sequence[Fault]) -> list[bytes]:
        """The packets of a message as they are to come, in pieces."""
        if not frame:
            return []
        for fault in faults:
            if fault.kind == "sequence-gap":
                line.shift += fault.amount or 1
        payload = _payload(frame)
        if line.shift:
            payload = shifted(payload, AttributeId.EventSequenceNumber, line.shift)
            frame = encode_frame(payload)
        for fault in faults:
            mangler = MANGLERS.get(fault.kind)
            if mangler is not None:
                frame = mangler(payload, fault.amount, self._rng)
        pieces = [frame, frame] if any(one.kind == "duplicate" for one in faults) else [frame]
        sizes = [max(1, one.amount or _PIECE) for one in faults if one.kind == "slice"]
        if not sizes:
            return pieces
        whole, size = b"".join(pieces), min(sizes)
        return [whole[at : at + size] for at in range(0, len(whole), size)]

    def _begin(self, line: _Line, faults: Sequence[Fault], now: Instant) -> Instant:
        """When the first piece goes out: never before what is already waiting."""
        late = 0.0
        for fault in faults:
            if fault.kind in ("delay", "stall"):
                late += fault.delay_s + fault.jitter_s * self._rng.random()
        at = Instant(max(now + round(late * _MICROSECONDS), line.free_at))
        line.free_at = at
        return at

    def _queue(self, client: int, line: _Line, at: Instant, sent: Sent) -> None:
        line.waiting.append((at, sent))
        line.size += len(sent.data)
        self._made += 1
        heapq.heappush(self._due, (at, self._made, client))

    def _ready(self, client: int, now: Instant) -> Sequence[Sent]:
        """What of a client's line is due, taken off."""
        line = self._lines.get(client)
        ready: list[Sent] = []
        if line is None:
            return ready
        if line.size > MOST_HELD_BYTES:
            del self._lines[client]
            return [Sent(b"", Ending.RESET)]
        while line.waiting and line.waiting[0][0] <= now:
            _, sent = line.waiting.popleft()
            line.size -= len(sent.data)
            ready.append(sent)
        if not (line.waiting or line.held_back or line.shift) and line.free_at <= now:
            del self._lines[client]
        return ready

    def next_deadline(self) -> Instant | None:
        """When something that is held back is due; what has gone out already is forgotten."""
        while self._due and not self._waits(self._due[0][2]):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def _waits(self, client: int) -> bool:
        line = self._lines.get(client)
        return line is not None and bool(line.waiting)

    def due(self, now: Instant) -> Iterator[tuple[int, Sent]]:
        """What is due by now, by client, in order."""
        while self._due and self._due[0][0] <= now:
            _, _, client = heapq.heappop(self._due)
            for sent in self._ready(client, now):
                yield client, sent

    def forget(self, client: int) -> None:
        """The connection is gone, and what it was to get with it."""
        self._lines.pop(client, None)


def _gap(faults: Sequence[Fault]) -> int:
    """Microseconds between the pieces of a message."""
    return max(
        (round(one.delay_s * _MICROSECONDS) for one in faults if one.kind == "slice"), default=0
    )


def _payload(frame: bytes) -> bytes:
    """The payload of packets that we made ourselves."""
    for unit in FrameDecoder().feed(frame):
        if isinstance(unit, bytes):
            return unit
    raise ValueError("these packets hold no message")
