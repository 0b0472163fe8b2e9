"""States of a recording session, and every lawful step between them (RECORDING.md 1.1).

All transitions live here.  Checks that need data come before :func:`advance`, never inside it.
"""

from collections.abc import Mapping
from enum import Enum

from tlibsim.switch.refusals import Reason, RequestRefused


class SessionState(Enum):
    """The value is the text that people and traces see."""

    IDLE = "idle"
    STARTING = "starting"
    ACTIVE = "active"
    PAUSED = "paused"
    REESTABLISHING = "reestablishing"
    ENDED = "ended"
    FAILED = "failed"


class SessionInput(Enum):
    """What can happen to a session."""

    START = "start"
    CAPTURE_STARTED = "capture started"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    PARTY_LEFT = "recorded party left"
    CALL_ENDED = "call ended"
    MEDIA_LOST = "media service lost"
    CAPTURE_FAILED = "capture failed"


_S = SessionState
_I = SessionInput

TRANSITIONS: Mapping[tuple[SessionState, SessionInput], SessionState] = {
    (_S.IDLE, _I.START): _S.STARTING,
    (_S.STARTING, _I.CAPTURE_STARTED): _S.ACTIVE,
    (_S.STARTING, _I.CAPTURE_FAILED): _S.FAILED,
    (_S.STARTING, _I.PARTY_LEFT): _S.ENDED,
    (_S.STARTING, _I.CALL_ENDED): _S.ENDED,
    (_S.ACTIVE, _I.PAUSE): _S.PAUSED,
    (_S.ACTIVE, _I.STOP): _S.ENDED,
    (_S.ACTIVE, _I.PARTY_LEFT): _S.ENDED,
    (_S.ACTIVE, _I.CALL_ENDED): _S.ENDED,
    (_S.ACTIVE, _I.MEDIA_LOST): _S.REESTABLISHING,
    (_S.ACTIVE, _I.CAPTURE_FAILED): _S.FAILED,
    (_S.PAUSED, _I.RESUME): _S.ACTIVE,
    (_S.PAUSED, _I.STOP): _S.ENDED,
    (_S.PAUSED, _I.PARTY_LEFT): _S.ENDED,
    (_S.PAUSED, _I.CALL_ENDED): _S.ENDED,
    (_S.PAUSED, _I.MEDIA_LOST): _S.REESTABLISHING,
    (_S.PAUSED, _I.CAPTURE_FAILED): _S.FAILED,
    (_S.REESTABLISHING, _I.CAPTURE_STARTED): _S.ACTIVE,
    (_S.REESTABLISHING, _I.STOP): _S.ENDED,
    (_S.REESTABLISHING, _I.PARTY_LEFT): _S.ENDED,
    (_S.REESTABLISHING, _I.CALL_ENDED): _S.ENDED,
    (_S.REESTABLISHING, _I.CAPTURE_FAILED): _S.FAILED,
}

OVER = frozenset({_S.ENDED, _S.FAILED})
"""States that nothing leads out of."""


def advance(state: SessionState, step: SessionInput) -> SessionState:
    """The state after ``step``; raises RequestRefused(INCORRECT_STATE) if it is not lawful."""
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise RequestRefused(
            Reason.INCORRECT_STATE,
            f"{step.value} does not fit a recording in state {state.value}",
        )
    return after
