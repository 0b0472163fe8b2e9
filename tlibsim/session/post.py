"""What goes out to clients: answers, events and keep-alive, noted in the journal on the way.

An event is encoded once per distinct copy.  Faults stand between here and the outbox; while there
are none, they cost one look.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tlibproto.codec import encode, with_reference
from tlibproto.framing import encode_frame
from tlibproto.messages import Event, Message
from tlibproto.vocabulary import Dn
from tlibsim.faults.book import Ending, FaultBook, Sent
from tlibsim.faults.fault import Fault
from tlibsim.journal import Journal, Kind
from tlibsim.ports.media import Instant
from tlibsim.session.client import Client, ClientId
from tlibsim.session.outbox import Delivery, Outbox, Wire
from tlibsim.session.registry import Registry

END_OF_TIME = Instant(1 << 62)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Late:
    """An event that is held back until ``at``."""

    at: Instant
    client: Client
    event: Event
    frame: bytes


class Post:
    """The way to every client.  ``number_copies``: all copies get the asker's ReferenceID."""

    def __init__(
        self,
        *,
        journal: Journal,
        faults: FaultBook,
        registry: Registry,
        number_copies: bool,
        delay_ms: int = 0,
    ) -> None:
        """``delay_ms`` holds every event back; direct answers (EventACK, EventError) are not."""
        self._journal = journal
        self._faults = faults
        self._registry = registry
        self._outbox = Outbox()
        self.reconfigure(number_copies=number_copies, delay_ms=delay_ms)
        self._late: deque[_Late] = deque()
        faults.struck = self._struck

    def reconfigure(self, *, number_copies: bool, delay_ms: int) -> None:
        """Other values from now on; what is held back already keeps its time."""
        self._number_copies = number_copies
        self._delay_us = delay_ms * 1000

    def take(self) -> list[Delivery]:
        """Everything since the last call, one delivery per client."""
        return self._outbox.take()

    def close(self, client: Client, reason: str) -> None:
        """Close a connection after what was already sent; it gets no more events."""
        self._registry.leave(client)
        self._outbox.close(client, reason)

    def answer(
        self,
        client: Client,
        event: Event,
        reference_id: int | None,
        now: Instant,
        why: str = "",
    ) -> None:
        """An answer for one client; ``why`` is for the journal: the reason for an error."""
        payload = encode(event, client.charset)
        if reference_id is not None:
            payload = with_reference(payload, reference_id)
        self._put(client, event, encode_frame(payload), now)
        self._journal.note(
            Kind.ANSWER, now, client.id, event, why, to=(client.id,), reference=reference_id
        )

    def event(
        self,
        event: Event,
        dn: Dn,
        clients: Sequence[Client],
        now: Instant,
        *,
        asker: Client | None = None,
        reference_id: int | None = None,
    ) -> None:
        """One copy for each client whose mask lets it through (BEHAVIOUR.md 0.2).

        ``asker`` gets it in any case, with its ReferenceID.
        """
        number = int(event.message_id)
        readers = [
            client
            for client in clients
            if client is asker or client.mask is None or number in client.mask
        ]
        self._journal.note(
            Kind.EVENT,
            now,
            0 if asker is None or reference_id is None else asker.id,
            event,
            dn,
            tuple([client.id for client in readers]),
            reference_id,
        )
        wire = Wire(event)
        for client in readers:
            if reference_id is not None and (client is asker or self._number_copies):
                self._post(client, event, wire.answer(client.charset, reference_id), now)
            else:
                self._post(client, event, wire.frame(client.charset), now)

    def _post(self, client: Client, event: Event, frame: bytes, now: Instant) -> None:
        """Hand an event on, now or when its delay is over; none overtakes another."""
        if not self._delay_us and not self._late:
            self._put(client, event, frame, now)
            return
        last = self._late[-1].at if self._late else now
        at = max(last, Instant(now + self._delay_us))
        self._late.append(_Late(at=at, client=client, event=event, frame=frame))

    def next_deadline(self) -> Instant | None:
        """When the first event that is held back is due."""
        return self._late[0].at if self._late else None

    def keep_alive(self, client: Client, packet: bytes, now: Instant) -> None:
        """An ADDP packet, unless a fault keeps silence."""
        silent = self._faults.active and self._faults.silent(client.id, client.name, now)
        if not silent:
            self._outbox.add(client.id, packet)

    # -- faults --------------------------------------------------------------------------------

    def _put(self, client: Client, event: Message, frame: bytes, now: Instant) -> None:
        if not self._faults.active:
            self._outbox.add(client.id, frame)
            return
        for sent in self._faults.send(client.id, client.name, event, frame, now):
            self._hand_over(client, sent)

    def due(self, now: Instant, clients: "dict[ClientId, Client]") -> None:
        """Send what was held back until now."""
        while self._late and self._late[0].at <= now:
            late = self._late.popleft()
            if clients.get(late.client.id) is late.client and not late.client.closing:
                self._put(late.client, late.event, late.frame, now)
        for number, sent in self._faults.due(now):
            client = clients.get(ClientId(number))
            if client is not None:
                self._hand_over(client, sent)

    def _hand_over(self, client: Client, sent: Sent) -> None:
        if sent.data:
            self._outbox.add(client.id, sent.data)
        if sent.ending is None:
            return
        if sent.ending is not Ending.HALF_CLOSE:
            client.closing = f"fault: {sent.ending.value}"
            self._registry.leave(client)
        self._outbox.end(client.id, sent.ending)

    def _struck(self, fault: Fault, client: int, now: Instant) -> None:
        self._journal.note(Kind.FAULT, now, client, fault, fault.kind)
