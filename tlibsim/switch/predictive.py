"""Predictive calls: a queue or routing point dials, and who answers goes to an agent (BEHAVIOUR.md 1.16)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import CallState, CallType, Cause, DnRole, KVList, PartyState
from tlibsim.config import DnType
from tlibsim.ports.media import Instant
from tlibsim.switch import talking, userdata
from tlibsim.switch.call import Party
from tlibsim.switch.clearing import clear_failed, leave, refuse
from tlibsim.switch.commands import FarAnswer, FarResult, MakePredictiveCall
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import PartyDialing
from tlibsim.switch.numbering import Inside, Nowhere
from tlibsim.switch.offering import Approach, forwarded, reach, unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later, tell

DIALERS = frozenset({DnType.QUEUE, DnType.ROUTE_DN, DnType.ROUTE_QUEUE})
"""Types of DN that can make predictive calls."""

ANSWER_CLASS = KVList((("AnswerClass", "AM"),))

DETECTED: Mapping[FarResult, tuple[CallState, Cause | None]] = {
    FarResult.HUMAN: (CallState.Ok, None),
    FarResult.ANSWERING_MACHINE: (CallState.AnsweringMachineDetected, Cause.AMdetected),
}
"""What the queue is told of who answered; a fax machine is not queued at all."""


class Dialed:
    """Why somebody is called: for the agents of ``dialer``."""

    __slots__ = ("_device", "_dialer", "result")

    def __init__(self, dialer: Party, device: Device) -> None:
        self._dialer = dialer
        self._device = device
        self.result = FarResult.HUMAN

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """The call is now at the queue or routing point, as if it had come in."""
        call = self._dialer.call
        state, cause = DETECTED[self.result]
        if self.result is FarResult.ANSWERING_MACHINE:
            call.user_data = call.user_data.updated(ANSWER_CLASS)
        leave(self._dialer)
        approach = Approach(role=DnRole.RoleOrigination, call_state=state, cause=cause)
        reach(switch, turn, call, party, Inside(self._device), approach)

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """Nobody was reached."""
        _not_reached(switch, turn, self._dialer, why)
        return True


@dataclass(frozen=True, slots=True)
class StopDialing:
    """Reminder: the Timeout of the request is over."""

    party: Party
    since: Instant


def make_predictive_call(switch: Switch, command: MakePredictiveCall, turn: Turn) -> None:
    device = _dialer(switch, command.dn)
    if not command.to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    if command.user_data is not None:
        userdata.check_size(command.user_data, switch.options)
    destination = switch.numbering.resolve(command.to)
    if isinstance(destination, Nowhere) and switch.options.invalid_dest == "error":
        raise RequestRefused(Reason.INVALID_CALLED_DN, f"{command.to} leads nowhere")

    call = switch.begin_call(
        turn,
        CallType.Outbound,
        ani=command.dn,
        dnis=command.to,
        user_data=command.user_data,
    )
    call.dialed = command.to
    dialer = Party(call, command.dn, DnRole.RoleOrigination, turn.now, device=device)
    dialer.queue = device.dn
    call.join(dialer)
    dialer.step(PartyInput.DIAL)
    switch.announce(turn, call)
    tell(turn, PartyDialing, dialer, None, because=command.because)

    destination, _ = forwarded(destination)
    why = unreachable(destination, device)
    if isinstance(destination, Inside) and not destination.device.callable:
        why = CallState.GeneralError
    if why is not None:
        _not_reached(switch, turn, dialer, why)
        return
    caller = dialer if isinstance(destination, Inside) else None
    approach = Approach(errand=Dialed(dialer, device))
    customer = reach(switch, turn, call, caller, destination, approach)
    if command.seconds > 0:
        stop = StopDialing(customer, customer.joined_at)
        switch.remind(later(turn, command.seconds), stop)


def _dialer(switch: Switch, dn: str) -> Device:
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.INVALID_CALLING_DN, f"{dn} is not configured")
    if device.settings.type not in DIALERS:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")
    if not device.telephone.in_service:
        raise RequestRefused(Reason.OUT_OF_SERVICE, f"{dn} is out of service")
    return device


def _not_reached(switch: Switch, turn: Turn, dialer: Party, why: CallState) -> None:
    """EventReleased says why, and nothing comes before it."""
    dialer.call.failure = why
    clear_failed(switch, turn, dialer, None)


def far_answer(switch: Switch, command: FarAnswer, turn: Turn) -> None:
    """Who or what answers matters to a predictive call; any other is simply answered."""
    call = switch.find_call(command.conn_id)
    for party in call.parties:
        if isinstance(party.errand, Dialed) and party.state is PartyState.Alerting:
            if command.result is FarResult.FAX:
                refuse(switch, turn, party, None, why=CallState.FaxDetected)
                return
            party.errand.result = command.result
    talking.far_answer(switch, command, turn)


def stop_dialing(switch: Switch, reminder: StopDialing, turn: Turn) -> None:
    """Nobody answered in the time that the request gave."""
    if reminder.party.rings_since(reminder.since):
        refuse(switch, turn, reminder.party, None, why=CallState.NoAnswer)
