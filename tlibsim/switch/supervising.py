"""Supervision: a supervisor joins calls of an agent and listens, or speaks (BEHAVIOUR.md 1.18).

Who leaves when is in ``clearing``: an observer keeps no call alive.
"""

from typing import TypeVar

from tlibproto.vocabulary import CallState, CallType, Dn, DnRole
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import dismiss_observer, tell_observer_gone
from tlibsim.switch.commands import Because, CancelMonitoring, MonitorNextCall
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import (
    MonitoringBegun,
    MonitoringCanceled,
    MonitoringFact,
    PartyAdded,
    PartyEstablished,
    PartyReleased,
    Side,
)
from tlibsim.switch.offering import Approach, ring
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import tell
from tlibsim.switch.watch import SILENT, MonitorMode, MonitorScope, Watch

_Fact = TypeVar("_Fact", bound=MonitoringFact)


class Observing:
    """Why a supervisor is on a call."""

    __slots__ = ()

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """A supervisor who answers changes nothing for the others."""

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """A supervisor who does not come is missed by the agent only."""
        tell_observer_gone(turn, party)
        return True


# -- requests ----------------------------------------------------------------------------------


def monitor_next_call(switch: Switch, command: MonitorNextCall, turn: Turn) -> None:
    """The supervisor waits for the agent's next call; an earlier wish is dropped."""
    supervisor = _telephone(switch, command.dn)
    agent = _telephone(switch, command.agent)
    if agent is supervisor:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "nobody supervises himself")
    before = switch.watches.get(agent.dn)
    if before is not None and before.supervisor != supervisor.dn:
        raise RequestRefused(Reason.SEIZED, f"{agent.dn} is supervised already")
    watch = Watch(
        supervisor=supervisor.dn,
        agent=agent.dn,
        once=command.once,
        mode=command.mode or MonitorMode(switch.options.default_monitor_mode),
        scope=command.scope or MonitorScope(switch.options.default_monitor_scope),
    )
    other = _watch_of(switch, supervisor.dn)
    if other is not None and other.agent != agent.dn:
        _drop(switch, turn, other, None)
    switch.watches[agent.dn] = watch
    _tell_both(turn, MonitoringBegun, watch, command.because)
    if switch.options.intrusion_enabled:
        _intrude(switch, turn, watch, agent)


def cancel_monitoring(switch: Switch, command: CancelMonitoring, turn: Turn) -> None:
    """The supervisor waits no longer; in a call that it has joined it stays."""
    watch = _watch_of(switch, command.dn)
    if watch is None or command.agent not in ("", watch.agent):
        raise RequestRefused(Reason.INCORRECT_STATE, f"{command.dn} waits for no such call")
    _drop(switch, turn, watch, command.because)


def _telephone(switch: Switch, dn: str) -> Device:
    if not dn:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "OtherDN is missing or empty")
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn} is not configured")
    if not device.callable:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")
    return device


def _watch_of(switch: Switch, supervisor: Dn) -> Watch | None:
    return next((w for w in switch.watches.values() if w.supervisor == supervisor), None)


def _drop(switch: Switch, turn: Turn, watch: Watch, because: Because | None) -> None:
    del switch.watches[watch.agent]
    _tell_both(turn, MonitoringCanceled, watch, because)


def _tell_both(turn: Turn, kind: type[_Fact], watch: Watch, because: Because | None) -> None:
    there, back = (watch.supervisor, watch.agent), (watch.agent, watch.supervisor)
    for dn, other in (there, back):
        turn.publish(kind(dn=dn, other=other, once=watch.once, because=because))


def _intrude(switch: Switch, turn: Turn, watch: Watch, agent: Device) -> None:
    """Join a call that is under way (option ``intrusion-enabled``)."""
    for party in agent.parties:
        if party.state in ESTABLISHED and _join(switch, turn, watch, party):
            return


# -- joining a call ----------------------------------------------------------------------------


def follow(switch: Switch, turn: Turn) -> None:
    """Supervisors join calls that were answered, and leave those that their agent has left."""
    for fact in tuple(turn.facts):
        kind = type(fact)
        if kind is PartyEstablished:
            _answered(switch, turn, fact)  # type: ignore[arg-type]
        elif kind is PartyReleased:
            _agent_left(switch, turn, fact)  # type: ignore[arg-type]


def _answered(switch: Switch, turn: Turn, fact: PartyEstablished) -> None:
    watch = None if fact.side.outside else switch.watches.get(fact.side.dn)
    call = switch.calls.get(fact.call.conn_id)
    if watch is None or call is None:
        return
    party = call.party_at(watch.agent)
    if party is not None and party.state in ESTABLISHED:
        _join(switch, turn, watch, party)


def _join(switch: Switch, turn: Turn, watch: Watch, agent: Party) -> bool:
    """Ring at the supervisor, if the call is to be supervised and the supervisor is free."""
    call = agent.call
    supervisor = switch.devices[watch.supervisor]
    if not _is_supervised(switch, agent) or not _can_join(supervisor, call):
        return False
    if watch.once:
        del switch.watches[watch.agent]
    new = ring(
        switch,
        turn,
        call,
        call.other(agent),
        supervisor,
        Approach(
            role=DnRole.RoleObserver,
            call_state=CallState.Bridged,
            answer_state=CallState.Bridged,
            errand=Observing(),
            overflow="",
        ),
    )
    new.watch, new.mode, new.muted = watch, watch.mode, watch.mode in SILENT
    call.touch()
    tell(
        turn,
        PartyAdded,
        agent,
        None,
        side=Side(
            dn=agent.dn,
            role=agent.role,
            other_dn=new.dn,
            other_role=DnRole.RoleObserver,
            queue=agent.queue,
        ),
        call_state=CallState.Bridged,
    )
    return True


def _is_supervised(switch: Switch, agent: Party) -> bool:
    """Options ``monitor-internal-calls`` and ``monitor-consult-calls``."""
    if agent.is_observer:
        return False
    options = switch.options
    call_type = agent.call.call_type
    if call_type is CallType.Internal:
        return options.monitor_internal_calls
    if call_type is CallType.Consult:
        side = "orig" if agent.role is DnRole.RoleOrigination else "dest"
        return options.monitor_consult_calls in (side, "all")
    return True


def _can_join(supervisor: Device, call: Call) -> bool:
    """Free, in service, not on this call, and not in the middle of supervising another."""
    if supervisor.busy or not supervisor.telephone.in_service:
        return False
    return not any(party.call is call or party.is_observer for party in supervisor.parties)


def _agent_left(switch: Switch, turn: Turn, fact: PartyReleased) -> None:
    """MonitorScope ``agent``: the supervisor goes with the agent."""
    call = switch.calls.get(fact.call.conn_id)
    if call is None or fact.side.outside or call.party_at(fact.side.dn) is not None:
        return
    for observer in call.observers():
        watch = observer.watch
        if watch is None or watch.agent != fact.side.dn:
            continue
        if watch.scope is MonitorScope.AGENT:
            dismiss_observer(turn, observer, None)
