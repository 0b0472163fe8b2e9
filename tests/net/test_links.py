"""Links between switches of different processes, on real TCP (BEHAVIOUR.md 3.7)."""

import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ClientFactory
from twisted.internet.task import deferLater
from twisted.protocols.basic import Int32StringReceiver

from tests.net.test_server import SECONDS, Desk, settings
from tlibproto.messages import (
    EventAttachedDataChanged,
    EventError,
    EventEstablished,
    EventReleased,
    EventRinging,
    RequestAnswerCall,
    RequestAttachUserData,
    RequestMakeCall,
    RequestReleaseCall,
)
from tlibproto.vocabulary import CallState, KVList, WideText
from tlibsim.app import Simulator
from tlibsim.config.links import LinkedSite, LinkSettings
from tlibsim.net.linkwords import to_bytes
from tlibsim.net.reactor import Reactor
from tlibsim.ports.site import (
    LegOffered,
)

REACTOR = cast(Reactor, reactor)
LINK = "01TLIBSIM0000000000000000000C001"
NORTH, SOUTH = "North_Switch", "South_Switch"


async def until(fits: Callable[[], bool]) -> None:
    """Wait until it is so, at most as long as anything here may take."""
    for _ in range(int(SECONDS / 0.01)):
        if fits():
            return
        await deferLater(reactor, 0.01, lambda: None)
    raise AssertionError("it did not come to be")


def listening(secret: str | None = None, **more: Any) -> LinkSettings:
    """Of the switch in the north: it waits for the other one."""
    there = LinkedSite(switch=SOUTH, server="South")
    return LinkSettings(port=0, secret=secret, sites=(there,), **more)


def dialing(port: int, secret: str | None = None, **more: Any) -> LinkSettings:
    """Of the switch in the south: it connects to the other one."""
    there = LinkedSite(switch=NORTH, server="North", port=port)
    return LinkSettings(secret=secret, sites=(there,), **more)


@asynccontextmanager
async def serving(switch: str, links: LinkSettings) -> AsyncIterator[Simulator]:
    server = switch.partition("_")[0]
    seed = 1 if switch == NORTH else 2
    own = replace(settings(seed=seed), server=server, switch=switch, links=links)
    simulator = Simulator(own, reactor=REACTOR)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


def linked(simulator: Simulator) -> bool:
    return all(trunk.reached for trunk in simulator.switch.sites.values())


def port_of(simulator: Simulator) -> int:
    assert simulator.links is not None
    assert simulator.links.address is not None
    return simulator.links.address[1]


@asynccontextmanager
async def two() -> AsyncIterator[tuple[Simulator, Simulator]]:
    async with (
        serving(NORTH, listening("s")) as north,
        serving(SOUTH, dialing(port_of(north), "s")) as south,
    ):
        await until(lambda: linked(north) and linked(south))
        yield north, south


def _make(to: str, location: str) -> RequestMakeCall:
    return RequestMakeCall(this_dn="7001", other_dn=to, location=location)


# -- calls over a link ---------------------------------------------------------------------------


@pytest_twisted.ensureDeferred
async def test_a_call_crosses_is_answered_and_released_over_a_link() -> None:
    async with two() as (north, south):
        here = await Desk().open(north, "7001")
        there = await Desk().open(south, "7003")
        ringing, established = there.expect(EventRinging), here.expect(EventEstablished)
        released = here.expect(EventReleased)

        dialing = await here.client.ask(_make("7003", SOUTH), SECONDS)
        rings: Any = await ringing
        assert (rings.conn_id, rings.ani, rings.other_dn) == (dialing.conn_id, "7001", "7001")
        assert rings.first_transfer_home_location == NORTH
        answer = RequestAnswerCall(this_dn="7003", conn_id=rings.conn_id)
        await there.client.ask(answer, SECONDS)
        await established
        hang_up = RequestReleaseCall(this_dn="7003", conn_id=rings.conn_id)
        await there.client.ask(hang_up, SECONDS)

        await released
        assert north.calls() == south.calls() == []


@pytest_twisted.ensureDeferred
async def test_user_data_travels_both_ways_over_a_link() -> None:
    async with two() as (north, south):
        here = await Desk().open(north, "7001")
        there = await Desk().open(south, "7003")
        ringing = there.expect(EventRinging)
        sent = KVList((("a", "\udcff"), ("a", 1), ("n", KVList.of(x=b"\0", w=WideText("é")))))
        conn_id = (
            await here.client.ask(
                RequestMakeCall(
                    this_dn="7001", other_dn="7003", location=SOUTH, user_data=sent
                ),
                SECONDS,
            )
        ).conn_id
        assert (await ringing).user_data == sent  # type: ignore[attr-defined]
        changed = here.expect(EventAttachedDataChanged)

        await there.client.ask(
            RequestAttachUserData(this_dn="7003", conn_id=conn_id, user_data=KVList.of(z="9")),
            SECONDS,
        )

        news: Any = await changed
        assert news.user_data == KVList((*sent, ("z", "9")))
        assert news.third_party_dn is None


@pytest_twisted.ensureDeferred
async def test_a_number_that_is_unknown_over_there_is_told_here() -> None:
    async with two() as (north, _):
        here = await Desk().open(north, "7001")
        released = here.expect(EventReleased)

        await here.client.ask(_make("6666", SOUTH), SECONDS)

        assert (await released).call_state == CallState.SitInvalidnum  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_many_calls_cross_at_once_and_nothing_is_left_of_them() -> None:
    async with two() as (north, south):
        here = await Desk().open(north, "7001")
        for _ in range(200):
            here.client.send(_make("7002", SOUTH))
        await until(lambda: len(south.calls()) == 200)
        await until(lambda: all(len(call.links) == 1 for call in north.calls()))
        await until(
            lambda: all(p.state.name == "Connected" for c in north.calls() for p in c.parties)
        )

        for call in north.calls():
            here.client.send(RequestReleaseCall(this_dn="7001", conn_id=call.conn_id))

        await until(lambda: north.calls() == south.calls() == [])
        trunks = [*north.switch.sites.values(), *south.switch.sites.values()]
        assert [(trunk.legs, trunk.lines_taken) for trunk in trunks] == [({}, 0), ({}, 0)]


# -- a link that is not there ----------------------------------------------------------------------


@pytest_twisted.ensureDeferred
async def test_without_a_link_a_request_for_the_location_is_refused() -> None:
    async with serving(NORTH, listening()) as north:
        here = await Desk().open(north, "7001")

        answer = await here.client.ask(_make("7003", SOUTH), SECONDS)

        assert type(answer) is EventError
        assert answer.error_code == 1001


@pytest_twisted.ensureDeferred
async def test_a_process_that_ends_fails_what_rings_and_is_linked_again_when_it_returns() -> (
    None
):
    async with serving(NORTH, listening()) as north:
        here = await Desk().open(north, "7001")
        async with serving(SOUTH, dialing(port_of(north))):
            await until(lambda: linked(north))
            released = here.expect(EventReleased)
            await here.client.ask(_make("7003", SOUTH), SECONDS)
            await until(lambda: len(north.calls()[0].links) == 1)
        assert (await released).call_state == CallState.GeneralError  # type: ignore[attr-defined]
        assert not linked(north)

        async with serving(SOUTH, dialing(port_of(north))) as south:
            await until(lambda: linked(north) and linked(south))
            await here.client.ask(_make("7003", SOUTH), SECONDS)
            await until(lambda: len(south.calls()) == 1)


@pytest_twisted.ensureDeferred
async def test_a_connection_that_breaks_is_made_again_and_calls_that_talk_stay() -> None:
    async with two() as (north, south):
        here = await Desk().open(north, "7001")
        there = await Desk().open(south, "7003")
        ringing, established = there.expect(EventRinging), here.expect(EventEstablished)
        conn_id = (await here.client.ask(_make("7003", SOUTH), SECONDS)).conn_id
        await ringing
        answer = RequestAnswerCall(this_dn="7003", conn_id=conn_id)
        await there.client.ask(answer, SECONDS)
        await established

        _break(north)
        await until(lambda: not linked(north) and not linked(south))
        await until(lambda: linked(north) and linked(south))

        released = here.expect(EventReleased)
        hang_up = RequestReleaseCall(this_dn="7003", conn_id=conn_id)
        await there.client.ask(hang_up, SECONDS)
        await released


def _break(simulator: Simulator) -> None:
    assert simulator.links is not None
    for link in tuple(simulator.links._all):
        link.transport.abortConnection()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


@pytest_twisted.ensureDeferred
async def test_two_switches_that_connect_to_each_other_have_one_link() -> None:
    ports = _free_port(), _free_port()
    to_south = LinkSettings(port=ports[0], sites=(LinkedSite(switch=SOUTH, port=ports[1]),))
    to_north = LinkSettings(port=ports[1], sites=(LinkedSite(switch=NORTH, port=ports[0]),))
    async with serving(NORTH, to_south) as north, serving(SOUTH, to_north) as south:
        await until(lambda: linked(north) and linked(south))

        await until(lambda: _links(north) == _links(south) == 1)
        await deferLater(reactor, 0.5, lambda: None)

        assert linked(north)
        assert linked(south)
        assert _links(north) == _links(south) == 1


def _links(simulator: Simulator) -> int:
    assert simulator.links is not None
    return len(simulator.links._all)


@pytest_twisted.ensureDeferred
async def test_a_bug_that_a_message_brings_out_is_noted_and_ends_no_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with two() as (north, south):
        here = await Desk().open(north, "7001")
        perform, bug = south.hub.perform, ZeroDivisionError("a bug")

        def broken(command: object, now: Any) -> Any:
            if isinstance(command, LegOffered):
                raise bug
            return perform(command, now)

        monkeypatch.setattr(south.hub, "perform", broken)
        await here.client.ask(_make("7003", SOUTH), SECONDS)
        await until(lambda: any(entry.subject is bug for entry in south.journal))

        assert linked(north)
        assert linked(south)


# -- strangers -------------------------------------------------------------------------------------


class _Speaker(Int32StringReceiver):
    """The far end of a link that says what a test wants."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.closed = False
        self.open: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        self.open.callback(None)

    def stringReceived(self, string: bytes) -> None:
        self.heard.append(json.loads(string))

    def connectionLost(self, reason: Any = None) -> None:
        self.closed = True

    def words(self) -> list[str]:
        return [form["say"] for form in self.heard]


class _Calling(ClientFactory):
    noisy = False

    def __init__(self, speaker: _Speaker) -> None:
        self._speaker = speaker

    def buildProtocol(self, addr: object) -> _Speaker:
        return self._speaker


async def _connect(port: int) -> _Speaker:
    speaker = _Speaker()
    REACTOR.connectTCP("127.0.0.1", port, _Calling(speaker))
    await speaker.open
    return speaker


async def _speak(port: int, to: str, name: str, secret: str = "") -> _Speaker:
    """A link to ``to`` by somebody who says to be ``name``, and knows that secret."""
    speaker = await _connect(port)
    hello = {"say": "hello", "version": 1, "server": "x", "switch": name, "nonce": "n"}
    speaker.sendString(to_bytes(hello))
    await until(lambda: bool(speaker.heard) or speaker.closed)
    nonce = speaker.heard[0]["nonce"]
    key = secret.encode() + b"tlibsim-link"
    proof = hmac.new(key, f"{nonce} {name}".encode(), "sha256").hexdigest()
    if not speaker.closed:
        speaker.sendString(to_bytes({"say": "proof", "proof": proof}))
    return speaker


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    ("name", "secret"), [("East_Switch", "right"), (SOUTH, "wrong"), (SOUTH, "")]
)
async def test_a_stranger_is_not_linked(name: str, secret: str) -> None:
    async with serving(NORTH, listening("right")) as north:
        speaker = await _speak(port_of(north), NORTH, name, secret)

        await until(lambda: speaker.closed)

        assert not linked(north)


@pytest_twisted.ensureDeferred
async def test_who_knows_the_secret_is_linked_and_told_of_all_legs() -> None:
    async with serving(NORTH, listening("right")) as north:
        speaker = await _speak(port_of(north), NORTH, SOUTH, "right")

        await until(lambda: "LegsKnown" in speaker.words())

        assert linked(north)
        assert speaker.words() == ["hello", "proof", "LegsKnown"]
        speaker.transport.loseConnection()
        await until(lambda: not linked(north))


@pytest_twisted.ensureDeferred
@pytest.mark.parametrize(
    "said",
    [
        b"no json",
        b"[]",
        b"[" * 2000,
        to_bytes({"say": "proof", "proof": "x"}),
        to_bytes({"say": "hello", "version": 9, "switch": SOUTH}),
        to_bytes({"say": "LegAnswered", "link": LINK}),
    ],
)
async def test_what_cannot_be_understood_ends_a_link(said: bytes) -> None:
    async with serving(NORTH, listening()) as north:
        speaker = await _connect(port_of(north))

        speaker.sendString(said)

        await until(lambda: speaker.closed)
        assert not linked(north)


@pytest_twisted.ensureDeferred
async def test_a_long_frame_before_the_proof_ends_a_link() -> None:
    async with serving(NORTH, listening()) as north:
        speaker = await _connect(port_of(north))

        speaker.transport.write(b"\x00\x10\x00\x00")

        await until(lambda: speaker.closed)


@pytest_twisted.ensureDeferred
async def test_silence_is_followed_by_polls_and_then_by_the_end() -> None:
    async with serving(NORTH, listening(poll_seconds=0.1)) as north:
        speaker = await _speak(port_of(north), NORTH, SOUTH)
        await until(lambda: linked(north))

        await until(lambda: speaker.closed)

        assert speaker.words()[-2:] == ["poll", "poll"]
        assert not linked(north)


@pytest_twisted.ensureDeferred
async def test_a_link_on_which_polls_are_answered_stays() -> None:
    async with (
        serving(NORTH, listening(poll_seconds=0.1)) as north,
        serving(SOUTH, dialing(port_of(north), poll_seconds=0.1)) as south,
    ):
        await until(lambda: linked(north) and linked(south))

        await deferLater(reactor, 0.8, lambda: None)

        trunks = [*north.switch.sites.values(), *south.switch.sites.values()]
        assert [(trunk.reached, trunk.losses) for trunk in trunks] == [(True, 0), (True, 0)]
