"""ACD queues: calls wait for agents, and are sent to who has been idle longest (BEHAVIOUR.md 1.13).

Calls and agents find each other at the end of each turn, in :func:`follow`.  What one call costs
grows with the logarithm of the number of agents and of waiting calls, and no faster.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from tlibproto.vocabulary import CallState, Cause, PartyState
from tlibsim.ports.media import Instant
from tlibsim.switch.agent import AcdQueue, Agent, queue_at
from tlibsim.switch.agents import did_not_answer
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import go_on_without, refuse
from tlibsim.switch.commands import DistributeCall
from tlibsim.switch.dn import Device
from tlibsim.switch.lines import Key
from tlibsim.switch.offering import PLAIN, Approach, ring
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later
from tlibsim.switch.waiting import divert, wait_at

SCRIPTED = "scripted"


@dataclass(frozen=True, slots=True)
class AcdRingTimeout:
    """Reminder: the agent did not answer the ringing that began at ``since``."""

    party: Party
    since: Instant


class InQueue:
    """Why a call is at a queue: it waits for an agent, in the place that ``key`` gives it."""

    __slots__ = ("approach", "key", "queue")

    def __init__(self, queue: Device, approach: Approach, key: Key) -> None:
        self.queue = queue
        self.approach = approach
        self.key = key

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """Nobody answers at a queue."""

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """Somebody released the call at the queue: it ends for all, unless they talk."""
        go_on_without(switch, turn, party)
        return True


class Distributed:
    """Why a call rings at an agent: a queue sent it, and takes it back."""

    __slots__ = ("_from",)

    def __init__(self, came_from: InQueue) -> None:
        self._from = came_from

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """That is what a queue is for."""

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """The agent did not take it: the call is in its old place in the queue again."""
        if why is CallState.NoAnswer:
            did_not_answer(switch, turn, party)
        call = party.call
        _queue(switch, turn, call, call.other(party), self._from)
        return True


# -- arriving -----------------------------------------------------------------------------------


def arrive(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    device: Device,
    approach: Approach,
) -> Party:
    """A call reaches a queue and waits; one that was routed there has arrived by that."""
    errand, approach = approach.errand, replace(approach, errand=None)
    key = (-NORMAL_PRIORITY, switch.floor.next_number())
    party = _queue(switch, turn, call, caller, InQueue(device, approach, key))
    if errand is not None:
        errand.answered(switch, turn, party)
    return party


NORMAL_PRIORITY = 0
"""Calls of a higher priority would come first; nothing gives them one yet."""


def _queue(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    errand: InQueue,
) -> Party:
    party = wait_at(turn, call, caller, errand.queue, errand.approach)
    party.errand = errand
    party.announced = errand.approach.announced
    party.invited_by = errand.approach.invited_by
    acd = queue_at(errand.queue)
    acd.waiting.add(party, errand.key)
    switch.floor.pressed[acd] = None
    return party


# -- who is chosen ------------------------------------------------------------------------------


def _longest_idle(acd: AcdQueue, agent: Agent) -> Key:
    return (agent.idle_number,)


def _in_line(acd: AcdQueue, agent: Agent) -> Key:
    return (acd.members[agent],)


ORDERS: Mapping[str, Callable[[AcdQueue, Agent], Key]] = {
    "longest-idle": _longest_idle,
    "linear": _in_line,
    SCRIPTED: _in_line,
}
"""``queue-select``: the agent with the lowest key is next.  Linear: who logged in first."""


def follow(switch: Switch, turn: Turn) -> None:
    """Send waiting calls to agents until either are used up."""
    floor = switch.floor
    while True:
        while floor.stirred:
            agent = next(iter(floor.stirred))
            del floor.stirred[agent]
            _note(switch, agent)
        if not floor.pressed:
            return
        acd = min(floor.pressed, key=_oldest)
        if switch.options.queue_select == SCRIPTED or not _serve(switch, turn, acd):
            del floor.pressed[acd]


def _oldest(acd: AcdQueue) -> Key:
    """The place in line of the first call; a queue without calls comes first and is done."""
    return acd.waiting.first_key() or ()


def _note(switch: Switch, agent: Agent) -> None:
    """Put the agent in, or take it out of, the lines of its queues."""
    floor = switch.floor
    available = agent.device.agent is agent and agent.available
    if not available:
        agent.idle_number = None
        for acd in agent.queues.values():
            acd.available.discard(agent)
        return
    if agent.idle_number is None:
        agent.idle_number = floor.next_number()
    order = ORDERS[switch.options.queue_select]
    for acd in agent.queues.values():
        acd.available.add(agent, (agent.reserved is not None, *order(acd, agent)))
        floor.pressed[acd] = None


def _serve(switch: Switch, turn: Turn, acd: AcdQueue) -> bool:
    """Send the first call to the first agent; False when there is none of either."""
    party = acd.waiting.first()
    if party is None:
        return False
    if party.state is not PartyState.Queued:
        acd.waiting.discard(party)
        return True
    agent = acd.available.first()
    if agent is None:
        return False
    acd.waiting.discard(party)
    _distribute(switch, turn, party, agent)
    return True


def _distribute(switch: Switch, turn: Turn, party: Party, agent: Agent) -> None:
    call, caller = party.call, party.call.other(party)
    errand = cast(InQueue, party.errand)
    divert(turn, party, agent.device.dn, cause=Cause.ACD, third_role=party.role)
    timeout = switch.options.acd_ring_timeout
    approach = replace(
        errand.approach,
        third=None,
        call_state=PLAIN.call_state,
        cause=Cause.ACD,
        queue=party.dn,
        errand=Distributed(errand),
        ring_timeout=0.0 if timeout else None,
        overflow="",
    )
    rings = ring(switch, turn, call, caller, agent.device, approach)
    if timeout:
        switch.remind(later(turn, timeout), AcdRingTimeout(rings, rings.joined_at))


def acd_ring_timeout(switch: Switch, reminder: AcdRingTimeout, turn: Turn) -> None:
    """The call goes back to the queue, and ``no-answer-action`` is done."""
    if reminder.party.rings_since(reminder.since):
        refuse(
            switch,
            turn,
            reminder.party,
            None,
            why=CallState.NoAnswer,
            call_state=CallState.Redirected,
        )


def distribute_call(switch: Switch, command: DistributeCall, turn: Turn) -> None:
    """A script chooses the agent; the agent must be available in that queue."""
    party = switch.find_party(command.conn_id, command.dn)
    if not isinstance(party.errand, InQueue):
        raise RequestRefused(Reason.INCORRECT_STATE, f"the call does not wait at {party.dn}")
    device = switch.device(command.to)
    agent = None if device is None else device.agent
    acd = queue_at(party.errand.queue)
    if agent is None or agent not in acd.available:
        raise RequestRefused(
            Reason.DESTINATION_STATE, f"no agent at {command.to} takes calls of {party.dn}"
        )
    acd.waiting.discard(party)
    _distribute(switch, turn, party, agent)
