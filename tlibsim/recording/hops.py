"""The way of a recording in four questions, each answered ok or failed (RECORDING.md 12.4, T10)."""

from collections.abc import Sequence

from tlibsim.ports.media import LegStatus
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState
from tlibsim.recording.trace import Hop, HopState, LegTrace, SessionTrace

CONNECTED, INVITED, FORWARDED, ANSWERED = "connected", "invited", "forwarded", "answered"

_QUESTIONS = {
    CONNECTED: "Are both DNs connected to the media server (MCP)?",
    INVITED: "Did the MCP send INVITE record= to the right resource manager?",
    FORWARDED: "Did the resource manager forward it to a recorder?",
    ANSWERED: "Did the recorder answer?",
}
_UP = frozenset({LegState.ESTABLISHED, LegState.ENDED})
_Answer = tuple[HopState, str]


def hops_of(trace: SessionTrace, manager: str) -> tuple[Hop, ...]:
    """The four hops of a session; ``manager`` is the address of the resource manager."""
    hops: list[Hop] = []
    for name, answer in (
        (CONNECTED, _connected(trace, manager)),
        (INVITED, _invited(trace, manager)),
        (FORWARDED, _forwarded(trace)),
        (ANSWERED, _answered(trace)),
    ):
        state, detail = answer
        if any(hop.state in {HopState.FAILED, HopState.NOT_REACHED} for hop in hops):
            state, detail = HopState.NOT_REACHED, "an earlier hop failed"
        hops.append(Hop(name=name, question=_QUESTIONS[name], state=state, detail=detail))
    return tuple(hops)


def _accepted(trace: SessionTrace) -> bool:
    """Whether a media server has, or had, the session."""
    return trace.started_at is not None or any(leg.view is not None for leg in trace.legs)


def _connected(trace: SessionTrace, manager: str) -> _Answer:
    if not manager:
        return HopState.FAILED, "no DN with service-type msml is configured"
    if not _accepted(trace):
        if trace.state is SessionState.STARTING:
            return HopState.WAITING, f"{manager} has not answered yet"
        return HopState.FAILED, trace.cause or f"{manager} did not take the session"
    if not trace.other_dn:
        return HopState.FAILED, f"only {trace.record_dn} is connected to {manager}"
    return HopState.OK, f"{trace.record_dn} and {trace.other_dn} at {manager}"


def _invited(trace: SessionTrace, manager: str) -> _Answer:
    if not trace.legs:
        return HopState.FAILED, "no INVITE was sent"
    new = [leg for leg in trace.legs if _status(leg) is LegStatus.NEW]
    if new and trace.state is SessionState.STARTING:
        return HopState.WAITING, f"{len(new)} of {len(trace.legs)} INVITEs are still to be sent"
    return HopState.OK, f"{len(trace.legs)} INVITEs by way of {manager}"


def _forwarded(trace: SessionTrace) -> _Answer:
    lost = [leg for leg in trace.legs if _status(leg) is LegStatus.FAILED and not _place(leg)]
    if lost:
        return HopState.FAILED, _causes(lost)
    waiting = [leg for leg in trace.legs if not _place(leg)]
    if waiting:
        return HopState.WAITING, "no recorder is chosen yet"
    return HopState.OK, "to " + ", ".join(dict.fromkeys(_place(leg) for leg in trace.legs))


def _answered(trace: SessionTrace) -> _Answer:
    failed = [leg for leg in trace.legs if _is_failed(leg)]
    if failed:
        return HopState.FAILED, _causes(failed)
    waiting = [leg for leg in trace.legs if leg.state not in _UP]
    if waiting:
        return HopState.WAITING, f"{len(waiting)} of {len(trace.legs)} legs have no answer yet"
    return HopState.OK, f"{len(trace.legs)} of {len(trace.legs)} legs"


def _is_failed(leg: LegTrace) -> bool:
    """A leg that stands for the built-in recorder fails with its session only."""
    return leg.state is LegState.FAILED


def _status(leg: LegTrace) -> LegStatus | None:
    return None if leg.view is None else leg.view.status


def _place(leg: LegTrace) -> str:
    return leg.dest if leg.view is None else leg.view.recorder


def _causes(legs: Sequence[LegTrace]) -> str:
    said = [f"{leg.key}: {_cause(leg)}" for leg in legs]
    return "; ".join(said)


def _cause(leg: LegTrace) -> str:
    if leg.view is None:
        return "the session failed"
    return leg.view.cause or (f"SIP {leg.view.code}" if leg.view.code else "no reason told")
