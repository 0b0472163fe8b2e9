"""Calls at a rate, over real connections, to find out how fast a switch answers (FEATURES.md 39).

The model is open: a call begins when it is due, however slow the ones before are.  A call goes
from one DN of a pair to the other, is answered, held for a while and released; each DN of a pair
is registered by a client of ours.
"""

from array import array
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from tlibsim.net.reactor import Reactor

LIMIT_S = 5.0
"""An event that has not come by then is an error."""

NO_FREE_DN = "no pair of DNs was free"
PERCENTS = (50.0, 90.0, 99.0, 100.0)
MEASURED = ("EventDialing", "EventRinging", "EventEstablished", "EventReleased")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """``cps`` calls a second for ``seconds``, each held for ``hold_s``, over these pairs."""

    cps: float
    seconds: float
    hold_s: float
    pairs: Sequence[Pair]


@dataclass(slots=True)
class LoadResult:
    """What came: calls due, begun and completed, errors by their text, and latencies.

    ``latency_ms`` has for each event of :data:`MEASURED` the milliseconds from our request to it.
    """

    due: int = 0
    begun: int = 0
    completed: int = 0
    elapsed_s: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    latency_ms: dict[str, "array[float]"] = field(
        default_factory=lambda: {name: array("d") for name in MEASURED}
    )

    def percentiles(self) -> Mapping[str, Mapping[str, float]]:
        """By event: ``p50``, ``p90``, ``p99`` and ``max`` in milliseconds; without empty ones."""
        return {
            name: {_label(percent): nearest_rank(ordered, percent) for percent in PERCENTS}
            for name, found in self.latency_ms.items()
            if (ordered := sorted(found))
        }


def nearest_rank(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def _label(percent: float) -> str:
    return "max" if percent == 100 else f"p{percent:g}"


class StepRefusedError(Exception):
    """A step of a call failed; the text is what is counted."""


class Load:
    """One run.  ``told`` gets the result so far once a second."""

    def __init__(
        self, reactor: Reactor, plan: LoadPlan, told: Callable[[LoadResult], None]
    ) -> None:
        self._reactor = reactor
        self._plan = plan
        self._told = told
        self._free = deque(plan.pairs)
        self._live = 0
        self._over: Deferred[None] = Deferred()
        self._waiting: dict[tuple[int, str], Deferred[Message]] = {}
        self._clients: list[TLibraryClient] = []
        self._begun_at = 0.0
        self._plan_is_over = False
        self.result = LoadResult()

    async def run(self, host: str, port: int, password: str | None = None) -> LoadResult:
        """Connect, register, call, and wait for the last call; raises ClientError."""
        try:
            for name in ("load-callers", "load-agents"):
                options = ClientOptions(name=name, password=password)
                client = await connect(self._reactor, host, port, options, self._take)
                self._clients.append(client)
            for caller, callee in self._plan.pairs:
                await _register(self._clients[0], caller)
                await _register(self._clients[1], callee)
            self._begun_at = self._reactor.seconds()
            self._tick()
            self._tell()
            await self._over
        finally:
            for client in self._clients:
                await client.close()
        self.result.elapsed_s = self._reactor.seconds() - self._begun_at
        return self.result

    # -- the rate ------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Begin every call that is due by now; come back when the next one is."""
        passed = self._reactor.seconds() - self._begun_at
        last = min(passed, self._plan.seconds)
        while self.result.due / self._plan.cps < last or not self.result.due:
            self._begin()
        next_s = self.result.due / self._plan.cps
        if next_s < self._plan.seconds and not self._lost():
            self._reactor.callLater(max(0.0, next_s - passed), self._tick)
        else:
            self._plan_is_over = True
            self._settle()

    def _settle(self) -> None:
        if self._plan_is_over and not self._live and not self._over.called:
            self._over.callback(None)

    def _lost(self) -> bool:
        lost = [client.reason for client in self._clients if client.reason]
        if lost:
            self.result.errors[f"connection lost: {lost[0]}"] += 1
        return bool(lost)

    def _tell(self) -> None:
        if not self._over.called:
            self.result.elapsed_s = self._reactor.seconds() - self._begun_at
            self._told(self.result)
            self._reactor.callLater(1.0, self._tell)

    def _begin(self) -> None:
        self.result.due += 1
        if not self._free:
            self.result.errors[NO_FREE_DN] += 1
            return
        self.result.begun += 1
        self._live += 1
        pair = self._free.popleft()
        Deferred.fromCoroutine(self._call(pair)).addBoth(self._ended, pair)

    def _ended(self, failure: Any, pair: Pair) -> None:
        self._live -= 1
        self._free.append(pair)
        if failure is None:
            self.result.completed += 1
        elif failure.check(StepRefusedError, ClientError):
            self.result.errors[failure.getErrorMessage()] += 1
        else:
            self._plan_is_over = True
            if not self._over.called:
                self._over.errback(failure)
        self._settle()

    # -- one call ------------------------------------------------------------------------------

    async def _call(self, pair: Pair) -> None:
        """Make, answer, hold, release; raises StepRefusedError, ClientError."""
        caller, callee = pair
        callers, agents = self._clients
        ringing = self._expect(EventRinging, callee)
        begun = self._reactor.seconds()
        made = RequestMakeCall(this_dn=Dn(caller), other_dn=Dn(callee))
        try:
            dialing = await self._asked(callers, made, "EventDialing")
        except (StepRefusedError, ClientError):
            self._forget(ringing, callee)
            raise
        conn_id = ConnId(getattr(dialing, "conn_id", 0))
        try:
            await ringing
            self._measured("EventRinging", begun)
            answer = RequestAnswerCall(this_dn=Dn(callee), conn_id=conn_id)
            await self._asked(agents, answer, "EventEstablished")
            await self._passing(self._plan.hold_s)
        finally:
            release = RequestReleaseCall(this_dn=Dn(caller), conn_id=conn_id)
            await self._asked(callers, release, "EventReleased")

    async def _asked(self, client: TLibraryClient, request: Any, wanted: str) -> Message:
        begun = self._reactor.seconds()
        answer = await client.ask(request, LIMIT_S)
        if isinstance(answer, EventError):
            text = f"{answer.error_code} {answer.error_message or ''}".rstrip()
            raise StepRefusedError(f"{type(request).__name__}: {text}")
        self._measured(wanted, begun)
        return answer

    def _measured(self, name: str, begun: float) -> None:
        self.result.latency_ms[name].append((self._reactor.seconds() - begun) * 1000)

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
        self._reactor.callLater(seconds, passed.callback, None)
        await passed


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
