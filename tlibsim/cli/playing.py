"""What the commands about scenarios share: files and folders, variables, hooks, and one run."""

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tlibsim.config.problems import nearest

if TYPE_CHECKING:
    from tlibsim.net.clock import ClockKind
    from tlibsim.net.reactor import Reactor
    from tlibsim.scenario.program import Part
    from tlibsim.scenario.results import Result
    from tlibsim.scenario.script.steps import AnyStep
    from tlibsim.scenario.stage import Stage

BAD_USAGE = 2
_ENDINGS = (".yml", ".yaml")
_HIDDEN = ("_", ".")
_SCENARIO_FILE = re.compile(r"^(scenarios|steps)\s*:", re.MULTILINE)
_UNSAFE = re.compile(r"[^\w.-]+")
_MOST_BYTES = 64 * 1024 * 1024

Address = tuple[str, int]


def bad_usage(*lines: str) -> NoReturn:
    """Say what is wrong and end with exit code 2."""
    for line in lines:
        click.echo(line, err=True)
    sys.exit(BAD_USAGE)


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The scenario files that are named, and those in the folders that are named.

    In a folder, files and folders that begin with ``_`` or ``.`` are left out, and files that have
    neither ``scenarios`` nor ``steps`` at their top: parts to include, tables, configurations.
    """
    found: list[Path] = []
    for path in paths:
        found += sorted(_in_folder(path)) if path.is_dir() else [path]
    return tuple(dict.fromkeys(found))


def _in_folder(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder).parts
        if path.suffix not in _ENDINGS or any(part.startswith(_HIDDEN) for part in inside):
            continue
        if path.is_file() and _SCENARIO_FILE.search(text_of(path)):
            yield path


def text_of(path: Path) -> str:
    """The text of a file; one that cannot be read ends with exit code 2."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            bad_usage(f"{path}: is larger than {_MOST_BYTES // (1024 * 1024)} MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        bad_usage(f"{path}: cannot be read: {error}")


def make_folder(folder: Path) -> None:
    """Make a folder to write to; one that cannot be made ends with exit code 2."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        bad_usage(f"{folder}: cannot be made: {error}")


def fetched(name: str, source: str) -> str:
    """The text of a file that another one names; relative to that one.  Raises OSError."""
    path = Path(source).parent / name
    if path.stat().st_size > _MOST_BYTES:
        raise OSError(f"is larger than {_MOST_BYTES // (1024 * 1024)} MB")
    return path.read_text(encoding="utf-8")


def variables_of(words: Sequence[str]) -> Mapping[str, str]:
    """``NAME=VALUE`` words of ``--set``."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{word!r} is not NAME=VALUE", param_hint="--set")
        found[name.strip()] = value
    return found


def read_parts(files: Sequence[Path], overrides: Mapping[str, str]) -> tuple["Part", ...]:
    """All scenarios of the files; everything wrong in any of them ends with exit code 2."""
    from tlibsim.scenario.nodes import ScenarioError
    from tlibsim.scenario.program import parts

    found: list[Part] = []
    wrong: list[str] = []
    for file in files:
        try:
            found += parts(text_of(file), str(file), fetch=fetched, overrides=overrides)
        except ScenarioError as error:
            wrong.append(str(error))
    if wrong:
        bad_usage(*wrong)
    _known_variables(found, overrides)
    return tuple(found)


def _known_variables(found: Sequence["Part"], overrides: Mapping[str, str]) -> None:
    known = frozenset[str]().union(*(part.variables for part in found))
    for name in overrides:
        if found and name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near}?" if near else ""
            bad_usage(f"--set {name}: no scenario has this variable.{hint}")


def load_hooks(parts: Sequence["Part"], *, allowed: bool) -> dict[str, dict[str, Any]]:
    """The functions that scenarios call, by file of the scenario and name of the hook."""
    found: dict[str, dict[str, Any]] = {}
    for part in parts:
        scenario = part.scenario
        if scenario.hooks and not allowed:
            bad_usage(
                f"{scenario.source}: {scenario.id} calls {scenario.hooks[0]}; "
                "functions run only with --allow-hooks"
            )
        own = found.setdefault(scenario.source, {})
        for name in scenario.hooks:
            if name not in own:
                own[name] = _hook(name, Path(scenario.source))
    return found


def _hook(name: str, source: Path) -> Any:
    file, _, function = name.rpartition(":")
    path = source.parent / file
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        bad_usage(f"{source}: hook {name}: there is no file {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, function, None)
    if not callable(found):
        bad_usage(f"{source}: hook {name}: {path} has no function {function}")
    return found


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


def shuffled(parts: Sequence["Part"], seed: int) -> tuple["Part", ...]:
    """The scenarios in an order that the seed decides."""
    mixed = list(parts)
    Random(seed).shuffle(mixed)
    return tuple(mixed)


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
    script = part.scenario.script
    seed = options.seed if options.seed is not None else script.seed if script else None
    settings = part.settings if seed is None else replace(part.settings, seed=seed)
    external = _externals(part)
    return PrivateStage(
        reactor,
        settings,
        lambda settings, clock: Simulator(settings, reactor=reactor, clock=clock),
        clock=clock_of(options.speed or (script.clock if script else ""), external=external),
        external=external,
        address=options.listen or LOOPBACK,
        wall_time=wall_time(),
        companion=Companion(reactor, options.sut) if options.sut and external else None,
    )


def clock_of(word: str, *, external: bool) -> "ClockKind":
    """The clock that is asked for; else the world's where somebody external takes part."""
    from tlibsim.net.clock import ClockError, clock_kind

    try:
        return clock_kind(word or ("real" if external else "stepped"))
    except ClockError as error:
        bad_usage(f"--speed: {error}")


def _keep(folder: Path, part: "Part", stage: "Stage", *, log_form: bool) -> None:
    """Write the journal of a run into the folder, under the name of the scenario."""
    from tlibsim.journal.export import to_lines
    from tlibsim.journal.tserverlog import to_log

    name = _UNSAFE.sub("_", part.scenario.id).strip("._") or "scenario"
    lines = to_log(stage.records()) if log_form else to_lines(stage.records())
    path = folder / f"{name}.{'log' if log_form else 'jsonl'}"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
