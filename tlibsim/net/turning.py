"""Turning the clock of servers that run: fire what is due, let each settle, then go on.

A recording that is ordered on the way is confirmed on the way, at its own instant, and not after
the whole jump.
"""

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.defer import Deferred

from tlibsim.net.clock import SwitchClock
from tlibsim.net.reactor import ReactorTime

_TURN_SECONDS = 0.001
SETTLE_SECONDS = 5.0
"""So long a server may take to settle after one instant; then time goes on without it."""


class Turned(Protocol):
    """What turning the clock needs of a server."""

    def settled(self) -> bool: ...


async def advance(
    reactor: ReactorTime, clock: SwitchClock, seconds: float, servers: Sequence[Turned]
) -> None:
    """Let ``seconds`` pass at once for the servers on this clock; raises ClockError.

    Everything due on the way happens in order, each at its own instant, and what it ordered is
    answered before time goes on.  It returns when the last of it has settled.
    """
    end = clock.begin_jump(seconds)
    try:
        while clock.step(end):
            await settle(reactor, clock, servers)
    finally:
        clock.end_jump(end)
    await settle(reactor, clock, servers)


async def settle(reactor: ReactorTime, clock: SwitchClock, servers: Sequence[Turned]) -> None:
    """Wait until nothing is due and nothing that was ordered is unanswered, or long enough."""
    until = reactor.seconds() + SETTLE_SECONDS
    while reactor.seconds() < until:
        due = clock.next_due()
        if due is not None and due <= clock.now():
            if clock.turning:
                return
        elif all(server.settled() for server in servers):
            return
        await turn(reactor, _TURN_SECONDS)


async def turn(reactor: ReactorTime, seconds: float = 0.0) -> None:
    """Wait for a later turn of the reactor."""
    done: Deferred[None] = Deferred()
    timer = reactor.callLater(seconds, done.callback, None)
    try:
        await done
    finally:
        if timer.active():
            timer.cancel()
