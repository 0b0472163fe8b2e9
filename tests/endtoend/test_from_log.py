"""A run is logged, the log becomes a scenario, and that scenario runs and gives the same."""

from pathlib import Path

import pytest

from tests.endtoend.programs import ROOT, tlibsim

SCENARIOS = ROOT / "fixtures" / "scenarios" / "scenarios.yml"
pytestmark = pytest.mark.timeout(110)


@pytest.mark.parametrize("form", ["tserver", "jsonl"])
def test_import_run_and_export_give_the_same_messages(form: str, tmp_path: Path) -> None:
    only = ("--only", "C02", "--only", "C08", "--only", "C13")
    journal = ("--journal", "old", "--journal-format", form)
    done = tlibsim("scenario", "run", SCENARIOS, *only, *journal, cwd=tmp_path)
    assert done.returncode == 0, done.stdout

    ending = "log" if form == "tserver" else "jsonl"
    for name in ("C02", "C08", "C13"):
        old = Path("old") / f"{name}.{ending}"
        made = Path("made") / f"{name}.yaml"
        found = tlibsim("scenario", "from-log", old, "--no-redact", "-o", made, cwd=tmp_path)
        assert found.returncode == 0, found.stderr
        assert f"wrote {made}" in found.stdout

    new = ("--journal", "new", "--journal-format", form)
    again = tlibsim("scenario", "run", "made", *new, cwd=tmp_path)
    assert again.returncode == 0, again.stdout
    for name in ("C02", "C08", "C13"):
        call = ("--call", "0071000000000001")
        pair = (Path("old") / f"{name}.{ending}", Path("new") / f"{name}.{ending}")
        same = tlibsim("diff", *pair, *call, "--json", cwd=tmp_path)
        assert '"missing": 0' in same.stdout, same.stdout


def test_the_story_is_told(tmp_path: Path) -> None:
    done = tlibsim(
        "scenario", "run", SCENARIOS, "--only", "C02", "--journal", ".",
        "--journal-format", "tserver", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0

    found = tlibsim("scenario", "from-log", "C02.log", "--call", "0071000000000001",
                    "-o", "made/", cwd=tmp_path)  # fmt: skip

    lines = found.stdout.splitlines()
    assert lines[0].startswith("read ")
    assert "server log 8.1" in lines[0]
    assert lines[1].startswith("call 0071000000000001: ")
    assert lines[2] == "parameters: caller, dialed, agent_dn (kept as variables)"
    assert lines[3] == "redacted: 1 phone number (same pseudonym everywhere)"
    assert lines[-1].startswith("wrote made/0071000000000001.yaml (")
    changed = tlibsim("scenario", "run", "made", "--set", "caller=4155550123", cwd=tmp_path)
    assert changed.returncode == 0, changed.stdout


def test_a_call_that_is_not_in_the_log_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        "@09:41:00.5404 [0] 8.1 distribute_event: message EventRinging\n"
        "\tAttributeThisDN\t'7001'\n\tAttributeConnID\t00a1b2c3d4e50001\n"
    )

    found = tlibsim(
        "scenario", "from-log", "a.log", "--call", "77", "-o", "x.yaml", cwd=tmp_path
    )

    assert found.returncode == 3
    assert "has no call 77; it has 00a1b2c3d4e50001" in found.stderr
    assert not (tmp_path / "x.yaml").exists()
