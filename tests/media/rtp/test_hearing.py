"""The judge of streams: it finds what is wrong, and nothing in what is right."""

from dataclasses import replace

import numpy as np
import pytest

from tlibsim.media.audio.sources import samples
from tlibsim.media.rtp.hearing import (
    Arrival,
    Fault,
    Heard,
    by_source,
    percentile,
    pitch_hz,
    pitches_hz,
    silences,
)
from tlibsim.media.rtp.packet import RtpPacket
from tlibsim.ports.media import AudioSource, SourceKind


def tone(hertz: float) -> AudioSource:
    return AudioSource(kind=SourceKind.TONE, frequency_hz=hertz)


def packets(blocks, *, first=65530, stamp=2**32 - 800, ssrc=1, hertz=600.0) -> list[RtpPacket]:
    blocks = list(blocks)
    return [
        RtpPacket(
            payload_type=0,
            marker=n == 0 or blocks[n - 1] != block - 1,
            sequence=(first + n) % 65536,
            timestamp=(stamp + 160 * block) % 2**32,
            ssrc=ssrc,
            payload=samples(tone(hertz), "x", block, 1),
        )
        for n, block in enumerate(blocks)
    ]


def heard(some: list[RtpPacket], step_s: float = 0.02) -> Heard:
    (one,) = by_source(Arrival(at_s=n * step_s, packet=packet) for n, packet in enumerate(some))
    return one


def test_a_clean_stream_over_the_ends_of_its_numbers_has_no_fault() -> None:
    one = heard(packets(range(50)))

    assert one.faults() == frozenset()
    assert one.missing == 0
    assert len(one.samples()) == 8000
    assert pitch_hz(one.samples()) == pytest.approx(600, abs=1)


def test_a_pause_is_found_in_its_place_and_is_silent() -> None:
    one = heard(packets([*range(20), *range(45, 60)]))

    assert one.faults() == frozenset()
    (pause,) = one.pauses()
    assert (pause.begin_s, pause.end_s) == (0.4, 0.9)
    (silence,) = silences(one.samples())
    assert silence.length_s == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda p: p[:3] + p[4:], Fault.MISSING),
        (lambda p: p[:3] + p[2:], Fault.REPEATED),
        (lambda p: [p[0], p[2], p[1], *p[3:]], Fault.BACKWARDS),
    ],
)
def test_a_fault_of_the_numbers_is_named(spoil, fault: Fault) -> None:
    assert fault in heard(spoil(packets(range(10)))).faults()


def test_a_timestamp_off_the_grid_is_named() -> None:
    one, two = packets([0])[0], packets([0], first=65531, stamp=2**32 - 700)[0]

    assert heard([one, two]).faults() == {Fault.OFF_GRID}


def test_a_pause_that_ends_without_a_marker_is_named() -> None:
    before = packets([0])[0]
    after = RtpPacket(
        payload_type=0, sequence=65531, timestamp=0, ssrc=1, payload=before.payload
    )

    assert heard([before, after]).faults() == {Fault.UNMARKED}


def test_other_codecs_and_a_timestamp_far_away_cost_no_memory() -> None:
    good = packets(range(5), stamp=0)
    digit = replace(good[0], payload_type=101, timestamp=800)
    far = replace(good[0], timestamp=2**31 - 1)

    assert len(heard([*good, digit, far]).samples()) == 800


def test_sources_are_told_apart_in_the_order_of_their_beginning() -> None:
    mixed = [*packets([0, 1], ssrc=9), *packets([0], ssrc=4)]
    found = by_source(Arrival(at_s=0, packet=one) for one in mixed)

    assert [(one.ssrc, len(one.packets)) for one in found] == [(9, 2), (4, 1)]


def test_pacing_counts_no_pause() -> None:
    one = heard(packets([*range(3), *range(10, 13)]), step_s=0.021)

    assert one.gaps_ms() == pytest.approx([21.0] * 4)


def test_each_window_has_its_pitch() -> None:
    sound = np.concatenate(
        [heard(packets(range(20), hertz=h)).samples() for h in (500.0, 1200.0)]
    )

    assert pitches_hz(sound, 0.4) == pytest.approx((500, 1200), abs=2)


def test_silence_has_no_pitch() -> None:
    assert pitch_hz(np.zeros(800, dtype=np.int16)) == 0.0


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.99, 4), (1.0, 4)])
def test_a_percentile_is_a_value_that_was_seen(share: float, value: float) -> None:
    assert percentile([4, 1, 3, 2], share) == value
    assert percentile([], share) == 0.0
