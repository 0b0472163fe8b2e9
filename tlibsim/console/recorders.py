"""The pool of SIP recorders in the control API: how they are, and draining (MEDIA.md 4)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from tlibsim.console.answer import Answer
from tlibsim.console.models import Body
from tlibsim.console.routes import PREFIX, Endpoint
from tlibsim.console.simulator import Simulated
from tlibsim.console.verbs import NotFoundError
from tlibsim.ports.recorders import networked


class Draining(Body):
    """``on`` false: give it sessions again."""

    on: bool = Field(True, description="Give it no new sessions; those that it has go on.")


def recorder_endpoints(simulated: Simulated) -> Sequence[Endpoint]:
    """Reading the pool, and taking a recorder out of it."""

    async def listed(_: Request, __: Any) -> Response:
        return Answer(_documents(simulated))

    async def drain(request: Request, body: Draining) -> Response:
        name = request.path_params["recorder"]
        try:
            pool = networked(simulated.backend.behind)
            if pool is None:
                raise KeyError(name)
            pool.drain(name, on=body.on)
        except KeyError:
            known = ", ".join(one["name"] for one in _documents(simulated)) or "none"
            raise NotFoundError(f"no recorder {name!r}; recorders: {known}") from None
        found = [one for one in _documents(simulated) if one["name"] == name]
        return Answer(found[0])

    return (
        Endpoint(
            method="GET",
            path=f"{PREFIX}/recorders",
            help="SIP recorders: whether they are up, and their ports.",
            respond=listed,
        ),
        Endpoint(
            method="POST",
            path=f"{PREFIX}/recorders/{{recorder}}/drain",
            help="Give a recorder no new sessions, or give it some again.",
            respond=drain,
            body=Draining,
        ),
    )


def _documents(simulated: Simulated) -> list[dict[str, Any]]:
    pool = networked(simulated.backend.behind)
    return [
        {key.replace("_", "-"): value for key, value in asdict(one).items()}
        for one in (() if pool is None else pool.recorders())
    ]
