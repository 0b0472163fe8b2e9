"""Where numbers lead (scenarios.yml, "switch actions")."""

from dataclasses import replace

import pytest

from tlibproto.vocabulary import Dn
from tlibsim.config import DnSettings, DnType
from tlibsim.switch.dn import Device
from tlibsim.switch.numbering import Inside, Nowhere, Numbering, Outside


def trunk(dn: str, prefix: str) -> DnSettings:
    return DnSettings(dn=dn, type=DnType.TRUNK, prefix=prefix)


def numbering(*dns: DnSettings) -> Numbering:
    return Numbering({Dn(one.dn): Device(one) for one in dns})


def where(plan: Numbering, number: str) -> str:
    """``inside DN``, ``outside TRUNK`` or ``nowhere``."""
    match plan.resolve(number):
        case Inside(device):
            return f"inside {device.dn}"
        case Outside(line, dialed):
            assert dialed == number
            return f"outside {line.dn}"
        case Nowhere(dialed):
            assert dialed == number
            return "nowhere"


PLAN = numbering(
    DnSettings(dn="7001"),
    DnSettings(dn="alice@sales"),
    DnSettings(dn="9001"),
    replace(DnSettings(dn="7002"), enabled=False),
    trunk("in-a", ""),
    trunk("in-b", ""),
    trunk("out", "9"),
    trunk("out-mobile", "917"),
    trunk("out-plus", "+"),
    trunk("5", "555"),
)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("7001", "inside 7001"),
        ("alice@sales", "inside alice@sales"),
        ("9001", "inside 9001"),
        ("90010", "outside out"),
        ("9", "outside out"),
        ("91", "outside out"),
        ("917", "outside out-mobile"),
        ("9175550001", "outside out-mobile"),
        ("9185550001", "outside out"),
        ("+15550001", "outside out-plus"),
        ("7002", "nowhere"),
        ("7003", "nowhere"),
        ("", "nowhere"),
        ("in-a", "nowhere"),
        ("out", "nowhere"),
        ("ALICE@SALES", "nowhere"),
    ],
)
def test_a_number_leads_to_its_dn_or_out_by_the_longest_prefix(
    number: str, expected: str
) -> None:
    assert where(PLAN, number) == expected


def test_an_empty_prefix_never_takes_a_number_out() -> None:
    assert where(numbering(trunk("in", "")), "12345") == "nowhere"


def test_the_name_of_a_trunk_is_not_a_number_but_may_begin_like_one() -> None:
    assert where(PLAN, "5") == "nowhere"
    assert where(PLAN, "555") == "outside 5"


def test_calls_come_in_by_the_first_trunk_with_an_empty_prefix() -> None:
    inbound = PLAN.inbound_trunk("")

    assert inbound is not None
    assert inbound.dn == "in-a"


def test_a_trunk_can_be_named_for_an_inbound_call() -> None:
    inbound = PLAN.inbound_trunk("out-mobile")

    assert inbound is not None
    assert inbound.dn == "out-mobile"


@pytest.mark.parametrize("name", ["7001", "in-c"])
def test_only_a_trunk_takes_inbound_calls(name: str) -> None:
    assert PLAN.inbound_trunk(name) is None


def test_without_an_empty_prefix_the_first_trunk_takes_inbound_calls() -> None:
    inbound = numbering(trunk("a", "9"), trunk("b", "8")).inbound_trunk("")

    assert inbound is not None
    assert inbound.dn == "a"


def test_without_trunks_there_is_no_way_in_or_out() -> None:
    plan = numbering(DnSettings(dn="7001"))

    assert plan.inbound_trunk("") is None
    assert where(plan, "95550001") == "nowhere"
