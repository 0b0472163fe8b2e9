"""One private switch on which many copies of a scenario are played at a time, and their stages.

What happens in the switch is told to the stage of those whom it concerns: by the client that asks
or gets it, by its DN, or by its call.  An event has come when it has come to the clients, and not
when the switch has sent it.  A stage serves one copy, in one run after the other.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from tlibproto.messages import EventError, Message, Request, RequestRegisterClient
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.app import Simulator
from tlibsim.config import Settings
from tlibsim.console.reset import bring_to_rest
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.journal.names import message_name
from tlibsim.journal.records import Record, record_of, records
from tlibsim.net.client import ClientError
from tlibsim.net.clients import Clients
from tlibsim.net.loading import LoadResult
from tlibsim.net.reactor import Reactor
from tlibsim.net.stage import Address
from tlibsim.net.turning import turn
from tlibsim.ports.media import Instant, SessionId
from tlibsim.scenario.messages import TraceMessage
from tlibsim.scenario.script.dnstates import dn_state
from tlibsim.scenario.script.runjournal import is_marker
from tlibsim.scenario.script.steps import Actor
from tlibsim.scenario.stage import FaultOrders, StageError
from tlibsim.scenario.view import Received, SessionTrace, this_dn
from tlibsim.switch.facts import CallView

MOST_RECORDS = 2000
"""So much of a run can be asked about; the whole journal is that of the switch."""

_MOST_CALLS = 20_000
_MICROSECONDS = 1_000_000


class Timed:
    """From what we do to what comes of it; a run that began late is late in its first deed."""

    def __init__(self, reactor: Reactor) -> None:
        self._reactor = reactor
        self._since: float | None = None
        self._late = 0.0
        self._result: LoadResult | None = None
        self._next: LoadResult | None = None

    def begin(self, late_s: float, result: LoadResult) -> None:
        """A run has begun, so late; what happens before its first step is not measured."""
        self._since, self._late, self._result = None, late_s, None
        self._next = result

    def entered(self) -> None:
        """A step begins."""
        self._result = self._next

    def deed(self) -> None:
        """Something is done now."""
        self._since = self._reactor.seconds() - self._late
        if self._result is not None:
            self._late = 0.0

    def rest(self) -> None:
        """Time is let pass: what comes meanwhile was caused by nobody."""
        self._since = None

    def came(self, message: Message) -> None:
        """Something came of it."""
        if self._since is not None and self._result is not None:
            name = message_name(message.message_id)
            self._result.measured(name, self._reactor.seconds() - self._since)
        if isinstance(message, EventError) and self._result is not None:
            self._result.refused(message)


class SlotClients(Clients):
    """The clients of one copy; their connections stand from one run to the next."""

    def __init__(
        self, reactor: Reactor, settings: Settings, *, slot: int, address: Address, timed: Timed
    ) -> None:
        super().__init__(reactor, settings)
        self._slot = slot
        self._address = address
        self._timed = timed
        self.sink: Callable[[str, Message], None] = lambda _, __: None
        """Who is told what comes, too."""

    def _application_name(self, name: str) -> str:
        return slot_name(name, self._slot)

    async def ready(self, name: str) -> None:
        """Open the client unless its connection stands; raises StageError."""
        if self.is_open(name):
            return
        await self.close(name)
        try:
            await self.open(name, self._address)
        except ClientError as error:
            raise StageError(f"client {name}: {error}") from error

    def put(self, name: str, message: Message) -> None:
        """Something has come: how long after what we did?"""
        if not is_marker(message):
            self._timed.came(message)
            self.sink(name, message)
        super().put(name, message)


def slot_name(client: str, slot: int) -> str:
    """The application name of a client of one copy."""
    return f"{client}.{slot + 1}"


class SlotStage:
    """What a stage of a load is, wherever the server is: clients, time of the world, a journal."""

    quiet_seconds = None
    turned = False

    def __init__(
        self,
        reactor: Reactor,
        settings: Settings,
        *,
        slot: int,
        address: Address,
        hold_s: float,
    ) -> None:
        self._reactor = reactor
        self._hold_s = hold_s
        self.address = address
        self.timed = Timed(reactor)
        self.clients = SlotClients(
            reactor, settings, slot=slot, address=address, timed=self.timed
        )
        self.journal = Journal(MOST_RECORDS)
        self.lost = self.clients.lost
        self.change = self.clients.change
        self.connect = self.clients.ready
        self.disconnect = self.clients.close

    async def begin(self) -> None:
        """Nothing of an earlier run is left."""
        self.clients.take()
        self.journal.clear()

    async def end(self) -> None:
        """The connections stay."""
        self.timed.rest()

    def seconds(self) -> float:
        """The reactor's steady clock."""
        now: float = self._reactor.seconds()
        return now

    def elapsed_us(self) -> int:
        """The same in microseconds."""
        return int(self.seconds() * _MICROSECONDS)

    def send(self, client: str, request: Request) -> None:
        """Send a request of a client as it stands."""
        if not is_marker(request):
            self.timed.deed()
        self.clients.send(client, request)

    def take(self) -> Sequence[Received]:
        """Everything that has come since the last call."""
        return self.clients.take()

    def idle(self) -> bool:
        """Others keep the server busy all the time."""
        return True

    async def advance(self, seconds: float) -> None:
        """Time is nobody's to turn here: it passes as it does, at most as long as calls are held."""
        await self.rest(min(seconds, self._hold_s))

    async def rest(self, seconds: float) -> None:
        """Wait so long."""
        self.timed.rest()
        await turn(self._reactor, seconds)

    async def pass_time(self, until_us: int) -> None:
        """Wait until something comes."""
        await self.clients.change((until_us - self.elapsed_us()) / _MICROSECONDS)

    def records(self) -> Iterator[Record]:
        """What happened in this run."""
        return records(self.journal)

    def faults(self) -> FaultOrders | None:
        """A fault would strike all copies."""
        return None

    async def until_there(self, actors: Sequence[Actor]) -> None:
        """Nobody else takes part."""
        if actors:
            raise StageError("external actors cannot take part in a load")

    def finding(self) -> str:
        """That of the newest call would be somebody else's."""
        return ""

    def messages(self) -> Sequence[TraceMessage]:
        """Those sent last would be somebody else's."""
        return ()


class TargetStage(SlotStage):
    """One copy on a server that runs elsewhere, of which nothing of the inside is seen."""

    def send(self, client: str, request: Request) -> None:
        """Send a request of a client, and note it."""
        if not is_marker(request):
            self.journal.note(Kind.REQUEST, self.now(), self._number(client), request)
        super().send(client, request)

    def take(self) -> Sequence[Received]:
        """Everything that has come since the last call; it is noted when it is taken."""
        taken = super().take()
        for one in taken:
            if not is_marker(one.message):
                to, dn = (self._number(one.client),), this_dn(one.message) or ""
                reference = one.message.reference_id
                self.journal.note(Kind.EVENT, self.now(), 0, one.message, dn, to, reference)
        return taken

    def _number(self, client: str) -> int:
        for number, name in self.journal.names.items():
            if name == client:
                return number
        number = len(self.journal.names) + 1
        self.journal.names[number] = client
        return number

    def now(self) -> Instant:
        """The reactor's steady clock: only differences count."""
        return Instant(self.elapsed_us())

    def perform(self, command: object) -> None:
        """There is no way to do this from outside."""
        raise StageError(f"{type(command).__name__} cannot be done from outside")

    def calls(self) -> Sequence[CallView]:
        """Nothing of the inside is seen."""
        return ()

    def traces(self) -> Sequence[SessionTrace]:
        """Nothing of the inside is seen."""
        return ()

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        """Nothing of the inside is seen."""
        return {}


class SharedStage(SlotStage):
    """One copy on the shared switch of this process."""

    def __init__(
        self, server: "SharedServer", settings: Settings, *, slot: int, hold_s: float
    ) -> None:
        super().__init__(
            server.simulator.reactor,
            settings,
            slot=slot,
            address=next(iter(server.simulator.addresses.values())),
            hold_s=hold_s,
        )
        self._server = server
        self._sessions: dict[SessionId, None] = {}
        self._coming: deque[tuple[Entry, set[str]]] = deque()
        self.clients.sink = self.arrived

    async def begin(self) -> None:
        """Nothing of an earlier run is left."""
        await super().begin()
        self._sessions.clear()
        self._coming.clear()

    def now(self) -> Instant:
        """The time of the server."""
        return self._server.simulator.clock.now()

    def perform(self, command: object) -> None:
        """Hand a command to the switch; raises RequestRefused."""
        self.timed.deed()
        self._server.simulator.perform(command)

    def calls(self) -> Sequence[CallView]:
        """The calls at the DNs of this copy, oldest first."""
        return self._server.calls(self)

    def traces(self) -> Sequence[SessionTrace]:
        """The recording sessions of those calls, the one begun last at the end."""
        simulator = self._server.simulator
        found = [simulator.desk.trace(session) for session in self._sessions]
        return [simulator.details.inspector.complete(one) for one in found if one is not None]

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        """The state of each DN of this copy."""
        return self._server.states(self)

    def noted(self, entry: Entry) -> None:
        """Something happened that concerns this copy."""
        session = getattr(entry.subject, "session", None)
        if entry.kind is Kind.FACT and session is not None:
            self._sessions.setdefault(session)
        self._coming.append((entry, self._awaited(entry)))
        self._tell()

    def _awaited(self, entry: Entry) -> set[str]:
        """The clients to which it is on its way."""
        if entry.kind not in (Kind.EVENT, Kind.ANSWER):
            return set()
        names = self.journal.names
        found = {names[number] for number in entry.to or (entry.client,) if number in names}
        return {name for name in found if self.clients.is_open(name)}

    def arrived(self, client: str, message: Message) -> None:
        """A message has come to a client; with it, in order, all that happened before."""
        for entry, awaited in self._coming:
            subject = entry.subject
            same = isinstance(subject, Message) and subject.message_id == message.message_id
            if same and client in awaited:
                awaited.discard(client)
                break
        self._tell()

    def _tell(self) -> None:
        """Note what has happened, as soon as everybody knows of it who is told."""
        coming = self._coming
        while coming and (len(coming) > MOST_RECORDS or not self._is_awaited(coming[0][1])):
            _, at, kind, client, subject, detail, to, reference = coming.popleft()[0]
            self.journal.note(kind, at, client, subject, detail, to, reference)
            self.clients.wake()

    def _is_awaited(self, clients: set[str]) -> bool:
        return any(self.clients.is_open(name) for name in clients)

    def tidy(self) -> None:
        """End what the run left: calls, agents that are logged in, telephones that were set."""
        bring_to_rest(self._server.simulator, self._server.dns_of(self), self.calls())


class SharedServer:
    """A simulator, and whom each thing that happens in it concerns."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._dns: dict[str, SharedStage] = {}
        self._own: dict[SharedStage, tuple[Dn, ...]] = {}
        self._names: dict[str, tuple[SharedStage, str]] = {}
        self._clients: dict[int, SharedStage] = {}
        self._calls: OrderedDict[int, SharedStage] = OrderedDict()
        simulator.journal.listen(self._noted, *Kind)

    def add(
        self, stage: SharedStage, slot: int, dns: Sequence[str], clients: Sequence[str]
    ) -> None:
        """A copy: its DNs are its own, and its clients go by the names of the scenario."""
        self._own[stage] = tuple(map(Dn, dns))
        self._dns |= dict.fromkeys(dns, stage)
        self._names |= {slot_name(name, slot): (stage, name) for name in clients}

    def dns_of(self, stage: SharedStage) -> Sequence[Dn]:
        """The DNs of a copy."""
        return self._own[stage]

    def states(self, stage: SharedStage) -> Mapping[str, Mapping[str, object]]:
        """The state of each of its DNs."""
        devices = self.simulator.switch.devices
        return {dn: dn_state(devices[dn]) for dn in self._own[stage] if dn in devices}

    def calls(self, stage: SharedStage) -> Sequence[CallView]:
        """The calls at its DNs, oldest first."""
        devices = self.simulator.switch.devices
        numbers = {
            party.call.conn_id
            for dn in self._own[stage]
            if dn in devices
            for party in devices[dn].parties
        }
        found = (self.simulator.call(number) for number in sorted(numbers))
        return [view for view in found if view is not None]

    def _noted(self, entry: Entry) -> None:
        subject = entry.subject
        if is_marker(subject, entry.reference):
            return
        if isinstance(subject, RequestRegisterClient):
            self._presents_itself(entry.client, subject.application_name or "")
            return
        stage = self._concerned(entry)
        if stage is not None:
            stage.noted(entry)

    def _presents_itself(self, client: int, name: str) -> None:
        known = self._names.get(name)
        if known is not None:
            stage, plain = known
            self._clients[client] = stage
            stage.journal.names[client] = plain

    def _concerned(self, entry: Entry) -> SharedStage | None:
        if entry.kind is Kind.CLOSED:
            return self._clients.pop(entry.client, None)
        for client in (entry.client, *entry.to):
            stage = self._clients.get(client)
            if stage is not None:
                return stage
        conn_id: ConnId | None = getattr(entry.subject, "conn_id", None)
        stage = self._dns.get(record_of(entry, {}).dn)
        if stage is None:
            return self._calls.get(conn_id or 0)
        if conn_id:
            self._calls[conn_id] = stage
            if len(self._calls) > _MOST_CALLS:
                self._calls.popitem(last=False)
        return stage
