"""Which calls a rule is for."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.router.bed import POINT, Routed, to
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.config import RouteRule
from tlibsim.router.matching import Rule, question
from tlibsim.router.router import kvlist_of
from tlibsim.switch.facts import CallView

MONDAY_NOON = 1_700_481_600_000_000
"""20 November 2023, 12:00 UTC."""
HOUR = 3_600_000_000


def call(user_data: KVList | None = None, **more: Any) -> CallView:
    bed = Routed(when="never")
    conn_id: ConnId = bed.arrive(user_data=user_data, **more)
    view = bed.switch.call(conn_id)
    assert view is not None
    return view


def fits(
    rule: RouteRule,
    view: CallView | None = None,
    *,
    point: str = POINT,
    now: int = MONDAY_NOON,
    offset: int = 0,
) -> bool:
    asked = question(Dn(point), view or call(), now, offset)
    return Rule(rule, 1).fits(asked)


def rule(**conditions: Any) -> RouteRule:
    return RouteRule(to=to("7001"), **conditions)


def test_a_rule_without_conditions_fits_every_call() -> None:
    assert fits(rule())


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"point": ("5000",)}, True),
        ({"point": ("5001", "50*")}, True),
        ({"point": ("5001",)}, False),
        ({"ani": ("415*",)}, True),
        ({"ani": ("4155550100",)}, True),
        ({"ani": ("415",)}, False),
        ({"ani": ("1*", "4?5*")}, True),
        ({"dnis": ("8005551000",)}, True),
        ({"dnis": ("800*",)}, True),
        ({"dnis": ("5000",)}, False),
        ({"ani": ("415*",), "dnis": ("900*",)}, False),
    ],
)
def test_numbers_fit_patterns(conditions: Mapping[str, Any], expected: bool) -> None:
    assert fits(rule(**conditions), call(dnis="8005551000")) is expected


def test_a_call_without_a_caller_fits_the_empty_pattern_only() -> None:
    anonymous = call(caller="")
    assert fits(rule(ani=("",)), anonymous)
    assert fits(rule(ani=("*",)), anonymous)
    assert not fits(rule(ani=("4*",)), anonymous)


DATA = KVList((("Segment", "gold"), ("Tier", 2), ("Segment", "late"), ("List", KVList.of(a=1))))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"user_data": {"Segment": "gold"}}, True),
        ({"user_data": {"Segment": "late"}}, True),
        ({"user_data": {"Segment": ["silver", "g*"]}}, True),
        ({"user_data": {"Segment": "silver"}}, False),
        ({"user_data": {"Tier": 2}}, True),
        ({"user_data": {"Tier": "2"}}, True),
        ({"user_data": {"Tier": 3}}, False),
        ({"user_data": {"List": None}}, True),
        ({"user_data": {"List": "a"}}, False),
        ({"user_data": {"Other": None}}, False),
        ({"user_data": {"Segment": "gold", "Other": "*"}}, False),
        ({"without": ("Other",)}, True),
        ({"without": ("Other", "Tier")}, False),
    ],
)
def test_user_data_fits_by_value_presence_and_absence(
    conditions: Mapping[str, Any], expected: bool
) -> None:
    assert fits(rule(**conditions), call(DATA)) is expected


@pytest.mark.parametrize(
    ("hours", "offset_s", "expected"),
    [
        (0, 0, True),
        (-4, 0, True),
        (-5, 0, False),
        (6, 0, False),
        (5, 0, True),
        (6, -3600, True),
        (-5, 3600, True),
    ],
)
def test_times_are_local(hours: int, offset_s: int, expected: bool) -> None:
    open_hours = rule(time=("08:00-18:00",))
    assert fits(open_hours, now=MONDAY_NOON + hours * HOUR, offset=offset_s) is expected


def test_days_are_local() -> None:
    weekend = rule(days=("sat-sun",))
    saturday = MONDAY_NOON + 5 * 24 * HOUR
    assert not fits(weekend)
    assert fits(weekend, now=saturday)
    assert fits(weekend, now=saturday - 13 * HOUR, offset=3600)
    assert not fits(weekend, now=saturday - 13 * HOUR)


@given(st.integers(0, 4_000_000_000), st.integers(-12 * 3600, 14 * 3600))
def test_every_instant_has_a_minute_and_a_weekday(seconds: int, offset: int) -> None:
    asked = question(Dn(POINT), ANY_CALL, seconds * 1_000_000, offset)
    assert 0 <= asked.minute < 24 * 60
    assert 0 <= asked.weekday < 7


ANY_CALL = call()


def test_lists_of_a_rule_become_key_value_lists_with_their_types() -> None:
    made = kvlist_of({"s": "x", "n": 7, "b": True, "l": {"k": "v"}, "f": 1.5})
    assert made == KVList(
        (("s", "x"), ("n", 7), ("b", "true"), ("l", KVList.of(k="v")), ("f", "1.5"))
    )
