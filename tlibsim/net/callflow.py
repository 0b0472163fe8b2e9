"""The built-in flow of a load: a call from DN to DN is answered, held for a while and released."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred

from tlibproto.messages import (
    EventError,
    EventRegistered,
    EventRinging,
    Message,
    RequestAnswerCall,
    RequestMakeCall,
    RequestRegisterAddress,
    RequestReleaseCall,
)
from tlibproto.vocabulary import AddressType, ConnId, ControlMode, Dn, MessageId, RegisterMode
from tlibsim.net.client import (
    ClientError,
    ClientOptions,
    NoAnswerError,
    TLibraryClient,
    connect,
)
from tlibsim.net.loading import LoadResult, StepRefusedError
from tlibsim.net.reactor import Reactor

LIMIT_S = 5.0
"""An event that has not come by then is an error."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """Where, as whom, between whom, and for how long."""

    host: str
    port: int
    pairs: Sequence[Pair]
    hold_s: float
    password: str | None = None


class CallFlow:
    """Calls between pairs of DNs; each DN of a pair is registered by a client of ours.

    From our request to each event that it causes is measured, the first ones from the time at
    which the call was due.
    """

    def __init__(self, reactor: Reactor, plan: CallPlan) -> None:
        self._reactor = reactor
        self._plan = plan
        self._waiting: dict[tuple[int, str], Deferred[Message]] = {}
        self._clients: list[TLibraryClient] = []

    @property
    def slots(self) -> int:
        return len(self._plan.pairs)

    async def begin(self) -> None:
        """Connect and register; raises ClientError."""
        plan = self._plan
        for name in ("load-callers", "load-agents"):
            options = ClientOptions(name=name, password=plan.password)
            client = await connect(self._reactor, plan.host, plan.port, options, self._take)
            self._clients.append(client)
        for caller, callee in plan.pairs:
            await _register(self._clients[0], caller)
            await _register(self._clients[1], callee)

    def lost(self) -> str:
        return next((client.reason for client in self._clients if client.reason), "")

    async def end(self) -> None:
        for client in self._clients:
            await client.close()

    async def play(self, slot: int, late_s: float, result: LoadResult) -> None:
        """Make, answer, hold, release; raises StepRefusedError, ClientError."""
        caller, callee = self._plan.pairs[slot]
        callers, agents = self._clients
        ringing = self._expect(EventRinging, callee)
        due = self._reactor.seconds() - late_s
        made = RequestMakeCall(this_dn=Dn(caller), other_dn=Dn(callee))
        try:
            dialing = await self._asked(callers, made, result)
        except BaseException:
            self._forget(ringing, callee)
            raise
        self._measured(result, "EventDialing", due)
        conn_id = ConnId(getattr(dialing, "conn_id", 0))
        try:
            await ringing
            self._measured(result, "EventRinging", due)
            begun = self._reactor.seconds()
            answer = RequestAnswerCall(this_dn=Dn(callee), conn_id=conn_id)
            await self._asked(agents, answer, result)
            self._measured(result, "EventEstablished", begun)
            await self._passing(self._plan.hold_s)
        finally:
            begun = self._reactor.seconds()
            release = RequestReleaseCall(this_dn=Dn(caller), conn_id=conn_id)
            await self._asked(callers, release, result)
            self._measured(result, "EventReleased", begun)

    async def _asked(self, client: TLibraryClient, request: Any, result: LoadResult) -> Message:
        answer = await client.ask(request, LIMIT_S)
        if isinstance(answer, EventError):
            result.refused(answer)
            text = f"{answer.error_code} {answer.error_message or ''}".rstrip()
            raise StepRefusedError(f"{type(request).__name__}: {text}")
        return answer

    def _measured(self, result: LoadResult, name: str, since: float) -> None:
        result.measured(name, self._reactor.seconds() - since)

    def _expect(self, event: type[Message], dn: str) -> "Deferred[Message]":
        key = (int(event.message_id), dn)
        waiting: Deferred[Message] = Deferred()
        self._waiting[key] = waiting
        timer = self._reactor.callLater(LIMIT_S, self._give_up, key, event.__name__)

        def came(result: Any) -> Any:
            if timer.active():
                timer.cancel()
            return result

        return waiting.addBoth(came)

    def _forget(self, waiting: "Deferred[Message]", dn: str) -> None:
        """Nobody waits for the ringing of this DN any more."""
        self._waiting.pop((int(EventRinging.message_id), dn), None)
        waiting.addErrback(lambda _: None)
        if not waiting.called:
            waiting.cancel()

    def _give_up(self, key: tuple[int, str], name: str) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            waiting.errback(NoAnswerError(f"no {name} in {LIMIT_S:g} s"))

    def _take(self, message: Message) -> None:
        if message.message_id != MessageId.EventRinging:
            return
        key = (int(message.message_id), str(getattr(message, "this_dn", "")))
        waiting = self._waiting.pop(key, None)
        if waiting is not None:
            waiting.callback(message)

    async def _passing(self, seconds: float) -> None:
        passed: Deferred[None] = Deferred()
        timer = self._reactor.callLater(seconds, passed.callback, None)
        try:
            await passed
        finally:
            if timer.active():
                timer.cancel()


async def _register(client: TLibraryClient, dn: str) -> None:
    """Register one DN; raises ClientError."""
    request = RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=RegisterMode.ModeShare,
        control_mode=ControlMode.RegisterDefault,
        address_type=AddressType.DN,
    )
    answer = await client.ask(request, LIMIT_S)
    if not isinstance(answer, EventRegistered):
        raise ClientError(f"{dn} cannot be registered: {answer!r}")
