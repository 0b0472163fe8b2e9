"""How parties leave and calls end: release, abandon, refusal, failure (BEHAVIOUR.md 1.2-1.5, 1.11)."""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import EMPTY_KVLIST, CallState, Dn, DnRole, KVList, PartyState
from tlibsim.switch.call import Call, Party
from tlibsim.switch.commands import Because, FarRelease
from tlibsim.switch.facts import (
    PartyAbandoned,
    PartyDeleted,
    PartyDestinationBusy,
    PartyReleased,
    RequestFailed,
    Side,
    ThirdParty,
)
from tlibsim.switch.phones import HangUp, still_so
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED, UNANSWERED, PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later, tell

RELEASING_PARTY = "ReleasingParty"


class Releasing(Enum):
    """Who ended it, as the extension ReleasingParty says (BEHAVIOUR.md 1.2)."""

    LOCAL = "1 Local"
    REMOTE = "2 Remote"
    UNKNOWN = "3 Unknown"


_TWO = 2


@dataclass(frozen=True, slots=True)
class ClearFailed:
    """Reminder: ``busy-release-delay`` is over."""

    caller: Party


def far_release(switch: Switch, command: FarRelease, turn: Turn) -> None:
    """The party outside hangs up, gives up, or refuses."""
    far = switch.find_call(command.conn_id).outside()
    if far is None:
        raise RequestRefused(Reason.INCORRECT_STATE, "nobody outside is on that call")
    release(switch, turn, far, None)


def hang_up(switch: Switch, reminder: HangUp, turn: Turn) -> None:
    """Leave the call, if the party is still in it and is still to do so."""
    party = reminder.party
    if party in party.call.parties and still_so(party, reminder.options):
        release(switch, turn, party, None)


def release(switch: Switch, turn: Turn, party: Party, because: Because | None) -> None:
    """Take ``party`` out of its call, and with it the call when nobody else can stay."""
    if party.is_observer:
        _leave_observing(turn, party, because)
        return
    others = [p for p in party.call.members() if p is not party]
    known = [p for p in others if p.announced]
    if not others:
        clear_failed(switch, turn, party, releasing(switch, because, Releasing.LOCAL))
    elif party.state in UNANSWERED:
        refuse(switch, turn, party, because)
    elif all(other.state in UNANSWERED for other in others):
        _abandon(switch, turn, party, others, because)
    elif len(known) >= _TWO:
        leave_conference(switch, turn, party, because)
    else:
        _part(switch, turn, party, known[0], because)


def refuse(
    switch: Switch,
    turn: Turn,
    party: Party,
    because: Because | None,
    *,
    why: CallState = CallState.Busy,
    call_state: CallState = CallState.Ok,
) -> None:
    """A party that rings does not take the call; ``why`` is what whoever waits for it hears.

    ``call_state`` is that of its own EventReleased.
    """
    call = party.call
    others = [p for p in call.members() if p is not party]
    if len(others) >= _TWO and (party.errand is None):
        leave_conference(switch, turn, party, because)
        return
    side = party.side(call.other(party))
    who = Releasing.UNKNOWN if why is CallState.NoAnswer else Releasing.LOCAL
    leave(party)
    tell(
        turn,
        PartyReleased,
        party,
        None,
        side=side,
        call_state=call_state,
        because=releasing(switch, because, who),
    )
    if party.errand is not None and party.errand.left(switch, turn, party, why):
        return
    fail(switch, turn, others[0], why)


def _part(
    switch: Switch, turn: Turn, party: Party, other: Party, because: Because | None
) -> None:
    """One of two connected parties leaves; whoever is being asked in rings no more."""
    call = party.call
    invited = [(one, one.side(party)) for one in call.members() if not one.announced]
    leave(party)
    leave(other)
    for one, _ in invited:
        leave(one)
    tell(turn, PartyReleased, party, other, because=releasing(switch, because, Releasing.LOCAL))
    state = CallState.Ok
    if party.device is None and switch.options.remote_release_state:
        state = CallState.RemoteRelease
    tell(
        turn,
        PartyReleased,
        other,
        party,
        call_state=state,
        because=releasing(switch, None, Releasing.REMOTE),
    )
    for one, side in invited:
        tell(turn, PartyAbandoned, one, None, side=side)
    dismiss_observers(turn, call, party, other)
    switch.end_call(turn, call)


def _abandon(
    switch: Switch, turn: Turn, caller: Party, others: list[Party], because: Because | None
) -> None:
    """The only one who was connected, or dialing, gives up."""
    call = caller.call
    caller_side = caller.side(call.other(caller))
    sides = [(other, other.side(caller)) for other in others]
    leave(caller)
    for other in others:
        leave(other)
    tell(
        turn,
        PartyReleased,
        caller,
        None,
        side=caller_side,
        because=releasing(switch, because, Releasing.LOCAL),
    )
    for other, side in sides:
        tell(turn, PartyAbandoned, other, None, side=side)
    dismiss_observers(turn, call, caller, *others)
    switch.end_call(turn, call)


def leave(party: Party) -> None:
    """Take the party out of its call; whoever calls this tells of it."""
    party.step(PartyInput.RELEASE)
    party.call.leave(party)


# -- conferences -------------------------------------------------------------------------------


def leave_conference(
    switch: Switch,
    turn: Turn,
    party: Party,
    because: Because | None,
    *,
    removed_by: Party | None = None,
    removed_because: Because | None = None,
) -> None:
    """One of three or more leaves, or ``removed_by`` removes it (BEHAVIOUR.md 1.11)."""
    call = party.call
    other = call.other(party)
    side = party.side(other)
    leave(party)
    tell(turn, PartyReleased, party, None, side=side, because=because)
    _tell_gone(switch, turn, call, party, removed_by, removed_because)


def _tell_gone(
    switch: Switch,
    turn: Turn,
    call: Call,
    party: Party,
    removed_by: Party | None = None,
    removed_because: Because | None = None,
) -> None:
    """Tell those who stay of one who has left, or who asked it in that it will not come."""
    if not party.announced:
        _invitation_failed(switch, turn, call, party)
        return
    remover = removed_by or party
    state = CallState.Conferenced if len(call.present()) > _TWO else CallState.Ok
    third = ThirdParty(dn=remover.dn, role=DnRole.RoleDeletedBy)
    for remaining in [one for one in call.parties if one.announced]:
        tell(
            turn,
            PartyDeleted,
            remaining,
            None,
            side=deleted_side(remaining, party),
            call_state=state,
            third=third,
            because=removed_because if remaining is removed_by else None,
        )
    _restore_two(switch, turn, call)


def deleted_side(party: Party, gone: Party) -> Side:
    """How a remaining party sees the one that left."""
    return Side(
        dn=party.dn,
        role=party.role,
        outside=party.device is None,
        other_dn=gone.dn,
        other_role=DnRole.RoleDeletedParty,
        queue=party.queue,
    )


def _invitation_failed(switch: Switch, turn: Turn, call: Call, party: Party) -> None:
    """Somebody who was asked into a conference did not come (BEHAVIOUR.md 1.10).

    Without ``ssc-report-failure`` whoever asked gets an answer too, which says nothing
    (NOTES.md 37).
    """
    if party.invited_by is not None:
        reported = switch.options.ssc_report_failure
        turn.publish(
            RequestFailed(
                dn=party.invited_by,
                conn_id=call.conn_id,
                reason=Reason.DN_NO_ANSWER if reported else None,
                detail=f"{party.dn} did not answer",
            )
        )


def _restore_two(switch: Switch, turn: Turn, call: Call) -> None:
    """What being fewer means: two are not muted, one is released, outsiders alone are dropped."""
    members = call.present()
    if len(members) == _TWO:
        for party in members:
            party.muted = party.deaf = False
            call.touch()
    alone = len(members) == 1
    only_outside = all(party.device is None for party in members)
    if alone or (only_outside and switch.options.drop_external_only):
        drop(switch, turn, call)


def give_up(switch: Switch, turn: Turn, party: Party, *, told: bool = True) -> None:
    """A party that waits in vain leaves, and the call with it, unless others talk without it.

    ``told``: its DN hears of it (EventAbandoned).
    """
    call = party.call
    side = party.side(call.other(party))
    talk = _others_talk(call, party)
    if talk or not told:
        leave(party)
    if not talk:
        drop(switch, turn, call)
        return
    if told:
        tell(turn, PartyAbandoned, party, None, side=side)
    _tell_gone(switch, turn, call, party)


def go_on_without(switch: Switch, turn: Turn, party: Party) -> None:
    """The party has left and was told: the call ends, unless others talk in it."""
    call = party.call
    if _others_talk(call, party):
        _tell_gone(switch, turn, call, party)
    else:
        drop(switch, turn, call)


def _others_talk(call: Call, party: Party) -> bool:
    others = (one for one in call.present() if one is not party)
    return sum(one.state in ESTABLISHED for one in others) >= _TWO


def drop(switch: Switch, turn: Turn, call: Call) -> None:
    """Release everybody who is left, and end the call."""
    parties = tuple(call.parties)
    sides = {party: party.side(call.other(party)) for party in parties}
    for party in parties:
        ringing = party.state in UNANSWERED
        leave(party)
        kind = PartyAbandoned if ringing else PartyReleased
        tell(turn, kind, party, None, side=sides[party])
    switch.end_call(turn, call)


def releasing(switch: Switch, because: Because | None, who: Releasing) -> Because | None:
    """Add the ReleasingParty extension when the option asks for it (BEHAVIOUR.md 1.2)."""
    if not switch.options.releasing_party_report:
        return because
    reasons = None if because is None else because.reasons
    extensions = None if because is None else because.extensions
    report = KVList(((RELEASING_PARTY, who.value),))
    return Because(reasons=reasons, extensions=(extensions or EMPTY_KVLIST).updated(report))


# -- observers ---------------------------------------------------------------------------------


def _leave_observing(turn: Turn, party: Party, because: Because | None) -> None:
    """A supervisor leaves, or refuses to come; only the supervised party is told (1.18)."""
    dismiss_observer(turn, party, because)
    tell_observer_gone(turn, party)


def dismiss_observer(turn: Turn, party: Party, because: Because | None) -> None:
    """Take a supervisor out of the call; the other side is who talks to its agent."""
    _dismiss(turn, party, party.call.other(party), because)


def _dismiss(turn: Turn, party: Party, other: Party | None, because: Because | None) -> None:
    side = party.side(other)
    leave(party)
    tell(turn, PartyReleased, party, None, side=side, because=because)


def stop_observing(turn: Turn, call: Call, dn: Dn) -> None:
    """The DN comes into the call as a member, and so observes it no longer."""
    for observer in call.observers():
        if observer.dn == dn:
            dismiss_observer(turn, observer, None)


def tell_observer_gone(turn: Turn, party: Party) -> None:
    """The supervised party was told of its supervisor, and is told that there is none."""
    call = party.call
    agent = None if party.watch is None else call.party_at(party.watch.agent)
    if agent is None:
        return
    tell(
        turn,
        PartyDeleted,
        agent,
        None,
        side=deleted_side(agent, party),
        call_state=CallState.Conferenced if len(call.present()) > _TWO else CallState.Ok,
        third=ThirdParty(dn=party.dn, role=DnRole.RoleDeletedBy),
    )


def dismiss_observers(turn: Turn, call: Call, gone: Party, *others: Party) -> None:
    """The call is over, ``gone`` having left the others: an observer does not keep it alive.

    One whose agent hung up sees first that it went (BEHAVIOUR.md 1.18).
    """
    for observer in call.observers():
        agent = "" if observer.watch is None else observer.watch.agent
        far = next((party for party in (gone, *others) if party.dn != agent), None)
        if observer.state in UNANSWERED:
            side = observer.side(far)
            leave(observer)
            tell(turn, PartyAbandoned, observer, None, side=side)
            continue
        if gone.dn == agent:
            third = ThirdParty(dn=gone.dn, role=DnRole.RoleDeletedBy)
            side = deleted_side(observer, gone)
            tell(turn, PartyDeleted, observer, None, side=side, third=third)
        _dismiss(turn, observer, far, None)


# -- failure -----------------------------------------------------------------------------------

UNHEARD = frozenset({CallState.QueueFull})
"""Failures that only EventReleased tells of (BEHAVIOUR.md 1.13)."""


def fail(switch: Switch, turn: Turn, caller: Party, why: CallState) -> None:
    """The destination cannot be had: tell the caller, and clear the call now or a little later."""
    call = caller.call
    call.failure = why
    if caller.state is not PartyState.Dialing or why in UNHEARD:
        clear_failed(switch, turn, caller, releasing(switch, None, Releasing.UNKNOWN))
        return
    caller.step(PartyInput.FAIL)
    tell(turn, PartyDestinationBusy, caller, None, call_state=why)
    delay = switch.options.busy_release_delay
    if delay and caller.device is not None:
        switch.remind(later(turn, delay), ClearFailed(caller))
        return
    clear_failed(switch, turn, caller, releasing(switch, None, Releasing.UNKNOWN))


def clear_failed(switch: Switch, turn: Turn, caller: Party, because: Because | None) -> None:
    """The last party of a call leaves it."""
    call = caller.call
    leave(caller)
    tell(turn, PartyReleased, caller, None, call_state=call.failure, because=because)
    dismiss_observers(turn, call, caller)
    switch.end_call(turn, call)


def clear_after_delay(switch: Switch, reminder: ClearFailed, turn: Turn) -> None:
    """Clear a failed call that its caller has not cleared."""
    caller = reminder.caller
    if caller.call.members() == [caller] and caller.state is PartyState.Busy:
        clear_failed(switch, turn, caller, releasing(switch, None, Releasing.UNKNOWN))
