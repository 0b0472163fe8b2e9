"""100,000 DNs cost little memory, and reading them little time."""

import time
import tracemalloc

from tlibsim.config import load

DNS = 100_000


def test_a_dn_of_a_range_costs_far_less_than_a_kilobyte() -> None:
    load("")
    tracemalloc.start()
    settings = load("dns: {100000-199999: {type: DN, record: true, place: hall}}")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(settings.dns) == DNS
    assert held / DNS < 500


def test_a_dn_written_out_costs_less_than_a_kilobyte() -> None:
    few = DNS // 20
    text = "dns:\n" + "".join(
        f"  {number}: {{place: P{number}, record: true, max-calls: 2}}\n"
        for number in range(10000, 10000 + few)
    )
    load("")
    tracemalloc.start()
    settings = load(text)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(settings.dns) == few
    assert held / few < 1000


def test_a_range_of_a_hundred_thousand_is_read_in_a_moment() -> None:
    started = time.monotonic()
    load("dns: {100000-199999: {type: DN}}")

    assert time.monotonic() - started < 5
