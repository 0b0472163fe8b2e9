"""Who takes part in a log: clients with their DNs, what the DNs are, agents, people outside."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tlibsim.logs.message import LogMessage, Role

OBSERVER = "observer"
_TYPES = {3: "Queue", 4: "RouteDN", 12: "RouteDN"}
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_ROUTE = "RouteDN"
_BY_EVENT = {
    "EventQueued": "Queue",
    "EventRouteRequest": _ROUTE,
    "EventRouteUsed": _ROUTE,
}
_QUEUE_NAMES = ("ThisQueue", "OtherQueue")
_AGENT_REQUESTS = ("RequestAgentLogin",)
_REGISTER = "RequestRegisterAddress"


@dataclass(slots=True)
class Company:
    """What the messages tell.  ``queued`` are agents' DNs that got calls out of which queue."""

    clients: dict[str, dict[str, None]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    queued: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    logs_in: set[str] = field(default_factory=set)
    asked: dict[str, dict[str, None]] = field(default_factory=dict)

    def look(self, messages: Iterable[LogMessage]) -> None:
        """Note who is in these messages."""
        for one in messages:
            self._dn(one)
            self._agent(one)
            if one.role is Role.REQUEST:
                self.clients.setdefault(self.client(one), {})
                if one.this_dn:
                    self.asked.setdefault(self.client(one), {})[one.this_dn] = None

    def client(self, message: LogMessage) -> str:
        """The name of a client as a scenario writes it."""
        said = message.client or "client"
        if said not in self.names:
            plain = _UNSAFE.sub("-", said).strip("-") or "client"
            taken = set(self.names.values()) | {OBSERVER}
            name, number = plain, 2
            while name in taken:
                name, number = f"{plain}-{number}", number + 1
            self.names[said] = name
        return self.names[said]

    def registered(self, messages: Iterable[LogMessage], dns: Iterable[str]) -> None:
        """The DNs among these that clients of the whole log registered, and their types.

        A client of which the log shows no registration has the DNs for which it asks.
        """
        wanted = set(dns)
        seen: set[str] = set()
        for one in messages:
            if one.name != _REGISTER:
                continue
            seen.add(self.client(one))
            if one.this_dn in wanted:
                self.clients.setdefault(self.client(one), {})[one.this_dn] = None
                kind = _TYPES.get(one.integer("AddressType") or 0)
                if kind and self.types[one.this_dn] != _ROUTE:
                    self.types[one.this_dn] = kind
        for client, asked in self.asked.items():
            if client not in seen:
                self.clients[client] |= {dn: None for dn in asked if dn in wanted}

    @property
    def dns(self) -> tuple[str, ...]:
        """Every DN of the switch."""
        return tuple(self.types)

    def unwatched(self) -> tuple[str, ...]:
        """The DNs that no client has."""
        watched = {dn for dns in self.clients.values() for dn in dns}
        return tuple(dn for dn in self.types if dn not in watched)

    def client_of(self, dn: str) -> str:
        """A client of ours that has this DN."""
        return next((name for name, dns in self.clients.items() if dn in dns), OBSERVER)

    def _dn(self, message: LogMessage) -> None:
        dn = message.this_dn
        if dn:
            self.types.setdefault(dn, "DN")
            kind = _BY_EVENT.get(message.name)
            if kind and self.types[dn] != _ROUTE:
                self.types[dn] = kind
        for name in _QUEUE_NAMES:
            queue = message.text(name)
            if queue and self.types.get(queue) != _ROUTE:
                self.types[queue] = "Queue"
                if message.name == "EventRinging" and name == "ThisQueue":
                    self.queued[dn] = queue
            elif queue:
                self.queued.pop(dn, None)

    def _agent(self, message: LogMessage) -> None:
        agent = message.text("AgentID")
        if not agent or not message.this_dn:
            return
        self.agents.setdefault(agent, message.this_dn)
        if message.name in _AGENT_REQUESTS:
            self.logs_in.add(message.this_dn)
