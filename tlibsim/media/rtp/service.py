"""All RTP streams of this process: ports, sound, the pacing thread (MEDIA.md 3.3 and 3.4).

The methods belong to one thread, the one that gives orders; none of them waits.  What cannot be
had is told as :class:`tlibsim.media.rtp.values.RtpError` at once; a stream that runs never
raises, it counts.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from tlibsim.media.rtp.clips import clip
from tlibsim.media.rtp.identity import Start, fresh_source
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.pictures import PictureStream
from tlibsim.media.rtp.ports import PortPair, Ports
from tlibsim.media.rtp.reels import Darkroom
from tlibsim.media.rtp.sender import SLOTS, Sender
from tlibsim.media.rtp.srtp import MasterKey, Protector, SrtpError, protector
from tlibsim.media.rtp.stillness import Stillness
from tlibsim.media.rtp.stream import SoundStream
from tlibsim.media.rtp.studio import Studio
from tlibsim.media.rtp.values import (
    BLOCK_US,
    Address,
    AudioPlan,
    Encoding,
    RtpError,
    RtpSettings,
    RtpStatus,
    StreamCounters,
    StreamSpec,
)
from tlibsim.ports.media import Instant

_JUMP_US = 500_000
_PATIENCE_S = 5.0


Stream = SoundStream | PictureStream


class StreamHandle:
    """One stream, as whoever ordered it holds it.

    ``spec`` is what it was ordered to be, with all changes; ``port`` is ours; ``problems``
    names sources that cannot be heard and so are silence.
    """

    def __init__(
        self, engine: "RtpEngine", spec: StreamSpec, stream: Stream, problems: tuple[str, ...]
    ) -> None:
        self._engine = engine
        self._stream = stream
        self._stopped = False
        self.spec = spec
        self.port = stream.line.pair.port
        self.active = False
        self.problems = problems

    @property
    def ssrc(self) -> int:
        """The source that the next packet is of."""
        return self._stream.wish.source.ssrc

    def pause(self) -> None:
        """Send no more packets until :meth:`resume`; reports go on, and so does the time."""
        if self.active and not self._stopped:
            self.active = False
            self._engine.silence(self._stream)

    def resume(self) -> None:
        """Send packets again: sound with the marker, pictures from the next key picture on."""
        if not self.active and not self._stopped:
            self.active = True
            _begin(self._stream, new_source=False)
            self._engine.sound(self._stream)

    def replace(self, audio: AudioPlan, *, new_source: bool = False) -> None:
        """Let others be heard from the next packet on.

        ``new_source`` (the party of the stream changed) takes a new SSRC, with the marker.
        """
        if self._stopped:
            return
        self.spec = replace(self.spec, audio=audio)
        self.problems = self._engine.recast(self._stream, self.spec)
        if new_source:
            _begin(self._stream, new_source=True)

    def retarget(
        self,
        remote: Address,
        *,
        remote_rtcp: Address | None = None,
        payload_type: int | None = None,
        encoding: Encoding | None = None,
        key: MasterKey | None = None,
    ) -> None:
        """Send to another place, or otherwise, from now on; None keeps what was.

        Raises RtpError when there is no way to the address, or no SRTP; ValueError when sound
        is to become pictures or the reverse.
        """
        if self._stopped:
            return
        old = self.spec
        spec = replace(
            old,
            remote=remote,
            remote_rtcp=remote_rtcp,
            payload_type=old.payload_type if payload_type is None else payload_type,
            encoding=encoding or old.encoding,
            key=key or old.key,
        )
        if spec.encoding.is_video is not old.encoding.is_video:
            raise ValueError(f"a stream of {old.encoding} cannot become {spec.encoding}")
        if (remote, remote_rtcp) != (old.remote, old.remote_rtcp):
            self._stream.line.connect(remote, remote_rtcp)
        if spec.key != old.key:
            self._stream.secure(_protector(spec.key))
        if (spec.encoding, spec.payload_type) != (old.encoding, old.payload_type):
            self.problems = self._engine.recast(self._stream, spec)
        self.spec = spec

    def counters(self) -> StreamCounters:
        """Return what was done so far."""
        return self._stream.counters()

    def stop(self) -> StreamCounters:
        """End the stream: no packet follows, then BYE, then the ports are free again.

        A packet that is on its way in this very moment is not in the counters returned, and is
        in those of :meth:`counters` later.  A second stop does nothing.
        """
        self.pause()
        if not self._stopped:
            self._stopped = True
            self._engine.forget(self.spec, self._stream)
        return self.counters()


class RtpEngine:
    """Starts streams.  ``now`` gives the present; it is asked once, when the engine opens."""

    def __init__(self, settings: RtpSettings, *, now: Callable[[], Instant]) -> None:
        self.settings = settings
        self._now = now
        self._ports = Ports(settings)
        self._darkroom = Darkroom()
        self._studio = Studio(settings, self._darkroom)
        self._sender = Sender(
            skip_after_ms=settings.skip_after_ms,
            report_ms=settings.rtcp_interval_ms,
            urgent=settings.urgent,
        )
        self._groups: dict[str, tuple[int, int]] = {}
        self._load = [0] * SLOTS
        self._live: dict[Stream, StreamHandle] = {}
        self._leaving: set[Stream] = set()
        self._gone = StreamCounters()
        self._problems: tuple[str, ...] = ()
        self._stillness = Stillness()
        self._sounding = 0
        self._opened = False

    def open(self) -> None:
        """Raise the limit of open files and start the threads."""
        self._problems = self._ports.prepare()
        self._sender.offset_us = self._now() - _mono_us()
        self._darkroom.open()
        self._sender.open()
        self._opened = True

    def close(self) -> None:
        """Stop every stream with its BYE, and the threads; once more does no harm."""
        for handle in tuple(self._live.values()):
            handle.stop()
        if self._opened:
            self._opened = False
            self._sender.close(_PATIENCE_S)
            self._darkroom.close()

    def reserve(self) -> PortPair:
        """Bind a pair of ports for an offer; close it if no stream follows.  Raises RtpError."""
        return self._ports.reserve()

    def add(self, spec: StreamSpec, pair: PortPair, at: Instant) -> StreamHandle:
        """Begin a stream on reserved ports, which then are the stream's.

        ``at`` is the present.  Raises RtpError when the address or SRTP cannot be had; the
        ports then are still the caller's.
        """
        self._align(at)
        line = Line(pair, spec.cname, _protector(spec.key), rtcp=self.settings.rtcp)
        line.connect(spec.remote, spec.remote_rtcp)
        slot = self._slot(spec.group)
        shift = (self._sender.offset_us + slot * 1000 - spec.zero) // BLOCK_US
        stream, problems = self._made(spec, line, slot, shift)
        handle = StreamHandle(self, spec, stream, problems)
        self._live[stream] = handle
        self._sender.add(stream)
        if spec.active:
            handle.resume()
        return handle

    def status(self) -> RtpStatus:
        """Return what is going on and what was done since the start."""
        self._collect()
        streams = (*self._live, *self._leaving)
        every = [self._gone, *(stream.counters() for stream in streams)]
        errors = {f"a packet was dropped: {one.error}": None for one in every if one.error}
        return RtpStatus(
            streams=len(self._live),
            active=self._sounding,
            packets=sum(one.packets for one in every),
            octets=sum(one.octets for one in every),
            skipped=sum(one.skipped for one in every),
            refused=sum(one.refused for one in every),
            dropped=sum(one.dropped for one in every),
            reports=sum(one.reports for one in every),
            missed=self._sender.missed,
            late_ms=self._sender.lateness.summary(),
            room=self._ports.free,
            cpu_s=self._sender.cpu_s(),
            problems=(*self._problems, *errors),
        )

    def sound(self, stream: Stream) -> None:
        """Let a stream of ours be heard."""
        self._sounding += 1
        self._stillness.begin()
        self._stillness.breathe()
        self._sender.activate(stream)

    def silence(self, stream: Stream) -> None:
        """Let a stream of ours be silent."""
        self._sender.deactivate(stream)
        self._sounding -= 1
        if not self._sounding:
            self._stillness.end()

    def recast(self, stream: Stream, spec: StreamSpec) -> tuple[str, ...]:
        """Have a stream of ours send what is described now; return what cannot be heard."""
        number = spec.payload_type
        if isinstance(stream, PictureStream):
            pictures = clip(spec.encoding)
            stream.wish = stream.wish.changed(content=pictures, payload_type=number)
            return ()
        reel, problems = self._studio.reel(spec.audio, spec.encoding, spec.zero)
        stream.wish = stream.wish.changed(content=reel, payload_type=number)
        return problems

    def forget(self, spec: StreamSpec, stream: Stream) -> None:
        """End a stream of ours that is silent."""
        del self._live[stream]
        self._load[stream.slot] -= 1
        if spec.group:
            slot, members = self._groups.pop(spec.group)
            if members > 1:
                self._groups[spec.group] = (slot, members - 1)
        self._leaving.add(stream)
        self._sender.remove(stream)
        self._collect()

    def _made(
        self, spec: StreamSpec, line: Line, slot: int, shift: int
    ) -> tuple[Stream, tuple[str, ...]]:
        number = spec.payload_type
        if spec.encoding.is_video:
            pictures = clip(spec.encoding)
            return PictureStream(line, pictures, number, slot=slot, shift=shift), ()
        reel, problems = self._studio.reel(spec.audio, spec.encoding, spec.zero)
        return SoundStream(line, reel, number, slot=slot, shift=shift), problems

    def _slot(self, group: str) -> int:
        """Choose the emptiest slot, or that of the group."""
        slot, members = self._groups.get(group, (self._load.index(min(self._load)), 0))
        if group:
            self._groups[group] = (slot, members + 1)
        self._load[slot] += 1
        return slot

    def _align(self, at: Instant) -> None:
        """Follow a clock that jumped, which one that is turned by hand does."""
        present = self._sender.offset_us + _mono_us()
        if abs(at - present) > _JUMP_US:
            self._sender.offset_us += at - present

    def _collect(self) -> None:
        """Add up what the streams did that have taken their leave."""
        while self._sender.left:
            stream = self._sender.left.popleft()
            self._leaving.discard(stream)
            last = stream.counters()
            self._gone = replace(
                self._gone,
                packets=self._gone.packets + last.packets,
                octets=self._gone.octets + last.octets,
                skipped=self._gone.skipped + last.skipped,
                refused=self._gone.refused + last.refused,
                dropped=self._gone.dropped + last.dropped,
                reports=self._gone.reports + last.reports,
                error=last.error or self._gone.error,
            )


def _mono_us() -> int:
    return time.monotonic_ns() // 1000


def _begin(stream: Stream, *, new_source: bool) -> None:
    """Have a stream start anew, as the same source or as another."""
    source = fresh_source() if new_source else None
    if isinstance(stream, PictureStream):
        stream.wish = stream.wish.changed(source=source, start=Start())
    else:
        stream.wish = stream.wish.changed(source=source, start=Start())


def _protector(key: MasterKey | None) -> Protector | None:
    if key is None:
        return None
    try:
        return protector(key)
    except SrtpError as error:
        raise RtpError(str(error)) from error
