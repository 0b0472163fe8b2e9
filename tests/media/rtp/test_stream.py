"""A stream of sound, packet by packet, without a socket: numbers, marker, pauses, reports."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.rtp.bench import START, PaperPair, Wire, party, studio
from tlibsim.media.audio.sources import samples
from tlibsim.media.rtp.hearing import Arrival, by_source
from tlibsim.media.rtp.identity import Start, fresh_source
from tlibsim.media.rtp.line import Line
from tlibsim.media.rtp.packet import (
    Goodbye,
    ReceiverReport,
    ReportBlock,
    SenderReport,
    SourceDescription,
    encode_reports,
    unix_time,
)
from tlibsim.media.rtp.sender import send_blocks
from tlibsim.media.rtp.stream import SoundStream
from tlibsim.media.rtp.values import AudioPlan, Encoding
from tlibsim.media.settings import Codec

ROUND = 7_000_000
AGENT, CUSTOMER = party("7001"), party("4155550100")


class Bed:
    """A stream, its sockets of paper, and the wire that its packets go to."""

    def __init__(self, *, slot: int = 0, shift: int = -ROUND, dn: str = "7001") -> None:
        self.pair = PaperPair()
        self.wire = Wire()
        reel, _ = studio().reel(AudioPlan(parties=(party(dn),)), Encoding.PCMU, START)
        line = Line(self.pair, "me", None, rtcp=True)
        self.stream = SoundStream(line, reel, 0, slot=slot, shift=shift)
        self.round = ROUND

    def send(self, rounds: int) -> None:
        for _ in range(rounds):
            send_blocks((self.stream,), self.round, self.wire)
            self.round += 1

    def start_again(self) -> None:
        self.stream.wish = self.stream.wish.changed(start=Start())

    @property
    def packets(self):
        return self.wire.packets


def heard(packets):
    (one,) = by_source(Arrival(at_s=0.0, packet=packet) for packet in packets)
    return one


def test_sequence_and_timestamp_go_on_by_one_packet_and_one_block() -> None:
    bed = Bed()
    bed.send(200)

    first = bed.packets[0]
    assert [(p.sequence - first.sequence) % 65536 for p in bed.packets] == list(range(200))
    assert [(p.timestamp - first.timestamp) % 2**32 for p in bed.packets] == [
        160 * one for one in range(200)
    ]


def test_the_first_packet_alone_has_the_marker() -> None:
    bed = Bed()
    bed.send(100)

    assert [one.marker for one in bed.packets] == [True, *[False] * 99]


def test_the_payload_is_the_block_that_belongs_to_the_round() -> None:
    bed = Bed()
    bed.send(120)

    sound = b"".join(one.payload for one in bed.packets)
    assert sound == samples(AGENT.source, "7001", 0, 120)


def test_the_time_goes_on_while_a_stream_is_silent() -> None:
    bed = Bed()
    bed.send(10)
    bed.round += 25
    bed.start_again()
    bed.send(5)

    before, after = bed.packets[9], bed.packets[10]
    assert (after.timestamp - before.timestamp) % 2**32 == 26 * 160
    assert (after.sequence - before.sequence) % 65536 == 1
    assert [one.marker for one in bed.packets[10:]] == [True, False, False, False, False]
    assert after.payload == samples(AGENT.source, "7001", 35, 1)


def test_a_block_that_is_left_out_leaves_a_hole_in_the_time_and_none_in_the_numbers() -> None:
    bed = Bed()
    bed.send(4)
    bed.stream.skip(6)
    bed.round += 6
    bed.send(4)

    assert bed.stream.counters().skipped == 6
    (hole,) = heard(bed.packets).pauses()
    assert hole.length_s == pytest.approx(0.12)
    assert bed.packets[4].payload == samples(AGENT.source, "7001", 10, 1)


def test_another_source_has_other_numbers_and_the_old_one_takes_its_leave() -> None:
    bed = Bed()
    bed.send(3)
    old = bed.packets[0].ssrc
    bed.stream.wish = bed.stream.wish.changed(source=fresh_source(), start=Start())
    bed.send(3)

    assert len({one.ssrc for one in bed.packets}) == 2
    assert [one.marker for one in bed.packets] == [True, False, False, True, False, False]
    assert Goodbye(ssrcs=(old,)) in bed.pair.reports()
    assert bed.stream.counters().packets == 6


def test_other_voices_are_heard_from_the_next_packet_on() -> None:
    bed = Bed()
    bed.send(3)
    reel, _ = studio().reel(AudioPlan(parties=(CUSTOMER,)), Encoding.PCMA, START)
    bed.stream.wish = bed.stream.wish.changed(content=reel, payload_type=8)
    bed.send(2)

    assert [one.payload_type for one in bed.packets] == [0, 0, 0, 8, 8]
    assert not bed.packets[3].marker
    sound = b"".join(one.payload for one in bed.packets[3:])
    assert sound == samples(CUSTOMER.source, CUSTOMER.dn, 3, 2, codec=Codec.ALAW)


def test_two_legs_send_the_same_moment_of_the_call_at_the_same_moment() -> None:
    first, second = Bed(slot=3, dn="7001"), Bed(slot=3, dn="7002")
    first.send(40)
    second.round += 15
    second.send(25)

    assert second.packets[0].payload == samples(party("7002").source, "7002", 15, 1)
    assert first.packets[15].payload == samples(AGENT.source, "7001", 15, 1)


def test_a_report_ties_the_timestamp_to_the_time_of_day() -> None:
    bed = Bed(slot=7)
    bed.send(50)
    mono_ms = (ROUND + 30) * 20 + 7

    bed.stream.report(START, mono_ms)

    report, description = bed.pair.reports()
    assert isinstance(report, SenderReport)
    assert abs(unix_time(report.ntp) - START) <= 1
    assert report.timestamp == bed.packets[30].timestamp
    assert (report.packets, report.octets) == (50, 50 * 160)
    assert description == SourceDescription(ssrc=report.ssrc, cname="me")


def test_one_who_is_silent_for_two_reports_is_a_receiver() -> None:
    bed = Bed()
    bed.send(5)
    for _ in range(4):
        bed.stream.report(START, bed.round * 20)

    kinds = [type(one) for one in bed.pair.reports()[::2]]
    assert kinds == [SenderReport, SenderReport, ReceiverReport, ReceiverReport]


def test_the_last_word_is_a_report_with_a_goodbye() -> None:
    bed = Bed()
    bed.send(5)
    bed.stream.farewell(START, bed.round * 20)

    report, _, goodbye = bed.pair.reports()
    assert isinstance(report, SenderReport)
    assert goodbye == Goodbye(ssrcs=(report.ssrc,))


def test_what_the_recorder_reports_is_kept_and_nonsense_is_not() -> None:
    bed = Bed()
    bed.send(5)
    block = ReportBlock(ssrc=bed.packets[0].ssrc, lost=3, jitter=17)
    other = ReportBlock(ssrc=1, lost=9, jitter=9)
    bed.pair.rtcp.incoming = [
        encode_reports(ReceiverReport(ssrc=5, blocks=(block, other))),
        b"nonsense",
    ]
    bed.stream.report(START, bed.round * 20)

    counters = bed.stream.counters()
    assert (counters.far_lost, counters.far_jitter) == (3, 17)


def test_a_line_without_rtcp_reports_nothing() -> None:
    pair = PaperPair()
    line = Line(pair, "me", None, rtcp=False)
    line.report(START, fresh_source(), 0, (1, 160))
    line.leave(fresh_source())
    line.farewell(START, fresh_source(), 0, (1, 160))

    assert pair.rtcp.sent == []


def test_a_packet_that_found_nobody_is_counted_and_the_next_one_is_sent() -> None:
    bed = Bed()
    bed.send(1)
    bed.wire.full = True
    bed.send(1)

    counters = bed.stream.counters()
    assert (counters.packets, counters.refused, counters.dropped) == (2, 1, 0)
    assert len(bed.pair.rtp.sent) == 1


def test_a_far_end_that_refuses_again_and_again_loses_the_packet() -> None:
    bed = Bed()
    bed.wire.full = True
    bed.pair.rtp.refusals = [ConnectionRefusedError(), ConnectionRefusedError()]
    bed.send(1)

    counters = bed.stream.counters()
    assert (counters.packets, counters.refused, counters.dropped) == (0, 2, 1)
    assert counters.error == "the far end refuses"


def test_a_packet_that_the_system_does_not_take_is_dropped_and_takes_its_number() -> None:
    bed = Bed()
    bed.send(1)
    bed.wire.full = True
    bed.pair.rtp.refusals = [BlockingIOError(11, "busy")]
    bed.send(1)
    bed.wire.full = False
    bed.send(1)

    counters = bed.stream.counters()
    assert (counters.packets, counters.octets, counters.dropped) == (2, 320, 1)
    assert counters.error == "busy"
    assert heard(bed.packets).missing == 1


@given(
    st.lists(st.tuples(st.sampled_from(["send", "wait", "skip", "resume"]), st.integers(1, 9)))
)
def test_whatever_happens_sound_and_timestamp_belong_to_the_round(moves) -> None:
    bed = Bed()
    sent = []
    for move, count in [("send", 1), *moves]:
        if move == "send":
            sent += range(bed.round - ROUND, bed.round - ROUND + count)
            bed.send(count)
        elif move == "resume":
            bed.start_again()
        else:
            bed.round += count
            bed.stream.skip(count)

    first = bed.packets[0]
    assert [(one.timestamp - first.timestamp) % 2**32 for one in bed.packets] == [
        160 * block for block in sent
    ]
    assert [(one.sequence - first.sequence) % 65536 for one in bed.packets] == list(
        range(len(sent))
    )
    wave = samples(AGENT.source, "7001", 0, max(sent) + 1)
    assert all(
        one.payload == wave[160 * block : 160 * block + 160]
        for one, block in zip(bed.packets, sent, strict=True)
    )
