"""An agent who is logged in, a queue that distributes calls, and the floor on which they work.

Only what they hold is here; what happens to them is in ``agents``, ``wrapup`` and ``queues``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from tlibproto.vocabulary import AgentWorkMode, Dn, KVList
from tlibsim.config import AgentSettings
from tlibsim.ports.media import Instant
from tlibsim.switch.call import Party
from tlibsim.switch.dn import Device
from tlibsim.switch.lines import Line

WrapUp = int | Literal["untimed"]
"""Seconds of after-call work, or until the agent ends it."""


class AgentStatus(IntEnum):
    """What AgentStatus says in Extensions and queries (BEHAVIOUR.md 3.3)."""

    LOGGED_OUT = 0
    LOGGED_IN = 1
    READY = 2
    NOT_READY = 3
    AFTER_CALL_WORK = 4
    WALK_AWAY = 5


_NOT_READY_STATUS: Mapping[int, AgentStatus] = {
    AgentWorkMode.AfterCallWork: AgentStatus.AFTER_CALL_WORK,
    AgentWorkMode.WalkAway: AgentStatus.WALK_AWAY,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Whether an agent takes calls, how, and why not."""

    ready: bool
    work_mode: int = AgentWorkMode.Unknown
    reasons: KVList | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Who reserves an agent has priority over lower ones until the time is over."""

    priority: int
    number: int


@dataclass(eq=False, slots=True, kw_only=True)
class Agent:
    """One who is logged in at a DN, from login to logout.

    ``queues`` are in the order of the logins.  ``session`` is the client that logged the agent
    in, None for the simulator itself.  ``wrap_up_time`` is what the login asked for.
    ``changes`` counts changes of duty: a reminder applies while its number is the last one.
    ``before`` is the duty to which timed work returns.  ``idle_number`` is set while the agent
    is available: who has been so for longest has the lowest.
    """

    agent_id: str
    device: Device
    floor: "Floor"
    duty: Duty
    active_at: Instant
    session: int | None = None
    wrap_up_time: WrapUp | None = None
    queues: dict[Dn, "AcdQueue"] = field(default_factory=dict)
    changes: int = 0
    before: Duty | None = None
    reserved: Reservation | None = None
    idle_number: int | None = None
    watched: bool = False
    leaving: list[Party] = field(default_factory=list)

    @property
    def queue(self) -> Dn | None:
        """ThisQueue of its events when none is named: the first it is logged in to."""
        return next(iter(self.queues), None)

    @property
    def available(self) -> bool:
        """Whether a queue may send a call: ready, idle, not busy, no do-not-disturb."""
        device = self.device
        return (
            self.duty.ready
            and not device.parties
            and not device.busy
            and not device.leaving
            and device.telephone.in_service
        )

    @property
    def status(self) -> AgentStatus:
        if self.duty.ready:
            return AgentStatus.READY
        return _NOT_READY_STATUS.get(self.duty.work_mode, AgentStatus.NOT_READY)

    def stir(self) -> None:
        """Something changed that may change whether the agent is available."""
        self.floor.stirred[self] = None

    def part(self, party: Party) -> None:
        """The agent's DN left a call."""
        if party.established_at is not None:
            self.leaving.append(party)
        self.stir()


@dataclass(eq=False, slots=True)
class AcdQueue:
    """Who is logged in to a queue, who of them could take a call, and the calls that wait."""

    members: dict[Agent, int] = field(default_factory=dict)
    available: Line[Agent] = field(default_factory=Line)
    waiting: Line[Party] = field(default_factory=Line)


def queue_at(device: Device) -> AcdQueue:
    """The queue at this DN; it comes to be with its first call or agent."""
    if device.acd is None:
        device.acd = AcdQueue()
    return device.acd


class Floor:
    """All agents, and what queues need.  ``settings`` are the configured logins by AgentID.

    ``stirred`` are agents whose availability may have changed in this turn, ``pressed`` queues
    that have got a call or an agent.
    """

    __slots__ = ("_number", "agents", "pressed", "settings", "stirred")

    def __init__(self, settings: Mapping[str, AgentSettings]) -> None:
        self.settings = settings
        self.agents: dict[str, Agent] = {}
        self.stirred: dict[Agent, None] = {}
        self.pressed: dict[AcdQueue, None] = {}
        self._number = 0

    def next_number(self) -> int:
        """A number that is higher than all before it: who came first."""
        self._number += 1
        return self._number
