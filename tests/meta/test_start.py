"""The command starts lightly: help and version load no network, no arrays, no models."""

import os
import subprocess
import sys

import pytest

from tests.meta.checkout import ROOT
from tlibsim.cli import COMMANDS

HEAVY = {"twisted", "numpy", "pydantic", "yaml", "construct"}


def loaded_by(program: str) -> set[str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "protocol")))
    result = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path},
        timeout=60,
        check=True,
    )
    return set(result.stdout.split())


def test_the_command_loads_nothing_heavy_until_it_is_needed() -> None:
    assert not HEAVY & loaded_by("import tlibsim.cli")


def test_settings_can_be_imported_without_reading_any() -> None:
    assert not HEAVY & loaded_by("import tlibsim.config")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_subcommand_has_help(command: str) -> None:
    program = (
        "from tlibsim.cli import main\n"
        f"main([{command!r}, '--help'], standalone_mode=False, prog_name='tlibsim')"
    )

    assert f"tlibsim.cli.{command}" in loaded_by(program)
