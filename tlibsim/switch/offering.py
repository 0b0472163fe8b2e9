"""Bringing a call to its destination: a telephone rings, a trunk is taken, or neither works.

Rules: BEHAVIOUR.md 1.2 to 1.5.  What a DN does with a call depends on its type: ARRIVALS.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import CallState, ConnId, Dn, DnRole
from tlibsim.config import DnType
from tlibsim.ports.media import Instant
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import fail
from tlibsim.switch.dn import CALLABLE, Device
from tlibsim.switch.facts import PartyNetworkReached, PartyRinging
from tlibsim.switch.numbering import Destination, Inside, Outside
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.talking import PickUp
from tlibsim.switch.telling import later, tell

Arrival = Callable[[Switch, Turn, Call, Party, Device], None]


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Reminder: nobody answered the ringing that began at ``since``."""

    conn_id: ConnId
    dn: Dn
    since: Instant


def offer(
    switch: Switch, turn: Turn, call: Call, caller: Party, destination: Destination
) -> None:
    """Bring a call that is being dialed to its destination, or fail it with the reason."""
    why = unreachable(destination, caller.device)
    if why is not None:
        fail(switch, turn, caller, why)
        return
    match destination:
        case Inside(device):
            ARRIVALS[device.settings.type](switch, turn, call, caller, device)
        case Outside(trunk, number):
            _reach_outside(switch, turn, call, caller, Outside(trunk, number))


def unreachable(destination: Destination, caller: Device | None) -> CallState | None:
    """Why a destination cannot be had now, as the CallState that tells the caller; or None."""
    match destination:
        case Inside(device):
            return _refusal_of(device, caller)
        case Outside(trunk, _):
            return CallState.AllTrunksBusy if trunk.full else None
    return CallState.SitInvalidnum


def _refusal_of(device: Device, caller: Device | None) -> CallState | None:
    if device.settings.type not in ARRIVALS:
        return CallState.GeneralError
    if device.busy or device is caller:
        return CallState.Busy
    return None


def ring(switch: Switch, turn: Turn, call: Call, caller: Party, device: Device) -> None:
    """A telephone rings."""
    party = Party(call, device.dn, DnRole.RoleDestination, turn.now, device=device)
    call.join(party)
    party.step(PartyInput.ALERT)
    tell(turn, PartyRinging, party, caller)
    own = device.options.no_answer_timeout
    timeout = switch.options.no_answer_timeout if own is None else own
    if timeout:
        stop = StopRinging(call.conn_id, party.dn, party.joined_at)
        switch.remind(later(turn, timeout), stop)
    remind_to_answer(switch, turn, party, device)


def _reach_outside(
    switch: Switch, turn: Turn, call: Call, caller: Party, destination: Outside
) -> None:
    trunk = destination.trunk
    far = Party(call, destination.number, DnRole.RoleDestination, turn.now, trunk=trunk)
    call.join(far)
    far.step(PartyInput.ALERT)
    if switch.options.emit_network_reached:
        tell(turn, PartyNetworkReached, caller, far)
    remind_to_answer(switch, turn, far, trunk)


def remind_to_answer(switch: Switch, turn: Turn, party: Party, device: Device) -> None:
    """A phone or far end with ``answer-after`` answers by itself."""
    if device.options.answer_after is not None:
        pick_up = PickUp(party.call.conn_id, party.dn, party.joined_at)
        switch.remind(later(turn, device.options.answer_after), pick_up)


ARRIVALS: Mapping[DnType, Arrival] = dict.fromkeys(CALLABLE, ring)
"""What a call that arrives at a DN of each type does there; no row: it cannot be called."""
