"""What the parts of the user agent share: transactions, time, chance, settings, headers."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tlibsim.media.sip.headers import parse_retry_after
from tlibsim.media.sip.layer import TransactionLayer, Unanswered
from tlibsim.media.sip.message import Response, first, shown
from tlibsim.media.sip.uri import bracketed
from tlibsim.media.sip.values import (
    Clock,
    Failure,
    Headers,
    Hop,
    Randomness,
    Settings,
    Timer,
    Transport,
)

METHODS = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"
REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    405: "Method Not Allowed",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    481: "Call/Transaction Does Not Exist",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
}
"""The reason phrases of our own answers."""


class Pacer:
    """Spreads mass orders: so many a turn, then the reactor has its say (MEDIA.md 3.4).

    Without this, a thousand requests at once overflow the socket buffers of both sides.
    """

    def __init__(self, clock: Clock, batch: int) -> None:
        self._clock = clock
        self._batch = batch
        self._spent = 0
        self._queue: deque[Callable[[], None]] = deque()
        self._timer: Timer | None = None
        self._closed = False

    def run(self, function: Callable[[], None]) -> None:
        """Do it now, or on a later turn when this one had its share."""
        if self._closed or (self._spent < self._batch and not self._queue):
            self._spent += 1
            function()
        else:
            self._queue.append(function)
        if self._timer is None and not self._closed:
            self._timer = self._clock.call_later(0.0, self._turn)

    def close(self) -> None:
        """What waits is forgotten; what still comes is done at once."""
        self._closed = True
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _turn(self) -> None:
        self._timer = None
        self._spent = 0
        while self._queue and self._spent < self._batch:
            self._spent += 1
            self._queue.popleft()()
        if self._spent and self._timer is None and not self._closed:
            self._timer = self._clock.call_later(0.0, self._turn)


@dataclass(slots=True)
class Stack:
    """The tools of the agent."""

    layer: TransactionLayer
    clock: Clock
    rng: Randomness
    settings: Settings
    pacer: Pacer

    def later(self, function: Callable[[], None]) -> Timer:
        """Call on the next turn, so that nothing is told from inside an order."""
        return self.clock.call_later(0.0, function)

    def token(self) -> str:
        """A tag or the like: 64 random bits."""
        return f"{self.rng.getrandbits(64):016x}"

    def contact(self, hop: Hop, user: str, parameters: str, *, secure: bool) -> str:
        """Our Contact as the peer at that hop must see it."""
        scheme = "sips" if secure else "sip"
        how = "" if secure or hop.transport is Transport.UDP else hop.transport.value
        extra = f";transport={how}" if how else ""
        return f"<{scheme}:{user}@{self.place(hop)}{extra}>{parameters}"

    def place(self, hop: Hop) -> str:
        """Our host and port as the peer at that hop must see them."""
        host, port = self.layer.local(hop)
        return f"{bracketed(host)}:{port}"

    @property
    def own_headers(self) -> Headers:
        return (
            ("Allow", METHODS),
            ("Supported", "timer"),
            ("User-Agent", self.settings.product),
        )


def failure_of(outcome: Response | Unanswered) -> Failure:
    """A failed request in the words of the listener."""
    if isinstance(outcome, Unanswered):
        return Failure(code=408, cause=outcome.cause, answered=False)
    return Failure(
        code=outcome.code,
        cause=f"{outcome.code} {shown(outcome.reason)}".strip(),
        retry_after=parse_retry_after(first(outcome.headers, "Retry-After")),
        headers=shown_headers(outcome.headers),
    )


def shown_headers(headers: Headers) -> Headers:
    """Headers from the wire, fit for any log or page."""
    return tuple((shown(name), shown(value)) for name, value in headers)
