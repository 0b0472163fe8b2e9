"""Calls that are under way: answer, hold, retrieve, digits, user data (BEHAVIOUR.md 1.2, 1.6, 4)."""

from tlibproto.vocabulary import CallState, Dn, DnRole, PartyState
from tlibsim.switch import userdata
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import release
from tlibsim.switch.commands import (
    AnswerCall,
    Because,
    ChangeUserData,
    FarAnswer,
    HoldCall,
    RetrieveCall,
    SendDtmf,
    SetPhoneBusy,
)
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import (
    DtmfSent,
    PartyAdded,
    PartyEstablished,
    PartyHeld,
    PartyRetrieved,
    Side,
    ThirdParty,
    UserDataChanged,
)
from tlibsim.switch.phones import PickUp, remind_to_hang_up, still_so
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import tell

DTMF_LETTERS = frozenset("0123456789ABCDabcd*#,")


def answer_call(switch: Switch, command: AnswerCall, turn: Turn) -> None:
    """A party that rings is connected; without a ConnID, whatever rings at the DN."""
    party = _ringing_party(switch, command)
    answer(switch, turn, party, command.because)


def _ringing_party(switch: Switch, command: AnswerCall) -> Party:
    device = switch.device(command.dn)
    if command.conn_id is not None:
        call = switch.find_call(command.conn_id)
        party = call.party_at(command.dn)
        if party is not None and party.state is PartyState.Alerting:
            return party
        if party is None and _ringing_at(device) is not None:
            raise RequestRefused(Reason.NOT_ON_CALL, f"{command.dn} is not on that call")
    party = _ringing_at(device)
    if party is None or command.conn_id is not None:
        raise RequestRefused(Reason.NO_CALL_TO_ANSWER, f"nothing rings at {command.dn}")
    return party


def _ringing_at(device: Device | None) -> Party | None:
    parties = () if device is None else device.parties
    return next((p for p in parties if p.state is PartyState.Alerting), None)


def answer(switch: Switch, turn: Turn, party: Party, because: Because | None) -> None:
    """Connect the party that rings, and whoever waits for it."""
    call = party.call
    if party.errand is not None:
        party.errand.answered(switch, turn, party)
    waiting = [] if party.is_observer else _waiting(call)
    joins_conference = not party.announced
    party.announced = True
    for one in (party, *waiting):
        one.step(PartyInput.CONNECT)
        one.established_at = turn.now
    call.touch()
    for one in (party, *waiting):
        tell(
            turn,
            PartyEstablished,
            one,
            None,
            side=one.side(call.other(one)),
            call_state=one.answer_state,
            because=because if one is party else None,
        )
    if party.on_answer is not None:
        party.on_answer(turn, party)
        party.on_answer = None
    if joins_conference:
        announce_joined(turn, party)
    for one in (party, *waiting):
        if one is party or one.device is None:
            remind_to_hang_up(switch, turn.now, one)


def _waiting(call: Call) -> list[Party]:
    """Those who dialed and wait for an answer."""
    return [party for party in call.parties if party.state is PartyState.Dialing]


def announce_joined(turn: Turn, party: Party) -> None:
    """Tell everybody else that the party was added (BEHAVIOUR.md 1.9, 1.10)."""
    third = None
    if party.invited_by is not None:
        third = ThirdParty(dn=party.invited_by, role=DnRole.RoleAddedBy)
    for one in party.call.parties:
        if one is not party:
            tell(
                turn,
                PartyAdded,
                one,
                None,
                side=added_side(one, party),
                call_state=CallState.Conferenced,
                third=third,
            )


def added_side(party: Party, new: Party) -> Side:
    """How a party sees the one that was added."""
    return Side(
        dn=party.dn,
        role=party.role,
        outside=party.device is None,
        other_dn=new.dn,
        other_role=DnRole.RoleNewParty,
        queue=party.queue,
    )


def far_answer(switch: Switch, command: FarAnswer, turn: Turn) -> None:
    """The party outside that is being called answers."""
    parties = switch.find_call(command.conn_id).parties
    far = next((p for p in parties if p.trunk and p.state is PartyState.Alerting), None)
    if far is None:
        raise RequestRefused(Reason.INCORRECT_STATE, "nobody outside is being called")
    answer(switch, turn, far, None)


def pick_up(switch: Switch, reminder: PickUp, turn: Turn) -> None:
    """Answer, or decline, if that ringing still goes on and the phone is still to do so."""
    party = reminder.party
    if not party.rings_since(reminder.since) or not still_so(party, reminder.options):
        return
    if reminder.options.reject:
        release(switch, turn, party, None)
    else:
        answer(switch, turn, party, None)


def hold_call(switch: Switch, command: HoldCall, turn: Turn) -> None:
    """The held side is not told (BEHAVIOUR.md 1.6)."""
    party = switch.find_party(command.conn_id, command.dn)
    party.step(PartyInput.HOLD)
    tell(turn, PartyHeld, party, party.call.other(party), because=command.because)


def retrieve_call(switch: Switch, command: RetrieveCall, turn: Turn) -> None:
    party = switch.find_party(command.conn_id, command.dn)
    party.step(PartyInput.RETRIEVE)
    tell(turn, PartyRetrieved, party, party.call.other(party), because=command.because)


def send_dtmf(switch: Switch, command: SendDtmf, turn: Turn) -> None:
    party = switch.find_party(command.conn_id, command.dn)
    if not command.digits or not set(command.digits) <= DTMF_LETTERS:
        raise RequestRefused(Reason.INVALID_DTMF, f"digits {command.digits!r}")
    if party.state is not PartyState.Connected:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{command.dn} is not talking")
    turn.publish(
        DtmfSent(
            call=party.call.view(),
            side=party.side(party.call.other(party)),
            because=command.because,
            digits=command.digits,
        )
    )


def change_user_data(switch: Switch, command: ChangeUserData, turn: Turn) -> None:
    """Attach, update, delete a pair or all (BEHAVIOUR.md 4); everybody on the call is told."""
    call = switch.find_call(command.conn_id)
    if command.dn is not None:
        _check_may_change(switch, call, command.dn)
    data = userdata.changed(call.user_data, command, switch.options)
    joint = None if call.joint_with is None else switch.calls.get(call.joint_with)
    for one in (call,) if joint is None else (call, joint):
        one.user_data = data
        one.touch()
        turn.publish(
            UserDataChanged(call=one.view(), changed_by=command.dn, because=command.because)
        )


def _check_may_change(switch: Switch, call: Call, dn: Dn) -> None:
    if call.party_at(dn) is None and not switch.options.userdata_any_dn:
        raise RequestRefused(Reason.NOT_ON_CALL, f"{dn} is not on that call")


def set_phone_busy(switch: Switch, command: SetPhoneBusy, turn: Turn) -> None:
    """A phone stops or starts taking calls; no event tells of it."""
    device = switch.device(command.dn)
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{command.dn} is not configured")
    device.phone_busy = command.busy
