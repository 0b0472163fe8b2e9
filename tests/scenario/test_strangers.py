"""Clients and DNs that a scenario names and that are nowhere."""

from textwrap import dedent

import pytest

from tests.scenario.files import text_of
from tlibsim.config.problems import Problem
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError

CALL = '- do: {client: desk9, request: MakeCall, ThisDN: "7001", OtherDN: "7002"}\n'


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as raised:
        load(text, "test.yml")
    return raised.value.problems


def test_a_client_that_nobody_has_is_an_error_at_its_name_with_the_nearest_one() -> None:
    (problem,) = problems_of("name: t\nsteps:\n" + CALL)
    assert (problem.line, problem.column) == (3, 16)
    assert problem.suggestion == "desk3"
    assert str(problem).startswith("test.yml:3:16  error  ")
    assert "'desk9' is no client of the bed or of this scenario" in problem.message


def test_a_client_that_nobody_has_is_an_error_in_a_step_inside_of_another() -> None:
    (problem,) = problems_of(
        "name: t\nsteps:\n- parallel:\n  - [{do: {client: dsk2, request: AnswerCall, "
        'ThisDN: "7002"}}]\n'
    )
    assert problem.suggestion == "desk2"


def test_the_system_under_test_is_asked_for_nothing() -> None:
    (problem,) = problems_of("name: t\nactors: {desk9: external}\nsteps:\n" + CALL)
    assert "is the system under test" in problem.message


@pytest.mark.parametrize(
    "head",
    [
        "actors: {desk9: [7001]}\n",
        "given: {clients: {desk9: [7001]}}\n",
        "actors: {desk9: []}\n",
    ],
)
def test_a_client_that_the_scenario_declares_may_ask(head: str) -> None:
    assert load("name: t\n" + head + "steps:\n" + CALL, "test.yml").scenarios


@pytest.mark.parametrize(
    "first",
    [
        '- do: {client: desk9, request: RegisterAddress, ThisDN: "7001"}\n',
        "- do: {client: desk9, request: QueryServer}\n",
    ],
)
def test_a_client_that_makes_itself_known_may_ask_afterwards(first: str) -> None:
    assert load("name: t\nsteps:\n" + first + CALL, "test.yml").scenarios


def test_a_stranger_whose_reply_is_looked_at_is_meant_to_be_one() -> None:
    steps = CALL + "  reply: [{EventError: {}}]\n"
    assert load("name: t\nsteps:\n" + steps, "test.yml").scenarios


def test_where_the_format_lets_any_client_open_a_stranger_is_only_remarked() -> None:
    (scenario,) = load(text_of(CALL), "test.yml").scenarios
    (remark,) = scenario.remarks
    assert (remark.line, remark.suggestion) == (6, "desk3")


def test_an_empty_file_is_told_to_be_empty_with_a_scenario_that_can_be_played() -> None:
    (problem,) = problems_of("# nothing yet\n")
    said, _, example = problem.message.partition("is\n")
    assert said.startswith("the file is empty")
    (scenario,) = load(dedent(example), "test.yml").scenarios
    assert (scenario.id, len(scenario.steps)) == ("first", 2)
