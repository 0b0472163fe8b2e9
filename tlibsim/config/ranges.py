"""Ranges of DNs as keys: ``20000-29999`` stands for ten thousand DNs of the same kind."""

import re
from collections.abc import Iterator

_RANGE = re.compile(r"(\d+)-(\d+)")
MOST = 1_000_000


class BadRangeError(ValueError):
    """A key that looks like a range and is none."""


def as_range(key: str) -> range | None:
    """The numbers of ``20000-29999``, or None for a single DN."""
    match = _RANGE.fullmatch(key)
    if match is None:
        return None
    first, last = match.groups()
    if len(first) != len(last) or int(first) > int(last):
        message = "is no range: both ends need the same number of digits, the lower one first"
        raise BadRangeError(message)
    numbers = range(int(first), int(last) + 1)
    if len(numbers) > MOST:
        message = f"is a range of {len(numbers):,} DNs, more than {MOST:,}"
        raise BadRangeError(message)
    return numbers


def members(key: str, numbers: range) -> Iterator[str]:
    """The DNs of a range, with the leading zeros of its ends."""
    width = len(key.partition("-")[0])
    return (f"{number:0{width}}" for number in numbers)
