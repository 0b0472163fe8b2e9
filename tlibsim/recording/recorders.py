"""What becomes of a session when recorders let go of legs, or media have a problem.

Sources: RECORDING.md 6 and 8.3.  When a session is over is decided by the backend, but for a
duplicated one with ``dup-fail=any``.
"""

from dataclasses import replace

from tlibsim.ports.media import (
    PROBLEM_TONE,
    PROBLEM_VIDEO,
    LegStatus,
    LegView,
    MediaProblem,
)
from tlibsim.recording.facts import Alarm, RecordingLegLost, RecordingProblem
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.rules import RulesInForce
from tlibsim.recording.session import Session
from tlibsim.recording.turn import Turn


class Recorders:
    """Takes what is told of real legs and of media."""

    def __init__(self, rules: RulesInForce, ledger: Ledger) -> None:
        self._rules = rules
        self._ledger = ledger

    def lose_leg(self, turn: Turn, session: Session, key: str, cause: str) -> None:
        """The session goes on with what is left; if nothing is, CaptureFailed comes."""
        view = session.views.get(key, LegView(key=key, status=LegStatus.FAILED))
        session.views[key] = replace(view, status=LegStatus.FAILED, cause=cause)
        if session.over:
            return
        turn.tell(RecordingLegLost, session, leg=key, cause=cause)
        detail = f"leg {key} of {session.record_id}: {cause}"
        self._ledger.alarms.put_up(turn, Alarm.RECORDER_UNAVAILABLE, session.conn_id, detail)
        self.weigh_losses(turn, session)

    def weigh_losses(self, turn: Turn, session: Session) -> None:
        """Option ``dup-fail``: whether one dead destination of two ends it (RECORDING.md 6)."""
        lost = session.lost_destinations()
        if not lost or session.over or len(session.destinations) < 2:
            return
        detail = f"destination {min(lost) + 1} of {session.record_id} is lost"
        self._ledger.alarms.put_up(turn, Alarm.RECORDER_UNAVAILABLE, session.conn_id, detail)
        if self._rules.value.dup_fail == "any":
            self._ledger.fail(turn, session, f"{detail} (dup-fail=any)")

    def take_problem(self, turn: Turn, session: Session, report: MediaProblem) -> None:
        """It is shown, told and, if it concerns the tone, an alarm; nothing ends."""
        session.note(f"{report.kind}: {report.cause}")
        if session.over:
            return
        turn.tell(RecordingProblem, session, kind=report.kind, cause=report.cause)
        if report.kind == PROBLEM_TONE:
            self._ledger.alarms.put_up(
                turn, Alarm.TONE_UNAVAILABLE, session.conn_id, report.cause
            )
        if report.kind == PROBLEM_VIDEO:
            session.video_refused = True
            self._ledger.touch(turn, session)
