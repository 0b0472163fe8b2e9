"""ADDP, the keep-alive of one connection, seen from the server (WIRE.md 6).

The client's init says how long the server may hear nothing before it polls; after the same time
again without a byte the client counts as gone.  The server is silent on ADDP until an init came.
"""

from enum import Enum

from tlibproto.framing import encode_addp
from tlibsim.ports.media import Instant

INIT, INIT_ANSWER, POLL, POLL_ANSWER = "I", "i", "P", "p"
TRACE_FLAG = 0x800000
_MILLISECOND = 1000


class Verdict(Enum):
    """What a deadline of the keep-alive means."""

    FINE = "fine"
    POLL = "poll"
    GONE = "gone"


class Addp:
    """State of the keep-alive.  ``timeout`` in microseconds, 0: the server does not watch.

    ``heard_init`` says that the client uses it, be it without a timeout for the server.
    ``asked_at`` is when the client polled last, ``every`` how many microseconds after the time
    before (0: not known), ``last_poll_at`` the last poll of either side.

    ``pace`` is how many seconds of the switch pass in one of the world, by which clients count.
    """

    __slots__ = (
        "_polled_at",
        "_polls",
        "answers",
        "asked_at",
        "every",
        "heard_at",
        "heard_init",
        "last_poll_at",
        "pace",
        "timeout",
        "trace",
    )

    def __init__(self) -> None:
        self.heard_init = False
        self.timeout = 0
        self.pace = 1.0
        self.trace = False
        self.heard_at = Instant(0)
        self._polled_at: Instant | None = None
        self._polls = 0
        self.answers = 0
        self.asked_at: Instant | None = None
        self.every = 0
        self.last_poll_at: Instant | None = None

    def answer(self, kind: str, argument: bytes) -> bytes:
        """The packet to send back for one that came: empty when none is due."""
        if kind == INIT:
            self.heard_init = True
            number = int.from_bytes(argument, "big")
            self.trace = bool(number & TRACE_FLAG)
            self.timeout = (number & ~TRACE_FLAG) * _MILLISECOND
            return encode_addp(INIT_ANSWER, b"\0\0\0")
        if kind == POLL_ANSWER:
            self.answers += 1
        if kind == POLL:
            self._asked()
            return encode_addp(POLL_ANSWER, argument)
        return b""

    def _asked(self) -> None:
        """The client polls; its bytes were heard just now."""
        if self.asked_at is not None:
            self.every = self.heard_at - self.asked_at
        self.asked_at = self.last_poll_at = self.heard_at

    def heard(self, now: Instant) -> None:
        """Any byte is a sign of life."""
        self.heard_at = now
        self._polled_at = None

    def deadline(self) -> Instant | None:
        """When to look again, or None without a timeout."""
        if not self.timeout:
            return None
        since = self.heard_at if self._polled_at is None else self._polled_at
        return Instant(since + int(self.timeout * self.pace))

    def postpone(self, by: int) -> None:
        """The clock is about to jump by so many microseconds; the world's time does not."""
        self.heard_at = Instant(self.heard_at + by)
        if self._polled_at is not None:
            self._polled_at = Instant(self._polled_at + by)

    def look(self, now: Instant) -> Verdict:
        """What the time means; a POLL counts as sent from then on."""
        deadline = self.deadline()
        if deadline is None or now < deadline:
            return Verdict.FINE
        if self._polled_at is not None:
            return Verdict.GONE
        self._polled_at = self.last_poll_at = now
        return Verdict.POLL

    def poll(self) -> bytes:
        """The next poll packet; its argument counts from 0."""
        packet = encode_addp(POLL, (self._polls & 0xFFFFFF).to_bytes(3, "big"))
        self._polls += 1
        return packet
