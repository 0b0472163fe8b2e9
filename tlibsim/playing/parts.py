"""Plays the scenarios of a run, each on a server of its own: for commands, and for the API."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tlibsim.net.clock import ClockKind
    from tlibsim.net.reactor import Reactor
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.results import Result
    from tlibsim.scenario.script.steps import AnyStep
    from tlibsim.scenario.stage import Stage

_UNSAFE = re.compile(r"[^\w.-]+")

Address = tuple[str, int]
T = TypeVar("T")
USUAL_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the command line says about how scenarios are played."""

    against: Address | None = None
    listen: Address | None = None
    sut: str = ""
    speed: str = ""
    seed: int | None = None
    strict: bool = False
    journal: Path | None = None
    log_form: bool = False
    hooks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    entered: Callable[["Part", "AnyStep", "Stage"], None] | None = None
    waiting: Callable[["Part", "Stage"], None] | None = None
    staged: Callable[["Part", "Stage"], None] | None = None


def shuffled(parts: Sequence["Part"], seed: int) -> tuple["Part", ...]:
    """The scenarios in an order that the seed decides."""
    mixed = list(parts)
    Random(seed).shuffle(mixed)
    return tuple(mixed)


def place_of(part: "Part", step: "AnyStep") -> str:
    """Where a run is: ``lost-pause step 17/19``."""
    scenario = part.scenario
    number = getattr(step, "number", None) or getattr(step, "path", "").partition(".")[0]
    return f"{scenario.id} step {number}/{len(scenario.steps)}"


async def play_part(
    part: "Part", reactor: "Reactor", options: RunOptions, pending: Mapping[str, str]
) -> "Result":
    """Play one scenario on a stage of its own; raises NeverConnectedError."""
    from tlibsim.scenario.program import judged, reason_to_skip
    from tlibsim.scenario.results import Result, Status
    from tlibsim.scenario.runner import PlayOptions, play

    skip = reason_to_skip(part.scenario, elsewhere=options.against is not None)
    if skip:
        return Result(scenario=part.scenario, status=Status.SKIPPED, reason=skip)
    stage = _stage(part, reactor, options)
    if options.staged is not None:
        options.staged(part, stage)

    def entered(step: "AnyStep") -> None:
        if options.entered is not None:
            options.entered(part, step, stage)

    def ended(stage: "Stage") -> None:
        if options.journal is not None:
            _keep(options.journal, part, stage, log_form=options.log_form)

    if options.waiting is not None and _externals(part):
        options.waiting(part, stage)
    how = PlayOptions(
        strict=options.strict,
        hooks=options.hooks.get(part.scenario.source, {}),
        entered=entered,
        ended=ended,
    )
    return judged(await play(part.scenario, part.settings, stage, how), pending)


def _externals(part: "Part") -> bool:
    script = part.scenario.script
    return script is not None and bool(script.externals)


def _stage(part: "Part", reactor: "Reactor", options: RunOptions) -> "Stage":
    from tlibsim.app import Simulator, wall_time
    from tlibsim.net.companion import Companion
    from tlibsim.net.stage import LOOPBACK, AgainstStage, PrivateStage

    if options.against is not None:
        return AgainstStage(reactor, part.settings, options.against, wall_time=wall_time())
    settings = replace(part.settings, seed=seed_of(part, options))
    external = _externals(part)
    return PrivateStage(
        reactor,
        settings,
        lambda settings, clock: Simulator(settings, reactor=reactor, clock=clock),
        clock=clock_of_part(part, options),
        external=external,
        address=options.listen or LOOPBACK,
        wall_time=wall_time(),
        companion=Companion(reactor, options.sut) if options.sut and external else None,
    )


def seed_of(part: "Part", options: RunOptions) -> int | None:
    """The seed of its server: what is asked for, else that of the file, of the bed, the usual one.

    None: the server runs elsewhere.
    """
    script = part.scenario.script
    given = (options.seed, script.seed if script else None, part.settings.seed, USUAL_SEED)
    return None if options.against else next(one for one in given if one is not None)


def common(values: Iterable[T]) -> T | None:
    """What all of them are; None when they differ, or there are none."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def clock_of_part(part: "Part", options: RunOptions) -> "ClockKind":
    """The clock that is asked for, else that of the file.  Raises ClockError."""
    script = part.scenario.script
    word = options.speed or (script.clock if script else "")
    return clock_of(word, external=_externals(part))


def clock_of(word: str, *, external: bool) -> "ClockKind":
    """The clock of this name; of none the world's where somebody external takes part, or ClockError."""
    from tlibsim.net.clock import clock_kind

    return clock_kind(word or ("real" if external else "stepped"))


def _keep(folder: Path, part: "Part", stage: "Stage", *, log_form: bool) -> None:
    """Write the journal of a run into the folder, under the name of the scenario."""
    from tlibsim.journal.export import to_lines
    from tlibsim.journal.tserverlog import to_log

    name = _UNSAFE.sub("_", part.scenario.id).strip("._") or "scenario"
    lines = to_log(stage.records()) if log_form else to_lines(stage.records())
    path = folder / f"{name}.{'log' if log_form else 'jsonl'}"
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
