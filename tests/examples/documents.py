"""The commands that a document shows: the lines after ``$`` in its ``console`` blocks."""

import re
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
_PROMPT = "$ "


def blocks(document: Path, language: str) -> Sequence[str]:
    """The text of all fenced blocks in a language, in order."""
    found = _BLOCK.findall(document.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def commands(document: Path) -> Sequence[str]:
    """What a reader is told to type, in order."""
    lines = [line for block in blocks(document, "console") for line in block.splitlines()]
    return [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]


def links(document: Path) -> Sequence[str]:
    """Targets of the links to files of this repository."""
    return _LINK.findall(document.read_text(encoding="utf-8"))
