"""What agents do, reservations, and calls that are dialed for them (BEHAVIOUR.md 1.13, 1.16, 2)."""

from dataclasses import dataclass, field

from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, KVList
from tlibsim.switch.commands.calls import Because


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogin:
    """``queue`` None: at the telephone only.  ``session``: the client that asks, None for nobody."""

    dn: Dn
    agent_id: str
    queue: Dn | None = None
    work_mode: int = AgentWorkMode.Unknown
    password: str | None = field(default=None, repr=False)
    session: int | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogout:
    """``queue`` None: of everything."""

    dn: Dn
    queue: Dn | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentReady:
    dn: Dn
    queue: Dn | None = None
    work_mode: int = AgentWorkMode.Unknown
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentNotReady:
    dn: Dn
    queue: Dn | None = None
    work_mode: int = AgentWorkMode.Unknown
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLeft:
    """A client is gone (``dn`` None) or no longer has the DN registered."""

    session: int
    dn: Dn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveAgent:
    """By DN, by AgentID or by place; what is given must be the same agent.  ``seconds`` 0: for ever."""

    dn: Dn | None = None
    agent_id: str = ""
    place: str = ""
    seconds: float = 0
    priority: int = 0
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributeCall:
    """Send a call that waits at the queue to the agent at ``to`` (``queue-select=scripted``)."""

    dn: Dn
    conn_id: ConnId
    to: Dn


@dataclass(frozen=True, slots=True, kw_only=True)
class MakePredictiveCall:
    """A queue or routing point calls ``to``; who answers goes to an agent.  ``seconds`` 0: for ever."""

    dn: Dn
    to: str
    seconds: float = 0
    user_data: KVList | None = None
    because: Because | None = None
