"""(f) The cost of a call with 100, 10,000 and 100,000 configured DNs: it is to stay the same.

Three servers run side by side.  In every round each gets calls between DNs that are chosen anew
from all that it has, and its processor time is counted.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from random import Random

from tools.benchmarks.calls import Pair, played
from tools.benchmarks.codec import MICRO
from tools.benchmarks.processes import Server, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Row, at_most
from tools.benchmarks.switchboard import FIRST_DN, configuration

DNS = (100, 10_000, 100_000)
PAIRS = 25
LIMIT = at_most(1.2)


def some_pairs(dns: int, rng: Random) -> Sequence[Pair]:
    """Pairs of DNs, all different, from everywhere among those that a switch has."""
    chosen = [str(FIRST_DN + number) for number in rng.sample(range(dns), 2 * PAIRS)]
    return list(zip(chosen[::2], chosen[1::2], strict=True))


def measure(effort: Effort) -> Sequence[Row]:
    rng = Random(1)
    rounds = effort.times(20)
    with ExitStack() as stack:
        servers = {dns: stack.enter_context(serving(configuration(dns))) for dns in DNS}
        pool = stack.enter_context(worker())

        def cost(dns: int, server: Server) -> float:
            pairs = some_pairs(dns, rng)
            future = pool.submit(played, server.address, server.pid, pairs, rounds)
            return future.result().cpu_seconds

        costs = interleaved(
            {str(dns): partial(cost, dns, server) for dns, server in servers.items()},
            effort.rounds,
        )
    few = costs[str(DNS[0])]
    rows = [
        Row(
            letter="f",
            what=f"a call with {dns:,} DNs, of one with {DNS[0]}",
            values=ratios(costs[str(dns)], few),
            unit="times",
            goal=LIMIT,
        )
        for dns in DNS[1:]
    ]
    rows += [
        Row(
            letter="f",
            what=f"processor time of a call, {dns:,} DNs",
            values=[one * MICRO for one in costs[str(dns)]],
            unit="us",
        )
        for dns in DNS
    ]
    return rows
