"""A recording session while it lives, and what is known of recording on one call.

Only the desk changes these; others see :class:`tlibsim.recording.trace.SessionTrace`.
"""

from dataclasses import dataclass, field
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn, DnRole
from tlibsim.ports.media import (
    Artefact,
    Instant,
    LegPlan,
    LegStatus,
    LegView,
    MediaParty,
    SessionId,
    StreamKind,
)
from tlibsim.recording.commands import RecordSide
from tlibsim.recording.facts import Trigger
from tlibsim.recording.geo import NOWHERE, GeoChoice
from tlibsim.recording.legs import BUILT_IN_RECORDER, request_uri
from tlibsim.recording.policy import PartyKey
from tlibsim.recording.states import OVER, SessionInput, SessionState, advance
from tlibsim.recording.tone import ToneChoice
from tlibsim.switch.facts import CallView


class PauseReason(Enum):
    """Why a session is paused; it goes on when no reason is left (RECORDING.md 5)."""

    ASKED = "asked"
    HOLD = "hold"


class Order(Enum):
    """An order that the backend has not answered; the value is its name in OrderRefused."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    REVISE = "revise"
    STOP = "stop"


class LegState(Enum):
    NEW = "new"
    ESTABLISHED = "established"
    FAILED = "failed"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class Leg:
    """What one recorder would have been sent: an INVITE, and re-INVITEs after it.

    ``dn`` is the party of the leg, ``other_dn`` the second one where one leg carries both.
    ``uri`` is that of the INVITE; who is on the leg later does not change it.
    """

    key: str
    dn: str
    other_dn: str
    dest: str
    uri: str
    state: LegState = LegState.NEW
    direction: str = "sendonly"
    reinvites: int = 0


_MOST_KEPT = 100
_THERE = frozenset({LegState.NEW, LegState.ESTABLISHED})
_DEAD = frozenset({LegStatus.FAILED, LegStatus.ENDED})


@dataclass(slots=True, kw_only=True)
class Session:
    """One recording session.  ``file_name`` is the one asked for until another was taken.

    ``reasons`` is why it is paused, or will be once it runs; ``capture_paused`` is what the
    backend last confirmed.  ``dest`` is the one of the request, ``destinations`` those in use
    (an empty one: the pool of recorders chooses).  ``legs`` show what the built-in recorder
    stands for, ``views`` what a backend tells of real ones, by the same keys.

    ``capture`` is the backend's name for the capture that runs now: each media server that the
    session was set up at has one, and ``segments`` are all of them.  ``hidden``: pre-recorded,
    nobody has asked for it.  ``orphan``: nobody knows of its legs any more.  ``awaited``: who
    was there when the call was sent on to somebody who is to be recorded next.
    ``single_dialog`` is a consultation that the session hears as well.
    """

    id: SessionId
    capture: SessionId
    record_id: str
    conn_id: ConnId
    call_uuid: str
    trigger: Trigger
    side: RecordSide | None
    asked_by: Dn | None
    record: PartyKey
    record_dn: str
    other_dn: str
    destinations: tuple[str, ...]
    dest: str
    params: tuple[tuple[str, str], ...]
    file_name: str
    parties: tuple[MediaParty, ...]
    plan: tuple[LegPlan, ...]
    legs: tuple[Leg, ...]
    requested_at: Instant
    rule: str
    record_role: DnRole | None = None
    mcp: str = ""
    port: str = ""
    mixed: bool = False
    dtmf_clamping: bool = False
    geo: GeoChoice = NOWHERE
    tone: ToneChoice | None = None
    hidden: bool = False
    orphan: bool = False
    awaited: frozenset[PartyKey] | None = None
    single_dialog: ConnId | None = None
    requestor: tuple[Dn, int | None] | None = None
    segments: list["Segment"] = field(default_factory=list)
    moves: int = 0
    stopped: set[SessionId] = field(default_factory=set)
    concluded: bool = False
    state: SessionState = SessionState.IDLE
    reasons: set[PauseReason] = field(default_factory=set)
    started_at: Instant | None = None
    ended_at: Instant | None = None
    pauses: list[tuple[Instant, Instant | None]] = field(default_factory=list)
    artefacts: tuple[Artefact, ...] = ()
    cause: str = ""
    capture_paused: bool = False
    views: dict[str, LegView] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    video_refused: bool = False
    waiting_for: list[Order] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.state in OVER

    def note(self, problem: str) -> None:
        """Keep a word on what went wrong; of very many the last ones."""
        self.problems.append(problem)
        del self.problems[:-_MOST_KEPT]

    def begin_segment(self, mcp: str, port: str, now: Instant) -> None:
        """Another media server takes the session over, with a capture of its own."""
        self.moves += 1
        self.mcp, self.port = mcp, port
        self.capture = SessionId(f"{self.id}.{self.moves + 1}")
        self.segments.append(Segment(capture=self.capture, mcp=mcp, since=now, port=port))
        del self.segments[:-_MOST_KEPT]

    def continue_as(self, suffix: str, now: Instant) -> None:
        """The same session at the same place, in another capture with legs of its own."""
        self.capture = SessionId(f"{self.id}.{suffix}")
        segment = Segment(capture=self.capture, mcp=self.mcp, since=now, port=self.port)
        self.segments.append(segment)
        del self.segments[:-_MOST_KEPT]
        self.views.clear()
        self.stopped.clear()
        self.capture_paused = False
        for leg in self.legs:
            if leg.state in _THERE:
                leg.state, leg.reinvites = LegState.NEW, 0

    def step(self, step: SessionInput) -> None:
        """Move along the table of states."""
        self.state = advance(self.state, step)

    def answered(self, order: Order) -> bool:
        """The backend answered one such order; False when none was open."""
        if order not in self.waiting_for:
            return False
        self.waiting_for.remove(order)
        return True

    @property
    def video(self) -> bool:
        """Whether pictures are recorded."""
        lines = [stream.kind for leg in self.plan for stream in leg.streams]
        return StreamKind.VIDEO in lines and not self.video_refused

    def offer(self) -> None:
        """Every leg that is there gets a re-INVITE with what is to be sent now."""
        self.aim()
        for leg in self.legs:
            if leg.state in _THERE:
                leg.reinvites += 1

    def aim(self) -> None:
        """Set the direction of every leg that is there.

        Nothing is sent while the session is paused, nor on a leg with a line of which nobody
        may be heard (RECORDING.md 5, MEDIA.md 5.3).
        """
        paused = self.state is SessionState.PAUSED
        muted = {party.dn for party in self.parties if party.muted}
        silent = {leg.key for leg in self.plan if _is_silent(leg, muted)}
        for leg in self.legs:
            if leg.state in _THERE:
                leg.direction = "inactive" if paused or leg.key in silent else "sendonly"

    def follow_plan(self, plan: tuple[LegPlan, ...]) -> None:
        """Other people are behind the legs: some are new, some are gone."""
        old = {leg.key: leg for leg in self.legs}
        state = max((leg.state for leg in self.legs), default=LegState.NEW, key=_PROGRESS.index)
        planned = {leg.key for leg in plan}
        for key, leg in old.items():
            if key not in planned:
                leg.state = LegState.ENDED
        made = []
        for leg_plan in plan:
            leg = old.get(leg_plan.key) or leg_of(leg_plan, self.destinations)
            leg.dn, leg.other_dn = leg_plan.dn, leg_plan.other_dn
            if leg_plan.key not in old:
                leg.state, leg.reinvites = state, -1
            made.append(leg)
        gone = [leg for key, leg in old.items() if key not in planned]
        self.plan, self.legs = plan, (*made, *gone)

    def lost_destinations(self) -> set[int]:
        """Destinations of which no real leg is left."""
        alive = {leg.destination for leg in self.plan if not self._is_dead(leg.key)}
        return {leg.destination for leg in self.plan} - alive

    def _is_dead(self, key: str) -> bool:
        view = self.views.get(key)
        return view is not None and view.status in _DEAD

    def modify(self, params: tuple[tuple[str, str], ...]) -> None:
        """Pairs of a control request replace or join those of the session (RECORDING.md 5)."""
        news = {key.lower() for key, _ in params}
        kept = tuple(pair for pair in self.params if pair[0].lower() not in news)
        self.params = kept + params

    def close_pause(self, now: Instant) -> None:
        """The last pause, if it still goes on, ends now."""
        if self.pauses and self.pauses[-1][1] is None:
            self.pauses[-1] = (self.pauses[-1][0], now)

    def set_legs(self, state: LegState) -> None:
        for leg in self.legs:
            if leg.state is not LegState.ENDED:
                leg.state = state


_PROGRESS = (LegState.ENDED, LegState.FAILED, LegState.NEW, LegState.ESTABLISHED)


def _is_silent(plan: LegPlan, muted: set[str]) -> bool:
    lines = [set(line.speakers) for line in plan.streams]
    return any(line and line <= muted for line in lines)


def leg_of(plan: LegPlan, destinations: tuple[str, ...]) -> Leg:
    """What would be sent for a planned leg."""
    dest = destinations[plan.destination]
    return Leg(
        key=plan.key,
        dn=plan.dn,
        other_dn=plan.other_dn,
        dest=dest or BUILT_IN_RECORDER,
        uri=request_uri(dest, plan),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The session at one media server, since when."""

    capture: SessionId
    mcp: str
    since: Instant
    port: str = ""


@dataclass(slots=True, kw_only=True)
class CallRecording:
    """Recording on one call: live sessions, what GSIP_RECORD says, who stays unrecorded.

    ``call`` is the call as the last fact about it had it.  ``told`` None: the call has no key;
    ``told_at`` is when it was told.
    ``quiet``: parties whose recording was stopped, for as long as they stay.  ``transferred``:
    somebody has transferred the call.
    """

    conn_id: ConnId
    call: CallView
    sessions: list[Session] = field(default_factory=list)
    told: str | None = None
    told_at: Instant | None = None
    told_video: str | None = None
    quiet: set[PartyKey] = field(default_factory=set)
    transferred: bool = False

    @property
    def visible(self) -> list[Session]:
        """The live sessions that somebody has asked for."""
        return [one for one in self.sessions if not one.hidden]

    @property
    def hidden(self) -> Session | None:
        """The session that is pre-recorded, if there is one."""
        return next((one for one in self.sessions if one.hidden), None)
