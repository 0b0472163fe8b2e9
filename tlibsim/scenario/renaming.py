"""Copies of a scenario for parties of their own: other DNs, other agents, the same flow.

So that many copies of one scenario can be played on one switch at a time, each copy gets numbers
that nobody else has.  A number is replaced where it stands by itself, alone or within a text
(``dns["7001"]``, ``dn:7001``), and never within another number.  Trunks, services and clients stay.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from tlibsim.config import DnType, Settings
from tlibsim.scenario.nodes import ListNode, MapNode, Node, Scalar

SHARED = frozenset(
    (DnType.TRUNK, DnType.TRUNK_GROUP, DnType.VOIP_SERVICE, DnType.VOICE_TREATMENT_PORT)
)
"""What all copies share, as telephones share the lines of a real switch."""

_KEPT = frozenset(("id", "name", "title", "note", "why", "within", "count", "msgid", "error"))
"""Keys whose values are no numbers of anybody."""

_WORD = re.compile(r"(?<![\w.$])\w[\w-]*(?![\w]|\.\d)")
_ROUTED = (DnType.ROUTE_DN, DnType.ROUTE_QUEUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who takes part in a scenario: DNs and agents of its own, and clients with their DNs."""

    dns: tuple[str, ...]
    agents: tuple[str, ...]
    clients: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that each copy needs another name for."""
        return tuple(dict.fromkeys((*self.dns, *self.agents)))


@dataclass(frozen=True)
class Renaming:
    """Old names to new ones."""

    names: Mapping[str, str]

    def text(self, text: str) -> str:
        """The text with each name replaced where it stands by itself."""
        return _WORD.sub(lambda found: self.names.get(found[0], found[0]), text)

    @cached_property
    def back(self) -> "Renaming":
        """New names to old ones."""
        return Renaming({new: old for old, new in self.names.items()})

    def node(self, node: Node) -> Node:
        """The node of a scenario with its names replaced."""
        if isinstance(node, Scalar):
            return node if node.binary is not None else replace(node, text=self.text(node.text))
        if isinstance(node, ListNode):
            return ListNode(
                items=tuple(self.node(item) for item in node.items), place=node.place
            )
        entries = tuple(
            (
                replace(word, text=self.text(word.text)),
                value if word.text in _KEPT else self.node(value),
            )
            for word, value in node.entries
        )
        return MapNode(entries=entries, place=node.place)

    def value(self, value: Any) -> Any:
        """A setting, with every text that is a name replaced, at any depth."""
        if isinstance(value, str):
            return self.names.get(value, value)
        if isinstance(value, Mapping):
            return MappingProxyType({self.value(k): self.value(v) for k, v in value.items()})
        if isinstance(value, tuple):
            return tuple(self.value(item) for item in value)
        if is_dataclass(value) and not isinstance(value, type):
            found = {one.name: getattr(value, one.name) for one in fields(value)}
            changed = {name: self.value(one) for name, one in found.items()}
            return replace(value, **changed) if changed != found else value
        return value


def words(node: Node) -> Iterator[str]:
    """Every word in a node, keys and parts of texts included."""
    if isinstance(node, Scalar):
        yield from (found[0] for found in _WORD.finditer(node.text))
    elif isinstance(node, ListNode):
        for item in node.items:
            yield from words(item)
    else:
        for word, value in node.entries:
            yield from words(word)
            if word.text not in _KEPT:
                yield from words(value)


def parties_of(said: Collection[str], settings: Settings) -> Parties:
    """Who takes part in a scenario in which these words are said, on a switch like this.

    Whatever those who are named lead to takes part as well.  Of the clients those take part that
    are named, and for each DN that none of them registers the first that does.
    """
    own = {dn for dn, one in settings.dns.items() if one.type not in SHARED}
    known = own | set(settings.agents)
    found: set[str] = set()
    new = known.intersection(said)
    while new:
        found |= new
        new = known.intersection(_led_to(new, settings)) - found
    dns = tuple(dn for dn in settings.dns if dn in found and dn in own)
    agents = tuple(login for login in settings.agents if login in found)
    return Parties(dns=dns, agents=agents, clients=_clients(said, dns, settings))


def _led_to(names: Iterable[str], settings: Settings) -> Iterator[str]:
    for name in names:
        device, agent = settings.dns.get(name), settings.agents.get(name)
        yield from texts((device, agent))
        yield from (login for login, one in settings.agents.items() if one.dn == name)
        if device is not None and device.type in _ROUTED:
            yield from texts(settings.routing.rules)


def texts(value: object) -> Iterator[str]:
    """Every text in a setting, at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from texts(tuple(value.items()))
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts(getattr(value, one.name))


def _clients(
    said: Collection[str], dns: tuple[str, ...], settings: Settings
) -> Mapping[str, tuple[str, ...]]:
    chosen = [name for name in settings.clients if name in said]
    seen = {dn for name in chosen for dn in settings.clients[name]}
    for dn in dns:
        if dn not in seen:
            found = next((n for n, own in settings.clients.items() if dn in own), None)
            if found is not None:
                chosen.append(found)
                seen.update(settings.clients[found])
    return {
        name: tuple(dn for dn in settings.clients[name] if dn in dns)
        for name in dict.fromkeys(chosen)
    }


def numbered(parties: Parties, copies: int, settings: Settings) -> Iterator[Renaming]:
    """Names for each copy: numbers of equal length that lead to no trunk and that nobody has."""
    names = parties.names
    width = len(str(copies * max(1, len(names))))
    lead = next(
        lead
        for lead in ("2", "3", "4", "5", "6", "7", "8", "1", "0", "9")
        if not any(
            one.prefix and lead.startswith(one.prefix[0]) for one in settings.dns.values()
        )
        and not any(len(dn) == width + 1 and dn.startswith(lead) for dn in settings.dns)
    )
    for copy in range(copies):
        first = copy * len(names)
        yield Renaming(
            {name: f"{lead}{first + index:0{width}}" for index, name in enumerate(names)}
        )


def shared_out(
    parties: Parties, dns: Sequence[str], logins: Sequence[str]
) -> Iterator[Renaming]:
    """Names for as many copies as these DNs and logins do for, in their order."""
    each, agents = len(parties.dns), len(parties.agents)
    copies = len(dns) // each if each else 0
    if agents:
        copies = min(copies, len(logins) // agents)
    for copy in range(copies):
        numbers = dns[copy * each : (copy + 1) * each]
        own = logins[copy * agents : (copy + 1) * agents]
        yield Renaming(
            dict(zip((*parties.dns, *parties.agents), (*numbers, *own), strict=True))
        )


def merged(settings: Settings, parties: Parties, renamings: Iterable[Renaming]) -> Settings:
    """The switch on which all the copies are played: theirs, and what they share."""
    dns = {dn: one for dn, one in settings.dns.items() if one.type in SHARED}
    agents = {}
    rules = []
    for renaming in renamings:
        for dn in parties.dns:
            dns[renaming.names[dn]] = renaming.value(settings.dns[dn])
        for login in parties.agents:
            agents[renaming.names[login]] = renaming.value(settings.agents[login])
        rules += renaming.value(settings.routing.rules)
    return replace(
        settings,
        dns=dns,
        agents=agents,
        clients={},
        routing=replace(settings.routing, rules=tuple(dict.fromkeys(rules))),
    )
