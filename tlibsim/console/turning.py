"""Turning the clock over HTTP: freeze, run, scale, advance, set."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from twisted.internet.defer import Deferred

from tlibsim.console import documents, models
from tlibsim.console.answer import Answer
from tlibsim.console.feed import span
from tlibsim.console.problems import WrongRequestError
from tlibsim.console.simulator import Simulated
from tlibsim.net.clock import ClockError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECONDS = 1_000_000


def _by(_: Simulated, body: models.Turn) -> float:
    """How many seconds are to pass."""
    by = body.by
    if by is None:
        raise WrongRequestError("by", "say how far: by=30m")
    return float(by) if isinstance(by, int | float) else span(by, "by")


def _until(simulated: Simulated, body: models.Turn) -> float:
    """How many seconds it is to the time that is to come."""
    try:
        moment = datetime.fromisoformat(body.to or "")
    except ValueError:
        raise WrongRequestError("to", "must be a time such as 2026-01-01T08:00:00Z") from None
    delta = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    at = (delta.days * 86_400 + delta.seconds) * _MICROSECONDS + delta.microseconds
    return (at - simulated.clock.now()) / _MICROSECONDS


_JUMPS: Mapping[str, Callable[[Simulated, models.Turn], float]] = {
    "advance": _by,
    "set": _until,
}
_SPEEDS: Mapping[str, Callable[[models.Turn], float]] = {
    "freeze": lambda _: 0.0,
    "run": lambda _: 1.0,
    "scale": lambda body: body.speed,
}
TURNS: Mapping[str, str] = {
    "freeze": "Stop time where it is.",
    "run": "Let time run as usual.",
    "scale": "Let time run 'speed' times as fast.",
    "advance": "Let 'by' pass: all that is due happens, in order, and settles.",
    "set": "Go to a later time, as advance does.",
}
"""By verb: ``POST /api/v1/clock/{verb}``."""


def turning(simulated: Simulated, verb: str) -> Callable[[Request, Any], Any]:
    """The responder for one of the turns."""

    async def respond(_: Request, body: models.Turn) -> Response:
        try:
            if verb in _JUMPS:
                await _jump(simulated, _JUMPS[verb](simulated, body))
            else:
                simulated.run_clock(_SPEEDS[verb](body))
        except ClockError as error:
            raise WrongRequestError("clock", str(error)) from None
        return Answer(documents.clock(simulated.clock))

    return respond


async def _jump(simulated: Simulated, seconds: float) -> None:
    """Let time pass, and answer when all that it caused has settled."""
    await in_reactor(simulated.advance(seconds))


async def in_reactor(work: Coroutine[Deferred[Any], Any, None]) -> None:
    """Wait for work that waits for Deferreds; what it raises is raised."""
    await Deferred.fromCoroutine(work).asFuture(asyncio.get_running_loop())
