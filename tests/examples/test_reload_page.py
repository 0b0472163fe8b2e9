"""The page about reloading can be followed, and names what the tables say."""

import re
from pathlib import Path

import pytest

from tests.examples.documents import ROOT
from tests.examples.guide import Guide
from tlibsim.config.differences import FIXED_OPTIONS, SECTIONS

PAGE = (ROOT / "docs" / "reload.md").read_text(encoding="utf-8")


def chapter(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_it_names_every_option_that_needs_a_restart() -> None:
    listed = chapter("What needs a restart").rpartition("is made with:")[2]

    assert set(re.findall(r"`([^`]+)`", listed)) == FIXED_OPTIONS


def test_it_says_of_every_section_what_becomes_of_it() -> None:
    at_once, restart = chapter("What is in force at once"), chapter("What needs a restart")
    words = set(re.findall(r"`([\w-]+)", at_once + restart))

    assert {one.key for one in SECTIONS.values()} <= words


@pytest.mark.timeout(200)
def test_it_can_be_followed(tmp_path: Path) -> None:
    guide = Guide(PAGE, tmp_path)
    try:
        guide.play()
    finally:
        guide.close()
    assert "tlibsim reload  # exit code 2" in guide.played
