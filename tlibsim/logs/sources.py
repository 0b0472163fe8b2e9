"""Where logs come from: files of any size as lines, whatever is in them."""

from collections.abc import Iterator
from typing import TextIO

MOST_CHARACTERS = 1_000_000
"""A line is cut after so many characters, so that a file without line ends costs nothing."""


def bounded_lines(file: TextIO) -> Iterator[str]:
    """The lines of a file, one after another; long ones in pieces."""
    return iter(lambda: file.readline(MOST_CHARACTERS), "")
