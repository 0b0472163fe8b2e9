"""All recording sessions, and the steps in the life of one.

Each step moves the session along the table of states, gives the order to the backend, keeps the
legs in step, and notes the fact.  Whether a step may be taken is decided before, by the desk.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import (
    Artefact,
    MediaBackend,
    OrderRefused,
    Revision,
    SessionId,
)
from tlibsim.recording.alarms import Alarms
from tlibsim.recording.commands import TellOfRecording
from tlibsim.recording.facts import (
    Alarm,
    RecordingEnded,
    RecordingFailed,
    RecordingMoved,
    RecordingOrderRefused,
    RecordingPaused,
    RecordingRequested,
    RecordingResumed,
    RecordingRevised,
    RecordingStarted,
    RecordingStopped,
    Trigger,
)
from tlibsim.recording.indication import NAME_KEY, STATE_KEY, Indicator
from tlibsim.recording.notes import Note
from tlibsim.recording.opening import Opener, Wish
from tlibsim.recording.policy import Target, key_of, opposite, talking
from tlibsim.recording.profiles import Profile
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import CallRecording, LegState, Order, PauseReason, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.trace import SessionTrace, trace_of
from tlibsim.recording.turn import Steps, Turn
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import RequestRefused

_ORDERS = {order.value: order for order in (Order.PAUSE, Order.RESUME, Order.REVISE)}
_NOT_YET = frozenset({SessionState.STARTING, SessionState.REESTABLISHING})
_MOVED_ON = 1000
"""From the number of a request to that of its EventPrivateInfo (RECORDING.md 3.3)."""

START_SERVICE = 3013


def other_dn_of(session: Session, call: CallView) -> str:
    """Whom the recorded party talks to; while that is nobody, whoever it was before."""
    parties = talking(call)
    record = next((one for one in parties if key_of(one) == session.record), None)
    other = None if record is None else opposite(record, parties)
    return session.other_dn if other is None else other.dn


class Ledger:
    """The sessions by every key that is needed, each found in one step."""

    def __init__(
        self,
        rules: RulesInForce,
        *,
        calls: CallsView,
        backend: MediaBackend,
        opener: Opener,
        profile: Profile,
        note_of: Callable[[ConnId], Note | None],
    ) -> None:
        self._rules = rules
        self._calls = calls
        self._backend = backend
        self._opener = opener
        self._profile = profile
        self._note_of = note_of
        self._indicator = Indicator(rules, calls)
        self.alarms = Alarms()
        self.service_up = True
        """Whether the media service answers; a script may say that it does not."""
        self._recordings: dict[ConnId, CallRecording] = {}
        self._live: dict[str, Session] = {}
        self._sessions: dict[SessionId, Session] = {}
        self._with_backend: dict[SessionId, Session] = {}
        self._orphans: dict[ConnId, list[Session]] = {}
        self._history: deque[SessionId] = deque()
        self._record_ids: Counter[str] = Counter()

    # -- looking ---------------------------------------------------------------------------

    def recording(self, conn_id: ConnId) -> CallRecording | None:
        """What is known of recording on a call, or None when nothing ever was."""
        return self._recordings.get(conn_id)

    def recording_of(self, call: CallView) -> CallRecording:
        """The same, made if it must be."""
        made = CallRecording(conn_id=call.conn_id, call=call)
        return self._recordings.setdefault(call.conn_id, made)

    def running(self, conn_id: ConnId) -> tuple[Session, ...]:
        """The live sessions of a call that somebody has asked for."""
        recording = self._recordings.get(conn_id)
        return () if recording is None else tuple(recording.visible)

    def all_live(self) -> tuple[Session, ...]:
        """Every session that is neither ended nor failed."""
        return tuple(self._live.values())

    def with_backend(self, capture: SessionId) -> Session | None:
        """The session of a capture of which the backend has not said its last word, or None."""
        return self._with_backend.get(capture)

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

    def steps(self, turn: Turn) -> Steps:
        """What came of the turn, with the changes of user data that it makes necessary."""
        changes = self._indicator.changes(turn)
        return Steps(facts=tuple(turn.facts), commands=(*changes, *turn.after))

    # -- beginning -------------------------------------------------------------------------

    def open(self, turn: Turn, call: CallView, target: Target, wish: Wish) -> None:
        """Order the capture of one more session; raises RequestRefused, see ``opening``."""
        note = self._note_of(call.conn_id)
        session, order = self._opener.open(call, target, wish, note, self._record_ids, turn.now)
        session.step(SessionInput.START)
        self.recording_of(call).sessions.append(session)
        self._live[session.record_id] = session
        self._sessions[session.id] = session
        self._record_ids[session.record_id] += 1
        self._with_backend[session.capture] = session
        session.waiting_for.append(Order.START)
        self._backend.start(order)
        turn.tell(RecordingRequested, session)
        for problem in session.problems:
            self.alarms.put_up(turn, Alarm.TONE_UNAVAILABLE, session.conn_id, problem)

    def reveal(self, turn: Turn, session: Session, wish: Wish) -> None:
        """Somebody asks for a session that was pre-recorded (RECORDING.md 3.7)."""
        session.hidden = False
        session.trigger, session.rule = wish.trigger, wish.rule
        session.asked_by, session.side = wish.asked_by, wish.side
        session.params, session.requestor = wish.params, wish.requestor
        if wish.record_id is not None:
            self._rename(session, wish.record_id)
        turn.tell(RecordingRequested, session)
        if session.started_at is not None:
            turn.tell(RecordingStarted, session, file_name=session.file_name)
        if session.started_at is not None and not session.over:
            self._announce(turn, session)

    def keep_afterwards(self, turn: Turn, session: Session, wish: Wish) -> None:
        """Somebody asks for a pre-recording whose call is over already."""
        self.reveal(turn, session, replace(wish, requestor=None))
        turn.tell(RecordingStopped, session, cause=session.cause)
        if session.concluded:
            turn.tell(RecordingEnded, session, artefacts=session.artefacts)

    def _rename(self, session: Session, record_id: str) -> None:
        if self._live.pop(session.record_id, None) is not None:
            self._live[record_id] = session
        self._record_ids -= Counter((session.record_id,))
        self._record_ids[record_id] += 1
        session.record_id = record_id

    def confirm(self, turn: Turn, session: Session) -> None:
        """It runs.  Meanwhile the call may have been held, or others may have joined it."""
        first = session.started_at is None
        session.step(SessionInput.CAPTURE_STARTED)
        if first:
            session.started_at = turn.now
            turn.tell(RecordingStarted, session, file_name=session.file_name)
        self.alarms.clear(turn, session.conn_id)
        if first and not session.hidden:
            self._announce(turn, session)
        self.touch(turn, session)
        self.settle_pause(turn, session)
        call = self._calls.call(session.conn_id)
        if call is not None:
            self.revise(turn, session, call)

    def _announce(self, turn: Turn, session: Session) -> None:
        """User data says On, with the file name; whoever asked may be told beside that."""
        self.touch(turn, session)
        if self._profile.file_pattern(session.trigger) and session.file_name:
            emergency = session.trigger is Trigger.EMERGENCY
            key = self._rules.value.emergency_fn_key if emergency else NAME_KEY
            turn.names[session.conn_id] = (key, session.file_name)
        if session.requestor is not None:
            dn, client = session.requestor
            self.tell_requestor(turn, dn, session.conn_id, START_SERVICE, client)

    def tell_requestor(
        self, turn: Turn, dn: str, conn_id: ConnId, service: int, client: int | None
    ) -> None:
        """EventPrivateInfo, if ``recording-private-info`` wants it."""
        mode = self._rules.value.recording_private_info
        if mode == "off" or (mode == "requestor" and client is None):
            return
        turn.after.append(
            TellOfRecording(
                dn=dn,  # type: ignore[arg-type]
                conn_id=conn_id,
                service=service + _MOVED_ON,
                requestor=client if mode == "requestor" else None,
            )
        )

    # -- while it runs ---------------------------------------------------------------------

    def settle_pause(self, turn: Turn, session: Session) -> None:
        """Make the state fit the reasons to pause (RECORDING.md 5)."""
        if session.state is SessionState.ACTIVE and session.reasons:
            self._stand_still(turn, session)
            session.waiting_for.append(Order.PAUSE)
            self._backend.pause(session.capture, turn.now)
        elif session.state is SessionState.PAUSED and not session.reasons:
            self._go_on(turn, session)
            session.waiting_for.append(Order.RESUME)
            self._backend.resume(session.capture, turn.now)
        elif session.state is SessionState.REESTABLISHING:
            self.touch(turn, session)

    def _stand_still(self, turn: Turn, session: Session) -> None:
        session.step(SessionInput.PAUSE)
        session.pauses.append((turn.now, None))
        session.offer()
        self.touch(turn, session)
        turn.tell(RecordingPaused, session)

    def _go_on(self, turn: Turn, session: Session) -> None:
        session.step(SessionInput.RESUME)
        session.close_pause(turn.now)
        session.offer()
        self.touch(turn, session)
        turn.tell(RecordingResumed, session)

    def revise(self, turn: Turn, session: Session, call: CallView) -> None:
        """Tell the backend who is heard now; while the capture starts that can wait."""
        heard = self._opener.heard_call(session, call)
        parties = self._opener.media_parties(heard, session.record)
        if session.state in _NOT_YET or parties == session.parties:
            return
        session.parties = parties
        session.other_dn = other_dn_of(session, heard)
        session.follow_plan(self._opener.plan(session, heard))
        session.offer()
        session.waiting_for.append(Order.REVISE)
        self._backend.revise(
            Revision(session=session.capture, at=turn.now, parties=parties, legs=session.plan)
        )
        turn.tell(RecordingRevised, session, parties=tuple(one.dn for one in parties))

    def hand_over(self, turn: Turn, session: Session, call: CallView, target: Target) -> None:
        """Another party is the recorded one from now on (RECORDING.md 7, rule R2)."""
        session.record = key_of(target.record)
        session.record_dn = target.record_dn
        session.record_role = target.record.role
        session.other_dn = "" if target.other is None else target.other.dn
        session.awaited = None
        self.revise(turn, session, call)

    def take_refusal(self, turn: Turn, session: Session, report: OrderRefused) -> None:
        """The capture is as it was, and so must be what GSIP_RECORD says."""
        order = _ORDERS.get(report.order)
        if order is None or not session.answered(order):
            return
        turn.tell(RecordingOrderRefused, session, order=report.order, cause=report.cause)
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

    # -- media servers ---------------------------------------------------------------------

    def lose_media(self, turn: Turn, session: Session, cause: str) -> None:
        """The media server is gone; the session waits for another (RECORDING.md 6)."""
        session.step(SessionInput.MEDIA_LOST)
        session.close_pause(turn.now)
        session.note(f"media server {session.mcp}: {cause}")
        self._order_stop(turn, session, cause)
        session.waiting_for.clear()
        self.touch(turn, session)
        detail = f"{session.record_id} lost {session.mcp}: {cause}"
        self.alarms.put_up(turn, Alarm.MCP_FAILOVER, session.conn_id, detail)

    def reestablish(self, turn: Turn, session: Session) -> None:
        """Set the session up elsewhere with the same parameters; Off when that is impossible."""
        call = self._calls.call(session.conn_id)
        if session.state is not SessionState.REESTABLISHING or call is None:
            return
        before, port = session.capture, session.port
        try:
            order = self._opener.reopen(session, call, turn.now)
        except RequestRefused as refused:
            self.fail(turn, session, str(refused))
            return
        if order is None:
            self.fail(turn, session, "no other media server is there")
            return
        if before not in self._with_backend:
            self._profile.give_back(port)
        self._with_backend[session.capture] = session
        session.waiting_for[:] = [Order.START]
        self._backend.start(order)
        turn.tell(RecordingMoved, session)

    def take_up(self, turn: Turn) -> None:
        """Give every live session a capture of its own; what is over has none any more."""
        over = {one.id: one for one in self._with_backend.values() if one.over}
        starting = {one.id for one in self._live.values() if Order.START in one.waiting_for}
        self._with_backend.clear()
        for session in over.values():
            session.waiting_for.clear()
            session.concluded = True
            self._history.append(session.id)
        for session in tuple(self._live.values()):
            waits = session.state is SessionState.REESTABLISHING and session.id not in starting
            call = self._calls.call(session.conn_id)
            if not waits and call is not None:
                self._take_up(turn, session, call)

    def _take_up(self, turn: Turn, session: Session, call: CallView) -> None:
        order = self._opener.take_up(session, call, turn.now)
        self._with_backend[session.capture] = session
        session.waiting_for[:] = [Order.START]
        self._backend.start(order)
        turn.tell(RecordingMoved, session)

    def pause_again(self, turn: Turn, session: Session) -> None:
        """The capture of a session that is paused begins: it is to stand still, once."""
        if Order.PAUSE not in session.waiting_for:
            session.waiting_for.append(Order.PAUSE)
            self._backend.pause(session.capture, turn.now)

    def orphan(self, turn: Turn, session: Session, cause: str) -> None:
        """Nobody knows of the session any more; its legs stay until the call ends."""
        session.orphan = True
        session.step(SessionInput.CAPTURE_FAILED)
        self._close(turn, session, session.legs[0].state, cause)
        turn.tell(RecordingFailed, session, cause=cause)
        self.alarms.put_up(turn, Alarm.RECORDING_LOST, session.conn_id, cause)
        session.waiting_for.clear()
        self._orphans.setdefault(session.conn_id, []).append(session)

    # -- ending ----------------------------------------------------------------------------

    def end(self, turn: Turn, session: Session, step: SessionInput, cause: str) -> None:
        """Close the session as asked, or because of what happened to the call."""
        session.step(step)
        self._close(turn, session, LegState.ENDED, cause)
        self._order_stop(turn, session, cause)
        turn.tell(RecordingStopped, session, cause=cause)
        self._conclude_if_alone(turn, session)

    def fail(self, turn: Turn, session: Session, cause: str) -> None:
        """Close the session because the capture cannot go on; the backend is told to let go."""
        self._fail(turn, session, cause)
        self._order_stop(turn, session, cause)
        self._conclude_if_alone(turn, session)

    def _fail(self, turn: Turn, session: Session, cause: str) -> None:
        alarm = Alarm.RECORDING_FAILED if session.started_at is None else Alarm.RECORDING_LOST
        session.step(SessionInput.CAPTURE_FAILED)
        self._close(turn, session, LegState.FAILED, cause)
        turn.tell(RecordingFailed, session, cause=cause)
        self.alarms.put_up(turn, alarm, session.conn_id, cause)

    def _close(self, turn: Turn, session: Session, legs: LegState, cause: str) -> None:
        session.cause = cause
        session.ended_at = turn.now
        session.awaited = None
        session.set_legs(legs)
        session.close_pause(turn.now)
        self.touch(turn, session)
        self._recordings[session.conn_id].sessions.remove(session)
        del self._live[session.record_id]

    def _order_stop(self, turn: Turn, session: Session, cause: str) -> None:
        """Each capture is stopped once."""
        session.waiting_for.clear()
        if session.capture in self._with_backend and session.capture not in session.stopped:
            session.stopped.add(session.capture)
            session.waiting_for.append(Order.STOP)
            self._backend.stop(session.capture, turn.now, cause)

    def let_go(
        self, turn: Turn, session: Session, capture: SessionId, artefacts: Sequence[Artefact]
    ) -> None:
        """The backend said its last word on a capture of the session."""
        del self._with_backend[capture]
        session.stopped.discard(capture)
        session.artefacts += tuple(artefacts)
        last = capture == session.capture
        if last and session.state is SessionState.REESTABLISHING:
            return  # its number is kept, so that the next leg has another
        for segment in session.segments:
            if segment.capture == capture:
                self._profile.give_back(segment.port)
        if not last:
            return
        if not session.over:
            self._fail(turn, session, "the capture ended by itself")
        self._conclude(turn, session)

    def _conclude_if_alone(self, turn: Turn, session: Session) -> None:
        """No last word comes for a session that had no capture when it ended."""
        if session.capture not in self._with_backend and not session.concluded:
            self._profile.give_back(session.port)
            self._conclude(turn, session)

    def _conclude(self, turn: Turn, session: Session) -> None:
        """The session leaves the present; the oldest one of the past is forgotten."""
        session.waiting_for.clear()
        session.concluded = True
        turn.tell(RecordingEnded, session, artefacts=session.artefacts)
        self._history.append(session.id)
        while len(self._history) > self._rules.value.history:
            forgotten = self._sessions.pop(self._history.popleft())
            self._record_ids -= Counter((forgotten.record_id,))

    # -- calls -----------------------------------------------------------------------------

    def keep_quiet(self, session: Session) -> None:
        """The party of the session stays unrecorded for as long as it is on the call."""
        self._recordings[session.conn_id].quiet.add(session.record)

    def move_to(self, turn: Turn, session: Session, call: CallView) -> None:
        """The recorded party has become part of another call, and the session with it."""
        self._recordings[session.conn_id].sessions.remove(session)
        session.conn_id = call.conn_id
        self.recording_of(call).sessions.append(session)
        self.touch(turn, session)
        self.revise(turn, session, call)

    def agree_after_merge(self, turn: Turn, call: CallView) -> None:
        """The user data of two calls became one: GSIP_RECORD is to be true of the one.

        What was told at this very moment is not in the data yet.
        """
        said = call.user_data.first(STATE_KEY)
        recording = self._recordings.get(call.conn_id)
        if recording is not None and recording.told_at == turn.now:
            return
        told = None if recording is None else recording.told
        if said != (None if told is None else self._indicator.word(told)):
            recording = self.recording_of(call)
            recording.told = None
            turn.touched[call.conn_id] = recording

    def forget_call(self, turn: Turn, conn_id: ConnId) -> None:
        """The call is over; legs that nobody knew of any more are released now."""
        self._recordings.pop(conn_id, None)
        for session in self._orphans.pop(conn_id, ()):
            session.set_legs(LegState.ENDED)
            self._order_stop(turn, session, "orphan leg released")
            self._conclude_if_alone(turn, session)

    def touch(self, turn: Turn, session: Session) -> None:
        if not session.hidden:
            turn.touched[session.conn_id] = self._recordings[session.conn_id]
