"""Scenarios and runs over HTTP: what a project has to play, what was played, and to play it.

What a run is, and where it is kept, others know (``tlibsim.runs``).
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tlibsim.console import models
from tlibsim.console.answer import Answer
from tlibsim.console.feed import span
from tlibsim.console.routes import PREFIX, Endpoint, Query
from tlibsim.console.simulator import Simulated
from tlibsim.console.verbs import NotFoundError
from tlibsim.runs.document import OVER, Document
from tlibsim.runs.offers import NoSuchScenarioError, Order, Runs

_LONGEST_S = 600.0
_SCENARIO = "scenario:path"


def run_endpoints(simulated: Simulated) -> Sequence[Endpoint]:
    """The endpoints; without a project there is nothing to play."""
    get = partial(Endpoint, method="GET")
    return (
        get(
            path=f"{PREFIX}/scenarios",
            help="The scenario files of the project, and what is in them.",
            respond=partial(_scenarios, simulated),
        ),
        Endpoint(
            method="POST",
            path=f"{PREFIX}/scenarios/{{{_SCENARIO}}}/run",
            help="Play a scenario file of the project on a private switch.",
            respond=partial(_start, simulated),
            body=models.NewRun,
            status=202,
        ),
        get(
            path=f"{PREFIX}/runs",
            help="Runs of the project, the newest first.",
            respond=partial(_listed, simulated),
        ),
        get(
            path=f"{PREFIX}/runs/{{run}}",
            help="One run: how far it is, or what came of it.",
            respond=partial(_one, simulated),
            query=(Query(name="wait", help="Wait so long for its end, such as 30s."),),
        ),
    )


async def _scenarios(simulated: Simulated, _: Request, __: Any) -> Response:
    runs = simulated.runs
    found = [] if runs is None else await asyncio.to_thread(runs.scenarios)
    return Answer(list(found))


async def _start(simulated: Simulated, request: Request, body: models.NewRun) -> Response:
    runs, name = simulated.runs, request.path_params["scenario"]
    if runs is None:
        raise NoSuchScenarioError(name, ())
    order = Order(
        only=tuple(body.only),
        variables=body.set_,
        seed=body.seed,
        strict=body.strict,
        speed=body.speed,
    )
    document = runs.start(name, order)
    place = {"Location": f"{PREFIX}/runs/{document['id']}"}
    return Answer(document, status_code=202, headers=place)


async def _listed(simulated: Simulated, _: Request, __: Any) -> Response:
    runs = simulated.runs
    return Answer([] if runs is None else list(runs.listed()))


async def _one(simulated: Simulated, request: Request, _: Any) -> Response:
    identifier = request.path_params["run"]
    limit = min(span(request.query_params.get("wait", "0s"), "wait"), _LONGEST_S)
    runs = simulated.runs
    if runs is not None and limit > 0:
        await _until_over(runs, identifier, limit)
    document = None if runs is None else runs.one(identifier)
    if document is None:
        raise NotFoundError(f"there is no run {identifier!r}")
    return Answer(document)


async def _until_over(runs: Runs, identifier: str, limit: float) -> None:
    """Wait for the end of a run of this server; of others the end is not told."""
    over = asyncio.Event()

    def told(head: Document) -> None:
        if head["id"] == identifier and head["state"] == OVER:
            over.set()

    runs.listen(told)
    try:
        document = runs.one(identifier)
        if document is not None and document["state"] != OVER:
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), limit)
    finally:
        runs.ignore(told)
