"""The clients of a running scenario: what they have registered and asked, and what came.

Settling belongs here as well: every client asks RequestQueryServer, and when all have their
answers the server has dealt with what was sent before, and all that it caused has come.  These
questions and answers are seen by nobody else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tlibproto.messages import Message, Request, RequestQueryServer
from tlibproto.vocabulary import MessageId, ReferenceId, connid_text
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.identity import IdentityRules, new_rules
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_message
from tlibsim.scenario.stage import Stage
from tlibsim.scenario.view import Received, StepView, this_dn

SETTLE_SECONDS = 5.0
FIRST_MARKER = 0x4000_0000
"""ReferenceIDs from here on belong to questions that only ask whether all has come."""

_TURN_SECONDS = 0.01


class StepError(Exception):
    """A step, or what comes before the first one, went wrong; ``difference`` says how."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.subject)
        self.difference = difference


@dataclass(frozen=True, slots=True)
class _Marker:
    client: str
    reference: ReferenceId


class Cast:
    """All clients of one scenario on one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.newest_conn_id: str | None = None
        self.arrived = 0
        self.broken: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._registered: dict[str, list[str]] = {}
        self._seen: set[int] = set()
        self._received: list[Received] = []
        self._at_start: dict[str, tuple[str, ...]] = {}
        self._once: dict[str, list[str]] = {}
        self._markers: set[_Marker] = set()
        self._answered: set[_Marker] = set()
        self._last_reference = 0
        self._last_marker = FIRST_MARKER
        self._rules: IdentityRules = new_rules()

    # -- clients -------------------------------------------------------------------------------

    async def open(self, client: str) -> None:
        """Open the client unless it is open."""
        if client not in self._open:
            await self.stage.connect(client)
            self._open.append(client)
            self._registered[client] = []

    async def close(self, client: str) -> None:
        """Close the client; its registrations end with it."""
        if client in self._open:
            await self.stage.disconnect(client)
            self._open.remove(client)
            self._registered.pop(client)

    @property
    def names(self) -> tuple[str, ...]:
        """The clients that are open, in the order in which they were opened."""
        return tuple(self._open)

    def registered(self, client: str) -> tuple[str, ...]:
        """The DNs of a client, in the order in which it registered them."""
        return tuple(self._registered.get(client, ()))

    def reference(self) -> ReferenceId:
        """A ReferenceID that no client of this scenario has used."""
        self._last_reference += 1
        return ReferenceId(self._last_reference)

    def send(self, client: str, request: Request) -> None:
        """Send a request of an open client."""
        self.stage.send(client, request)

    async def answer(self, client: str, reference: ReferenceId, limit: float) -> Message | None:
        """Wait for the message with this ReferenceID; None when it does not come in time."""
        deadline = self.stage.seconds() + limit
        while True:
            self.collect()
            for item in reversed(self._received):
                if item.client == client and item.message.reference_id == reference:
                    return item.message
            left = deadline - self.stage.seconds()
            if left <= 0 or self.stage.lost():
                return None
            await self.stage.change(left)

    # -- what came -----------------------------------------------------------------------------

    def begin_step(self) -> None:
        """Forget what came, and remember who is registered where."""
        self.collect()
        self._received.clear()
        self.broken.clear()
        self._at_start = self._watchers()
        self._once = {dn: list(clients) for dn, clients in self._at_start.items()}

    def view(self, requester: str = "", reference: ReferenceId | None = None) -> StepView:
        """What has come since the step began."""
        self.collect()
        now = self._watchers()
        return StepView(
            received=tuple(self._received),
            requester=requester,
            reference=reference,
            watchers={
                dn: tuple(client for client in clients if client in now.get(dn, ()))
                for dn, clients in self._at_start.items()
            },
            once={dn: tuple(clients) for dn, clients in self._once.items()},
            traces=tuple(self.stage.traces()),
            finding=self.stage.finding(),
            messages=self.stage.messages,
        )

    def collect(self) -> None:
        """Take over what the stage has received."""
        for item in self.stage.take():
            marker = _Marker(item.client, item.message.reference_id or ReferenceId(0))
            if marker in self._markers:
                self._answered.add(marker)
                continue
            self.arrived += 1
            self._received.append(item)
            self._notice(item)

    def _notice(self, item: Received) -> None:
        message = item.message
        for rule in self._rules.broken(item):
            self.broken.append((rule, f"{shown_message(message)}  at {item.client}"))
        conn_id = getattr(message, "conn_id", None)
        if conn_id and conn_id not in self._seen:
            self._seen.add(conn_id)
            self.newest_conn_id = connid_text(conn_id)
        self._notice_registration(item.client, message)

    def _notice_registration(self, client: str, message: Message) -> None:
        dn, own = this_dn(message), self._registered.get(client)
        if dn is None or own is None:
            return
        if message.message_id == MessageId.EventRegistered and dn not in own:
            own.append(dn)
            self._once.setdefault(dn, []).append(client)
        elif message.message_id == MessageId.EventUnregistered and dn in own:
            own.remove(dn)

    def _watchers(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for client in self._open:
            for dn in self._registered[client]:
                found.setdefault(dn, []).append(client)
        return {dn: tuple(clients) for dn, clients in found.items()}

    # -- settling ------------------------------------------------------------------------------

    async def settle(self, limit: float = SETTLE_SECONDS) -> None:
        """Wait until the server has done all there is to do and all of it has come."""
        deadline = self.stage.seconds() + limit
        quiet = self.stage.quiet_seconds
        if quiet is not None:
            await self._silence(quiet, deadline)
            return
        while True:
            await self._ask_all(deadline)
            await self._idle(deadline)
            await self._ask_all(deadline)
            if self.stage.idle():
                return

    async def _silence(self, quiet: float, deadline: float) -> None:
        while self.stage.seconds() < deadline:
            before, until = self.arrived, self.stage.seconds() + quiet
            while self.arrived == before and self.stage.seconds() < until:
                await self.stage.change(until - self.stage.seconds())
                self.collect()
            self._check_lost()
            if self.arrived == before:
                return
        raise _unsettled("the server is still sending")

    async def _idle(self, deadline: float) -> None:
        while not self.stage.idle():
            if self.stage.seconds() > deadline:
                raise _unsettled("the server still has something due, or an order to its media")
            await self.stage.change(_TURN_SECONDS)
            self.collect()

    async def _ask_all(self, deadline: float) -> None:
        """Ask a question of every client and wait for all answers."""
        asked = {self._ask(client) for client in self._open}
        while True:
            self.collect()
            open_questions = asked - self._answered
            if not open_questions:
                break
            self._check_lost()
            left = deadline - self.stage.seconds()
            if left <= 0:
                raise _unsettled(_unanswered(marker.client for marker in open_questions))
            await self.stage.change(left)
        self._markers -= asked
        self._answered -= asked

    def _ask(self, client: str) -> _Marker:
        self._last_marker += 1
        marker = _Marker(client, ReferenceId(self._last_marker))
        self._markers.add(marker)
        self.send(client, RequestQueryServer(reference_id=marker.reference))
        return marker

    def _check_lost(self) -> None:
        for client, reason in self.stage.lost().items():
            raise StepError(
                Difference(
                    verdict=Verdict.LOST,
                    subject=f"the connection of {client}",
                    place=Place(),
                    notes=(reason,),
                )
            )


def _unanswered(clients: Iterable[str]) -> str:
    names = ", ".join(sorted(set(clients)))
    return f"no answer to RequestQueryServer for {names}"


def _unsettled(note: str) -> StepError:
    return StepError(
        Difference(
            verdict=Verdict.NOT_SETTLED,
            subject="the server",
            place=Place(),
            notes=(note,),
        )
    )
