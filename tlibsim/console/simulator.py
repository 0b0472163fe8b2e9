"""What the console needs of a running simulator, as a type; ``app.Simulator`` is one."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tlibproto.vocabulary import ConnId
from tlibsim.config import Settings
from tlibsim.journal import Journal
from tlibsim.net.clock import SwitchClock
from tlibsim.net.faulting import Faulting
from tlibsim.ports.media import RunningBackend
from tlibsim.recording.trace import SessionTrace
from tlibsim.runs.offers import Runs
from tlibsim.session.hub import Hub
from tlibsim.switch.facts import CallView
from tlibsim.switch.switch import Switch


class Recording(Protocol):
    """The media side, and the backend behind what a script makes of it."""

    @property
    def behind(self) -> RunningBackend: ...


class Simulated(Protocol):
    """A switch with its clients, its recorder and its clock."""

    settings: Settings
    switch: Switch
    hub: Hub
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

    def call(self, conn_id: ConnId) -> CallView | None: ...
    def calls(self) -> Sequence[CallView]: ...
    @property
    def backend(self) -> Recording:
        """What records."""

    def traces(self) -> Sequence[SessionTrace]: ...
    def ready(self) -> Mapping[str, Any]: ...
