"""A stage of values for tests: a server that is a function, a clock that turns by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tlibproto.messages import (
    EventRegistered,
    EventServerInfo,
    Message,
    Request,
    RequestQueryServer,
    RequestRegisterAddress,
)
from tlibsim.config import DnSettings, Settings
from tlibsim.journal import Journal
from tlibsim.journal.records import Record, records
from tlibsim.ports.media import Instant
from tlibsim.scenario.messages import TraceMessage
from tlibsim.scenario.results import Result
from tlibsim.scenario.runner import play
from tlibsim.scenario.script.steps import Actor
from tlibsim.scenario.stage import FaultOrders, StageError
from tlibsim.scenario.steps import Scenario
from tlibsim.scenario.view import Received, SessionTrace
from tlibsim.switch.facts import CallView

Deliveries = Sequence[tuple[str, Message]]
BED = Settings(
    dns={number: DnSettings(dn=number) for number in ("7001", "7002")},
    clients={"desk1": ("7001",), "desk2": ("7002",), "rec": ("7001", "7002")},
)


def nothing(client: str, request: Request) -> Deliveries:
    """A server that answers nothing but what every stage needs."""
    return ()


def no_event(command: object) -> Deliveries:
    """A switch in which nothing is seen to happen."""
    return ()


@dataclass
class FakeStage:
    """``serve`` says what a request causes, ``act`` what a command of the switch causes.

    ``busy`` is how often the server says that it has not settled; ``mute`` are clients whose
    RequestQueryServer gets no answer; ``late`` is delivered at the first wait.
    """

    serve: Callable[[str, Request], Deliveries] = nothing
    act: Callable[[object], Deliveries] = no_event
    quiet_seconds: float | None = None
    busy: int = 0
    mute: frozenset[str] = frozenset()
    refuse: frozenset[str] = frozenset()
    late: list[tuple[str, Message]] = field(default_factory=list)
    sessions: Sequence[SessionTrace] = ()
    running: Sequence[CallView] = ()
    found: str = ""
    sent: Sequence[TraceMessage] = ()
    at: float = 0.0
    log: list[str] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    journal: Journal = field(default_factory=lambda: Journal(1000))
    _box: list[Received] = field(default_factory=list)

    def seconds(self) -> float:
        return self.at

    async def begin(self) -> None:
        self.log.append("begin")

    async def end(self) -> None:
        self.log.append("end")

    async def connect(self, client: str) -> None:
        if client in self.refuse:
            raise StageError(f"client {client}: no")
        self.log.append(f"connect {client}")

    async def disconnect(self, client: str) -> None:
        self.log.append(f"disconnect {client}")

    def send(self, client: str, request: Request) -> None:
        if isinstance(request, RequestQueryServer):
            if client not in self.mute:
                self._deliver(client, EventServerInfo(reference_id=request.reference_id))
            return
        self.log.append(f"{client} {type(request).__name__}")
        if isinstance(request, RequestRegisterAddress) and "register" not in self.refuse:
            self._deliver(
                client,
                EventRegistered(this_dn=request.this_dn, reference_id=request.reference_id),
            )
            return
        self._deliver_all(self.serve(client, request))

    def take(self) -> Sequence[Received]:
        taken, self._box = self._box, []
        return taken

    def lost(self) -> Mapping[str, str]:
        return self.gone

    async def change(self, limit: float) -> None:
        self.at += max(limit, 0.001)
        if self.late:
            self._deliver(*self.late.pop(0))

    def idle(self) -> bool:
        self.busy = max(0, self.busy - 1)
        return self.busy == 0

    def perform(self, command: object) -> None:
        self.log.append(type(command).__name__)
        self._deliver_all(self.act(command))

    async def advance(self, seconds: float) -> None:
        self.log.append(f"advance {seconds:g}")

    async def rest(self, seconds: float) -> None:
        await self.advance(seconds)

    @property
    def turned(self) -> bool:
        return self.quiet_seconds is None

    def now(self) -> Instant:
        return Instant(round(self.at * 1_000_000))

    def records(self) -> Iterator[Record]:
        return records(self.journal)

    def elapsed_us(self) -> int:
        return round(self.at * 1_000_000)

    async def pass_time(self, until_us: int) -> None:
        await self.change(max(0, until_us - self.elapsed_us()) / 1_000_000)

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        return {}

    def faults(self) -> FaultOrders | None:
        return None

    async def until_there(self, actors: Sequence[Actor]) -> None:
        assert not actors

    def calls(self) -> Sequence[CallView]:
        return self.running

    def traces(self) -> Sequence[SessionTrace]:
        return self.sessions

    def finding(self) -> str:
        return self.found

    def messages(self) -> Sequence[TraceMessage]:
        return self.sent

    def _deliver_all(self, deliveries: Deliveries) -> None:
        for client, message in deliveries:
            self._deliver(client, message)

    def _deliver(self, client: str, message: Message) -> None:
        self._box.append(Received(client=client, message=message))


def played(scenario: Scenario, stage: FakeStage, settings: Settings = BED) -> Result:
    """The result of a scenario on a stage that never waits for anything outside."""
    running = play(scenario, settings, stage)
    try:
        running.send(None)
    except StopIteration as finished:
        result: Result = finished.value
        return result
    raise AssertionError("the runner waits for something that is not the stage")
