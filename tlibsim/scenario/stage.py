"""What the runner needs of the world: clients, a server, time.  The real ones are in ``net``.

A stage serves one scenario.  The runner waits for nothing but the stage, so it is as pure as
the rest: played on a stage of values it needs no network and no reactor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from tlibproto.messages import Request
from tlibsim.journal import Journal
from tlibsim.journal.records import Record
from tlibsim.ports.media import Instant
from tlibsim.scenario.messages import TraceMessage
from tlibsim.scenario.script.steps import Actor
from tlibsim.scenario.view import Received, SessionTrace
from tlibsim.switch.facts import CallView


class StageError(Exception):
    """The stage cannot do what it was asked; the text says why, for people."""


class NeverConnectedError(StageError):
    """The server under test could not be reached at all."""


class FaultOrders(Protocol):
    """Where faults are ordered, in the words of a file (``tlibsim.net.faulting``)."""

    def add(self, words: Mapping[str, Any]) -> None:
        """Begin a fault; raises FaultError or RequestRefused."""
        ...

    def clear(self, name: str = "") -> int:
        """End the faults of that name, or all; how many there were."""
        ...


class Stage(Protocol):
    """The clients of a scenario and the server that they talk to.

    ``quiet_seconds`` None: the stage knows when its server has settled, and time stands still
    until :meth:`advance`.  Otherwise that much silence means settled.
    """

    @property
    def quiet_seconds(self) -> float | None: ...

    def seconds(self) -> float:
        """Time that passes for people, from any zero, for limits."""
        ...

    async def begin(self) -> None:
        """Make the server ready; raises StageError."""
        ...

    async def end(self) -> None:
        """Close everything; never raises."""
        ...

    async def connect(self, client: str) -> None:
        """Open a connection under this name; raises StageError when it is refused."""
        ...

    async def disconnect(self, client: str) -> None:
        """Close the connection of a client."""
        ...

    def send(self, client: str, request: Request) -> None:
        """Send a request as it stands."""
        ...

    def take(self) -> Sequence[Received]:
        """Everything that has come since the last call, in order of arrival."""
        ...

    def lost(self) -> Mapping[str, str]:
        """The clients whose connection ended by itself, and why."""
        ...

    async def change(self, limit: float) -> None:
        """Wait until something has come or the limit (seconds) is over."""
        ...

    def idle(self) -> bool:
        """Whether nothing is due at the server and no order to its media is unanswered."""
        ...

    def perform(self, command: object) -> None:
        """Let something happen in the switch or outside of it; raises RequestRefused."""
        ...

    @property
    def turned(self) -> bool:
        """Whether the runner turns the clock, and nobody takes part who lives by another one."""
        ...

    @property
    def journal(self) -> Journal:
        """Everything that came in and went out, less what the runner asks to settle."""
        ...

    def records(self) -> Iterable[Record]:
        """The records of the journal, those included that it has no more room for."""
        ...

    def now(self) -> Instant:
        """The time of the server, or of the world where that is not known."""
        ...

    def elapsed_us(self) -> int:
        """The clock by which limits are counted, from any zero."""
        ...

    async def pass_time(self, until_us: int) -> None:
        """Let time pass until then by that clock, or until something happens before."""
        ...

    async def advance(self, seconds: float) -> None:
        """Let time pass for the server at once, and let it settle; raises StageError."""
        ...

    async def rest(self, seconds: float) -> None:
        """Let time pass as the clock of the server has it."""
        ...

    def dns(self) -> Mapping[str, Mapping[str, object]]:
        """The state of each DN; empty where nothing of the inside is seen."""
        ...

    def faults(self) -> FaultOrders | None:
        """Where faults are ordered; None when the server has none."""
        ...

    async def until_there(self, actors: Sequence[Actor]) -> None:
        """Wait for those who connect by themselves; raises NeverConnectedError."""
        ...

    def calls(self) -> Sequence[CallView]:
        """The calls of the switch, oldest first."""
        ...

    def traces(self) -> Sequence[SessionTrace]:
        """The recording sessions, the one begun last at the end."""
        ...

    def finding(self) -> str:
        """The state of the newest call in the table of RECORDING.md 12.4; empty without one."""
        ...

    def messages(self) -> Sequence[TraceMessage]:
        """What was sent in the recording session begun last, in order."""
        ...
