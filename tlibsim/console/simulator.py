"""What the console needs of a running simulator, as a type; ``app.Simulator`` is one."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tlibproto.vocabulary import ConnId
from tlibsim.cdr.details import Details
from tlibsim.config import Settings
from tlibsim.config.changes import Changes
from tlibsim.journal import Journal
from tlibsim.media.scripted import ScriptedBackend
from tlibsim.net.clock import SwitchClock
from tlibsim.net.faulting import Faulting
from tlibsim.net.front import Front
from tlibsim.net.reactor import ReactorTime
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.rules import ConfiguredCalls
from tlibsim.recording.trace import SessionTrace
from tlibsim.router import Router
from tlibsim.runs.offers import Runs
from tlibsim.session.hub import Hub
from tlibsim.switch.facts import CallView
from tlibsim.switch.switch import Switch


class Simulated(Protocol):
    """A switch with its clients, its recorder and its clock."""

    settings: Settings
    switch: Switch
    hub: Hub
    router: Router
    desk: RecordingDesk
    recorded_calls: ConfiguredCalls
    front: Front
    details: Details
    journal: Journal
    seed: int

    @property
    def runs(self) -> Runs | None:
        """The scenarios and runs of its project; None when it has none."""

    @property
    def faulting(self) -> Faulting:
        """Its faults."""

    @property
    def clock(self) -> SwitchClock:
        """Its clock, which can be turned."""

    @property
    def addresses(self) -> Mapping[str, tuple[str, int]]:
        """Listeners by name."""

    async def advance(self, seconds: float) -> None:
        """Let time pass at once, and settle; raises ClockError."""

    def run_clock(self, speed: float) -> None:
        """Let time run so many times as fast; 0 stops it.  Raises ClockError."""

    def perform(self, command: object) -> None:
        """Carry out a command; raises RequestRefused."""

    async def read_again(self) -> Changes:
        """Read the configuration again; raises NothingToReadError and ConfigError."""

    def call(self, conn_id: ConnId) -> CallView | None: ...
    def calls(self) -> Sequence[CallView]: ...
    @property
    def backend(self) -> ScriptedBackend:
        """What records."""

    @property
    def reactor(self) -> ReactorTime:
        """What runs it all."""

    @property
    def second(self) -> "Simulated | None":
        """The switch of another site in the same process, with the same clock."""

    def settled(self) -> bool:
        """Whether nothing is due and nothing that was ordered is unanswered."""

    def traces(self) -> Sequence[SessionTrace]: ...
    def ready(self) -> Mapping[str, Any]: ...
