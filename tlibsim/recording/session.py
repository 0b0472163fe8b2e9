"""A recording session while it lives, and what is known of recording on one call.

Only the desk changes these; others see :class:`tlibsim.recording.trace.SessionTrace`.
"""

from dataclasses import dataclass, field
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import Artefact, Instant, MediaParty, SessionId
from tlibsim.recording.commands import RecordSide
from tlibsim.recording.facts import Trigger
from tlibsim.recording.policy import PartyKey
from tlibsim.recording.states import OVER, SessionInput, SessionState, advance
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
    """

    dn: str
    other_dn: str
    dest: str
    uri: str
    state: LegState = LegState.NEW
    direction: str = "sendonly"
    reinvites: int = 0


@dataclass(slots=True, kw_only=True)
class Session:
    """One recording session.  ``file_name`` is the one asked for until another was taken.

    ``reasons`` is why it is paused, or will be once it runs; ``capture_paused`` is what the
    backend last confirmed.  ``dest`` is the one of the request, ``destinations`` those in use.
    """

    id: SessionId
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
    legs: tuple[Leg, ...]
    requested_at: Instant
    state: SessionState = SessionState.IDLE
    reasons: set[PauseReason] = field(default_factory=set)
    started_at: Instant | None = None
    ended_at: Instant | None = None
    pauses: list[tuple[Instant, Instant | None]] = field(default_factory=list)
    artefacts: tuple[Artefact, ...] = ()
    cause: str = ""
    capture_paused: bool = False
    waiting_for: list[Order] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.state in OVER

    def step(self, step: SessionInput) -> None:
        """Move along the table of states."""
        self.state = advance(self.state, step)

    def answered(self, order: Order) -> bool:
        """The backend answered one such order; False when none was open."""
        if order not in self.waiting_for:
            return False
        self.waiting_for.remove(order)
        return True

    def offer(self, direction: str) -> None:
        """Every leg gets a re-INVITE with this direction."""
        for leg in self.legs:
            leg.direction = direction
            leg.reinvites += 1

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
            leg.state = state


@dataclass(slots=True, kw_only=True)
class CallRecording:
    """Recording on one call: live sessions, what GSIP_RECORD says, who stays unrecorded.

    ``call`` is the call as the last fact about it had it.  ``told`` None: the call has no key.
    ``quiet``: parties whose recording was stopped, for as long as they stay.
    """

    conn_id: ConnId
    call: CallView
    sessions: list[Session] = field(default_factory=list)
    told: str | None = None
    quiet: set[PartyKey] = field(default_factory=set)
