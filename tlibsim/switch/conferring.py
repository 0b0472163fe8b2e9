"""In a conference: remove a party, mute, cut off from listening; end a call (BEHAVIOUR.md 1.11-1.19)."""

from tlibproto.vocabulary import CallState, DnRole, PartyState
from tlibsim.switch.call import TWO_PARTIES, Call, Party
from tlibsim.switch.clearing import leave, leave_conference
from tlibsim.switch.commands import ClearCall, DeleteFromConference, SetListening, SetMute
from tlibsim.switch.facts import (
    ListenDisconnected,
    ListenReconnected,
    MonitorModeChanged,
    PartyAbandoned,
    PartyMuted,
    PartyReleased,
    PartyUnmuted,
    ThirdParty,
)
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED, UNANSWERED
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import tell
from tlibsim.switch.watch import SILENT, MonitorMode, Watch


def _member(call: Call, number: str) -> Party:
    """Anybody on the call, outside or inside; raises RequestRefused(NOT_ON_CALL)."""
    for party in call.members():
        if party.dn == number:
            return party
    raise RequestRefused(Reason.NOT_ON_CALL, f"{number or 'OtherDN'} is not on that call")


def _check_conference(call: Call) -> None:
    if not call.is_conference:
        raise RequestRefused(Reason.INCORRECT_STATE, "the call is no conference")


def delete_from_conference(switch: Switch, command: DeleteFromConference, turn: Turn) -> None:
    """One party removes another, which may be outside."""
    call = switch.find_call(command.conn_id)
    party = call.party_at(command.dn)
    if party is None or party.state not in ESTABLISHED:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{command.dn} is not in that conference")
    gone = _member(call, command.other)
    if len(call.members()) <= TWO_PARTIES:
        raise RequestRefused(Reason.INCORRECT_STATE, "the call is no conference")
    leave_conference(
        switch, turn, gone, None, removed_by=party, removed_because=command.because
    )


def clear_call(switch: Switch, command: ClearCall, turn: Turn) -> None:
    """Release everybody, the asking DN first."""
    party = switch.find_party(command.conn_id, command.dn)
    call = party.call
    parties = [party, *(one for one in call.parties if one is not party)]
    sides = {one: one.side(call.other(one)) for one in parties}
    cleared = switch.options.clear_callstate == "cleared"
    for one in parties:
        alerting = one.state in UNANSWERED and one is not party
        leave(one)
        tell(
            turn,
            PartyAbandoned if alerting else PartyReleased,
            one,
            None,
            side=sides[one],
            call_state=CallState.Cleared if cleared and one is not party else CallState.Ok,
            because=command.because if one is party else None,
        )
    switch.end_call(turn, call)


def set_mute(switch: Switch, command: SetMute, turn: Turn) -> None:
    """A party of a conference is heard no more, or again (BEHAVIOUR.md 1.19)."""
    party = _talking_party(switch, command)
    call = party.call
    may = call.is_conference or party.is_observer or switch.options.sip_enable_two_party_mute
    if not may:
        raise RequestRefused(Reason.INCORRECT_STATE, "the call is no conference")
    mode = _mode_after(command) if party.is_observer else None
    same = party.muted == command.muted and mode is party.mode
    if same and switch.options.same_state == "error":
        raise RequestRefused(Reason.SAME_STATE, f"{command.dn} is so already")
    party.muted = command.muted
    call.touch()
    kind = PartyMuted if command.muted else PartyUnmuted
    tell(turn, kind, party, None, side=party.side(call.other(party)), because=command.because)
    if mode is not None and party.watch is not None:
        _change_mode(switch, turn, party, party.watch, mode)


def _mode_after(command: SetMute) -> MonitorMode:
    """What a supervisor may do after the request (BEHAVIOUR.md 1.18)."""
    if command.mode is MonitorMode.COACH:
        return MonitorMode.COACH
    return MonitorMode.MUTE if command.muted else MonitorMode.CONNECT


def _change_mode(
    switch: Switch, turn: Turn, party: Party, watch: Watch, mode: MonitorMode
) -> None:
    """A coach is heard by the agent only, whichever request made it one."""
    party.mode = mode
    party.muted = mode in SILENT
    party.call.touch()
    if switch.options.sip_enable_call_info:
        turn.publish(
            MonitorModeChanged(
                call=party.call.view(), supervisor=party.dn, agent=watch.agent, mode=mode
            )
        )


def _talking_party(switch: Switch, command: SetMute) -> Party:
    """Without a ConnID, the DN's call that is connected."""
    if command.conn_id is not None:
        party = switch.find_party(command.conn_id, command.dn)
        if party.state not in ESTABLISHED:
            raise RequestRefused(Reason.INCORRECT_STATE, f"{command.dn} is not talking")
        return party
    device = switch.device(command.dn)
    for party in () if device is None else device.parties:
        if party.state is PartyState.Connected:
            return party
    raise RequestRefused(Reason.NO_ACTIVE_CALL, f"{command.dn} is not talking")


def set_listening(switch: Switch, command: SetListening, turn: Turn) -> None:
    """Somebody else is cut off from a conference, or let in again (BEHAVIOUR.md 1.19)."""
    party = switch.find_party(command.conn_id, command.dn)
    call = party.call
    _check_conference(call)
    target = _member(call, command.other)
    if target.deaf is not command.listening and switch.options.same_state == "error":
        raise RequestRefused(Reason.SAME_STATE, f"{command.other} is so already")
    target.deaf = not command.listening
    kind = ListenReconnected if command.listening else ListenDisconnected
    third = ThirdParty(dn=command.dn, role=DnRole.RoleUnknown)
    for one in call.parties:
        other = target if one is not target else party
        tell(
            turn,
            kind,
            one,
            other,
            call_state=CallState.Ok if command.listening else CallState.Held,
            third=third,
            because=command.because if one is party else None,
        )
