"""Screen capture as a third-party recorder does it, by user events (RECORDING.md 10)."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

COMMAND_KEY = "screen-capture"
QUERY = "query"


class ScreenState(Enum):
    """What the recorder says of the screen of a DN."""

    DISABLED = "disabled"
    ENABLED = "enabled"
    PAUSED = "paused"


_NEXT: Mapping[str, Mapping[ScreenState, ScreenState]] = MappingProxyType(
    {
        "start": {ScreenState.DISABLED: ScreenState.ENABLED},
        "stop": {
            ScreenState.ENABLED: ScreenState.DISABLED,
            ScreenState.PAUSED: ScreenState.DISABLED,
        },
        "pause": {ScreenState.ENABLED: ScreenState.PAUSED},
        "resume": {ScreenState.PAUSED: ScreenState.ENABLED},
        QUERY: {},
    }
)


class Screens:
    """The screens of all DNs; one that nobody named is not captured."""

    def __init__(self) -> None:
        self._states: dict[str, ScreenState] = {}

    def state(self, dn: str) -> ScreenState:
        return self._states.get(dn, ScreenState.DISABLED)

    def obey(self, dn: str, word: str) -> bool:
        """Do what a desktop says; False for a word that is none, such as our own answers.

        A word that does not fit the state changes nothing and is answered all the same.
        """
        row = _NEXT.get(word)
        if row is None:
            return False
        state = self.state(dn)
        self._states[dn] = row.get(state, state)
        return True
