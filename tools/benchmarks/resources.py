"""(g) Memory of an idle client and of a DN, and (h) the time from process start to ready."""

from collections.abc import Sequence
from contextlib import ExitStack

from tools.benchmarks import packets
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, echoing, resident_bytes, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Row, at_most
from tools.benchmarks.switchboard import FIRST_DN, configuration

CLIENTS = 1000
FEW_DNS, MANY_DNS = 1000, 101_000
KILOBYTE = 1024


def growth(address: Address, pid: int, clients: int) -> int:
    """Run in the worker: how much a server grows by idle clients that each watch a DN."""
    requests = packets.opening() + packets.registration(str(FIRST_DN))
    with ExitStack() as stack:
        before = 0
        for number in range(clients + 1):
            link = stack.enter_context(Link(address))
            link.send(requests)
            link.take(2)
            before = before if number else resident_bytes(pid)
        return resident_bytes(pid) - before


def _of_a_client(clients: int) -> float:
    with serving(configuration(100)) as server, worker() as pool:
        bytes_more = pool.submit(growth, server.address, server.pid, clients).result()
        return bytes_more / clients / KILOBYTE


def _of_a_dn(few: int, many: int) -> float:
    with serving(configuration(few)) as small, serving(configuration(many)) as large:
        more = resident_bytes(large.pid) - resident_bytes(small.pid)
    return more / (many - few) / KILOBYTE


def measure_memory(effort: Effort) -> Sequence[Row]:
    rounds = (effort.rounds + 1) // 2
    clients = max(20, effort.times(CLIENTS))
    many = FEW_DNS + effort.times(MANY_DNS - FEW_DNS)
    return (
        Row(
            letter="g",
            what=f"memory of an idle client, of {clients:,}",
            values=[_of_a_client(clients) for _ in range(rounds)],
            unit="KB",
            goal=at_most(40.0),
        ),
        Row(
            letter="g",
            what=f"memory of a DN, of {many - FEW_DNS:,}",
            values=[_of_a_dn(FEW_DNS, many) for _ in range(rounds)],
            unit="KB",
            goal=at_most(2.0),
        ),
    )


def _seconds_to_ready() -> float:
    with serving(configuration(100)) as server:
        return server.seconds_to_ready


def _seconds_to_echo() -> float:
    with echoing() as server:
        return server.seconds_to_ready


def measure_start(effort: Effort) -> Sequence[Row]:
    _seconds_to_ready()
    figures = interleaved(
        {"tlibsim": _seconds_to_ready, "echo": _seconds_to_echo}, max(2, effort.rounds)
    )
    return (
        Row(
            letter="h",
            what="process start to ready",
            values=figures["tlibsim"],
            unit="s",
            goal=at_most(0.7),
        ),
        Row(
            letter="h",
            what="the same, of a bare Twisted server",
            values=ratios(figures["tlibsim"], figures["echo"]),
            unit="times",
        ),
    )
