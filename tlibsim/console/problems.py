"""Errors of the control API: one shape, a status each, and what to do about it."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from tlibsim.config import ConfigError
from tlibsim.console.answer import Answer
from tlibsim.console.lists import WrongValueError
from tlibsim.console.verbs import NotFoundError, UnclearError
from tlibsim.faults import FaultError
from tlibsim.journal.syntax import QueryError
from tlibsim.reloading import NothingToReadError
from tlibsim.runs.offers import NoSuchScenarioError, UnplayableError
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.snapshots.errors import NoSnapshotError, SnapshotError
from tlibsim.snapshots.store import WrongNameError
from tlibsim.switch.refusals import RequestRefused


class WrongRequestError(ValueError):
    """A body or query that cannot be read; ``where`` names the place."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(detail)
        self.where = where


def problem(status: int, error: str, detail: str, where: str = "", remedy: str = "") -> Answer:
    """An error document: what went wrong, where, and what to do."""
    document = {"error": error, "detail": detail}
    document |= {name: text for name, text in (("where", where), ("remedy", remedy)) if text}
    return Answer(document, status_code=status)


def _refused(error: RequestRefused) -> Response:
    return problem(
        409,
        error.reason.value,
        str(error),
        remedy="The switch would refuse it to a client as well; see the state of the DN and call.",
    )


def _wrong_configuration(error: ConfigError) -> Response:
    """Every fault with its place; ``detail`` and ``where`` are those of the first."""
    first = error.problems[0]
    document = {
        "error": "wrong-configuration",
        "detail": first.sentence(),
        "where": first.place(),
        "remedy": "The configuration of before stays in force until the file is right.",
        "problems": [
            {
                "source": one.source,
                "line": one.line,
                "column": one.column,
                "key": one.key,
                "message": one.message,
                "suggestion": one.suggestion,
                "text": str(one),
            }
            for one in error.problems
        ],
    }
    return Answer(document, status_code=422)


def _nothing_to_read(error: NothingToReadError) -> Response:
    remedy = "Start it with tlibsim serve --config FILE."
    return problem(409, "nothing-to-read", str(error), remedy=remedy)


def _invalid(error: ValidationError) -> Response:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return problem(422, "wrong-body", first["msg"], where or "body")


_ANSWERS: Mapping[type[Exception], Callable[[Any], Response]] = {
    RequestRefused: _refused,
    ValidationError: _invalid,
    ConfigError: _wrong_configuration,
    NothingToReadError: _nothing_to_read,
    NotFoundError: lambda error: problem(404, "not-found", str(error)),
    UnclearError: lambda error: problem(422, "unclear", str(error)),
    WrongValueError: lambda error: problem(422, "wrong-value", str(error)),
    FaultError: lambda error: problem(422, "wrong-fault", str(error)),
    NoSnapshotError: lambda error: problem(404, "not-found", str(error)),
    WrongNameError: lambda error: problem(422, "wrong-name", str(error)),
    SnapshotError: lambda error: problem(409, "snapshot", str(error)),
    QueryError: lambda error: problem(400, "wrong-query", str(error), "query"),
    NoSuchScenarioError: lambda error: problem(
        404,
        "no-such-scenario",
        str(error),
        remedy="GET /api/v1/scenarios lists the files in scenarios/ beside tlibsim.yaml.",
    ),
    UnplayableError: lambda error: problem(409, "unplayable", str(error)),
    ScenarioError: lambda error: problem(422, "wrong-scenario", str(error)),
    WrongRequestError: lambda error: problem(400, "wrong-request", str(error), error.where),
}


async def answer(_: Request, error: Exception) -> Response:
    """The response for an error that a request caused."""
    for kind, make in _ANSWERS.items():
        if isinstance(error, kind):
            return make(error)
    raise error


HANDLERS: Mapping[type[Exception], Any] = dict.fromkeys(_ANSWERS, answer)
"""For Starlette: which errors are answered here."""
