"""YAML text as plain mappings and lists that can tell where each value was written.

Scalars without quotes stay text (:class:`Plain`) and are read by the type that wants them: a DN
``7001`` is text, a limit ``7001`` is a number, ``off`` is a choice where a choice is expected.
Anchors and merge keys work; a key that is given twice is a fault.  Places are looked up by
reading the text a second time, so that a good file pays nothing for them.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any

import yaml

from tlibsim.config.problems import ConfigError, Problem

Path = tuple[str | int, ...]
Place = tuple[int, int]

MOST_LEVELS = 50
MOST_REPEATED = 200_000
"""Bounds on nesting and on the values that anchors unfold to; no honest file comes near them."""

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
_BOOLEANS = {"true": True, "false": False}
_MERGE = "<<"


class Plain(str):
    """A scalar that was written without quotes."""

    __slots__ = ()


class Document:
    """The content of one source: mappings, lists, text and None, and where each was written.

    Without ``text`` the data comes from elsewhere and has no places.
    """

    def __init__(self, source: str, data: Any, text: str | None = None) -> None:
        self.source = source
        self.data = data
        self._text = text
        self._places: _Places | None = None

    def place(self, path: Path, *, of_key: bool = False) -> Place | None:
        """Line and column of a value or its key, or of its nearest parent; None: no lines."""
        if self._text is None:
            return None
        if self._places is None:
            self._places = _Places()
            _Reader(self._text, self.source, self._places).document()
        return self._places.of(path, of_key=of_key)


class _Places:
    def __init__(self) -> None:
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}

    def of(self, path: Path, *, of_key: bool) -> Place:
        for end in range(len(path), -1, -1):
            part = path[:end]
            if of_key and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return (1, 1)


def read(text: str, source: str) -> Document:
    """Read one YAML text; raise :class:`ConfigError` when it is not YAML or repeats a key."""
    reader = _Reader(text, source, None)
    try:
        data = reader.document()
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_yaml_problem(error, source)]) from error
    except yaml.YAMLError as error:
        message = f"cannot be read as YAML: {error}"
        raise ConfigError([Problem(source=source, key="", message=message)]) from error
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(source, data, text)


def resolved(value: Any) -> Any:
    """The same data with the types YAML gives to unquoted words: for data of no known shape."""
    if isinstance(value, Plain):
        return _resolved_scalar(value)
    if isinstance(value, Mapping):
        return {str(key): resolved(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolved(item) for item in value]
    return value


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


def _resolved_scalar(text: Plain) -> Any:
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return str(text)


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
    """Turns the events of one text into values, noting repeated keys (and places, if asked to).

    It works on events because composing recurses in C, where a deep text ends the process.
    """

    def __init__(self, text: str, source: str, places: _Places | None) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self._places = places
        self._loader = _LOADER(text)
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._repeated = 0

    def document(self) -> Any:
        """The value of the text's one document; raises YAMLError."""
        try:
            self._next(yaml.StreamStartEvent)
            if self._loader.check_event(yaml.StreamEndEvent):
                return None
            self._next(yaml.DocumentStartEvent)
            data = self._value(self._loader.get_event(), ())
            self._next(yaml.DocumentEndEvent)
            self._next(yaml.StreamEndEvent)
        finally:
            self._loader.dispose()
        return data

    def _next(self, kind: type[yaml.Event]) -> None:
        event = self._loader.get_event()
        if not isinstance(event, kind):
            raise _bad(event, "there is more than one document")

    def _value(self, event: Any, path: Path) -> Any:
        self._count += 1
        if self._places is not None:
            self._places.values[path] = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            value: Any = _scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            return value
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if len(path) >= MOST_LEVELS:
            raise _bad(event, "this is nested too deep")
        before = self._count
        value = self._collection(event, path)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._count - before)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise _bad(event, f"nothing complete is called &{event.anchor} so far")
        value, size = self._anchors[event.anchor]
        self._count += size
        self._repeated += size
        if self._repeated > MOST_REPEATED:
            raise _bad(event, "anchors repeat too much")
        return copy.deepcopy(value)

    def _collection(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        items: list[Any] = []
        while not isinstance(one := self._loader.get_event(), yaml.SequenceEndEvent):
            items.append(self._value(one, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        own: dict[str, Any] = {}
        merged: list[dict[str, Any]] = []
        first: dict[str, Any] = {}
        while not isinstance(event := self._loader.get_event(), yaml.MappingEndEvent):
            key = self._key(event)
            below = (*path, key)
            following = self._loader.get_event()
            if key == _MERGE and not event.style:
                merged = self._merged(following, below)
                continue
            if key in own:
                self._twice(event, below, first[key])
                self._value(following, below)
                continue
            first[key] = event.start_mark.line + 1
            if self._places is not None:
                self._places.keys[below] = _place(event)
            own[key] = self._value(following, below)
        for one in merged:
            own = one | own
        return own

    def _merged(self, event: Any, path: Path) -> list[dict[str, Any]]:
        value = self._value(event, path)
        parts = value if isinstance(value, list) else [value]
        if all(isinstance(part, dict) for part in parts):
            return parts
        raise _bad(event, "only mappings can be merged with <<")

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise _bad(event, "a key must be a word")
        return str(event.value) if event.style else Plain(event.value)

    def _twice(self, event: Any, path: Path, first: int) -> None:
        line, column = _place(event)
        self.problems.append(
            Problem(
                source=self.source,
                key=dotted(path),
                message=f"is given twice (first in line {first})",
                line=line,
                column=column,
            )
        )


def _bad(event: Any, message: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=message, problem_mark=event.start_mark)


def _place(event: Any) -> Place:
    return (event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: Any) -> str | None:
    if event.style or (event.tag and not event.implicit[0]):
        return str(event.value)
    return None if event.value in _NULLS else Plain(event.value)
