"""A scenario file: from text to checked, frozen steps (head of scenarios.yml).

All faults of a file are told at once, each with file, line, column, key and the nearest valid
word.
The ``bed`` and each scenario's ``config`` are read by :mod:`tlibsim.config`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tlibsim.config.defaults import SCENARIO_BED
from tlibsim.scenario.nodes import (
    Faults,
    ListNode,
    MapNode,
    Node,
    Place,
    Scalar,
    joined,
    plain_value,
    read,
)
from tlibsim.scenario.reading import Reader
from tlibsim.scenario.script.actors import SCRIPT_WORDS, read_script, split_given
from tlibsim.scenario.script.expanding import Expander, Fetch, no_files
from tlibsim.scenario.script.reading import ScriptReader
from tlibsim.scenario.script.steps import AnyStep, Script
from tlibsim.scenario.stepreader import StepReader, distinct_names
from tlibsim.scenario.steps import Given, Scenario, ScenarioFile
from tlibsim.scenario.strangers import check_clients
from tlibsim.scenario.variables import check_variables

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
_FORMAT = 1
_TOP = ("format", "bed", "logs", "vars", "scenarios")
_SCENARIO = (
    "id",
    "name",
    "title",
    "note",
    "why",
    "config",
    "given",
    "steps",
    "distinct",
    *SCRIPT_WORDS,
)
_OF_FILE = ("format", "bed", "logs")
_EMPTY = """\
the file is empty. The smallest scenario is
    name: first
    steps:
    - do: inbound
      from: "4155550100"
      to: 7001
    - expect: {event: EventRinging, dn: 7001}"""


def load(
    text: str,
    source: str = "scenarios.yml",
    *,
    fetch: Fetch = no_files,
    overrides: Mapping[str, str] = _NO_VARIABLES,
    reshape: Callable[[Node], Node] = lambda node: node,
) -> ScenarioFile:
    """Read a scenario file; raise :class:`ScenarioError` with everything that is wrong.

    ``fetch`` gives the text of files that it includes, ``overrides`` set its variables,
    ``reshape`` changes a scenario after all that was put into it.
    """
    faults = Faults(source)
    written = read(text, source)
    if isinstance(written, Scalar) and written.null:
        faults.add(Place(), "", _EMPTY)
        faults.stop()
    root = _with_scenarios(written, source)
    top = faults.fields(root, "", _TOP, required=("scenarios",))
    _check_format(top.get("format"), faults)
    logs = _logs(top.get("logs"), faults)
    expander = Expander(faults, fetch, _set_from_outside(overrides))
    shared = expander.variables(top.get("vars"), "vars")
    nodes = faults.sequence(top["scenarios"], "scenarios") if "scenarios" in top else ()
    clients = _bed_clients(top.get("bed"))
    scenarios: dict[str, Scenario] = {}
    for index, node in enumerate(nodes):
        reader = _ScenarioReader(faults, source, clients, logs, _names_format(written))
        for one in expander.scenarios(node, shared):
            scenario = reader.scenario(reshape(one), f"scenarios[{index}]")
            if scenario.id in scenarios:
                first = scenarios[scenario.id].place.line
                faults.add(
                    scenario.place, scenario.id, f"is used twice (first in line {first})"
                )
            scenarios.setdefault(scenario.id, scenario)
    faults.stop()
    return ScenarioFile(
        source=source,
        text=text,
        scenarios=tuple(scenarios.values()),
        logs=logs,
        variables=frozenset(expander.used),
    )


def _set_from_outside(overrides: Mapping[str, str]) -> Mapping[str, Node]:
    """Values of ``--set``, read as YAML reads a scalar: 5 is a number, "5" a text."""
    return {
        name: Scalar(text=text.strip("'\""), place=Place(), plain=text[:1] not in ("'", '"'))
        for name, text in overrides.items()
    }


def _with_scenarios(root: Node, source: str) -> Node:
    """A file that is one scenario (``steps`` at its top) as a file with a list of one."""
    if not isinstance(root, MapNode):
        return root
    own = {word.text for word, _ in root.entries}
    if "steps" not in own or "scenarios" in own:
        return root
    entries = [entry for entry in root.entries if entry[0].text not in _OF_FILE]
    if not own & {"id", "name"}:
        stem = source.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or source
        place = Place()
        entries.insert(0, (Scalar(text="id", place=place), Scalar(text=stem, place=place)))
    scenario = MapNode(entries=tuple(entries), place=root.place)
    above = [entry for entry in root.entries if entry[0].text in _OF_FILE]
    above.append(
        (
            Scalar(text="scenarios", place=root.place),
            ListNode(items=(scenario,), place=root.place),
        )
    )
    if "format" not in own:
        number = Scalar(text=str(_FORMAT), place=root.place, plain=True)
        above.append((Scalar(text="format", place=root.place), number))
    return MapNode(entries=tuple(above), place=root.place)


def _names_format(root: Node) -> bool:
    return isinstance(root, MapNode) and any(word.text == "format" for word, _ in root.entries)


def _check_format(node: Node | None, faults: Faults) -> None:
    if isinstance(node, Scalar) and node.integer == _FORMAT:
        return
    place = Place() if node is None else node.place
    faults.add(place, "format", f"must be {_FORMAT}, the only format that this program knows")


def _logs(node: Node | None, faults: Faults) -> Mapping[str, str]:
    if node is None:
        return {}
    entries = faults.mapping(node, "logs").entries
    return {word.text: faults.text(value, joined("logs", word.text)) for word, value in entries}


def _bed_clients(node: Node | None) -> tuple[str, ...]:
    """Names of the clients of the bed; what is wrong there is told elsewhere."""
    clients = _below(read(SCENARIO_BED, "default bed") if node is None else node, "clients")
    return tuple(word.text for word, _ in clients.entries) if clients else ()


def _below(node: Node | None, *way: str) -> MapNode | None:
    for part in way:
        found = (
            [value for word, value in node.entries if word.text == part]
            if isinstance(node, MapNode)
            else []
        )
        node = found[0] if found else None
    return node if isinstance(node, MapNode) else None


@dataclass(slots=True)
class _ScenarioReader:
    """Reads one scenario; ``formal``: the file names its format."""

    faults: Faults
    source: str
    clients: tuple[str, ...]
    logs: Mapping[str, str]
    formal: bool

    def scenario(self, node: Node, where: str) -> Scenario:
        """One scenario, expanded already."""
        fields = dict(self.faults.fields(node, where, _SCENARIO, required=("steps",)))
        if "id" not in fields and "name" in fields:
            fields["id"] = fields.pop("name")
        if "id" not in fields:
            self.faults.add(node.place, where, "lacks id")
        name = self.faults.text(fields["id"], f"{where}.id") if "id" in fields else ""
        key = f"{where} {name}".strip()
        given, config = split_given(fields.get("given"), fields.get("config"), self.faults, key)
        self.faults.mapping(config, f"{key}.config")
        script, config = read_script(fields, config, self.faults, key)
        steps, hooks = self._steps(fields.get("steps"), key, config, script)
        scenario = Scenario(
            id=name,
            title=self.faults.text(fields["title"], f"{key}.title")
            if "title" in fields
            else "",
            source=self.source,
            place=node.place,
            steps=steps,
            given=self._given(given, f"{key}.given"),
            config=_mapping(plain_value(config)),
            config_place=config.place,
            distinct=distinct_names(fields.get("distinct"), self.faults, f"{key}.distinct"),
            script=script,
            hooks=hooks,
        )
        check_variables(scenario, self.faults, key)
        known = self._declared(config, script)
        remarks = check_clients(scenario, known, self.faults, key, formal=self.formal)
        return replace(scenario, remarks=remarks)

    def _steps(
        self, node: Node | None, key: str, config: Node, script: Script
    ) -> tuple[tuple[AnyStep, ...], tuple[str, ...]]:
        """The steps, and the names of the functions that they call."""
        if node is None:
            return (), ()
        values = Reader(self.faults)
        old = StepReader(
            faults=self.faults,
            values=values,
            logs=self.logs,
            clients=self._known_clients(node, config, script),
        )
        reader = ScriptReader(self.faults, old, values)
        steps = reader.steps(node, f"{key}.steps")
        return steps, tuple(dict.fromkeys(reader.hooks))

    def _known_clients(self, steps: Node, config: Node, script: Script) -> tuple[str, ...]:
        """Every client that the bed, the configuration or a step opens."""
        return (*self._declared(config, script), *_requesting(steps))

    def _declared(self, config: Node, script: Script) -> tuple[str, ...]:
        """The clients of the bed, of the configuration, and the actors that are ours."""
        second = _below(config, "second-site", "clients")
        own = _below(config, "clients")
        persona = _below(config, "persona")
        others = [word.text for one in (second, own) if one for word, _ in one.entries]
        others.append(_word_of(persona, "name"))
        others += [actor.name for actor in script.actors if not actor.external]
        return (*self.clients, *(name for name in others if name))

    def _given(self, node: Node | None, key: str) -> Given | None:
        if node is None:
            return None
        return StepReader(
            faults=self.faults,
            values=Reader(self.faults),
            logs=self.logs,
            clients=self.clients,
        ).given(node, key)


def _requesting(node: Node) -> Iterator[str]:
    """The clients that some step lets ask, at any depth."""
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _requesting(item)
    elif isinstance(node, MapNode):
        if _word(node, "do", "request"):
            name = _word(node, "do", "client")
            if name:
                yield name
        for _, value in node.entries:
            yield from _requesting(value)


def _word(node: Node, *way: str) -> str:
    return _word_of(_below(node, *way[:-1]), way[-1])


def _word_of(node: MapNode | None, key: str) -> str:
    if node is None:
        return ""
    found = [
        value.text
        for word, value in node.entries
        if word.text == key and isinstance(value, Scalar)
    ]
    return found[0] if found else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
