"""(b) One request at a time against a raw echo, and (c) many in flight against the bare codec.

The client is the same for both servers; it has a process, and if there are two a core, of its
own.
"""

from collections.abc import Sequence
from functools import partial
from itertools import cycle, islice
from time import perf_counter

from tlibproto.codec import decode, encode
from tlibproto.messages import EventAddressInfo
from tools.benchmarks import packets
from tools.benchmarks.codec import fresh
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, Server, echoing, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios, seconds_each, seconds_of_each
from tools.benchmarks.rows import Row, at_least
from tools.benchmarks.switchboard import FIRST_DN, configuration

DN = str(FIRST_DN)
IN_FLIGHT = (1000, 256, 64)
SATURATING = IN_FLIGHT[0]
"""So many keep the server busy; with fewer, it and the client wait for each other at times."""
_WARM_UP = 200


def trips_a_second(address: Address, queries: Sequence[bytes], count: int) -> float:
    """Run in the worker: how many round trips a client gets in a second."""
    wanted = list(islice(cycle(queries), count))
    with Link(address) as link:
        link.exchange([packets.opening()])
        link.trips(wanted[:_WARM_UP])
        begin = perf_counter()
        link.trips(wanted)
        return count / (perf_counter() - begin)


def pipelined_a_second(address: Address, query: bytes, count: int, in_flight: int) -> float:
    """Run in the worker: how many requests are answered in a second, so many in flight."""
    with Link(address) as link:
        link.exchange([packets.opening()])
        (answer,) = link.exchange([query])
        size = 4 + len(answer)
        link.pipeline(query, size, count // 4, in_flight)
        begin = perf_counter()
        link.pipeline(query, size, count, in_flight)
        return count / (perf_counter() - begin)


def codec_a_second(query: bytes, answer: bytes, count: int) -> float:
    """Run in the worker: how many requests it decodes, and answers it encodes, in a second."""
    message = decode(answer)
    answers = [fresh(message) for _ in range(count)]
    request = query[4:]
    return 1 / (
        seconds_each(partial(decode, request), count) + seconds_of_each(encode, answers)
    )


def answer_to(server: Server, query: bytes) -> bytes:
    """The payload that answers a query; raises AssertionError if it is no EventAddressInfo."""
    with Link(server.address) as link:
        answer = link.exchange([packets.opening(), query])[-1]
    message = decode(answer)
    if isinstance(message, EventAddressInfo):
        return answer
    raise AssertionError(f"the query was answered with {message!r}")


def measure_one_at_a_time(effort: Effort) -> Sequence[Row]:
    queries = [packets.query(DN, number) for number in range(1, 101)]
    count = effort.times(6000)
    with serving(configuration(100)) as server, echoing() as echo, worker() as pool:
        answer_to(server, queries[0])

        def trips(at: Server) -> float:
            return pool.submit(trips_a_second, at.address, queries, count).result()

        figures = interleaved(
            {"tlibsim": partial(trips, server), "echo": partial(trips, echo)},
            effort.rounds * 2,
        )
    return (
        Row(
            letter="b",
            what="round trips, of a raw Twisted echo",
            values=ratios(figures["tlibsim"], figures["echo"]),
            unit="times",
            goal=at_least(0.6, 0.5),
        ),
        Row(letter="b", what="round trips", values=figures["tlibsim"], unit="1/s"),
        Row(letter="b", what="round trips of the echo", values=figures["echo"], unit="1/s"),
    )


def measure_pipelined(effort: Effort) -> Sequence[Row]:
    query = packets.query(DN, 1)
    count = effort.times(20000)
    with serving(configuration(100)) as server, worker() as pool:
        answer = answer_to(server, query)

        def pipelined(in_flight: int) -> float:
            future = pool.submit(pipelined_a_second, server.address, query, count, in_flight)
            return future.result()

        def alone() -> float:
            return pool.submit(codec_a_second, query, answer, count).result()

        figures = interleaved(
            {"codec": alone, **{str(each): partial(pipelined, each) for each in IN_FLIGHT}},
            effort.rounds * 2,
        )
    rows = [
        Row(
            letter="c",
            what=f"{each:,} in flight, of what the codec alone allows",
            values=ratios(figures[str(each)], figures["codec"]),
            unit="times",
            goal=at_least(0.4) if each == SATURATING else None,
        )
        for each in IN_FLIGHT
    ]
    rows += [
        Row(
            letter="c",
            what=f"requests, {each:,} in flight",
            values=figures[str(each)],
            unit="1/s",
        )
        for each in IN_FLIGHT
    ]
    what = "decode and encode alone"
    return (*rows, Row(letter="c", what=what, values=figures["codec"], unit="1/s"))
