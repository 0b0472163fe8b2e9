"""The clocks of the edge, over a hand-turned reactor."""

import pytest
from twisted.internet.task import Clock as ReactorClock

from tlibsim.net.clock import (
    BEGIN,
    ClockError,
    RealClock,
    SteppedClock,
    SwitchClock,
    clock_kind,
)
from tlibsim.ports.media import Instant

START = Instant(1_700_000_000_000_000)
SECOND = 1_000_000


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * SECOND))


# Real time.


def test_real_time_begins_at_the_wall_time_and_follows_the_reactor() -> None:
    reactor = ReactorClock()
    reactor.advance(5000)
    clock = RealClock(reactor, START)

    assert clock.now() == START
    reactor.advance(1.5)
    assert clock.now() == at(1.5)


@pytest.mark.parametrize("seconds", [0.001, 1, 3600])
def test_real_time_calls_at_the_instant(seconds: float) -> None:
    reactor = ReactorClock()
    clock = RealClock(reactor, START)
    called: list[Instant] = []
    clock.call_at(at(seconds), lambda: called.append(clock.now()))

    reactor.advance(seconds - 0.0005)
    assert called == []
    reactor.advance(0.0005)

    assert called == [at(seconds)]


def test_an_instant_of_the_past_is_the_next_turn_of_the_reactor() -> None:
    reactor = ReactorClock()
    clock = RealClock(reactor, START)
    called: list[int] = []

    clock.call_at(at(-10), lambda: called.append(1))

    assert called == []
    reactor.advance(0)
    assert called == [1]


def test_a_call_can_be_cancelled_before_and_after_it_was_made() -> None:
    reactor = ReactorClock()
    clock = RealClock(reactor, START)
    called: list[str] = []
    never = clock.call_at(at(1), lambda: called.append("never"))
    made = clock.call_at(at(1), lambda: called.append("made"))

    never.cancel()
    never.cancel()
    reactor.advance(1)
    made.cancel()

    assert called == ["made"]


# Stepped time.


def test_stepped_time_stands_still_whatever_the_reactor_does() -> None:
    reactor = ReactorClock()
    clock = SteppedClock(reactor, START)
    called: list[int] = []
    clock.call_at(at(1), lambda: called.append(1))

    reactor.advance(1000)

    assert clock.now() == START
    assert called == []


def test_advancing_makes_calls_in_order_each_at_its_own_instant() -> None:
    clock = SteppedClock(ReactorClock(), START)
    called: list[tuple[str, Instant]] = []
    for name, seconds in (("late", 3), ("early", 1), ("middle", 2), ("beyond", 3.000001)):
        clock.call_at(at(seconds), lambda name=name: called.append((name, clock.now())))

    clock.advance(3)

    assert called == [("early", at(1)), ("middle", at(2)), ("late", at(3))]
    assert clock.now() == at(3)


def test_calls_of_the_same_instant_are_made_in_the_order_of_asking() -> None:
    clock = SteppedClock(ReactorClock(), START)
    called: list[int] = []
    for number in range(20):
        clock.call_at(at(1), lambda number=number: called.append(number))

    clock.advance(1)

    assert called == list(range(20))


def test_a_call_made_on_the_way_is_made_in_the_same_advance_if_its_time_comes() -> None:
    clock = SteppedClock(ReactorClock(), START)
    called: list[Instant] = []

    def again() -> None:
        called.append(clock.now())
        clock.call_at(Instant(clock.now() + SECOND), again)

    clock.call_at(at(1), again)
    clock.advance(3.5)

    assert called == [at(1), at(2), at(3)]


def test_what_is_due_at_once_runs_on_the_next_turn_of_the_reactor() -> None:
    reactor = ReactorClock()
    clock = SteppedClock(reactor, START)
    called: list[int] = []

    clock.call_at(START, lambda: called.append(1))

    assert called == []
    reactor.advance(0)
    assert called == [1]


def test_a_cancelled_step_is_not_taken() -> None:
    reactor = ReactorClock()
    clock = SteppedClock(reactor, START)
    called: list[int] = []
    for seconds in (0, 1):
        clock.call_at(at(seconds), lambda: called.append(1)).cancel()

    reactor.advance(0)
    clock.advance(2)

    assert called == []


def test_fractions_of_a_second_add_up() -> None:
    clock = SteppedClock(ReactorClock(), START)

    for _ in range(10):
        clock.advance(0.1)

    assert clock.now() == at(1)


# Time that is turned, stopped, and made to run faster.


def test_scaled_time_runs_as_fast_as_was_said() -> None:
    reactor = ReactorClock()
    clock = SwitchClock(reactor, START, 10.0)
    called: list[Instant] = []
    clock.call_at(at(20), lambda: called.append(clock.now()))

    reactor.advance(1.5)
    assert (clock.now(), called) == (at(15), [])
    reactor.advance(0.5)

    assert called == [at(20)]


def test_frozen_time_goes_on_from_where_it_stood() -> None:
    reactor = ReactorClock()
    clock = RealClock(reactor, START)
    called: list[Instant] = []
    clock.call_at(at(3), lambda: called.append(clock.now()))

    reactor.advance(1)
    clock.freeze()
    reactor.advance(1000)
    assert (clock.now(), called) == (at(1), [])
    clock.run()
    reactor.advance(2)

    assert called == [at(3)]


def test_running_time_can_be_turned_and_runs_on() -> None:
    reactor = ReactorClock()
    clock = RealClock(reactor, START)
    called: list[Instant] = []
    clock.call_at(at(1800), lambda: called.append(clock.now()))
    clock.call_at(at(3601), lambda: called.append(clock.now()))

    clock.advance(3600)
    assert called == [at(1800)]
    reactor.advance(1)

    assert called == [at(1800), at(3601)]


def test_a_jump_is_told_before_it_is_made() -> None:
    clock = SteppedClock(ReactorClock(), START)
    told: list[tuple[int, Instant]] = []
    clock.on_jump.append(lambda by: told.append((by, clock.now())))

    clock.advance(2)

    assert told == [(2 * SECOND, START)]


def test_time_can_be_set_forward_and_not_back() -> None:
    clock = SteppedClock(ReactorClock(), START)
    clock.set(at(90))
    assert clock.now() == at(90)

    with pytest.raises(ClockError, match="does not run backwards"):
        clock.set(at(89))
    with pytest.raises(ClockError, match="does not run backwards"):
        clock.advance(-1)


def test_what_calls_itself_at_the_same_instant_for_ever_is_stopped() -> None:
    clock = SteppedClock(ReactorClock(), START)

    def again() -> None:
        clock.call_at(clock.now(), again)

    clock.call_at(at(1), again)

    with pytest.raises(ClockError, match="again and again"):
        clock.advance(1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("real", "real"),
        ("frozen", "frozen"),
        ("stepped", "stepped"),
        ("10x", "10x"),
        ("1x", "real"),
    ],
)
def test_a_clock_is_chosen_by_a_word(text: str, shown: str) -> None:
    assert str(clock_kind(text)) == shown


@pytest.mark.parametrize("text", ["", "fast", "0x", "-2x", "1001x"])
def test_a_word_that_is_no_clock_is_refused(text: str) -> None:
    with pytest.raises(ClockError, match="is no clock"):
        clock_kind(text)


def test_stepped_time_begins_at_the_same_instant_in_every_run() -> None:
    reactor = ReactorClock()

    assert clock_kind("stepped").made(reactor, START).now() == BEGIN
    assert clock_kind("frozen").made(reactor, START).now() == START
