"""YAML text as plain mappings and lists that remember where each value was written.

Scalars without quotes stay text (:class:`Plain`) and are read by the type that wants them: a DN
``7001`` is text, a limit ``7001`` is a number, ``off`` is a choice where a choice is expected.
Anchors and merge keys work; a key that is given twice is a fault.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from tlibsim.config.problems import ConfigError, Problem

Path = tuple[str | int, ...]
Place = tuple[int, int]

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}


class Plain(str):
    """A scalar that was written without quotes."""

    __slots__ = ()


@dataclass(slots=True)
class Document:
    """The content of one YAML text: mappings, lists, text and None, and where each was written."""

    source: str
    data: Any
    places: dict[Path, Place] = field(default_factory=dict)
    key_places: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, of_key: bool = False) -> Place:
        """Line and column of a value (or of its key); of the nearest parent when it is absent."""
        for end in range(len(path), -1, -1):
            part = path[:end]
            if of_key and part in self.key_places:
                return self.key_places[part]
            if part in self.places:
                return self.places[part]
        return (1, 1)


def read(text: str, source: str) -> Document:
    """Read one YAML text; raise :class:`ConfigError` when it is not YAML or repeats a key."""
    reader = _Reader(source)
    node = _compose(text, source)
    data = None if node is None else reader.value(node, ())
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(source, data, reader.places, reader.key_places)


def resolved(value: Any) -> Any:
    """The same data with the types that YAML gives to unquoted words: for data of no known shape."""
    if isinstance(value, Plain):
        return _resolved_scalar(value)
    if isinstance(value, Mapping):
        return {str(key): resolved(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item) for item in value]
    return value


def _resolved_scalar(text: Plain) -> Any:
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return str(text)


def _compose(text: str, source: str) -> yaml.Node | None:
    loader = _LOADER(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_yaml_problem(error, source)]) from error
    except yaml.YAMLError as error:
        message = f"cannot be read as YAML: {error}"
        raise ConfigError([Problem(source=source, key="", message=message)]) from error
    finally:
        loader.dispose()
    return node


def _yaml_problem(error: yaml.MarkedYAMLError, source: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    words = [part for part in (error.problem, error.context) if part]
    return Problem(
        source=source,
        key="",
        message=f"is not YAML: {', '.join(words)}",
        line=line,
        column=column,
    )


class _Reader:
    """Turns composed nodes into values, keeping the places and collecting repeated keys."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.places: dict[Path, Place] = {}
        self.key_places: dict[Path, Place] = {}

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.places[path] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged = self._merged(value_node, path) | merged
                continue
            key = self._key(key_node, path)
            if key in own:
                first = self.key_places[*path, key][0]
                self._fault(key_node, (*path, key), f"is given twice (first in line {first})")
                continue
            self.key_places[*path, key] = _place(key_node)
            own[key] = self.value(value_node, (*path, key))
        return merged | own

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        result: dict[str, Any] = {}
        for part in parts:
            if isinstance(part, yaml.MappingNode):
                result = self._mapping(part, (*path, "<<")) | result
            else:
                self._fault(part, path, "can merge only mappings with <<")
        return result

    def _key(self, node: yaml.Node, path: Path) -> str:
        value = _scalar(node) if isinstance(node, yaml.ScalarNode) else None
        if isinstance(value, Hashable) and isinstance(value, str):
            return value
        if value is None and isinstance(node, yaml.ScalarNode):
            return Plain(node.value)
        self._fault(node, path, "has a key that is not a word")
        return "?"

    def _fault(self, node: yaml.Node, path: Path, message: str) -> None:
        line, column = _place(node)
        self.problems.append(
            Problem(
                source=self.source, key=dotted(path), message=message, line=line, column=column
            )
        )


def dotted(path: Path) -> str:
    """A path for people: ``listen[0].port``, ``dns."a.b".record``."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part}]"
            continue
        shown = f'"{part}"' if "." in part and words == "dns" else part
        words += f".{shown}" if words else shown
    return words


def _place(node: yaml.Node) -> Place:
    return (node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(node: yaml.Node) -> str | None:
    text = str(node.value)
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return text
    if text in _NULLS:
        return None
    return Plain(text)
