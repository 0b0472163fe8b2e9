"""What two switches tell each other about calls that cross between them (BEHAVIOUR.md 3.7).

A leg is known by its link, the UUID that is in the ISLinkList of the call at both ends.  The
messages are values: how they travel, within a process or over a network, is the edge's affair.
``origin`` is always the name of the switch that says it, or of which something is said.
"""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class LegData(SiteMessage):
    """The user data of the call at the other end, after a change there.

    ``version`` counts the changes on both ends; of two with one number the source's stands.
    """

    user_data: KVList
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsKnown:
    """Said once when a link stands (again): all legs that ``origin`` has to the other side."""

    origin: str
    links: tuple[str, ...]


# What the edge says of the link itself.  These never travel.


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteReached:
    """The link to the switch ``origin`` stands from now on."""

    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteLost:
    """The link to the switch ``origin`` is lost; ``reason`` is for people."""

    origin: str
    reason: str = ""
