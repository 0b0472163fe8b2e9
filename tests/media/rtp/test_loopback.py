"""Streams over loopback to a far end that listens: what arrives is what was ordered."""

import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.media.rtp.bench import engine, party, present, spec, wait_until
from tlibsim.media.audio.sources import samples, tone_frequency
from tlibsim.media.rtp.clips import clip
from tlibsim.media.rtp.hearing import percentile, pitch_hz, pitches_hz
from tlibsim.media.rtp.packet import Goodbye, SenderReport, unix_time
from tlibsim.media.rtp.receiver import RtpReceiver
from tlibsim.media.rtp.srtp import fresh_key
from tlibsim.media.rtp.values import BLOCK_US, AudioPlan, Encoding, RtpError
from tlibsim.ports.media import AudioSource, Instant, SourceKind

NOISE = AudioSource(kind=SourceKind.NOISE, seed=3)


def test_a_stream_has_the_tone_of_its_party_and_no_fault() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        assert far.wait_for_packets(40)
        handle.stop()

    (heard,) = far.heard()
    assert heard.ssrc == handle.ssrc
    assert heard.faults() == frozenset()
    assert pitch_hz(heard.samples()) == pytest.approx(tone_frequency("7001"), rel=0.01)


def test_packets_come_20_ms_apart() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handles = [rtp.add(spec(far.address), rtp.reserve(), present()) for _ in range(20)]
        assert far.wait_for_packets(20 * 50)
        for handle in handles:
            handle.stop()

    gaps = [gap for heard in far.heard() for gap in heard.gaps_ms()]
    assert np.mean(gaps) == pytest.approx(20, abs=0.5)
    assert percentile([abs(gap - 20) for gap in gaps], 0.5) < 5


def test_a_pause_is_silent_and_as_long_as_it_was() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        far.wait_for_packets(15)
        handle.pause()
        begin = time.monotonic()
        wait_until(lambda: len(far.reports) > 4)
        count = len(far.arrivals)
        handle.resume()
        length_s = time.monotonic() - begin
        far.wait_for_packets(count + 15)
        handle.stop()

    (heard,) = far.heard()
    (pause,) = heard.pauses()
    assert heard.faults() == frozenset()
    assert pause.length_s == pytest.approx(length_s, abs=0.06)
    assert len(heard.packets) >= count + 15


def test_both_legs_of_a_recording_say_the_same_moment_at_the_same_instant() -> None:
    with engine() as rtp, RtpReceiver() as left, RtpReceiver() as right:
        zero = present()
        handles = [
            rtp.add(
                spec(
                    far.address,
                    zero=zero,
                    group="s1",
                    audio=AudioPlan(parties=(party(dn, source=NOISE, started_at=zero),)),
                ),
                rtp.reserve(),
                present(),
            )
            for dn, far in (("7001", left), ("7002", right))
        ]
        assert left.wait_for_packets(30) and right.wait_for_packets(30)
        for handle in handles:
            handle.stop()

    there = {one.packet.payload: one.at_s for one in right.arrivals}
    apart = [abs(one.at_s - there[one.packet.payload]) for one in left.arrivals[1:25]]
    assert percentile(apart, 0.5) < 0.002


def test_the_report_says_which_block_of_the_call_is_heard_when() -> None:
    with engine() as rtp, RtpReceiver() as far:
        zero = Instant(present() - 3_000_000)
        plan = AudioPlan(parties=(party(source=NOISE, started_at=zero),))
        handle = rtp.add(spec(far.address, zero=zero, audio=plan), rtp.reserve(), present())
        assert far.wait_for_report(SenderReport)
        assert far.wait_for_packets(10)
        handle.stop()

    report = next(r.report for r in far.reports if isinstance(r.report, SenderReport))
    packet = far.arrivals[0].packet
    back_us = ((report.timestamp - packet.timestamp) % 2**32) * 125
    block = (unix_time(report.ntp) - back_us - zero) // BLOCK_US
    assert packet.payload in {samples(NOISE, "7001", block + n, 1) for n in (-1, 0, 1)}
    assert packet.payload == samples(NOISE, "7001", round(block), 1) or back_us % BLOCK_US


def test_reports_go_on_while_a_stream_is_paused_and_end_with_goodbye() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address, active=False), rtp.reserve(), present())
        wait_until(lambda: len(far.reports) >= 4)
        counters = handle.stop()
        assert far.wait_for_report(Goodbye)

    assert far.arrivals == ()
    assert counters.packets == 0


def test_the_counters_are_what_arrived() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        far.wait_for_packets(20)
        handle.stop()
        assert far.wait_for_report(Goodbye)
        counters = handle.counters()
        status = rtp.status()

    assert counters.packets == len(far.arrivals) == status.packets
    assert counters.octets == 160 * counters.packets == status.octets
    assert (status.streams, status.active) == (0, 0)


def test_a_far_end_that_is_gone_is_counted_and_nothing_else_happens() -> None:
    with engine() as rtp, RtpReceiver() as far:
        gone = RtpReceiver()
        gone.close()
        lost = rtp.add(spec(gone.address), rtp.reserve(), present())
        fine = rtp.add(spec(far.address), rtp.reserve(), present())
        assert far.wait_for_packets(25)
        counters = lost.counters()
        assert fine.counters().refused == 0

    assert counters.refused > 0


def test_a_recorder_that_comes_late_hears_everything_from_then_on() -> None:
    with engine() as rtp:
        gone = RtpReceiver()
        gone.close()
        handle = rtp.add(spec(gone.address), rtp.reserve(), present())
        wait_until(lambda: handle.counters().refused > 3)
        with RtpReceiver() as far:
            handle.retarget(far.address)
            assert far.wait_for_packets(20)
            handle.stop()

    assert far.heard()[0].faults() == frozenset()


def test_other_parties_are_heard_after_a_transfer_as_another_source() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        far.wait_for_packets(25)
        handle.replace(AudioPlan(parties=(party("7003"),)), new_source=True)
        wait_until(lambda: len(far.heard()) == 2 and len(far.heard()[1].packets) > 25)
        handle.stop()

    before, after = far.heard()
    assert after.ssrc == handle.ssrc != before.ssrc
    assert after.packets[0].marker
    for heard, dn in ((before, "7001"), (after, "7003")):
        assert pitch_hz(heard.samples()) == pytest.approx(tone_frequency(dn), rel=0.01)
        assert heard.faults() == frozenset()


def test_one_who_is_muted_falls_silent_in_the_same_source() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        far.wait_for_packets(22)
        handle.replace(AudioPlan(parties=(party(muted=True),)))
        far.wait_for_packets(50)
        handle.stop()

    (heard,) = far.heard()
    pitches = pitches_hz(heard.samples(), 0.1)
    assert pitches[1] == pytest.approx(tone_frequency("7001"), rel=0.02)
    assert pitches[-2] == 0


def test_a_secured_stream_and_its_reports_can_be_opened_with_the_key_only() -> None:
    pytest.importorskip("pylibsrtp")
    key = fresh_key()
    with engine() as rtp, RtpReceiver(key=key) as far, RtpReceiver(key=fresh_key()) as other:
        for one in (far, other):
            rtp.add(spec(one.address, key=key), rtp.reserve(), present())
        assert far.wait_for_packets(30)
        assert far.wait_for_report(SenderReport)
        wait_until(lambda: other.strange > 20)

    (heard,) = far.heard()
    assert heard.faults() == frozenset()
    assert pitch_hz(heard.samples()) == pytest.approx(tone_frequency("7001"), rel=0.01)
    assert other.arrivals == ()


@pytest.mark.parametrize("encoding", [Encoding.H264, Encoding.VP8])
def test_pictures_are_sent_beside_the_sound(encoding: Encoding) -> None:
    with engine() as rtp, RtpReceiver() as far:
        handle = rtp.add(
            spec(far.address, encoding=encoding, payload_type=96), rtp.reserve(), present()
        )
        assert far.wait_for_packets(30)
        handle.stop()

    packets = [one.packet for one in far.arrivals]
    assert {one.payload_type for one in packets} == {96}
    known = {payload for picture in clip(encoding).pictures for payload in picture.payloads}
    assert {one.payload for one in packets} <= known
    assert all((b.sequence - a.sequence) % 65536 == 1 for a, b in pairwise(packets))


def test_the_other_codec_is_sent_when_the_answer_took_it() -> None:
    with engine() as rtp, RtpReceiver() as far:
        order = spec(far.address, encoding=Encoding.PCMA, payload_type=8)
        handle = rtp.add(order, rtp.reserve(), present())
        far.wait_for_packets(30)
        handle.stop()

    (heard,) = far.heard()
    assert heard.packets[0].payload_type == 8
    assert pitch_hz(heard.samples()) == pytest.approx(tone_frequency("7001"), rel=0.01)


@pytest.mark.parametrize(
    ("remote", "words"),
    [
        (("recorder.example", 4000), "is not an IP address"),
        (("127.0.0.1", 0), "0 is not a port"),
        (("127.0.0.1", 70_000), "70000 is not a port"),
        (("::1", 4000), "no way to ::1 port 4000"),
    ],
)
def test_an_address_that_cannot_be_is_refused_and_the_ports_stay_the_callers(
    remote, words: str
) -> None:
    with engine() as rtp:
        pair = rtp.reserve()
        with pytest.raises(RtpError, match=words):
            rtp.add(spec(remote), pair, present())
        room = rtp.status().room
        pair.close()

        assert rtp.status().room == room + 1


def test_ports_of_a_stream_that_ended_are_free_again() -> None:
    with engine(max_streams=1) as rtp, RtpReceiver() as far:
        handle = rtp.add(spec(far.address), rtp.reserve(), present())
        with pytest.raises(RtpError):
            rtp.reserve()
        handle.stop()
        handle.stop()
        wait_until(lambda: rtp.status().room == 1)
        rtp.reserve().close()


def test_an_engine_that_closes_takes_leave_of_everybody() -> None:
    with RtpReceiver() as far:
        with engine() as rtp:
            for _ in range(45):
                rtp.add(spec(far.address), rtp.reserve(), present())
        wait_until(lambda: sum(isinstance(one.report, Goodbye) for one in far.reports) == 45)


def test_a_clock_that_was_turned_by_hand_does_not_move_the_sound() -> None:
    with engine() as rtp, RtpReceiver() as far:
        later = Instant(present() + 3600 * 1_000_000)
        plan = AudioPlan(parties=(party(source=NOISE, started_at=later),))
        handle = rtp.add(spec(far.address, zero=later, audio=plan), rtp.reserve(), later)
        far.wait_for_packets(5)
        handle.stop()

    first = far.arrivals[0].packet.payload
    assert first in {samples(NOISE, "7001", block, 1) for block in range(5)}


def test_many_pauses_at_once_take_little_time_and_silence_everybody() -> None:
    with engine() as rtp, RtpReceiver() as far:
        handles = [rtp.add(spec(far.address), rtp.reserve(), present()) for _ in range(200)]
        far.wait_for_packets(1000)
        begin = time.monotonic()
        for handle in handles:
            handle.pause()
        length_s = time.monotonic() - begin
        wait_until(lambda: _still(far))
        count = len(far.arrivals)
        wait_until(lambda: len(far.reports) > 600)

    assert length_s < 0.2
    assert len(far.arrivals) == count


def _still(far: RtpReceiver) -> bool:
    count = len(far.arrivals)
    time.sleep(0.06)
    return len(far.arrivals) == count


@pytest.mark.skipif(sys.platform != "linux", reason="the system shows no names of threads")
def test_the_thread_can_be_told_from_others_and_says_what_it_costs() -> None:
    with engine() as rtp, RtpReceiver() as far:
        rtp.add(spec(far.address), rtp.reserve(), present())
        far.wait_for_packets(10)
        names = [one.read_text().strip() for one in Path("/proc/self/task").glob("*/comm")]
        status = rtp.status()

    assert names.count("tlibsim-rtp") == 1
    assert status.cpu_s > 0
