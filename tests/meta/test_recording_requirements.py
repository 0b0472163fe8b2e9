"""Every requirement on recording points to a test that is there, and the page of them is fresh."""

import re

from tests.meta.checkout import ROOT
from tools.pages.requirements import faults, page, sections

PAGE = "docs/recording-requirements.md"


def expected() -> set[str]:
    """The numbers of RECORDING.md 12.1 to 12.4."""
    ranges = {"F": 23, "D": 4, "I": 19, "T": 10}
    return {f"{letter}{n:02}" for letter, last in ranges.items() for n in range(1, last + 1)}


def test_every_row_of_the_specification_is_there_once() -> None:
    numbers = [row.number for section in sections() for row in section.rows]

    assert len(numbers) == len(set(numbers))
    assert expected() <= set(numbers)
    assert [section.source for section in sections()] == [
        f"RECORDING.md 12.{n}" for n in range(1, 7)
    ]


def test_every_row_names_tests_and_scenarios_that_exist() -> None:
    assert faults() == []


def test_the_page_is_fresh() -> None:
    stale = f"{PAGE} is stale: ./tools/regenerate"

    assert (ROOT / PAGE).read_text(encoding="utf-8") == page(), stale


def test_each_row_of_the_page_has_the_four_columns() -> None:
    rows = [line for line in page().splitlines() if re.match(r"\| [A-Z]\d\d ", line)]

    assert len(rows) == sum(len(section.rows) for section in sections())
    assert all(line.count(" | ") == 3 for line in rows)
