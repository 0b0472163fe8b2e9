"""What is done to a scenario file before its steps are read: variables, rows, includes, repeats.

    vars: {caller: "4155550100"}        ${caller} stands for it anywhere below, also in a text
    rows: [{dn: 7001}, {dn: 7002}]      the scenario once for each row; a name: the rows of a CSV
    - include: common/answer.yml        the steps of another file, with vars of their own
    - repeat: 3                         its steps so often; a list: once for each item
      as: i
      steps: [...]

Nothing is left of it afterwards, so that every later check sees what will really happen.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tlibsim.scenario.nodes import (
    EMPTY,
    Faults,
    ListNode,
    MapNode,
    Node,
    Place,
    Scalar,
    ScenarioError,
    read,
)

Variables = Mapping[str, Node]
Fetch = Callable[[str, str], str]
"""The text of a file by its name, and the file that names it; raises OSError or ValueError."""

MOST_ROUNDS = 10_000
MOST_NODES = 300_000
MOST_INCLUDES = 10
_REFERENCE = re.compile(r"\$\{([A-Za-z_][\w-]*)\}")
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_OWN_SCOPE = ("vars", "rows")


def no_files(name: str, _: str) -> str:
    """The fetch of those who have no files."""
    raise OSError(f"{name} cannot be read here")


@dataclass(slots=True)
class Expander:
    """Expands the nodes of one file; ``overrides`` are the variables of ``--set``."""

    faults: Faults
    fetch: Fetch = no_files
    overrides: Variables = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """The names of variables that the file declares."""
    _made: int = 0
    _depth: int = 0

    def scenarios(self, node: Node, shared: Variables) -> Iterator[Node]:
        """A scenario once for each of its rows, with everything in it expanded."""
        if not isinstance(node, MapNode):
            yield node
            return
        own = {**shared, **self.variables(_entry(node, "vars"), "vars")}
        rows = _entry(node, "rows")
        if rows is None:
            yield self._scenario(node, own, "")
            return
        for number, row in enumerate(self._rows(rows), start=1):
            yield self._scenario(node, {**own, **row}, f"[{number}]")

    def variables(self, node: Node | None, key: str) -> dict[str, Node]:
        """``{name: value}``, what was set from outside instead of what is written."""
        if node is None:
            return {}
        found: dict[str, Node] = {}
        for word, value in self.faults.mapping(node, key).entries:
            if not _NAME.fullmatch(word.text):
                self.faults.add(word.place, key, f"{word.text!r} is no name for a variable")
            found[word.text] = self.overrides.get(word.text, self.value(value, found))
            self.used.add(word.text)
        return found

    def _scenario(self, node: MapNode, variables: Variables, suffix: str) -> Node:
        entries = []
        for word, value in node.entries:
            if word.text in _OWN_SCOPE:
                continue
            expanded = self._part(word.text, value, variables)
            if suffix and word.text in ("id", "name") and isinstance(expanded, Scalar):
                expanded = replace(expanded, text=expanded.text + suffix)
            entries.append((word, expanded))
        return MapNode(entries=tuple(entries), place=node.place)

    def _part(self, word: str, node: Node, variables: Variables) -> Node:
        """A part of a scenario, expanded; what a log showed stays as it is."""
        if word == "origin":
            return node
        return self.steps(node, variables) if word == "steps" else self.value(node, variables)

    # -- rows ----------------------------------------------------------------------------------

    def _rows(self, node: Node) -> Iterator[dict[str, Node]]:
        if isinstance(node, Scalar):
            yield from self._table(node)
            return
        items = self.faults.sequence(node, "rows")
        if not items:
            self.faults.add(node.place, "rows", "has no row")
        for index, item in enumerate(items):
            yield self.variables(item, f"rows[{index}]")

    def _table(self, node: Scalar) -> Iterator[dict[str, Node]]:
        """The rows of a CSV file; the first line has the names."""
        text = self._fetched(node, "rows")
        lines = csv.DictReader(io.StringIO(text))
        for number, line in enumerate(lines, start=1):
            if number > MOST_ROUNDS:
                self.faults.add(node.place, "rows", f"has more than {MOST_ROUNDS} rows")
                return
            if None in line or None in line.values():
                message = f"row {number} of {node.text} has not as many values as names"
                self.faults.add(node.place, "rows", message)
                continue
            self.used.update(line)
            yield {
                name: self.overrides.get(name, Scalar(text=value, place=node.place, plain=True))
                for name, value in line.items()
            }

    def _fetched(self, node: Scalar, key: str) -> str:
        try:
            return self.fetch(node.text, node.place.source or self.faults.source)
        except (OSError, ValueError) as error:
            self.faults.add(node.place, key, f"{node.text} cannot be read: {error}")
            return ""

    # -- values --------------------------------------------------------------------------------

    def value(self, node: Node, variables: Variables) -> Node:
        """The node with every ``${name}`` in it replaced."""
        self._count(node.place)
        if isinstance(node, Scalar):
            return self._scalar(node, variables)
        if isinstance(node, ListNode):
            items = tuple(self.value(item, variables) for item in node.items)
            return ListNode(items=items, place=node.place)
        entries = tuple(
            (self._key(word, variables), self.value(value, variables))
            for word, value in node.entries
        )
        return MapNode(entries=entries, place=node.place)

    def _key(self, word: Scalar, variables: Variables) -> Scalar:
        found = self._scalar(word, variables)
        return found if isinstance(found, Scalar) else word

    def _scalar(self, node: Scalar, variables: Variables) -> Node:
        """The value itself where a variable stands alone, else its text within the text."""
        if "${" not in node.text:
            return node
        alone = _REFERENCE.fullmatch(node.text)
        if alone is not None:
            found = self._variable(alone[1], node, variables)
            return _placed(found, node.place)

        def text(match: re.Match[str]) -> str:
            value = self._variable(match[1], node, variables)
            return value.text if isinstance(value, Scalar) else ""

        return replace(node, text=_REFERENCE.sub(text, node.text))

    def _variable(self, name: str, node: Scalar, variables: Variables) -> Node:
        if name in variables:
            return variables[name]
        word = Scalar(text=name, place=node.place)
        self.faults.unknown(word, "", f"${{{name}}} is no variable here", tuple(variables))
        return EMPTY

    def _count(self, place: Place) -> None:
        self._made += 1
        if self._made > MOST_NODES:
            self.faults.add(place, "", f"comes to more than {MOST_NODES} values when expanded")
            raise ScenarioError(self.faults.problems)

    # -- steps ---------------------------------------------------------------------------------

    def steps(self, node: Node, variables: Variables) -> Node:
        """A list of steps with includes put in and repeats unrolled, at any depth."""
        if not isinstance(node, ListNode):
            return self.value(node, variables)
        items: list[Node] = []
        for item in node.items:
            items += self._step(item, variables)
        return ListNode(items=tuple(items), place=node.place)

    def _step(self, node: Node, variables: Variables) -> Iterator[Node]:
        self._count(node.place)
        if not isinstance(node, MapNode):
            yield self.value(node, variables)
        elif _entry(node, "include") is not None:
            yield from self._included(node, variables)
        elif _entry(node, "repeat") is not None:
            yield self._repeated(node, variables)
        else:
            yield self._plain(node, variables)

    def _plain(self, node: MapNode, variables: Variables) -> Node:
        entries: list[tuple[Scalar, Node]] = []
        for word, value in node.entries:
            if word.text in ("steps", "else"):
                entries.append((word, self.steps(value, variables)))
            elif word.text == "parallel":
                entries.append((word, self._branches(value, variables)))
            else:
                entries.append((self._key(word, variables), self.value(value, variables)))
        return MapNode(entries=tuple(entries), place=node.place)

    def _branches(self, node: Node, variables: Variables) -> Node:
        if isinstance(node, ListNode):
            items = tuple(self.steps(item, variables) for item in node.items)
            return ListNode(items=items, place=node.place)
        if isinstance(node, MapNode):
            entries = tuple((word, self.steps(one, variables)) for word, one in node.entries)
            return MapNode(entries=entries, place=node.place)
        return node

    def _included(self, node: MapNode, variables: Variables) -> Iterator[Node]:
        fields = self.faults.fields(node, "include", ("include", "vars", "note"))
        name = self.value(fields["include"], variables)
        if not isinstance(name, Scalar):
            self.faults.add(node.place, "include", "must be the name of a file")
            return
        if self._depth >= MOST_INCLUDES:
            self.faults.add(node.place, "include", f"goes deeper than {MOST_INCLUDES} files")
            return
        text = self._fetched(name, "include")
        if not text:
            return
        given = self.value(fields["vars"], variables) if "vars" in fields else None
        inner = {**variables, **self.variables(given, "include.vars")}
        root = _sourced(read(text, name.text), name.text)
        self._depth += 1
        steps = self.steps(self._steps_of(root, inner), inner)
        self._depth -= 1
        yield from steps.items if isinstance(steps, ListNode) else ()

    def _steps_of(self, root: Node, variables: dict[str, Node]) -> Node:
        """An included file is a list of steps, or has ``steps`` and defaults of ``vars``."""
        if isinstance(root, ListNode):
            return root
        fields = self.faults.fields(root, "", ("vars", "steps", "note"), required=("steps",))
        for name, value in self.variables(fields.get("vars"), "vars").items():
            variables.setdefault(name, value)
        return fields.get("steps", ListNode(items=(), place=root.place))

    def _repeated(self, node: MapNode, variables: Variables) -> Node:
        known = ("repeat", "as", "until", "steps", "note", "why")
        fields = self.faults.fields(node, "repeat", known, required=("steps",))
        name = fields.get("as")
        word = name.text if isinstance(name, Scalar) else ""
        rounds: list[Node] = []
        for extra in self._rounds(self.value(fields["repeat"], variables), word):
            if len(rounds) >= MOST_ROUNDS:
                self.faults.add(node.place, "repeat", f"is more than {MOST_ROUNDS} rounds")
                break
            if "steps" in fields:
                rounds.append(self.steps(fields["steps"], {**variables, **extra}))
        head = next(entry for entry, _ in node.entries if entry.text == "repeat")
        entries: list[tuple[Scalar, Node]] = [
            (head, ListNode(items=tuple(rounds), place=node.place))
        ]
        entries += [
            (entry, self.value(value, variables))
            for entry, value in node.entries
            if entry.text == "until"
        ]
        return MapNode(entries=tuple(entries), place=node.place)

    def _rounds(self, node: Node, word: str) -> Iterator[dict[str, Node]]:
        if isinstance(node, Scalar) and node.integer is not None and node.integer >= 0:
            for number in range(1, min(node.integer, MOST_ROUNDS + 1) + 1):
                text = Scalar(text=str(number), place=node.place, plain=True)
                yield {word: text} if word else {}
            return
        if not isinstance(node, ListNode):
            self.faults.add(node.place, "repeat", "must be a number, or a list of items")
            return
        for item in node.items:
            if isinstance(item, MapNode) and not word:
                yield {entry.text: value for entry, value in item.entries}
            else:
                yield {word: item} if word else {}


def _entry(node: MapNode, name: str) -> Node | None:
    return next((value for word, value in node.entries if word.text == name), None)


def _placed(node: Node, place: Place) -> Node:
    """A variable's value at the place where it is used."""
    return replace(node, place=place) if isinstance(node, Scalar) else node


def _sourced(node: Node, source: str) -> Node:
    """The nodes of another file, each with the name of that file."""
    place = replace(node.place, source=source)
    if isinstance(node, Scalar):
        return replace(node, place=place)
    if isinstance(node, ListNode):
        return ListNode(items=tuple(_sourced(item, source) for item in node.items), place=place)
    entries = tuple(
        (replace(word, place=replace(word.place, source=source)), _sourced(value, source))
        for word, value in node.entries
    )
    return MapNode(entries=entries, place=place)
