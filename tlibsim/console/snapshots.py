"""Named snapshots in the control API: list, save, load, remove (docs/snapshots.md)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from tlibsim.console import documents
from tlibsim.console.answer import Answer
from tlibsim.console.models import Body, Nothing
from tlibsim.console.restoring import load, save
from tlibsim.console.routes import PREFIX, Endpoint
from tlibsim.console.simulator import Simulated
from tlibsim.console.turning import in_reactor
from tlibsim.snapshots.errors import SnapshotError
from tlibsim.snapshots.store import Store, Stored


class NewSnapshot(Body):
    """One of the same name is replaced."""

    name: str = Field(description="Letters, digits and . _ -")


class Snapshots:
    """The snapshots of one simulator.  One is loaded at a time."""

    def __init__(self, simulated: Simulated) -> None:
        self._simulated = simulated
        self._loading = False

    @property
    def store(self) -> Store:
        """The folder that the configuration names."""
        return Store(Path(self._simulated.settings.snapshots.directory))

    def save(self, name: str) -> Stored:
        """Keep the state as it is; raises SnapshotError."""
        self._check_free()
        return self.store.write(name, save(self._simulated, name))

    async def load(self, name: str, store: Store | None = None) -> None:
        """Put that state in place; raises SnapshotError.  ``store`` None: the usual one."""
        self._check_free()
        document = (store or self.store).read(name)
        self._loading = True
        try:
            await load(self._simulated, document)
        finally:
            self._loading = False

    def _check_free(self) -> None:
        if self._loading:
            raise SnapshotError("a snapshot is being loaded; try again when that is done")


def snapshot_endpoints(simulated: Simulated) -> Sequence[Endpoint]:
    """What can be done with snapshots."""
    snapshots = Snapshots(simulated)

    async def listed(_: Request, __: Any) -> Response:
        return Answer([_document(one) for one in snapshots.store.listed()])

    async def kept(_: Request, body: NewSnapshot) -> Response:
        return Answer(_document(snapshots.save(body.name)), status_code=201)

    async def loaded(request: Request, _: Any) -> Response:
        await in_reactor(snapshots.load(request.path_params["name"]))
        return Answer(documents.state(simulated))

    async def removed(request: Request, _: Any) -> Response:
        name = request.path_params["name"]
        snapshots.store.remove(name)
        return Answer({"removed": name})

    get, post = partial(Endpoint, method="GET"), partial(Endpoint, method="POST")
    return (
        get(path=f"{PREFIX}/snapshots", help="The snapshots that are kept.", respond=listed),
        post(
            path=f"{PREFIX}/snapshots",
            help="Keep the state of the switch under a name.",
            respond=kept,
            body=NewSnapshot,
            status=201,
        ),
        post(
            path=f"{PREFIX}/snapshots/{{name}}/load",
            help="Put a state that was kept in place of the present one; gives the state.",
            respond=loaded,
            body=Nothing,
        ),
        Endpoint(
            method="DELETE",
            path=f"{PREFIX}/snapshots/{{name}}",
            help="Forget a snapshot.",
            respond=removed,
        ),
    )


def _document(one: Stored) -> dict[str, Any]:
    saved = datetime.fromtimestamp(round(one.saved_at), UTC)
    return {
        "name": one.name,
        "saved": saved.isoformat().replace("+00:00", "Z"),
        "bytes": one.size_bytes,
    }
