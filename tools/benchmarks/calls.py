"""A call as clients see it: what they send, what comes back, and how it is driven over TCP.

One call is a make, a ring, an answer, five updates of user data and a release.  Three clients
are registered on both DNs: the first makes the call, the second answers, the third watches.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from tlibproto.codec import decode
from tlibproto.messages import (
    EventDialing,
    Message,
    RequestAnswerCall,
    RequestMakeCall,
    RequestReleaseCall,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import ConnId, Dn, KVList, MakeCallType, ReferenceId
from tools.benchmarks import packets
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, cpu_seconds

CLIENTS = 3
UPDATES = 5
STEPS = 3 + UPDATES
EVENTS_A_STEP = 2
"""Every request of the call makes one event for each of its two DNs."""

EVENTS = STEPS * EVENTS_A_STEP * CLIENTS
"""Events of one call that the clients get, all together."""

CALLS_AT_ONCE = 16

_MARK = ConnId(0x0123456789ABCDEF)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A request of the call: which client sends it, and its packet around the ConnID."""

    client: int
    before: bytes
    after: bytes

    def packet(self, conn_id: bytes) -> bytes:
        return self.before + conn_id + self.after


def pairs_of(first: int, count: int) -> list[Pair]:
    """So many pairs of neighboring DNs."""
    return [(str(dn), str(dn + 1)) for dn in range(first, first + 2 * count, 2)]


def make(pair: Pair) -> Message:
    caller, called = pair
    return RequestMakeCall(
        this_dn=Dn(caller),
        other_dn=Dn(called),
        make_call_type=MakeCallType.Regular,
        user_data=KVList((("CustomerSegment", "gold"), ("ServiceType", "sales"))),
        reference_id=ReferenceId(1),
    )


def _requests(pair: Pair) -> Iterator[tuple[int, Message]]:
    """What follows the make, with the client that sends it."""
    caller, called = pair
    reference = ReferenceId(2)
    yield 1, RequestAnswerCall(this_dn=Dn(called), conn_id=_MARK, reference_id=reference)
    for number in range(UPDATES):
        pairs = KVList(((f"Key{number}", f"value {number}"), ("Step", number)))
        yield (
            0,
            RequestUpdateUserData(
                this_dn=Dn(caller), conn_id=_MARK, user_data=pairs, reference_id=reference
            ),
        )
    yield 0, RequestReleaseCall(this_dn=Dn(caller), conn_id=_MARK, reference_id=reference)


def steps(pair: Pair) -> Sequence[Step]:
    """The packets of a call after the make."""
    made = []
    for client, request in _requests(pair):
        before, mark, after = packets.packet(request).partition(_MARK.to_bytes(8, "big"))
        if not mark:
            raise AssertionError("a request of the call has no ConnID")
        made.append(Step(client=client, before=before, after=after))
    return made


def conn_ids(payloads: Sequence[bytes], pairs: Sequence[Pair]) -> list[bytes]:
    """The ConnID of the new call of each pair, from the events that its caller got."""
    found: dict[str, bytes] = {}
    for payload in payloads:
        event = decode(payload)
        if isinstance(event, EventDialing) and event.conn_id is not None:
            found[event.this_dn or ""] = event.conn_id.to_bytes(8, "big")
    return [found[caller] for caller, _ in pairs]


class Connection(Protocol):
    """What a client needs: a way to send packets, and to wait for some."""

    def send(self, packets: bytes) -> None: ...
    def take(self, count: int) -> list[bytes]: ...


class Party:
    """Three clients on all DNs, and calls between pairs of DNs: all pairs at the same time."""

    def __init__(self, links: Sequence[Connection], pairs: Sequence[Pair]) -> None:
        self.links = links
        self.pairs = pairs
        self._makes = b"".join(packets.packet(make(pair)) for pair in pairs)
        self._steps = list(zip(*map(steps, pairs), strict=True))

    def register(self) -> None:
        registrations = [packets.registration(dn) for pair in self.pairs for dn in pair]
        for link in self.links:
            link.send(b"".join((packets.opening(), *registrations)))
            link.take(1 + len(registrations))

    def calls(self) -> None:
        """One call for each pair.  A step begins when all clients have all of the last one."""
        self.links[0].send(self._makes)
        begun = conn_ids(self._take(), self.pairs)
        for step in self._steps:
            requests = [one.packet(conn_id) for one, conn_id in zip(step, begun, strict=True)]
            self.links[step[0].client].send(b"".join(requests))
            self._take()

    def _take(self) -> list[bytes]:
        """Wait until every client has two events for each pair; return those of the first."""
        count = EVENTS_A_STEP * len(self.pairs)
        first, *_ = [link.take(count) for link in self.links]
        return first


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one call: how long it took, and the processor time of the server."""

    seconds: float
    cpu_seconds: float


def played(address: Address, pid: int, pairs: Sequence[Pair], rounds: int) -> Cost:
    """Run in the worker: so many rounds of one call for each pair of DNs."""
    with ExitStack() as stack:
        links = [stack.enter_context(Link(address)) for _ in range(CLIENTS)]
        party = Party(links, pairs)
        party.register()
        for _ in range(max(1, rounds // 10)):
            party.calls()
        begin, before = perf_counter(), cpu_seconds(pid)
        for _ in range(rounds):
            party.calls()
        count = rounds * len(pairs)
        return Cost(
            seconds=(perf_counter() - begin) / count,
            cpu_seconds=(cpu_seconds(pid) - before) / count,
        )
