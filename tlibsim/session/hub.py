"""The hub: the whole product without sockets.  Bytes in, deliveries out.

It routes, and has no rule about calls, recordings or messages: those are in the tables of
dispatch, projection, the switch and the desk.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random

from tlibproto.codec import decode
from tlibproto.errors import ProtocolError
from tlibproto.framing import Addp
from tlibproto.messages import Event, EventACK, Message
from tlibproto.vocabulary import DROPPED_REFERENCE_ID, Dn
from tlibsim.config import Settings
from tlibsim.faults.book import FaultBook
from tlibsim.journal import Journal, Kind
from tlibsim.ports.media import CaptureReport, Instant
from tlibsim.recording.desk import RecordingDesk, Steps
from tlibsim.recording.rules import CallsView, RecordingRules
from tlibsim.router import Router
from tlibsim.session.answers import Asked
from tlibsim.session.asker import Asker, Outcome, Relay, times
from tlibsim.session.availability import check_available
from tlibsim.session.callmonitor import CallEvent, CallMonitor
from tlibsim.session.client import Client, ClientId, limits_of
from tlibsim.session.dispatch import BEFORE_OPENING, REQUESTS, capabilities
from tlibsim.session.errors import ErrorTable
from tlibsim.session.keepalive import KeepAlive
from tlibsim.session.outbox import Delivery
from tlibsim.session.perform import Model
from tlibsim.session.post import END_OF_TIME, Post
from tlibsim.session.projection import BROADCASTS, PROJECTIONS, Projection, Stamp
from tlibsim.session.refusing import Named, because, error_event, named_by, unregistered_event
from tlibsim.session.registry import Registry
from tlibsim.switch.commands import SessionLeft
from tlibsim.switch.facts import CrossingFact, DnRetired, RequestFailed, SiteFact, SiteTold
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

NO_DN = Dn("")  # whose event it is that concerns every client


class Hub:
    """All clients, the switch and the desk.  ``now`` comes with every call."""

    def __init__(
        self,
        *,
        settings: Settings,
        switch: Switch,
        desk: RecordingDesk,
        recording_rules: RecordingRules,
        recorded_calls: CallsView,
        journal: Journal,
        started_at: Instant,
        router: Router | None = None,
        faults: FaultBook | None = None,
    ) -> None:
        self.journal = journal
        self.registry = Registry()
        self.clients: dict[ClientId, Client] = {}
        router = Router.without_rules(switch) if router is None else router
        router.claimed = self.registry.controlled
        self._model = Model(switch, desk, router)
        self._desk = desk
        self._settings = settings
        self.faults = FaultBook(Random("faults")) if faults is None else faults
        self._post = Post(
            journal=journal,
            faults=self.faults,
            registry=self.registry,
            number_copies=settings.options.refid_in_copies,
            delay_ms=settings.options.delay_ms,
        )
        self._errors = ErrorTable.of(settings)
        self._limits = limits_of(settings)
        self._keep_alive = KeepAlive()
        self._asked: Asked | None = None
        self._waiting: list[Asked] = []
        self._for_sites: list[SiteTold] = []
        self._connections = 0
        self._sessions = 0
        self._sequence = 0
        self._monitor = CallMonitor(
            calls=switch.views,
            alive=switch.calls.__contains__,
            next_number=self._next_number,
            customer_id=settings.customer_id,
        )
        self._asker = Asker(
            settings=settings,
            switch=switch,
            registry=self.registry,
            started_at=started_at,
            capabilities=capabilities(settings.options),
            clients_open=lambda: sum(client.open for client in self.clients.values()),
            next_session_id=self._next_session_id,
            recording_rules=recording_rules,
            recorded_calls=recorded_calls,
            monitor=self._monitor,
        )

    def reconfigure(self, settings: Settings, recording_rules: RecordingRules) -> None:
        """Other settings from now on, as far as sessions go; a connection keeps its limits."""
        options = settings.options
        self._settings = settings
        self._errors = ErrorTable.of(settings)
        self._limits = limits_of(settings)
        self._post.reconfigure(number_copies=options.refid_in_copies, delay_ms=options.delay_ms)
        self._asker.reconfigure(settings, recording_rules, capabilities(options))

    def _next_session_id(self) -> int:
        self._sessions += 1
        return self._sessions

    def _next_number(self) -> int:
        self._sequence += 1
        return self._sequence

    def asking(self) -> str:
        """The name of the client whose request is being carried out; empty when there is none."""
        return "" if self._asked is None else self._asked.client.name

    # -- connections -----------------------------------------------------------------------------

    def connect(self, now: Instant, *, charset: str, listener: str, peer: str) -> ClientId:
        """A connection was accepted."""
        self._connections += 1
        client_id = ClientId(self._connections)
        client = Client(
            client_id, limits=self._limits, charset=charset, listener=listener, peer=peer
        )
        client.addp.heard(now)
        self.clients[client_id] = client
        self.journal.note(Kind.CONNECTED, now, client_id, peer)
        if self.faults.active and self.faults.refuses(client_id, now):
            self._post.close(client, "fault: refused")
        return client_id

    def pending(self) -> Sequence[Delivery]:
        """What a connection is to get before it has said anything: its end, by a fault."""
        return self._post.take()

    def disconnect(self, client_id: ClientId, now: Instant, reason: str) -> Sequence[Delivery]:
        """A connection ended: its registrations with it, and nothing else (BEHAVIOUR.md 3.4)."""
        client = self.clients.pop(client_id, None)
        if client is not None:
            self.registry.leave(client)
            self._monitor.stop(client)
            self._asker.forget(client)
            self.faults.forget(client_id)
            self._work_off(self._model.follow(SessionLeft(session=client.id), now), now)
            self._waiting = [asked for asked in self._waiting if asked.client is not client]
            self.journal.note(
                Kind.CLOSED, now, client_id, client.name, client.closing or reason
            )
        return self._post.take()

    def receive(self, client_id: ClientId, data: bytes, now: Instant) -> Sequence[Delivery]:
        """Bytes of a client.  One client's bytes can close that client and disturb no other."""
        client = self.clients.get(client_id)
        if client is None or client.closing:
            return ()
        client.addp.heard(now)
        try:
            for unit in client.decoder.feed(data):
                if isinstance(unit, Addp):
                    self._keep_alive_packet(client, unit, now)
                else:
                    self._serve(client, unit, now)
                if client.closing:
                    break
        except ProtocolError as error:
            self._wrong_bytes(client, error, now)
        return self._post.take()

    def _keep_alive_packet(self, client: Client, packet: Addp, now: Instant) -> None:
        answer = client.addp.answer(packet.kind, packet.argument)
        if answer:
            self._post.keep_alive(client, answer, now)
        self._keep_alive.watch(client)

    def _wrong_bytes(self, client: Client, error: ProtocolError, now: Instant) -> None:
        """The stream is out of step, which cannot be repaired (WIRE.md 7)."""
        self.journal.note(Kind.WRONG_BYTES, now, client.id, error, str(error))
        self._post.close(client, str(error))

    # -- requests --------------------------------------------------------------------------------

    def _serve(self, client: Client, payload: bytes, now: Instant) -> None:
        try:
            request = decode(payload, client.charset, self._limits)
        except ProtocolError as error:
            if error.fatal:
                raise
            self.journal.note(Kind.WRONG_BYTES, now, client.id, error, str(error))
            self._refuse_bytes(client, error, now)
            return
        self.journal.note(Kind.REQUEST, now, client.id, request)
        if self.faults.active and self._fails(client, request, now):
            return
        self._asked = asked = Asked(client, request)
        try:
            self._handle(client, request, asked, now)
        except RequestRefused as refused:
            self._refuse(client, request, refused, now)
        except Exception as error:  # noqa: BLE001  one client's turn must not stop the others
            self.journal.bug(now, client.id, error)
            if not asked.done:
                ours = RequestRefused(Reason.INTERNAL, repr(error))
                self._refuse(client, request, ours, now)
        finally:
            self._asked = None

    def _handle(self, client: Client, request: Message, asked: Asked, now: Instant) -> None:
        if not client.open and type(request) is not BEFORE_OPENING:
            raise RequestRefused(Reason.OUT_OF_SEQUENCE, "RequestRegisterClient comes first")
        function = REQUESTS.get(type(request))  # type: ignore[arg-type]  # events have none
        if function is None:
            raise RequestRefused(Reason.UNSUPPORTED, type(request).__name__)
        asker = self._asker
        asker.client = client
        asker.now = now
        outcome = function(request, asker)
        if outcome.command is None:
            self._answer(client, asked, outcome, now)
            return
        check_available(request, asker.switch)
        steps = self._model.perform(outcome.command, now)
        self._answer(client, asked, outcome, now)
        self._work_off(steps, now)
        if asked.done:
            return
        if asked.may_wait:
            self._waiting.append(asked)
        else:
            self._answer(client, asked, Outcome(answer=EventACK(**times(now))), now)

    def _answer(self, client: Client, asked: Asked, outcome: Outcome, now: Instant) -> None:
        """The direct answer, an event to pass on, and what happens to connections."""
        if outcome.answer is not None and not asked.done:
            self._post.answer(client, outcome.answer, asked.reference_id, now)
            asked.done = True
        for event in outcome.then:
            self._post.event(event, Dn(event.this_dn or ""), (client,), now)
        if outcome.relay is not None:
            self._relay(outcome.relay, now)
        if outcome.close:
            self._post.close(client, outcome.close)
        if outcome.drop_all:
            for other in self.clients.values():
                self._post.close(other, outcome.drop_all)

    def _refuse(
        self, client: Client, request: Message, refused: RequestRefused, now: Instant
    ) -> None:
        """EventError for one request: code, text, and what the request named (BEHAVIOUR.md 6)."""
        self.journal.note(Kind.REFUSAL, now, client.id, request, str(refused))
        code = self._errors.code(refused.reason, type(request).__name__)
        self._send_error(client, named_by(request), code, now, str(refused))
        if isinstance(request, BEFORE_OPENING) and not client.open:
            self._post.close(client, str(refused))

    def _fails(self, client: Client, request: Message, now: Instant) -> bool:
        """Whether a fault takes the place of what was asked for."""
        fault = self.faults.request(client.id, client.name, request, now)
        if fault is not None and fault.kind == "error":
            reason = Reason(fault.error or Reason.INTERNAL.value)
            code = fault.code or self._errors.code(reason, type(request).__name__)
            self._send_error(client, named_by(request), code, now, "a fault", fault.text)
        return fault is not None

    def _send_error(
        self, client: Client, named: Named, code: int, now: Instant, why: str, text: str = ""
    ) -> None:
        """EventError to what a request named; none where the client would drop it (WIRE.md 5)."""
        reference_id: int | None = named.get("reference_id")
        if reference_id != DROPPED_REFERENCE_ID:
            words = text or self._errors.text(code)
            event = error_event(code, words, now, self._settings.customer_id, named)
            self._post.answer(client, event, reference_id, now, because(named, why))

    def _refuse_bytes(self, client: Client, error: ProtocolError, now: Instant) -> None:
        """A broken value in a message that is otherwise in step."""
        code = self._errors.code(Reason.INVALID_ATTRIBUTE)
        self._send_error(client, error.read, code, now, str(error))

    # -- commands, reports, time -------------------------------------------------------------------

    def perform(self, command: object, now: Instant) -> Sequence[Delivery]:
        """What a scenario, the console or the harness does; raises RequestRefused."""
        self._work_off(self._model.perform(command, now), now)
        return self._post.take()

    def carry_on(self, steps: Steps, now: Instant) -> Sequence[Delivery]:
        """Tell of what has happened outside of any command; what was held back goes before it."""
        self._post.due(END_OF_TIME, self.clients)
        self._work_off(steps, now)
        return self._post.take()

    def report(self, report: CaptureReport, now: Instant) -> Sequence[Delivery]:
        """A media backend tells how an order went."""
        self.journal.note(Kind.REPORT, now, 0, report)
        with self._noting_bugs(now):
            self._work_off(self._desk.report(report, now), now)
        return self._post.take()

    @contextmanager
    def _noting_bugs(self, now: Instant) -> Iterator[None]:
        """What nobody asked for has nobody to be told of a bug but the journal."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  one bad turn must not stop the next
            self.journal.bug(now, 0, error)

    def next_deadline(self) -> Instant | None:
        """When :meth:`tick` is wanted next."""
        deadlines = (
            self._model.next_deadline(),
            self._keep_alive.next_deadline(),
            self.faults.next_deadline(),
            self._post.next_deadline(),
        )
        return min((one for one in deadlines if one is not None), default=None)

    def time_jumps(self, by: int) -> None:
        """The clock is about to jump; keep-alive goes by the time of the world."""
        self._keep_alive.jump(self.clients.values(), by)

    def time_goes(self, pace: float) -> None:
        """From now on so many seconds pass here in one second of the world."""
        self._keep_alive.go(self.clients.values(), pace)

    def tick(self, now: Instant) -> Sequence[Delivery]:
        """Do what is due."""
        with self._noting_bugs(now):
            for steps in self._model.due(now):
                self._work_off(steps, now)
        for client in self._keep_alive.due(now):
            self._look_after(client, now)
        self._post.due(now, self.clients)
        return self._post.take()

    def _look_after(self, client: Client, now: Instant) -> None:
        if client.id not in self.clients or client.closing:
            return
        packet = self._keep_alive.look(client, now)
        if packet is None:
            seconds = client.addp.timeout / 1_000_000
            self._post.close(client, f"ADDP: nothing heard for twice {seconds:g} s")
        elif packet:
            self._post.keep_alive(client, packet, now)

    def take_for_sites(self) -> Sequence[SiteTold]:
        """What other switches are to be told, in order; each is handed over once."""
        told, self._for_sites = self._for_sites, []
        return told

    # -- facts become events ------------------------------------------------------------------------

    def _work_off(self, steps: Steps, now: Instant) -> None:
        """Publish facts in their order; what the desk makes of them comes after."""
        queue = deque((steps,))
        while queue:
            step = queue.popleft()
            facts = self._desk.ahead_of(step.facts)
            monitored = self._monitor.active
            if monitored:
                self._monitor.begin(facts, now)
            for fact in facts:
                self.journal.note(Kind.FACT, now, 0, fact)
                if monitored:
                    self._tell_monitors(self._monitor.notice(fact), now)
                self._project(fact, now)
                noticed = (self._desk.notice(fact, now), self._model.routed(fact, now))
                queue.extend(one for one in noticed if one.facts or one.commands)
            for command in step.commands:
                queue.append(self._model.follow(command, now))
        if self._waiting:
            self._give_up_waiting(now)

    def _project(self, fact: object, now: Instant) -> None:
        row = PROJECTIONS.get(type(fact))
        if row is None:
            self._project_otherwise(fact, now)
            return
        for dn in row.recipients(fact):
            watchers = self._audience(row, fact, dn)
            if watchers:
                self._distribute(row.make(fact, dn, self._stamp(now)), dn, watchers, now)

    def _audience(self, row: Projection, fact: object, dn: Dn) -> Sequence[Client]:
        """Clients on the DN, those who get copies, and the one who asked: each of them once."""
        watchers = self.registry.watchers(dn)
        chosen = None if row.only is None else row.only(fact)
        if chosen is not None:
            return [client for client in watchers if client.id == chosen]
        if row.copies is None and not row.to_asker:
            return watchers
        audience = dict.fromkeys(watchers)
        for other in () if row.copies is None else row.copies(fact):
            audience.update(dict.fromkeys(self.registry.watchers(other)))
        if row.to_asker and self._asked is not None:
            audience[self._asked.client] = None
        return tuple(audience)

    def _project_otherwise(self, fact: object, now: Instant) -> None:
        """Facts that are not for the clients on a DN: for one request, for every client, for none."""
        make = BROADCASTS.get(type(fact))
        if make is not None:
            everybody = [client for client in self.clients.values() if client.open]
            self._distribute(make(self._stamp(now)), NO_DN, everybody, now)
        elif type(fact) is RequestFailed:
            self._request_failed(fact, now)
        elif type(fact) is SiteTold:
            self._for_sites.append(fact)
        elif type(fact) is DnRetired:
            code = self._errors.code(Reason.NOT_CONFIGURED)
            news = unregistered_event(fact.dn, code, self._errors.text(code), self._stamp(now))
            self._post.event(news, fact.dn, self.registry.vacate(fact.dn), now)
        elif isinstance(fact, CrossingFact | SiteFact):
            for event, client in self._asker.site_news(fact, partial(self._stamp, now)):
                self._post.event(event, Dn(event.this_dn or ""), (client,), now)

    def _stamp(self, now: Instant) -> Stamp:
        seconds, microseconds = divmod(now, 1_000_000)
        return Stamp(
            seconds,
            microseconds,
            self._next_number(),
            self._settings.customer_id,
            self._settings.options.emit_cause,
            self._settings.switch,
        )

    def _distribute(
        self, event: Event, dn: Dn, watchers: Sequence[Client], now: Instant
    ) -> None:
        """One copy for each client on the DN whose mask lets it through (BEHAVIOUR.md 0.2)."""
        asked = self._who_asked_for(event, dn)
        if asked is None or asked.client not in watchers:
            self._post.event(event, dn, watchers, now)
            return
        self._post.event(
            event, dn, watchers, now, asker=asked.client, reference_id=asked.reference_id
        )
        asked.done = True

    def _tell_monitors(self, news: Sequence[CallEvent], now: Instant) -> None:
        for told in news:
            dn = Dn(told.event.this_dn or "")
            self._post.event(told.event, dn, self._monitor.readers(told), now)

    def _who_asked_for(self, event: Event, dn: Dn) -> Asked | None:
        """The request that this event answers: the present one, or one that waits."""
        if self._asked is not None and self._asked.answered_by(event, dn):
            return self._asked
        for asked in self._waiting:
            if asked.answered_by(event, dn):
                self._waiting.remove(asked)
                return asked
        return None

    def _request_failed(self, fact: RequestFailed, now: Instant) -> None:
        """What a request began came to nothing: tell whoever still waits."""
        for asked in self._waiting:
            if asked.dn == fact.dn and asked.subject == fact.conn_id:
                self._waiting.remove(asked)
                self._tell_failure(asked, fact, now)
                return

    def _tell_failure(self, asked: Asked, fact: RequestFailed, now: Instant) -> None:
        """EventError, or EventACK where an option keeps failures quiet."""
        if fact.reason is None:
            self._answer(asked.client, asked, Outcome(answer=EventACK(**times(now))), now)
            return
        refused = RequestRefused(fact.reason, fact.detail)
        self._refuse(asked.client, asked.request, refused, now)

    def _give_up_waiting(self, now: Instant) -> None:
        """A DN that has left the call gets no event of it that could still be the answer."""
        for asked in tuple(self._waiting):
            call = self._asker.switch.call(asked.subject)
            if call is None or call.party(asked.dn or "") is None:
                self._waiting.remove(asked)
                refused = RequestRefused(Reason.INCORRECT_STATE, f"{asked.dn} left the call")
                self._refuse(asked.client, asked.request, refused, now)

    def _relay(self, relay: Relay, now: Instant) -> None:
        watchers: Sequence[Client] = self.registry.watchers(relay.dn)
        if relay.only is not None:
            client = self.clients.get(relay.only)
            watchers = () if client is None or not client.open or client.closing else (client,)
        watchers = [client for client in watchers if client.id != relay.but]
        self._distribute(relay.event, relay.dn, watchers, now)
