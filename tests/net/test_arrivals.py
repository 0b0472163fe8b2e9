"""When runs of a load are due: at a rate that may rise first, or as callers join."""

import pytest

from tlibsim.net.arrivals import ClosedModel, OpenModel


def test_calls_are_due_evenly() -> None:
    model = OpenModel(cps=4.0, seconds=2.0)

    assert [model.due_at(n) for n in range(3)] == [0.0, 0.25, 0.5]
    assert model.count() == 8


def test_the_rate_rises_from_nothing_and_then_stays() -> None:
    model = OpenModel(cps=10.0, seconds=20.0, ramp_s=10.0)
    due = [model.due_at(number) for number in range(model.count())]

    assert due == sorted(due)
    assert sum(at < 5.0 for at in due) == 13  # 10 * 5² / 20, and the one at 0
    assert sum(5.0 <= at < 10.0 for at in due) == 37
    assert sum(10.0 <= at < 20.0 for at in due) == 100
    assert due[-1] < 20.0


def test_a_load_that_ends_while_the_rate_rises_has_fewer_calls() -> None:
    assert OpenModel(cps=10.0, seconds=5.0, ramp_s=10.0).count() == 13


@pytest.mark.parametrize("ramp", [0.0, 1.0, 30.0])
def test_there_is_always_one_call(ramp: float) -> None:
    assert OpenModel(cps=0.1, seconds=0.1, ramp_s=ramp).count() == 1


def test_callers_join_one_by_one() -> None:
    model = ClosedModel(at_once=4, seconds=60.0, ramp_s=2.0)

    assert [model.joins_at(number) for number in range(4)] == [0.0, 0.5, 1.0, 1.5]
