"""Lines: who is first, whatever came, went and moved (HOUSE.md 14)."""

from hypothesis import given
from hypothesis import strategies as st

from tlibsim.switch.lines import Line


def test_the_lowest_key_is_first_and_of_equal_keys_the_one_that_came_first() -> None:
    line: Line[str] = Line()
    for name, key in (("late", 2), ("early", 1), ("also early", 1)):
        line.add(name, (key,))

    assert (line.first(), line.first_key(), len(line)) == ("early", (1,), 3)


def test_an_empty_line_has_no_first() -> None:
    line: Line[str] = Line()
    line.add("a", (1,))
    line.discard("a")
    line.discard("never there")

    assert (line.first(), line.first_key(), len(line)) == (None, None, 0)


def test_what_is_added_again_moves() -> None:
    line: Line[str] = Line()
    line.add("a", (1,))
    line.add("b", (2,))
    line.add("a", (3,))

    assert (line.first(), len(line), "a" in line) == ("b", 2, True)


_steps = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 3)), max_size=80)


@given(_steps)
def test_a_line_is_a_sorted_list_that_forgets(steps: list[tuple[bool, int, int]]) -> None:
    line: Line[int] = Line()
    model: dict[int, tuple[int, int]] = {}
    for at, (comes, item, key) in enumerate(steps):
        if comes:
            line.add(item, (key,))
            model[item] = (key, at)
        else:
            line.discard(item)
            model.pop(item, None)
        first = min(model, key=lambda one: model[one]) if model else None
        assert (line.first(), len(line)) == (first, len(model))


def test_a_line_through_which_many_pass_stays_small() -> None:
    line: Line[int] = Line()
    line.add(-1, (0,))
    for item in range(10_000):
        line.add(item, (item,))
        line.discard(item)

    assert len(line._heap) < 100
