"""The desktop contract with the reference desktop: all passes, and what cannot be played says why."""

import sys
from pathlib import Path

import pytest

from tests.contract.bench import Run
from tests.endtoend.programs import tlibsim
from tlibsim.contract.desktop import DESKTOP
from tlibsim.contract.result import Level

CONFIG = """\
seed: 1
listen: [{{port: 0}}]
dns:
  "7001": {{type: DN}}
  "9001": {{type: ACD Queue}}
  "trunk-in": {{type: Trunk}}
agents:
  "1001": {{}}
desktop:
  dn: "7001"
  agent: "1001"
  queue: "9001"
  start: "{start}"
  ready: {{within: 15s}}
  reconnect_within: 4s
  auto: {{login: true, answers: true, answers_within: 2s, updates: true}}
"""
COMMAND = (
    f"{sys.executable} -m tlibsim.testing.desktop --tserver {{tlib_host}}:{{tlib_port}}"
    " --dn 7001 --agent 1001 --queue 9001"
)


def contract(directory: Path, *words: str, bug: str = "", start: str | None = None) -> Run:
    """Run the desktop contract in the folder."""
    more = f" --bug {bug}" if bug else ""
    text = CONFIG.format(start=COMMAND + more if start is None else start)
    (directory / "tlibsim.yaml").write_text(text, encoding="utf-8")
    return Run(tlibsim("contract", "run", "--desktop", *words, cwd=directory), directory)


def test_the_reference_passes_everything(tmp_path: Path):
    run = contract(tmp_path, "--junit", "junit.xml")
    assert run.result.returncode == 0, run.result.stdout + run.result.stderr
    assert f"{len(DESKTOP.checks)} pass" in run.result.stdout
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8").count("<testcase") == len(
        DESKTOP.checks
    )


def test_a_failure_names_what_was_expected_its_source_and_how_to_see_it_again(tmp_path: Path):
    run = contract(tmp_path, "D05", "--html", "r.html", bug="wrong-agent")
    assert run.result.returncode == 1
    assert "AgentID  expected 1001  got 7001" in run.result.stdout
    assert "source: BEHAVIOUR.md 2.1" in run.result.stdout
    assert "again: tlibsim contract run --desktop D05" in run.result.stdout
    assert "desktop --&gt; T-Server" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_calls_are_answered_for_a_desktop_that_does_not_do_it_by_itself(tmp_path: Path):
    by_hand = ("--set", "desktop.auto.answers=false", "--set", "desktop.auto.updates=false")
    run = contract(tmp_path, "D09", "D13", "D15", *by_hand, bug="never-answers")
    assert run.result.returncode == 0, run.result.stdout
    assert "2 pass, 1 skipped" in run.result.stdout


def test_a_desktop_whose_opening_is_refused_is_told_why(tmp_path: Path):
    more = ("--set", "password=secret", "--set", "desktop.ready.within=2s")
    run = contract(tmp_path, *more)
    assert run.result.returncode == 4
    assert "connected within 2s, but its opening was refused: bad-password" in run.result.stdout


def test_a_desktop_that_never_comes_ends_with_4(tmp_path: Path):
    run = contract(tmp_path, "--set", "desktop.ready.within=300ms", start="")
    assert run.result.returncode == 4
    assert "the desktop did not connect within 300ms" in run.result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("R01",), "tlibsim contract list --desktop"),
        (("--set", "desktop.dn="), "desktop.dn is missing: say at which DN"),
        (("--set", "desktop.dn=7009"), "desktop.dn names 7009, which is no telephone"),
        (("--set", "desktop.queue=9009"), "desktop.queue names 9009, which is no DN"),
        (("--set", "desktop.agent="), "desktop.agent is missing: say who logs in"),
        (("--set", "desktop.start=no-such-program"), "desktop.start"),
    ],
)
def test_what_cannot_be_played_ends_with_2_and_says_why(
    tmp_path: Path, words: tuple[str, ...], said: str
):
    run = contract(tmp_path, *words)
    assert run.result.returncode == 2, run.result.stdout
    assert said in run.result.stderr


def test_the_list_names_level_and_source_of_each_check():
    listed = tlibsim("contract", "list", "--desktop").stdout.splitlines()
    assert len(listed) == len(DESKTOP.checks)
    assert all("(" in line for line in listed)


def test_there_are_checks_of_both_levels_each_with_a_name_of_its_own():
    musts = sum(check.level is Level.MUST for check in DESKTOP.checks)
    assert 15 <= musts < len(DESKTOP.checks)
    assert len({check.id for check in DESKTOP.checks}) == len(DESKTOP.checks)
