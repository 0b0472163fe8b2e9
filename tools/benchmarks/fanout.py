"""(e) One event to many clients: the bytes are made once, so the cost of a delivery falls.

The event is an update of user data on a call, at a DN that all the clients watch.  Measured
twice: in a hub without sockets, and as processor time of a server over TCP, where every
delivery is a write to a socket of its own.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from itertools import pairwise

from tools.benchmarks import packets
from tools.benchmarks.calls import Connection, conn_ids, make, steps
from tools.benchmarks.codec import MICRO
from tools.benchmarks.hublinks import hub_links
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, cpu_seconds, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Row, at_most
from tools.benchmarks.switchboard import FIRST_DN, configuration, hub

DNS = 100
PAIR = (str(FIRST_DN), str(FIRST_DN + 1))
CLIENTS = (1, 10, 100, 1000)
_DELIVERIES = 8000


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

    def tell(self) -> None:
        """One event to each of them."""
        self.links[0].send(self._update)
        for link in self.links:
            link.take(1)


def over_tcp(address: Address, pid: int, clients: int, events: int) -> float:
    """Run in the worker: processor seconds of the server for one delivery."""
    with ExitStack() as stack:
        audience = Audience([stack.enter_context(Link(address)) for _ in range(clients)])
        audience.tell()
        before = cpu_seconds(pid)
        for _ in range(events):
            audience.tell()
        return (cpu_seconds(pid) - before) / (events * clients)


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
    inside: dict[str, list[float]] = {}
    outside: dict[str, list[float]] = {}
    with serving(configuration(DNS)) as server, worker() as pool:

        def hub_cost(clients: int) -> float:
            return pool.submit(in_hub, clients, _events(deliveries, clients)).result()

        def server_cost(clients: int) -> float:
            events = _events(deliveries, clients)
            return pool.submit(over_tcp, server.address, server.pid, clients, events).result()

        inside = interleaved(
            {str(clients): partial(hub_cost, clients) for clients in CLIENTS}, effort.rounds
        )
        outside = interleaved(
            {str(clients): partial(server_cost, clients) for clients in CLIENTS}, effort.rounds
        )
    return (*_rows("in the hub", inside), *_rows("over TCP", outside))


def _events(deliveries: int, clients: int) -> int:
    return max(3, deliveries // (clients + 4))


def _rows(where: str, costs: dict[str, list[float]]) -> Sequence[Row]:
    rows = [
        Row(
            letter="e",
            what=f"{where}: a delivery, {clients} clients",
            values=[one * MICRO for one in costs[str(clients)]],
            unit="us",
        )
        for clients in CLIENTS
    ]
    rows += [
        Row(
            letter="e",
            what=f"{where}: {more} clients, of {fewer}",
            values=ratios(costs[str(more)], costs[str(fewer)]),
            unit="times",
            goal=at_most(1.0),
        )
        for fewer, more in pairwise(CLIENTS)
    ]
    return rows
