"""Variables, rows, includes and repeats: what is left of them when a file has been read."""

from collections.abc import Mapping

import pytest

from tlibsim.config import Problem
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.script.steps import Act, Block, walk
from tlibsim.scenario.steps import Scenario, SwitchAction

INBOUND = "- do: inbound\n  from: ${caller}\n  to: '7001'\n"


def scenarios_of(
    text: str,
    files: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> tuple[Scenario, ...]:
    kept = dict(files or {})

    def fetch(name: str, _: str) -> str:
        if name not in kept:
            raise FileNotFoundError("there is none")
        return kept[name]

    return load(text, "folder/test.yml", fetch=fetch, overrides=overrides or {}).scenarios


def problems_of(text: str, files: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as caught:
        scenarios_of(text, files)
    return caught.value.problems


def problem_of(text: str, files: Mapping[str, str] | None = None) -> Problem:
    return problems_of(text, files)[0]


def callers(scenario: Scenario) -> list[str]:
    """The numbers that call in the steps that do something."""
    return [
        str(step.do.arguments["from"])
        for step in walk(scenario.steps)
        if isinstance(step, Act) and isinstance(step.do, SwitchAction)
    ]


# Variables.


def test_a_file_that_is_one_scenario_is_named_after_itself() -> None:
    (scenario,) = scenarios_of("steps:\n- advance: 1s\n")

    assert scenario.id == "test"


def test_a_variable_stands_for_its_value_alone_and_within_a_text() -> None:
    (scenario,) = scenarios_of(
        "vars: {caller: '415'}\nsteps:\n" + INBOUND + INBOUND.replace("${", "9${")
    )

    assert callers(scenario) == ["415", "9415"]


def test_what_is_set_from_outside_counts_instead_of_what_is_written() -> None:
    text = "vars: {caller: '415'}\nsteps:\n" + INBOUND

    (scenario,) = scenarios_of(text, overrides={"caller": "999"})

    assert callers(scenario) == ["999"]


def test_a_variable_of_the_scenario_hides_that_of_the_file() -> None:
    (scenario,) = scenarios_of(
        "format: 1\nvars: {caller: '1'}\nscenarios:\n- id: A\n  vars: {caller: '2'}\n  steps:\n  "
        + INBOUND.replace("\n", "\n  ").rstrip()
    )

    assert callers(scenario) == ["2"]


def test_an_unknown_variable_is_told_with_its_place_and_the_nearest() -> None:
    problem = problem_of("vars: {caller: '1'}\nsteps:\n" + INBOUND.replace("caller", "caler"))

    assert "${caler} is no variable here" in problem.message
    assert (problem.line, problem.suggestion) == (4, "caller")


# Rows.


def test_a_scenario_is_played_once_for_each_row() -> None:
    found = scenarios_of(
        "name: table\nrows:\n- {caller: '1'}\n- {caller: '2'}\nsteps:\n" + INBOUND
    )

    assert [one.id for one in found] == ["table[1]", "table[2]"]
    assert [callers(one) for one in found] == [["1"], ["2"]]


def test_rows_can_be_those_of_a_table_of_commas() -> None:
    found = scenarios_of(
        "name: table\nrows: calls.csv\nsteps:\n" + INBOUND,
        {"calls.csv": "caller,x\n7,8\n9,0\n"},
    )

    assert [callers(one) for one in found] == [["7"], ["9"]]


def test_a_row_with_too_few_values_is_a_fault() -> None:
    problem = problem_of(
        "name: table\nrows: calls.csv\nsteps:\n" + INBOUND, {"calls.csv": "caller,x\n7\n"}
    )

    assert "has not as many values as names" in problem.message


# Includes.


def test_included_steps_see_the_variables_that_they_are_given() -> None:
    (scenario,) = scenarios_of(
        "steps:\n- include: common.yml\n  vars: {caller: '5'}\n- advance: 1s\n",
        {"common.yml": INBOUND},
    )

    assert callers(scenario) == ["5"]
    assert len(scenario.steps) == 2


def test_an_included_file_has_defaults_for_its_variables() -> None:
    (scenario,) = scenarios_of(
        "steps:\n- include: common.yml\n",
        {"common.yml": "vars: {caller: '8'}\nsteps:\n" + INBOUND},
    )

    assert callers(scenario) == ["8"]


def test_a_fault_in_an_included_file_names_that_file() -> None:
    problem = problem_of(
        "steps:\n- include: common.yml\n", {"common.yml": "\n- do: inbuond\n  to: 1\n"}
    )

    assert (problem.source, problem.line, problem.suggestion) == ("common.yml", 2, "inbound")


def test_a_file_that_is_not_there_is_a_fault() -> None:
    problems = problems_of("steps:\n- include: nowhere.yml\n")

    assert any("nowhere.yml cannot be read" in one.message for one in problems)


def test_a_file_that_includes_itself_is_stopped() -> None:
    problem = problem_of(
        "steps:\n- include: round.yml\n", {"round.yml": "- include: round.yml\n"}
    )

    assert "goes deeper than" in problem.message


# Repeats.


def test_steps_are_repeated_so_often_with_the_number_of_the_round() -> None:
    (scenario,) = scenarios_of(
        "steps:\n- repeat: 3\n  as: caller\n  steps:\n  "
        + INBOUND.replace("\n", "\n  ").rstrip()
    )

    assert callers(scenario) == ["1", "2", "3"]


def test_steps_are_repeated_for_each_item_of_a_list() -> None:
    (scenario,) = scenarios_of(
        "steps:\n- repeat: [a, b]\n  as: caller\n  steps:\n  "
        + INBOUND.replace("\n", "\n  ").rstrip()
    )

    assert callers(scenario) == ["a", "b"]


def test_a_repeat_that_comes_to_too_much_is_refused() -> None:
    inner = "{repeat: 1000, steps: [{advance: 1s}]}"

    problem = problem_of(f"steps:\n- repeat: 9000\n  steps: [{inner}]\n")

    assert "comes to more than" in problem.message


# Words of steps.


@pytest.mark.parametrize(
    ("step", "message", "suggestion"),
    [
        ("- advence: 3s", "begins no step", "advance"),
        ("- advance: soon", "is no duration", ""),
        ("- expect: {event: EventRining}", "is no event", "EventRinging"),
        ("- expect: {evnt: EventRinging}", "must have one of event", ""),
        ("- expect: {event: EventRinging, ThsDN: '1'}", "is nothing of a message", "ThisDN"),
        ("- expect: 'event:EventRining'", "Did you mean EventRinging?", ""),
        ("- expect: {event: EventRinging, count: many}", "is no count", ""),
        ("- check: 'recording.state = 1'", "is no expression", ""),
        ("- hook: checks.py", "must be file.py:function", ""),
        ("- do: inbound\n  form: 1\n  to: 2", "is not a key here", "from"),
        ("- do: hangup", "lacks by", ""),
        ("- parallel: []", "has no branch", ""),
        ("- parallel: [[{do: {client: desk1, request: HoldCall}, expect: {'7001': []}}]]",
         "has lists of events", ""),
        ("- do: answer\n  dn: $who", "uses $who, which nothing has bound yet", ""),
        ("- set: {'a b': '1'}", "is no name", ""),
        ("- fault: {}", "must be a fault, or clear", ""),
    ],
)  # fmt: skip
def test_a_wrong_step_is_told_with_the_nearest_word(
    step: str, message: str, suggestion: str
) -> None:
    found = [one for one in problems_of(f"steps:\n{step}\n") if message in one.message]

    (problem,) = found
    assert problem.suggestion == suggestion
    assert problem.line is not None
    assert problem.line >= 2


def test_a_deed_with_an_expectation_beside_it_is_two_steps_in_one() -> None:
    (scenario,) = scenarios_of(
        "steps:\n- do: inbound\n  from: '1'\n  to: '7001'\n  expect: {event: EventRinging}\n"
    )

    (block,) = scenario.steps
    assert isinstance(block, Block)
    assert len(block.steps) == 2
