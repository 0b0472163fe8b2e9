"""Who takes part in a scenario, on which clock, and what ``given`` may say besides a call.

actors:
desk: {kind: external, dns: [7001]}     the system under test: it connects by itself
sup:  [7001, 7004]                      ours: a client with these DNs
clock: stepped                            or real, or a speed such as 10x
given: {dns: {...}, agents: {...}}        sections of a configuration, as in tlibsim.yaml
"""

from collections.abc import Mapping
from dataclasses import replace

from tlibsim.journal.moments import duration
from tlibsim.journal.query import Query
from tlibsim.journal.query import parse as parse_query
from tlibsim.journal.syntax import QueryError
from tlibsim.scenario.nodes import (
    EMPTY,
    Faults,
    ListNode,
    MapNode,
    Node,
    Place,
    Scalar,
    joined,
)
from tlibsim.scenario.script.origin import read_origin
from tlibsim.scenario.script.steps import Actor, Script

SCRIPT_WORDS = ("actors", "clock", "seed", "strict", "allow", "origin")
SECTIONS = ("dns", "agents", "clients", "options")
"""The sections of a configuration that may stand under ``given``."""

_KINDS = ("scripted", "external")
_ACTOR = ("kind", "dns", "within")
_CLOCKS = ("stepped", "real", "max")


def read_script(
    fields: Mapping[str, Node], config: Node, faults: Faults, key: str
) -> tuple[Script, Node]:
    """What a scenario says besides its steps; and its config with the actors that are ours."""
    actors = _actors(fields.get("actors"), faults, f"{key}.actors")
    script = Script(
        actors=actors,
        clock=_clock(fields.get("clock"), faults, f"{key}.clock"),
        seed=_seed(fields.get("seed"), faults, f"{key}.seed"),
        strict=_flag(fields.get("strict"), faults, f"{key}.strict"),
        allow=_queries(fields.get("allow"), faults, f"{key}.allow"),
        origin=read_origin(fields.get("origin"), faults, f"{key}.origin"),
    )
    ours = [actor for actor in actors if not actor.external]
    return script, _with_clients(config, ours) if ours else config


def split_given(
    given: Node | None, config: Node | None, faults: Faults, key: str
) -> tuple[Node | None, Node]:
    """``given`` without the sections of a configuration, and ``config`` with them."""
    config = EMPTY if config is None else config
    if not isinstance(given, MapNode):
        return given, config
    sections = [entry for entry in given.entries if entry[0].text in SECTIONS]
    rest = [entry for entry in given.entries if entry[0].text not in SECTIONS]
    if sections:
        own = list(config.entries) if isinstance(config, MapNode) else []
        known = {word.text for word, _ in own}
        for word, value in sections:
            if word.text in known:
                faults.add(word.place, f"{key}.given.{word.text}", "is in config as well")
            own.append((word, _agents(value) if word.text == "agents" else value))
        config = MapNode(entries=tuple(own), place=given.place)
    if not rest and sections:
        return None, config
    return replace(given, entries=tuple(rest)), config


def _agents(node: Node) -> Node:
    """``alice: {login: 1001, ...}`` as an agent login with a name."""
    if not isinstance(node, MapNode):
        return node
    return MapNode(
        entries=tuple(_agent(word, body) for word, body in node.entries), place=node.place
    )


def _agent(word: Scalar, body: Node) -> tuple[Scalar, Node]:
    if not isinstance(body, MapNode):
        return word, body
    logins = [value for name, value in body.entries if name.text == "login"]
    if not logins or not isinstance(logins[0], Scalar):
        return word, body
    rest = [entry for entry in body.entries if entry[0].text != "login"]
    if "name" not in {name.text for name, _ in rest}:
        rest.append((Scalar(text="name", place=word.place), word))
    return logins[0], MapNode(entries=tuple(rest), place=body.place)


def _with_clients(config: Node, ours: list[Actor]) -> Node:
    """The actors that are ours are clients of the configuration."""
    entries = list(config.entries) if isinstance(config, MapNode) else []
    place = ours[0].place
    clients: tuple[tuple[Scalar, Node], ...] = tuple(
        (
            Scalar(text=actor.name, place=actor.place),
            ListNode(
                items=tuple(Scalar(text=dn, place=actor.place) for dn in actor.dns),
                place=actor.place,
            ),
        )
        for actor in ours
    )
    old = [value for word, value in entries if word.text == "clients"]
    if old and isinstance(old[0], MapNode):
        clients = (*old[0].entries, *clients)
    entries = [entry for entry in entries if entry[0].text != "clients"]
    entries.append((Scalar(text="clients", place=place), MapNode(entries=clients, place=place)))
    return MapNode(entries=tuple(entries), place=place)


def _actors(node: Node | None, faults: Faults, key: str) -> tuple[Actor, ...]:
    if node is None:
        return ()
    return tuple(
        _actor(word, body, faults, joined(key, word.text))
        for word, body in faults.mapping(node, key).entries
    )


def _actor(word: Scalar, body: Node, faults: Faults, key: str) -> Actor:
    if isinstance(body, Scalar):
        return _of_kind(word, body, faults, key)
    if isinstance(body, ListNode):
        return Actor(name=word.text, place=word.place, dns=_texts(body, faults, key))
    fields = faults.fields(body, key, _ACTOR)
    kind = fields.get("kind")
    actor = Actor(name=word.text, place=word.place)
    if isinstance(kind, Scalar):
        actor = _of_kind(word, kind, faults, f"{key}.kind")
    dns = _texts(fields["dns"], faults, f"{key}.dns") if "dns" in fields else ()
    actor = replace(actor, dns=dns)
    if "within" in fields:
        actor = replace(actor, within_us=_us(fields["within"], faults, f"{key}.within"))
    return actor


def _of_kind(word: Scalar, kind: Scalar, faults: Faults, key: str) -> Actor:
    if kind.text not in _KINDS:
        faults.unknown(kind, key, f"{kind.text!r} is no kind of actor", _KINDS)
    return Actor(name=word.text, place=word.place, external=kind.text == "external")


def _texts(node: Node, faults: Faults, key: str) -> tuple[str, ...]:
    return tuple(faults.text(item, key) for item in faults.sequence(node, key))


def _us(node: Node, faults: Faults, key: str) -> int:
    try:
        return duration(faults.text(node, key))
    except ValueError as error:
        faults.add(node.place, key, str(error))
        return 0


def _clock(node: Node | None, faults: Faults, key: str) -> str:
    if node is None:
        return ""
    text = faults.text(node, key)
    speed = text.removesuffix("x")
    fast = text.endswith("x") and speed.replace(".", "", 1).isdigit() and float(speed) > 0
    if text not in _CLOCKS and not fast and isinstance(node, Scalar):
        faults.unknown(node, key, f"{text!r} is no clock: stepped, real or 10x", _CLOCKS)
    return text


def _seed(node: Node | None, faults: Faults, key: str) -> int | None:
    if node is None:
        return None
    number = node.integer if isinstance(node, Scalar) else None
    if number is None or number < 0:
        faults.add(node.place, key, "must be a whole number, 0 or more")
    return number


def _flag(node: Node | None, faults: Faults, key: str) -> bool:
    said = node.boolean if isinstance(node, Scalar) else None
    if node is not None and said is None:
        faults.add(node.place, key, "must be true or false")
    return bool(said)


def _queries(node: Node | None, faults: Faults, key: str) -> tuple[Query, ...]:
    found = []
    for item in faults.sequence(node, key) if node is not None else ():
        try:
            found.append(parse_query(faults.text(item, key)))
        except QueryError as error:
            faults.add(_place(item), key, f"is no query: {error}")
    return tuple(found)


def _place(node: Node) -> Place:
    return node.place
