"""Wrong words in expressions are told before they are worked out, and in few words afterwards."""

import pytest

from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.script.expressions import ExpressionError, parse
from tlibsim.scenario.script.player import Player
from tlibsim.scenario.script.sights import sights
from tlibsim.scenario.script.slips import _NAMES, FUNCTIONS, slips
from tlibsim.scenario.terms import NO_BINDINGS


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("lenn(calls) == 1", "lenn is no function", "len"),
        ("cals[0].ani == '1'", "cals is nothing here", "calls"),
        ("call.anni == '1'", "call has no anni", "ani"),
        ("calls[0].userdat.x == '1'", "calls[0] has no userdat", "userdata"),
        ("call.parties['7001'].stat == 'x'", "call.parties['7001'] has no stat", "state"),
        ("len(calls.lenght)", "calls is a list and has no lenght: len(calls), calls[0]", ""),
    ],
)
def test_a_wrong_word_is_told_with_the_nearest_one(
    text: str, message: str, suggestion: str
) -> None:
    (slip,) = slips(parse(text))
    assert (slip.message, slip.suggestion) == (message, suggestion)


@pytest.mark.parametrize(
    "text",
    [
        "call.userdata.anything == call.user_data.other and $x",
        "dns['7001'].agent.state == recording.legs[0].dn or true",
        "count('event:*') + len(calls) > seconds",
    ],
)
def test_what_may_be_there_is_no_slip(text: str) -> None:
    assert slips(parse(text)) == ()


def test_the_names_of_an_expression_are_those_that_it_sees() -> None:
    seen = sights(calls=(), traces=(), dns={}, clients={}, bindings=NO_BINDINGS, seconds=0.0)
    assert set(_NAMES) == set(seen)


def test_the_functions_of_an_expression_are_those_of_the_player() -> None:
    player = Player.__new__(Player)
    assert set(player._functions()) == set(FUNCTIONS)


def test_a_slip_is_an_error_at_its_place_in_the_file() -> None:
    with pytest.raises(ScenarioError) as raised:
        load("name: t\nsteps:\n- check: lenn(calls) == 1\n", "t.yml")
    (problem,) = raised.value.problems
    assert (problem.line, problem.column, problem.suggestion) == (3, 10, "len")


def test_a_list_without_such_a_word_is_not_shown_whole() -> None:
    names = {"calls": [{"ani": "1" * 500}]}
    with pytest.raises(ExpressionError) as raised:
        parse("calls.lenght == 1").value(names, {})
    wanted = "calls.lenght: a list has no 'lenght'; there is len(calls), which is 1"
    assert str(raised.value).startswith(wanted)


def test_a_name_that_nothing_binds_is_told_with_the_nearest_bound_one() -> None:
    with pytest.raises(ScenarioError) as raised:
        load("name: t\nsteps:\n- set: {total: len(calls)}\n- check: $totl == 0\n", "t.yml")
    (problem,) = raised.value.problems
    assert (problem.line, problem.suggestion) == (4, "$total")
