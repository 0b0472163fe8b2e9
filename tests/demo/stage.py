"""The demo's parts on a switch without sockets, in time that a test turns by hand."""

import io
from collections.abc import Mapping

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.fakes.media import FakeBackend
from tlibproto.vocabulary import ConnId
from tlibsim.app import Simulator
from tlibsim.demo.screen import Screen
from tlibsim.demo.settings import Wishes, settings_for
from tlibsim.demo.traffic import Traffic
from tlibsim.demo.waiting import Happenings
from tlibsim.net.clock import SteppedClock
from tlibsim.ports.media import Instant
from tlibsim.switch.agents import logins

NOON = Instant(1_767_268_800_000_000)
_STEP_S = 0.1


class Stage:
    """A switch, its traffic and its screen."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, stream: io.StringIO | None = None
    ) -> None:
        self.reactor = Clock()
        self.clock = SteppedClock(self.reactor, NOON)
        self.backend = FakeBackend(lambda report: self.simulator.front.report(report))
        settings = settings_for(Wishes(port=0), environ or {})
        self.simulator = Simulator(
            settings, reactor=self.reactor, clock=self.clock, media=self.backend
        )
        for login in logins(settings.agents.values()):
            self.simulator.perform(login)
        self.stream = stream or io.StringIO()
        self.closed: list[bool] = []
        self.screen = Screen(
            self.stream,
            settings,
            device=self.simulator.switch.device,
            closed=lambda: self.closed.append(True),
        )
        self.screen.follow(self.simulator.journal)
        self.traffic = Traffic(self.simulator, Happenings(self.simulator.journal, self.reactor))

    def play(self) -> Deferred[ConnId]:
        """Begin the next call of the traffic."""
        playing = Deferred.fromCoroutine(self.traffic.play())
        self.turn()
        return playing

    def advance(self, seconds: float) -> None:
        """Let time pass; the recorder answers within a step."""
        for _ in range(round(seconds / _STEP_S)):
            self.clock.advance(_STEP_S)
            self.turn()

    def turn(self) -> None:
        """Do what is due now, and what comes of it."""
        for _ in range(5):
            self.backend.answer_all()
            self.reactor.advance(0)

    def lines(self, call: int | None = None) -> list[str]:
        """What the screen shows, of one call or all, without the times."""
        lines = [line.split("  ", 1)[1] for line in self.stream.getvalue().splitlines()]
        mark = f"call {call}  "
        return [line for line in lines if call is None or line.startswith(mark)]
