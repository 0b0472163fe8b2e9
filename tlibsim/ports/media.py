"""What the recording desk needs from a media backend: orders go down, reports come up.

A backend sees plain data only: no call, no client, no message.  Source: MEDIA.md section 1.1.

Rules for every backend
    * An order returns at once and never raises for a failed capture; what happened is reported.
    * A report never comes from inside the order that caused it.
    * ``start`` is answered by :class:`CaptureAccepted` and :class:`CaptureStarted`, or by
      :class:`CaptureFailed`; its session id must be new (else ValueError: a mistake of ours).
    * ``stop`` is legal in any state, a second ``stop`` is ignored, nothing follows
      :class:`CaptureEnded`, and :class:`CaptureEnded` comes exactly once per started session.
    * :class:`CaptureFailed` is followed by :class:`CaptureEnded` without a ``stop``: a session
      that failed is over, at its start as later.
    * A pause when paused and a resume when not are refused with :class:`OrderRefused`.  An
      order for a session that never was, or is over, is answered by nothing.
    * What a file holds depends only on the orders and their instants, never on the timing of
      a thread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType, Protocol

Instant = NewType("Instant", int)
"""Microseconds since 1970-01-01T00:00:00Z.  Time is a number everywhere below the edge."""

SessionId = NewType("SessionId", str)
"""Identifies one recording session inside this process; never reused, never from the wire."""


class SourceKind(Enum):
    """Where the audio of a party comes from (MEDIA.md 1.2)."""

    TONE = "tone"
    SILENCE = "silence"
    NOISE = "noise"
    WAV = "wav"
    SPEECH = "speech"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSource:
    """A pure description of a party's audio; equal descriptions always give equal samples.

    ``frequency_hz`` belongs to TONE (0: derived from the party's number), ``seed`` to NOISE,
    ``files`` to WAV (one) and SPEECH (several), ``loop`` to WAV, ``timeline`` to SCRIPT:
    pairs of (start in ms, source), in rising order.
    """

    kind: SourceKind = SourceKind.TONE
    frequency_hz: float = 0.0
    seed: int = 0
    files: tuple[str, ...] = ()
    loop: bool = True
    timeline: tuple[tuple[int, "AudioSource"], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaParty:
    """One side of the recorded conversation: its number, its audio, and whether it is muted.

    ``started_at`` is the zero of the party's audio: block *n* is what the party says
    20 ms times *n* after it, in every recording of the call.  ``video`` says that the party
    sends pictures too.
    """

    dn: str
    source: AudioSource
    started_at: Instant
    muted: bool = False
    video: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """The audio tone of a recorded call (RECORDING.md 8.3, MEDIA.md 1.2).

    ``source`` is the URI asked for, ``silence_ms`` the gap from the end of one tone to the
    beginning of the next.  The tone goes into the channel of the recorded DN, and of the
    others, as ``in_record_dn`` and ``in_other_dn`` say.
    """

    source: str
    silence_ms: int
    in_record_dn: bool = True
    in_other_dn: bool = True


class StreamKind(Enum):
    AUDIO = "audio"
    VIDEO = "video"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """One m-line of a leg: whose it is, and whose voices are mixed into it.

    ``dn`` labels the stream; ``speakers`` are numbers of parties of the order.
    """

    dn: str
    speakers: tuple[str, ...]
    kind: StreamKind = StreamKind.AUDIO


@dataclass(frozen=True, slots=True, kw_only=True)
class LegPlan:
    """One SIP session towards a recorder (RECORDING.md 8, MEDIA.md 5.1 and 5.2).

    ``key`` names the leg for as long as the session lives; a leg whose party is replaced keeps
    it.  ``destination`` is an index into the order's destinations.  The Request-URI is scheme,
    colon, ``user``, ``@``, the recorder's address, ``parameters``: both are escaped already.
    ``streams`` are in the order of the m-lines.
    """

    key: str
    dn: str
    other_dn: str
    destination: int
    record_id: str
    user: str
    parameters: str
    streams: tuple[StreamPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingOrder:
    """Start one capture.

    ``parties`` holds the recorded side first, then the others; the first is channel 1.
    ``file_name`` is the name without an extension, or empty for a name of the backend's choice.
    It and ``record_id`` may come from the wire and must never lead out of the recordings
    folder.  ``destinations`` are the addresses asked for, an empty one leaves the choice to
    the pool of recorders; ``legs`` is what recorders are to be sent.  ``mixed``: one channel
    with everybody in it (profile sfb).  ``overflow_location`` is where to go when no recorder
    is at ``geo_location``, ``strict_location`` forbids any other.
    ``details`` are what the metadata beside the file repeats (agent, numbers, trigger, ...).
    """

    session: SessionId
    record_id: str
    at: Instant
    call_uuid: str
    conn_id: str
    record_dn: str
    parties: tuple[MediaParty, ...]
    file_name: str = ""
    destinations: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    geo_location: str = ""
    strict_location: bool = False
    overflow_location: str = ""
    legs: tuple[LegPlan, ...] = ()
    tone: Tone | None = None
    mixed: bool = False
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A new party list for a running capture (transfer, conference, mute).

    ``legs`` is the whole new plan.  A key that was there goes on in its dialog, a new one is
    invited, one that is missing gets its BYE.
    """

    session: SessionId
    at: Instant
    parties: tuple[MediaParty, ...]
    legs: tuple[LegPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """A file that a capture left: path, duration in milliseconds, size in bytes and SHA-256."""

    path: str
    duration_ms: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureAccepted:
    """The media service has the session; ``file_name`` is the name taken, no extension."""

    session: SessionId
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStarted:
    """Sound is being taken."""

    session: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFailed:
    """The capture could not start, or broke off; ``cause`` is for people, whole in itself."""

    session: SessionId
    cause: str
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePaused:
    session: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureResumed:
    session: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRevised:
    session: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused:
    """A pause, resume or revise that the backend could not carry out."""

    session: SessionId
    order: str
    cause: str


class LegStatus(Enum):
    """Where a leg to a recorder is (MEDIA.md 1.1)."""

    NEW = "new"
    INVITING = "inviting"
    ESTABLISHED = "established"
    PAUSED = "paused"
    ENDING = "ending"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegView:
    """A leg to a real recorder, as a person who looks for a fault wants to see it.

    ``recorder`` is the configured name or the address, ``chosen_because`` why it was taken,
    ``uri`` the Request-URI of the INVITE, ``offer`` and ``answer`` the last SDP bodies,
    ``direction`` the last one offered, ``reinvites`` how many were sent, ``code`` the last SIP
    status (0: none came).  ``attempts`` are recorders that were tried before, with the cause.
    """

    key: str
    status: LegStatus
    dn: str = ""
    other_dn: str = ""
    destination: int = 0
    recorder: str = ""
    chosen_because: str = ""
    uri: str = ""
    call_id: str = ""
    offer: str = ""
    answer: str = ""
    direction: str = ""
    reinvites: int = 0
    secured: bool = False
    video: bool = False
    code: int = 0
    cause: str = ""
    attempts: tuple[str, ...] = ()
    segments: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LegChanged:
    """A leg moved, or something that its view shows has changed."""

    session: SessionId
    leg: LegView


@dataclass(frozen=True, slots=True, kw_only=True)
class LegLost:
    """The recorder ended a leg, or can no longer be reached; the session may still go on.

    When no leg is left that could, :class:`CaptureFailed` follows.
    """

    session: SessionId
    key: str
    cause: str


PROBLEM_TONE = "tone"
PROBLEM_VIDEO = "video-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaProblem:
    """Something to tell of while the capture goes on.

    ``kind`` is PROBLEM_TONE (the tone cannot be played), PROBLEM_VIDEO (the recorder takes no
    pictures) or a word of the backend's.
    """

    session: SessionId
    kind: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded:
    """The last word on a session: what it left behind."""

    session: SessionId
    artefacts: tuple[Artefact, ...] = ()
    counters: Mapping[str, int] = field(default_factory=dict)


CaptureReport = (
    CaptureAccepted
    | CaptureStarted
    | CaptureFailed
    | CapturePaused
    | CaptureResumed
    | CaptureRevised
    | OrderRefused
    | LegChanged
    | LegLost
    | MediaProblem
    | CaptureEnded
)

ReportSink = Callable[[CaptureReport], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendStatus:
    """Ports in use, their limit (0: none), and a line per problem for people."""

    ports_in_use: int = 0
    max_ports: int = 0
    problems: Sequence[str] = ()


class MediaBackend(Protocol):
    """Takes orders on the reactor thread; see the module text for the rules."""

    def start(self, order: RecordingOrder) -> None: ...
    def pause(self, session: SessionId, at: Instant) -> None: ...
    def resume(self, session: SessionId, at: Instant) -> None: ...
    def revise(self, revision: Revision) -> None: ...
    def stop(self, session: SessionId, at: Instant, cause: str) -> None: ...
    def status(self) -> BackendStatus: ...


class RunningBackend(MediaBackend, Protocol):
    """A backend as the application holds it, with a beginning and an end.

    ``open`` begins to work and ``close`` ends every session and waits for what is unfinished;
    ``catch_up`` does at once what is due by now, for a clock that jumps; ``settled`` is true
    when every order is answered and every report was delivered.
    """

    def open(self) -> None: ...
    def settled(self) -> bool: ...
    def catch_up(self) -> None: ...
    def close(self) -> None: ...
