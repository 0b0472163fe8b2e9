"""A run as a whole: its parts, what is skipped, and what the results add up to."""

import pytest

from tests.scenario.files import scenario_of, text_of
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.program import (
    counted,
    exit_code,
    parts,
    reason_to_skip,
    warnings,
)
from tlibsim.scenario.results import Result, Status

CALL = "- do: {client: desk1, request: MakeCall, ThisDN: '7001', OtherDN: '7002'}\n"
P, F, W, S = Status.PASSED, Status.FAILED, Status.PENDING, Status.SKIPPED


def results(*statuses: Status) -> list[Result]:
    return [Result(scenario=scenario_of(CALL), status=status) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "code", "words"),
    [
        ((P, P), 0, "2 scenarios: 2 pass"),
        ((P, F, W), 1, "3 scenarios: 1 pass, 1 FAIL, 1 pending"),
        ((W,), 0, "1 scenario: 1 pending"),
        ((P, S), 0, "2 scenarios: 1 pass, 1 skipped"),
        ((S, S), 3, "2 scenarios: 2 skipped"),
        ((), 3, "0 scenarios: nothing ran"),
        ((F,), 1, "1 scenario: 1 FAIL"),
    ],
)
def test_the_exit_code_says_how_it_went(
    statuses: tuple[Status, ...], code: int, words: str
) -> None:
    assert exit_code(results(*statuses)) == code
    assert counted(results(*statuses)) == words


def test_a_part_has_the_settings_of_the_bed_and_of_its_config() -> None:
    (part,) = parts(text_of(CALL, 'config: {dn: {"7001": {record: true}}}\n'), "test.yml")

    assert part.settings.server == "SIPServer1"
    assert part.settings.dns["7001"].options.record is True
    assert part.settings.dns["7002"].options.record is False
    assert tuple(part.settings.clients)[:2] == ("desk1", "desk2")


def test_a_file_without_bed_uses_the_bed_of_the_program() -> None:
    (part,) = parts(text_of(CALL), "test.yml")

    assert set(part.settings.dns) >= {"7001", "7002", "7003", "7004", "8000", "5000"}


def test_a_bed_of_its_own_takes_the_place_of_it() -> None:
    bed = 'bed: {dns: {"1": {type: DN}}, clients: {desk1: ["1"]}}\n'
    (part,) = parts(text_of(CALL, top=bed), "test.yml")

    assert list(part.settings.dns) == ["1"]


def test_a_wrong_bed_is_told_with_its_place() -> None:
    with pytest.raises(ScenarioError) as caught:
        parts(text_of(CALL, top='bed: {dns: {"1": {typ: DN}}}\n'), "test.yml")

    assert caught.value.problems[0].line == 2


def test_a_wrong_config_is_told_with_its_scenario_and_line() -> None:
    with pytest.raises(ScenarioError) as caught:
        parts(text_of(CALL, "config: {dn: 7}\n"), "test.yml")

    problem = caught.value.problems[0]
    assert problem.key.startswith("T01.config.dn")
    assert (problem.source, problem.line) == ("test.yml", 5)


def test_an_option_that_nobody_knows_is_a_warning() -> None:
    found = list(warnings(parts(text_of(CALL, "config: {wrap-up-tim: 3}\n"), "test.yml")))

    assert len(found) == 1
    assert "wrap-up-time" in found[0]


def test_elsewhere_only_scenarios_of_clients_alone_are_played() -> None:
    wait = scenario_of("- do: {switch: wait, seconds: 1}")

    assert reason_to_skip(wait, elsewhere=True) == (
        "needs a server of its own: switch action wait"
    )
    assert reason_to_skip(wait, elsewhere=False) == ""
    assert reason_to_skip(scenario_of(CALL), elsewhere=True) == ""
