"""(i) Calls through a queue with 10, 100 and 1,000 agents, and through a routing point.

All agents are ready, so the queue has a free choice of them for every call; what a call costs is
to stay the same.  The routing point has the built-in router, once with one rule and once with a
hundred before it that do not fit.  The servers run side by side, and in every round each gets
the same number of calls, eight at a time; its processor time is counted.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import TypeVar

from tlibproto.codec import decode
from tlibproto.messages import (
    Event,
    EventDialing,
    EventRinging,
    RequestAnswerCall,
    RequestMakeCall,
    RequestReleaseCall,
)
from tlibproto.vocabulary import AddressType, Dn, MakeCallType, ReferenceId
from tools.benchmarks import packets
from tools.benchmarks.codec import MICRO
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, cpu_seconds, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Row, at_most

AGENTS = (10, 100, 1000)
AT_ONCE = 8
QUEUE, POINT = "8001", "5001"
FIRST_CALLER, FIRST_AGENT = 2_000_000, 1_000_000
OTHER_RULES = 100
EVENTS_OF_QUEUE = 2
"""EventQueued and EventDiverted."""
EVENTS_OF_POINT = 4
"""EventQueued, EventRouteRequest, EventRouteUsed, EventDiverted."""
LIMIT = at_most(1.25)
ONE_RULE = "a routing point with a rule"
MANY_RULES = "a routing point with 101 rules"
_Event = TypeVar("_Event", bound=Event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Center:
    """A call center: so many agents, so many rules, and the number that its customers call."""

    agents: int
    to: str
    rules: int = 0

    @property
    def events(self) -> int:
        """What those who watch the queue and the routing point get for a call."""
        return EVENTS_OF_QUEUE + (EVENTS_OF_POINT if self.to == POINT else 0)

    def configuration(self) -> str:
        last = FIRST_AGENT + self.agents - 1
        agents = "\n".join(
            f'  "{10_000 + at}": {{dn: "{FIRST_AGENT + at}", state: ready, queues: ["{QUEUE}"]}}'
            for at in range(self.agents)
        )
        rules = "\n".join(
            f'    - {{ani: "9{at}*", user-data: {{Segment: none}}, to: "{QUEUE}"}}'
            for at in range(self.rules)
        )
        return (
            f'dns:\n  "{FIRST_AGENT}-{last}": {{type: DN}}\n'
            f'  "{FIRST_CALLER}-{FIRST_CALLER + AT_ONCE - 1}": {{type: DN}}\n'
            f'  "{QUEUE}": {{type: Queue}}\n  "{POINT}": {{type: RouteDN}}\n'
            f"agents:\n{agents}\n"
            f'routing:\n  when: always\n  rules:\n{rules}\n    - {{to: "{QUEUE}"}}\n'
            "recordings: {backend: 'null'}\nseed: 1\n"
        )


class Shift:
    """Who works at a call center, as three clients: customers, agents, and one who watches."""

    def __init__(self, links: Sequence[Link], center: Center) -> None:
        self._customers, self._floor, self._eye = links
        self._center = center
        self._makes = b"".join(
            packets.packet(
                RequestMakeCall(
                    this_dn=Dn(str(FIRST_CALLER + at)),
                    other_dn=Dn(center.to),
                    make_call_type=MakeCallType.Regular,
                    reference_id=ReferenceId(1),
                )
            )
            for at in range(AT_ONCE)
        )

    def register(self) -> None:
        _registered(self._customers, [str(FIRST_CALLER + at) for at in range(AT_ONCE)])
        _registered(self._floor, [str(FIRST_AGENT + at) for at in range(self._center.agents)])
        self._eye.send(
            packets.opening()
            + packets.registration(QUEUE, AddressType.Queue)
            + packets.registration(POINT, AddressType.RouteDN)
        )
        self._eye.take(3)

    def calls(self) -> None:
        """As many calls as come at once, from the dialing to the release."""
        self._customers.send(self._makes)
        dialing = self._customers.take(AT_ONCE)
        ringing = self._floor.take(AT_ONCE)
        self._eye.take(AT_ONCE * self._center.events)
        self._floor.send(b"".join(map(_answer, ringing)))
        self._floor.take(AT_ONCE)
        self._customers.take(AT_ONCE)
        self._customers.send(b"".join(map(_release, dialing)))
        self._customers.take(AT_ONCE)
        self._floor.take(AT_ONCE)


def _registered(link: Link, dns: Sequence[str]) -> None:
    link.send(packets.opening() + b"".join(packets.registration(dn) for dn in dns))
    link.take(1 + len(dns))


def _answer(payload: bytes) -> bytes:
    ringing = _event(payload, EventRinging)
    return packets.packet(
        RequestAnswerCall(
            this_dn=ringing.this_dn, conn_id=ringing.conn_id, reference_id=ReferenceId(2)
        )
    )


def _release(payload: bytes) -> bytes:
    dialing = _event(payload, EventDialing)
    return packets.packet(
        RequestReleaseCall(
            this_dn=dialing.this_dn, conn_id=dialing.conn_id, reference_id=ReferenceId(3)
        )
    )


def _event(payload: bytes, kind: type[_Event]) -> _Event:
    event = decode(payload)
    if type(event) is not kind:
        raise TypeError(f"{kind.__name__} was to come, and not {type(event).__name__}")
    return event


def played(address: Address, pid: int, center: Center, rounds: int) -> tuple[float, float]:
    """Run in the worker: processor seconds of the server for a call, and seconds of a call."""
    with ExitStack() as stack:
        links = [stack.enter_context(Link(address)) for _ in range(3)]
        shift = Shift(links, center)
        shift.register()
        for _ in range(max(1, rounds // 10)):
            shift.calls()
        begin, before = perf_counter(), cpu_seconds(pid)
        for _ in range(rounds):
            shift.calls()
        count = rounds * AT_ONCE
        return (cpu_seconds(pid) - before) / count, (perf_counter() - begin) / count


def measure(effort: Effort) -> Sequence[Row]:
    rounds = max(2, effort.times(60))
    centers = {
        f"a queue of {agents:,} agents": Center(agents=agents, to=QUEUE) for agents in AGENTS
    }
    centers[ONE_RULE] = Center(agents=AGENTS[0], to=POINT)
    centers[MANY_RULES] = Center(agents=AGENTS[0], to=POINT, rules=OTHER_RULES)
    seconds: dict[str, list[float]] = {name: [] for name in centers}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(serving(center.configuration()))
            for name, center in centers.items()
        }
        pool = stack.enter_context(worker())

        def cost(name: str) -> float:
            server = servers[name]
            job = pool.submit(played, server.address, server.pid, centers[name], rounds)
            cpu, wall = job.result()
            seconds[name].append(wall)
            return cpu

        costs = interleaved({name: partial(cost, name) for name in centers}, effort.rounds)
    few, many = (f"a queue of {agents:,} agents" for agents in (AGENTS[0], AGENTS[-1]))
    middle = f"a queue of {AGENTS[1]:,} agents"
    return (
        *(
            Row(
                letter="i",
                what=f"a call through {name}, of one with {AGENTS[0]}",
                values=ratios(costs[name], costs[few]),
                unit="times",
                goal=LIMIT,
            )
            for name in (middle, many)
        ),
        Row(
            letter="i",
            what="a call through a routing point with 101 rules, of one with a rule",
            values=ratios(costs[MANY_RULES], costs[ONE_RULE]),
            unit="times",
        ),
        Row(
            letter="i",
            what="a call through a routing point and a queue, of one through the queue",
            values=ratios(costs[ONE_RULE], costs[few]),
            unit="times",
        ),
        *(
            Row(
                letter="i",
                what=f"processor time of a call through {name}",
                values=[one * MICRO for one in costs[name]],
                unit="us",
            )
            for name in centers
        ),
        *(
            Row(
                letter="i",
                what=f"calls through {name}",
                values=[1 / one for one in seconds[name]],
                unit="1/s",
            )
            for name in centers
        ),
    )
