"""Setting a clock to another instant, as a snapshot does: what is due keeps its distance."""

import pytest
from twisted.internet.task import Clock

from tests.snapshots.bench import Bench
from tlibproto.framing import encode_addp
from tlibsim.net.clock import BEGIN, ClockError, SteppedClock, SwitchClock
from tlibsim.ports.media import Instant

SECOND = 1_000_000


@pytest.mark.parametrize("by", [-3600, 0, 3600])
def test_what_is_due_stays_as_far_away_and_nothing_happens_on_the_way(by: int) -> None:
    clock, happened = SteppedClock(Clock()), []
    clock.call_at(Instant(BEGIN + 10 * SECOND), lambda: happened.append(clock.now()))
    there = Instant(BEGIN + by * SECOND)
    clock.go_to(there)
    assert (clock.now(), happened) == (there, [])
    assert clock.next_due() == there + 10 * SECOND
    clock.advance(9)
    assert happened == []
    clock.advance(1)
    assert happened == [there + 10 * SECOND]


def test_a_clock_that_runs_goes_on_from_there() -> None:
    reactor = Clock()
    clock, happened = SwitchClock(reactor, BEGIN), []
    clock.call_at(Instant(BEGIN + 10 * SECOND), lambda: happened.append(clock.now()))
    reactor.advance(4)
    clock.go_to(Instant(BEGIN - 100 * SECOND))
    reactor.advance(5)
    assert (clock.now(), happened) == (BEGIN - 95 * SECOND, [])
    reactor.advance(1)
    assert happened == [BEGIN - 94 * SECOND]


def test_it_cannot_be_done_in_the_middle_of_a_jump() -> None:
    clock = SteppedClock(Clock())
    clock.begin_jump(5)
    with pytest.raises(ClockError, match="turned already"):
        clock.go_to(BEGIN)


@pytest.mark.parametrize("hours", [-8, 8])
def test_a_client_with_keep_alive_stays_when_a_snapshot_turns_time(hours: int) -> None:
    bench = Bench()
    if hours < 0:
        document = bench.save()
        bench.advance(8 * 3600)
    else:
        bench.advance(8 * 3600)
        document = bench.save()
        bench.server.clock.go_to(BEGIN)
    hub, clock = bench.server.hub, bench.server.clock
    client = hub.connect(clock.now(), charset="utf-8", listener="t", peer="p:1")
    hub.receive(client, encode_addp("I", (5000).to_bytes(3, "big")), clock.now())
    bench.load(document)
    for seconds in (4, 6):
        hub.tick(Instant(clock.now() + seconds * SECOND))
        assert not hub.clients[client].closing
    hub.tick(Instant(clock.now() + 12 * SECOND))
    assert hub.clients[client].closing == "ADDP: nothing heard for twice 5 s"
