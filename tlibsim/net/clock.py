"""The clocks of the edge: real time, or time that somebody turns by hand.

Both give microseconds since 1970 and call a function at an instant.  The core never sees a clock.
"""

import heapq
from collections.abc import Callable
from typing import Protocol

from tlibsim.net.reactor import DelayedCall, ReactorTime
from tlibsim.ports.media import Instant

MICROSECONDS = 1_000_000


class Call(Protocol):
    """A call that is due some time."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What the edge needs of a clock."""

    def now(self) -> Instant: ...
    def call_at(self, at: Instant, function: Callable[[], None]) -> Call: ...


class _Quiet:
    """A delayed call of the reactor that may be cancelled at any time, also afterwards."""

    __slots__ = ("_call",)

    def __init__(self, call: DelayedCall) -> None:
        self._call = call

    def cancel(self) -> None:
        if self._call.active():
            self._call.cancel()


class RealClock:
    """Wall time at the start, carried on by the reactor's steady clock, so it never jumps."""

    def __init__(self, reactor: ReactorTime, started_at: Instant) -> None:
        self._reactor = reactor
        self._offset = started_at - int(reactor.seconds() * MICROSECONDS)

    def now(self) -> Instant:
        return Instant(self._offset + int(self._reactor.seconds() * MICROSECONDS))

    def call_at(self, at: Instant, function: Callable[[], None]) -> Call:
        delay = max(0, at - self.now()) / MICROSECONDS
        return _Quiet(self._reactor.callLater(delay, function))


class _Due:
    """One entry of the stepped clock."""

    __slots__ = ("at", "function", "number")

    def __init__(self, at: Instant, number: int, function: Callable[[], None] | None) -> None:
        self.at = at
        self.number = number
        self.function = function

    def __lt__(self, other: "_Due") -> bool:
        return (self.at, self.number) < (other.at, other.number)

    def cancel(self) -> None:
        self.function = None


class SteppedClock:
    """Time stands still until :meth:`advance`; what is due at once runs on the next turn."""

    def __init__(self, reactor: ReactorTime, started_at: Instant) -> None:
        self._reactor = reactor
        self._now = started_at
        self._due: list[_Due] = []
        self._made = 0

    def now(self) -> Instant:
        return self._now

    def call_at(self, at: Instant, function: Callable[[], None]) -> Call:
        if at <= self._now:
            return _Quiet(self._reactor.callLater(0, function))
        self._made += 1
        due = _Due(at, self._made, function)
        heapq.heappush(self._due, due)
        return due

    def advance(self, seconds: float) -> None:
        """Let time pass: everything due on the way happens, in order, at its own instant."""
        end = Instant(self._now + round(seconds * MICROSECONDS))
        while self._due and self._due[0].at <= end:
            due = heapq.heappop(self._due)
            if due.function is not None:
                self._now = due.at
                due.function()
        self._now = end
