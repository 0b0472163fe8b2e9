"""States of a party in a call, and every lawful step between them (BEHAVIOUR.md 1.1).

All transitions live here; a step that is not in the table is refused.
"""

from collections.abc import Mapping
from enum import Enum

from tlibproto.vocabulary import PartyState
from tlibsim.switch.refusals import Reason, RequestRefused


class PartyInput(Enum):
    """What can happen to a party."""

    DIAL = "dial"
    ALERT = "alert"
    QUEUE = "queue"
    CONNECT = "connect"
    FAIL = "fail"
    HOLD = "hold"
    RETRIEVE = "retrieve"
    RELEASE = "release"


_NULL = PartyState.Null
_DIALING = PartyState.Dialing
_ALERTING = PartyState.Alerting
_QUEUED = PartyState.Queued
_BUSY = PartyState.Busy
_CONNECTED = PartyState.Connected
_HELD = PartyState.Held

TRANSITIONS: Mapping[tuple[PartyState, PartyInput], PartyState] = {
    (_NULL, PartyInput.DIAL): _DIALING,
    (_NULL, PartyInput.ALERT): _ALERTING,
    (_NULL, PartyInput.QUEUE): _QUEUED,
    (_DIALING, PartyInput.CONNECT): _CONNECTED,
    (_DIALING, PartyInput.FAIL): _BUSY,
    (_DIALING, PartyInput.RELEASE): _NULL,
    (_ALERTING, PartyInput.CONNECT): _CONNECTED,
    (_ALERTING, PartyInput.RELEASE): _NULL,
    (_QUEUED, PartyInput.RELEASE): _NULL,
    (_BUSY, PartyInput.RELEASE): _NULL,
    (_CONNECTED, PartyInput.HOLD): _HELD,
    (_CONNECTED, PartyInput.RELEASE): _NULL,
    (_HELD, PartyInput.RETRIEVE): _CONNECTED,
    (_HELD, PartyInput.RELEASE): _NULL,
}

ESTABLISHED = frozenset({_CONNECTED, _HELD})
"""States in which a party has been answered and has not left."""

UNANSWERED = frozenset({_ALERTING, _QUEUED})
"""States in which a party has the call and nobody has answered it there."""


def advance(state: PartyState, step: PartyInput) -> PartyState:
    """The state after ``step``; raises RequestRefused(INCORRECT_STATE) when it is not lawful."""
    after = TRANSITIONS.get((state, step))
    if after is None:
        raise RequestRefused(
            Reason.INCORRECT_STATE, f"{step.value} does not fit a party in state {state.name}"
        )
    return after
