"""(k) 5,000 connected clients with one DN each, and 200 calls in progress among them.

How long an event takes is from the moment when one client asks for something to the moment when
another one has read the event: a party of a call updates its user data, and the other party's
client waits for EventAttachedDataChanged.  Once alone, with nothing else going on, and once while
updates come on all calls at a steady pace, whether or not the ones before were delivered.
The memory is what the server grows by from one client to all of them with their calls.
"""

import selectors
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from time import perf_counter

from tlibproto.codec import decode
from tlibproto.messages import (
    EventRinging,
    RequestAnswerCall,
    RequestMakeCall,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, MakeCallType, ReferenceId
from tools.benchmarks import packets
from tools.benchmarks.link import Link
from tools.benchmarks.processes import (
    Address,
    allow_open_files,
    resident_bytes,
    serving,
    worker,
)
from tools.benchmarks.rounds import Effort
from tools.benchmarks.rows import Row
from tools.benchmarks.switchboard import FIRST_DN, configuration

CLIENTS = 5000
CALLS = 200
UPDATES = 4000
PACE = 1000
"""Updates in a second, while they come at a steady pace."""
MEGABYTE = 1024 * 1024
MILLI = 1000.0
_FEWEST_CALLS = 2
_REFERENCE = ReferenceId(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A call in progress: the clients of both parties, and the packet of an update."""

    asking: Link
    told: Link
    update: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one run gives: seconds of events, alone and at a pace, and bytes of memory."""

    alone: Sequence[float]
    paced: Sequence[float]
    clients_bytes: int
    all_bytes: int


def run(address: Address, pid: int, clients: int, calls: int, updates: int) -> Found:
    """Run in the worker."""
    rng = Random(1)
    with ExitStack() as stack:
        links = [_opened(stack.enter_context(Link(address)), 0)]
        before = resident_bytes(pid)
        links += (_opened(stack.enter_context(Link(address)), at) for at in range(1, clients))
        connected = resident_bytes(pid)
        talkers = rng.sample(range(clients), 2 * calls)
        pairs = zip(talkers[::2], talkers[1::2], strict=True)
        talks = [_talk(links, one, other) for one, other in pairs]
        order = [talks[rng.randrange(calls)] for _ in range(updates)]
        alone = [_told_alone(talk) for talk in order]
        paced = list(islice(_paced(talks, updates), updates))
        return Found(
            alone=alone,
            paced=paced,
            clients_bytes=connected - before,
            all_bytes=resident_bytes(pid) - before,
        )


def _opened(link: Link, at: int) -> Link:
    link.send(packets.opening() + packets.registration(str(FIRST_DN + at)))
    link.take(2)
    return link


def _talk(links: Sequence[Link], one: int, other: int) -> Talk:
    asking, told = links[one], links[other]
    caller, called = Dn(str(FIRST_DN + one)), Dn(str(FIRST_DN + other))
    asking.send(
        packets.packet(
            RequestMakeCall(
                this_dn=caller,
                other_dn=called,
                make_call_type=MakeCallType.Regular,
                reference_id=_REFERENCE,
            )
        )
    )
    asking.take(1)
    ringing = decode(told.take(1)[0])
    if not isinstance(ringing, EventRinging) or ringing.conn_id is None:
        raise AssertionError(f"the called party gets {type(ringing).__name__}")
    conn_id: ConnId = ringing.conn_id
    told.send(
        packets.packet(
            RequestAnswerCall(this_dn=called, conn_id=conn_id, reference_id=_REFERENCE)
        )
    )
    asking.take(1)
    told.take(1)
    update = RequestUpdateUserData(
        this_dn=caller,
        conn_id=conn_id,
        user_data=KVList((("CustomerSegment", "gold"), ("Step", 1))),
        reference_id=_REFERENCE,
    )
    return Talk(asking=asking, told=told, update=packets.packet(update))


def _told_alone(talk: Talk) -> float:
    begin = perf_counter()
    talk.asking.send(talk.update)
    talk.told.take(1)
    seconds = perf_counter() - begin
    talk.asking.take(1)
    return seconds


def _paced(talks: Sequence[Talk], updates: int) -> Iterator[float]:
    """Seconds of events while so many updates are sent at a steady pace, one call after the other.

    An update is late by itself when its turn came while the client was busy; it counts from when
    it was due.
    """
    with selectors.DefaultSelector() as selector:
        for talk in talks:
            selector.register(talk.told.socket, selectors.EVENT_READ, talk)
        due: dict[int, list[float]] = {id(talk): [] for talk in talks}
        unread = dict.fromkeys(due, 0)
        order = islice(cycle(talks), updates)
        begin, sent, open_ = perf_counter(), 0, 0
        while sent < updates or open_:
            now = perf_counter()
            while sent < updates and begin + sent / PACE <= now:
                talk = next(order)
                due[id(talk)].append(begin + sent / PACE)
                talk.asking.send(talk.update)
                sent, open_ = sent + 1, open_ + 1
            wait = max(0.0, begin + sent / PACE - perf_counter()) if sent < updates else 1.0
            for key, _ in selector.select(wait):
                talk = key.data
                for _ in talk.told.take(1):
                    yield perf_counter() - due[id(talk)].pop(0)
                    open_ -= 1
                    unread[id(talk)] += 1
                while unread[id(talk)] > 0:
                    unread[id(talk)] -= len(talk.asking.take(1))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of the others does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(effort: Effort) -> Sequence[Row]:
    allow_open_files()
    clients = max(20, effort.times(CLIENTS))
    calls = max(_FEWEST_CALLS, effort.times(CALLS))
    updates = max(20, effort.times(UPDATES))
    found = [_found(clients, calls, updates) for _ in range((effort.rounds + 2) // 3)]
    what = f"{clients:,} clients, {calls:,} calls"

    def row(text: str, values: Sequence[float], unit: str) -> Row:
        return Row(letter="k", what=f"{what}: {text}", values=values, unit=unit)

    def latency(text: str, share: float, seconds: Sequence[Sequence[float]]) -> Row:
        return row(text, [quantile(one, share) * MILLI for one in seconds], "ms")

    alone, paced = [one.alone for one in found], [one.paced for one in found]
    return (
        latency("an event, p50", 0.5, alone),
        latency("an event, p99", 0.99, alone),
        latency(f"an event at {PACE:,} updates a second, p50", 0.5, paced),
        latency(f"an event at {PACE:,} updates a second, p99", 0.99, paced),
        row("memory of the clients", [one.clients_bytes / MEGABYTE for one in found], "MB"),
        row("memory of clients and calls", [one.all_bytes / MEGABYTE for one in found], "MB"),
    )


def _found(clients: int, calls: int, updates: int) -> Found:
    with serving(configuration(clients)) as server, worker() as pool:
        return pool.submit(run, server.address, server.pid, clients, calls, updates).result()
