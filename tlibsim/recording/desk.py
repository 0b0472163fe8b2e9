"""The recording desk: takes commands, notices what happens to calls, takes reports.

Each way in returns :class:`Steps`: facts, and commands for the switch.  It opens no file and
reads no clock.  Rules: RECORDING.md 1 to 9.  What a product decides is in ``profiles``, what
begins by itself in ``beginning``, what calls do to sessions in ``follower``, how a session comes
to be in ``opening``, and what happens to it is carried out in ``ledger``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from tlibsim.recording.afterwards import Afterwards
from tlibsim.recording.agenda import Agenda, GraceOver, SetUpAgain
from tlibsim.recording.asking import Asking
from tlibsim.recording.beginning import Beginner
from tlibsim.recording.closing import with_last_word
from tlibsim.recording.commands import (
    ClientCommand,
    FailConnector,
    PauseRecording,
    RecordingCommand,
    ResumeRecording,
    SetMediaService,
    StartRecording,
    StopRecording,
    TellOfRecording,
)
from tlibsim.recording.facts import RecordingRemark, RecordingTold
from tlibsim.recording.follower import Follower
from tlibsim.recording.ledger import Ledger
from tlibsim.recording.nodes import MediaNodes
from tlibsim.recording.notes import Notebook
from tlibsim.recording.opening import Opener, utc
from tlibsim.recording.profiles import Profile
from tlibsim.recording.profiles.sfb import SkypeForBusiness
from tlibsim.recording.profiles.sipserver import SipServer
from tlibsim.recording.recorders import Recorders
from tlibsim.recording.routewish import read_route
from tlibsim.recording.rules import CallsView, RecordingRules, RulesInForce
from tlibsim.recording.session import LegState, Order, Session
from tlibsim.recording.states import SessionInput, SessionState
from tlibsim.recording.trace import SessionTrace
from tlibsim.recording.turn import NOTHING, Steps, Turn
from tlibsim.switch.commands import RouteCall
from tlibsim.switch.facts import PartyView

__all__ = ["RecordingDesk", "Steps"]

PROFILES: Mapping[str, Callable[[RulesInForce, CallsView], Profile]] = {
    "sip-server": SipServer,
    "sfb": SkypeForBusiness,
}
_A_MINUTE = 60_000_000
_MOST_MOVES = 5
_MAY_MOVE = frozenset({SessionState.ACTIVE, SessionState.PAUSED})


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
        self._rules = in_force = RulesInForce(rules)
        self._calls = calls
        self._profile = profile = PROFILES[rules.profile](in_force, calls)
        self._notebook = notebook = Notebook(calls)
        self._nodes = MediaNodes(calls, in_force)
        self._agenda = Agenda()
        afterwards = Afterwards(in_force, calls, self._agenda)
        self._opener = opener = Opener(
            in_force,
            profile=profile,
            calls=calls,
            nodes=self._nodes,
            rng=rng,
            sources=sources,
            utc_offset=utc_offset,
        )
        self._ledger = ledger = Ledger(
            in_force,
            calls=calls,
            backend=backend,
            opener=opener,
            profile=profile,
            note_of=notebook.of,
        )
        self._afterwards = afterwards
        self._recorders = Recorders(in_force, ledger)
        self._beginner = Beginner(
            in_force, calls=calls, ledger=ledger, profile=profile, notebook=notebook
        )
        self._follower = Follower(
            in_force,
            calls=calls,
            ledger=ledger,
            profile=profile,
            notebook=notebook,
            beginner=self._beginner,
            afterwards=afterwards,
        )
        self._asking = Asking(
            in_force,
            calls=calls,
            ledger=ledger,
            profile=profile,
            beginner=self._beginner,
            afterwards=afterwards,
        )

    def reconfigure(self, rules: RecordingRules) -> None:
        """Go by other rules from now on; profile and ports of the sfb section stay."""
        self._rules.value = rules

    def parts(self) -> Mapping[str, object]:
        """What holds the state of the desk, by name; ``ports`` is there in profile sfb only."""
        parts = {
            "ledger": self._ledger,
            "alarms": self._ledger.alarms,
            "opener": self._opener,
            "nodes": self._nodes,
            "notebook": self._notebook,
            "agenda": self._agenda,
            "afterwards": self._afterwards,
            "follower": self._follower,
        }
        ports = self._profile.ports
        return parts if ports is None else {**parts, "ports": ports}

    def take_up(self, now: Instant) -> Steps:
        """The state of another time is in place: what it records is recorded from here on."""
        turn = Turn(now)
        self._opener.begin_anew()
        self._ledger.take_up(turn)
        return self._ledger.steps(turn)

    def shut_down(self, now: Instant) -> None:
        """The server stops: every session ends as with its call, and nobody is told."""
        turn = Turn(now)
        for session in self._ledger.all_live():
            self._ledger.end(turn, session, SessionInput.CALL_ENDED, "the server stopped")

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

    def remarks(self) -> tuple[RecordingRemark, ...]:
        """What is configured that has no effect on recording, for the log at the start."""
        return tuple(RecordingRemark(text=text) for text in self._profile.remarks())

    def port_is_free(self, port: str) -> bool:
        """Whether a recording port of profile sfb can be taken (RECORDING.md 9, 3)."""
        return self._profile.port_is_free(port)

    # -- the ways in -----------------------------------------------------------------------

    def perform(self, command: Any, now: Instant) -> Steps:
        """Carry out a command of ``recording.commands``.

        Raises RequestRefused, and then nothing has changed.
        """
        turn = Turn(now, command if isinstance(command, ClientCommand) else None)
        COMMANDS[type(command)](self, turn, command)
        return self._ledger.steps(turn)

    def heed(self, command: object, now: Instant) -> Steps:
        """Take what a command that the switch has carried out says of recording."""
        if type(command) is not RouteCall:
            return NOTHING
        extensions = None if command.because is None else command.because.extensions
        wish = read_route(extensions, self._rules.value)
        call = self._calls.call(command.conn_id)
        if wish is None or call is None:
            return NOTHING
        turn = Turn(now)
        self._beginner.routed(turn, call, command.dn, wish)
        return self._ledger.steps(turn)

    def notice(self, fact: object, now: Instant) -> Steps:
        """Act on what happened to a call.  Any fact may come; most are of no interest."""
        if not self._follower.concerns(fact):
            return NOTHING
        turn = Turn(now)
        self._follower.notice(turn, fact)
        return self._ledger.steps(turn)

    def report(self, report: CaptureReport, now: Instant) -> Steps:
        """Take a report of the backend; one about a capture it let go of changes nothing."""
        session = self._ledger.with_backend(report.session)
        if session is None:
            return NOTHING
        turn = Turn(now)
        if report.session == session.capture:
            REPORTS[type(report)](self, turn, session, report)
        elif isinstance(report, CaptureEnded):
            self._capture_ended(turn, session, report)
        return self._ledger.steps(turn)

    def next_deadline(self) -> Instant | None:
        """When :meth:`due` is wanted next."""
        return self._agenda.next()

    def due(self, now: Instant) -> Iterator[Steps]:
        """Do what has come due."""
        while (item := self._agenda.due(now)) is not None:
            turn = Turn(now)
            match item:
                case SetUpAgain(session=session):
                    self._ledger.reestablish(turn, session)
                case GraceOver(conn_id=conn_id):
                    self._afterwards.claim(conn_id)
            yield self._ledger.steps(turn)

    def ahead_of(self, facts: Sequence[object]) -> Sequence[object]:
        """The facts of one turn of the switch as they are to be published.

        With ``off-on-release`` a recorded call that ends says Off first, in a change of its
        user data, and the facts of its end carry that (RECORDING.md 4).  Otherwise: the same.
        """
        if not self._rules.value.off_on_release or not self._rules.value.gsip_record:
            return facts
        return with_last_word(facts, self._ledger.recording, self._rules.value)

    # -- commands --------------------------------------------------------------------------

    def _start(self, turn: Turn, command: StartRecording) -> None:
        self._asking.start(turn, command)

    def _stop(self, turn: Turn, command: StopRecording) -> None:
        self._asking.stop(turn, command)

    def _pause(self, turn: Turn, command: PauseRecording) -> None:
        self._asking.pause(turn, command)

    def _resume(self, turn: Turn, command: ResumeRecording) -> None:
        self._asking.resume(turn, command)

    def _set_media_service(self, _: Turn, command: SetMediaService) -> None:
        """What runs goes on; nothing new can start while it is down (RECORDING.md 6, 9)."""
        self._ledger.service_up = command.up

    def _fail_connector(self, turn: Turn, _: FailConnector) -> None:
        for session in self._ledger.all_live():
            if session.state is not SessionState.REESTABLISHING:
                self._ledger.orphan(turn, session, "the connector failed over")

    def _tell(self, turn: Turn, command: TellOfRecording) -> None:
        turn.facts.append(
            RecordingTold(
                dn=command.dn,
                conn_id=command.conn_id,
                service=command.service,
                requestor=command.requestor,
            )
        )

    # -- what the backend reports ----------------------------------------------------------

    def _accepted(self, turn: Turn, session: Session, report: CaptureAccepted) -> None:
        if session.state is SessionState.STARTING:
            session.file_name = report.file_name or session.file_name
            if self._rules.value.record_on_confirm == "media-server":
                self._ledger.confirm(turn, session)

    def _started(self, turn: Turn, session: Session, _: CaptureStarted) -> None:
        if session.answered(Order.START):
            session.set_legs(LegState.ESTABLISHED)
            if session.state in {SessionState.STARTING, SessionState.REESTABLISHING}:
                self._ledger.confirm(turn, session)
            elif session.state is SessionState.PAUSED:
                self._ledger.pause_again(turn, session)

    def _failed(self, turn: Turn, session: Session, report: CaptureFailed) -> None:
        """The session is over, unless the product sets it up again (RECORDING.md 6, 9)."""
        if session.over:
            return
        delay = None
        if session.state in _MAY_MOVE and not _moves_too_often(session, turn.now):
            delay = self._profile.retry_after(session, report)
        if delay is None:
            self._ledger.fail(turn, session, report.cause)
            return
        self._ledger.lose_media(turn, session, report.cause)
        if delay:
            self._agenda.put(Instant(turn.now + delay), SetUpAgain(session=session))
        else:
            self._ledger.reestablish(turn, session)

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
        self._recorders.weigh_losses(turn, session)

    def _leg_lost(self, turn: Turn, session: Session, report: LegLost) -> None:
        self._recorders.lose_leg(turn, session, report.key, report.cause)

    def _problem(self, turn: Turn, session: Session, report: MediaProblem) -> None:
        self._recorders.take_problem(turn, session, report)

    def _order_refused(self, turn: Turn, session: Session, report: OrderRefused) -> None:
        self._ledger.take_refusal(turn, session, report)

    def _capture_ended(self, turn: Turn, session: Session, report: CaptureEnded) -> None:
        self._ledger.let_go(turn, session, report.session, report.artefacts)


def _moves_too_often(session: Session, now: Instant) -> bool:
    """Whether so many media servers were lost in the last minute that it is no accident."""
    fresh = [one for one in session.segments[1:] if now - one.since < _A_MINUTE]
    return len(fresh) >= _MOST_MOVES


COMMANDS: Mapping[type[RecordingCommand], Callable[[RecordingDesk, Turn, Any], None]] = {
    StartRecording: RecordingDesk._start,
    StopRecording: RecordingDesk._stop,
    PauseRecording: RecordingDesk._pause,
    ResumeRecording: RecordingDesk._resume,
    SetMediaService: RecordingDesk._set_media_service,
    FailConnector: RecordingDesk._fail_connector,
    TellOfRecording: RecordingDesk._tell,
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
