"""docs/projects.md: every command that it shows runs, in order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.endtoend.programs import SECONDS, environment
from tests.examples.documents import ROOT, blocks
from tlibsim.cli.init import TEMPLATES

PAGE = ROOT / "docs" / "projects.md"
PLUGIN = "-p no:twisted -p tlibsim.testing.plugin -p no:tlibsim -p no:cacheprovider"
PROGRAMS = f"""
set -e
tlibsim() {{ "{sys.executable}" -m tlibsim "$@"; }}
pytest() {{ "{sys.executable}" -m pytest -q {PLUGIN} "$@"; }}
"""


@pytest.mark.timeout(3 * SECONDS)
def test_every_command_shown_runs(tmp_path: Path) -> None:
    script = PROGRAMS + "".join(blocks(PAGE, "sh"))
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={**os.environ, **environment(), "XDG_STATE_HOME": str(tmp_path / "state")},
        capture_output=True,
        encoding="utf-8",
        timeout=2 * SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 journal, the same byte for byte" in done.stdout
    assert "5 calls due, 5 begun, 5 completed" in done.stdout
    assert (tmp_path / "flows" / "out" / "junit.xml").exists()
    assert (tmp_path / "flows" / "out" / "tlibsim.fish").stat().st_size > 0


def test_every_template_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [name for name in TEMPLATES if f"| `{name}` |" not in text] == []
