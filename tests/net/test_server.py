"""The server on real TCP: listeners, character sets, dropped and slow clients."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import deferLater

from tests.session.exchange import OPENING, frame
from tests.switch.bed import scenario_bed
from tlibproto.codec import decode
from tlibproto.framing import FrameDecoder
from tlibproto.messages import (
    EventEstablished,
    Message,
    RequestMakeCall,
    RequestQueryServer,
    RequestRegisterAddress,
)
from tlibproto.vocabulary import Dn, KVList
from tlibsim.app import Simulator
from tlibsim.config import ClientLimits, Listener, RecordingsSettings, Settings
from tlibsim.journal import Entry, Kind
from tlibsim.net.client import ClientOptions, RefusedError, TLibraryClient, connect
from tlibsim.switch.commands import ChangeUserData, DataChange, MakeCall

SECONDS = 5.0
"""How long anything here may take."""


def settings(**changes: Any) -> Settings:
    dn = {"7002": {"answer_after": 0.05}}
    bed = scenario_bed()
    dns = dict(bed.dns)
    for number, options in dn.items():
        dns[number] = replace(dns[number], options=replace(dns[number].options, **options))
    base = {
        "dns": dns,
        "seed": 1,
        "listeners": (Listener(port=0),),
        "recordings": RecordingsSettings(backend="null"),
    }
    return replace(bed, **(base | changes))


@asynccontextmanager
async def serving(**changes: Any) -> AsyncIterator[Simulator]:
    simulator = Simulator(settings(**changes), reactor=reactor)
    await simulator.start()
    try:
        yield simulator
    finally:
        await simulator.stop()


class Desk:
    """A client and what it got."""

    def __init__(self) -> None:
        self.inbox: list[Message] = []
        self.client: TLibraryClient
        self._wanted: list[tuple[type[Message], Deferred[Message]]] = []

    async def open(self, simulator: Simulator, *dns: str, listener: str = "tlib") -> "Desk":
        host, port = simulator.addresses[listener]
        charset = next(
            one.charset for one in simulator.settings.listeners if one.name == listener
        )
        options = ClientOptions(name="desk", charset=charset)
        self.client = await connect(reactor, host, port, options, self.take)
        for dn in dns:
            await self.client.ask(RequestRegisterAddress(this_dn=dn), SECONDS)
        return self

    def take(self, message: Message) -> None:
        self.inbox.append(message)
        for wanted in tuple(self._wanted):
            if type(message) is wanted[0]:
                self._wanted.remove(wanted)
                wanted[1].callback(message)

    def expect(self, kind: type[Message]) -> "Deferred[Message]":
        """Fires with the next event of a kind."""
        came: Deferred[Message] = Deferred()
        self._wanted.append((kind, came))
        came.addTimeout(SECONDS, reactor)
        return came

    async def ping(self) -> float:
        """The seconds that one request takes."""
        began = perf_counter()
        await self.client.ask(RequestQueryServer(), SECONDS)
        return perf_counter() - began


async def until(simulator: Simulator, fits: Callable[[Entry], bool]) -> Entry:
    """The first entry of the journal that fits."""
    came: Deferred[Entry] = Deferred()
    came.addTimeout(SECONDS, reactor)

    def look(entry: Entry) -> None:
        if not came.called and fits(entry):
            came.callback(entry)

    simulator.journal.listen(look, *Kind)
    for entry in simulator.journal:
        look(entry)
    return await came


def closed(entry: Entry) -> bool:
    return entry.kind is Kind.CLOSED


@pytest_twisted.ensureDeferred
async def test_a_call_between_two_clients_with_real_time() -> None:
    async with serving() as simulator:
        a = await Desk().open(simulator, "7001")
        b = await Desk().open(simulator, "7002")
        established = b.expect(EventEstablished)

        dialing = await a.client.ask(RequestMakeCall(this_dn="7001", other_dn="7002"), SECONDS)

        assert (await established).conn_id == dialing.conn_id
        await a.client.close()
        await b.client.close()


@pytest_twisted.ensureDeferred
async def test_port_0_is_a_free_port_and_the_address_tells_which() -> None:
    async with serving() as simulator:
        host, port = simulator.addresses["tlib"]

        assert host == "127.0.0.1"
        assert port > 0
        assert simulator.ready()["tlib"] == {"host": host, "port": port}


@pytest_twisted.ensureDeferred
async def test_several_listeners_serve_one_switch_each_in_its_character_set() -> None:
    listeners = (Listener(port=0), Listener(name="latin", port=0, charset="iso-8859-1"))
    async with serving(listeners=listeners) as simulator:
        utf8 = await Desk().open(simulator, "7001")
        latin = await Desk().open(simulator, "7002", listener="latin")
        established = latin.expect(EventEstablished)
        data = KVList((("ville", "Orléans"),))

        await utf8.client.ask(
            RequestMakeCall(this_dn="7001", other_dn="7002", user_data=data), SECONDS
        )

        assert (await established).user_data == data
        await utf8.client.close()
        await latin.client.close()


@pytest_twisted.ensureDeferred
async def test_a_port_that_is_taken_is_an_error_and_nothing_stays_bound() -> None:
    async with serving() as simulator:
        taken = Listener(name="second", port=simulator.addresses["tlib"][1])
        other = Simulator(settings(listeners=(Listener(port=0), taken)), reactor=reactor)

        with pytest.raises(CannotListenError):
            await other.start()

        assert other.addresses == {}


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_is_refused_and_closed() -> None:
    async with serving(password="secret") as simulator:
        with pytest.raises(RefusedError, match="119"):
            await Desk().open(simulator)

        await until(simulator, closed)


@pytest_twisted.ensureDeferred
async def test_nagle_is_off() -> None:
    async with serving() as simulator:
        desk = await Desk().open(simulator)
        (connection,) = simulator.front._connections.values()

        assert connection.transport.getTcpNoDelay()  # type: ignore[attr-defined]
        await desk.client.close()


@pytest_twisted.ensureDeferred
async def test_a_client_that_sends_rubbish_is_closed_and_the_reason_is_kept() -> None:
    async with serving() as simulator:
        good = await Desk().open(simulator)
        with socket.create_connection(simulator.addresses["tlib"]) as rubbish:
            rubbish.sendall(b"GET / HTTP/1.1\r\n\r\n")
            entry = await until(simulator, closed)

        assert "FrameTooLarge" in entry.detail
        assert await good.ping() < SECONDS
        await good.client.close()


@pytest_twisted.ensureDeferred
async def test_a_client_that_vanishes_without_a_word_is_forgotten() -> None:
    async with serving() as simulator:
        with socket.create_connection(simulator.addresses["tlib"]) as rude:
            rude.sendall(frame(OPENING))
            await until(simulator, lambda entry: entry.kind is Kind.ANSWER)

        entry = await until(simulator, closed)

        assert entry.detail == "the client closed the connection"
        assert not simulator.hub.clients


class Deaf:
    """A client that opens, registers, and never reads; its receive buffer is small."""

    def __init__(self, simulator: Simulator) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(simulator.addresses["tlib"])
        self.socket.sendall(frame(OPENING) + frame(RequestRegisterAddress(this_dn="7001")))

    def close(self) -> None:
        self.socket.close()


@pytest_twisted.ensureDeferred
async def test_a_client_that_never_reads_is_dropped_and_another_keeps_its_latency() -> None:
    limits = replace(ClientLimits(), max_queue_bytes=1_000_000)
    async with serving(limits=limits) as simulator:
        other = await Desk().open(simulator, "7003")
        quiet = sorted([await other.ping() for _ in range(30)])[15]
        deaf = Deaf(simulator)
        await until(simulator, lambda e: type(e.subject).__name__ == "EventRegistered")
        simulator.perform(MakeCall(dn=Dn("7001"), to="7002"))
        (call,) = simulator.calls()
        change = ChangeUserData(
            conn_id=call.conn_id,
            change=DataChange.UPDATE,
            pairs=KVList((("k", "x" * 50_000),)),
        )

        times, sent = [], 0
        while not any(closed(entry) for entry in simulator.journal):
            simulator.perform(change)
            sent += 50_000
            times.append(await other.ping())
            assert sent < 100_000_000, "it was never dropped"

        reasons = [entry.detail for entry in simulator.journal if closed(entry)]
        assert len(reasons) == 1
        assert reasons[0].startswith("dropped: ")
        assert reasons[0].endswith("limit 1000000")
        assert sorted(times)[len(times) // 2] < 0.05 + 5 * quiet
        assert len(simulator.hub.clients) == 1
        deaf.close()
        await other.client.close()


@pytest_twisted.ensureDeferred
async def test_a_client_that_is_slow_gets_everything_in_order() -> None:
    async with serving() as simulator:
        deaf = Deaf(simulator)
        await until(simulator, lambda e: type(e.subject).__name__ == "EventRegistered")
        simulator.perform(MakeCall(dn=Dn("7001"), to="7002"))
        (call,) = simulator.calls()
        for number in range(60):
            simulator.perform(
                ChangeUserData(
                    conn_id=call.conn_id,
                    change=DataChange.UPDATE,
                    pairs=KVList((("n", number), ("k", "x" * 100_000))),
                )
            )

        numbers = await _read_numbers(deaf.socket, 60)

        assert numbers == list(range(60))
        deaf.close()


async def _read_numbers(sock: socket.socket, count: int) -> list[int]:
    """The numbers in the user data of so many events, read at last."""
    decoder, numbers = FrameDecoder(), []
    sock.setblocking(False)
    deadline = perf_counter() + SECONDS
    while len(numbers) < count:
        assert perf_counter() < deadline, f"only {len(numbers)} came"
        try:
            data = sock.recv(1 << 20)
        except BlockingIOError:
            await deferLater(reactor, 0)
            continue
        for unit in decoder.feed(data):
            message = decode(unit)
            if type(message).__name__ == "EventAttachedDataChanged":
                numbers.append(message.user_data.first("n"))
    return numbers


@pytest_twisted.ensureDeferred
async def test_stopping_closes_the_clients_and_frees_the_port() -> None:
    async with serving() as simulator:
        desk = await Desk().open(simulator)
        address = simulator.addresses["tlib"]

    reason = await desk.client.closed
    assert "closed by the server" in reason
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1)
