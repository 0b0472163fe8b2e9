"""Consultations that the network makes for a DN, not the switch (option ``network``; 1.20).

The network has the caller outside: it holds the caller, calls a destination, and joins whom it is
told to.  The DN's call stays one call with one ConnID; the destination gets a call of its own from
outside, if it is a DN of this switch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import (
    CallType,
    ConnId,
    Dn,
    DnRole,
    NetworkCallState,
    NetworkDestState,
    NetworkPartyRole,
    PartyState,
)
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import release
from tlibsim.switch.commands import (
    Because,
    ChangeNetworkCall,
    NetworkConsult,
    NetworkSingleStepTransfer,
    NetworkStep,
)
from tlibsim.switch.facts import NetworkCallChanged
from tlibsim.switch.numbering import Destination
from tlibsim.switch.offering import offer
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.single_step import check_reachable
from tlibsim.switch.states import ESTABLISHED, PartyInput
from tlibsim.switch.switch import Switch, Turn

State, Dest = NetworkCallState, NetworkDestState


@dataclass(slots=True)
class NetworkConsultation:
    """``party`` asked for it; ``call`` is how it comes to the destination."""

    party: Party
    to: str
    call: Call
    state: NetworkCallState = State.NetworkCallStateConsulting
    dest_state: NetworkDestState = Dest.NetworkDestStateDelivering

    def destination(self) -> Party | None:
        """Whom the network called, while that is a DN of this switch that is there."""
        return next((one for one in self.call.parties if one.device is not None), None)

    @property
    def is_answered(self) -> bool:
        """Whether somebody answered: two parties talk in the call of the destination."""
        talking = [one for one in self.call.parties if one.state in ESTABLISHED]
        return len(talking) > 1


# -- requests ------------------------------------------------------------------------------------


def network_consult(switch: Switch, command: NetworkConsult, turn: Turn) -> None:
    """The caller waits in the network, which calls somebody else."""
    party, caller = _network_call(switch, command.dn, command.conn_id)
    destination = check_reachable(switch, command.to, party, location=command.location)
    consultation = _begin(switch, turn, party, caller, command.to)
    switch.network[party.call.conn_id] = consultation
    _tell(turn, consultation, command.because)
    _call_destination(switch, turn, consultation, destination)


def network_single_step(switch: Switch, command: NetworkSingleStepTransfer, turn: Turn) -> None:
    """The network calls somebody else for the caller, and the DN is done."""
    party, caller = _network_call(switch, command.dn, command.conn_id)
    destination = check_reachable(switch, command.to, party, location=command.location)
    consultation = _begin(switch, turn, party, caller, command.to)
    consultation.state = State.NetworkCallStateTransferred
    _tell(turn, consultation, command.because)
    release(switch, turn, party, None)
    _call_destination(switch, turn, consultation, destination)


def change_network_call(switch: Switch, command: ChangeNetworkCall, turn: Turn) -> None:
    """Alternate, transfer, merge or reconnect, once the destination has answered."""
    party = switch.find_party(command.conn_id, command.dn)
    consultation = switch.network.get(party.call.conn_id)
    if consultation is None or consultation.party is not party:
        raise RequestRefused(Reason.INCORRECT_STATE, "there is no consultation in the network")
    answered = consultation.dest_state is Dest.NetworkDestStateOk
    if not answered and command.step is not NetworkStep.RECONNECT:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{consultation.to} has not answered")
    consultation.state = _after(consultation.state, command.step)
    _tell(turn, consultation, command.because)
    END[command.step](switch, turn, consultation)


def _network_call(switch: Switch, dn: str, conn_id: ConnId) -> tuple[Party, Party]:
    """The DN that talks, and the one caller outside; raises RequestRefused."""
    party = switch.find_party(conn_id, dn)
    caller = party.call.other(party)
    talks = party.state is PartyState.Connected and not party.is_observer
    if not talks or caller is None or caller.trunk is None or conn_id in switch.network:
        raise RequestRefused(
            Reason.INCORRECT_STATE, "only a DN that talks to one party outside can do this"
        )
    return party, caller


def _begin(
    switch: Switch, turn: Turn, party: Party, caller: Party, to: str
) -> NetworkConsultation:
    """A call of its own for the destination, which the caller outside seems to make."""
    call = switch.begin_call(
        turn,
        CallType.Inbound,
        ani=party.call.ani,
        dnis=to,
        user_data=party.call.user_data,
    )
    far = Party(call, caller.dn, DnRole.RoleOrigination, turn.now, trunk=caller.trunk)
    call.join(far)
    far.step(PartyInput.DIAL)
    return NetworkConsultation(party, to, call)


def _call_destination(
    switch: Switch, turn: Turn, consultation: NetworkConsultation, destination: Destination
) -> None:
    call = consultation.call
    switch.announce(turn, call)
    offer(switch, turn, call, call.parties[0], destination)


# -- states --------------------------------------------------------------------------------------

_CONSULTING, _HELD = State.NetworkCallStateConsulting, State.NetworkCallStateConsultHeld

STEPS: Mapping[tuple[NetworkCallState, NetworkStep], NetworkCallState] = {
    (_CONSULTING, NetworkStep.ALTERNATE): _HELD,
    (_HELD, NetworkStep.ALTERNATE): _CONSULTING,
    (_CONSULTING, NetworkStep.TRANSFER): State.NetworkCallStateTransferred,
    (_HELD, NetworkStep.TRANSFER): State.NetworkCallStateTransferred,
    (State.NetworkCallStateConferenced, NetworkStep.TRANSFER): (
        State.NetworkCallStateTransferred
    ),
    (_CONSULTING, NetworkStep.MERGE): State.NetworkCallStateConferenced,
    (_HELD, NetworkStep.MERGE): State.NetworkCallStateConferenced,
    (_CONSULTING, NetworkStep.RECONNECT): State.NetworkCallStateReconnected,
    (_HELD, NetworkStep.RECONNECT): State.NetworkCallStateReconnected,
}
"""Every lawful step of a consultation in the network; any other is refused."""


def _after(state: NetworkCallState, step: NetworkStep) -> NetworkCallState:
    after = STEPS.get((state, step))
    if after is None:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{step.value} does not fit {state.name}")
    return after


def _stays(switch: Switch, turn: Turn, consultation: NetworkConsultation) -> None:
    """Both calls go on."""


def _transferred(switch: Switch, turn: Turn, consultation: NetworkConsultation) -> None:
    """The DN leaves, and the caller outside talks to the destination."""
    del switch.network[consultation.party.call.conn_id]
    release(switch, turn, consultation.party, None)


def _reconnected(switch: Switch, turn: Turn, consultation: NetworkConsultation) -> None:
    """The destination is dropped, and the caller outside is back."""
    del switch.network[consultation.party.call.conn_id]
    _hang_up(switch, turn, consultation.call)


END: Mapping[NetworkStep, Callable[[Switch, Turn, NetworkConsultation], None]] = {
    NetworkStep.ALTERNATE: _stays,
    NetworkStep.TRANSFER: _transferred,
    NetworkStep.MERGE: _stays,
    NetworkStep.RECONNECT: _reconnected,
}
"""What a step does to the two calls, after it was told."""


def _hang_up(switch: Switch, turn: Turn, call: Call) -> None:
    """The network ends the call of the destination."""
    far = next((one for one in call.parties if one.role is DnRole.RoleOrigination), None)
    if far is not None:
        release(switch, turn, far, None)


# -- what happens meanwhile ------------------------------------------------------------------------


def follow(switch: Switch, turn: Turn) -> None:
    """At the end of a turn: who answered, who left."""
    for conn_id, consultation in tuple(switch.network.items()):
        if consultation.party not in consultation.party.call.parties:
            del switch.network[conn_id]
            if consultation.state is not State.NetworkCallStateConferenced:
                _hang_up(switch, turn, consultation.call)
        elif consultation.call.conn_id not in switch.calls:
            del switch.network[conn_id]
            consultation.state = State.NetworkCallStateDisconnected
            consultation.dest_state = Dest.NetworkDestStateNoParty
            _tell(turn, consultation, None)
        elif (
            consultation.dest_state is Dest.NetworkDestStateDelivering
            and consultation.is_answered
        ):
            consultation.dest_state = Dest.NetworkDestStateOk
            _tell(turn, consultation, None)


def _tell(turn: Turn, consultation: NetworkConsultation, because: Because | None) -> None:
    """The DN that asked, and the destination once it has answered, are told how it stands."""
    asked = consultation.party
    _tell_one(turn, consultation, asked, NetworkPartyRole.RoleNtwOrigParty, because)
    other = consultation.destination()
    if other is not None and other.state in ESTABLISHED:
        _tell_one(turn, consultation, other, NetworkPartyRole.RoleNtwDestParty, None)


def _tell_one(
    turn: Turn,
    consultation: NetworkConsultation,
    party: Party,
    role: NetworkPartyRole,
    because: Because | None,
) -> None:
    turn.publish(
        NetworkCallChanged(
            call=party.call.view(),
            dn=party.dn,
            role=role,
            state=consultation.state,
            dest_state=consultation.dest_state,
            orig_dn=consultation.party.dn,
            dest_dn=Dn(consultation.to),
            because=because,
        )
    )
