"""All recording sessions, and the steps in the life of one.

Each step moves the session along the table of states, gives the order to the backend, keeps the
legs in step, and notes the fact.  Whether a step may be taken is decided by the desk, before.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import (
    PROBLEM_TONE,
    PROBLEM_VIDEO,
    Artefact,
    LegStatus,
    LegView,
    MediaBackend,
    MediaProblem,
    OrderRefused,
    Revision,
    SessionId,
)
from tlibsim.recording.facts import (
    Alarm,
    AlarmCleared,
    AlarmRaised,
    RecordingEnded,
    RecordingFact,
    RecordingFailed,
    RecordingLegLost,
    RecordingOrderRefused,
    RecordingPaused,
    RecordingProblem,
    RecordingRequested,
    RecordingResumed,
    RecordingRevised,
    RecordingStarted,
    RecordingStopped,
)
from tlibsim.recording.indication import OFF, changes, indication
from tlibsim.recording.opening import Opener, Wish
from tlibsim.recording.policy import Target, key_of, opposite, talking, watching
from tlibsim.recording.rules import CallsView, RecordingRules
from tlibsim.recording.session import CallRecording, LegState, Order, PauseReason, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.trace import SessionTrace, trace_of
from tlibsim.recording.turn import Steps, Turn
from tlibsim.switch.facts import CallView

_FAILURES = (
    Alarm.RECORDING_FAILED,
    Alarm.RECORDING_LOST,
    Alarm.RECORDER_UNAVAILABLE,
    Alarm.TONE_UNAVAILABLE,
)
_ORDERS = {order.value: order for order in (Order.PAUSE, Order.RESUME, Order.REVISE)}


def other_dn_of(session: Session, call: CallView) -> str:
    """Whom the recorded party talks to; while that is nobody, whoever it was before."""
    parties = talking(call)
    record = next((one for one in parties if key_of(one) == session.record), None)
    other = None if record is None else opposite(record, parties)
    return session.other_dn if other is None else other.dn


class Ledger:
    """The sessions by every key that is needed, each found in one step."""

    def __init__(
        self, rules: RecordingRules, *, calls: CallsView, backend: MediaBackend, opener: Opener
    ) -> None:
        self._rules = rules
        self._calls = calls
        self._backend = backend
        self._opener = opener
        self._recordings: dict[ConnId, CallRecording] = {}
        self._live: dict[str, Session] = {}
        self._sessions: dict[SessionId, Session] = {}
        self._with_backend: dict[SessionId, Session] = {}
        self._history: deque[SessionId] = deque()
        self._record_ids: Counter[str] = Counter()
        self._alarms: set[Alarm] = set()

    # -- looking ---------------------------------------------------------------------------

    def recording(self, conn_id: ConnId) -> CallRecording | None:
        """What is known of recording on a call, or None when nothing ever was."""
        return self._recordings.get(conn_id)

    def running(self, conn_id: ConnId) -> tuple[Session, ...]:
        """The live sessions of a call."""
        recording = self._recordings.get(conn_id)
        return () if recording is None else tuple(recording.sessions)

    def with_backend(self, session: SessionId) -> Session | None:
        """The session of which the backend has not yet said its last word, or None."""
        return self._with_backend.get(session)

    def live(self) -> int:
        return len(self._live)

    def in_use(self, record_id: str | None) -> bool:
        """Whether a live session has this identifier."""
        return record_id in self._live

    def settled(self) -> bool:
        return not any(session.waiting_for for session in self._with_backend.values())

    def traces(self) -> tuple[SessionTrace, ...]:
        return tuple(trace_of(session) for session in self._sessions.values())

    def trace(self, session: SessionId) -> SessionTrace | None:
        found = self._sessions.get(session)
        return None if found is None else trace_of(found)

    # -- the end of a turn -----------------------------------------------------------------

    def steps(self, turn: Turn) -> Steps:
        """What came of the turn, with the changes of user data that it makes necessary."""
        commands: list[object] = []
        for conn_id, recording in turn.touched.items():
            commands.extend(self._indicate(recording, turn.names.get(conn_id, "")))
        return Steps(facts=tuple(turn.facts), commands=tuple(commands))

    def _indicate(self, recording: CallRecording, file_name: str) -> Sequence[object]:
        """Only a call that is still there has user data to change (RECORDING.md 4)."""
        if self._calls.call(recording.conn_id) is None:
            return ()
        state = indication(one.state for one in recording.sessions)
        news = None if state == recording.told else state
        recording.told = state
        video = self._video_news(recording) if self._rules.video_indication else None
        return changes(recording.conn_id, news, file_name, self._rules, video=video)

    def _video_news(self, recording: CallRecording) -> str | None:
        """What has changed in the recording of pictures; None: nothing."""
        state = indication(one.state for one in recording.sessions if one.video)
        if state == (recording.told_video or OFF):
            return None
        recording.told_video = state
        return state

    # -- beginning -------------------------------------------------------------------------

    def open(self, turn: Turn, call: CallView, target: Target, wish: Wish) -> None:
        """Order the capture of one more session."""
        session, order = self._opener.open(call, target, wish, self._record_ids, turn.now)
        session.step(SessionInput.START)
        recording = self._recordings.setdefault(
            call.conn_id, CallRecording(conn_id=call.conn_id, call=call)
        )
        recording.sessions.append(session)
        self._live[session.record_id] = session
        self._sessions[session.id] = session
        self._with_backend[session.id] = session
        self._record_ids[session.record_id] += 1
        session.waiting_for.append(Order.START)
        self._backend.start(order)
        self._tell(turn, RecordingRequested, session)

    def confirm(self, turn: Turn, session: Session) -> None:
        """It runs.  Meanwhile the call may have been held, or others may have joined it."""
        session.step(SessionInput.CAPTURE_STARTED)
        session.started_at = turn.now
        if self._rules.recording_filename and session.file_name:
            turn.names[session.conn_id] = session.file_name
        self._touch(turn, session)
        self._tell(turn, RecordingStarted, session, file_name=session.file_name)
        self._clear_alarms(turn, session.conn_id)
        self.settle_pause(turn, session)
        call = self._calls.call(session.conn_id)
        if call is not None:
            self.revise(turn, session, call)

    # -- while it runs ---------------------------------------------------------------------

    def settle_pause(self, turn: Turn, session: Session) -> None:
        """Make the state fit the reasons to pause (RECORDING.md 5)."""
        if session.state is SessionState.ACTIVE and session.reasons:
            self._stand_still(turn, session)
            session.waiting_for.append(Order.PAUSE)
            self._backend.pause(session.id, turn.now)
        elif session.state is SessionState.PAUSED and not session.reasons:
            self._go_on(turn, session)
            session.waiting_for.append(Order.RESUME)
            self._backend.resume(session.id, turn.now)

    def _stand_still(self, turn: Turn, session: Session) -> None:
        session.step(SessionInput.PAUSE)
        session.pauses.append((turn.now, None))
        session.offer(session.direction)
        self._touch(turn, session)
        self._tell(turn, RecordingPaused, session)

    def _go_on(self, turn: Turn, session: Session) -> None:
        session.step(SessionInput.RESUME)
        session.close_pause(turn.now)
        session.offer(session.direction)
        self._touch(turn, session)
        self._tell(turn, RecordingResumed, session)

    def revise(self, turn: Turn, session: Session, call: CallView) -> None:
        """Tell the backend who is on the call now; while the capture starts that can wait."""
        parties = self._opener.media_parties(call, session.record)
        if session.state is SessionState.STARTING or parties == session.parties:
            return
        session.parties = parties
        session.watchers = frozenset(party.dn for party in watching(call))
        session.other_dn = other_dn_of(session, call)
        session.follow_plan(self._opener.plan(session, call))
        session.offer(session.direction)
        session.waiting_for.append(Order.REVISE)
        self._backend.revise(
            Revision(session=session.id, at=turn.now, parties=parties, legs=session.plan)
        )
        self._tell(turn, RecordingRevised, session, parties=tuple(one.dn for one in parties))

    def hand_over(self, turn: Turn, session: Session, call: CallView, target: Target) -> None:
        """Another party is the recorded one from now on (RECORDING.md 7, rule R2)."""
        session.record = key_of(target.record)
        session.record_dn = target.record_dn
        session.other_dn = "" if target.other is None else target.other.dn
        self.revise(turn, session, call)

    def take_refusal(self, turn: Turn, session: Session, report: OrderRefused) -> None:
        """The capture is as it was, and so must be what GSIP_RECORD says."""
        order = _ORDERS.get(report.order)
        if order is None or not session.answered(order):
            return
        self._tell(turn, RecordingOrderRefused, session, order=report.order, cause=report.cause)
        if {Order.PAUSE, Order.RESUME}.isdisjoint(session.waiting_for):
            self._believe(turn, session)

    def _believe(self, turn: Turn, session: Session) -> None:
        """Take the capture's word for whether it is paused."""
        if session.state is SessionState.PAUSED and not session.capture_paused:
            session.reasons.clear()
            self._go_on(turn, session)
        elif session.state is SessionState.ACTIVE and session.capture_paused:
            session.reasons.add(PauseReason.ASKED)
            self._stand_still(turn, session)

    # -- recorders ---------------------------------------------------------------------------

    def lose_leg(self, turn: Turn, session: Session, key: str, cause: str) -> None:
        """The session goes on with what is left; if nothing is, CaptureFailed comes."""
        view = session.views.get(key, LegView(key=key, status=LegStatus.FAILED))
        session.views[key] = replace(view, status=LegStatus.FAILED, cause=cause)
        if session.over:
            return
        self._tell(turn, RecordingLegLost, session, leg=key, cause=cause)
        detail = f"leg {key} of {session.record_id}: {cause}"
        self.raise_alarm(turn, Alarm.RECORDER_UNAVAILABLE, session.conn_id, detail)
        self.weigh_losses(turn, session)

    def weigh_losses(self, turn: Turn, session: Session) -> None:
        """Option ``dup-fail``: whether one dead destination of two ends it (RECORDING.md 6)."""
        lost = session.lost_destinations()
        one_is_too_many = self._rules.dup_fail == "any" and len(session.destinations) > 1
        if lost and one_is_too_many and not session.over:
            number = min(lost)
            self.fail(turn, session, f"destination {number + 1} is lost (dup-fail=any)")

    def take_problem(self, turn: Turn, session: Session, report: MediaProblem) -> None:
        """It is shown, told and, if it concerns the tone, an alarm; nothing ends."""
        session.problems.append(f"{report.kind}: {report.cause}")
        if session.over:
            return
        self._tell(turn, RecordingProblem, session, kind=report.kind, cause=report.cause)
        if report.kind == PROBLEM_TONE:
            self.raise_alarm(turn, Alarm.TONE_UNAVAILABLE, session.conn_id, report.cause)
        if report.kind == PROBLEM_VIDEO:
            session.video_refused = True
            self._touch(turn, session)

    # -- ending ----------------------------------------------------------------------------

    def end(self, turn: Turn, session: Session, step: SessionInput, cause: str) -> None:
        """Close the session as asked, or because of what happened to the call."""
        session.step(step)
        self._close(turn, session, LegState.ENDED, cause)
        self._order_stop(turn, session)
        self._tell(turn, RecordingStopped, session, cause=cause)

    def fail(self, turn: Turn, session: Session, cause: str) -> None:
        """Close the session because the capture cannot go on; the backend is told to let go."""
        self._fail(turn, session, cause)
        self._order_stop(turn, session)

    def _fail(self, turn: Turn, session: Session, cause: str) -> None:
        alarm = Alarm.RECORDING_FAILED if session.started_at is None else Alarm.RECORDING_LOST
        session.step(SessionInput.CAPTURE_FAILED)
        self._close(turn, session, LegState.FAILED, cause)
        self._tell(turn, RecordingFailed, session, cause=cause)
        self.raise_alarm(turn, alarm, session.conn_id, cause)

    def _close(self, turn: Turn, session: Session, legs: LegState, cause: str) -> None:
        session.cause = cause
        session.ended_at = turn.now
        session.set_legs(legs)
        session.close_pause(turn.now)
        self._touch(turn, session)
        self._recordings[session.conn_id].sessions.remove(session)
        del self._live[session.record_id]

    def _order_stop(self, turn: Turn, session: Session) -> None:
        session.waiting_for[:] = [Order.STOP]
        self._backend.stop(session.id, turn.now, session.cause)

    def let_go(self, turn: Turn, session: Session, artefacts: tuple[Artefact, ...]) -> None:
        """The backend said its last word on the session; the oldest one over is forgotten."""
        session.artefacts = artefacts
        if not session.over:
            self._fail(turn, session, "the capture ended by itself")
        del self._with_backend[session.id]
        self._tell(turn, RecordingEnded, session, artefacts=artefacts)
        self._history.append(session.id)
        while len(self._history) > self._rules.history:
            forgotten = self._sessions.pop(self._history.popleft())
            self._record_ids -= Counter((forgotten.record_id,))

    def keep_quiet(self, session: Session) -> None:
        """The party of the session stays unrecorded for as long as it is on the call."""
        self._recordings[session.conn_id].quiet.add(session.record)

    def forget_call(self, conn_id: ConnId) -> None:
        self._recordings.pop(conn_id, None)

    # -- telling ---------------------------------------------------------------------------

    def _touch(self, turn: Turn, session: Session) -> None:
        turn.touched[session.conn_id] = self._recordings[session.conn_id]

    @staticmethod
    def _tell(turn: Turn, kind: type[RecordingFact], session: Session, **more: Any) -> None:
        command = turn.command
        turn.facts.append(
            kind(
                session=session.id,
                record_id=session.record_id,
                conn_id=session.conn_id,
                record_dn=session.record_dn,
                trigger=session.trigger,
                asked_by=session.asked_by if command is None else command.dn,
                because=None if command is None else command.because,
                **more,
            )
        )

    def raise_alarm(self, turn: Turn, alarm: Alarm, conn_id: ConnId, detail: str) -> None:
        """An alarm that is raised already is not raised again."""
        if alarm not in self._alarms:
            self._alarms.add(alarm)
            turn.facts.append(AlarmRaised(alarm=alarm, conn_id=conn_id, detail=detail))

    def _clear_alarms(self, turn: Turn, conn_id: ConnId) -> None:
        for alarm in _FAILURES:
            if alarm in self._alarms:
                self._alarms.remove(alarm)
                turn.facts.append(AlarmCleared(alarm=alarm, conn_id=conn_id))
