"""Between the hub and the sockets: hands deliveries to connections, and keeps one timer."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from tlibsim.faults.book import Ending
from tlibsim.net.clock import Call, Clock
from tlibsim.ports.media import CaptureReport, Instant
from tlibsim.recording.turn import Steps
from tlibsim.session.client import ClientId
from tlibsim.session.hub import Hub
from tlibsim.session.outbox import Delivery


class Connection(Protocol):
    """What the front needs of a connection."""

    def deliver(self, data: bytes) -> None: ...
    def close(self) -> None: ...
    def reset(self) -> None: ...
    def half_close(self) -> None: ...


_ENDINGS: Mapping[Ending, Callable[[Connection], None]] = {
    Ending.CLOSE: lambda connection: connection.close(),
    Ending.RESET: lambda connection: connection.reset(),
    Ending.HALF_CLOSE: lambda connection: connection.half_close(),
}


class Front:
    """The one user of the hub on the reactor thread."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self.hub = hub
        self.clock = clock
        self._connections: dict[ClientId, Connection] = {}
        self._timer: Call | None = None
        self._timer_at = Instant(0)
        self.tell_site: Callable[[str, object], None] | None = None
        """Brings a message to the switch of that name, when this one is linked to others."""

    def connect(
        self, connection: Connection, *, charset: str, listener: str, peer: str
    ) -> ClientId:
        client = self.hub.connect(
            self.clock.now(), charset=charset, listener=listener, peer=peer
        )
        self._connections[client] = connection
        self._deliver(self.hub.pending())
        return client

    def poll(self, client: ClientId) -> None:
        """Ask a client by ADDP whether it is there, before its time."""
        connection, known = self._connections.get(client), self.hub.clients.get(client)
        if connection is not None and known is not None:
            connection.deliver(known.addp.poll())

    def cut(self, client: ClientId) -> None:
        """Reset a client's connection, as a network does that fails."""
        connection = self._connections.get(client)
        if connection is not None:
            connection.reset()

    def receive(self, client: ClientId, data: bytes) -> None:
        self._deliver(self.hub.receive(client, data, self.clock.now()))
        self._arm()

    def disconnect(self, client: ClientId, reason: str) -> None:
        self._connections.pop(client, None)
        self._deliver(self.hub.disconnect(client, self.clock.now(), reason))

    def perform(self, command: object) -> None:
        """Carry out a command of a scenario or the console; raises RequestRefused."""
        self._deliver(self.hub.perform(command, self.clock.now()))
        self._arm()

    def report(self, report: CaptureReport) -> None:
        self._deliver(self.hub.report(report, self.clock.now()))
        self._arm()

    def overdue(self) -> bool:
        """Whether something is due that has not happened yet."""
        deadline = self.hub.next_deadline()
        return deadline is not None and deadline <= self.clock.now()

    def _tick(self) -> None:
        self._timer = None
        self._deliver(self.hub.tick(self.clock.now()))
        self._arm()

    def _arm(self) -> None:
        deadline = self.hub.next_deadline()
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self.clock.call_at(deadline, self._tick)

    def carry_on(self, steps: Steps) -> None:
        """Tell of what has happened outside of any command, and look at all deadlines anew.

        What was held back by a delay or a fault goes out before it.
        """
        self._deliver(self.hub.carry_on(steps, self.clock.now()))
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._arm()

    def stop(self) -> None:
        """No more timers, and every connection is closed."""
        for connection in tuple(self._connections.values()):
            connection.close()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _deliver(self, deliveries: Iterable[Delivery]) -> None:
        for client, data, close, ending in deliveries:
            connection = self._connections.get(client)
            if connection is None:
                continue
            if data:
                connection.deliver(data)
            if ending is not None:
                _ENDINGS[ending](connection)
            if close:
                connection.close()
        if self.tell_site is not None:
            for told in self.hub.take_for_sites():
                self.tell_site(told.to, told.message)
