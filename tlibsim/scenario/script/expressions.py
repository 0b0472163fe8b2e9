"""Expressions of ``check``, ``until``, ``when`` and ``set``: small, safe, and able to explain.

    recording.state == "paused" and $agent in call.parties

They see what :mod:`tlibsim.scenario.script.sights` shows, the ``$x`` of the scenario and a few
functions.  Nothing of Python is reachable: the text is parsed into a tree, and only the kinds of
nodes below are walked.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tlibsim.config.problems import nearest

LONGEST = 1000
_LONGEST_SHOWN = 60
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")
_PREFIX = "_variable_"
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^'\"]+|['\"]")

Value = Any
Names = Mapping[str, Value]


class ExpressionError(ValueError):
    """An expression that cannot be read or worked out; ``column`` counts from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read; ``text`` is as people wrote it."""

    text: str
    _tree: ast.expr

    def value(self, names: Names, functions: Mapping[str, Callable[..., Value]]) -> Value:
        """What it comes to; raises ExpressionError."""
        return _Worker(names, functions).value(self._tree)

    def explained(
        self, names: Names, functions: Mapping[str, Callable[..., Value]]
    ) -> list[str]:
        """The parts that decided, with what they are: ``recording.state is 'active'``."""
        return list(dict.fromkeys(_Worker(names, functions).parts(self._tree)))

    @property
    def tree(self) -> ast.expr:
        """What was read, for those who look for slips in it."""
        return self._tree

    @property
    def variables(self) -> frozenset[str]:
        """The ``$x`` in it."""
        return frozenset(
            node.id.removeprefix(_PREFIX)
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Name) and node.id.startswith(_PREFIX)
        )


def parse(text: str) -> Expression:
    """Read an expression; raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(f"is longer than {LONGEST} characters")
    try:
        tree = ast.parse(_named(text.strip()), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = getattr(error, "offset", None) or 1
        raise ExpressionError(
            f"is no expression: {getattr(error, 'msg', error)}", column
        ) from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            column = getattr(node, "col_offset", 0) + 1
            raise ExpressionError(
                f"{type(node).__name__} has no place in an expression", column
            )
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise ExpressionError(f"{node.attr} is not to be seen", node.col_offset + 1)
    return Expression(text.strip(), tree)


def _named(text: str) -> str:
    """``$x`` as a name, but not inside of quotes."""
    parts = (
        part if part[0] in "'\"" else _VARIABLE.sub(rf"{_PREFIX}\1", part)
        for part in _QUOTED.findall(text)
    )
    return "".join(parts)


_ALLOWED = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.Constant,
    ast.IfExp,
    ast.List,
    ast.Name,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
    ast.boolop,
    ast.cmpop,
    ast.expr_context,
    ast.operator,
    ast.unaryop,
)
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = MappingProxyType(
    {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Div: operator.truediv,
        ast.FloorDiv: operator.floordiv,
        ast.Mod: operator.mod,
    }
)
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
        ast.In: lambda one, many: one in many,
        ast.NotIn: lambda one, many: one not in many,
    }
)
_NUMBERS = (int, float)


class _Worker:
    """Works one expression out."""

    def __init__(self, names: Names, functions: Mapping[str, Callable[..., Value]]) -> None:
        self._names = names
        self._functions = functions

    def value(self, node: ast.expr) -> Value:
        work = _WORK.get(type(node))
        if work is None:
            raise ExpressionError(f"{type(node).__name__} has no value")
        try:
            return work(self, node)
        except (TypeError, ZeroDivisionError, OverflowError) as error:
            raise ExpressionError(f"{_text(node)}: {error}") from None

    def parts(self, node: ast.expr) -> list[str]:
        """What decided, leaf by leaf."""
        if isinstance(node, ast.BoolOp):
            return [line for one in node.values for line in self.parts(one)]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.parts(node.operand)
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            return [self._said(one) for one in sides if not isinstance(one, ast.Constant)]
        return [self._said(node)]

    def _said(self, node: ast.expr) -> str:
        try:
            return f"{_text(node)} is {self.value(node)!r}"
        except ExpressionError as error:
            return str(error)

    def constant(self, node: ast.Constant) -> Value:
        if node.value is None or isinstance(node.value, str | int | float):
            return node.value
        raise ExpressionError(f"{node.value!r} has no place in an expression")

    def name(self, node: ast.Name) -> Value:
        if node.id.startswith(_PREFIX):
            word = node.id.removeprefix(_PREFIX)
            if f"${word}" not in self._names:
                raise ExpressionError(f"${word} is bound to nothing", node.col_offset + 1)
            return self._names[f"${word}"]
        if node.id not in self._names:
            hint = nearest(node.id, [name for name in self._names if name[0] != "$"])
            more = f"; did you mean {hint}?" if hint else ""
            raise ExpressionError(f"{node.id} is nothing here{more}", node.col_offset + 1)
        return self._names[node.id]

    def attribute(self, node: ast.Attribute) -> Value:
        return self._item(self.value(node.value), node.attr, node)

    def subscript(self, node: ast.Subscript) -> Value:
        return self._item(self.value(node.value), self.value(node.slice), node)

    def _item(self, value: Value, key: Value, node: ast.expr) -> Value:
        if isinstance(value, Mapping):
            if key not in value:
                hint = nearest(str(key), [str(one) for one in value])
                more = f"; did you mean {hint}?" if hint else ""
                raise ExpressionError(f"{_text(node)}: there is no {key!r}{more}")
            return value[key]
        if isinstance(value, Sequence) and isinstance(key, int):
            if not -len(value) <= key < len(value):
                raise ExpressionError(f"{_text(node)}: there are only {len(value)}")
            return value[key]
        raise ExpressionError(f"{_text(node)}: {_lacking(value, key, node)}")

    def call(self, node: ast.Call) -> Value:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        function = self._functions.get(name)
        if function is None or node.keywords:
            hint = nearest(name, self._functions)
            more = f"; did you mean {hint}?" if hint else ""
            raise ExpressionError(
                f"{_text(node.func)} is no function{more}", node.col_offset + 1
            )
        return function(*(self.value(one) for one in node.args))

    def either(self, node: ast.BoolOp) -> Value:
        every = isinstance(node.op, ast.And)
        for one in node.values:
            value = self.value(one)
            if bool(value) is not every:
                return value
        return value

    def unary(self, node: ast.UnaryOp) -> Value:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return not value
        if isinstance(node.op, ast.USub) and isinstance(value, _NUMBERS):
            return -value
        raise ExpressionError(f"{_text(node)} has no value")

    def arithmetic(self, node: ast.BinOp) -> Value:
        work = _ARITHMETIC.get(type(node.op))
        left, right = self.value(node.left), self.value(node.right)
        both = isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS)
        texts = (
            isinstance(node.op, ast.Add) and isinstance(left, str) and isinstance(right, str)
        )
        if work is None or not (both or texts):
            raise ExpressionError(
                f"{_text(node)}: cannot be worked out of {left!r} and {right!r}"
            )
        return work(left, right)

    def compare(self, node: ast.Compare) -> Value:
        left = self.value(node.left)
        for kind, other in zip(node.ops, node.comparators, strict=True):
            right = self.value(other)
            holds = _COMPARISONS.get(type(kind))
            if holds is None:
                raise ExpressionError(f"{_text(node)}: compare with == or !=")
            if not holds(left, right):
                return False
            left = right
        return True

    def choice(self, node: ast.IfExp) -> Value:
        return self.value(node.body if self.value(node.test) else node.orelse)

    def items(self, node: ast.List | ast.Tuple) -> Value:
        return [self.value(one) for one in node.elts]


_WORK: Mapping[type[ast.expr], Callable[[_Worker, Any], Value]] = MappingProxyType(
    {
        ast.Attribute: _Worker.attribute,
        ast.BinOp: _Worker.arithmetic,
        ast.BoolOp: _Worker.either,
        ast.Call: _Worker.call,
        ast.Compare: _Worker.compare,
        ast.Constant: _Worker.constant,
        ast.IfExp: _Worker.choice,
        ast.List: _Worker.items,
        ast.Name: _Worker.name,
        ast.Subscript: _Worker.subscript,
        ast.Tuple: _Worker.items,
        ast.UnaryOp: _Worker.unary,
    }
)


def variable_name(node: ast.Name) -> str:
    """The ``x`` of ``$x``; empty for another name."""
    return node.id.removeprefix(_PREFIX) if node.id.startswith(_PREFIX) else ""


def _lacking(value: Value, key: Value, node: ast.expr) -> str:
    """Why a value has no such part, and what it has; the value itself only when it is short."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        owner = _text(node.value) if isinstance(node, ast.Attribute | ast.Subscript) else "it"
        last = f", {owner}[0] to [{len(value) - 1}]" if value else ""
        return f"a list has no {key!r}; there is len({owner}), which is {len(value)}{last}"
    shown = repr(value)
    return f"{shown[:_LONGEST_SHOWN]}{'..' * (len(shown) > _LONGEST_SHOWN)} has no {key!r}"


def _text(node: ast.expr) -> str:
    return ast.unparse(node).replace(_PREFIX, "$")
