"""The numbers of ``tlibsim load``: DNs, pairs, percentiles."""

from array import array

import click
import pytest

from tlibsim.cli.load import numbers_of, pairs_of
from tlibsim.net.loading import LoadResult, nearest_rank


def test_a_range_and_a_list_name_dns() -> None:
    assert numbers_of("0098-0101") == ["0098", "0099", "0100", "0101"]
    assert numbers_of("7001, 7002") == ["7001", "7002"]


def test_a_range_that_goes_backwards_is_refused() -> None:
    with pytest.raises(click.BadParameter):
        numbers_of("7010-7001")


def test_each_two_dns_make_a_pair() -> None:
    assert pairs_of(["1", "2", "3", "4", "5"]) == [("1", "2"), ("3", "4")]


def test_one_dn_is_not_enough() -> None:
    with pytest.raises(click.BadParameter):
        pairs_of(["1"])


@pytest.mark.parametrize(
    ("percent", "value"), [(0.0, 1.0), (50.0, 5.0), (90.0, 9.0), (99.0, 10.0), (100.0, 10.0)]
)
def test_a_percentile_is_the_value_of_the_nearest_rank(percent: float, value: float) -> None:
    assert nearest_rank([float(n) for n in range(1, 11)], percent) == value


def test_what_was_not_measured_has_no_percentiles() -> None:
    result = LoadResult()
    result.latency_ms["EventRinging"] = array("d", [2.0, 1.0])

    assert result.percentiles() == {
        "EventRinging": {"p50": 1.0, "p90": 2.0, "p99": 2.0, "max": 2.0}
    }
