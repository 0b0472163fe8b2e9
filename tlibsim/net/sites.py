"""The link between switches of one process: what one says to another arrives in its order."""

from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from tlibsim.switch.refusals import RequestRefused


class Listens(Protocol):
    """What the link needs of a switch."""

    def perform(self, command: object) -> None: ...


class LocalLink:
    """Carries messages between switches that run in this process.

    Nothing arrives while a switch is busy: what is said during a delivery waits for its end.
    """

    def __init__(self, switches: Mapping[str, Listens]) -> None:
        self._switches = switches
        self._waiting: deque[tuple[str, object]] = deque()
        self._carrying = False

    def tell(self, to: str, message: object) -> None:
        """Bring a message to the switch of that name; what it cannot use is dropped there."""
        self._waiting.append((to, message))
        if self._carrying:
            return
        self._carrying = True
        try:
            while self._waiting:
                name, one = self._waiting.popleft()
                with suppress(RequestRefused):
                    self._switches[name].perform(one)
        finally:
            self._carrying = False
