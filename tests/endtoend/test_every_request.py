"""Every request of the catalogue over TCP, bare and plausible, in many states: never silence."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from tests.net.test_server import settings
from tests.session.exchange import REQUESTS, bare
from tests.switch.bed import CALLER
from tlibproto.messages import (
    CATALOGUE,
    EventError,
    EventLinkConnected,
    Message,
    Request,
    RequestAgentLogin,
    RequestAnswerCall,
    RequestCompleteConference,
    RequestHoldCall,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestMonitorNextCall,
    RequestQueryServer,
    RequestRegisterAddress,
    RequestRegisterClient,
    evolve,
)
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, KVList, MessageId
from tlibsim.app import Simulator
from tlibsim.net.client import ClientOptions, NoAnswerError, TLibraryClient, connect
from tlibsim.session.answers import LATER
from tlibsim.session.dispatch import REQUESTS as SERVED
from tlibsim.session.dispatch import capabilities
from tlibsim.switch import commands as c
from tlibsim.switch.refusals import RequestRefused

SECONDS = 2.0
"""How long a request may stay without its answer."""
DNS = ("7001", "7002", "7003", "7004", "8000", "5000")


class Session:
    """One client that has all DNs registered, at a server of its own."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.client: TLibraryClient
        self.inbox: list[Message] = []

    async def open(self) -> "Session":
        host, port = self.simulator.addresses["tlib"]
        self.client = await connect(
            reactor,  # type: ignore[arg-type]
            host,
            port,
            ClientOptions(name="desk"),
            self.inbox.append,
        )
        for dn in DNS:
            await self.ask(RequestRegisterAddress(this_dn=dn))
        return self

    async def ask(self, request: Request) -> Any:
        return await self.client.ask(request, SECONDS)

    async def call(self, a: str = "7001", b: str = "7002") -> ConnId:
        dialing = await self.ask(RequestMakeCall(this_dn=a, other_dn=b))
        conn_id: ConnId = dialing.conn_id
        return conn_id

    async def talk(self) -> ConnId:
        conn_id = await self.call()
        await self.ask(RequestAnswerCall(this_dn="7002", conn_id=conn_id))
        return conn_id

    def newest(self) -> ConnId:
        return self.simulator.calls()[-1].conn_id

    def hang_up(self) -> None:
        """All calls end, and all agents go: what still waits for an answer gets it."""
        for _ in range(50):
            for call in self.simulator.calls():
                party = call.parties[0]
                if party.outside:
                    self.simulator.perform(c.FarRelease(conn_id=call.conn_id))
                else:
                    self.simulator.perform(c.ReleaseCall(dn=party.dn, conn_id=call.conn_id))
        for dn in DNS[:4]:
            self._try(c.AgentLogout(dn=Dn(dn)))
            self._try(c.SetDnd(dn=Dn(dn), on=False))
            self._try(c.CancelForward(dn=Dn(dn)))
            self._try(c.CancelMonitoring(dn=Dn(dn), agent=Dn("")))

    def _try(self, command: object) -> None:
        try:
            self.simulator.perform(command)
        except RequestRefused:
            return


@asynccontextmanager
async def session(**options: Any) -> AsyncIterator[Session]:
    own = settings()
    own = replace(own, options=replace(own.options, **options))
    simulator = Simulator(own, reactor=reactor)  # type: ignore[arg-type]
    await simulator.start()
    try:
        one = await Session(simulator).open()
        yield one
        await one.client.close()
    finally:
        await simulator.stop()


# -- states ----------------------------------------------------------------------------------------

About = Mapping[str, Any]
"""What a plausible request in that state is about."""


async def nothing(_: Session) -> About:
    return {"this_dn": "7001"}


async def ringing(one: Session) -> About:
    return {"this_dn": "7002", "conn_id": await one.call(b="7002")}


async def talking(one: Session) -> About:
    return {"this_dn": "7002", "conn_id": await one.talk()}


async def held(one: Session) -> About:
    conn_id = await one.talk()
    await one.ask(RequestHoldCall(this_dn="7002", conn_id=conn_id))
    return {"this_dn": "7002", "conn_id": conn_id}


async def consulting(one: Session) -> About:
    conn_id = await one.talk()
    request = RequestInitiateTransfer(this_dn="7002", conn_id=conn_id, other_dn="7003")
    two = (await one.ask(request)).conn_id
    await one.ask(RequestAnswerCall(this_dn="7003", conn_id=two))
    both = {"transfer_conn_id": two, "conference_conn_id": two, "previous_conn_id": two}
    return {"this_dn": "7002", "conn_id": conn_id, **both}


async def exchanging(one: Session) -> About:
    """The same, said the other way round: the active call, and the held one."""
    about = await consulting(one)
    main, consultation = about["conn_id"], about["transfer_conn_id"]
    both = {"transfer_conn_id": main, "previous_conn_id": main}
    return {"this_dn": "7002", "conn_id": consultation, **both}


async def conference(one: Session) -> About:
    about = await consulting(one)
    main, two = about["conn_id"], about["transfer_conn_id"]
    request = RequestCompleteConference(this_dn="7002", conn_id=main, conference_conn_id=two)
    await one.ask(request)
    return {"this_dn": "7002", "conn_id": main, "other_dn": "7001"}


async def logged_in(one: Session) -> About:
    login = {"agent_id": "1001", "this_queue": "8000"}
    mode = AgentWorkMode.AutoIn
    await one.ask(RequestAgentLogin(this_dn="7001", agent_work_mode=mode, **login))
    return {"this_dn": "7001", **login}


async def queued(one: Session) -> About:
    one.simulator.perform(c.ArriveInbound(caller=CALLER, to=Dn("8000")))
    return {"this_dn": "8000", "this_queue": "8000", "conn_id": one.newest()}


async def routing(one: Session) -> About:
    one.simulator.perform(c.ArriveInbound(caller=CALLER, to=Dn("5000")))
    return {"this_dn": "5000", "this_queue": "5000", "conn_id": one.newest()}


async def supervising(one: Session) -> About:
    watch = RequestMonitorNextCall(this_dn="7004", other_dn="7002")
    await one.ask(watch)
    conn_id = await one.talk()
    await one.ask(RequestAnswerCall(this_dn="7004", conn_id=conn_id))
    return {"this_dn": "7004", "conn_id": conn_id, "other_dn": "7002"}


STATES: list[Callable[[Session], Awaitable[About]]] = [
    nothing,
    ringing,
    talking,
    held,
    consulting,
    exchanging,
    conference,
    logged_in,
    queued,
    routing,
    supervising,
]

PLAUSIBLE: Mapping[str, Any] = {
    "other_dn": "7003",
    "agent_id": "1003",
    "agent_work_mode": AgentWorkMode.ManualIn,
    "communication_dn": "7001",
    "user_data": KVList.of(k="v"),
    "extensions": KVList.of(x="y"),
    "reasons": KVList.of(ReasonCode="1"),
    "data_key": "k",
    "dtmf_digits": "12#",
    "forward_mode": 1,
    "private_msg_id": 3013,
    "address_info_type": 17,
    "treatment_type": 2,
    "timeout": 5,
    "num_of_digits": 4,
    "set_operation": 1,
    "subscription_id": "s1",
    "register_mode": 0,
    "priority": 1,
}


def plausible(cls: type[Request], about: About) -> Request:
    """The request with everything that it can carry and that makes sense in that state."""
    values = {**PLAUSIBLE, **about}
    fields = {name: values[name] for name in cls._names if name in values}
    return evolve(bare(cls), **fields)


async def answered(one: Session, request: Request) -> Message:
    """The one answer to a request; that which may come later comes at the latest with the end."""
    answer = one.client.ask(request, SECONDS)
    if type(request) in LATER:
        await one.ask(RequestQueryServer())
        one.hang_up()
    try:
        message: Message = await answer
    except NoAnswerError as error:
        raise AssertionError(f"silence after {request}") from error
    return message


ASKED = [cls for cls in REQUESTS if cls is not RequestRegisterClient]


@pytest.mark.parametrize("state", STATES, ids=[state.__name__ for state in STATES])
@pytest_twisted.ensureDeferred
async def test_every_request_is_answered_once_in_this_state_and_the_server_lives(
    state: Callable[[Session], Awaitable[About]],
) -> None:
    async with session() as one:
        for cls in ASKED:
            for full in (False, True):
                about = await state(one)
                request = plausible(cls, about) if full else bare(cls)

                message = await answered(one, request)

                assert (cls in SERVED) or getattr(message, "error_code", None) == 51, cls
                if isinstance(message, EventError):
                    assert message.error_message, request
                    assert message.error_code != 52, request
                one.hang_up()
                await _registered_again(one, cls)
                assert one.simulator.calls() == [], request
        await one.ask(RequestQueryServer())
        assert not one.simulator.journal.broken


async def _registered_again(one: Session, cls: type[Request]) -> None:
    """Undo what a request did to the client itself."""
    if cls.__name__ in ("RequestUnregisterAddress", "RequestRegisterAddress"):
        for dn in DNS:
            await one.ask(RequestRegisterAddress(this_dn=dn))


@pytest_twisted.ensureDeferred
async def test_a_second_opening_is_answered_as_the_first_one() -> None:
    async with session() as one:
        one.inbox.clear()
        one.client.send(bare(RequestRegisterClient))
        await one.ask(RequestQueryServer())

        assert [type(message) for message in one.inbox] == [EventLinkConnected]


@pytest.mark.parametrize("network", [False, True])
@pytest_twisted.ensureDeferred
async def test_the_capabilities_say_exactly_which_requests_are_served(network: bool) -> None:
    """A request whose bit is not set gets 51, and one whose bit is set gets anything else."""
    async with session(network=network) as one:
        info = await one.ask(RequestQueryServer())
        assert info.capabilities == capabilities(one.simulator.settings.options)
        bits = _bits(info.capabilities)

        for cls in ASKED:
            about = await talking(one)
            answers = [
                await answered(one, request) for request in (bare(cls), plausible(cls, about))
            ]
            codes = {getattr(answer, "error_code", None) for answer in answers}
            assert (int(cls.message_id) in bits) == (codes != {51}), cls
            one.hang_up()
            await _registered_again(one, cls)


def _bits(mask: bytes) -> set[int]:
    numbers = {int(number) for number in MessageId}
    return {number for number in numbers if mask[number // 8] >> (number % 8) & 1}


def test_the_catalogue_has_all_requests() -> None:
    names = [cls.__name__ for cls in CATALOGUE.values() if cls.__name__.startswith("Request")]
    assert sorted(names) == sorted(cls.__name__ for cls in REQUESTS)
