"""POST /api/v1/reload: the configuration is read again, while calls go on."""

import asyncio
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from twisted.internet.defer import Deferred

from tlibsim.config.changes import Changes
from tlibsim.console.answer import Answer
from tlibsim.console.models import Nothing
from tlibsim.console.routes import PREFIX, Endpoint
from tlibsim.console.simulator import Simulated


def reload_endpoints(simulated: Simulated) -> Sequence[Endpoint]:
    """The one endpoint; what is wrong is answered as a problem that names line and key."""

    async def respond(_: Request, __: Any) -> Response:
        reading = Deferred.fromCoroutine(simulated.read_again())
        changes = await reading.asFuture(asyncio.get_running_loop())
        return Answer(changes_document(changes))

    return (
        Endpoint(
            method="POST",
            path=f"{PREFIX}/reload",
            help="Read the configuration again; calls, recordings and clients stay.",
            respond=respond,
            body=Nothing,
        ),
    )


def changes_document(changes: Changes) -> dict[str, Any]:
    """What a new configuration changed, and what waits for a restart."""
    return {
        "summary": changes.summary(),
        "changes": [
            {"how": one.how.name.lower(), "kind": one.kind, "name": one.name}
            for one in changes.applied
        ],
        "restart": list(changes.restart),
        "warnings": list(changes.warnings),
    }
