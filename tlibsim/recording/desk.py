"""The recording desk: takes commands, notices what happens to calls, takes reports.

Each of the three returns :class:`Steps`: facts, and commands for the switch.  It opens no file
and reads no clock.  Rules: RECORDING.md 1 to 6, and 7 as far as a party leaves or joins.  Who
is recorded is decided in ``policy``, how a session comes to be in ``opening``, and what happens
to it is carried out in ``ledger``.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tlibsim.ports.media import (
    AudioSource,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    Instant,
    LegChanged,
    LegLost,
    MediaBackend,
    MediaProblem,
    OrderRefused,
    SessionId,
)
from tlibsim.recording.closing import with_last_word
from tlibsim.recording.commands import (
    ControlCommand,
    PauseRecording,
    RecordingCommand,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.extensions import check_subject
from tlibsim.recording.facts import Alarm, Trigger
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.opening import Opener, Wish, utc
from tlibsim.recording.policy import (
    Target,
    full_time_target,
    is_consultation_unrecorded,
    key_of,
    opposite,
    successor,
    talking,
    target_of,
)
from tlibsim.recording.rules import CallsView, RecordingRules
from tlibsim.recording.session import CallRecording, LegState, Order, PauseReason, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.trace import SessionTrace
from tlibsim.recording.turn import NOTHING, Steps, Turn
from tlibsim.switch.facts import (
    CallEnded,
    CallFact,
    CallView,
    PartyAbandoned,
    PartyEstablished,
    PartyFact,
    PartyHeld,
    PartyReleased,
    PartyRetrieved,
    PartyView,
)
from tlibsim.switch.refusals import Reason, RequestRefused

__all__ = ["RecordingDesk", "Steps"]


class RecordingDesk:
    """All recording of one switch."""

    def __init__(
        self,
        rules: RecordingRules,
        *,
        calls: CallsView,
        backend: MediaBackend,
        rng: Random,
        sources: Callable[[PartyView], AudioSource],
        utc_offset: Callable[[Instant], int] = utc,
    ) -> None:
        """``rng`` makes identifiers, ``sources`` says what a party sounds like.

        ``utc_offset`` gives the seconds by which the local time of file names is ahead of UTC.
        """
        self._rules = rules
        self._calls = calls
        opener = Opener(
            rules, rng=rng, sources=sources, utc_offset=utc_offset, video=calls.has_video
        )
        self._ledger = Ledger(rules, calls=calls, backend=backend, opener=opener)

    # -- what others may look at -----------------------------------------------------------

    def traces(self) -> tuple[SessionTrace, ...]:
        """All live sessions and the last ones that are over, in the order of their start."""
        return self._ledger.traces()

    def trace(self, session: SessionId) -> SessionTrace | None:
        """One session, or None when it never was or is forgotten."""
        return self._ledger.trace(session)

    def live_sessions(self) -> int:
        """How many sessions are neither ended nor failed."""
        return self._ledger.live()

    def settled(self) -> bool:
        """Whether the backend has answered every order."""
        return self._ledger.settled()

    # -- the ways in -----------------------------------------------------------------------

    def perform(self, command: Any, now: Instant) -> Steps:
        """Carry out a command of ``recording.commands``.

        Raises RequestRefused, and then nothing has changed.
        """
        turn = Turn(now, command)
        COMMANDS[type(command)](self, turn, command)
        return self._ledger.steps(turn)

    def notice(self, fact: object, now: Instant) -> Steps:
        """Act on what happened to a call.  Any fact may come; most are of no interest."""
        if isinstance(fact, CallFact):
            self._remember(fact.call)
        function = NOTICES.get(type(fact))
        if function is None:
            return NOTHING
        turn = Turn(now)
        function(self, turn, fact)
        return self._ledger.steps(turn)

    def report(self, report: CaptureReport, now: Instant) -> Steps:
        """Take a report of the backend; one about a session it let go of changes nothing."""
        session = self._ledger.with_backend(report.session)
        if session is None:
            return NOTHING
        turn = Turn(now)
        REPORTS[type(report)](self, turn, session, report)
        return self._ledger.steps(turn)

    def ahead_of(self, facts: Sequence[object]) -> Sequence[object]:
        """The facts of one turn of the switch as they are to be published.

        With ``off-on-release`` a recorded call that ends says Off first, in a change of its
        user data, and the facts of its end carry that (RECORDING.md 4).  Otherwise: the same.
        """
        if not self._rules.off_on_release:
            return facts
        return with_last_word(facts, self._ledger.recording, self._rules)

    def _remember(self, call: CallView) -> None:
        recording = self._ledger.recording(call.conn_id)
        if recording is not None:
            recording.call = call

    # -- commands --------------------------------------------------------------------------

    def _start(self, turn: Turn, command: StartRecording) -> None:
        """Check in the order of RECORDING.md 3.3, then open the session."""
        call = check_subject(command.dn, command.conn_id, self._calls)
        target = target_of(call, command.dn, command.side, self._rules)
        if not self._has_service():
            raise RequestRefused(Reason.SERVICE_UNAVAILABLE, "this switch does not record")
        self._check_free(command)
        if is_consultation_unrecorded(call, self._rules):
            raise RequestRefused(Reason.UNSUPPORTED, "consultations are not recorded")
        if not self._has_room():
            limit = self._rules.max_recordings
            raise RequestRefused(Reason.RESOURCE_UNAVAILABLE, f"{limit} recordings are running")
        wish = Wish(
            trigger=Trigger.DYNAMIC,
            side=command.side,
            asked_by=command.dn,
            record_id=command.record_id,
            dest=command.dest,
            dest2=command.dest2,
            params=command.params,
        )
        self._ledger.open(turn, call, target, wish)

    def _has_service(self) -> bool:
        return self._rules.msml_record_support and self._calls.has_media_service()

    def _has_room(self) -> bool:
        limit = self._rules.max_recordings
        return not limit or self._ledger.live() < limit

    def _check_free(self, command: StartRecording) -> None:
        """Busy, start pending, identifier in use: in this order."""
        running = self._ledger.running(command.conn_id)
        if any(session.state is not SessionState.STARTING for session in running):
            self._check_another(command, running)
        if any(session.state is SessionState.STARTING for session in running):
            raise RequestRefused(Reason.REQUEST_IN_PROGRESS, "a recording of the call starts")
        if self._ledger.in_use(command.record_id):
            raise RequestRefused(Reason.SEIZED, f"id {command.record_id!r} is in use")

    def _check_another(self, command: StartRecording, running: Sequence[Session]) -> None:
        """Refuse one more session unless it is allowed and has its own id or destination."""
        if not self._rules.allow_multiple_sessions:
            raise RequestRefused(Reason.RECORDING_BUSY, "the call is being recorded")
        if command.record_id is None and command.dest in {one.dest for one in running}:
            raise RequestRefused(
                Reason.RECORDING_BUSY, "another recording needs an id or dest of its own"
            )

    def _controlled(self, command: ControlCommand) -> tuple[CallView, list[Session]]:
        """Find what a STOP, PAUSE or RESUME is about (RECORDING.md 3.4 and 5)."""
        call = check_subject(command.dn, command.conn_id, self._calls)
        sessions = [
            session
            for session in self._ledger.running(command.conn_id)
            if command.record_id in {None, session.record_id}
        ]
        if not sessions:
            raise RequestRefused(Reason.NO_RECORDING, "the call is not being recorded")
        if any(session.state is SessionState.STARTING for session in sessions):
            raise RequestRefused(Reason.REQUEST_IN_PROGRESS, "the recording starts")
        return call, sessions

    def _stop(self, turn: Turn, command: StopRecording) -> None:
        call, sessions = self._controlled(command)
        for session in sessions:
            session.modify(command.params)
            self._ledger.end(turn, session, SessionInput.STOP, f"stopped by {command.dn}")
            if session.trigger is Trigger.FULL_TIME:
                self._after_full_time(turn, call, session)

    def _after_full_time(self, turn: Turn, call: CallView, stopped: Session) -> None:
        """Option ``fulltime-after-stop``: the party stays unrecorded, or is recorded anew."""
        if self._rules.fulltime_after_stop == "off":
            self._ledger.keep_quiet(stopped)
            return
        parties = talking(call)
        for record in parties:
            if key_of(record) == stopped.record:
                target = Target(record=record, other=opposite(record, parties))
                self._ledger.open(turn, call, target, Wish(trigger=Trigger.FULL_TIME))

    def _pause(self, turn: Turn, command: PauseRecording) -> None:
        _, sessions = self._controlled(command)
        targets = [one for one in sessions if PauseReason.ASKED not in one.reasons]
        self._check_news(targets, "is paused")
        for session in targets:
            session.modify(command.params)
            session.reasons.add(PauseReason.ASKED)
            self._ledger.settle_pause(turn, session)

    def _resume(self, turn: Turn, command: ResumeRecording) -> None:
        """Lift the pause that was asked for; what a hold has paused waits for the retrieve."""
        _, sessions = self._controlled(command)
        targets = [one for one in sessions if one.state is SessionState.PAUSED]
        self._check_news(targets, "is running")
        for session in targets:
            session.modify(command.params)
            session.reasons.discard(PauseReason.ASKED)
            self._ledger.settle_pause(turn, session)

    def _check_news(self, targets: Sequence[Session], state: str) -> None:
        if not targets and not self._rules.idempotent_control:
            raise RequestRefused(Reason.SAME_STATE, f"the recording {state} already")

    # -- what happens to calls -------------------------------------------------------------

    def _party_established(self, turn: Turn, fact: PartyEstablished) -> None:
        recording = self._ledger.recording(fact.call.conn_id)
        if recording is not None and recording.sessions:
            self._follow(turn, fact.call, recording)
        else:
            self._full_time(turn, fact, recording)

    def _full_time(
        self, turn: Turn, fact: PartyEstablished, recording: CallRecording | None
    ) -> None:
        """Record whoever was just connected, if that is configured (RECORDING.md 3.1)."""
        call = fact.call
        quiet = frozenset() if recording is None else recording.quiet
        target = full_time_target(call, fact.side, self._calls.records, quiet, self._rules)
        if target is None:
            return
        if self._has_service() and self._has_room():
            self._ledger.open(turn, call, target, Wish(trigger=Trigger.FULL_TIME))
        else:
            detail = f"{target.record_dn} is not recorded: no media service or no free port"
            self._ledger.raise_alarm(turn, Alarm.RECORDING_FAILED, call.conn_id, detail)

    def _party_left(self, turn: Turn, fact: PartyFact) -> None:
        recording = self._ledger.recording(fact.call.conn_id)
        if recording is not None and fact.call.parties:
            recording.quiet &= {key_of(party) for party in fact.call.parties}
            self._follow(turn, fact.call, recording)

    def _follow(self, turn: Turn, call: CallView, recording: CallRecording) -> None:
        """Let the sessions follow who is on the call (RECORDING.md 7, rules R1 and R2)."""
        present = {key_of(party) for party in call.parties}
        for session in tuple(recording.sessions):
            if session.record in present:
                self._ledger.revise(turn, session, call)
            else:
                self._succeed(turn, session, call, recording)

    def _succeed(
        self, turn: Turn, session: Session, call: CallView, recording: CallRecording
    ) -> None:
        """Go on with another party that is set for recording, or end the session."""
        target = successor(call, self._calls.records, recording.quiet)
        if target is not None and self._rules.on_recorddn_leave == "continue":
            self._ledger.hand_over(turn, session, call, target)
            return
        cause = f"{session.record_dn} has left the call"
        self._ledger.end(turn, session, SessionInput.PARTY_LEFT, cause)
        if target is not None:
            self._ledger.open(turn, call, target, Wish(trigger=Trigger.FULL_TIME))

    def _party_held(self, turn: Turn, fact: PartyHeld) -> None:
        """Option ``record-moh``: a call on hold is not recorded (RECORDING.md 5)."""
        if self._rules.record_moh:
            return
        for session in self._ledger.running(fact.call.conn_id):
            session.reasons.add(PauseReason.HOLD)
            self._ledger.settle_pause(turn, session)

    def _party_retrieved(self, turn: Turn, fact: PartyRetrieved) -> None:
        for session in self._ledger.running(fact.call.conn_id):
            session.reasons.discard(PauseReason.HOLD)
            self._ledger.settle_pause(turn, session)

    def _call_ended(self, turn: Turn, fact: CallEnded) -> None:
        for session in self._ledger.running(fact.call.conn_id):
            self._ledger.end(turn, session, SessionInput.CALL_ENDED, "the call has ended")
        self._ledger.forget_call(fact.call.conn_id)

    # -- what the backend reports ----------------------------------------------------------

    def _accepted(self, turn: Turn, session: Session, report: CaptureAccepted) -> None:
        if session.state is SessionState.STARTING:
            session.file_name = report.file_name or session.file_name
            if self._rules.record_on_confirm == "media-server":
                self._ledger.confirm(turn, session)

    def _started(self, turn: Turn, session: Session, _: CaptureStarted) -> None:
        if session.answered(Order.START):
            session.set_legs(LegState.ESTABLISHED)
        if session.state is SessionState.STARTING:
            self._ledger.confirm(turn, session)

    def _failed(self, turn: Turn, session: Session, report: CaptureFailed) -> None:
        if not session.over:
            self._ledger.fail(turn, session, report.cause)

    def _paused(self, _: Turn, session: Session, __: CapturePaused) -> None:
        if session.answered(Order.PAUSE):
            session.capture_paused = True

    def _resumed(self, _: Turn, session: Session, __: CaptureResumed) -> None:
        if session.answered(Order.RESUME):
            session.capture_paused = False

    def _revised(self, _: Turn, session: Session, __: CaptureRevised) -> None:
        session.answered(Order.REVISE)

    def _leg_changed(self, turn: Turn, session: Session, report: LegChanged) -> None:
        session.views[report.leg.key] = report.leg
        self._ledger.weigh_losses(turn, session)

    def _leg_lost(self, turn: Turn, session: Session, report: LegLost) -> None:
        self._ledger.lose_leg(turn, session, report.key, report.cause)

    def _problem(self, turn: Turn, session: Session, report: MediaProblem) -> None:
        self._ledger.take_problem(turn, session, report)

    def _order_refused(self, turn: Turn, session: Session, report: OrderRefused) -> None:
        self._ledger.take_refusal(turn, session, report)

    def _capture_ended(self, turn: Turn, session: Session, report: CaptureEnded) -> None:
        self._ledger.let_go(turn, session, report.artefacts)


COMMANDS: Mapping[type[RecordingCommand], Callable[[RecordingDesk, Turn, Any], None]] = {
    StartRecording: RecordingDesk._start,
    StopRecording: RecordingDesk._stop,
    PauseRecording: RecordingDesk._pause,
    ResumeRecording: RecordingDesk._resume,
}

NOTICES: Mapping[type, Callable[[RecordingDesk, Turn, Any], None]] = {
    PartyEstablished: RecordingDesk._party_established,
    PartyHeld: RecordingDesk._party_held,
    PartyRetrieved: RecordingDesk._party_retrieved,
    PartyReleased: RecordingDesk._party_left,
    PartyAbandoned: RecordingDesk._party_left,
    CallEnded: RecordingDesk._call_ended,
}

REPORTS: Mapping[type, Callable[[RecordingDesk, Turn, Session, Any], None]] = {
    CaptureAccepted: RecordingDesk._accepted,
    CaptureStarted: RecordingDesk._started,
    CaptureFailed: RecordingDesk._failed,
    CapturePaused: RecordingDesk._paused,
    CaptureResumed: RecordingDesk._resumed,
    CaptureRevised: RecordingDesk._revised,
    OrderRefused: RecordingDesk._order_refused,
    LegChanged: RecordingDesk._leg_changed,
    LegLost: RecordingDesk._leg_lost,
    MediaProblem: RecordingDesk._problem,
    CaptureEnded: RecordingDesk._capture_ended,
}
