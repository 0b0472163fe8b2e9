"""Turning the clock of a whole server: what is due happens in order, and settles."""

import pytest
import pytest_twisted
from twisted.internet import reactor

from tlibproto.framing import encode_addp
from tlibproto.vocabulary import Dn
from tlibsim.app import Simulator
from tlibsim.config import Settings, apply_config, load_bed
from tlibsim.net.clock import ClockError, SteppedClock
from tlibsim.net.stage import private
from tlibsim.switch.commands import AnswerCall, ArriveInbound

pytestmark = pytest.mark.timeout(20)


def bed(**config: object) -> Settings:
    return private(apply_config(load_bed(), config))


def simulator(settings: Settings) -> Simulator:
    return Simulator(settings, reactor=reactor, clock=SteppedClock(reactor))


@pytest_twisted.ensureDeferred
async def test_a_recording_ordered_on_the_way_is_confirmed_at_its_own_instant() -> None:
    server = simulator(bed(dn={"7001": {"record": True}}))
    await server.start()
    try:
        server.clock.call_at(
            server.clock.now() + 60_000_000,
            lambda: (
                server.perform(ArriveInbound(caller="1", to=Dn("7001"))),
                server.perform(AnswerCall(dn=Dn("7001"))),
            ),
        )
        begun = server.clock.now()

        await server.advance(3600)

        (trace,) = server.traces()
        assert trace.started_at == begun + 60_000_000
        assert server.clock.now() == begun + 3_600_000_000
        assert server.settled()
    finally:
        await server.stop()


@pytest_twisted.ensureDeferred
async def test_a_client_with_keep_alive_survives_a_jump_of_eight_hours() -> None:
    server = simulator(bed())
    client = server.hub.connect(server.clock.now(), charset="utf-8", listener="t", peer="p:1")
    server.hub.receive(client, encode_addp("I", (5000).to_bytes(3, "big")), server.clock.now())
    try:
        await server.advance(8 * 3600)
        assert not server.hub.clients[client].closing

        await server.advance(0)
        server.hub.tick(server.clock.now() + 6_000_000)
        server.hub.tick(server.clock.now() + 12_000_000)
        assert "ADDP" in server.hub.clients[client].closing
    finally:
        await server.stop()


@pytest_twisted.ensureDeferred
async def test_keep_alive_of_a_fast_clock_goes_by_the_time_of_the_world() -> None:
    server = simulator(bed())
    server.hub.time_goes(10.0)
    now = server.clock.now()
    client = server.hub.connect(now, charset="utf-8", listener="t", peer="p:1")
    server.hub.receive(client, encode_addp("I", (5000).to_bytes(3, "big")), now)

    assert server.hub.next_deadline() == now + 50_000_000
    await server.stop()


@pytest_twisted.ensureDeferred
async def test_time_is_not_turned_twice_at_once() -> None:
    server = simulator(bed())
    server.clock.begin_jump(1)

    with pytest.raises(ClockError, match="turned already"):
        await server.advance(1)
    await server.stop()
