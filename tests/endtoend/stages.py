"""Scenarios played in this process, on a private server and real connections."""

from collections.abc import Mapping
from typing import Any

from twisted.internet import reactor

from tlibsim.app import Simulator, wall_time
from tlibsim.config import Settings
from tlibsim.journal.export import to_lines
from tlibsim.net.clock import SwitchClock, clock_kind
from tlibsim.net.companion import Companion
from tlibsim.net.stage import PrivateStage
from tlibsim.scenario.program import parts
from tlibsim.scenario.results import Result
from tlibsim.scenario.runner import PlayOptions, play
from tlibsim.scenario.stage import Stage


def _server(settings: Settings, clock: SwitchClock) -> Simulator:
    return Simulator(settings, reactor=reactor, clock=clock)


async def played(
    text: str,
    *,
    clock: str = "stepped",
    sut: str = "",
    strict: bool = False,
    hooks: Mapping[str, Any] | None = None,
    lines: list[str] | None = None,
) -> Result:
    """The result of the one scenario of a file; ``lines`` gets the journal of its run."""
    (part,) = parts(text, "test.yml")
    external = part.scenario.script is not None and bool(part.scenario.script.externals)
    stage = PrivateStage(
        reactor,
        part.settings,
        _server,
        clock=clock_kind("real" if external and clock == "stepped" else clock),
        external=external,
        wall_time=wall_time(),
        companion=Companion(reactor, sut) if sut else None,
    )

    def ended(stage: Stage) -> None:
        if lines is not None:
            lines.extend(to_lines(stage.records()))

    options = PlayOptions(strict=strict, hooks=hooks or {}, ended=ended)
    return await play(part.scenario, part.settings, stage, options)
