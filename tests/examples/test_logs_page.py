"""docs/logs.md: every command shown runs, in order, on the log shown."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.endtoend.programs import environment
from tests.examples.documents import ROOT, blocks
from tlibsim.cli import COMMANDS
from tlibsim.logs.redaction import rules_of

PAGE = ROOT / "docs" / "logs.md"
SECONDS = 60
pytestmark = pytest.mark.timeout(115)


def test_every_command_shown_runs(tmp_path: Path) -> None:
    (log,) = blocks(PAGE, "text")
    (tmp_path / "server.log").write_text(log.partition("\n")[2], encoding="utf-8")
    (commands,) = blocks(PAGE, "sh")
    for line in commands.splitlines():
        done = subprocess.run(
            ["bash", "-c", f'tlibsim() {{ "{sys.executable}" -m tlibsim "$@"; }}; {line}'],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
    assert list((tmp_path / "scenarios" / "from-wire").glob("*.yaml"))


def test_the_rules_shown_are_rules() -> None:
    (text,) = blocks(PAGE, "yaml")

    assert rules_of(yaml.safe_load(text)).keys == ("account", "cust*")


def test_every_command_of_the_table_exists() -> None:
    for word in ("diff", "replay", "decode", "export", "record"):
        assert word in COMMANDS
