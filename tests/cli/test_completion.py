"""Completion of our commands by a shell."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.endtoend.programs import SECONDS, environment, tlibsim
from tlibsim.cli.completion import SHELLS

AS_INSTALLED = "from tlibsim.cli import main; main(prog_name='tlibsim')"


def completed(*words: str) -> list[str]:
    """What the shell is told for these words, of which the last is not finished."""
    done = subprocess.run(
        [sys.executable, "-c", AS_INSTALLED],
        capture_output=True,
        encoding="utf-8",
        env={
            **environment(),
            "_TLIBSIM_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(("tlibsim", *words)),
            "COMP_CWORD": str(len(words)),
        },
        timeout=SECONDS,
        check=False,
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_asks_our_program(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("no bash here")
    done = tlibsim("completion", shell)

    assert done.returncode == 0, done.stderr
    squeezed = done.stdout.replace(' = "', "=")
    assert f"_TLIBSIM_COMPLETE={shell}_complete" in squeezed


def test_bash_can_read_its_script() -> None:
    script = tlibsim("completion", "bash").stdout
    done = subprocess.run(
        ["bash", "-c", f"{script}\ncomplete -p tlibsim"],
        capture_output=True,
        encoding="utf-8",
        env=dict(os.environ),
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "tlibsim" in done.stdout


def test_commands_subcommands_and_options_are_completed() -> None:
    assert completed("co") == ["completion", "config", "contract", "coverage"]
    assert completed("contract", "r") == ["run"]
    assert "--template" in completed("init", "--")
    assert completed("init", "--template", "re") == ["recorder"]


def test_an_unknown_shell_is_refused_with_the_known_ones() -> None:
    done = tlibsim("completion", "tcsh")

    assert done.returncode == 2
    assert "'bash', 'fish', 'powershell', 'zsh'" in done.stderr


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("tlibsim comp", "comp", ["completion"]),
        ("tlibsim completion ", "", ["bash", "fish", "powershell", "zsh"]),
        ("tlibsim completion powe", "powe", ["powershell"]),
        ("tlibsim lint --se", "--se", ["--set"]),
    ],
)
def test_powershell_is_answered_as_its_script_asks(
    line: str, word: str, found: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_INSTALLED],
        capture_output=True,
        encoding="utf-8",
        env={
            **environment(),
            "_TLIBSIM_COMPLETE": "powershell_complete",
            "COMP_WORDS": line,
            "COMP_CWORD": word,
        },
        timeout=SECONDS,
        check=False,
    )
    assert [one.partition("\t")[0] for one in done.stdout.splitlines()] == found, done.stderr


@pytest.mark.skipif(shutil.which("pwsh") is None, reason="no PowerShell here")
def test_powershell_takes_the_script() -> None:
    script = tlibsim("completion", "powershell").stdout
    done = subprocess.run(
        ["pwsh", "-NoProfile", "-Command", f"{script}; exit 0"],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
