"""The pacing thread: sends the packets of all streams, each in its slot (MEDIA.md 3.4).

20 ms are cut into 20 slots of 1 ms with absolute deadlines.  A slot holds a tuple of streams
that others replace whole, so the thread takes no lock.  Time is the monotonic clock in
milliseconds, called ticks; a round is 20 ticks.
"""

import contextlib
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from operator import length_hint
from pathlib import Path
from typing import Protocol, TypeVar

from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import RTP_HEADER
from tlibsim.media.rtp.pictures import PictureStream
from tlibsim.media.rtp.stream import SoundStream
from tlibsim.media.rtp.values import StreamCounters
from tlibsim.media.rtp.wire import Transmit, transmitter

THREAD_NAME = "tlibsim-rtp"
SLOTS = 20
ROUND_MS = 20

_LATE_STEP_MS = 0.25
_LATE_STEPS = 800
_FAREWELLS_AT_ONCE = 20
_REST_S = 1.0
_LEAST_REAL_TIME = 1
_NICE = -10
_SPREAD_MS = 1000
_SPREAD_STEP_MS = 7

_Stream = TypeVar("_Stream", SoundStream, PictureStream)

_LOG = logging.getLogger("tlibsim.media")


class Paced(Protocol):
    """What the thread needs of any stream."""

    slot: int
    line: Line

    def skip(self, rounds: int) -> None: ...
    def report(self, wall_us: int, mono_ms: float) -> None: ...
    def farewell(self, wall_us: int, mono_ms: float) -> None: ...
    def counters(self) -> StreamCounters: ...


def send_blocks(
    streams: Iterable[SoundStream],
    round_: int,
    transmit: Transmit,
    pack: Callable[[int, int, int, int], bytes] = RTP_HEADER.pack,
) -> None:
    """Send the packet of a round for each stream: the inner loop of the thread."""
    elapsed = round_ * 160
    for stream in streams:
        if stream.position >= stream.end:
            stream.turn(round_)
        position = stream.position
        sent = stream.sent
        packet = (
            pack(
                stream.head,
                stream.sequence + sent & 0xFFFF,
                stream.timestamp + elapsed & 0xFFFFFFFF,
                stream.ssrc,
            )
            + stream.data[position : position + 160]
        )
        if stream.protect is not None:
            packet = stream.protect(packet)
        length = len(packet)
        if transmit(stream.descriptor, packet, length, 0) != length:
            stream.line.again(packet)
        stream.position = position + 160
        stream.sent = sent + 1


class Lateness:
    """How late slots were begun, as counts of quarters of a millisecond."""

    def __init__(self) -> None:
        self._counts = [0] * (_LATE_STEPS + 1)
        self._most_ms = 0.0

    def add(self, late_ms: float, streams: int) -> None:
        self._counts[min(int(late_ms / _LATE_STEP_MS), _LATE_STEPS)] += streams
        self._most_ms = max(self._most_ms, late_ms)

    def summary(self) -> tuple[float, float, float]:
        """Return median, 99 of 100 and the greatest, in milliseconds."""
        counts = tuple(self._counts)
        return self._share(counts, 0.5), self._share(counts, 0.99), self._most_ms

    def _share(self, counts: tuple[int, ...], share: float) -> float:
        wanted, seen = sum(counts) * share, 0
        for step, count in enumerate(counts):
            seen += count
            if seen >= wanted and seen:
                return min((step + 1) * _LATE_STEP_MS, self._most_ms)
        return 0.0


class Sender:
    """The thread and what it sends.  The methods may be called from any one thread."""

    def __init__(
        self,
        *,
        skip_after_ms: int,
        report_ms: int,
        urgent: bool = False,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transmit: Transmit | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._skip_after_ms = skip_after_ms
        self._report_ms = report_ms
        self._urgent = urgent
        self._slots: list[tuple[SoundStream, ...]] = [()] * SLOTS
        self._pictures: list[tuple[PictureStream, ...]] = [()] * SLOTS
        self._wheel: list[tuple[Paced, ...]] = [()] * report_ms
        self._places: dict[Paced, int] = {}
        self._leaving: deque[Paced] = deque()
        self._spread = 0
        self._changing = threading.Lock()
        self._work = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=THREAD_NAME, daemon=True)
        self._transmit = transmit or transmitter()
        self.offset_us = 0
        self.lateness = Lateness()
        self.missed = 0
        self.left: deque[Paced] = deque()

    def open(self) -> None:
        self._thread.start()

    def close(self, patience_s: float) -> None:
        """Send what is left to say and end the thread."""
        self._closing = True
        self._work.set()
        if self._thread.ident is not None:
            self._thread.join(patience_s)

    def cpu_s(self) -> float:
        """Return the processor time of the thread."""
        ident = self._thread.ident
        if ident is None or not self._thread.is_alive():
            return 0.0
        return time.clock_gettime(time.pthread_getcpuclockid(ident))

    def add(self, stream: Paced) -> None:
        """Begin to report for a stream."""
        self._spread = (self._spread + _SPREAD_STEP_MS) % min(_SPREAD_MS, self._report_ms)
        place = (self.present() + SLOTS + self._spread) % self._report_ms
        self._places[stream] = place
        self._wheel[place] = (*self._wheel[place], stream)
        self._work.set()

    def remove(self, stream: Paced) -> None:
        """Forget a stream, which says good-bye in its own time and then is in ``left``."""
        place = self._places.pop(stream)
        self._wheel[place] = tuple(one for one in self._wheel[place] if one is not stream)
        self._leaving.append(stream)
        self._work.set()

    def activate(self, stream: SoundStream | PictureStream) -> None:
        """Send the packets of a stream from the next round on."""
        with self._changing:
            if isinstance(stream, SoundStream):
                _put_in(self._slots, stream)
            else:
                _put_in(self._pictures, stream)

    def deactivate(self, stream: SoundStream | PictureStream) -> None:
        """Send no packets of a stream; its reports go on."""
        with self._changing:
            if isinstance(stream, SoundStream):
                _take_out(self._slots, stream)
            else:
                _take_out(self._pictures, stream)

    def present(self) -> int:
        """Return the tick that is now."""
        return int(self._clock() * 1000)

    def _run(self) -> None:
        _settle_in(urgent=self._urgent)
        tick = self.present()
        while not self._closing:
            if not self._places and not self._leaving:
                self._work.clear()
                if not self._places and not self._leaving:
                    self._work.wait(_REST_S)
                tick = self.present()
                continue
            try:
                tick = self.step(tick)
            except Exception:  # noqa: BLE001, the thread must outlive any error
                _LOG.exception("the RTP thread met an error of its own and goes on")
                tick += 1
        while self._leaving:
            self._take_leave()

    def step(self, tick: int) -> int:
        """Do the work of a tick when its time has come; return the next tick."""
        slot = tick % SLOTS
        reporting = self._wheel[tick % self._report_ms]
        if self._slots[slot] or self._pictures[slot] or reporting or slot == 0:
            tick += self._wait(tick)
            round_ = tick // ROUND_MS
            self._send_blocks(self._slots[slot], round_)
            for picture in self._pictures[slot]:
                self._send_picture(picture, round_)
            if reporting:
                self._report(reporting)
        if self._leaving:
            self._take_leave()
        return tick + 1

    def _send_blocks(self, streams: tuple[SoundStream, ...], round_: int) -> None:
        """Send to all; a stream that fails is silenced and the next goes on."""
        rest = iter(streams)
        while True:
            try:
                send_blocks(rest, round_, self._transmit)
            except Exception as error:  # noqa: BLE001, one bad stream spoils no other
                self._give_up(streams[len(streams) - length_hint(rest) - 1], error)
            else:
                return

    def _send_picture(self, stream: PictureStream, round_: int) -> None:
        try:
            stream.send_picture(round_, self._transmit)
        except Exception as error:  # noqa: BLE001, one bad stream spoils no other
            self._give_up(stream, error)

    def _give_up(self, stream: SoundStream | PictureStream, error: Exception) -> None:
        _LOG.error("an RTP stream is silent after an error of its own", exc_info=error)
        stream.line.error = f"silent after an error: {error}"
        self.deactivate(stream)

    def _wait(self, tick: int) -> int:
        """Sleep until the deadline of a tick; return how many ticks to leave out."""
        late_ms = self._clock() * 1000 - tick
        if late_ms < 0:
            self._sleep(-late_ms / 1000)
            late_ms = self._clock() * 1000 - tick
        skipped = 0
        if late_ms > self._skip_after_ms:
            rounds = int(late_ms) // ROUND_MS
            skipped = rounds * ROUND_MS
            self._skip(rounds)
        if streams := len(self._slots[tick % SLOTS]):
            self.lateness.add(late_ms, streams)
        return skipped

    def _skip(self, rounds: int) -> None:
        self.missed += 1
        streams: list[Paced] = []
        for sounds, pictures in zip(self._slots, self._pictures, strict=True):
            streams += (*sounds, *pictures)
        for stream in streams:
            stream.skip(rounds)

    def _report(self, streams: Iterable[Paced]) -> None:
        mono_ms = self._clock() * 1000
        wall_us = self.offset_us + int(mono_ms * 1000)
        for stream in streams:
            stream.report(wall_us, mono_ms)

    def _take_leave(self) -> None:
        """Let a few streams say good-bye and close their sockets, which nobody else uses now."""
        mono_ms = self._clock() * 1000
        wall_us = self.offset_us + int(mono_ms * 1000)
        for _ in range(min(len(self._leaving), _FAREWELLS_AT_ONCE)):
            stream = self._leaving.popleft()
            stream.farewell(wall_us, mono_ms)
            stream.line.pair.close()
            self.left.append(stream)


def _settle_in(*, urgent: bool) -> None:
    """Say which thread this is, and ask to go before others; both only where the system can.

    Beside six busy processes on two cores 99 of 100 packets were up to 97 ms late without a
    real-time policy and 0.3 ms with it.  The policy takes a privilege (``RLIMIT_RTPRIO``), as
    does a better nice value, which helps among the processes of one session only.  The kernel
    leaves others their share even if this thread never slept.
    """
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        name = Path(f"/proc/self/task/{thread}/comm")
        name.write_text(THREAD_NAME, encoding="ascii")
    if not urgent:
        return
    try:
        policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(thread, policy, os.sched_param(_LEAST_REAL_TIME))
    except OSError:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, _NICE)


def _put_in(slots: list[tuple[_Stream, ...]], stream: _Stream) -> None:
    slots[stream.slot] += (stream,)


def _take_out(slots: list[tuple[_Stream, ...]], stream: _Stream) -> None:
    slots[stream.slot] = tuple(one for one in slots[stream.slot] if one is not stream)
