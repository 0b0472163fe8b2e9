"""A fault: what it does, and the scope that says to which messages of which clients."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tlibproto.messages import Message
from tlibsim.ports.media import Instant


class FaultError(ValueError):
    """A fault that cannot be: the text names the key, what is wrong with it, and what may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a fault applies.  Empty means everywhere; names are patterns with ``*`` and ``?``.

    ``client`` is the application name of a client or its number, ``message`` the name of the
    message.  Of the messages that fit, the first ``skip`` pass; ``nth`` names a single one (from
    1); ``count`` is how often it strikes (0: without end).  ``probability`` is between 0 and 1,
    ``seconds`` how long it lasts (0: until it is cleared).
    """

    client: str = ""
    dn: str = ""
    message: str = ""
    skip: int = 0
    nth: int = 0
    count: int = 0
    probability: float = 1.0
    seconds: float = 0.0

    def fits_client(self, number: int, name: str) -> bool:
        """Whether the client is one of those meant."""
        if not self.client:
            return True
        return self.client == str(number) or fnmatchcase(name, self.client)

    def fits_message(self, message: Message) -> bool:
        """Whether the message is one of those meant."""
        if self.message and not _fits_name(type(message).__name__, self.message):
            return False
        return not self.dn or fnmatchcase(str(getattr(message, "this_dn", None)), self.dn)


def _fits_name(name: str, pattern: str) -> bool:
    if fnmatchcase(name, pattern):
        return True
    return name in (f"Event{pattern}", f"Request{pattern}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault.  ``kind`` is a name of the table in ``kinds``; the rest are its arguments.

    ``delay_s`` and ``jitter_s`` are seconds, ``code`` and ``text`` those of EventError (0: from
    ``error``, a condition such as ``destination-busy``), ``amount`` is bytes, bytes per second,
    or what is added to a number.
    """

    name: str
    kind: str
    scope: Scope = Scope()
    delay_s: float = 0.0
    jitter_s: float = 0.0
    code: int = 0
    error: str = ""
    text: str = ""
    amount: int = 0


@dataclass(slots=True)
class Standing:
    """A fault in force: since when, and how often it was met and struck."""

    fault: Fault
    number: int
    since: Instant
    seen: int = 0
    struck: int = 0

    def over(self, now: Instant) -> bool:
        """Whether its time or its count is used up."""
        scope = self.fault.scope
        if scope.seconds and now >= self.since + round(scope.seconds * 1_000_000):
            return True
        if scope.nth:
            return self.seen >= scope.nth
        return bool(scope.count) and self.struck >= scope.count

    def strikes(self, chance: float) -> bool:
        """Count one thing that fits; whether the fault acts on it.  ``chance`` is in [0, 1)."""
        self.seen += 1
        scope = self.fault.scope
        due = self.seen == scope.nth if scope.nth else self.seen > scope.skip
        if not due or chance >= scope.probability:
            return False
        self.struck += 1
        return True
