"""The clock of a switch: real time, time that runs faster or stands still, time turned by hand.

It gives microseconds since 1970 and calls a function at an instant.  The core never sees a clock.

==========  ==========================================================================
real        wall time at the start, carried on by the reactor's steady clock: it never jumps
scaled      the same, some times as fast
frozen      wall time that stands still, until it is turned or set free
stepped     a fixed time that stands still; the same steps give the same times in every run
==========  ==========================================================================
"""

import heapq
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tlibsim.net.reactor import DelayedCall, ReactorTime
from tlibsim.ports.media import Instant

MICROSECONDS = 1_000_000
BEGIN = Instant(1_767_225_600_000_000)
"""When stepped time begins: 2026-01-01T00:00:00Z."""

FASTEST = 1000.0
_SPEED = re.compile(r"(\d+(?:\.\d+)?)x")
_MOST_AT_ONCE = 100_000
"""So many calls at one instant mean that something calls itself for ever."""


class ClockError(ValueError):
    """What a clock cannot do, in words for people."""


class Call(Protocol):
    """A call that is due some time."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """What the edge needs of a clock."""

    def now(self) -> Instant: ...
    def call_at(self, at: Instant, function: Callable[[], None]) -> Call: ...


class _Due:
    """One call that is due; ``function`` None: it was cancelled."""

    __slots__ = ("at", "function", "number")

    def __init__(self, at: Instant, number: int, function: Callable[[], None] | None) -> None:
        self.at = at
        self.number = number
        self.function = function

    def __lt__(self, other: "_Due") -> bool:
        return (self.at, self.number) < (other.at, other.number)

    def cancel(self) -> None:
        self.function = None


class SwitchClock:
    """Time that runs ``speed`` times as fast as the reactor's (0: stands still), and can be turned.

    ``on_jump`` is told the microseconds of each jump before it is made, so that what follows the
    time of the world (keep-alive of connections) is left in peace.
    """

    def __init__(self, reactor: ReactorTime, started_at: Instant, speed: float = 1.0) -> None:
        self._reactor = reactor
        self._speed = speed
        self._base = int(started_at)
        self._mark = self._ticks()
        self._due: list[_Due] = []
        self._made = 0
        self._timer: DelayedCall | None = None
        self._timer_at = 0
        self._turning = False
        self.on_jump: list[Callable[[int], None]] = []

    @property
    def speed(self) -> float:
        """How fast time runs; 0: it stands still."""
        return self._speed

    @property
    def turning(self) -> bool:
        """Whether a jump is under way."""
        return self._turning

    def now(self) -> Instant:
        if self._turning or not self._speed:
            return Instant(self._base)
        passed = self._ticks() - self._mark
        return Instant(
            self._base + (passed if self._speed == 1.0 else int(passed * self._speed))
        )

    def call_at(self, at: Instant, function: Callable[[], None]) -> Call:
        """Call ``function`` at an instant; what is due now is called on the next turn."""
        self._made += 1
        due = _Due(at, self._made, function)
        heapq.heappush(self._due, due)
        if not self._turning:
            self._arm()
        return due

    def next_due(self) -> Instant | None:
        """When the next call is to be made; None: there is none."""
        while self._due and self._due[0].function is None:
            heapq.heappop(self._due)
        return self._due[0].at if self._due else None

    # -- what people do with it ----------------------------------------------------------------

    def run(self, speed: float = 1.0) -> None:
        """Let time run from now on, ``speed`` times as fast; 0 stops it.  Raises ClockError."""
        if speed and not 0 < speed <= FASTEST:
            raise ClockError(f"a clock runs up to {FASTEST:g} times as fast, not {speed:g}")
        self._base, self._mark = int(self.now()), self._ticks()
        self._speed = speed
        self._disarm()
        self._arm()

    def freeze(self) -> None:
        """Stop time where it is."""
        self.run(0.0)

    def advance(self, seconds: float) -> None:
        """Let time pass at once: everything due on the way happens, in order, at its own instant."""
        end = self.begin_jump(seconds)
        while self.step(end):
            pass
        self.end_jump(end)

    def set(self, at: Instant) -> None:
        """Go to a later instant, as :meth:`advance` does; raises ClockError for an earlier one."""
        left = at - self.now()
        if left < 0:
            raise ClockError("time does not run backwards")
        self.advance(left / MICROSECONDS)

    def go_to(self, at: Instant) -> None:
        """Make it that instant, earlier or later; nothing happens on the way.

        What is due stays as far away as it was.  Raises ClockError in the middle of a jump.
        """
        if self._turning:
            raise ClockError("time is being turned already")
        now = self.now()
        by = at - now
        for tell in self.on_jump:
            tell(by)
        for due in self._due:
            due.at = Instant(due.at + by)
        self._base, self._mark = int(at), self._ticks()
        self._disarm()
        self._arm()

    # -- a jump in steps, for those who have to settle between them ----------------------------

    def begin_jump(self, seconds: float) -> Instant:
        """Hold time still for a jump; the instant at its end.  Raises ClockError."""
        if seconds < 0:
            raise ClockError("time does not run backwards")
        if self._turning:
            raise ClockError("time is being turned already")
        by = round(seconds * MICROSECONDS)
        for tell in self.on_jump:
            tell(by)
        self._base = int(self.now())
        self._turning = True
        return Instant(self._base + by)

    def step(self, end: Instant) -> bool:
        """Go to the next instant at which something is due and let it happen; False: nothing is."""
        at = self.next_due()
        if at is None or at > end:
            return False
        self._base = max(self._base, int(at))
        self._make_due(self._base)
        return True

    def end_jump(self, end: Instant) -> None:
        """Time goes on from ``end``, as fast as before."""
        self._base, self._mark = max(self._base, int(end)), self._ticks()
        self._turning = False
        self._disarm()
        self._arm()

    # -- the reactor ---------------------------------------------------------------------------

    def _ticks(self) -> int:
        return int(self._reactor.seconds() * MICROSECONDS)

    def _make_due(self, until: int) -> None:
        """Make all calls that are due; what they add for the same instant is made as well."""
        for _ in range(_MOST_AT_ONCE):
            at = self.next_due()
            if at is None or at > until:
                return
            function = heapq.heappop(self._due).function
            if function is not None:
                function()
        raise ClockError("something is due again and again at the same instant")

    def _arm(self) -> None:
        """Ask the reactor for the turn in which the next call is due, if time gets there."""
        at = self.next_due()
        now = self.now()
        if at is None or (at > now and not self._speed):
            return
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._disarm()
        delay = max(0, at - now) / MICROSECONDS
        self._timer_at = int(at)
        self._timer = self._reactor.callLater(
            delay / self._speed if self._speed else 0.0, self._turn
        )

    def _turn(self) -> None:
        at, self._timer = self._timer_at, None
        if self._turning:
            return
        try:
            self._make_turn(max(at, int(self.now())))
        finally:
            self._arm()

    def _make_turn(self, until: int) -> None:
        """Make the calls that were due when the turn began, and leave later ones to the next."""
        last = self._made
        while self._due and self._due[0].at <= until and self._due[0].number <= last:
            function = heapq.heappop(self._due).function
            if function is not None:
                function()

    def _disarm(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class RealClock(SwitchClock):
    """Wall time at the start, carried on by the reactor's steady clock, so it never jumps."""

    def __init__(self, reactor: ReactorTime, started_at: Instant) -> None:
        super().__init__(reactor, started_at, 1.0)


class SteppedClock(SwitchClock):
    """Time stands still until :meth:`advance`; what is due at once runs on the next turn."""

    def __init__(self, reactor: ReactorTime, started_at: Instant = BEGIN) -> None:
        super().__init__(reactor, started_at, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockKind:
    """What somebody asked for: how fast time runs, and whether it begins at a fixed instant."""

    speed: float = 1.0
    fixed: bool = False

    def __str__(self) -> str:
        if self.fixed:
            return "stepped"
        return {0.0: "frozen", 1.0: "real"}.get(self.speed, f"{self.speed:g}x")

    def made(self, reactor: ReactorTime, wall_time: Instant) -> SwitchClock:
        """A clock of this kind."""
        return SwitchClock(reactor, BEGIN if self.fixed else wall_time, self.speed)


REAL = ClockKind()
_KINDS = {
    "real": REAL,
    "frozen": ClockKind(speed=0.0),
    "stepped": ClockKind(speed=0.0, fixed=True),
    "max": ClockKind(speed=0.0, fixed=True),
}


def clock_kind(text: str) -> ClockKind:
    """``real``, ``frozen``, ``stepped`` or a speed such as ``10x``; raises ClockError."""
    known = _KINDS.get(text)
    if known is not None:
        return known
    speed = _SPEED.fullmatch(text)
    if speed is None or not 0 < float(speed[1]) <= FASTEST:
        raise ClockError(
            f"{text!r} is no clock: real, frozen, stepped, or a speed from 0.001x to {FASTEST:g}x"
        )
    return ClockKind(speed=float(speed[1]))
