"""What happened to recordings, in the past tense.  Facts are values: nothing in them changes.

``because`` and ``asked_by`` are those of the request that caused it; None if nobody asked.
"""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import Artefact, SessionId
from tlibsim.switch.commands import Because


class Trigger(Enum):
    """What started a recording; the value is the text of traces (RECORDING.md 1).

    ``PRERECORD`` is one that nobody has asked for yet (RECORDING.md 3.7).
    """

    FULL_TIME = "full-time"
    ROUTE = "route"
    DYNAMIC = "dynamic"
    EMERGENCY = "emergency"
    PRERECORD = "prerecord"


class Alarm(Enum):
    """Conditions for the operator, raised and cleared (RECORDING.md 6)."""

    RECORDING_FAILED = "recording-failed"
    RECORDING_LOST = "recording-lost"
    RECORDER_UNAVAILABLE = "recorder-unavailable"
    MCP_FAILOVER = "mcp-failover"
    TONE_UNAVAILABLE = "tone-unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFact:
    """What every fact about one session carries."""

    session: SessionId
    record_id: str
    conn_id: ConnId
    record_dn: str
    trigger: Trigger
    asked_by: Dn | None = None
    because: Because | None = None


class RecordingRequested(RecordingFact):
    """The start was accepted and the order is with the media service."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(RecordingFact):
    """The media service confirmed.  ``file_name`` is without an extension, or empty."""

    file_name: str = ""


class RecordingPaused(RecordingFact):
    __slots__ = ()


class RecordingResumed(RecordingFact):
    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRevised(RecordingFact):
    """Other people are on the call.  ``record_dn`` is the recorded DN from now on."""

    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStopped(RecordingFact):
    """The session is over.  ``cause`` is a text for people."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFailed(RecordingFact):
    """The session could not start, or broke off."""

    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOrderRefused(RecordingFact):
    """The media service could not pause, resume or revise; the session goes on as it was."""

    order: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLegLost(RecordingFact):
    """A recorder let go of one leg, or can no longer be reached."""

    leg: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingProblem(RecordingFact):
    """Something went wrong and the session goes on; ``kind`` is that of MediaProblem."""

    kind: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEnded(RecordingFact):
    """The media service let go of the session; the files that it left."""

    artefacts: tuple[Artefact, ...] = ()


class RecordingMoved(RecordingFact):
    """The session goes on at another media server: it is being set up there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRemark:
    """A word for the log: something was asked or configured that is ignored, and why."""

    text: str
    conn_id: ConnId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTold:
    """A request of this DN has had its effect (option ``recording-private-info``).

    ``service`` is the PrivateMsgID of the event; ``requestor`` is the only client that is told,
    None: all on the DN.
    """

    dn: Dn
    conn_id: ConnId
    service: int
    requestor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    alarm: Alarm
    conn_id: ConnId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCleared:
    """The first session that works again clears what was raised."""

    alarm: Alarm
    conn_id: ConnId
