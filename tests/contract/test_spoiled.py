"""How user data looks that was spoiled on the way through a desktop, and data that was changed rightly."""

import pytest

from tlibproto.vocabulary import KVList, Value, WideText
from tlibsim.contract.desktop_data import DATA, spoiled


@pytest.mark.parametrize(
    ("was", "now", "how"),
    [
        (-250, 250, "without its sign"),
        ("Königsallee", "KÃ¶nigsallee", "in another character set"),
        ("Königsallee", "K?nigsallee", "in another character set"),
        ("Königsallee", "K\ufffdnigsallee", "in another character set"),
        ("Königsallee", "Knigsallee", "in another character set"),
        (WideText("Zürich"), WideText("Z?rich"), "in another character set"),
        (b"\x00\x01\xfe", b"", "cut off"),
        (KVList((("ITEMS", 2), ("NOTE", ""))), KVList((("ITEMS", 2),)), "without NOTE"),
        (KVList((("ITEMS", 2),)), KVList((("ITEMS", "2"),)), "with another type of ITEMS"),
        (KVList((("N", -2),)), KVList((("N", 2),)), "with N without its sign"),
    ],
)
def test_what_cannot_hold_a_value_spoils_it(was: Value, now: Value, how: str):
    assert spoiled(was, now) == how


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (3, 4),
        (-250, -249),
        ("Königsallee", "Schadowstraße"),
        ("Ann", "Anna"),
        (b"\x00\x01\xfe", b"\x00\x01\xff"),
        (KVList((("ITEMS", 2),)), KVList((("ITEMS", 3), ("NEW", "x")))),
    ],
)
def test_a_desktop_may_change_what_it_was_sent(was: Value, now: Value):
    assert spoiled(was, now) == ""


def test_the_call_has_data_of_every_kind_and_none_of_it_is_spoiled_as_it_is():
    assert {type(value) for _, value in DATA} == {int, str, bytes, WideText, KVList}
    assert not any(spoiled(value, value) for _, value in DATA)
