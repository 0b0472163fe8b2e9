"""The scenarios of a project as a running server offers them, and the runs that it began itself.

Each scenario is played on a private switch of its own in this process, as the command line does
it, so that the switch that is served sees nothing of it.  A scenario is named by its file, and a
name is looked up among the files that are there: it is never made a path.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList

from tlibsim.app import wall_time
from tlibsim.config.version import program_version
from tlibsim.net.clock import ClockError
from tlibsim.net.reactor import Reactor
from tlibsim.playing.files import FileError, fetched, read_text, scenario_files
from tlibsim.playing.parts import (
    RunOptions,
    clock_of_part,
    common,
    place_of,
    play_part,
    seed_of,
)
from tlibsim.runs.document import Document, Run
from tlibsim.runs.items import scenario_item
from tlibsim.runs.keeping import Keeper
from tlibsim.runs.offers import NoSuchScenarioError, Order, UnplayableError
from tlibsim.runs.store import RunStore, new_id
from tlibsim.scenario.nodes import ScenarioError
from tlibsim.scenario.program import Part, counted, exit_code, parts
from tlibsim.scenario.results import Result
from tlibsim.scenario.stage import NeverConnectedError, Stage

FOLDER = "scenarios"
MOST_FILES = 1000
MOST_AT_ONCE = 4
MOST_KEPT = 100
_INTERRUPTED, _NEVER_CONNECTED, _BUG = 130, 4, 5


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as it was read, and by what one sees that it has changed."""

    stamp: tuple[int, int]
    document: Document


class ProjectRuns:
    """What one project has to play, and what was played (``console.runs.Runs``)."""

    def __init__(self, reactor: Reactor, project: Path) -> None:
        self._reactor = reactor
        self._folder = (project / FOLDER).resolve()
        self._project = project
        self._store = RunStore(project)
        self._read: dict[Path, _Read] = {}
        self._runs: dict[str, Keeper] = {}
        self._playing: dict[str, Deferred[None]] = {}
        self._listeners: list[Callable[[Document], None]] = []

    # -- what there is -------------------------------------------------------------------------

    def scenarios(self) -> Sequence[Document]:
        """The scenario files of the project: name, file, the scenarios in it or what is wrong."""
        return [self._described(name, file) for name, file in self._files().items()]

    def _files(self) -> Mapping[str, Path]:
        """The files by name, as far as they really are in the folder."""
        found: dict[str, Path] = {}
        try:
            for file in sorted(scenario_files(self._folder)) if self._folder.is_dir() else ():
                if file.resolve().is_relative_to(self._folder) and len(found) < MOST_FILES:
                    name = file.relative_to(self._folder).with_suffix("").as_posix()
                    found.setdefault(name, file)
        except (FileError, OSError):
            return found
        return found

    def _described(self, name: str, file: Path) -> Document:
        stat = file.stat()
        stamp = (stat.st_mtime_ns, stat.st_size)
        known = self._read.get(file)
        if known is None or known.stamp != stamp:
            known = self._read[file] = _Read(stamp, self._document(name, file))
        return known.document

    def _document(self, name: str, file: Path) -> Document:
        found: Document = {"name": name, "file": str(file.relative_to(self._project.resolve()))}
        try:
            held = parts(read_text(file), found["file"], fetch=self._fetched)
        except (ScenarioError, FileError) as error:
            return {**found, "scenarios": [], "problem": str(error)}
        listed = [
            {
                "id": part.scenario.id,
                "title": part.scenario.title,
                "steps": len(part.scenario.steps),
                "line": part.scenario.place.line,
            }
            for part in held
        ]
        names = sorted(frozenset[str]().union(*(part.variables for part in held)))
        return {**found, "scenarios": listed, "variables": names, "problem": ""}

    def _fetched(self, name: str, source: str) -> str:
        return fetched(name, str(self._project.resolve() / source))

    # -- what was played -----------------------------------------------------------------------

    def listed(self) -> Sequence[Document]:
        """The runs of the project, the newest first."""
        found = {str(head["id"]): head for head in self._store.heads()}
        found |= {name: kept.run.head() for name, kept in self._runs.items()}
        return [found[name] for name in sorted(found, reverse=True)]

    def one(self, identifier: str) -> Document | None:
        """A run, as far as it is."""
        kept = self._runs.get(identifier)
        return self._store.one(identifier) if kept is None else kept.run.document()

    def listen(self, listener: Callable[[Document], None]) -> None:
        """Call ``listener`` with the head of each run of this server as it goes on."""
        self._listeners.append(listener)

    def ignore(self, listener: Callable[[Document], None]) -> None:
        """Call that listener no more."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _told(self, run: Run) -> None:
        for listener in tuple(self._listeners):
            listener(run.head())

    # -- playing -------------------------------------------------------------------------------

    def start(self, name: str, order: Order) -> Document:
        """Begin to play a file; raises NoSuchScenarioError, UnplayableError, ScenarioError."""
        file = self._files().get(name)
        if file is None:
            raise NoSuchScenarioError(name, tuple(self._files()))
        if len(self._playing) >= MOST_AT_ONCE:
            raise UnplayableError(f"{MOST_AT_ONCE} runs are under way already")
        shown = str(file.relative_to(self._project.resolve()))
        try:
            text = read_text(file)
        except FileError as error:
            raise UnplayableError(str(error)) from error
        chosen = tuple(self._chosen(shown, text, order))
        options = RunOptions(seed=order.seed, strict=order.strict, speed=order.speed)
        try:
            clock = common(str(clock_of_part(part, options)) for part in chosen) or ""
        except ClockError as error:
            raise UnplayableError(f"speed: {error}") from error
        begun = wall_time() / 1_000_000
        run = Run(
            id=new_id(begun),
            kind="scenario",
            title=shown,
            of=len(chosen),
            begun=begun,
            command=f"POST /api/v1/scenarios/{name}/run",
            seed=common(seed_of(part, options) for part in chosen),
            clock=clock,
            version=program_version(),
        )
        kept = Keeper(run, self._store, seconds=self._reactor.seconds, told=self._told)
        self._remember(kept)
        playing = Deferred.fromCoroutine(self._play(kept, chosen, options))
        if not run.over:
            self._playing[run.id] = playing
        return run.document()

    def _chosen(self, file: str, text: str, order: Order) -> Iterator[Part]:
        found = parts(text, file, fetch=self._fetched, overrides=order.variables)
        known = {part.scenario.id for part in found}
        strange = [name for name in order.only if name not in known]
        if strange:
            raise UnplayableError(f"only: {file} has no scenario {strange[0]!r}")
        unknown = set(order.variables) - frozenset[str]().union(
            *(part.variables for part in found)
        )
        if unknown:
            raise UnplayableError(f"set: {file} has no variable {min(unknown)!r}")
        for part in found:
            if order.only and part.scenario.id not in order.only:
                continue
            if part.scenario.hooks:
                why = f"{part.scenario.id} calls {part.scenario.hooks[0]}"
                raise UnplayableError(f"{why}; functions run from the command line only")
            yield part

    def _remember(self, kept: Keeper) -> None:
        self._runs[kept.run.id] = kept
        over = [name for name, one in self._runs.items() if one.run.over]
        for name in over[: max(0, len(self._runs) - MOST_KEPT)]:
            del self._runs[name]

    async def _play(self, kept: Keeper, chosen: Sequence[Part], options: RunOptions) -> None:
        results: list[Result] = []
        begun = self._reactor.seconds()
        code, problem = _BUG, ""
        how = _with_progress(options, kept)
        try:
            for part in chosen:
                kept.at(part.scenario.id)
                result = await play_part(part, self._reactor, how, {})
                results.append(result)
                kept.add(scenario_item(result))
            code = exit_code(results)
        except NeverConnectedError as error:
            code, problem = _NEVER_CONNECTED, str(error)
        except CancelledError:
            code, problem = _INTERRUPTED, "the server was stopped"
        except Exception as error:  # noqa: BLE001  a bug of ours ends the run, not the server
            problem = f"{type(error).__name__}: {error}"
        finally:
            self._playing.pop(kept.run.id, None)
            kept.end(code, counted(results), problem, self._reactor.seconds() - begun)

    async def stop(self) -> None:
        """End what is under way."""
        playing = list(self._playing.values())
        for one in playing:
            one.cancel()
        await DeferredList(playing, consumeErrors=True)


def _with_progress(options: RunOptions, kept: Keeper) -> RunOptions:
    """The same, telling each step, and where a private server waits for external actors."""

    def entered(part: Part, step: Any, _: Stage) -> None:
        kept.at(place_of(part, step))

    def waiting(part: Part, stage: Stage) -> None:
        def listening(host: str, port: int) -> None:
            kept.run.more["listening"] = {"host": host, "port": port}
            kept.at(f"{part.scenario.id} waits for external actors at {host}:{port}")

        told = getattr(stage, "listening", None)
        if told is not None:
            told.append(listening)

    return replace(options, entered=entered, waiting=waiting)
