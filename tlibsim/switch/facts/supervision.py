"""What happens in supervision (BEHAVIOUR.md 1.18)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn
from tlibsim.switch.facts.calls import CallFact, PartyView
from tlibsim.switch.facts.telephone import DeviceFact
from tlibsim.switch.watch import MonitorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringFact(DeviceFact):
    """One side of an agreement: ``dn`` is told, ``other`` is the supervisor or the agent."""

    other: Dn
    once: bool


class MonitoringBegun(MonitoringFact):
    __slots__ = ()


class MonitoringCanceled(MonitoringFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorModeChanged(CallFact):
    supervisor: Dn
    agent: Dn
    mode: MonitorMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One who takes part; ``muted``: not heard, ``deaf``: does not hear."""

    party: PartyView
    muted: bool = False
    deaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """``mode`` is there only in the first report after the supervisor answered."""

    party: PartyView
    agent: Dn
    mode: MonitorMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantsReported(CallFact):
    """Who is on the call now (option ``sip-enable-call-info``)."""

    participants: tuple[Participant, ...]
    supervisors: tuple[Supervisor, ...]
