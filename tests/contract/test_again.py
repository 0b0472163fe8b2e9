"""What a failure says to type plays it as it was played: with the same files and settings."""

import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.contract.bench import Run, write_config
from tests.endtoend.programs import tlibsim
from tlibsim.contract.result import CheckResult, Level, RunResult, skipped

FILE = "my recorder.yaml"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with a configuration of another name; only --set makes the recorder wrong."""
    directory = tmp_path_factory.mktemp("again")
    file = write_config(directory)
    text = file.read_text(encoding="utf-8")
    file.unlink()
    (directory / FILE).write_text(text, encoding="utf-8")
    (right,) = [line for line in text.splitlines() if line.startswith("  start:")]
    wrong = right.partition(":")[2].strip().strip('"') + " --bug integer-extension"
    words = ("--config", FILE, "--set", f"recorder.start={wrong}", "R09")
    reports = ("--junit", "j.xml", "--html", "r.html", "--summary", "s.md")
    return Run(tlibsim("contract", "run", *words, *reports, cwd=directory), directory)


def told(run: Run, mark: str) -> list[str]:
    """The words of the command that the terminal shows after the mark."""
    (line,) = [one for one in run.result.stdout.splitlines() if mark in one]
    return shlex.split(line.partition(mark)[2])


def test_the_command_that_plays_it_again_fails_again(failed: Run):
    words = told(failed, "  again: tlibsim")
    again = Run(tlibsim(*words, cwd=failed.directory), failed.directory)
    assert again.failed == failed.failed == ["R09"], again.result.stderr


def test_the_command_that_shows_the_crash_has_the_recorder_that_was_given(failed: Run):
    words = told(failed, "See it: tlibsim")
    assert words[-1] == "quirks.crash-on-int-extension=true"
    shown = Run(tlibsim(*words, cwd=failed.directory), failed.directory)
    assert shown.failed == ["R09"], shown.result.stderr


def test_every_report_has_the_same_command(failed: Run):
    words = told(failed, "  again: ")
    suites = ET.parse(failed.directory / "j.xml").getroot()
    failure = suites.find(".//failure")
    assert failure is not None
    (line,) = [one for one in (failure.text or "").splitlines() if one.startswith("again: ")]
    assert shlex.split(line)[1:] == words
    assert "again: tlibsim contract run --config" in (failed.directory / "r.html").read_text()
    assert line in (failed.directory / "s.md").read_text(encoding="utf-8").splitlines()


def test_a_password_in_a_setting_is_not_repeated(tmp_path: Path):
    text = write_config(tmp_path, bug="integer-extension").read_text(encoding="utf-8")
    (start,) = [line for line in text.splitlines() if line.startswith("  start:")]
    command = start.partition(":")[2].strip().strip('"') + " --password hush"
    result = tlibsim(
        "contract", "run", "R09", "--set", f"recorder.start={command}", cwd=tmp_path
    )
    kept = [one.read_text(encoding="utf-8") for one in tmp_path.rglob("*.json")]
    assert "--password ***" in result.stdout
    assert "hush" not in result.stdout + "".join(kept)


def test_one_check_is_one_check():
    one = CheckResult(
        id="R01", level=Level.MUST, title="", source="", flow="basic", verdict=skipped("later")
    )
    assert RunResult(title="", results=[one]).summary() == "1 check: 1 skipped (later)"
    assert RunResult(title="", results=[one, one]).summary().startswith("2 checks: ")
