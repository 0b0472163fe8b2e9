"""What a document shows: files, commands (the lines after ``$`` in its ``console`` blocks), links."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
_LINKED = ("*.md", "docs/*.md", "protocol/*.md", "fixtures/*/*.md", "newsfragments/*.md")
PAGES = sorted(page for pattern in _LINKED for page in ROOT.glob(pattern))
"""Everything in Markdown, whose links must lead somewhere."""
DOCUMENTS = (README, *sorted((ROOT / "docs").glob("*.md")))
TYPED = (README, ROOT / "docs/troubleshooting.md", ROOT / "docs/tutorial-first-call.md")
"""Pages whose commands go to several terminals (tests/examples/terminal.py)."""
GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
COOKBOOK = ROOT / "docs" / "cookbook.md"
LANGUAGES = ROOT / "docs" / "other-languages.md"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_PUNCTUATION = re.compile(r"[^\w\- ]")
_FILE = re.compile(r"(?:#|//) file: (\S+)\n")
_HAS_NO_COMMENTS = frozenset({"text", "csv", "json"})
_PROMPT = "$ "
_SHELLS = frozenset({"sh", "bash", "shell"})
_INDENTED = re.compile(
    r"^    ((?:tlibsim|tools/\w+|\./\S+|pytest|python|pip|pipx|curl|npx|make|docker) .*)$",
    re.MULTILINE,
)
_CI = re.compile(r"^ *- run: (.*)$", re.MULTILINE)
_SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block; ``file`` is the name that its first line gives, or empty."""

    language: str
    body: str
    file: str = ""

    @property
    def commands(self) -> Sequence[str]:
        """What the reader is told to type; a line that ends with a backslash goes on."""
        return tuple(_commands(self.body)) if self.language == "console" else ()


def parts(text: str) -> Sequence[Block]:
    """All fenced blocks of a text, in order."""
    return [_block(language, body) for language, body in _BLOCK.findall(text)]


def _block(language: str, body: str) -> Block:
    named = _FILE.match(body)
    if named is None:
        return Block(language=language, body=body)
    kept = body[named.end() :] if language in _HAS_NO_COMMENTS else body
    return Block(language=language, body=kept, file=named[1])


def _commands(body: str) -> Iterator[str]:
    lines = iter(body.splitlines())
    for line in lines:
        if line.startswith(_PROMPT):
            command = line.removeprefix(_PROMPT)
            while command.endswith("\\"):
                command = command.removesuffix("\\") + next(lines).strip()
            yield command


def sections(text: str) -> tuple[str, Sequence[tuple[str, str]]]:
    """What stands before the first ``##`` heading, and each heading with what is below it."""
    before, *others = re.split(r"^## ", text, flags=re.MULTILINE)
    return before, [(title, body) for title, _, body in (one.partition("\n") for one in others)]


def blocks(document: Path, language: str) -> Sequence[str]:
    """The text of all fenced blocks in a language, in order."""
    found = _BLOCK.findall(document.read_text(encoding="utf-8"))
    return [text for name, text in found if name == language]


def name_of(document: Path) -> str:
    """How a page is called in tests: by its path in the repository."""
    return document.relative_to(ROOT).as_posix()


def links(document: Path) -> Sequence[tuple[str, str]]:
    """Path and anchor, one of which may be empty, of each link within this repository."""
    text = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    return [
        (path, anchor)
        for path, _, anchor in (one.partition("#") for one in _LINK.findall(text))
    ]


def anchors(document: Path) -> frozenset[str]:
    """The anchors that a page gets from its headings, as forges make them."""
    text = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    found = (_PUNCTUATION.sub("", one.lower()).strip() for one in _HEADING.findall(text))
    return frozenset(one.replace(" ", "-") for one in found)


def shown(document: Path) -> Iterator[tuple[str, str]]:
    """Everything that a reader may type: the kind of place where it stands, and the command.

    Kinds: ``console`` and ``sh`` blocks, ``indented`` lines, ``ci`` steps in YAML.
    """
    text = document.read_text(encoding="utf-8")
    for block in parts(text):
        yield from (("console", command) for command in block.commands)
        if block.language in _SHELLS:
            lines = (line.partition("  # ")[0].strip() for line in block.body.splitlines())
            yield from (("sh", line) for line in lines if line and not line.startswith("#"))
        if block.language == "yaml":
            yield from (("ci", command) for command in _CI.findall(block.body))
    yield from (("indented", command) for command in _INDENTED.findall(_BLOCK.sub("", text)))


def spans(document: Path) -> Sequence[str]:
    """Commands of ours in the midst of sentences and tables."""
    text = _BLOCK.sub("", document.read_text(encoding="utf-8"))
    found = _SPAN.findall(text)
    return [" ".join(one.split()) for one in found if one.startswith("tlibsim ")]
