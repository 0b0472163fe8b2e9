"""A switch with routing points, rules and clients, without sockets."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from tests.session.exchange import Exchange, Line
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn
from tlibsim.config import DnSettings, DnType, RouteRule, RouteTarget, RoutingSettings
from tlibsim.journal import Kind
from tlibsim.ports.media import Instant
from tlibsim.router import Router, RuleApplied
from tlibsim.switch.commands import AgentLogin, ArriveInbound
from tlibsim.switch.facts import CallView

POINT = "5000"
OTHER_POINT = "5002"
CALLER = "4155550100"


def to(*targets: str | RouteTarget) -> tuple[RouteTarget, ...]:
    """Targets by number."""
    return tuple(RouteTarget(dn=one) if isinstance(one, str) else one for one in targets)


def agent(login: str, **more: Any) -> RouteTarget:
    return RouteTarget(agent=login, **more)


class Routed(Exchange):
    """The scenario bed with one more routing point and these rules."""

    def __init__(
        self,
        *rules: RouteRule,
        default: Sequence[RouteTarget] = (),
        when: Any = "always",
        dn: Mapping[str, Mapping[str, Any]] | None = None,
        offset: int = 0,
        seed: int = 1,
        **options: Any,
    ) -> None:
        routing = RoutingSettings(when=when, rules=rules, default=tuple(default))
        super().__init__(
            dn=dn,
            extra=(DnSettings(dn=OTHER_POINT, type=DnType.ROUTE_DN),),
            router=lambda switch: Router(
                routing, switch=switch, rng=Random(seed), utc_offset=lambda _: offset
            ),
            **options,
        )

    def arrive(self, at: str = POINT, caller: str = CALLER, **more: Any) -> ConnId:
        """A call from outside; its ConnID."""
        before = {call.conn_id for call in self.switch.views()}
        self.perform(ArriveInbound(caller=caller, to=Dn(at), **more))
        new = [call for call in self.switch.views() if call.conn_id not in before]
        return new[0].conn_id if new else ConnId(0)

    def log_in(self, dn: str = "7001", *, ready: bool = True, queue: str = "8000") -> None:
        """Agent 1001 at 7001 and so on."""
        mode = AgentWorkMode.AutoIn if ready else AgentWorkMode.ManualIn
        self.perform(
            AgentLogin(dn=Dn(dn), agent_id=f"1{dn[1:]}", queue=Dn(queue), work_mode=mode)
        )

    def places(self, conn_id: ConnId) -> list[str]:
        """The DNs of this switch at which the call is."""
        call: CallView | None = self.switch.call(conn_id)
        return [] if call is None else [p.dn for p in call.parties if p.trunk is None]

    def applied(self) -> list[str]:
        """The names of the rules that decided, in order."""
        facts = [entry.subject for entry in self.entries(Kind.FACT)]
        return [fact.rule for fact in facts if isinstance(fact, RuleApplied)]

    def at(self, instant: int) -> None:
        self.now = Instant(instant)


__all__ = ["CALLER", "OTHER_POINT", "POINT", "Line", "Routed", "agent", "to"]
