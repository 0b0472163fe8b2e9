"""The document that a run leaves in its project (``.tlibsim/runs``); outside of one, none."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tlibsim.runs.document import Kind
    from tlibsim.runs.keeping import Keeper

INTERRUPTED = 130


def kept_run(
    kind: "Kind",
    title: str,
    *,
    of: int,
    place: Path,
    command: str,
    seed: int | None = None,
    clock: str = "",
) -> "Keeper":
    """A run that begins now, kept in the project that ``place`` belongs to."""
    from tlibsim.app import wall_time
    from tlibsim.config.version import program_version
    from tlibsim.runs.document import Run
    from tlibsim.runs.keeping import Keeper
    from tlibsim.runs.store import RunStore, new_id, project_of

    begun = wall_time() / 1_000_000
    project = project_of(place)
    run = Run(
        id=new_id(begun),
        kind=kind,
        title=title,
        of=of,
        begun=begun,
        command=command,
        seed=seed,
        clock=clock,
        version=program_version(),
    )
    return Keeper(run, None if project is None else RunStore(project))
