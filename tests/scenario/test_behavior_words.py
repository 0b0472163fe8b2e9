"""The words of ``set-behavior`` and ``restore-behavior`` in scenario files."""

import pytest

from tests.scenario.files import step_of, text_of
from tlibproto.vocabulary import Dn
from tlibsim.scenario.actions import command_of
from tlibsim.scenario.behavior import WORDS
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.steps import Action, SwitchAction
from tlibsim.switch.behaving import BEHAVIORS
from tlibsim.switch.commands import RestoreBehavior, SetBehavior


def command(words: str) -> object:
    do = step_of(f"- do: {{{words}}}").do
    assert isinstance(do, SwitchAction)
    return command_of(do.action, {key: str(term) for key, term in do.arguments.items()})


def test_what_is_said_is_changed_and_the_rest_is_kept() -> None:
    assert command('switch: set-behavior, dn: "7002", answer-after: 2.5, busy: true') == (
        SetBehavior(dn=Dn("7002"), answer_after=2.5, busy=True)
    )


def test_never_and_untimed_are_words_of_their_own() -> None:
    words = 'switch: set-behavior, dn: "7002", talk-time: never, wrap-up-time: untimed'
    assert command(words) == SetBehavior(dn=Dn("7002"), talk_time=None, wrap_up_time="untimed")
    assert command('switch: set-behavior, dn: "7002", wrap-up-time: 9') == SetBehavior(
        dn=Dn("7002"), wrap_up_time=9
    )


def test_a_number_outside_is_named_by_a_pattern() -> None:
    assert command('switch: set-behavior, number: "9415*", reject: false') == SetBehavior(
        number="9415*", reject=False
    )
    assert command('switch: restore-behavior, number: "9415*"') == RestoreBehavior(
        number="9415*"
    )


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("answer-after: soon", "must be seconds or never, not 'soon'"),
        ("talk-time: -1", "must be seconds or never, not '-1'"),
        ("answer-after: inf", "must be seconds or never, not 'inf'"),
        ("busy: perhaps", "must be true or false, not 'perhaps'"),
        ("wrap-up-time: 1.5", "must be whole seconds, untimed or never, not '1.5'"),
        ("anser-after: 1", "anser-after"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(words: str, fault: str) -> None:
    text = text_of(f'- do: {{switch: set-behavior, dn: "7002", {words}}}')
    with pytest.raises(ScenarioError) as caught:
        load(text, "test.yml")
    (problem,) = caught.value.problems
    assert fault in problem.sentence()
    assert problem.line == 6


def test_every_behavior_has_a_word() -> None:
    assert {word.replace("-", "_") for word in WORDS} == set(BEHAVIORS)
    assert Action("set-behavior") is Action.SET_BEHAVIOR
