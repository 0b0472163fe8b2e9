"""How an option is declared: a typed field of a frozen dataclass with one line of text for people.

The name in the file is the product's (``user-data-limit``), the field is the same in snake case.
:func:`rows` gives the table from which the reference page and the schema are made.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

ASSUMED = "assumed"
"""No public document says what the real product does; the default is a choice of ours."""
DISPUTED = "disputed"
"""The documents disagree; the default is what most of them say, or what fits the others."""

_PUNCTUATION = re.compile(r"[-_. ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRow:
    """One option: name in files, field in code, type, default, document and section, and help.

    ``later`` is empty when the emulator acts on the option; else the work that will: until then
    the option is read, checked, kept and shown.  ``basis`` is empty where the source says what the
    product does, else ASSUMED or DISPUTED.
    """

    name: str
    field: str
    kind: str
    choices: tuple[str, ...]
    default: Any
    source: str
    help: str
    later: str
    basis: str = ""


def option(
    default: Any,
    help_text: str,
    source: str,
    *,
    name: str = "",
    later: str = "",
    basis: str = "",
) -> Any:
    """Declare an option; ``name`` only where it is not the field's name with dashes."""
    text = {"help": help_text, "source": source, "name": name, "later": later, "basis": basis}
    return dataclasses.field(default=default, metadata=text)


@cache
def rows(table: type) -> Mapping[str, OptionRow]:
    """The options that a dataclass declares, by field, in order of declaration."""
    hints = get_type_hints(table)
    return {one.name: _row(one, hints[one.name]) for one in dataclasses.fields(table)}


@cache
def fields_by_key(table: type) -> Mapping[str, str]:
    """Field name by normal form of the option's name; see :func:`normal`."""
    found = {normal(row.name): field for field, row in rows(table).items()}
    return found | {normal(field): field for field in rows(table)}


@lru_cache(maxsize=4096)
def normal(name: str) -> str:
    """Option names compare without regard to case, and ``-``, ``_`` and ``.`` are the same."""
    return _PUNCTUATION.sub("-", name.strip().lower())


def _row(declared: "dataclasses.Field[Any]", hint: Any) -> OptionRow:
    text = declared.metadata
    kind, choices = _kind(hint)
    return OptionRow(
        name=text["name"] or declared.name.replace("_", "-"),
        field=declared.name,
        kind=kind,
        choices=choices,
        default=declared.default,
        source=text["source"],
        help=text["help"],
        later=text["later"],
        basis=text["basis"],
    )


_KINDS: Mapping[Any, str] = {bool: "bool", int: "int", float: "number", str: "text"}


def _kind(hint: Any) -> tuple[str, tuple[str, ...]]:
    if get_origin(hint) is Literal:
        return "choice", tuple(str(choice) for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return "list", ()
    parts = [part for part in get_args(hint) if part is not type(None)]
    if parts:
        kinds = [_kind(part) for part in parts]
        words = [kind if kind != "choice" else "|".join(found) for kind, found in kinds]
        return " or ".join(words), kinds[0][1] if len(kinds) == 1 else ()
    return _KINDS[hint], ()
