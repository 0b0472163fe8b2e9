"""How a file writes its keys: ``sip-uri`` and ``sip_uri`` are the same, and advice is given in kind."""

from collections.abc import Iterator, Mapping
from typing import Any


def as_written(name: str, key: str, data: Any) -> str:
    """A known name in the spelling of the key in its place, else in that of the whole file."""
    if "-" not in name or "-" in key:
        return name
    return name.replace("-", "_") if "_" in key or _underscored(data) else name


def _underscored(data: Any) -> bool:
    """Whether more keys have underscores than dashes."""
    keys = list(_keys(data))
    return sum("_" in key for key in keys) > sum("-" in key for key in keys)


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield str(key)
            yield from _keys(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _keys(value)
