"""``tlibsim config`` as a user has it."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from tlibsim.cli import main


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["config", *words])


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    file = tmp_path / "lab.yaml"
    file.write_text("server: Lab\ndns: {7001-7003: {}}\noptions: {user-data-limt: 5}\n")
    return file


def test_a_good_file_ends_with_0_and_warnings_on_stderr(lab: Path) -> None:
    result = run("check", str(lab))

    assert result.exit_code == 0
    assert result.stdout == f"{lab}: good, 3 DNs\n"
    assert result.stderr.startswith(f"{lab}:3:11  warning  options.user-data-limt is not")


def test_a_wrong_file_ends_with_2_and_all_its_faults(lab: Path) -> None:
    lab.write_text("sevrer: Lab\nseed: x\n")
    result = run("check", str(lab))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"{lab}:1:1  error  sevrer is not a key here. Did you mean server?\n"
        f"{lab}:2:7  error  seed must be a whole number, not 'x'\n"
        "2 errors\n"
    )


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    result = run("check", str(tmp_path / "none.yaml"))

    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_a_wrong_override_ends_with_2(lab: Path) -> None:
    assert run("check", str(lab), "--set", "seed=x").exit_code == 2


def test_show_prints_what_file_and_overrides_come_to(lab: Path) -> None:
    result = run("show", str(lab), "--set", "seed=3", "--set", "password=geheim")
    data = yaml.safe_load(result.stdout)

    assert (data["server"], data["seed"], data["password"]) == ("Lab", 3, "(not shown)")
    assert list(data["dns"]) == ["7001", "7002", "7003"]
    assert data["options"] == {"user-data-limt": 5}


def test_show_without_a_file_is_the_demo_switch_or_the_default_bed() -> None:
    assert yaml.safe_load(run("show").stdout)["server"] == "Acme"
    assert yaml.safe_load(run("show", "--bed").stdout)["server"] == "SIPServer1"


def test_the_bed_of_a_scenario_file_can_be_checked() -> None:
    scenarios = Path(__file__).parents[2] / "fixtures/scenarios/scenarios.yml"

    assert run("check", "--bed", str(scenarios)).exit_code == 0
    assert run("check", str(scenarios)).exit_code == 2


def test_all_wrong_faults_are_told_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text(
        "dns: {7001: {}}\nfaults:\n- {kind: dealy}\n- {kind: sip, cod: 5}\n- {kind: drop}\n"
        "- {kind: link-down, for: soon}\n"
    )

    result = run("check", str(file))

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{file}:3:4  error  faults[0].kind 'dealy' is no kind of fault. Did you mean delay?",
        f"{file}:4:15  error  faults[1].cod sip does not take it; it takes address, code, count, for",
        f"{file}:6:21  error  faults[3].for 'soon' is no time; write 250ms, 8s, 5m",
        "3 errors",
    ]
