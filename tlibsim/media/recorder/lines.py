"""One line of an offer, from the port that is reserved for it to the stream that leaves by it."""

from dataclasses import dataclass
from typing import Protocol

from tlibsim.media.rtp.srtp import SUITE, MasterKey, SrtpError, fresh_key
from tlibsim.media.rtp.values import (
    Address,
    AudioPlan,
    Encoding,
    RtpError,
    StreamCounters,
    StreamSpec,
)
from tlibsim.media.sip.negotiation import AgreedStream
from tlibsim.media.sip.sdp import Direction
from tlibsim.ports.media import Instant, StreamKind

_ENCODINGS = {one.value: one for one in Encoding}
NO_COUNTERS = StreamCounters()


class Pair(Protocol):
    """Two ports that are bound: even for RTP, the next for RTCP."""

    @property
    def port(self) -> int: ...
    def close(self) -> None: ...


class Stream(Protocol):
    """A stream that runs (:class:`tlibsim.media.rtp.service.StreamHandle`)."""

    @property
    def problems(self) -> tuple[str, ...]: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def replace(self, audio: AudioPlan, *, new_source: bool = False) -> None: ...
    def retarget(
        self,
        remote: Address,
        *,
        remote_rtcp: Address | None = None,
        payload_type: int | None = None,
        encoding: Encoding | None = None,
        key: MasterKey | None = None,
    ) -> None: ...
    def counters(self) -> StreamCounters: ...
    def stop(self) -> StreamCounters: ...


class Streams(Protocol):
    """Where streams come from (:class:`tlibsim.media.rtp.service.RtpEngine` by an adapter)."""

    def reserve(self) -> Pair: ...
    def add(self, spec: StreamSpec, pair: Pair, at: Instant) -> Stream: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounding:
    """What a line is to carry, and the beginning of the recording."""

    audio: AudioPlan
    zero: Instant
    group: str


class Line:
    """A reserved port, and the stream on it once a recorder has taken the line.

    ``key`` is our key for it, new for each line; None where sound is not encrypted.
    """

    def __init__(self, streams: Streams, kind: StreamKind) -> None:
        """Reserve the port; raises RtpError."""
        self.kind = kind
        self.key: MasterKey | None = None
        self.label = ""
        self._streams = streams
        self._pair = streams.reserve()
        self.port = self._pair.port
        self._stream: Stream | None = None
        self._counters = NO_COUNTERS
        self._told: tuple[str, ...] = ()

    @property
    def on(self) -> bool:
        """Whether a recorder takes the line."""
        return self._stream is not None

    @property
    def suite(self) -> str:
        """Cipher and key as an ``a=crypto`` line has them; empty without encryption."""
        return f"{SUITE} {self.key.inline}" if self.key is not None else ""

    def secure(self, *, on: bool) -> None:
        """Take a fresh key for the next offer, or none."""
        self.key = fresh_key() if on else None

    def connect(self, agreed: AgreedStream, sounding: Sounding, at: Instant) -> None:
        """Follow the answer of a recorder; silent until :meth:`sound`.  Raises RtpError."""
        encoding = encoding_of(agreed)
        if encoding is None or agreed.codec is None:
            self.stop()
            return
        remote = (agreed.address, agreed.port)
        rtcp = (agreed.address, agreed.rtcp_port) if agreed.rtcp_port else None
        if self._stream is not None:
            self._stream.retarget(
                remote,
                remote_rtcp=rtcp,
                payload_type=agreed.codec.payload,
                encoding=encoding,
                key=self.key,
            )
            return
        spec = StreamSpec(
            remote=remote,
            payload_type=agreed.codec.payload,
            encoding=encoding,
            zero=sounding.zero,
            audio=sounding.audio,
            group=sounding.group,
            cname=f"{sounding.group}@tlibsim",
            remote_rtcp=rtcp,
            key=self.key,
            active=False,
        )
        try:
            self._stream = self._streams.add(spec, self._pair, at)
        except SrtpError as error:
            raise RtpError(str(error)) from error

    def sound(self, *, on: bool) -> None:
        """Send, or send nothing."""
        if self._stream is None:
            return
        if on:
            self._stream.resume()
        else:
            self._stream.pause()

    def carry(self, audio: AudioPlan, *, new_source: bool) -> None:
        """Let others be heard."""
        if self._stream is not None and self.kind is StreamKind.AUDIO:
            self._stream.replace(audio, new_source=new_source)

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the sound and was not told before."""
        if self._stream is None:
            return ()
        fresh = tuple(one for one in self._stream.problems if one not in self._told)
        self._told += fresh
        return fresh

    def counters(self) -> StreamCounters:
        """What this line has sent."""
        return self._counters if self._stream is None else self._stream.counters()

    def stop(self) -> None:
        """Send no more to whoever took the line; the port stays for a while, as a new one."""
        if self._stream is not None:
            self._counters = _sum(self._counters, self._stream.stop())
            self._stream = None
            self._pair = self._streams.reserve()
            self.port = self._pair.port

    def close(self) -> None:
        """End the stream and give the port back."""
        if self._stream is not None:
            self._counters = _sum(self._counters, self._stream.stop())
            self._stream = None
        else:
            self._pair.close()


def encoding_of(agreed: AgreedStream) -> Encoding | None:
    """What the answered codec is for the RTP side; None for one that was never offered."""
    return None if agreed.codec is None else _ENCODINGS.get(agreed.codec.name)


def sends(agreed: AgreedStream) -> bool:
    """Whether we are to send on a line."""
    return agreed.on and agreed.direction in {Direction.SENDONLY, Direction.SENDRECV}


def _sum(one: StreamCounters, other: StreamCounters) -> StreamCounters:
    return StreamCounters(
        packets=one.packets + other.packets,
        octets=one.octets + other.octets,
        skipped=one.skipped + other.skipped,
        refused=one.refused + other.refused,
        dropped=one.dropped + other.dropped,
        reports=one.reports + other.reports,
        error=other.error or one.error,
        far_lost=other.far_lost,
        far_jitter=other.far_jitter,
    )
