"""The scenario files besides the acceptance scenarios: each is played whole, and nothing fails."""

import json
from pathlib import Path

import pytest

from tests.endtoend.programs import ROOT, tlibsim

FILES = ("behavior.yml", "recording.yml", "routing.yml", "troubleshooting.yml", "persona.yml")


@pytest.mark.parametrize("name", FILES)
def test_every_scenario_of_the_file_passes(name: str, tmp_path: Path) -> None:
    file = ROOT / "fixtures" / "scenarios" / name
    done = tlibsim("scenario", "run", file, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert {one["status"] for one in report["scenarios"]} == {"pass"}
