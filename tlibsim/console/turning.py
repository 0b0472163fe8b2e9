"""Turning the clock over HTTP: freeze, run, scale, advance, set."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tlibsim.console import documents, models
from tlibsim.console.feed import span
from tlibsim.console.problems import WrongRequestError
from tlibsim.console.simulator import Simulated
from tlibsim.net.clock import ClockError, SwitchClock
from tlibsim.ports.media import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _advance(clock: SwitchClock, body: models.Turn) -> None:
    by = body.by
    if by is None:
        raise WrongRequestError("by", "say how far: by=30m")
    clock.advance(float(by) if isinstance(by, int | float) else span(by, "by"))


def _set(clock: SwitchClock, body: models.Turn) -> None:
    try:
        moment = datetime.fromisoformat(body.to or "")
    except ValueError:
        raise WrongRequestError("to", "must be a time such as 2026-01-01T08:00:00Z") from None
    delta = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    clock.set(Instant((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds))


TURNS: Mapping[str, tuple[Callable[[SwitchClock, models.Turn], None], str]] = {
    "freeze": (lambda clock, _: clock.freeze(), "Stop time where it is."),
    "run": (lambda clock, _: clock.run(), "Let time run as usual."),
    "scale": (lambda clock, body: clock.run(body.speed), "Let time run 'speed' times as fast."),
    "advance": (_advance, "Let 'by' pass: all that is due happens, in order."),
    "set": (_set, "Go to a later time."),
}
"""By verb: ``POST /api/v1/clock/{verb}``."""


def turning(simulated: Simulated, verb: str) -> Callable[[Request, Any], Any]:
    """The responder for one of the turns."""
    turn, _ = TURNS[verb]

    async def respond(_: Request, body: models.Turn) -> Response:
        try:
            turn(simulated.clock, body)
        except ClockError as error:
            raise WrongRequestError("clock", str(error)) from None
        return JSONResponse(documents.clock(simulated.clock))

    return respond
