"""A scenario file: from text to checked, frozen steps (head of scenarios.yml).

All faults of a file are told at once, each with file, line, column, key and the nearest valid
word.
The ``bed`` and each scenario's ``config`` are read by :mod:`tlibsim.config`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tlibsim.config.defaults import SCENARIO_BED
from tlibsim.scenario.nodes import (
    EMPTY,
    Faults,
    MapNode,
    Node,
    Place,
    Scalar,
    joined,
    plain_value,
    read,
)
from tlibsim.scenario.reading import Reader
from tlibsim.scenario.stepreader import StepReader, distinct_names
from tlibsim.scenario.steps import Given, Scenario, ScenarioFile, Step
from tlibsim.scenario.variables import check_variables

_FORMAT = 1
_TOP = ("format", "bed", "logs", "scenarios")
_SCENARIO = ("id", "title", "note", "why", "config", "given", "steps", "distinct")


def load(text: str, source: str = "scenarios.yml") -> ScenarioFile:
    """Read a scenario file; raise :class:`ScenarioError` with everything that is wrong."""
    faults = Faults(source)
    root = read(text, source)
    top = faults.fields(root, "", _TOP, required=("scenarios",))
    _check_format(top.get("format"), faults)
    logs = _logs(top.get("logs"), faults)
    nodes = faults.sequence(top["scenarios"], "scenarios") if "scenarios" in top else ()
    clients = _bed_clients(top.get("bed"))
    scenarios: dict[str, Scenario] = {}
    for index, node in enumerate(nodes):
        reader = _ScenarioReader(faults, source, clients, tuple(logs))
        scenario = reader.scenario(node, f"scenarios[{index}]")
        if scenario.id in scenarios:
            first = scenarios[scenario.id].place.line
            faults.add(scenario.place, scenario.id, f"is used twice (first in line {first})")
        scenarios.setdefault(scenario.id, scenario)
    faults.stop()
    return ScenarioFile(
        source=source, text=text, scenarios=tuple(scenarios.values()), logs=logs
    )


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
    """Reads one scenario."""

    faults: Faults
    source: str
    clients: tuple[str, ...]
    logs: tuple[str, ...]

    def scenario(self, node: Node, where: str) -> Scenario:
        fields = self.faults.fields(node, where, _SCENARIO, required=("id", "steps"))
        name = self.faults.text(fields["id"], f"{where}.id") if "id" in fields else ""
        key = f"{where} {name}".strip()
        config = fields.get("config", EMPTY)
        self.faults.mapping(config, f"{key}.config")
        steps = self._steps(fields.get("steps"), key, config)
        scenario = Scenario(
            id=name,
            title=self.faults.text(fields["title"], f"{key}.title")
            if "title" in fields
            else "",
            source=self.source,
            place=node.place,
            steps=steps,
            given=self._given(fields.get("given"), f"{key}.given"),
            config=_mapping(plain_value(config)),
            config_place=config.place,
            distinct=distinct_names(fields.get("distinct"), self.faults, f"{key}.distinct"),
        )
        check_variables(scenario, self.faults, key)
        return scenario

    def _steps(self, node: Node | None, key: str, config: Node) -> tuple[Step, ...]:
        if node is None:
            return ()
        items = self.faults.sequence(node, f"{key}.steps")
        if not items:
            self.faults.add(node.place, f"{key}.steps", "has no step")
        reader = StepReader(
            faults=self.faults,
            values=Reader(self.faults),
            logs=self.logs,
            clients=self._known_clients(items, config),
        )
        return tuple(
            reader.step(item, number, f"{key}.steps[{number - 1}]")
            for number, item in enumerate(items, start=1)
        )

    def _known_clients(self, items: tuple[Node, ...], config: Node) -> tuple[str, ...]:
        """Every client that the bed, the configuration or a step opens."""
        second = _below(config, "second-site", "clients")
        persona = _below(config, "persona")
        named = [_word(item, "do", "client") for item in items if _word(item, "do", "request")]
        others = [word.text for word, _ in second.entries] if second else []
        others.append(_word_of(persona, "name"))
        return (*self.clients, *(name for name in (*named, *others) if name))

    def _given(self, node: Node | None, key: str) -> Given | None:
        if node is None:
            return None
        return StepReader(
            faults=self.faults,
            values=Reader(self.faults),
            logs=self.logs,
            clients=self.clients,
        ).given(node, key)


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
