"""A load keeps its rate whatever happens, and measures what is late from when it was due."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tlibsim.net.arrivals import ClosedModel, OpenModel
from tlibsim.net.client import ClientError
from tlibsim.net.loading import MOST_ERRORS, NO_FREE_SLOT, OTHERS, Load, LoadResult


class Slow:
    """A flow whose runs take so many seconds, or fail with these words."""

    def __init__(self, clock: Clock, seconds: float, slots: int = 1000) -> None:
        self.clock = clock
        self.seconds = seconds
        self.slots = slots
        self.late: list[float] = []
        self.at: list[float] = []
        self.words: list[str] = []
        self.ended = False

    async def begin(self) -> None:
        """Nothing to do."""

    async def play(self, slot: int, late_s: float, result: LoadResult) -> None:
        self.late.append(late_s)
        self.at.append(self.clock.seconds())
        if self.words:
            raise ClientError(self.words.pop(0))
        done: Deferred[None] = Deferred()
        self.clock.callLater(self.seconds, done.callback, None)
        await done

    def lost(self) -> str:
        return ""

    async def end(self) -> None:
        self.ended = True


def passing(clock: Clock, load: Load, seconds: float, by: float = 0.01) -> LoadResult:
    running = Deferred.fromCoroutine(load.run())
    for _ in range(round(seconds / by)):
        clock.advance(by)
    assert running.called
    return load.result


def test_runs_begin_at_the_rate_however_slow_the_others_are() -> None:
    clock = Clock()
    flow = Slow(clock, 30.0)

    result = passing(clock, Load(clock, flow, OpenModel(cps=10.0, seconds=2.0)), 40.0)

    assert (result.due, result.begun, result.completed) == (20, 20, 20)
    assert max(flow.at) < 2.0
    assert flow.ended
    assert result.rate == 10.0


def test_what_cannot_begin_is_an_error_and_is_not_left_out() -> None:
    clock = Clock()
    flow = Slow(clock, 30.0, slots=3)

    result = passing(clock, Load(clock, flow, OpenModel(cps=10.0, seconds=2.0)), 40.0)

    assert (result.due, result.begun) == (20, 3)
    assert result.errors == {NO_FREE_SLOT: 17}


def test_after_a_halt_all_that_was_due_begins_and_says_how_late_it_is() -> None:
    clock = Clock()
    flow = Slow(clock, 0.1)
    running = Deferred.fromCoroutine(Load(clock, flow, OpenModel(cps=10.0, seconds=2.0)).run())
    clock.advance(1.05)  # nothing ran in this time
    for _ in range(200):
        clock.advance(0.01)

    assert running.called
    assert flow.late[:11] == pytest.approx([0.0, *(1.05 - n / 10 for n in range(1, 11))])
    assert max(flow.late[11:]) <= 0.011


def test_callers_of_a_closed_model_begin_anew_when_a_run_is_over() -> None:
    clock = Clock()
    flow = Slow(clock, 0.5)

    result = passing(clock, Load(clock, flow, ClosedModel(at_once=2, seconds=2.2)), 4.0)

    assert result.begun == result.completed == 10
    assert set(flow.late) == {0.0}


def test_many_different_errors_are_told_as_others() -> None:
    clock = Clock()
    flow = Slow(clock, 0.0)
    flow.words = [f"error {number}" for number in range(200)]

    result = passing(clock, Load(clock, flow, OpenModel(cps=200.0, seconds=1.0)), 2.0)

    assert result.error_count == 200
    assert len(result.errors) == MOST_ERRORS + 1
    assert result.errors[OTHERS] == 200 - MOST_ERRORS


def test_the_result_so_far_is_told_once_a_second_while_something_is_under_way() -> None:
    clock = Clock()
    told: list[tuple[int, int]] = []

    def tell(result: LoadResult) -> None:
        told.append((round(result.elapsed_s), result.begun))

    load = Load(clock, Slow(clock, 1.5), OpenModel(cps=4.0, seconds=2.0), tell)
    passing(clock, load, 6.0)

    assert told == [(1, 4), (2, 8), (3, 8)]
