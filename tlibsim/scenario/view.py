"""What is to be compared after a step: what came, to whom, and who was registered where."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from tlibproto.messages import Message
from tlibproto.vocabulary import MessageId, ReferenceId
from tlibsim.scenario.messages import TraceMessage

REPLIES = frozenset(
    {
        MessageId.EventACK,
        MessageId.EventError,
        MessageId.EventRegistered,
        MessageId.EventUnregistered,
        MessageId.EventAddressInfo,
        MessageId.EventPartyInfo,
        MessageId.EventServerInfo,
        MessageId.EventSwitchInfo,
        MessageId.EventLocationInfo,
    }
)
"""What only the requesting client receives; never counted under ``expect`` and ``none``."""

ONLY_WHERE_NAMED = frozenset({MessageId.EventUserEvent, MessageId.EventPrivateInfo})
"""Compared only on a DN where the list names that event."""


class Leg(Protocol):
    """A recorder leg of a session: where it goes, and its last offer."""

    @property
    def dest(self) -> str: ...
    @property
    def uri(self) -> str: ...
    @property
    def sdp(self) -> str: ...
    @property
    def reinvite(self) -> int: ...


class SessionTrace(Protocol):
    """The inspection of one recording session, in its least form."""

    @property
    def id(self) -> str: ...
    @property
    def record_dn(self) -> str: ...
    @property
    def legs(self) -> Sequence[Leg]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that a client got.  ``number`` counts all messages in order of arrival."""

    client: str
    message: Message
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """Everything that came in one step.

    ``requester`` and ``reference`` are those of the request of the step, if it was one.
    ``watchers`` are the clients registered on a DN during the whole step, ``once`` those that
    were at some time in it.  ``traces`` are the recording sessions, the newest at the end.
    ``finding`` is what the newest call says of its recording (RECORDING.md 12.4), ``messages``
    gives what was sent in the session begun last.  ``logged`` are the counts of a log that was read.
    """

    received: tuple[Received, ...] = ()
    requester: str = ""
    reference: ReferenceId | None = None
    watchers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOBODY)
    once: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOBODY)
    traces: Sequence[SessionTrace] = ()
    finding: str = ""
    messages: Callable[[], Sequence[TraceMessage]] = tuple
    logged: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def of_client(self, client: str) -> tuple[Message, ...]:
        """What one client got, in order."""
        return tuple(item.message for item in self.received if item.client == client)

    def on_dn(self, client: str, dn: str, named: frozenset[int]) -> tuple[Message, ...]:
        """The events with this ThisDN that one client got, as ``expect`` counts them."""
        return tuple(
            message
            for message in self.of_client(client)
            if this_dn(message) == dn and counts(message, named)
        )


_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def this_dn(message: Message) -> str | None:
    """The ThisDN of a message, or None."""
    found: str | None = getattr(message, "this_dn", None)
    return found


def counts(message: Message, named: frozenset[int]) -> bool:
    """Whether ``expect`` looks at the message on a DN whose list names these events."""
    number = message.message_id
    if number in ONLY_WHERE_NAMED:
        return number in named
    return number not in REPLIES
