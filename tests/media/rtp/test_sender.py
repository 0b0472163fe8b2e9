"""The pacing thread on a clock turned by hand: slots, lateness, reports, streams that fail."""

import pytest

from tests.media.rtp.bench import START, HandClock, PaperPair, Wire, party, studio
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import Goodbye, SenderReport
from tlibsim.media.rtp.sender import ROUND_MS, Lateness, Sender
from tlibsim.media.rtp.stream import SoundStream
from tlibsim.media.rtp.values import AudioPlan, Encoding


class Bed:
    """A sender without a thread: the test makes its steps."""

    def __init__(self, report_ms: int = 1000) -> None:
        self.clock = HandClock()
        self.wire = Wire()
        self.sender = Sender(
            skip_after_ms=100,
            report_ms=report_ms,
            clock=self.clock,
            sleep=self.clock.sleep,
            transmit=self.wire,
        )
        self.sender.offset_us = START
        self.tick = self.sender.present()

    def stream(self, slot: int, *, active: bool = True) -> SoundStream:
        reel, _ = studio().reel(AudioPlan(parties=(party(),)), Encoding.PCMU, START)
        line = Line(PaperPair(), "me", None, rtcp=True)
        made = SoundStream(line, reel, 0, slot=slot, shift=0)
        self.sender.add(made)
        if active:
            self.sender.activate(made)
        return made

    def run(self, milliseconds: int) -> None:
        end = self.tick + milliseconds
        while self.tick < end:
            self.tick = self.sender.step(self.tick)


def test_each_stream_sends_one_packet_each_20_ms() -> None:
    bed = Bed()
    streams = [bed.stream(slot) for slot in (0, 3, 3, 19)]
    bed.run(400)

    assert [one.counters().packets for one in streams] == [20] * 4


def test_a_packet_goes_out_at_the_deadline_of_its_slot() -> None:
    bed = Bed()
    bed.stream(7)
    instants = []
    bed.sender._transmit = lambda *_args: instants.append(bed.clock.now_s) or 172
    bed.run(60)

    assert [round(one * 1000) % ROUND_MS for one in instants] == [7, 7, 7]


def test_a_thread_that_is_a_little_late_sends_everything() -> None:
    bed = Bed()
    stream = bed.stream(0)
    bed.run(40)
    bed.clock.now_s += 0.09
    bed.run(200)

    assert stream.counters().packets == 12
    assert bed.sender.missed == 0


def test_a_thread_that_is_very_late_leaves_blocks_out_and_counts_them() -> None:
    bed = Bed()
    stream = bed.stream(0)
    bed.run(40)
    bed.clock.now_s += 0.5
    bed.run(700)

    counters = stream.counters()
    assert bed.sender.missed == 1
    assert counters.skipped == 24
    assert counters.packets + counters.skipped == (40 + 700) // ROUND_MS
    jumps = [
        (after.timestamp - before.timestamp) % 2**32 // 160
        for before, after in zip(bed.wire.packets, bed.wire.packets[1:], strict=False)
    ]
    assert sorted(jumps)[-2:] == [1, 25]


def test_reports_come_at_their_interval_also_from_a_silent_stream() -> None:
    bed = Bed(report_ms=500)
    loud, silent = bed.stream(2), bed.stream(5, active=False)
    bed.run(2500)

    assert loud.counters().reports == 5
    assert silent.counters().reports == 5
    assert isinstance(loud.line.pair.reports()[0], SenderReport)


def test_a_stream_that_fails_is_silenced_and_spoils_no_other() -> None:
    bed = Bed()
    before, broken, after = (bed.stream(4) for _ in range(3))
    broken.protect = lambda _packet: 1 // 0
    bed.run(100)

    assert [one.counters().packets for one in (before, after)] == [5, 5]
    assert broken.counters().packets == 0
    assert "division" in broken.counters().error


def test_a_stream_that_is_removed_says_goodbye_and_its_sockets_are_closed() -> None:
    bed = Bed()
    stream = bed.stream(4)
    bed.run(40)
    bed.sender.deactivate(stream)
    bed.sender.remove(stream)
    bed.run(20)

    pair = stream.line.pair
    assert isinstance(pair.reports()[-1], Goodbye)
    assert pair.rtp.closed and pair.rtcp.closed
    assert list(bed.sender.left) == [stream]


def test_many_farewells_are_spread() -> None:
    bed = Bed()
    streams = [bed.stream(one % 20) for one in range(100)]
    for stream in streams:
        bed.sender.deactivate(stream)
        bed.sender.remove(stream)
    bed.tick = bed.sender.step(bed.tick)

    assert 0 < len(bed.sender.left) < 100
    bed.run(20)
    assert len(bed.sender.left) == 100


@pytest.mark.parametrize(
    ("late_ms", "summary"),
    [
        ((), (0.0, 0.0, 0.0)),
        ((0.1,), (0.1, 0.1, 0.1)),
        ((0.1,) * 98 + (7.0, 9.0), (0.25, 7.25, 9.0)),
        ((5000.0,), (200.25, 200.25, 5000.0)),
    ],
)
def test_lateness_has_a_median_a_tail_and_a_maximum(late_ms, summary) -> None:
    lateness = Lateness()
    for one in late_ms:
        lateness.add(one, 1)

    assert lateness.summary() == pytest.approx(summary)
