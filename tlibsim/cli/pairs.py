"""User data on the command line: ``KEY=VALUE`` is text, ``KEY:int=5`` an integer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click


def _integer(text: str) -> int:
    return int(text, 0)


def _binary(text: str) -> dict[str, str]:
    return {"hex": bytes.fromhex(text).hex()}


TYPES: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "int": _integer,
    "hex": _binary,
    "wide": lambda text: {"wide": text},
}


def pairs_of(words: Iterable[str]) -> list[list[Any]]:
    """[key, value] pairs in their order; raises click's usage error for a wrong word."""
    return [_pair(word) for word in words]


def _pair(word: str) -> list[Any]:
    key, equals, value = word.partition("=")
    name, colon, kind = key.rpartition(":")
    if not colon or kind not in TYPES:
        name, kind = key, "str"
    if not equals or not name:
        raise click.BadParameter(
            f"{word!r} is not KEY=VALUE (or KEY:int=5, KEY:hex=0aff)", param_hint="--data"
        )
    try:
        return [name, TYPES[kind](value)]
    except ValueError:
        raise click.BadParameter(f"{value!r} is no {kind}", param_hint="--data") from None
