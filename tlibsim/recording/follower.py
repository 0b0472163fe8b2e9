"""What happens to calls, and what that means for recording (RECORDING.md 3.1, 3.2, 3.5, 5, 7)."""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto.vocabulary import CallState, CallType, ConnId, DnRole, PartyState
from tlibsim.recording.afterwards import Afterwards
from tlibsim.recording.beginning import Beginner
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.notes import Notebook
from tlibsim.recording.policy import first_of, key_of, talking
from tlibsim.recording.profiles import Leaving, Profile
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import CallRecording, PauseReason, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.turn import Turn
from tlibsim.switch.facts import (
    CallEnded,
    CallFact,
    CallLinked,
    CallView,
    PartyChanged,
    PartyEstablished,
    PartyFact,
    PartyHeld,
    PartyReleased,
    PartyRetrieved,
    RouteRequested,
    WentOutOfService,
)

_UNANSWERED = frozenset({PartyState.Alerting, PartyState.Queued, PartyState.Dialing})


class Follower:
    """Acts on facts of the switch; most are of no interest."""

    def __init__(
        self,
        rules: RulesInForce,
        *,
        calls: CallsView,
        ledger: Ledger,
        profile: Profile,
        notebook: Notebook,
        beginner: Beginner,
        afterwards: Afterwards,
    ) -> None:
        self._rules = rules
        self._calls = calls
        self._ledger = ledger
        self._profile = profile
        self._notebook = notebook
        self._beginner = beginner
        self._afterwards = afterwards
        self._dialogs: dict[ConnId, ConnId] = {}
        """Consultations that a session of another call hears as well."""

    def notice(self, turn: Turn, fact: object) -> None:
        """Act on one fact."""
        if isinstance(fact, CallFact):
            recording = self._ledger.recording(fact.call.conn_id)
            if recording is not None:
                recording.call = fact.call
        function = NOTICES.get(type(fact))
        if function is not None:
            function(self, turn, fact)
        elif isinstance(fact, PartyFact):
            self._follow_fact(turn, fact)

    def concerns(self, fact: object) -> bool:
        """Whether a fact may matter; most do not: their call has no recording."""
        if type(fact) in NOTICES:
            return True
        if not isinstance(fact, PartyFact):
            return isinstance(fact, CallFact) and self._knows(fact.call.conn_id)
        return self._knows(fact.call.conn_id)

    def _knows(self, conn_id: ConnId) -> bool:
        return self._ledger.recording(conn_id) is not None or conn_id in self._dialogs

    # -- joining -----------------------------------------------------------------------------

    def _route_requested(self, turn: Turn, fact: RouteRequested) -> None:
        self._notebook.enters(fact)
        self._follow_fact(turn, fact)

    def _established(self, turn: Turn, fact: PartyEstablished) -> None:
        self._hear_consultation(fact.call)
        self._follow_fact(turn, fact)
        self._beginner.connected(turn, fact)

    def _changed(self, turn: Turn, fact: PartyChanged) -> None:
        """Whoever came from another call is connected here now, as if it had answered."""
        self._follow_fact(turn, fact)
        if fact.previous_conn_id not in {None, fact.call.conn_id}:
            self._beginner.moved(turn, fact)

    def _hear_consultation(self, call: CallView) -> None:
        """Option ``dual-dialog-enabled`` false: the agent has one dialog for both calls."""
        main = call.previous_conn_id
        recording = None if main is None else self._ledger.recording(main)
        if call.call_type is not CallType.Consult or recording is None or main is None:
            return
        if self._rules.value.record_consult_calls:
            return
        for session in recording.sessions:
            options = self._calls.place(session.record[0])
            asks = any(
                key_of(one) == session.record and one.role is DnRole.RoleOrigination
                for one in call.parties
            )
            if asks and options is not None and not options.dual_dialog_enabled:
                session.single_dialog = call.conn_id
                self._dialogs[call.conn_id] = main

    # -- while it lasts ----------------------------------------------------------------------

    def _held(self, turn: Turn, fact: PartyHeld) -> None:
        """Option ``record-moh``: a call on hold is not recorded (RECORDING.md 5)."""
        recording = self._ledger.recording(fact.call.conn_id)
        if recording is not None and self._profile.pauses_on_hold:
            self._pause(turn, recording)
        self._follow_fact(turn, fact)

    def _retrieved(self, turn: Turn, fact: PartyRetrieved) -> None:
        """The first retrieve resumes, whoever else may hold the call."""
        recording = self._ledger.recording(fact.call.conn_id)
        if recording is not None:
            self._resume(turn, recording)
        self._follow_fact(turn, fact)

    def _pause(self, turn: Turn, recording: CallRecording) -> None:
        for session in tuple(recording.sessions):
            session.reasons.add(PauseReason.HOLD)
            self._ledger.settle_pause(turn, session)

    def _resume(self, turn: Turn, recording: CallRecording) -> None:
        for session in tuple(recording.sessions):
            if PauseReason.HOLD in session.reasons:
                session.reasons.discard(PauseReason.HOLD)
                self._ledger.settle_pause(turn, session)

    def _follow_fact(self, turn: Turn, fact: PartyFact) -> None:
        """Let the sessions follow who is on the call (RECORDING.md 7, rules R1 and R2)."""
        main = self._dialogs.get(fact.call.conn_id)
        if main is not None:
            self._hear(turn, main)
        call = fact.call
        recording = self._ledger.recording(call.conn_id)
        if recording is None or self._calls.call(call.conn_id) is None:
            return
        recording.quiet &= {key_of(party) for party in call.parties}
        leaving = _leaving(fact)
        recording.transferred |= leaving.transferred
        for session in tuple(recording.sessions):
            self._follow(turn, session, call, leaving)
        self._mind_hold(turn, recording, call, leaving)

    def _hear(self, turn: Turn, main: ConnId) -> None:
        """The agent turned from the call to the consultation, or back."""
        call = self._calls.call(main)
        for session in self._ledger.running(main) if call is not None else ():
            self._ledger.revise(turn, session, call)  # type: ignore[arg-type]

    def _follow(self, turn: Turn, session: Session, call: CallView, leaving: Leaving) -> None:
        if session.awaited is not None:
            self._await(turn, session, call)
        elif self._profile.stays(session, call):
            self._ledger.revise(turn, session, call)
        elif session.hidden:
            self._part_hidden(turn, session, call, leaving)
        else:
            self._part(turn, session, call, leaving)

    def _part(self, turn: Turn, session: Session, call: CallView, leaving: Leaving) -> None:
        """The recorded party has left."""
        fate = self._profile.fate(session, call, leaving, self._set_for_recording(call))
        if fate.target is not None:
            self._ledger.hand_over(turn, session, call, fate.target)
        elif fate.waits:
            session.awaited = frozenset(key_of(party) for party in talking(call))
            self._ledger.revise(turn, session, call)
        else:
            self._ledger.end(turn, session, SessionInput.PARTY_LEFT, fate.cause)
            if fate.then is not None:
                self._beginner.full_time(turn, call, fate.then)

    def _part_hidden(
        self, turn: Turn, session: Session, call: CallView, leaving: Leaving
    ) -> None:
        """A pre-recording goes on with whoever inside is left, or comes by a transfer."""
        inside = [party for party in talking(call) if not party.outside]
        target = first_of(inside, call)
        if target is not None:
            self._ledger.hand_over(turn, session, call, target)
        elif leaving.transferred:
            session.awaited = frozenset(key_of(party) for party in talking(call))
            self._ledger.revise(turn, session, call)
        else:
            cause = f"{session.record_dn} has left the call"
            self._ledger.end(turn, session, SessionInput.PARTY_LEFT, cause)

    def _await(self, turn: Turn, session: Session, call: CallView) -> None:
        """The call was sent on; go on with whoever answers, if that one is to be recorded."""
        known = session.awaited or frozenset()
        new = [party for party in talking(call) if key_of(party) not in known]
        keep = session.hidden or self._rules.value.termination_side_transfer == "keep"
        is_set = self._set_for_recording(call)
        target = first_of([party for party in new if keep or is_set(party)], call)
        if target is not None:
            self._ledger.hand_over(turn, session, call, target)
        elif new or not any(party.state in _UNANSWERED for party in call.parties):
            cause = f"{session.record_dn} has left the call"
            self._ledger.end(turn, session, SessionInput.PARTY_LEFT, cause)

    def _set_for_recording(self, call: CallView) -> Callable[[Any], bool]:
        recording = self._ledger.recording(call.conn_id)
        quiet = frozenset() if recording is None else recording.quiet
        note = self._notebook.of(call.conn_id)
        entered = frozenset() if note is None else frozenset(note.entered)
        return lambda party: key_of(party) not in quiet and self._profile.is_set(party, entered)

    def _mind_hold(
        self, turn: Turn, recording: CallRecording, call: CallView, leaving: Leaving
    ) -> None:
        """A transfer that was begun pauses as a hold does, and its completion resumes."""
        parties = talking(call)
        alone = len(parties) < 2
        if leaving.transferred and alone:
            if self._profile.pauses_on_hold:
                self._pause(turn, recording)
        elif not alone and all(party.state is not PartyState.Held for party in parties):
            self._resume(turn, recording)

    def _linked(self, turn: Turn, fact: CallLinked) -> None:
        """A transfer by REFER takes the switch out of the path (RECORDING.md 7)."""
        recording = self._ledger.recording(fact.call.conn_id)
        if recording is None or not self._rules.value.oosp_transfer_enabled:
            return
        for session in tuple(recording.sessions) if recording.transferred else ():
            cause = "the call was transferred to another site by REFER"
            self._ledger.end(turn, session, SessionInput.PARTY_LEFT, cause)

    # -- ending ------------------------------------------------------------------------------

    def _call_ended(self, turn: Turn, fact: CallEnded) -> None:
        conn_id = fact.call.conn_id
        self._end_dialog(turn, conn_id)
        recording = self._ledger.recording(conn_id)
        for session in () if recording is None else tuple(recording.sessions):
            self._end_with_call(turn, session, fact.merged_into)
        if fact.merged_into is not None:
            if not self._rules.value.record_after_merge:
                self._end_at_merge(turn, fact.merged_into)
            self._ledger.agree_after_merge(turn, fact.merged_into)
        self._notebook.forget(conn_id)
        self._ledger.forget_call(turn, conn_id)

    def _end_dialog(self, turn: Turn, consult: ConnId) -> None:
        main = self._dialogs.pop(consult, None)
        for session in self._ledger.running(main) if main is not None else ():
            session.single_dialog = None
        if main is not None:
            self._hear(turn, main)

    def _end_with_call(
        self, turn: Turn, session: Session, merged_into: CallView | None
    ) -> None:
        if merged_into is not None and self._moves(session, merged_into):
            self._make_room(turn, merged_into)
            self._ledger.move_to(turn, session, merged_into)
            return
        self._ledger.end(turn, session, SessionInput.CALL_ENDED, "the call has ended")
        if session.hidden:
            self._afterwards.keep(session, turn.now)

    def _make_room(self, turn: Turn, call: CallView) -> None:
        """A pre-recording gives way to what comes from the other call."""
        recording = self._ledger.recording(call.conn_id)
        hidden = None if recording is None else recording.hidden
        if hidden is not None:
            cause = "another recording came with the merge"
            self._ledger.end(turn, hidden, SessionInput.CALL_ENDED, cause)

    def _moves(self, session: Session, call: CallView) -> bool:
        """Rule R1 across a merge: the session goes where its party goes."""
        there = any(key_of(party) == session.record for party in talking(call))
        free = not self._ledger.running(call.conn_id) or self._profile.may_have_another()
        ready = session.state is not SessionState.STARTING
        return there and free and ready and self._rules.value.record_after_merge

    def _end_at_merge(self, turn: Turn, call: CallView) -> None:
        """Option ``record-after-merge`` false: what was recorded before, is no longer."""
        for session in self._ledger.running(call.conn_id):
            if session.requested_at == turn.now:
                continue
            self._ledger.keep_quiet(session)
            step = (
                SessionInput.CALL_ENDED
                if session.state is SessionState.STARTING
                else SessionInput.STOP
            )
            cause = "the calls were merged (record-after-merge=false)"
            self._ledger.end(turn, session, step, cause)

    def _service_lost(self, turn: Turn, fact: WentOutOfService) -> None:
        """A media service that goes out of service takes its sessions along."""
        for session in self._ledger.all_live():
            at_it = session.mcp.partition("/")[0] == fact.dn
            if at_it and session.state in {SessionState.ACTIVE, SessionState.PAUSED}:
                self._ledger.lose_media(turn, session, f"{fact.dn} is out of service")
                self._ledger.reestablish(turn, session)


def _leaving(fact: PartyFact) -> Leaving:
    transferred = type(fact) is PartyReleased and fact.call_state is CallState.Transferred
    to = fact.third.dn if transferred and fact.third is not None else ""
    return Leaving(transferred=transferred, to=to)


NOTICES: Mapping[type, Callable[[Follower, Turn, Any], None]] = {
    RouteRequested: Follower._route_requested,
    PartyEstablished: Follower._established,
    PartyChanged: Follower._changed,
    PartyHeld: Follower._held,
    PartyRetrieved: Follower._retrieved,
    CallLinked: Follower._linked,
    CallEnded: Follower._call_ended,
    WentOutOfService: Follower._service_lost,
}
"""Facts with a rule of their own; after any other about a party only the people count."""
