"""The words of ``tlibsim load``: DNs, pairs, and what excludes each other."""

from collections.abc import Sequence

import click
import pytest
from click.testing import CliRunner

from tlibsim.cli.load import load, numbers_of, pairs_of
from tlibsim.cli.loadtelling import line
from tlibsim.net.loading import LoadResult


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
    "words",
    [
        ("--cps", "5", "--calls-at-once", "5"),
        ("--target", "127.0.0.1:7020"),
        ("--dns", "7001-7002"),
        ("--cps", "0"),
        ("--for", "soon"),
        ("--calls-at-once", "1000000"),
        ("nothing.yaml",),
    ],
)
def test_wrong_words_end_with_2_before_anything_begins(words: Sequence[str]) -> None:
    assert CliRunner().invoke(load, words).exit_code == 2


def test_the_line_on_a_terminal_names_rate_the_slowest_event_and_errors() -> None:
    result = LoadResult(begun=118, live=3, elapsed_s=11.8, window_s=11.8)
    result.measured("EventRinging", 0.004)
    result.measured("EventReleased", 0.001)
    result.failed("nobody came")

    words = line(result).split()
    assert words[:7] == ["12", "s", "10.0/s", "118", "begun", "3", "under"]
    assert " ".join(words[8:]) == "p99 4.0 ms (EventRinging) 1 errors"
