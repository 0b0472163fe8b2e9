"""After-call work: which calls are followed by it, for how long, and what ends it (BEHAVIOUR.md 2.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tlibproto.vocabulary import EMPTY_KVLIST, AgentWorkMode, CallType, Dn, KVList, PartyState
from tlibsim.switch.agent import Agent, Duty, WrapUp
from tlibsim.switch.call import Party
from tlibsim.switch.commands import Because
from tlibsim.switch.facts import (
    AgentBecameNotReady,
    AgentBecameReady,
    PartyEstablished,
    PartyReleased,
)
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later

WRAP_UP_TIME = "WrapUpTime"
UNTIMED: Literal["untimed"] = "untimed"


@dataclass(frozen=True, slots=True)
class WorkOver:
    """Reminder: the time of after-call work, or of rest, is over, if nothing changed since."""

    agent: Agent
    change: int


# -- which calls --------------------------------------------------------------------------------


def _came_by_queue(party: Party) -> bool:
    return party.queue is not None


BUSINESS: Mapping[str, Callable[[Party], bool]] = {
    "inbound": lambda party: party.call.call_type is CallType.Inbound,
    "inbound-queue": lambda party: (
        party.call.call_type is CallType.Inbound and _came_by_queue(party)
    ),
    "outbound": lambda party: (
        party.call.call_type is CallType.Outbound and not _came_by_queue(party)
    ),
    "predictive": lambda party: (
        party.call.call_type is CallType.Outbound and _came_by_queue(party)
    ),
    "internal": lambda party: party.call.call_type is CallType.Internal,
    "internal-queue": lambda party: (
        party.call.call_type is CallType.Internal and _came_by_queue(party)
    ),
    "consult": lambda party: party.call.call_type is CallType.Consult,
}
"""What the words of ``business-call-types`` mean; a word that is not here means no call."""


def is_business(switch: Switch, party: Party) -> bool:
    """Whether after-call work follows this party's part in its call."""
    words = switch.options.business_call_types
    return any(word in BUSINESS and BUSINESS[word](party) for word in words)


# -- for how long -------------------------------------------------------------------------------


def seconds_in(data: KVList | None) -> WrapUp | None:
    """The value of ``WrapUpTime``: an integer, its decimal text, or ``untimed``."""
    value = None if data is None else data.first(WRAP_UP_TIME)
    if isinstance(value, str):
        if value.strip().lower() == UNTIMED:
            return UNTIMED
        value = int(value) if value.strip().isdecimal() else None
    return value if isinstance(value, int) and value >= 0 else None


def wrap_up_time(
    switch: Switch, agent: Agent, party: Party | None, asked: KVList | None = None
) -> WrapUp:
    """The value set nearest to the case: request, call, login, agent, DN, queue, application."""
    configured = switch.floor.settings.get(agent.agent_id)
    queue = None if party is None or party.queue is None else switch.devices.get(party.queue)
    values = (
        seconds_in(asked),
        None if party is None else seconds_in(party.call.user_data),
        agent.wrap_up_time,
        None if configured is None else configured.wrap_up_time,
        agent.device.options.wrap_up_time,
        None if queue is None else queue.options.wrap_up_time,
    )
    value = next((one for one in values if one is not None), switch.options.wrap_up_time)
    if isinstance(value, int) and value >= switch.options.untimed_wrap_up_value:
        return UNTIMED
    return value


def _because(value: WrapUp, because: Because | None = None) -> Because:
    """What the cause of an event says, with the time of after-call work."""
    extensions = None if because is None else because.extensions
    reasons = None if because is None else because.reasons
    told = (EMPTY_KVLIST if extensions is None else extensions).updated(
        KVList(((WRAP_UP_TIME, value),))
    )
    return Because(reasons=reasons, extensions=told)


# -- at the end of every turn -------------------------------------------------------------------


def follow(switch: Switch, turn: Turn) -> None:
    """Say the time when a business call is established; begin the work when one ends."""
    if not switch.floor.agents:
        return
    for at, fact in enumerate(turn.facts):
        if type(fact) is PartyEstablished and not fact.side.outside:
            turn.facts[at] = _with_time(switch, fact)
    for agent in tuple(switch.floor.stirred):
        leaving, agent.leaving = agent.leaving, []
        ended = [one for one in leaving if one.state is PartyState.Null]
        _begin(switch, turn, agent, [one for one in ended if is_business(switch, one)])


def _with_time(switch: Switch, fact: PartyEstablished) -> PartyEstablished:
    device = switch.devices.get(fact.side.dn)
    if device is None or device.agent is None:
        return fact
    for party in device.parties:
        if party.call.conn_id == fact.call.conn_id and is_business(switch, party):
            value = wrap_up_time(switch, device.agent, party)
            return replace(fact, because=_because(value, fact.because)) if value else fact
    return fact


def _begin(switch: Switch, turn: Turn, agent: Agent, ended: Sequence[Party]) -> None:
    """After-call work after these calls, unless the agent has another business call."""
    if not ended or agent.device.agent is not agent or _has_business(switch, agent):
        return
    party = ended[-1]
    value = wrap_up_time(switch, agent, party)
    if value:
        fact = after_call_work(switch, turn, agent, value)
    elif switch.options.legal_guard_time:
        fact = _rest(switch, turn, agent, agent.duty)
    else:
        return
    at = _release_of(turn, party)
    if switch.options.acw_order == "after-release":
        at += 1
    turn.facts.insert(at, fact)


def _has_business(switch: Switch, agent: Agent) -> bool:
    return any(
        party.state in ESTABLISHED and is_business(switch, party)
        for party in agent.device.parties
    )


def _release_of(turn: Turn, party: Party) -> int:
    """Where the DN is told that it left the call."""
    for at in range(len(turn.facts) - 1, -1, -1):
        fact = turn.facts[at]
        if not isinstance(fact, PartyReleased) or fact.side.outside:
            continue
        if fact.side.dn == party.dn and fact.call.conn_id == party.call.conn_id:
            return at
    return len(turn.facts)


# -- work and rest ------------------------------------------------------------------------------


def set_duty(agent: Agent, duty: Duty) -> None:
    """The agent's duty from now on; work that was timed is over."""
    agent.duty = duty
    agent.changes += 1
    agent.stir()


def after_call_work(
    switch: Switch, turn: Turn, agent: Agent, value: WrapUp, because: Because | None = None
) -> AgentBecameNotReady:
    """Begin after-call work of that length; returns the fact that tells it."""
    before = agent.before if agent.before is not None else agent.duty
    return _away(switch, turn, agent, AgentWorkMode.AfterCallWork, value, before, because)


def _rest(switch: Switch, turn: Turn, agent: Agent, before: Duty) -> AgentBecameNotReady:
    """``legal-guard-time``: a rest before the next call."""
    seconds = switch.options.legal_guard_time
    return _away(switch, turn, agent, AgentWorkMode.LegalGuard, seconds, before, None)


def _away(
    switch: Switch,
    turn: Turn,
    agent: Agent,
    work_mode: AgentWorkMode,
    value: WrapUp,
    before: Duty,
    because: Because | None,
) -> AgentBecameNotReady:
    reasons = None if because is None else because.reasons
    set_duty(agent, Duty(ready=False, work_mode=work_mode, reasons=reasons))
    agent.before = before
    if isinstance(value, int):
        switch.remind(later(turn, value), WorkOver(agent, agent.changes))
    if work_mode is AgentWorkMode.AfterCallWork:
        because = _because(value, because)
    return AgentBecameNotReady(
        dn=agent.device.dn,
        agent_id=agent.agent_id,
        queue=agent.queue,
        work_mode=work_mode,
        because=because,
    )


def work_over(switch: Switch, reminder: WorkOver, turn: Turn) -> None:
    """Back to what was before: rest first where the law wants it."""
    agent = reminder.agent
    if agent.device.agent is not agent or agent.changes != reminder.change:
        return
    before = agent.before or Duty(ready=True)
    worked = agent.duty.work_mode == AgentWorkMode.AfterCallWork
    if worked and before.ready and switch.options.legal_guard_time:
        turn.publish(_rest(switch, turn, agent, before))
        return
    agent.before = None
    set_duty(agent, before)
    turn.publish(duty_told(agent, agent.queue, None))


def duty_told(
    agent: Agent, queue: Dn | None, because: Because | None
) -> AgentBecameReady | AgentBecameNotReady:
    """The fact that tells the agent's duty as it is now."""
    kind = AgentBecameReady if agent.duty.ready else AgentBecameNotReady
    return kind(
        dn=agent.device.dn,
        agent_id=agent.agent_id,
        queue=queue,
        work_mode=agent.duty.work_mode,
        because=because,
    )
