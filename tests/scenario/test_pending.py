"""The list of scenarios that need later work: its form, and that it only gets shorter."""

import pytest

from tests.scenario.files import PENDING, SCENARIOS
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.pending import load_pending

AT_MOST: frozenset[str] = frozenset()
"""What may be pending.  Take out what passes; add nothing."""


def ids() -> tuple[str, ...]:
    file = load(SCENARIOS.read_text(encoding="utf-8"), str(SCENARIOS))
    return tuple(scenario.id for scenario in file.scenarios)


def test_the_pending_list_only_gets_shorter() -> None:
    pending = load_pending(PENDING.read_text(encoding="utf-8"), str(PENDING), ids())

    assert set(pending) <= AT_MOST
    assert all(pending.values()), "each says what it waits for"


def test_a_plain_list_of_ids_will_do() -> None:
    assert load_pending("format: 1\npending: [A, B]") == {"A": "", "B": ""}


def test_an_empty_list_is_a_list() -> None:
    assert load_pending("format: 1\npending: []") == {}


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("format: 1\npending: {C016: later}", "is the id of no scenario", "C06"),
        ("format: 2\npending: []", "must be 1", ""),
        ("format: 1", "lacks pending", ""),
        ("pending: []", "lacks format", ""),
        ("format: 1\npending: 7", "must be a list", ""),
        ("format: 1\npendng: []", "is not a key here", "pending"),
    ],
)
def test_a_wrong_list_is_a_fault(text: str, message: str, suggestion: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_pending(text, "pending.yml", ("C05", "C06"))

    assert any(
        message in problem.message and problem.suggestion == suggestion
        for problem in caught.value.problems
    )
