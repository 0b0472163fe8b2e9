"""docs/differences.md: what it names exists, and every row says why and where it is written."""

import re

import pytest

from tests.meta.checkout import ROOT
from tlibsim.config.rows import ASSUMED, DISPUTED
from tools.pages import differences

ROWS = [row for found in differences.written().values() for row in found]
_SOURCE = re.compile(
    r"(WIRE|BEHAVIOUR|RECORDING|MEDIA)\.md \d+(\.\d+)*(, \d+(\.\d+)*)*"
    r"|FEATURES\.md, .+|protocol/NOTES\.md \d+"
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.here[:40])
def test_a_row_names_options_that_exist_a_reason_and_a_source(
    row: differences.Difference,
) -> None:
    assert set(row.options) <= differences.known()
    assert row.why
    assert _SOURCE.fullmatch(row.source), row.source


def test_an_option_says_how_sure_its_default_is_in_a_known_word() -> None:
    words = {row.basis for row in differences.options().values()}

    assert words == {"", ASSUMED, DISPUTED}


def test_every_assumption_of_the_notes_on_the_protocol_is_on_the_page() -> None:
    notes = (ROOT / "protocol" / "NOTES.md").read_text(encoding="utf-8")
    sentences = notes.partition("\n1. ")[2]

    marked = [number for number, _ in differences.assumed_notes()]
    assert len(marked) >= 10
    assert sum(text.count("*assumed*") for _, text in differences.assumed_notes()) == (
        sentences.count("*assumed*")
    )


def test_the_page_has_no_message_that_is_exact() -> None:
    page = differences.page()

    assert "RequestMakeCall |" not in page
    assert "EventRestoreConnection" in page
    assert "`routecall-record-rule`" in page
