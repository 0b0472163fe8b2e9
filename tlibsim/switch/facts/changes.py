"""What happens when parties are exchanged, added and removed (BEHAVIOUR.md 1.7 to 1.12, 1.19)."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.switch.facts.calls import PartyDialing, PartyFact
from tlibsim.switch.refusals import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationDialing(PartyDialing):
    """A consultation call is under way; ``transfer_conn_id`` is the call that waits for it."""

    transfer_conn_id: ConnId


class PartyChanged(PartyFact):
    """The party talks to somebody else now, or in another call."""

    __slots__ = ()


class PartyAdded(PartyFact):
    __slots__ = ()


class PartyDeleted(PartyFact):
    __slots__ = ()


class PartyMuted(PartyFact):
    __slots__ = ()


class PartyUnmuted(PartyFact):
    __slots__ = ()


class ListenDisconnected(PartyFact):
    """A party of the conference (the other side) no longer hears it."""

    __slots__ = ()


class ListenReconnected(PartyFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed:
    """What a request of this DN began came to nothing; whoever still waits for it is told.

    ``reason`` None: an option keeps the failure quiet, and the request is only acknowledged.
    """

    dn: Dn
    conn_id: ConnId
    reason: Reason | None
    detail: str
