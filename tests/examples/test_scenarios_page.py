"""docs/scenarios.md: every example is played, every command runs, every word is one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.endtoend.programs import environment
from tests.examples.documents import ROOT, blocks
from tlibsim.journal.query import parse
from tlibsim.scenario.script.reading import READERS

PAGE = ROOT / "docs" / "scenarios.md"
SECONDS = 60


@pytest.fixture(name="folder")
def folder_of_the_examples(tmp_path: Path) -> Path:
    """The files of the page, each under the name in its first line."""
    for language in ("yaml", "csv", "python"):
        for text in blocks(PAGE, language):
            first, _, rest = text.partition("\n")
            name = first.removeprefix("# ")
            (tmp_path / name).write_text(rest if language == "csv" else text, encoding="utf-8")
    return tmp_path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )


def test_every_example_passes(folder: Path) -> None:
    done = run(folder, "tlibsim", "scenario", "run", ".", "--allow-hooks")

    assert done.returncode == 0, done.stdout + done.stderr
    count = len([text for text in blocks(PAGE, "yaml") if not text.startswith("# _")])
    assert f"{count + 1} scenarios: {count + 1} pass" in done.stdout  # the table has two rows


def test_the_example_with_a_system_under_test_passes_too(folder: Path) -> None:
    desk = ROOT / "tests" / "endtoend" / "desk.py"
    command = f"{sys.executable} {desk} {{host}} {{port}} desk 7001"

    done = run(folder, "tlibsim", "scenario", "run", "_external.yml", "--sut", command)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_shown_runs(folder: Path) -> None:
    (block,) = blocks(PAGE, "sh")
    for line in block.splitlines():
        done = subprocess.run(
            ["bash", "-c", f'tlibsim() {{ "{sys.executable}" -m tlibsim "$@"; }}; {line}'],
            cwd=folder,
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert "EventRinging" in done.stdout
    assert (folder / "out" / "junit.xml").exists()


def test_every_term_of_the_query_language_shown_is_one() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## The query language")[2]
    rows = [
        row
        for row in table.partition("## Expressions")[0].splitlines()
        if row.startswith("| `")
    ]
    terms = [term for row in rows for term in re.findall(r"`([^`]+)`", row.split("|")[1])]

    assert len(terms) > 20
    for term in terms:
        if term not in ("not", "or", "( )", "-term"):
            parse(term)


def test_every_word_that_begins_a_step_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [word for word in READERS if f"`{word}: " not in text] == []
