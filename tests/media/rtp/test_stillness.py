"""Full garbage collections wait while streams run, and never for ever."""

import gc
import sys
from collections.abc import Iterator

import pytest

from tests.media.rtp.bench import engine, present, spec
from tlibsim.media.rtp.receiver import RtpReceiver
from tlibsim.media.rtp.stillness import LONGEST_S, SWITCH_S, Stillness


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


def full_collections() -> int:
    return gc.get_stats()[2]["collections"]


def test_all_but_the_youngest_wait_and_are_collected_again_after(usual) -> None:
    still = Stillness()
    still.begin()
    still.begin()
    assert gc.get_threshold()[0] == usual[0]
    assert min(gc.get_threshold()[1:]) > 1_000_000
    still.end()
    still.end()

    assert gc.get_threshold() == usual


def test_the_interpreter_is_passed_on_sooner_until_the_end() -> None:
    usual = sys.getswitchinterval()
    still = Stillness()
    still.begin()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    still.begin()
    still.end()

    assert sys.getswitchinterval() == usual


def test_after_a_quarter_of_an_hour_everything_is_collected() -> None:
    now = [0.0]
    still = Stillness(clock=lambda: now[0])
    still.breathe()
    still.begin()
    before = full_collections()
    for now[0] in (1.0, LONGEST_S - 1, LONGEST_S, LONGEST_S + 1, 2 * LONGEST_S):
        still.breathe()

    assert full_collections() == before + 2


def test_collections_are_usual_again_when_the_last_stream_is_silent(usual) -> None:
    with engine() as rtp, RtpReceiver() as far:
        handles = [rtp.add(spec(far.address), rtp.reserve(), present()) for _ in range(2)]
        handles[0].stop()
        assert gc.get_threshold()[2] > 1_000_000
        handles[1].pause()
        assert gc.get_threshold() == usual
        handles[1].resume()
        assert gc.get_threshold()[2] > 1_000_000

    assert gc.get_threshold() == usual
