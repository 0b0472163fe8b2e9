"""Agents: login, logout, ready, not ready, reservation (BEHAVIOUR.md 2).

Every command checks first and changes after, so that a refused one leaves everything as it was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import AgentWorkMode, Dn, KVList
from tlibsim.config import AgentSettings, DnType
from tlibsim.switch import wrapup
from tlibsim.switch.agent import Agent, Duty, Reservation, queue_at
from tlibsim.switch.call import Party
from tlibsim.switch.commands import (
    AgentLogin,
    AgentLogout,
    AgentNotReady,
    AgentReady,
    Because,
    ReserveAgent,
    SessionLeft,
)
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import (
    AgentLeftQueue,
    AgentLoggedIn,
    AgentLoggedOut,
    AgentWasReserved,
)
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later
from tlibsim.switch.wrapup import duty_told, set_duty

QUEUES = frozenset({DnType.QUEUE, DnType.VIRTUAL_QUEUE, DnType.ROUTE_DN, DnType.ROUTE_QUEUE})
"""Types of DN that an agent can be logged in to."""


@dataclass(frozen=True, slots=True)
class ReservationOver:
    """Reminder: the time of that reservation is over."""

    agent: Agent
    reservation: Reservation


@dataclass(frozen=True, slots=True)
class IdleLogout:
    """Reminder: ``auto-logout-timeout`` may be over."""

    agent: Agent


def logins(configured: Iterable[AgentSettings]) -> Iterator[AgentLogin]:
    """How the configured agents that have a DN log in: once for each of their queues."""
    for agent in configured:
        if not agent.dn:
            continue
        ready = agent.state == "ready"
        for queue in agent.queues or (None,):
            yield AgentLogin(
                dn=Dn(agent.dn),
                agent_id=agent.login,
                queue=None if queue is None else Dn(queue),
                work_mode=AgentWorkMode.AutoIn if ready else AgentWorkMode.ManualIn,
                password=agent.password,
            )


# -- login and logout ---------------------------------------------------------------------------


def agent_login(switch: Switch, command: AgentLogin, turn: Turn) -> None:
    """Log in, or in to one more queue; a second login of the same agent only adds to the first."""
    device = _telephone(switch, command.dn)
    if device.leaving:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{command.dn} is configured no more")
    _check_queue(switch, command.queue)
    _check_identity(switch, command)
    elsewhere = switch.floor.agents.get(command.agent_id)
    if elsewhere is not None and elsewhere.device is not device:
        raise RequestRefused(
            Reason.AGENT_ID_IN_USE, f"{command.agent_id} is logged in at {elsewhere.device.dn}"
        )
    _check_idle(switch, device)
    present = device.agent
    if present is not None and present is not elsewhere and switch.options.relogin == "error":
        raise RequestRefused(
            Reason.AGENT_LOGGED_IN, f"{present.agent_id} is logged in at {device.dn}"
        )
    if present is None:
        _check_license(switch)
    elif present is not elsewhere:
        log_out(switch, turn, present)
    agent = elsewhere or _begin(switch, command, device, turn)
    _join(switch, agent, command.queue)
    turn.publish(
        AgentLoggedIn(
            dn=device.dn,
            agent_id=agent.agent_id,
            queue=command.queue,
            work_mode=command.work_mode,
            because=command.because,
        )
    )
    if elsewhere is None:
        turn.publish(duty_told(agent, command.queue, None))


def _telephone(switch: Switch, dn: Dn) -> Device:
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn} is not configured")
    if not device.callable:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")
    return device


def _check_queue(switch: Switch, dn: Dn | None) -> None:
    if dn is None:
        return
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"queue {dn} is not configured")
    if device.settings.type not in QUEUES:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")


def _check_identity(switch: Switch, command: AgentLogin) -> None:
    """Options ``agent-strict-id=true`` (a configured AgentID) and ``passwd`` (its password too)."""
    if not command.agent_id:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "AgentID is missing or empty")
    strict = switch.options.agent_strict_id
    configured = switch.floor.settings.get(command.agent_id)
    if strict == "false":
        return
    if configured is None:
        raise RequestRefused(
            Reason.AGENT_UNKNOWN, f"no agent {command.agent_id!r} is configured"
        )
    if strict == "passwd" and (configured.password or "") != (command.password or ""):
        raise RequestRefused(Reason.AGENT_PASSWORD, f"agent {command.agent_id!r}")


def _check_idle(switch: Switch, device: Device) -> None:
    if device.parties and not switch.options.agent_emu_login_on_call:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{device.dn} has a call")


def _check_license(switch: Switch) -> None:
    limit = switch.options.max_agents
    if limit and len(switch.floor.agents) >= limit:
        raise RequestRefused(Reason.NO_LICENSE, f"{limit} agents are logged in")


def _begin(switch: Switch, command: AgentLogin, device: Device, turn: Turn) -> Agent:
    extensions = None if command.because is None else command.because.extensions
    agent = Agent(
        agent_id=command.agent_id,
        device=device,
        floor=switch.floor,
        duty=Duty(ready=command.work_mode == AgentWorkMode.AutoIn, work_mode=command.work_mode),
        session=command.session,
        wrap_up_time=wrapup.seconds_in(extensions),
        active_at=turn.now,
    )
    switch.floor.agents[agent.agent_id] = agent
    device.agent = agent
    agent.stir()
    _show(device)
    return agent


def _join(switch: Switch, agent: Agent, queue: Dn | None) -> None:
    if queue is not None and queue not in agent.queues:
        acd = agent.queues[queue] = queue_at(switch.devices[queue])
        acd.members[agent] = switch.floor.next_number()
        agent.stir()


def _show(device: Device) -> None:
    """Views of its calls name the agent."""
    for party in device.parties:
        party.call.touch()


def agent_logout(switch: Switch, command: AgentLogout, turn: Turn) -> None:
    """Log out; of one queue when that is named and is not the only one."""
    agent = _agent_at(switch, command.dn)
    if command.queue is not None:
        _check_queue(switch, command.queue)
        if agent.queues and command.queue not in agent.queues:
            raise RequestRefused(
                Reason.AGENT_NOT_LOGGED_IN,
                f"{agent.agent_id} is not logged in to {command.queue}",
            )
    _check_idle(switch, agent.device)
    if command.queue is None or len(agent.queues) <= 1:
        log_out(switch, turn, agent, command.because, command.queue)
        return
    leave_queue(turn, agent, command.queue, command.because)


def leave_queue(turn: Turn, agent: Agent, queue: Dn, because: Because | None = None) -> None:
    """Log the agent out of one queue, and tell it."""
    _leave(agent, queue)
    turn.publish(
        AgentLeftQueue(
            dn=agent.device.dn, agent_id=agent.agent_id, queue=queue, because=because
        )
    )


def log_out(
    switch: Switch,
    turn: Turn,
    agent: Agent,
    because: Because | None = None,
    queue: Dn | None = None,
) -> None:
    """Log the agent out of everything, and tell it; ``queue`` is ThisQueue of the event."""
    named = queue or agent.queue
    for one in tuple(agent.queues):
        _leave(agent, one)
    del switch.floor.agents[agent.agent_id]
    switch.floor.stirred.pop(agent, None)
    agent.device.agent = None
    _show(agent.device)
    turn.publish(
        AgentLoggedOut(
            dn=agent.device.dn, agent_id=agent.agent_id, queue=named, because=because
        )
    )


def _leave(agent: Agent, queue: Dn) -> None:
    acd = agent.queues.pop(queue)
    del acd.members[agent]
    acd.available.discard(agent)


def _agent_at(switch: Switch, dn: Dn) -> Agent:
    agent = _telephone(switch, dn).agent
    if agent is None:
        raise RequestRefused(Reason.AGENT_NOT_LOGGED_IN, f"nobody is logged in at {dn}")
    return agent


# -- ready and not ready ------------------------------------------------------------------------


def agent_ready(switch: Switch, command: AgentReady, turn: Turn) -> None:
    """Told at once, also during a call; queues send calls when the DN is idle."""
    agent = _agent_at(switch, command.dn)
    _check_queue(switch, command.queue)
    agent.before = None
    set_duty(agent, Duty(ready=True, work_mode=command.work_mode, reasons=_reasons(command)))
    turn.publish(duty_told(agent, command.queue or agent.queue, command.because))


def agent_not_ready(switch: Switch, command: AgentNotReady, turn: Turn) -> None:
    """Told again for every change of mode or reason; after-call work may be timed."""
    agent = _agent_at(switch, command.dn)
    _check_queue(switch, command.queue)
    if command.work_mode == AgentWorkMode.AfterCallWork and _is_timed(switch, agent):
        extensions = None if command.because is None else command.because.extensions
        value = wrapup.wrap_up_time(switch, agent, None, extensions)
        if value:
            if switch.options.acw_in_idle_force_ready:
                agent.before = Duty(ready=True, work_mode=agent.duty.work_mode)
            turn.publish(wrapup.after_call_work(switch, turn, agent, value, command.because))
            return
    agent.before = None
    duty = Duty(ready=False, work_mode=command.work_mode, reasons=_reasons(command))
    set_duty(agent, duty)
    turn.publish(duty_told(agent, command.queue or agent.queue, command.because))


def _is_timed(switch: Switch, agent: Agent) -> bool:
    """Whether asking for after-call work starts its time."""
    return switch.options.timed_acw_in_idle and not agent.device.parties


def _reasons(command: AgentReady | AgentNotReady) -> KVList | None:
    return None if command.because is None else command.because.reasons


# -- nobody answered ----------------------------------------------------------------------------


def _make_not_ready(switch: Switch, turn: Turn, agent: Agent) -> None:
    agent.before = None
    set_duty(agent, Duty(ready=False, work_mode=AgentWorkMode.Unknown))
    turn.publish(duty_told(agent, agent.queue, None))


def _nothing(switch: Switch, turn: Turn, agent: Agent) -> None:
    """The agent stays as it is."""


NO_ANSWER_ACTIONS: Mapping[str, Callable[[Switch, Turn, Agent], None]] = {
    "none": _nothing,
    "notready": _make_not_ready,
    "logout": log_out,
}
"""``no-answer-action`` and ``after-routing-timeout-action`` (BEHAVIOUR.md 1.13, 1.14)."""


def did_not_answer(switch: Switch, turn: Turn, party: Party, action: str | None = None) -> None:
    """The DN let a call ring too long: do with its agent what ``action``, or the option, says."""
    device = party.device
    if device is None or device.agent is None:
        return
    word = action or device.options.no_answer_action or switch.options.no_answer_action
    NO_ANSWER_ACTIONS.get(word, _nothing)(switch, turn, device.agent)


# -- logged out by itself -----------------------------------------------------------------------


def session_left(switch: Switch, command: SessionLeft, turn: Turn) -> None:
    """``agent-logout-on-unreg``: the client that logged agents in is gone from their DNs."""
    if switch.options.agent_logout_on_unreg == "false":
        return
    for agent in tuple(switch.floor.agents.values()):
        if agent.session == command.session and command.dn in (None, agent.device.dn):
            log_out(switch, turn, agent)


def went_out_of_service(switch: Switch, turn: Turn, device: Device) -> None:
    """``logout-on-out-of-service``."""
    if device.agent is not None and switch.options.logout_on_out_of_service:
        log_out(switch, turn, device.agent)


def follow(switch: Switch, turn: Turn) -> None:
    """``auto-logout-timeout`` counts from whatever happened to the agent last."""
    minutes = switch.options.auto_logout_timeout
    if not minutes:
        return
    for agent in switch.floor.stirred:
        agent.active_at = turn.now
        if not agent.watched:
            agent.watched = True
            switch.remind(later(turn, minutes * 60), IdleLogout(agent))


def idle_logout(switch: Switch, reminder: IdleLogout, turn: Turn) -> None:
    """Log the agent out who did nothing for so long; look again later at one who did."""
    agent = reminder.agent
    agent.watched = False
    if agent.device.agent is not agent:
        return
    exempt = agent.duty.ready and not switch.options.auto_logout_ready
    if exempt or agent.device.parties:
        return
    minutes = switch.options.auto_logout_timeout
    rest = minutes * 60 - (turn.now - agent.active_at) / 1_000_000
    if rest <= 0:
        log_out(switch, turn, agent)
        return
    agent.watched = True
    switch.remind(later(turn, rest), reminder)


# -- reservation --------------------------------------------------------------------------------


def reserve_agent(switch: Switch, command: ReserveAgent, turn: Turn) -> None:
    """Reserve for a while; only a higher priority takes a reserved agent over."""
    agent = _agent_meant(switch, command)
    held = agent.reserved
    if held is not None and held.priority >= command.priority:
        raise RequestRefused(Reason.AGENT_RESERVED, f"{agent.agent_id} is reserved")
    reservation = Reservation(priority=command.priority, number=switch.floor.next_number())
    agent.reserved = reservation
    agent.stir()
    if command.seconds > 0:
        switch.remind(later(turn, command.seconds), ReservationOver(agent, reservation))
    turn.publish(
        AgentWasReserved(
            dn=agent.device.dn,
            agent_id=agent.agent_id,
            seconds=command.seconds,
            because=command.because,
        )
    )


def _agent_meant(switch: Switch, command: ReserveAgent) -> Agent:
    """The agent at the DN, with the AgentID, at the place: all that are given."""
    if command.dn is not None:
        found: list[Agent] = [_agent_at(switch, command.dn)]
    elif command.agent_id:
        found = [a for a in (switch.floor.agents.get(command.agent_id),) if a is not None]
    else:
        found = list(switch.floor.agents.values())
    if not (command.dn or command.agent_id or command.place):
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "no DN, AgentID or Place is given")
    for agent in found:
        same_id = command.agent_id in ("", agent.agent_id)
        if same_id and command.place in ("", agent.device.settings.place):
            return agent
    raise RequestRefused(Reason.AGENT_NOT_LOGGED_IN, "no such agent is logged in")


def reservation_over(switch: Switch, reminder: ReservationOver, turn: Turn) -> None:
    """Free again, unless somebody else took the agent over."""
    if reminder.agent.reserved is reminder.reservation:
        reminder.agent.reserved = None
        reminder.agent.stir()
