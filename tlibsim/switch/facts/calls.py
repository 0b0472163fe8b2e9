"""What happened in the model, in the past tense.  Facts are values: nothing in them changes later.

Each fact about a call carries the call as it was at that moment, so that events can be made from
facts alone.  Which DNs have observers is not known here.
"""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import (
    CallState,
    CallType,
    Cause,
    ConnId,
    Dn,
    DnRole,
    KVList,
    PartyState,
)
from tlibsim.ports.media import Instant
from tlibsim.ports.site import CameFrom
from tlibsim.switch.commands import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """A DN's place in a call.  ``trunk`` is set for a party outside, whose ``dn`` is its number."""

    dn: Dn
    role: DnRole
    state: PartyState
    uuid: str = ""
    trunk: Dn | None = None
    queue: Dn | None = None
    agent_id: str | None = None
    since: Instant
    """When the party joined the call."""
    established_at: Instant | None = None
    muted: bool = False
    """Whether it is not heard: it asked for that, or it is a supervisor who only listens."""

    @property
    def outside(self) -> bool:
        return self.trunk is not None


class LinkRole(Enum):
    """Which end of a link between two switches a call is."""

    SOURCE = "source"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLink:
    """A leg between this switch and ``location`` (server@switch) (BEHAVIOUR.md 3.7)."""

    uuid: str
    location: str
    role: LinkRole


@dataclass(frozen=True, slots=True, kw_only=True)
class CallView:
    """A call as it was at one moment."""

    conn_id: ConnId
    call_id: int
    call_uuid: str
    call_type: CallType
    ani: str | None
    dnis: str | None
    user_data: KVList
    parties: tuple[PartyView, ...]
    started_at: Instant
    previous_conn_id: ConnId | None = None
    first_transfer_conn_id: ConnId | None = None
    last_transfer_conn_id: ConnId | None = None
    links: tuple[SiteLink, ...] = ()
    """Links to calls at other sites, in the order in which they were made."""
    came_from: tuple[CameFrom, CameFrom] | None = None
    """The first and the last transfer between sites that brought the call here."""

    def party(self, dn: str) -> PartyView | None:
        """The party with this number, or None; one inside comes before one outside."""
        found = None
        for party in self.parties:
            if party.dn == dn and (found is None or found.outside):
                found = party
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ThirdParty:
    dn: str
    role: DnRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Whose event it is: this DN, and whom it sees at the other end."""

    dn: Dn
    role: DnRole
    outside: bool = False
    other_dn: str | None = None
    other_role: DnRole | None = None
    queue: Dn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFact:
    """What every fact about a call carries."""

    call: CallView


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallFact):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRestored(CallFact):
    """A call of a snapshot is there again; it has been answered, held and so on long ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallFact):
    """``merged_into`` is the call that it became part of, None when it is over for good."""

    merged_into: CallView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFact(CallFact):
    """What every fact about one party carries."""

    side: Side
    call_state: CallState = CallState.Ok
    cause: Cause | None = None
    third: ThirdParty | None = None
    previous_conn_id: ConnId | None = None
    because: Because | None = None


class PartyDialing(PartyFact):
    """The party asked for a call and is told that it is under way."""

    __slots__ = ()


class PartyNetworkReached(PartyFact):
    """The call reached the interface of the public network."""

    __slots__ = ()


class PartyDestinationBusy(PartyFact):
    """The call cannot be completed; ``call_state`` says why."""

    __slots__ = ()


class PartyRinging(PartyFact):
    __slots__ = ()


class PartyEstablished(PartyFact):
    __slots__ = ()


class PartyHeld(PartyFact):
    __slots__ = ()


class PartyRetrieved(PartyFact):
    __slots__ = ()


class PartyReleased(PartyFact):
    __slots__ = ()


class PartyAbandoned(PartyFact):
    """The other side left before this party, which rang or waited, was connected."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DtmfSent(PartyFact):
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDataChanged(CallFact):
    """The user data of ``call`` is the complete list after the change.

    ``changed_by`` is None when the server itself changed it.
    """

    changed_by: Dn | None
    because: Because | None = None
