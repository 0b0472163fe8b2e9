"""YAML text as nodes that know their place, and faults that name file, line, column and key.

Unlike the reader of the configuration this keeps what a scenario's values depend on: whether a
scalar was quoted, and whether it is ``!!binary``.  What the nodes mean is left to others.
"""

import base64
import binascii
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from tlibsim.config.problems import Problem, nearest
from tlibsim.config.yamlbounds import MOST_LEVELS, TooLargeError, check_bounds

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BINARY = "tag:yaml.org,2002:binary"
_TEXT = "tag:yaml.org,2002:str"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
_NULLS = frozenset(("", "~", "null"))


class ScenarioError(Exception):
    """A scenario file that cannot be used; ``problems`` lists everything wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} error{'' if len(problems) == 1 else 's'}"
        super().__init__("\n".join([*map(str, problems), count]))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Line and column, counted from 1; ``source`` is a file that was included, else empty."""

    line: int = 1
    column: int = 1
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One word or number.  ``plain``: without quotes; ``binary``: the bytes of !!binary."""

    text: str
    place: Place
    plain: bool = False
    binary: bytes | None = None

    @property
    def integer(self) -> int | None:
        """The whole number that is written here without quotes, or None."""
        return int(self.text) if self.plain and _INTEGER.fullmatch(self.text) else None

    @property
    def boolean(self) -> bool | None:
        """``true`` or ``false`` without quotes, or None."""
        return {"true": True, "false": False}.get(self.text) if self.plain else None

    @property
    def fraction(self) -> bool:
        """A number that is not whole."""
        number = self.plain and _FLOAT.fullmatch(self.text) is not None
        return number and self.integer is None

    @property
    def null(self) -> bool:
        """Nothing, or the YAML word for nothing."""
        return self.plain and self.text.lower() in _NULLS


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """A mapping, in the order of the file."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    place: Place


Node = Scalar | ListNode | MapNode
EMPTY = Scalar(text="", place=Place(), plain=True)


@dataclass(slots=True)
class Faults:
    """Collects what is wrong with one file, so that all of it can be told at once."""

    source: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, place: Place, key: str, message: str, *, suggestion: str = "") -> None:
        """Note one fault."""
        self.problems.append(
            Problem(
                source=place.source or self.source,
                key=key,
                message=message,
                line=place.line,
                column=place.column,
                suggestion=suggestion,
            )
        )

    def unknown(self, word: Scalar, key: str, message: str, known: Collection[str]) -> None:
        """Note a word that is none of ``known``, with the nearest one."""
        self.add(word.place, key, message, suggestion=nearest(word.text, known))

    def stop(self) -> None:
        """Raise :class:`ScenarioError` when anything was noted."""
        if self.problems:
            told = {
                (one.source, one.line, one.column, one.message): one for one in self.problems
            }
            raise ScenarioError(sorted(told.values(), key=_by_place))

    def mapping(self, node: Node, key: str) -> MapNode:
        """The node as a mapping; noted and empty when it is none."""
        if isinstance(node, MapNode):
            return node
        if not (isinstance(node, Scalar) and node.null):
            self.add(node.place, key, "must be a mapping, {key: value}")
        return MapNode(entries=(), place=node.place)

    def sequence(self, node: Node, key: str) -> tuple[Node, ...]:
        """The items of a list; noted and empty when it is none."""
        if isinstance(node, ListNode):
            return node.items
        self.add(node.place, key, "must be a list, [a, b]")
        return ()

    def fields(
        self, node: Node, key: str, known: Collection[str], required: Collection[str] = ()
    ) -> Mapping[str, Node]:
        """The entries of a mapping whose keys are fixed; notes unknown and missing ones."""
        mapping = self.mapping(node, key)
        found: dict[str, Node] = {}
        for word, value in mapping.entries:
            if word.text in known:
                found[word.text] = value
            else:
                self.unknown(word, joined(key, word.text), "is not a key here", known)
        for name in required:
            if name not in found:
                self.add(mapping.place, key, f"lacks {name}")
        return found

    def text(self, node: Node, key: str) -> str:
        """A scalar as it is written."""
        if isinstance(node, Scalar):
            return node.text
        self.add(node.place, key, "must be a text")
        return ""

    def number(self, node: Node, key: str) -> float:
        """A number that is not negative."""
        text = node.text if isinstance(node, Scalar) else ""
        if _FLOAT.fullmatch(text) and not text.startswith("-"):
            return float(text)
        self.add(node.place, key, "must be a number, 0 or more")
        return 0.0


def read(text: str, source: str) -> Node:
    """Read one YAML text; raises :class:`ScenarioError` when it is not YAML."""
    try:
        check_bounds(text)
        loader = _LOADER(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        raise ScenarioError([_yaml_problem(error, source)]) from error
    faults = Faults(source)
    node = EMPTY if root is None else _converted(root, faults, 0)
    faults.stop()
    return node


def plain_value(node: Node) -> object:
    """The node as YAML would load it, with typed numbers, true and false: for free data."""
    if isinstance(node, MapNode):
        return {word.text: plain_value(value) for word, value in node.entries}
    if isinstance(node, ListNode):
        return [plain_value(item) for item in node.items]
    return _plain_scalar(node)


def joined(key: str, word: str) -> str:
    """One more step of a dotted key; words that are not identifiers stand in quotes."""
    shown = word if re.fullmatch(r"[\w+-]+", word) and not word.isdigit() else f'"{word}"'
    return f"{key}.{shown}" if key else shown


def _plain_scalar(node: Scalar) -> object:
    if node.binary is not None:
        return node.binary
    if node.null:
        return None
    if node.fraction:
        return float(node.text)
    for value in (node.boolean, node.integer):
        if value is not None:
            return value
    return node.text


def _by_place(problem: Problem) -> tuple[int, int]:
    return (problem.line or 0, problem.column or 0)


def _yaml_problem(error: yaml.YAMLError, source: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    words = [getattr(error, name, None) for name in ("problem", "context")]
    said = ", ".join(str(word) for word in words if word) or str(error)
    if not isinstance(error, TooLargeError):
        said = f"is not YAML: {said}"
    place = Place(line=mark.line + 1, column=mark.column + 1) if mark else Place()
    return Problem(
        source=source,
        key="",
        message=said,
        line=place.line,
        column=place.column,
    )


def _converted(node: yaml.Node, faults: Faults, depth: int) -> Node:
    place = _place(node)
    if depth > MOST_LEVELS:  # an anchor that stands for itself
        faults.add(place, "", f"nests deeper than {MOST_LEVELS} levels")
        return EMPTY
    if isinstance(node, yaml.MappingNode):
        return MapNode(entries=tuple(_entries(node, faults, depth)), place=place)
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_converted(item, faults, depth + 1) for item in node.value)
        return ListNode(items=items, place=place)
    return _scalar(node, place, faults)


def _entries(
    node: yaml.MappingNode, faults: Faults, depth: int
) -> Iterator[tuple[Scalar, Node]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = _converted(key_node, faults, depth + 1)
        if not isinstance(key, Scalar):
            faults.add(key.place, "", "a key must be a word")
            continue
        if key.text in seen:
            message = f"is given twice (first in line {seen[key.text]})"
            faults.add(key.place, joined("", key.text), message)
            continue
        seen[key.text] = key.place.line
        yield key, _converted(value_node, faults, depth + 1)


def _scalar(node: yaml.Node, place: Place, faults: Faults) -> Scalar:
    text = str(node.value)
    if node.tag == _BINARY:
        return Scalar(text=text, place=place, binary=_base64(text, place, faults))
    quoted = bool(getattr(node, "style", None)) or _said_to_be_text(node, text)
    return Scalar(text=text, place=place, plain=not quoted)


def _said_to_be_text(node: yaml.Node, text: str) -> bool:
    return node.tag == _TEXT and _INTEGER.fullmatch(text) is not None


def _base64(text: str, place: Place, faults: Faults) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error as error:
        faults.add(place, "", f"is not base64: {error}")
        return b""


def _place(node: yaml.Node) -> Place:
    return Place(line=node.start_mark.line + 1, column=node.start_mark.column + 1)
