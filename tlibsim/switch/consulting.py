"""Consultation calls: make one, go to and fro between the two calls (BEHAVIOUR.md 1.7, 1.12)."""

from collections.abc import Callable, Mapping

from tlibproto.vocabulary import EMPTY_KVLIST, CallState, CallType, DnRole, KVList, PartyState
from tlibsim.switch import userdata
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import release
from tlibsim.switch.commands import AlternateCall, Consult, ReconnectCall
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import ConsultationDialing, PartyHeld, PartyRetrieved
from tlibsim.switch.numbering import Nowhere
from tlibsim.switch.offering import offer
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED, PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import dialed_side, tell

CONSULT_USER_DATA = "ConsultUserData"
"""The key in Extensions that overrides ``consult-user-data`` for one consultation."""


def consult(switch: Switch, command: Consult, turn: Turn) -> None:
    """Hold the call and dial somebody else."""
    party = switch.find_party(command.conn_id, command.dn)
    device = check_may_consult(switch, party, command.to, command.location)
    begin_consultation(switch, turn, party, device, command)


def check_may_consult(switch: Switch, party: Party, to: str, location: str = "") -> Device:
    """The DN of a party that can consult ``to``; raises RequestRefused."""
    if not to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    if party.state not in ESTABLISHED or party.device is None or party.is_observer:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{party.dn} is not talking")
    if party.device.full:
        raise RequestRefused(Reason.ORIGINATION_BUSY, f"{party.dn} has as many calls as it may")
    destination = switch.resolve(to, location)
    if isinstance(destination, Nowhere) and switch.options.invalid_dest == "error":
        raise RequestRefused(Reason.DESTINATION_STATE, f"{to} leads nowhere")
    return party.device


def begin_consultation(
    switch: Switch, turn: Turn, party: Party, device: Device, command: "Consult"
) -> Call:
    """Hold the main call, and make the consultation call; returns it, alive or failed already."""
    main = party.call
    own, joint = consultation_data(switch, main, command)
    userdata.check_size(own, switch.options)
    if party.state is PartyState.Connected:
        party.step(PartyInput.HOLD)
        tell(turn, PartyHeld, party, main.other(party))
    call = switch.begin_call(
        turn, CallType.Consult, ani=command.dn, dnis=command.to, user_data=own
    )
    call.dialed = command.to
    call.previous_conn_id = main.conn_id
    if joint:
        call.joint_with, main.joint_with = main.conn_id, call.conn_id
        main.user_data = own
        main.touch()
    caller = Party(call, command.dn, DnRole.RoleOrigination, turn.now, device=device)
    call.join(caller)
    caller.step(PartyInput.DIAL)
    switch.announce(turn, call)
    turn.publish(
        ConsultationDialing(
            call=call.view(),
            side=dialed_side(caller),
            call_state=CallState.Ok,
            because=command.because,
            transfer_conn_id=main.conn_id,
        )
    )
    offer(switch, turn, call, caller, switch.resolve(command.to, command.location))
    return call


def consultation_data(switch: Switch, main: Call, command: Consult) -> tuple[KVList, bool]:
    """The user data of a consultation call, and whether the two calls share it (4.5)."""
    mode = _data_mode(switch, command)
    given = command.user_data or EMPTY_KVLIST
    return CONSULTATION_DATA[mode](main.user_data, given), mode == "joint"


def _data_mode(switch: Switch, command: Consult) -> str:
    extensions = None if command.because is None else command.because.extensions
    asked = None if extensions is None else extensions.first(CONSULT_USER_DATA)
    if isinstance(asked, str) and asked.lower() in CONSULTATION_DATA:
        return asked.lower()
    return switch.options.consult_user_data


CONSULTATION_DATA: Mapping[str, Callable[[KVList, KVList], KVList]] = {
    "separate": lambda main, given: given,
    "inherited": userdata.overlaid,
    "joint": userdata.overlaid,
}


def two_calls(switch: Switch, dn: str, active_id: int, held_id: int) -> tuple[Party, Party]:
    """The DN's places in its active and its held call; raises RequestRefused."""
    active = switch.find_party(active_id, dn)  # type: ignore[arg-type]
    held = switch.find_party(held_id, dn)  # type: ignore[arg-type]
    if active.state not in (PartyState.Connected, PartyState.Dialing):
        raise RequestRefused(Reason.NO_ACTIVE_CALL, f"{active.call.conn_id:016x} is not active")
    if held.state is not PartyState.Held:
        raise RequestRefused(Reason.NO_HELD_CALL, f"{held.call.conn_id:016x} is not held")
    return active, held


def alternate_call(switch: Switch, command: AlternateCall, turn: Turn) -> None:
    """Hold the active call and retrieve the held one."""
    active, held = two_calls(switch, command.dn, command.active, command.held)
    if active.state is not PartyState.Connected:
        raise RequestRefused(Reason.NO_ACTIVE_CALL, "nobody has answered yet")
    active.step(PartyInput.HOLD)
    held.step(PartyInput.RETRIEVE)
    tell(turn, PartyHeld, active, active.call.other(active))
    tell(turn, PartyRetrieved, held, held.call.other(held), because=command.because)


def reconnect_call(switch: Switch, command: ReconnectCall, turn: Turn) -> None:
    """Leave the active call and retrieve the held one."""
    active, held = two_calls(switch, command.dn, command.active, command.held)
    release(switch, turn, active, None)
    held.step(PartyInput.RETRIEVE)
    tell(turn, PartyRetrieved, held, held.call.other(held), because=command.because)
