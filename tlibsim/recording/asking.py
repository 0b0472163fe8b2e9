"""What clients ask for: START, STOP, PAUSE, RESUME (RECORDING.md 3.3, 3.4, 3.6, 5)."""

from collections.abc import Sequence

from tlibsim.recording.afterwards import Afterwards
from tlibsim.recording.beginning import Beginner, refusal_of
from tlibsim.recording.commands import (
    ControlCommand,
    PauseRecording,
    RecordSide,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.extensions import check_subject
from tlibsim.recording.facts import Trigger
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.opening import Wish
from tlibsim.recording.policy import Target, key_of, opposite, talking, target_of
from tlibsim.recording.profiles import Profile
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import PauseReason, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.turn import Turn
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import Reason, RequestRefused

_STOP, _PAUSE, _RESUME = 3014, 3015, 3016


class Asking:
    """Checks what is asked in the order of the tables, then has it done."""

    def __init__(
        self,
        rules: RulesInForce,
        *,
        calls: CallsView,
        ledger: Ledger,
        profile: Profile,
        beginner: Beginner,
        afterwards: Afterwards,
    ) -> None:
        self._rules = rules
        self._calls = calls
        self._ledger = ledger
        self._profile = profile
        self._beginner = beginner
        self._afterwards = afterwards

    # -- START -----------------------------------------------------------------------------

    def start(self, turn: Turn, command: StartRecording) -> None:
        """Check in the order of RECORDING.md 3.3, then open the session."""
        conn_id = check_subject(command.dn, command.conn_id, self._calls)
        call = self._calls.call(conn_id)
        if call is None:
            self._start_afterwards(turn, command)
            return
        target = target_of(call, command.dn, command.side, self._rules.value)
        recording = self._ledger.recording(conn_id)
        hidden = None if recording is None else recording.hidden
        refusal = refusal_of(self._rules.value, self._calls, self._ledger)
        if refusal is not None and refusal.reason is Reason.SERVICE_UNAVAILABLE:
            raise refusal
        self._check_free(command)
        self._profile.check_start(call, command)
        if refusal is not None and hidden is None:
            raise refusal
        if not self._calls.link_up():
            raise RequestRefused(Reason.NO_SWITCH, "the link to the switch is down")
        wish = self._wish(command, target)
        if hidden is None:
            self._ledger.open(turn, call, target, wish)
            return
        self._ledger.reveal(turn, hidden, wish)
        if hidden.record != key_of(target.record):
            self._ledger.hand_over(turn, hidden, call, target)

    def _wish(self, command: StartRecording, target: Target | None) -> Wish:
        """The side that is named points to a place: ThisDN's, or the other DN's (8.2)."""
        side_of = str(command.dn)
        if command.side is RecordSide.DESTINATION and target is not None:
            side_of = target.record_dn
        trigger = Trigger.EMERGENCY if command.emergency else Trigger.DYNAMIC
        what = "emergency" if command.emergency else f"record={command.side.value}"
        return Wish(
            trigger=trigger,
            rule=f"START by {command.dn}: {what}",
            side=command.side,
            asked_by=command.dn,
            record_id=command.record_id,
            dest=command.dest,
            dest2=command.dest2,
            params=command.params,
            geo=command.geo,
            tone=command.tone,
            side_of=side_of,
            requestor=(command.dn, command.requestor),
            because=command.because,
        )

    def _start_afterwards(self, turn: Turn, command: StartRecording) -> None:
        """The call is over, and was pre-recorded: it counts as asked for (RECORDING.md 3.7)."""
        if self._ledger.in_use(command.record_id):
            raise RequestRefused(Reason.SEIZED, f"id {command.record_id!r} is in use")
        session = self._afterwards.claim(command.conn_id)
        if session is None:
            raise RequestRefused(Reason.INVALID_CONN_ID, "the call is over")
        self._ledger.keep_afterwards(turn, session, self._wish(command, None))

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
        if not self._profile.may_have_another():
            raise RequestRefused(Reason.RECORDING_BUSY, "the call is being recorded")
        if command.record_id is None and command.dest in {one.dest for one in running}:
            raise RequestRefused(
                Reason.RECORDING_BUSY, "another recording needs an id or dest of its own"
            )

    # -- STOP, PAUSE, RESUME ---------------------------------------------------------------

    def _controlled(self, command: ControlCommand) -> tuple[CallView, list[Session]]:
        """Find what a STOP, PAUSE or RESUME is about (RECORDING.md 3.4 and 5)."""
        conn_id = check_subject(command.dn, command.conn_id, self._calls)
        sessions = [
            session
            for session in self._ledger.running(conn_id)
            if command.record_id in {None, session.record_id}
        ]
        call = self._calls.call(conn_id)
        if not sessions or call is None:
            raise RequestRefused(Reason.NO_RECORDING, "the call is not being recorded")
        self._profile.check_control(call)
        if any(session.state is SessionState.STARTING for session in sessions):
            raise RequestRefused(Reason.REQUEST_IN_PROGRESS, "the recording starts")
        return call, sessions

    def stop(self, turn: Turn, command: StopRecording) -> None:
        """The sessions end; a full-time one stays off, or begins anew."""
        call, sessions = self._controlled(command)
        for session in sessions:
            session.modify(command.params)
            self._ledger.end(turn, session, SessionInput.STOP, f"stopped by {command.dn}")
            if session.trigger is Trigger.FULL_TIME:
                self._after_full_time(turn, call, session)
        self._tell(turn, command, _STOP)

    def _after_full_time(self, turn: Turn, call: CallView, stopped: Session) -> None:
        """Option ``fulltime-after-stop``: the party stays unrecorded, or is recorded anew."""
        if self._rules.value.fulltime_after_stop == "off":
            self._ledger.keep_quiet(stopped)
            return
        parties = talking(call)
        for record in parties:
            if key_of(record) == stopped.record:
                target = Target(record=record, other=opposite(record, parties))
                self._beginner.full_time(turn, call, target)

    def pause(self, turn: Turn, command: PauseRecording) -> None:
        """One more reason to be paused (RECORDING.md 5)."""
        _, sessions = self._controlled(command)
        targets = [one for one in sessions if PauseReason.ASKED not in one.reasons]
        self._check_news(targets, "is paused")
        for session in targets:
            session.modify(command.params)
            session.reasons.add(PauseReason.ASKED)
            self._ledger.settle_pause(turn, session)
        self._tell(turn, command, _PAUSE)

    def resume(self, turn: Turn, command: ResumeRecording) -> None:
        """Lift the pause that was asked for; what a hold has paused waits for the retrieve."""
        _, sessions = self._controlled(command)
        targets = [one for one in sessions if one.reasons]
        self._check_news(targets, "is running")
        for session in targets:
            session.modify(command.params)
            session.reasons.discard(PauseReason.ASKED)
            self._ledger.settle_pause(turn, session)
        self._tell(turn, command, _RESUME)

    def _check_news(self, targets: Sequence[Session], state: str) -> None:
        if not targets and not self._rules.value.idempotent_control:
            raise RequestRefused(Reason.SAME_STATE, f"the recording {state} already")

    def _tell(self, turn: Turn, command: ControlCommand, service: int) -> None:
        self._ledger.tell_requestor(
            turn, command.dn, command.conn_id, service, command.requestor
        )
