"""The file of a contract: levels, what is left out and why, and what is wrong with it."""

import json
from pathlib import Path

import pytest
import yaml

from tests.contract.bench import contract, write_config
from tests.endtoend.programs import tlibsim
from tlibsim.config import ConfigError
from tlibsim.contract.recorder import RECORDER
from tlibsim.contract.result import CheckResult, Level, RunResult, Verdict, fail
from tlibsim.contract.selection import Selection, read_selection, schema, template


def read(text: str) -> Selection:
    return read_selection(text, "c.yaml", RECORDER)


def with_file(tmp_path: Path, text: str, *words: str, bug: str = ""):
    """Run the contract with that file beside the configuration."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/recorder.yaml").write_text(text, encoding="utf-8")
    return contract(tmp_path, *words, bug=bug)


def test_the_template_names_every_check_at_its_own_level() -> None:
    found = read(template(RECORDER, {"R22": "screen capture off"}, "s.json"))
    assert dict(found.levels) == {one.id: one.level for one in RECORDER.checks}
    assert dict(found.skip) == {"R22": "screen capture off"}
    assert found.fails_on is Level.SHOULD


def test_a_check_that_is_not_named_keeps_its_level() -> None:
    found = read("contract: recorder\nchecks: {R01: should}\n")
    levels = {one.id: found.of(one).level for one in RECORDER.checks}
    assert levels["R01"] is Level.SHOULD
    assert levels["R02"] is Level.MUST


def test_a_flow_is_left_out_with_all_its_checks() -> None:
    found = read("contract: recorder\nskip: {lost: no second line}\n")
    left_out = {one.id for one in RECORDER.checks if found.reason(one)}
    assert left_out == {one.id for one in RECORDER.checks if one.flow == "lost"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("contract: desktop\n", "c.yaml:1:1  error  contract must be recorder, not desktop"),
        ("checks: {}\n", "contract must be recorder, not nothing"),
        (
            "contract: recorder\nchecks:\n  R01: MUST\n  R99: MUST\n",
            "c.yaml:4:3  error  checks.R99 is no check",
        ),
        (
            "contract: recorder\nchecks:\n  R01: MIGHT\n",
            "c.yaml:3:3  error  checks.R01 must be MUST or SHOULD, not MIGHT",
        ),
        ("contract: recorder\nskip: {R21: }\n", "skip.R21 must be the reason"),
        ("contract: recorder\nskip: {lots: x}\n", "no check and no flow. Did you mean lost?"),
        ("contract: recorder\nskipp: {}\n", "is not a key here. Did you mean skip?"),
        ("contract: recorder\nchecks: [R01]\n", "checks must be a mapping"),
        ("- R01\n", "must be a mapping with contract"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert told in str(caught.value)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        read("contract: recorder\nchecks: {R98: MUST, R99: MUST}\nskip: {R97: why}\n")
    assert len(caught.value.problems) == 3


def test_the_schema_knows_the_keys_of_the_template() -> None:
    keys = yaml.safe_load(template(RECORDER, {"R22": "off"}, "s.json"))
    made = json.loads(schema(RECORDER))["properties"]
    assert set(keys) == set(made)
    assert set(keys["checks"]) == set(made["checks"]["properties"])


def test_the_schema_is_printed_for_editors() -> None:
    assert tlibsim("contract", "schema").stdout == schema(RECORDER)


@pytest.mark.parametrize(
    ("fails_on", "level", "code"),
    [
        (Level.SHOULD, Level.SHOULD, 1),
        (Level.MUST, Level.SHOULD, 0),
        (Level.MUST, Level.MUST, 1),
    ],
)
def test_the_weakest_level_that_counts_decides_the_exit_code(
    fails_on: Level, level: Level, code: int
) -> None:
    one = CheckResult(
        id="R01", level=level, title="t", source="s", flow="basic", verdict=fail("why")
    )
    run = RunResult(title="t", results=(one,), fails_on=fails_on)
    assert run.exit_code == code
    assert "1 FAIL" in run.summary()
    assert isinstance(one.verdict, Verdict)


def test_what_is_skipped_is_told_with_its_reason_and_not_played(tmp_path: Path) -> None:
    text = "contract: recorder\nskip: {R01: no telephones here, R03: not sold}\n"
    run = with_file(tmp_path, text, "R01", "R02", "R03", bug="never-registers")
    assert run.result.returncode == 0, run.result.stdout
    assert "2 skipped (no telephones here; not sold)" in run.result.stdout


def test_a_level_of_the_file_is_that_of_the_report(tmp_path: Path) -> None:
    text = "contract: recorder\nfails-on: MUST\nchecks: {R03: SHOULD}\n"
    run = with_file(tmp_path, text, "R03", bug="no-monitoring")
    assert "R03 SHOULD  starts call monitoring" in run.result.stdout
    assert "1 FAIL" in run.result.stdout
    assert run.result.returncode == 0


def test_a_contract_of_which_everything_is_left_out_ends_with_3(tmp_path: Path) -> None:
    skip = "".join(f"  {one.id}: later\n" for one in RECORDER.checks)
    run = with_file(tmp_path, f"contract: recorder\nskip:\n{skip}")
    assert run.result.returncode == 3, run.result.stdout
    assert f"{len(RECORDER.checks)} skipped (later)" in run.result.stdout


def test_a_wrong_file_ends_with_2_before_anything_starts(tmp_path: Path) -> None:
    write_config(tmp_path)
    (tmp_path / "mine.yaml").write_text("contract: recorder\nskip: {R99: x}\n")
    result = tlibsim("contract", "run", "--contract", "mine.yaml", cwd=tmp_path)
    assert result.returncode == 2
    assert "mine.yaml:2:8  error  skip.R99 is no check" in result.stderr
    assert result.stdout == ""
