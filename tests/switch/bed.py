"""A switch with the scenario bed, a clock that is a number, and a memory of what was told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, PartyState
from tlibsim.config import AgentSettings, DnSettings, DnType, Settings, load_bed
from tlibsim.ports.media import Instant
from tlibsim.switch.commands import AgentLogin, AnswerCall, ArriveInbound, MakeCall
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.facts import AgentFact, CallView, Fact, PartyFact
from tlibsim.switch.perform import perform, remind
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

START = Instant(1_700_000_000_000_000)
SECOND = 1_000_000
CALLER = "15550001"


@cache
def scenario_bed() -> Settings:
    return load_bed("")


def bed_dns(
    options: Mapping[str, Mapping[str, Any]], extra: Sequence[DnSettings]
) -> dict[str, DnSettings]:
    """The DNs of the bed with options of their own, and more DNs."""
    dns = dict(scenario_bed().dns)
    dns.update({one.dn: one for one in extra})
    for dn, values in options.items():
        dns[dn] = replace(dns[dn], options=replace(dns[dn].options, **values))
    return dns


def trunk(dn: str, prefix: str) -> DnSettings:
    return DnSettings(dn=dn, type=DnType.TRUNK, prefix=prefix)


class Bed:
    """The switch under test.  ``dn`` gives options to DNs, keywords are application options."""

    def __init__(
        self,
        *,
        seed: int = 1,
        dn: Mapping[str, Mapping[str, Any]] | None = None,
        extra: Sequence[DnSettings] = (),
        agents: Mapping[str, AgentSettings] | None = None,
        **options: Any,
    ) -> None:
        self.switch = Switch(
            dns=bed_dns(dn or {}, extra),
            agents=scenario_bed().agents if agents is None else agents,
            options=replace(scenario_bed().options, **options),
            identifiers=Identifiers(seed),
        )
        self.now = START
        self.facts: list[Fact] = []

    # Acting.

    def do(self, command: object) -> list[Fact]:
        facts = list(perform(self.switch, command, self.now))
        self.facts += facts
        return facts

    def refused(self, command: object) -> Reason:
        """The reason of the refusal; fails unless everything is as it was before."""
        before = self.everything()
        with pytest.raises(RequestRefused) as caught:
            perform(self.switch, command, self.now)
        assert self.everything() == before
        return caught.value.reason

    def wait(self, seconds: float) -> list[Fact]:
        """Let time pass; what comes due on the way happens at its own instant."""
        end = Instant(self.now + round(seconds * SECOND))
        facts: list[Fact] = []
        while (at := self.switch.next_deadline()) is not None and at <= end:
            self.now = max(self.now, at)
            while (reminder := self.switch.due(self.now)) is not None:
                facts += remind(self.switch, reminder, self.now)
        self.now = end
        self.facts += facts
        return facts

    # Shorthands for what most tests begin with.

    def ring(self, a: str = "7001", b: str = "7002", **attributes: Any) -> ConnId:
        """A dials b, which rings."""
        self.do(MakeCall(dn=Dn(a), to=b, **attributes))
        return self.newest().conn_id

    def talk(self, a: str = "7001", b: str = "7002", **attributes: Any) -> ConnId:
        conn_id = self.ring(a, b, **attributes)
        self.do(AnswerCall(dn=Dn(b), conn_id=conn_id))
        self.facts.clear()
        return conn_id

    def inbound(self, b: str = "7001", **attributes: Any) -> ConnId:
        self.do(ArriveInbound(caller=CALLER, to=Dn(b), **attributes))
        return self.newest().conn_id

    def log_in(
        self, dn: str = "7001", agent_id: str = "", queue: str | None = "8000", **more: Any
    ) -> None:
        """An agent, 1001 at 7001 and so on, is ready at the queue; what came of it is forgotten."""
        self.do(
            AgentLogin(
                dn=Dn(dn),
                agent_id=agent_id or f"1{dn[1:]}",
                queue=None if queue is None else Dn(queue),
                **{"work_mode": AgentWorkMode.AutoIn, **more},
            )
        )
        self.facts.clear()

    # Looking.

    def newest(self) -> CallView:
        return self.switch.views()[-1]

    def view(self, conn_id: ConnId) -> CallView:
        view = self.switch.call(conn_id)
        assert view is not None
        return view

    def told(self, dn: str) -> list[PartyFact]:
        """What the DN was told of its own part in calls."""
        return [f for f in self.facts if isinstance(f, PartyFact) and f.side.dn == dn]

    def story(self, dn: str) -> list[str]:
        return [type(fact).__name__ for fact in self.told(dn)]

    def everything(self) -> object:
        """All that can be seen of the switch, to tell that nothing changed."""
        devices = [
            (
                d.dn,
                d.phone_busy,
                d.telephone,
                d.lines_taken,
                [(p.call.conn_id, p.state, p.role) for p in d.parties],
            )
            for d in self.switch.devices.values()
        ]
        agents = [
            (a.agent_id, a.device.dn, a.duty, a.before, tuple(a.queues), a.reserved, a.changes)
            for a in self.switch.floor.agents.values()
        ]
        watches = (dict(self.switch.watches), self.switch.link_up)
        views = tuple(self.switch.views())
        return views, devices, agents, watches, self.switch.next_deadline()

    def duties(self) -> list[Any]:
        """What happened to agents."""
        return [f for f in self.facts if isinstance(f, AgentFact)]

    def happened(self, dn: str) -> list[str]:
        """What the clients on the DN are told, calls and agent alike, in order."""
        return [
            type(f).__name__
            for f in self.facts
            if (isinstance(f, AgentFact) and f.dn == dn)
            or (isinstance(f, PartyFact) and f.side.dn == dn)
        ]


def pair(fact: PartyFact) -> tuple[object, ...]:
    """This DN and its role, the other DN and its role, and the CallState."""
    side = fact.side
    return (
        side.dn,
        side.role.name,
        side.other_dn,
        side.other_role and side.other_role.name,
        fact.call_state.name,
    )


def check_places(switch: Switch) -> None:
    """Calls and DNs agree on who is where, and no call is without a live party."""
    seen: set[tuple[str, ConnId]] = set()
    lines: dict[str, int] = {}
    for call in switch.calls.values():
        assert call.parties, "a call that nobody is in"
        for party in call.parties:
            assert party.state is not PartyState.Null
            if party.device is not None:
                seen.add((party.dn, call.conn_id))
                assert party in party.device.parties
            else:
                assert party.trunk is not None
                lines[party.trunk.dn] = lines.get(party.trunk.dn, 0) + 1
    devices = switch.devices.values()
    assert {(d.dn, p.call.conn_id) for d in devices for p in d.parties} == seen
    assert {d.dn: d.lines_taken for d in devices if d.lines_taken} == lines
