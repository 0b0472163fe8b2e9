"""Slips in an expression that show before it is worked out: names, functions, attributes.

What expressions see is fixed (:mod:`tlibsim.scenario.script.sights`), so that a wrong word is told
when the file is read, with the nearest right one.  Only what is known for sure is looked at: user
data and the like may hold any key.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType

from tlibsim.config.problems import nearest
from tlibsim.scenario.script.expressions import Expression, variable_name
from tlibsim.switch.facts import CallView, PartyView

FUNCTIONS = ("count", "len", "lower", "max", "min", "text")
"""The functions of expressions; the player has what they do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a value has: the words after a dot, and what stands between brackets.

    ``words`` None: nobody knows.  A list has no words at all.
    """

    words: Mapping[str, "Shape"] | None = None
    item: "Shape | None" = field(default=None)


ANYTHING = Shape()


def _words(*names: str, **known: Shape) -> Mapping[str, Shape]:
    return MappingProxyType({**dict.fromkeys(names, ANYTHING), **known})


_PARTY = Shape(words=_words(*(one.name for one in fields(PartyView))))
_CALL = Shape(
    words=_words(
        *(one.name for one in fields(CallView)), "userdata", parties=Shape(item=_PARTY)
    )
)
_NAMES: Mapping[str, Shape] = MappingProxyType(
    {
        "calls": Shape(words={}, item=_CALL),
        "call": _CALL,
        "recordings": Shape(words={}),
        "recording": ANYTHING,
        "dns": Shape(),
        "clients": Shape(),
        "seconds": ANYTHING,
        "true": ANYTHING,
        "false": ANYTHING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A wrong word: what is wrong, and the nearest right word, or empty."""

    message: str
    suggestion: str = ""


def slips(expression: Expression) -> tuple[Slip, ...]:
    """The words of an expression that cannot be right, each told once."""
    return tuple(dict.fromkeys(_slips(expression.tree)))


def _slips(node: ast.AST) -> Iterator[Slip]:
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS:
            yield _slip(f"{name} is no function", name, FUNCTIONS)
        inner: Iterator[ast.AST] = iter(node.args)
    else:
        inner = ast.iter_child_nodes(node)
    if isinstance(node, ast.Name) and not variable_name(node) and node.id not in _NAMES:
        yield _slip(f"{node.id} is nothing here", node.id, _NAMES)
    if isinstance(node, ast.Attribute):
        yield from _attribute(node)
    for one in inner:
        yield from _slips(one)


def _attribute(node: ast.Attribute) -> Iterator[Slip]:
    words = _shape(node.value).words
    if words is None or node.attr in words:
        return
    owner = ast.unparse(node.value)
    if words:
        yield _slip(f"{owner} has no {node.attr}", node.attr, words)
    else:
        yield Slip(
            message=f"{owner} is a list and has no {node.attr}: len({owner}), {owner}[0]"
        )


def _shape(node: ast.expr) -> Shape:
    if isinstance(node, ast.Name):
        return _NAMES.get(node.id, ANYTHING)
    if isinstance(node, ast.Subscript):
        return _shape(node.value).item or ANYTHING
    if isinstance(node, ast.Attribute):
        return (_shape(node.value).words or {}).get(node.attr, ANYTHING)
    return ANYTHING


def _slip(message: str, word: str, known: Collection[str]) -> Slip:
    return Slip(message=message, suggestion=nearest(word, known))
