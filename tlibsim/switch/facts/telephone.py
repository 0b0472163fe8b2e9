"""What happens to a DN besides its calls, and to the link (BEHAVIOUR.md 1.2, 1.17, 1.20)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn, ForwardMode
from tlibsim.switch.commands import Because
from tlibsim.switch.facts.calls import CallFact


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFact:
    """What every fact about a DN carries."""

    dn: Dn
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardSet(DeviceFact):
    mode: ForwardMode
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardCanceled(DeviceFact):
    """``mode`` is what the request named."""

    mode: ForwardMode | int | None


class DndOn(DeviceFact):
    __slots__ = ()


class DndOff(DeviceFact):
    __slots__ = ()


class MessageWaitingOn(DeviceFact):
    __slots__ = ()


class MessageWaitingOff(DeviceFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviorChanged:
    """What the phone of the DN, or who has such a number outside, does by itself; no event."""

    dn: Dn | None
    number: str


class DnRetired(DeviceFact):
    """The configuration took the DN away, or made it something else; whoever had it has not."""

    __slots__ = ()


class WentOffHook(DeviceFact):
    __slots__ = ()


class WentOnHook(DeviceFact):
    __slots__ = ()


class WentOutOfService(DeviceFact):
    __slots__ = ()


class CameBackInService(DeviceFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFact:
    """What every fact about the link is: it concerns every client."""


class LinkLost(LinkFact):
    __slots__ = ()


class LinkRestored(LinkFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLoaded:
    """For the journal and the log: the state of a snapshot is in place of the one before.

    ``since`` is the number of the last entry when that state was kept (0: by another server), so
    what comes after it and before this is of no consequence any more.
    """

    name: str
    since: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallInfoChanged(CallFact):
    """``operation`` is the SetOperation of the request, ``other`` its OtherDN."""

    changed_by: Dn
    operation: int | None
    other: str | None
    because: Because | None = None
