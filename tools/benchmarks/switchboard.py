"""The switches that are measured: their configuration, and one without sockets."""

import gc
from collections.abc import Callable
from typing import Any

from twisted.internet.task import Clock

from tlibsim import config
from tlibsim.app import Simulator
from tlibsim.session.hub import Hub

FIRST_DN = 1_000_000
"""DNs of the benchmarks count from here, so that all have the same length."""


def configuration(dns: int) -> str:
    """The YAML of a switch with so many extensions, which keeps no recordings."""
    return (
        f'dns: {{"{FIRST_DN}-{FIRST_DN + dns - 1}": {{type: DN}}}}\n'
        "recordings: {backend: 'null'}\n"
        "seed: 1\n"
    )


class _StandingStill(Clock):
    """A reactor in which nothing happens by itself, and that has no other threads."""

    def callFromThread(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.callLater(0, function, *arguments)


def hub(dns: int) -> Hub:
    """The hub of such a switch in this process, under the conditions of a server."""
    simulator = Simulator(config.load(configuration(dns)), reactor=_StandingStill())
    gc.collect()
    gc.freeze()
    return simulator.hub
