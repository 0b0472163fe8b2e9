"""(d) Whole calls over TCP, and where their time goes.

The hub without sockets takes a part of the server's processor time for a call, and the codec a
part of that.  What the hub takes beyond the codec is neither codec nor socket.  All three are
measured in each round: the server over TCP; in the worker's process, a hub on the same
requests; and the codec with a stopwatch inside that hub.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tools.benchmarks.calls import CLIENTS, EVENTS, Pair, Party, pairs_of, played
from tools.benchmarks.codec import MICRO
from tools.benchmarks.hublinks import HubLink, hub_links
from tools.benchmarks.processes import Server, serving, worker
from tools.benchmarks.rounds import Effort
from tools.benchmarks.rows import Row
from tools.benchmarks.stopwatch import codec_watched
from tools.benchmarks.switchboard import FIRST_DN, configuration, hub

DNS = 100
CALLS_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Of one call: its time, and the processor seconds of the server, the hub, the codec."""

    seconds: float
    server: float
    hub: float
    codec: float

    @property
    def model(self) -> float:
        """The share of the server's time that is neither codec nor socket."""
        return (self.hub - self.codec) / self.server


def inside(pairs: Sequence[Pair], rounds: int) -> tuple[float, float]:
    """Run in the worker: the seconds of a call in a hub, and those of the codec for one."""
    links = hub_links(hub(DNS), CLIENTS)
    party = Party(links, pairs)
    party.register()
    party.calls()
    in_hub = _hub_seconds(party, links, rounds)
    with codec_watched() as stopwatch:
        _hub_seconds(party, links, rounds)
        return in_hub, stopwatch.seconds / (rounds * len(pairs))


def _hub_seconds(party: Party, links: Sequence[HubLink], rounds: int) -> float:
    for link in links:
        link.forget()
    for _ in range(rounds):
        party.calls()
    return sum(link.seconds for link in links) / (rounds * len(party.pairs))


def _spent(server: Server, pool: ProcessPoolExecutor, at_once: int, count: int) -> Spent:
    pairs = pairs_of(FIRST_DN, at_once)
    rounds = max(2, count // at_once)
    cost = pool.submit(played, server.address, server.pid, pairs, rounds).result()
    in_hub, in_codec = pool.submit(inside, pairs, rounds).result()
    return Spent(seconds=cost.seconds, server=cost.cpu_seconds, hub=in_hub, codec=in_codec)


def measure(effort: Effort) -> Sequence[Row]:
    count = effort.times(300)
    one: list[Spent] = []
    many: list[Spent] = []
    with serving(configuration(DNS)) as server, worker() as pool:
        for _ in range(effort.rounds):
            one.append(_spent(server, pool, 1, count))
            many.append(_spent(server, pool, CALLS_AT_ONCE, count))
    return (*_rows("one call at a time", one), *_rows(f"{CALLS_AT_ONCE} calls at a time", many))


def _rows(how: str, spent: Sequence[Spent]) -> Iterator[Row]:
    def row(what: str, values: Sequence[float], unit: str) -> Row:
        return Row(letter="d", what=f"{how}: {what}", values=values, unit=unit)

    yield row("calls", [1 / one.seconds for one in spent], "1/s")
    yield row("events to clients", [EVENTS / one.seconds for one in spent], "1/s")
    yield row("processor time of a call", [one.server * MICRO for one in spent], "us")
    yield row("of it neither codec nor socket", [one.model * 100 for one in spent], "%")
