"""Which tests come first: those that take long, so that no processor waits for another at the end."""

from pathlib import Path

import pytest

LONG = ("examples", "contract", "endtoend", "testing", "peers", "media")
"""Folders of tests that start programs or let time pass, the longest first."""

_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort by folder; within a folder the order stays."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(_TESTS).parts[0]
    return LONG.index(folder) if folder in LONG else len(LONG)
