"""(j) Conferences of 3, 10 and 50 parties: what each event costs is to stay the same.

One client has all the DNs.  The first party calls the second and asks the others in one by one,
and each who is there is told of each who comes; then they leave one by one.  So a conference of
50 makes 2,598 events, and one of 3 makes 13.  The servers run side by side.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial

from tlibproto.codec import decode
from tlibproto.messages import (
    EventDialing,
    Message,
    RequestAnswerCall,
    RequestMakeCall,
    RequestReleaseCall,
    RequestSingleStepConference,
)
from tlibproto.vocabulary import ConnId, Dn, MakeCallType, ReferenceId
from tools.benchmarks import packets
from tools.benchmarks.codec import MICRO
from tools.benchmarks.link import Link
from tools.benchmarks.processes import Address, cpu_seconds, serving, worker
from tools.benchmarks.rounds import Effort, interleaved, ratios
from tools.benchmarks.rows import Row, at_most
from tools.benchmarks.switchboard import FIRST_DN, configuration

PARTIES = (3, 10, 50)
EVENTS = 3000
"""About how many events are made for each figure."""
LIMIT = at_most(1.5)
_REFERENCE = ReferenceId(1)


def dns_of(parties: int) -> list[Dn]:
    return [Dn(str(FIRST_DN + at)) for at in range(parties)]


def events_of(parties: int) -> int:
    """How many events the DNs of a conference get, from the first dialing to the last release."""
    begin = 4
    joins = sum(1 + there for there in range(3, parties + 1))
    leaves = sum(1 + there for there in range(2, parties))
    return begin + joins + leaves + 2


class Conference:
    """One conference after the other between the same DNs."""

    def __init__(self, link: Link, parties: int) -> None:
        self._link = link
        self._dns = dns_of(parties)
        registrations = b"".join(packets.registration(dn) for dn in self._dns)
        link.send(packets.opening() + registrations)
        link.take(1 + parties)

    def held(self) -> int:
        """Everybody comes and goes; returns the number of events."""
        first, second, *others = self._dns
        dialing, _ = self._told(_make(first, second), 2)
        event = decode(dialing)
        if not isinstance(event, EventDialing) or event.conn_id is None:
            raise AssertionError(f"the call begins with {type(event).__name__}")
        conn_id = event.conn_id
        self._told(_answer(second, conn_id), 2)
        count = 4
        for there, dn in enumerate(others, 2):
            self._told(_invite(first, conn_id, dn), 1)
            self._told(_answer(dn, conn_id), there + 1)
            count += there + 2
        for request, events in self._leaving(conn_id):
            self._told(request, events)
            count += events
        return count

    def _leaving(self, conn_id: ConnId) -> Iterator[tuple[Message, int]]:
        """The last ones leave first, each told to itself and all that stay; two end together."""
        for at in range(len(self._dns) - 1, 1, -1):
            yield _release(self._dns[at], conn_id), at + 1
        yield _release(self._dns[1], conn_id), 2

    def _told(self, request: Message, events: int) -> list[bytes]:
        self._link.send(packets.packet(request))
        return self._link.take(events)


def _make(caller: Dn, called: Dn) -> Message:
    return RequestMakeCall(
        this_dn=caller,
        other_dn=called,
        make_call_type=MakeCallType.Regular,
        reference_id=_REFERENCE,
    )


def _answer(dn: Dn, conn_id: ConnId) -> Message:
    return RequestAnswerCall(this_dn=dn, conn_id=conn_id, reference_id=_REFERENCE)


def _invite(dn: Dn, conn_id: ConnId, other: Dn) -> Message:
    return RequestSingleStepConference(
        this_dn=dn, conn_id=conn_id, other_dn=other, reference_id=_REFERENCE
    )


def _release(dn: Dn, conn_id: ConnId) -> Message:
    return RequestReleaseCall(this_dn=dn, conn_id=conn_id, reference_id=_REFERENCE)


def played(address: Address, pid: int, parties: int, rounds: int) -> float:
    """Run in the worker: processor seconds of the server for an event."""
    with Link(address) as link:
        conference = Conference(link, parties)
        conference.held()
        before = cpu_seconds(pid)
        events = sum(conference.held() for _ in range(rounds))
        return (cpu_seconds(pid) - before) / events


def measure(effort: Effort) -> Sequence[Row]:
    events = effort.times(EVENTS)
    with ExitStack() as stack:
        servers = {
            parties: stack.enter_context(serving(configuration(PARTIES[-1])))
            for parties in PARTIES
        }
        pool = stack.enter_context(worker())

        def cost(parties: int) -> float:
            server = servers[parties]
            rounds = max(1, round(events / events_of(parties)))
            return pool.submit(played, server.address, server.pid, parties, rounds).result()

        costs = interleaved(
            {str(parties): partial(cost, parties) for parties in PARTIES}, effort.rounds
        )
    few = str(PARTIES[0])
    return (
        *(
            Row(
                letter="j",
                what=f"an event of a conference of {parties}, of one of {few}",
                values=ratios(costs[str(parties)], costs[few]),
                unit="times",
                goal=LIMIT,
            )
            for parties in PARTIES[1:]
        ),
        *(
            Row(
                letter="j",
                what=f"processor time of a conference of {parties}, {events_of(parties):,} events",
                values=[one * events_of(parties) * 1000 for one in costs[str(parties)]],
                unit="ms",
            )
            for parties in PARTIES
        ),
        *(
            Row(
                letter="j",
                what=f"processor time of an event, {parties} parties",
                values=[one * MICRO for one in costs[str(parties)]],
                unit="us",
            )
            for parties in PARTIES
        ),
    )
