"""README and docs: every command that they show runs, and what they claim is so."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.examples.documents import (
    PAGES,
    README,
    ROOT,
    TYPED,
    anchors,
    blocks,
    links,
    name_of,
    parts,
)
from tests.examples.guide import compare
from tests.examples.terminal import Terminal
from tlibsim.session.dispatch import REQUESTS


@pytest.mark.parametrize("document", TYPED, ids=name_of)
def test_every_command_shown_runs_and_a_recording_comes_of_it(
    document: Path, tmp_path: Path
) -> None:
    for number, text in enumerate(blocks(document, "yaml")):
        name = "tlibsim.yaml" if number == 0 else f"tlibsim-{number}.yaml"
        (tmp_path / name).write_text(text, encoding="utf-8")
    terminal = Terminal(tmp_path)
    try:
        said = ""
        for block in parts(document.read_text(encoding="utf-8")):
            if block.commands:
                said = "".join(terminal.type(command) for command in block.commands)
            elif block.language == "text":
                compare(block.body, said.replace(" (checkout)", ""))
        terminal.leave()
        assert {path.suffix for path in (tmp_path / "taken").iterdir()} == {
            ".wav",
            ".json",
            ".svg",
        }
    finally:
        terminal.close()


def test_the_readme_names_the_requests_that_are_served_and_no_others() -> None:
    text = README.read_text(encoding="utf-8")
    table = text.partition("<!-- requests")[2].partition("<!-- end of requests")[0]
    cells = "".join(row.split("|")[2] for row in table.splitlines()[3:] if "|" in row)
    served = {request.__name__.removeprefix("Request") for request in REQUESTS}
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z]+[a-z]+)+\b", cells))
    assert named - served == set(), "named in README.md, and not served"
    assert served - named == set(), "served, and not named in README.md"


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    missing = []
    for path, anchor in links(document):
        target = (document.parent / path) if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(f"{path}#{anchor}" if anchor else path)
    assert missing == []


def test_every_page_of_docs_can_be_reached_from_their_index() -> None:
    index = ROOT / "docs" / "README.md"
    seen: set[Path] = set()
    ahead = [index]
    while ahead:
        page = ahead.pop()
        if page not in seen and page.suffix == ".md" and page.is_file():
            seen.add(page)
            ahead += [(page.parent / path).resolve() for path, _ in links(page) if path]
    assert set((ROOT / "docs").glob("*.md")) - seen == set()
    assert index in [(README.parent / path).resolve() for path, _ in links(README)]


@pytest.mark.parametrize("name", ["demo", "test", "bench"])
def test_the_tools_are_programs_that_bash_can_read(name: str) -> None:
    tool = ROOT / "tools" / name
    assert tool.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", tool], check=True)


def test_the_demo_tool_passes_its_arguments_on() -> None:
    last = (ROOT / "tools" / "demo").read_text(encoding="utf-8").splitlines()[-1]
    assert last == 'exec "$VENV/bin/tlibsim" demo "$@"'
