"""A scenario that is played while a test runs, and whose verdict is a part of the test's."""

from pathlib import Path

from tests.testing.plugged import run

SCENARIO = """
name: answered
vars: {caller: "4155550100"}
given:
  dns: {7001: {type: extension}}
actors: {desk: {kind: external, dns: [7001], within: 20s}}
steps:
  - do: inbound
    from: ${caller}
    to: 7001
  - expect: {request: RequestAnswerCall, dn: 7001}
    within: 2s
  - expect: {event: EventEstablished, dn: 7001}
    within: 2s
"""


def write(directory: Path) -> None:
    (directory / "answered.yaml").write_text(SCENARIO, encoding="utf-8")


def test_a_scenario_is_played_with_who_connects_in_the_test(tmp_path: Path):
    write(tmp_path)
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(scenario="answered.yaml", values={"caller": "4155550199"})
def test_it(tlibsim):
    desk = tlibsim.desktop("7001", name="desk")
    assert desk.answer().other_dn == "4155550199"
    assert tlibsim.verdict() == "answered: pass"
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_scenario_that_fails_fails_the_test_with_its_line(tmp_path: Path):
    write(tmp_path)
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(scenario="answered.yaml::answered")
def test_it(tlibsim):
    desk = tlibsim.desktop("7001", name="desk")
    desk.expect("EventRinging")
""",
    )
    assert result.returncode == 1
    assert "answered.yaml:1" in result.stdout
    assert "RequestAnswerCall" in result.stdout
    assert "1 passed, 1 error" in result.stdout


def test_a_test_that_failed_does_not_wait_for_the_verdict(tmp_path: Path):
    write(tmp_path)
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(scenario="answered.yaml")
def test_it(tlibsim):
    tlibsim.desktop("7001", name="desk")
    assert False, "something else"
""",
    )
    assert "1 failed" in result.stdout
    assert "error" not in result.stdout.splitlines()[-1]


def test_a_scenario_without_anybody_else_is_played_to_its_end(tmp_path: Path):
    (tmp_path / "own.yaml").write_text(
        """
name: own
given:
  dns: {7001: {type: extension}}
steps:
  - do: inbound
    from: "4155550100"
    to: 7001
  - expect: {event: EventRinging, dn: 7001}
""",
        encoding="utf-8",
    )
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(scenario="own.yaml")
def test_it(tlibsim):
    tlibsim.verdict()
    assert tlibsim.journal.find("EventRinging", dn="7001")
""",
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_cannot_be_played_is_told_with_its_place(tmp_path: Path):
    (tmp_path / "wrong.yaml").write_text("name: wrong\nsteps:\n  - dp: x\n", encoding="utf-8")
    write(tmp_path)
    result = run(
        tmp_path,
        """
import pytest

@pytest.mark.tlibsim(scenario="wrong.yaml")
def test_wrong(tlibsim): ...

@pytest.mark.tlibsim(scenario="nowhere.yaml")
def test_nowhere(tlibsim): ...

@pytest.mark.tlibsim(scenario="answered.yaml::other")
def test_other(tlibsim): ...

@pytest.mark.tlibsim(scenario="answered.yaml", clock="stepped")
def test_clock(tlibsim): ...
""",
    )
    assert "4 errors" in result.stdout
    assert "wrong.yaml:3:" in result.stdout
    assert "no scenario 'nowhere.yaml' beside test_it.py" in result.stdout
    assert "has no scenario 'other': answered" in result.stdout
    assert "a scenario says by itself what clock would say" in result.stdout
