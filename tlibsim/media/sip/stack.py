"""What every part of the user agent shares: transactions, time, chance, settings, own headers."""

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


@dataclass(slots=True)
class Stack:
    """The tools of the agent; ``layer`` is set once, when the agent is made."""

    layer: TransactionLayer
    clock: Clock
    rng: Randomness
    settings: Settings

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
