"""What streams are described by and what is known of them: plain values (MEDIA.md 3.3, 3.4)."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from tlibsim.media.rtp.srtp import MasterKey
from tlibsim.ports.media import Instant, MediaParty, StreamPlan, Tone

Address = tuple[str, int]
"""Host and port of a UDP socket."""

BLOCK_US = 20_000
"""Every packet of sound holds 20 ms."""


class Encoding(Enum):
    """What a stream carries; the value is the name in an SDP, with the clock rate."""

    PCMU = "PCMU/8000"
    PCMA = "PCMA/8000"
    H264 = "H264/90000"
    VP8 = "VP8/90000"

    @property
    def is_video(self) -> bool:
        return self in {Encoding.H264, Encoding.VP8}

    @property
    def clock_hz(self) -> int:
        """How many timestamp units a second has."""
        return 90_000 if self.is_video else 8_000


class RtpError(Exception):
    """A stream cannot be had: no port, too few open files, no SRTP.  The text is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpSettings:
    """How streams leave this machine.

    ``host`` is the address that the sockets are bound to.  Ports are even and come from
    ``first_port`` to ``last_port``; ``first_port`` 0 lets the system choose.  ``rtcp`` False
    sends no reports.  A thread that is late by more than ``skip_after_ms`` leaves blocks out;
    ``urgent``: it asks to go before other threads, and does where the system allows it.
    ``max_streams`` is what the limit of open files is raised for; ``spare_files`` descriptors
    are left to the rest of the program.  ``audio_folders`` as in the file backend.
    """

    host: str = "127.0.0.1"
    first_port: int = 0
    last_port: int = 0
    rtcp: bool = True
    rtcp_interval_ms: int = 5000
    skip_after_ms: int = 100
    urgent: bool = True
    max_streams: int = 2000
    spare_files: int = 64
    audio_folders: tuple[Path, ...] = (Path(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPlan:
    """Who is heard in a stream: these parties together, without those that are muted.

    ``tone`` is mixed in when it is there: its first beep begins at ``tone_from``, without
    one at the zero of the stream.
    """

    parties: tuple[MediaParty, ...] = ()
    tone: Tone | None = None
    tone_from: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """One RTP stream to a recorder.

    ``payload_type`` is the number that the answer took, ``encoding`` what it means.  ``zero``
    is the beginning of the recording (the order's ``at``): block *n* is heard 20 ms times *n*
    after it, in every stream with this zero.  Streams of one ``group`` (the session id) are
    sent at the same instant.  ``remote_rtcp`` is the port above ``remote`` unless it is set.
    ``key`` secures the stream.  Video needs no ``audio``.  A stream that is not ``active``
    begins paused.
    """

    remote: Address
    payload_type: int
    encoding: Encoding
    zero: Instant
    audio: AudioPlan = field(default_factory=AudioPlan)
    group: str = ""
    cname: str = ""
    remote_rtcp: Address | None = None
    key: MasterKey | None = None
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounters:
    """What a stream has done: ``octets`` are payload.

    ``skipped`` blocks were left out because the thread was late; ``refused`` packets found
    nobody at the other end (ICMP); ``dropped`` ones the system did not take, ``error`` says
    why the last time.  ``reports`` counts RTCP packets sent.  ``far_lost`` and ``far_jitter``
    (in timestamp units) are what the recorder last reported, -1 as long as it has not.
    """

    packets: int = 0
    octets: int = 0
    skipped: int = 0
    refused: int = 0
    dropped: int = 0
    reports: int = 0
    error: str = ""
    far_lost: int = -1
    far_jitter: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpStatus:
    """The whole side at a glance; counts are since :meth:`RtpEngine.open`.

    ``late_ms`` says how late the slots of streams were begun: median, 99 of 100, greatest.
    ``missed`` counts the times that the thread was so late that it left blocks out; ``room``
    is how many streams can still be had; ``cpu_s`` is the processor time of the thread.
    """

    streams: int = 0
    active: int = 0
    packets: int = 0
    octets: int = 0
    skipped: int = 0
    refused: int = 0
    dropped: int = 0
    reports: int = 0
    missed: int = 0
    late_ms: tuple[float, float, float] = (0.0, 0.0, 0.0)
    room: int = 0
    cpu_s: float = 0.0
    problems: tuple[str, ...] = ()


def plan_of(
    stream: StreamPlan,
    parties: tuple[MediaParty, ...],
    *,
    tone: Tone | None = None,
    record_dn: str = "",
    tone_from: Instant | None = None,
) -> AudioPlan:
    """Say who is heard in an m-line of a leg.

    ``parties`` are those of the order or the last revision.  The tone goes into the stream of
    ``record_dn`` and into those of others as the tone says; it begins at ``tone_from``.
    """
    heard = tuple(party for party in parties if party.dn in stream.speakers)
    if tone is not None:
        wanted = tone.in_record_dn if stream.dn == record_dn else tone.in_other_dn
        tone = tone if wanted else None
    return AudioPlan(parties=heard, tone=tone, tone_from=tone_from)
