"""What happens outside of the switch and at other ones (BEHAVIOUR.md 3.6, 3.7)."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.site import LegsKnown, SiteMessage
from tlibsim.switch.facts.calls import CallFact


class FarCalled(CallFact):
    """A number outside is being called; nobody on the call is told."""

    __slots__ = ()


class CallLinked(CallFact):
    """The call has one more link to a call at another site."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossingFact:
    """A step of a crossing by access number: ``dn`` asked for ``number``, which ``reference`` names.

    It leads to ``other_dn`` at ``location``; ``conn_id`` is the call that uses it, if there is one.
    """

    dn: Dn
    other_dn: str
    location: str
    number: str
    reference: int
    conn_id: ConnId | None = None


class AccessGiven(CrossingFact):
    __slots__ = ()


class AccessCanceled(CrossingFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteConnection(CrossingFact):
    """The call to an access number arrived at the other switch, or did not."""

    succeeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFact:
    """Something about the link to the switch named ``switch``."""

    switch: str


class SiteConnected(SiteFact):
    """The link stands."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteDisconnected(SiteFact):
    """The link is lost; ``reason`` is for people."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTold:
    """The switch named ``to`` is told something."""

    to: str
    message: SiteMessage | LegsKnown
