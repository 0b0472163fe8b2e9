"""Latencies in bounded memory: percentiles as of the sorted values, to one part in a thousand."""

from hypothesis import given
from hypothesis import strategies as st

from tlibsim.net.histogram import Histogram

SECONDS = st.floats(min_value=0.0, max_value=3000.0)


def histogram(values: list[float]) -> Histogram:
    found = Histogram()
    for value in values:
        found.add(value)
    return found


@given(st.lists(SECONDS, min_size=1, max_size=300), st.sampled_from([50.0, 90.0, 99.0, 99.9]))
def test_a_percentile_is_the_value_of_the_nearest_rank(
    values: list[float], percent: float
) -> None:
    ordered = sorted(values)
    exact = ordered[max(0, int(-(-len(ordered) * percent // 100)) - 1)]

    assert abs(histogram(values).percentile(percent) - exact) <= exact / 1000 + 1e-6


@given(st.lists(SECONDS, min_size=1, max_size=100))
def test_nothing_is_above_the_longest(values: list[float]) -> None:
    found = histogram(values).milliseconds()

    assert found["p50"] <= found["p90"] <= found["p99"] <= found["p99.9"] <= found["max"]
    assert abs(found["max"] - max(values) * 1000) <= 0.001


def test_a_million_values_take_a_few_thousand_counters() -> None:
    found = Histogram()
    for number in range(1_000_000):
        found.add(number * 0.003)

    assert found.count == 1_000_000
    assert len(found._buckets) < 25_000
    assert abs(found.percentile(50.0) - 1500.0) < 2.0


def test_what_was_not_measured_has_no_percentile() -> None:
    assert Histogram().percentile(99.0) == 0.0
    assert Histogram().mean == 0.0


def test_what_takes_longer_than_an_hour_counts_as_an_hour() -> None:
    assert histogram([1e9]).milliseconds()["max"] == 3_600_000.0
