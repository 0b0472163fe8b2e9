"""Expressions: what they can say, what they cannot reach, and how they explain themselves."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tlibsim.scenario.script.expressions import Expression, ExpressionError, parse

NAMES: dict[str, Any] = {
    "recording": {"state": "paused", "legs": [{"dn": "7001"}]},
    "calls": [1, 2],
    "call": None,
    "$agent": "7001",
    "dns": {"7001": {"busy": False}},
}
FUNCTIONS = {"len": len, "count": lambda query: 3 if query == "event:*" else 0}


def value(text: str) -> Any:
    return parse(text).value(NAMES, FUNCTIONS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('recording.state == "paused"', True),
        ('recording["state"] == "active"', False),
        ("len(calls) == 2 and not call", True),
        ("$agent == recording.legs[0].dn", True),
        ("$agent in dns", True),
        ('"$agent" == "7001"', False),
        ("1 < len(calls) <= 2", True),
        ("count('event:*') + 1 == 4", True),
        ("dns[$agent].busy or recording.state", "paused"),
        ("'yes' if calls else 'no'", "yes"),
        ("-7 // 2", -4),
        ("call == None", True),
        ("'a' + 'b'", "ab"),
        ("7 in [7, 8]", True),
    ],
)
def test_an_expression_has_its_value(text: str, wanted: object) -> None:
    assert value(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "recording.__class__",
        "[x for x in calls]",
        "lambda: 1",
        "open('x')",
        "recording.state.upper()",
        "9 ** 9 ** 9",
        "'a' * 1000000000",
        "f'{calls}'",
        "calls.append(1)",
        "(y := 3)",
        "b'bytes'",
        "calls[0:1]",
        "{1: 2}",
    ],
)
def test_nothing_of_python_can_be_reached(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("recordin.state", "did you mean recording?"),
        ("recording.stat == 1", "did you mean state?"),
        ("$nobody", "is bound to nothing"),
        ("calls[7]", "there are only 2"),
        ("call.state", "None has no 'state'"),
        ("lenn(calls)", "did you mean len?"),
        ("1 +", "is no expression"),
        ("calls + 1", "cannot be worked out"),
        ("recording.state < 3", "not supported"),
        ("1 / 0", "division by zero"),
        ("x" * 2000, "longer than"),
    ],
)
def test_what_goes_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=r".") as caught:
        value(text)

    assert said in str(caught.value)


def test_an_expression_explains_what_its_parts_are() -> None:
    expression = parse('recording.state == "active" and len(calls) > $agent')

    assert expression.explained(NAMES, FUNCTIONS) == [
        "recording.state is 'paused'",
        "len(calls) is 2",
        "$agent is '7001'",
    ]
    assert expression.variables == {"agent"}


@given(st.text(max_size=50))
def test_any_text_has_a_value_or_an_error(text: str) -> None:
    try:
        expression: Expression = parse(text)
        expression.explained(NAMES, FUNCTIONS)
        expression.value(NAMES, FUNCTIONS)
    except ExpressionError:
        pass
