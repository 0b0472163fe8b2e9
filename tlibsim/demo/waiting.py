"""Waiting for what happens on the switch, without polling."""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from tlibsim.journal import Entry, Journal, Kind
from tlibsim.net.clock import Clock
from tlibsim.net.reactor import Reactor
from tlibsim.ports.media import Instant

Wanted = Callable[[object], bool]


class Happenings:
    """Lets a coroutine wait for a fact or a report.

    It goes on in a turn of its own and not inside the hub, so that it may give commands.
    """

    def __init__(self, journal: Journal, reactor: Reactor) -> None:
        self._reactor = reactor
        self._waiting: list[tuple[Wanted, Deferred[object]]] = []
        journal.listen(self._take, Kind.FACT, Kind.REPORT)

    def coming(self, wanted: Wanted) -> Deferred[object]:
        """The next one that is wanted; it may be cancelled."""
        waiting: Deferred[object] = Deferred(self._forget)
        self._waiting.append((wanted, waiting))
        return waiting

    def _forget(self, waiting: Deferred[object]) -> None:
        self._waiting = [one for one in self._waiting if one[1] is not waiting]

    def _take(self, entry: Entry) -> None:
        for wanted, waiting in self._waiting:
            if wanted(entry.subject):
                self._forget(waiting)
                self._reactor.callLater(0, _give, waiting, entry.subject)


def _give(waiting: Deferred[object], happened: object) -> None:
    if not waiting.called:
        waiting.callback(happened)


def pause(clock: Clock, seconds: float) -> Deferred[None]:
    """Fires when so much time of the clock is over; it may be cancelled."""
    at = Instant(clock.now() + round(seconds * 1_000_000))
    waiting: Deferred[None] = Deferred(lambda _: call.cancel())
    call = clock.call_at(at, lambda: waiting.callback(None))
    return waiting
