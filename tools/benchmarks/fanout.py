"""(e) One event to many clients: the bytes are made once, so the cost of a delivery falls.

The event is an update of user data on a call, at a DN that all the clients watch.  Measured
twice: in a hub without sockets, and as processor time of a server over TCP, where every
delivery is a write to a socket of its own.  A bare loop of ``send`` to as many sockets shows
how much of that is the kernel's.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median

from tools.benchmarks import packets
from tools.benchmarks.bare import HEAD
from tools.benchmarks.calls import Connection, conn_ids, make, steps
from tools.benchmarks.codec import MICRO
from tools.benchmarks.hublinks import hub_links
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, cpu_seconds, sending, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Goal, Row, below
from tools.benchmarks.switchboard import FIRST_DN, configuration, hub

DNS = 100
PAIR = (str(FIRST_DN), str(FIRST_DN + 1))
CLIENTS = (1, 10, 100, 1000)
_DELIVERIES = 16000

Costs = Mapping[int, Sequence[float]]


class Audience:
    """Clients that all watch one DN, from which the first of them made a call that rings."""

    def __init__(self, links: Sequence[Connection]) -> None:
        self.links = links
        registration = packets.opening() + packets.registration(PAIR[0])
        for link in links:
            link.send(registration)
            link.take(2)
        links[0].send(packets.packet(make(PAIR)))
        dialing, *_ = [link.take(1) for link in links]
        (conn_id,) = conn_ids(dialing, [PAIR])
        self._update = steps(PAIR)[1].packet(conn_id)

    def tell(self) -> list[bytes]:
        """One event to each of them; returns its payloads."""
        self.links[0].send(self._update)
        return taken(self.links)


def taken(links: Sequence[Connection]) -> list[bytes]:
    """One payload of each, that of the last first: so the worker is not woken for every one."""
    return [link.take(1)[0] for link in reversed(links)]


class BareAudience:
    """Clients of the bare server, which get the same number of bytes."""

    def __init__(self, links: Sequence[Link], payload: bytes) -> None:
        self.links = links
        data = len(payload).to_bytes(4, "big") + payload
        links[0].send(HEAD.pack(len(links), len(data)) + data)

    def tell(self) -> None:
        self.links[0].send(b"!")
        taken(self.links)


def over_tcp(address: Address, pid: int, clients: int, events: int) -> float:
    """Run in the worker: processor seconds of the server for one delivery."""
    with ExitStack() as stack:
        links = [stack.enter_context(Link(address)) for _ in range(clients)]
        return _told(Audience(links), pid, events) / clients


def bare(address: Address, pid: int, clients: int, events: int) -> float:
    """Run in the worker: the same of the bare server, for an event of the same size."""
    (payload,) = Audience(hub_links(hub(DNS), 1)).tell()
    with ExitStack() as stack:
        links = [stack.enter_context(Link(address)) for _ in range(clients)]
        return _told(BareAudience(links, payload), pid, events) / clients


def _told(audience: Audience | BareAudience, pid: int, events: int) -> float:
    audience.tell()
    before = cpu_seconds(pid)
    for _ in range(events):
        audience.tell()
    return (cpu_seconds(pid) - before) / events


def in_hub(clients: int, events: int) -> float:
    """Run in the worker: seconds of a hub for one delivery."""
    links = hub_links(hub(DNS), clients)
    audience = Audience(links)
    audience.tell()
    for link in links:
        link.forget()
    for _ in range(events):
        audience.tell()
    return sum(link.seconds for link in links) / (events * clients)


def measure(effort: Effort) -> Sequence[Row]:
    deliveries = effort.times(_DELIVERIES)
    with serving(configuration(DNS)) as server, sending() as sender, worker() as pool:

        def cost(where: str, clients: int) -> float:
            events = max(3, deliveries // (clients + 4))
            if where == "hub":
                return pool.submit(in_hub, clients, events).result()
            at, function = (server, over_tcp) if where == "tcp" else (sender, bare)
            return pool.submit(function, at.address, at.pid, clients, events).result()

        figures = interleaved(
            {
                f"{where} {clients}": partial(cost, where, clients)
                for clients in CLIENTS
                for where in ("hub", "tcp", "bare")
            },
            effort.rounds,
        )
    hub_costs, tcp_costs, bare_costs = (
        {clients: figures[f"{where} {clients}"] for clients in CLIENTS}
        for where in ("hub", "tcp", "bare")
    )
    relative = {clients: ratios(tcp_costs[clients], bare_costs[clients]) for clients in CLIENTS}
    return (
        *_falling("in the hub", _micro(hub_costs), "us"),
        *_falling("over TCP, of a bare send loop", relative, "times"),
        *_plain("over TCP", _micro(tcp_costs)),
        *_plain("bare send loop", _micro(bare_costs)),
    )


def _micro(costs: Costs) -> Costs:
    return {clients: [one * MICRO for one in each] for clients, each in costs.items()}


def _falling(where: str, costs: Costs, unit: str) -> Sequence[Row]:
    rows = []
    goal: Goal | None = None
    for clients, values in costs.items():
        rows.append(_row(where, clients, values, unit, goal))
        goal = below(median(values))
    return rows


def _plain(where: str, costs: Costs) -> Sequence[Row]:
    return [_row(where, clients, values, "us", None) for clients, values in costs.items()]


def _row(
    where: str, clients: int, values: Sequence[float], unit: str, goal: Goal | None
) -> Row:
    what = f"a delivery to {clients:,}, {where}"
    return Row(letter="e", what=what, values=values, unit=unit, goal=goal)
