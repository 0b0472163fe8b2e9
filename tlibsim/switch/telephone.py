"""What is set at telephones; service of DNs and of the link (BEHAVIOUR.md 1.12, 1.17, 1.20)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tlibproto.vocabulary import ForwardMode
from tlibsim.switch import agents
from tlibsim.switch.clearing import release
from tlibsim.switch.commands import (
    CancelForward,
    SetCallInfo,
    SetDnd,
    SetForward,
    SetInService,
    SetLink,
    SetMessageWaiting,
    SetOutOfService,
)
from tlibsim.switch.dn import Device, Forward
from tlibsim.switch.facts import (
    CallInfoChanged,
    CameBackInService,
    DndOff,
    DndOn,
    ForwardCanceled,
    ForwardSet,
    LinkLost,
    LinkRestored,
    MessageWaitingOff,
    MessageWaitingOn,
    WentOutOfService,
)
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch, Turn


def _device(switch: Switch, dn: str) -> Device:
    device = switch.device(dn)
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn} is not configured")
    return device


def _telephone(switch: Switch, dn: str) -> Device:
    """A DN at which something can be set."""
    device = _device(switch, dn)
    if not device.callable:
        raise RequestRefused(Reason.WRONG_OBJECT, f"{dn} is a {device.settings.type.value}")
    return device


def _check_news(switch: Switch, is_news: bool, dn: str) -> None:
    """Option ``same-state``: setting what is set already is an error, or is told again."""
    if not is_news and switch.options.same_state == "error":
        raise RequestRefused(Reason.SAME_STATE, f"{dn} is so already")


# -- forwarding, do not disturb, message waiting -----------------------------------------------


def set_forward(switch: Switch, command: SetForward, turn: Turn) -> None:
    device = _telephone(switch, command.dn)
    if command.mode == ForwardMode.None_:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "ForwardMode None forwards nothing")
    if not command.to:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, "OtherDN is missing or empty")
    destination = switch.numbering.resolve(command.to)
    forward = Forward(mode=command.mode, to=command.to, destination=destination)
    _check_news(switch, device.telephone.forward != forward, command.dn)
    device.telephone = replace(device.telephone, forward=forward)
    turn.publish(
        ForwardSet(dn=device.dn, mode=command.mode, to=command.to, because=command.because)
    )


def cancel_forward(switch: Switch, command: CancelForward, turn: Turn) -> None:
    device = _telephone(switch, command.dn)
    _check_news(switch, device.telephone.forward is not None, command.dn)
    device.telephone = replace(device.telephone, forward=None)
    turn.publish(ForwardCanceled(dn=device.dn, mode=command.mode, because=command.because))


def set_dnd(switch: Switch, command: SetDnd, turn: Turn) -> None:
    device = _telephone(switch, command.dn)
    _check_news(switch, device.telephone.dnd is not command.on, command.dn)
    device.telephone = replace(device.telephone, dnd=command.on)
    kind = DndOn if command.on else DndOff
    turn.publish(kind(dn=device.dn, because=command.because))


def set_message_waiting(switch: Switch, command: SetMessageWaiting, turn: Turn) -> None:
    device = _telephone(switch, command.dn)
    _check_news(switch, device.telephone.message_waiting is not command.on, command.dn)
    device.telephone = replace(device.telephone, message_waiting=command.on)
    kind = MessageWaitingOn if command.on else MessageWaitingOff
    turn.publish(kind(dn=device.dn, because=command.because))


# -- service -----------------------------------------------------------------------------------


def set_out_of_service(switch: Switch, command: SetOutOfService, turn: Turn) -> None:
    """Its calls are released, and whatever else CONSEQUENCES says."""
    device = _device(switch, command.dn)
    if not device.telephone.in_service:
        raise RequestRefused(Reason.SAME_STATE, f"{command.dn} is out of service already")
    device.telephone = replace(device.telephone, in_service=False)
    turn.publish(WentOutOfService(dn=device.dn))
    for consequence in CONSEQUENCES:
        consequence(switch, turn, device)


def release_calls(switch: Switch, turn: Turn, device: Device) -> None:
    """End the DN's part in its calls with ordinary events."""
    for party in device.parties:
        if party in party.call.parties:
            release(switch, turn, party, None)


CONSEQUENCES: Sequence[Callable[[Switch, Turn, Device], None]] = (
    release_calls,
    agents.went_out_of_service,
)
"""What follows, in this order, when a DN goes out of service."""


def set_in_service(switch: Switch, command: SetInService, turn: Turn) -> None:
    device = _device(switch, command.dn)
    if device.telephone.in_service:
        raise RequestRefused(Reason.SAME_STATE, f"{command.dn} is in service already")
    device.telephone = replace(device.telephone, in_service=True)
    turn.publish(CameBackInService(dn=device.dn))


def set_link(switch: Switch, command: SetLink, turn: Turn) -> None:
    """Calls go on while the link is down; the server only cannot ask for anything."""
    if switch.link_up is command.up:
        raise RequestRefused(Reason.SAME_STATE, "the link is so already")
    switch.link_up = command.up
    turn.publish(LinkRestored() if command.up else LinkLost())


# -- notes on a call ---------------------------------------------------------------------------


def set_call_info(switch: Switch, command: SetCallInfo, turn: Turn) -> None:
    party = switch.find_party(command.conn_id, command.dn)
    turn.publish(
        CallInfoChanged(
            call=party.call.view(),
            changed_by=party.dn,
            operation=command.operation,
            other=command.other,
            because=command.because,
        )
    )
