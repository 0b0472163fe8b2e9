"""Which messages of a log are played again, and when: spans, choices, speeds."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tlibsim.journal.moments import Moment
from tlibsim.logs.message import LogMessage, Role
from tlibsim.ports.media import Instant

FASTEST = 10_000.0
_SPEED = re.compile(r"(\d+(?:\.\d*)?|\.\d+)x?")
_FIELDS = ("dn", "client", "call", "message")


class PacingError(Exception):
    """A choice or a speed that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``dn=7001``: only messages in which this is so."""

    field: str
    value: str

    def __call__(self, message: LogMessage) -> bool:
        """Whether a message is meant."""
        if self.field == "dn":
            return self.value in (message.this_dn, message.text("OtherDN"))
        if self.field == "client":
            return message.client == self.value
        if self.field == "call":
            return self.value.lower() in (message.conn_id, message.text("CallUuid").lower())
        return message.name.lower() in (
            self.value.lower(),
            f"request{self.value.lower()}",
            f"event{self.value.lower()}",
        )


def choice_of(text: str) -> Choice:
    """``dn=7001``, ``client=desk``, ``call=<ConnID>``, ``message=MakeCall``; raises PacingError."""
    field, equals, value = text.partition("=")
    if not equals or field not in _FIELDS or not value:
        known = ", ".join(f"{one}=.." for one in _FIELDS)
        raise PacingError(f"{text!r} is no choice; write {known}")
    return Choice(field=field, value=value)


def speed_of(text: str) -> float:
    """``1x``, ``10x``, ``0.5``; ``max`` is 0, without any pause.  Raises PacingError."""
    if text == "max":
        return 0.0
    found = _SPEED.fullmatch(text)
    if found is None or not 0 < float(found[1]) <= FASTEST:
        raise PacingError(f"{text!r} is no speed; write 1x, 10x, up to {FASTEST:g}x, or max")
    return float(found[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is played: a span of the log, a role, and what every choice says yes to."""

    requests: bool = True
    since: Moment | None = None
    until: Moment | None = None
    choices: tuple[Choice, ...] = ()

    def of(self, messages: Iterable[LogMessage]) -> Iterator[LogMessage]:
        """The messages that are meant, in order; numbers count all messages from 1."""
        begun: Instant | None = None
        for number, one in enumerate(messages, start=1):
            begun = one.at if begun is None else begun
            if (one.role is Role.REQUEST) is not self.requests:
                continue
            if self._in_span(one, number, begun) and all(each(one) for each in self.choices):
                yield one

    def _in_span(self, one: LogMessage, number: int, begun: Instant | None) -> bool:
        at = one.at if one.at is not None else begun
        if at is None or begun is None:
            at = begun = Instant(0)
        early = self.since is not None and self.since.of(number, at, begun) < self.since.value
        late = self.until is not None and self.until.of(number, at, begun) > self.until.value
        return not early and not late


def paced(messages: Iterable[LogMessage], speed: float) -> Iterator[tuple[float, LogMessage]]:
    """Each message with the seconds to wait before it; a log that goes back does not wait."""
    last: Instant | None = None
    for one in messages:
        passed = 0 if last is None or one.at is None else max(0, one.at - last)
        last = one.at if one.at is not None and (last is None or one.at > last) else last
        yield (passed / 1_000_000 / speed if speed else 0.0), one
