"""How calls end: release, abandon, refusal, failure (BEHAVIOUR.md 1.2, 1.3, 1.5)."""

from dataclasses import dataclass

from tlibproto.vocabulary import EMPTY_KVLIST, CallState, ConnId, Dn, KVList, PartyState
from tlibsim.switch.call import Call, Party
from tlibsim.switch.commands import Because, FarRelease, ReleaseCall
from tlibsim.switch.facts import PartyAbandoned, PartyDestinationBusy, PartyReleased
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later, tell

RELEASING_PARTY = "ReleasingParty"


@dataclass(frozen=True, slots=True)
class ClearFailed:
    """Reminder: ``busy-release-delay`` is over."""

    conn_id: ConnId


@dataclass(frozen=True, slots=True)
class HangUp:
    """Reminder: the party hangs up by itself (option ``talk-time``)."""

    conn_id: ConnId
    dn: Dn


def release_call(switch: Switch, command: ReleaseCall, turn: Turn) -> None:
    """A party of the switch hangs up, gives up, or refuses the call that rings."""
    party = switch.find_party(command.conn_id, command.dn)
    release(switch, turn, party, command.because)


def far_release(switch: Switch, command: FarRelease, turn: Turn) -> None:
    """The party outside hangs up, gives up, or refuses."""
    far = switch.find_call(command.conn_id).outside()
    if far is None:
        raise RequestRefused(Reason.INCORRECT_STATE, "nobody outside is on that call")
    release(switch, turn, far, None)


def hang_up(switch: Switch, reminder: HangUp, turn: Turn) -> None:
    call = switch.calls.get(reminder.conn_id)
    party = None if call is None else call.party_at(reminder.dn)
    if party is not None:
        release(switch, turn, party, None)


def release(switch: Switch, turn: Turn, party: Party, because: Because | None) -> None:
    """Take ``party`` out of its call, and with it the call when nobody else can stay."""
    other = party.call.other(party)
    if other is None:
        clear_failed(switch, turn, party, because)
    elif party.state is PartyState.Alerting:
        _refuse(switch, turn, party, other, because)
    elif other.state is PartyState.Alerting:
        _abandon(switch, turn, party, other, because)
    else:
        _part(switch, turn, party, other, because)


def _part(
    switch: Switch, turn: Turn, party: Party, other: Party, because: Because | None
) -> None:
    """One of two connected parties leaves."""
    call = party.call
    _leave(call, party)
    _leave(call, other)
    tell(turn, PartyReleased, party, other, because=_releasing(switch, because, local=True))
    from_outside = party.device is None
    state = CallState.Ok
    if from_outside and switch.options.remote_release_state:
        state = CallState.RemoteRelease
    tell(
        turn,
        PartyReleased,
        other,
        party,
        call_state=state,
        because=_releasing(switch, None, local=False),
    )
    switch.end_call(turn, call)


def _abandon(
    switch: Switch, turn: Turn, caller: Party, ringing: Party, because: Because | None
) -> None:
    """The caller gives up while the other side rings."""
    call = caller.call
    _leave(call, caller)
    _leave(call, ringing)
    tell(turn, PartyReleased, caller, ringing, because=_releasing(switch, because, local=True))
    tell(turn, PartyAbandoned, ringing, caller)
    switch.end_call(turn, call)


def _refuse(
    switch: Switch, turn: Turn, ringing: Party, caller: Party, because: Because | None
) -> None:
    """The side that rings refuses; the caller hears busy."""
    _leave(ringing.call, ringing)
    tell(turn, PartyReleased, ringing, caller, because=_releasing(switch, because, local=True))
    fail(switch, turn, caller, CallState.Busy)


def _leave(call: Call, party: Party) -> None:
    party.step(PartyInput.RELEASE)
    call.leave(party)


def _releasing(switch: Switch, because: Because | None, *, local: bool) -> Because | None:
    """Add the ReleasingParty extension when the option asks for it (BEHAVIOUR.md 1.2)."""
    if not switch.options.releasing_party_report:
        return because
    reasons = None if because is None else because.reasons
    extensions = None if because is None else because.extensions
    value = "1 Local" if local else "2 Remote"
    report = KVList(((RELEASING_PARTY, value),))
    return Because(reasons=reasons, extensions=(extensions or EMPTY_KVLIST).updated(report))


def fail(switch: Switch, turn: Turn, caller: Party, why: CallState) -> None:
    """The destination cannot be had: tell the caller, and clear the call now or a little later."""
    call = caller.call
    call.failure = why
    caller.step(PartyInput.FAIL)
    tell(turn, PartyDestinationBusy, caller, None, call_state=why)
    delay = switch.options.busy_release_delay
    if delay and caller.device is not None:
        switch.remind(later(turn, delay), ClearFailed(call.conn_id))
        return
    clear_failed(switch, turn, caller, None)


def clear_failed(switch: Switch, turn: Turn, caller: Party, because: Because | None) -> None:
    """The last party of a call leaves it."""
    call = caller.call
    _leave(call, caller)
    tell(turn, PartyReleased, caller, None, call_state=call.failure, because=because)
    switch.end_call(turn, call)


def clear_after_delay(switch: Switch, reminder: ClearFailed, turn: Turn) -> None:
    call = switch.calls.get(reminder.conn_id)
    if call is not None and len(call.parties) == 1:
        clear_failed(switch, turn, call.parties[0], None)
