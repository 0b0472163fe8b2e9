"""What two switches tell each other about calls that cross between them (BEHAVIOUR.md 3.7).

A leg is known by its link, the UUID that is in the ISLinkList of the call at both ends.  The
messages are values: how they travel, within a process or over a network, is the edge's affair.
``origin`` is always the name of the switch that says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import CallState, ConnId, Dn, KVList


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A switch as others know it."""

    server: str
    switch: str

    @property
    def location(self) -> str:
        """The name in an ISLinkList: ``<server>@<switch>``."""
        return f"{self.server}@{self.switch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameFrom:
    """Where a call was transferred: the switch, and the DN there that did it."""

    location: str
    dn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMessage:
    """What every message says: the leg, and who speaks."""

    origin: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOffered(SiteMessage):
    """A call comes to the DN ``to``, with what it has and is."""

    to: Dn
    caller: str
    conn_id: ConnId
    call_uuid: str
    ani: str | None
    dnis: str | None
    user_data: KVList
    first: CameFrom
    last: CameFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class LegTaken(SiteMessage):
    """There is a call for the leg now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(SiteMessage):
    """Somebody answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(SiteMessage):
    """The leg is over; ``why`` tells of one that was never answered."""

    why: CallState = CallState.Ok


Sites = Mapping[str, Site]
"""Other switches by the name that requests give in Location."""
