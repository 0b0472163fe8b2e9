"""What every leg needs besides its plan, in one value: the network, the sound, the settings."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tlibsim.media.recorder.lines import Streams
from tlibsim.media.recorder.pool import RecorderPool
from tlibsim.media.recorder.settings import ClientSettings
from tlibsim.media.sip.values import Agent, Clock, Randomness
from tlibsim.ports.media import Instant

Later = Callable[[Callable[[], None]], None]
"""Runs a function on a later turn of the reactor, never at once."""


class Pacer:
    """Work that can come in masses, so many pieces a turn (MEDIA.md 3.4).

    A thousand pauses at once must not hold up the thread that sends the sound.
    """

    def __init__(self, later: Later, burst: int) -> None:
        self._later = later
        self._burst = max(burst, 1)
        self._work: deque[Callable[[], None]] = deque()
        self._planned = False

    @property
    def idle(self) -> bool:
        return not self._work

    def do(self, work: Callable[[], None]) -> None:
        """Do it on a later turn, in order."""
        self._work.append(work)
        self._plan()

    def _plan(self) -> None:
        if self._work and not self._planned:
            self._planned = True
            self._later(self._turn)

    def _turn(self) -> None:
        self._planned = False
        try:
            for _ in range(min(self._burst, len(self._work))):
                self._work.popleft()()
        finally:
            self._plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The surroundings of a leg.

    ``now`` is the wall clock of orders, ``clock`` that of timers; ``host`` is the address that
    recorders are told our streams come from.
    """

    agent: Agent
    streams: Streams
    pool: RecorderPool
    settings: ClientSettings
    clock: Clock
    rng: Randomness
    now: Callable[[], Instant]
    pacer: Pacer
    host: str
