"""Two logs are compared DN by DN, blind to identifiers and times."""

import pytest

from tests.logs.texts import SERVER
from tlibsim.logs.differing import Change, Comparison, DiffOptions, compare_logs
from tlibsim.logs.message import LogMessage
from tlibsim.logs.reading import LogReader
from tlibsim.logs.renumber import changed, renumbered


def read(text: str, name: str = "a.log") -> list[LogMessage]:
    return list(LogReader(name).read(text.splitlines(keepends=True)))


def compared(one: str, other: str, options: DiffOptions | None = None) -> Comparison:
    return compare_logs(read(one), read(other, "b.log"), options)


def test_new_identifiers_and_times_are_no_difference() -> None:
    other = renumbered(SERVER)

    assert "00a1b2c3d4e50001" not in other
    assert compared(SERVER, other).differences == ()


def test_identifiers_that_count_are_compared_by_value() -> None:
    found = compared(SERVER, renumbered(SERVER), DiffOptions(blind=False))

    assert {one.attribute for one in found.differences} == {"ConnID", "CallUuid"}


def test_an_identifier_that_stands_for_two_is_a_difference() -> None:
    other = changed(SERVER, "00a1b2c3d4e50001", "00a1b2c3d4e50002", 3)

    (found,) = compared(SERVER, other).differences
    assert (found.change, found.attribute) == (Change.CHANGED, "ConnID")


def test_a_list_counts_once() -> None:
    other = SERVER.replace("'gold'", "'tin'").replace("\t17", "\t18")

    (found,) = compared(SERVER, other).differences
    assert found.attribute == "UserData"
    assert "score=17" in found.left
    assert "score=18" in found.right


def test_a_number_and_its_text_are_not_the_same() -> None:
    (found,) = compared(SERVER, SERVER.replace("\t17", "\t'17'")).differences

    assert found.attribute == "UserData"


@pytest.mark.parametrize(
    ("first", "second", "change"),
    [
        (SERVER, SERVER[: SERVER.index("@09:41:04.7304")], Change.MISSING),
        (SERVER[: SERVER.index("@09:41:04.7304")], SERVER, Change.EXTRA),
    ],
)
def test_what_one_log_lacks_is_named_with_its_place(
    first: str, second: str, change: Change
) -> None:
    (found,) = compared(first, second).differences

    assert found.change is change
    lines = "\n".join(found.lines())
    assert "EventEstablished on 7001" in lines
    assert "after RequestAnswerCall (a.log:16)" in lines
    assert ".log:24" in lines


def test_another_order_on_a_dn_is_one_difference() -> None:
    blocks = [
        f"@09:41:0{n}.0000 [0] 8.1 distribute_event: message {name}\n\tAttributeThisDN\t'7001'\n"
        for n, name in enumerate(("EventDialing", "EventHeld", "EventReleased"))
    ]
    found = compared("".join(blocks), "".join([blocks[1], blocks[0], blocks[2]]))

    assert [one.change for one in found.differences] == [Change.REORDERED]


def test_the_order_between_dns_is_free() -> None:
    one = "@09:41:00.0000 [0] 8.1 distribute_event: message EventHeld\n\tAttributeThisDN\t'7001'\n"
    other = one.replace("7001", "7002")

    assert compared(one + other, other + one).differences == ()


def test_attributes_may_be_ignored() -> None:
    other = SERVER.replace("'gold'", "'tin'")

    assert (
        compared(SERVER, other, DiffOptions(ignore=frozenset({"UserData"}))).differences == ()
    )


def test_names_and_times_inside_of_texts_are_identifiers_too() -> None:
    text = SERVER.replace("'gold'", "'00TLIBSIM0000000000000000000C001_7001_20260101_120000_'")
    other = renumbered(text).replace("20260101_120000", "20270203_130001")

    assert compared(text, other).differences == ()


def test_a_change_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="is not there 2 times"):
        changed("abc", "b", "c", 2)
