"""What happens to agents (BEHAVIOUR.md 2)."""

from dataclasses import dataclass

from tlibproto.vocabulary import Dn
from tlibsim.switch.facts.telephone import DeviceFact


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFact(DeviceFact):
    """What every fact about an agent carries.  ``queue`` is the one that is meant, if any."""

    agent_id: str
    queue: Dn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLoggedIn(AgentFact):
    work_mode: int


class AgentLoggedOut(AgentFact):
    """The agent is logged in nowhere any more."""

    __slots__ = ()


class AgentLeftQueue(AgentFact):
    """The agent logged out of one queue of several."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameReady(AgentFact):
    work_mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentBecameNotReady(AgentFact):
    """Also when only the work mode or the reason changed."""

    work_mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWasReserved(AgentFact):
    """``seconds`` 0: for ever."""

    seconds: float
