"""How calls begin: dialing, arriving from outside, ringing, not being answered.

Rules: BEHAVIOUR.md 1.2 to 1.5.  Every command checks first and changes after, so that a refused
one leaves the model as it was.
"""

from tlibproto.vocabulary import CallState, CallType, Dn, DnRole
from tlibsim.switch import userdata
from tlibsim.switch.agents import did_not_answer
from tlibsim.switch.call import Party
from tlibsim.switch.clearing import Releasing, leave, refuse, releasing
from tlibsim.switch.commands import ArriveInbound, MakeCall
from tlibsim.switch.dn import Device, Forward
from tlibsim.switch.facts import (
    PartyDialing,
    PartyReleased,
)
from tlibsim.switch.numbering import Destination, Inside, Nowhere, Outside
from tlibsim.switch.offering import (
    WHEN_UNANSWERED,
    Approach,
    StopRinging,
    offer,
    sent_on,
)
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import tell


def make_call(switch: Switch, command: MakeCall, turn: Turn) -> None:
    """A DN dials (BEHAVIOUR.md 1.2, 1.4, 1.5)."""
    device = _calling_device(switch, command.dn)
    if not command.to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    if command.user_data is not None:
        userdata.check_size(command.user_data, switch.options)
    destination = switch.resolve(command.to, command.location)
    if isinstance(destination, Nowhere) and switch.options.invalid_dest == "error":
        raise RequestRefused(Reason.INVALID_CALLED_DN, f"{command.to} leads nowhere")

    call = switch.begin_call(
        turn,
        _dialed_type(switch, destination),
        ani=command.dn,
        dnis=command.to,
        user_data=command.user_data,
    )
    call.dialed = command.to
    caller = Party(call, command.dn, DnRole.RoleOrigination, turn.now, device=device)
    call.join(caller)
    caller.step(PartyInput.DIAL)
    switch.announce(turn, call)
    tell(turn, PartyDialing, caller, None, because=command.because)
    if isinstance(destination, Outside):
        call.call_type = CallType.Outbound
        call.touch()
    offer(switch, turn, call, caller, destination)


_NO_TRUNK = 'no trunk is configured; write under dns: "trunk-in": {type: Trunk, prefix: ""}'


def arrive_inbound(switch: Switch, command: ArriveInbound, turn: Turn) -> None:
    """A call from outside reaches a DN (BEHAVIOUR.md 1.3)."""
    trunk = switch.numbering.inbound_trunk(command.trunk)
    if trunk is None:
        raise RequestRefused(
            Reason.RESOURCE_UNAVAILABLE,
            f"no trunk {command.trunk!r}" if command.trunk else _NO_TRUNK,
        )
    if trunk.full:
        raise RequestRefused(Reason.RESOURCE_UNAVAILABLE, f"all lines of {trunk.dn} are taken")
    destination = switch.numbering.resolve(command.to)
    if not isinstance(destination, Inside):
        raise RequestRefused(Reason.INVALID_CALLED_DN, f"{command.to} is no DN of this switch")
    if command.user_data is not None:
        userdata.check_size(command.user_data, switch.options)
    call = switch.begin_call(
        turn,
        CallType.Inbound,
        ani=command.caller,
        dnis=command.dnis or command.to,
        user_data=command.user_data,
    )
    far = Party(call, command.caller, DnRole.RoleOrigination, turn.now, trunk=trunk)
    call.join(far)
    far.step(PartyInput.DIAL)
    switch.announce(turn, call)
    offer(switch, turn, call, far, destination)


def _calling_device(switch: Switch, dn: Dn) -> Device:
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.INVALID_CALLING_DN, f"{dn} is not configured")
    if device.leaving:
        raise RequestRefused(Reason.INVALID_CALLING_DN, f"{dn} is configured no more")
    if not device.telephone.in_service:
        raise RequestRefused(Reason.OUT_OF_SERVICE, f"{dn} is out of service")
    if not device.callable:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")
    if device.full:
        raise RequestRefused(
            Reason.ORIGINATION_BUSY, f"{dn} has as many calls as max-calls allows"
        )
    return device


def _dialed_type(switch: Switch, destination: Destination) -> CallType:
    if isinstance(destination, Inside):
        return CallType.Internal
    if isinstance(destination, Outside) and not switch.options.late_calltype:
        return CallType.Outbound
    return CallType.Unknown


def _forward_of(party: Party) -> Forward | None:
    """Where a call goes that rings here unanswered; distributed and routed ones stay."""
    forward = None if party.device is None else party.device.telephone.forward
    plain = party.announced and party.errand is None
    acts = plain and forward is not None and forward.mode in WHEN_UNANSWERED
    return forward if acts else None


def _send_on(switch: Switch, turn: Turn, party: Party, caller: Party, forward: Forward) -> None:
    """Nobody answered at a DN that forwards such calls (BEHAVIOUR.md 1.17)."""
    leave(party)
    tell(turn, PartyReleased, party, caller, call_state=CallState.Forwarded)
    approach = Approach(queue=party.queue, role=party.role)
    approach = sent_on(switch, approach, (*party.passed, party.dn))
    offer(switch, turn, party.call, caller, forward.destination, approach)


def stop_ringing(switch: Switch, reminder: StopRinging, turn: Turn) -> None:
    """``no-answer-timeout``: overflow when configured, else the caller hears no answer."""
    party = reminder.party
    if not party.rings_since(reminder.since):
        return
    call = party.call
    caller = call.other(party)
    forward = _forward_of(party)
    if caller is not None and forward is not None:
        _send_on(switch, turn, party, caller, forward)
        return
    if not reminder.overflow or caller is None or not party.announced:
        refuse(
            switch,
            turn,
            party,
            None,
            why=CallState.NoAnswer,
            call_state=CallState.NoAnswer,
        )
        if party.errand is None:
            did_not_answer(switch, turn, party, reminder.action)
        return
    leave(party)
    nobody = releasing(switch, None, Releasing.UNKNOWN)
    tell(turn, PartyReleased, party, caller, call_state=CallState.Redirected, because=nobody)
    did_not_answer(switch, turn, party, reminder.action)
    offer(switch, turn, call, caller, switch.numbering.resolve(reminder.overflow))
