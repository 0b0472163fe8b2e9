"""The files of this checkout, as the guards look at them."""

import ast
import configparser
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOTS = {"tlibsim": ROOT / "tlibsim", "tlibproto": ROOT / "protocol" / "tlibproto"}
_NOT_OURS = frozenset(("__pycache__", "build", "dist", "recordings", "tlibsim-demo"))


@cache
def files() -> tuple[Path, ...]:
    """All files but those that tools leave behind."""
    return tuple(sorted(_walk(ROOT)))


def python_files(*folders: str) -> list[Path]:
    """The modules below some folders of the checkout."""
    below = [ROOT / folder for folder in folders]
    return [
        one
        for one in files()
        if one.suffix == ".py" and any(one.is_relative_to(at) for at in below)
    ]


def shown(path: Path) -> str:
    """The path as a person of this checkout would write it."""
    return path.relative_to(ROOT).as_posix()


def modules_on_disk() -> dict[str, Path]:
    """The package folders by their dotted names."""
    return {
        ".".join((name, *init.parent.relative_to(root).parts)): init.parent
        for name, root in ROOTS.items()
        for init in sorted(root.rglob("__init__.py"))
    }


@cache
def setup() -> configparser.ConfigParser:
    """``setup.cfg``, read."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def listed(section: str, key: str) -> list[str]:
    """The lines of a list in ``setup.cfg``."""
    return [line for line in setup()[section][key].splitlines() if line]


def imported(path: Path) -> Iterator[str]:
    """The dotted names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _walk(folder: Path) -> Iterator[Path]:
    for one in folder.iterdir():
        hidden = one.name.startswith(".") and one.name not in (".ci", ".github", ".gitignore")
        if hidden or one.name in _NOT_OURS or one.name.endswith(".egg-info"):
            continue
        if one.is_dir():
            yield from _walk(one)
        else:
            yield one
