"""Changes of a call's parties: transfers, conferences, and what goes with them (BEHAVIOUR.md 1.7-1.12)."""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.switch.commands.calls import Because
from tlibsim.switch.watch import MonitorMode


class Purpose(Enum):
    """What a consultation call is made for."""

    TRANSFER = "transfer"
    CONFERENCE = "conference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consult:
    """Hold the call and dial ``to``.  ``location``: a remote site, empty for this one."""

    dn: Dn
    conn_id: ConnId
    to: str
    purpose: Purpose
    user_data: KVList | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteTransfer:
    """``consult_conn_id`` None: the DN's only consultation call for this call."""

    dn: Dn
    conn_id: ConnId
    consult_conn_id: ConnId | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteConference:
    dn: Dn
    conn_id: ConnId
    consult_conn_id: ConnId | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteTransfer:
    dn: Dn
    conn_id: ConnId
    to: str
    user_data: KVList | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStepTransfer:
    dn: Dn
    conn_id: ConnId
    to: str
    user_data: KVList | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStepConference:
    dn: Dn
    conn_id: ConnId
    to: str
    user_data: KVList | None = None
    location: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFromConference:
    """``other`` is the number of the party to remove."""

    dn: Dn
    conn_id: ConnId
    other: str
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternateCall:
    dn: Dn
    active: ConnId
    held: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconnectCall:
    dn: Dn
    active: ConnId
    held: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeCalls:
    """Join two calls of the DN, related or not; the held one keeps its ConnID."""

    dn: Dn
    conn_id: ConnId
    other_conn_id: ConnId
    purpose: Purpose
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectCall:
    """Send the call that rings at the DN somewhere else."""

    dn: Dn
    conn_id: ConnId
    to: str
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCall:
    """End the call for everybody."""

    dn: Dn
    conn_id: ConnId
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMute:
    """``mode`` is what a supervisor wants to be."""

    dn: Dn
    conn_id: ConnId | None
    muted: bool
    mode: MonitorMode | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetListening:
    """``other`` stops (``listening`` False) or starts hearing the conference."""

    dn: Dn
    conn_id: ConnId
    other: str
    listening: bool
    because: Because | None = None
