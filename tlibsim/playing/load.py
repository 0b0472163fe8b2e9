"""A scenario as the flow of a load: played again and again, each time by parties of its own.

On a private switch in this process each copy of the scenario has DNs and agents that nobody else
has; on a server that runs elsewhere the copies get DNs that the user names.  Connections stand
from one run to the next, registrations are asked for anew.
"""

import gc
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tlibsim.app import Simulator
from tlibsim.config import Settings
from tlibsim.net.client import ClientError
from tlibsim.net.loading import LoadResult, StepRefusedError
from tlibsim.net.reactor import Reactor
from tlibsim.net.stage import Address, private
from tlibsim.playing.files import fetched
from tlibsim.playing.sharing import SharedServer, SharedStage, TargetStage
from tlibsim.scenario.differences import Difference
from tlibsim.scenario.loader import load
from tlibsim.scenario.nodes import MapNode, Node, Scalar
from tlibsim.scenario.program import Part, parts
from tlibsim.scenario.renaming import Parties, Renaming, merged, parties_of, texts, words
from tlibsim.scenario.results import Status
from tlibsim.scenario.runner import PlayOptions, needs_own_server, play
from tlibsim.scenario.script.steps import AnyStep, Fault, Hook, Pass, walk
from tlibsim.scenario.stage import NeverConnectedError
from tlibsim.scenario.steps import Action, LogAction, Scenario, Step, SwitchAction

_CONN_ID = re.compile(r"\b[0-9a-f]{16}\b")


class UnloadableError(Exception):
    """The scenario cannot be played by many at a time; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A scenario file: its name and text, the variables that are set, the scenarios wanted."""

    name: str
    text: str
    variables: Mapping[str, str]
    only: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What is played: the scenarios as they are in the file, and who takes part in them."""

    source: Source
    chosen: tuple[Part, ...]
    parties: Parties

    @property
    def settings(self) -> Settings:
        """The switch of the scenarios."""
        return self.chosen[0].settings

    def longest_s(self, hold_s: float) -> float:
        """How long one run takes at least, by its waits."""
        return max(_waits(part.scenario, hold_s) for part in self.chosen)

    def copy(self, renaming: Renaming) -> tuple[Scenario, ...]:
        """The scenarios for other parties."""
        source = self.source
        file = load(
            source.text,
            source.name,
            fetch=fetched,
            overrides=source.variables,
            reshape=renaming.node,
        )
        wanted = {part.scenario.id for part in self.chosen}
        return tuple(one for one in file.scenarios if one.id in wanted)


def read(source: Source, *, elsewhere: bool) -> Copies:
    """The scenarios of a file as a load; raises ScenarioError, UnloadableError.

    ``elsewhere``: they are played on a server that runs already.
    """
    chosen = tuple(_chosen(source))
    if not chosen:
        raise UnloadableError(f"{source.name} has no scenario")
    for part in chosen:
        why = _unloadable(part, elsewhere=elsewhere)
        if why:
            raise UnloadableError(f"{source.name}: {part.scenario.id} needs {why}")
        if part.settings != chosen[0].settings:
            first = chosen[0].scenario.id
            why = f"{first} and {part.scenario.id} need different switches; choose with --only"
            raise UnloadableError(f"{source.name}: {why}")
    said: set[str] = set()
    wanted = {part.scenario.id for part in chosen}

    def hear(node: Node) -> Node:
        if not wanted.isdisjoint(_names_of(node)):
            said.update(words(node))
        return node

    load(source.text, source.name, fetch=fetched, overrides=source.variables, reshape=hear)
    return Copies(source=source, chosen=chosen, parties=parties_of(said, chosen[0].settings))


def _names_of(node: Node) -> Iterator[str]:
    """What a scenario is called."""
    if isinstance(node, MapNode):
        for word, value in node.entries:
            if word.text in ("id", "name") and isinstance(value, Scalar):
                yield value.text


def _chosen(source: Source) -> Sequence[Part]:
    found = parts(source.text, source.name, fetch=fetched, overrides=source.variables)
    known = [part.scenario.id for part in found]
    for name in source.only:
        if name not in known:
            raise UnloadableError(f"--only {name}: {source.name} has no scenario of this name")
    return [part for part in found if not source.only or part.scenario.id in source.only]


def _unloadable(part: Part, *, elsewhere: bool) -> str:
    """What the scenario needs that a load does not give; empty when it needs nothing."""
    scenario, settings = part.scenario, part.settings
    if elsewhere:
        return needs_own_server(scenario)
    if scenario.script is not None and scenario.script.externals:
        return "an external actor"
    if settings.persona is not None or settings.second_site or settings.faults:
        return "a persona, a second site or faults"
    named = settings.dns.keys() & set(texts(settings.options))
    if named:
        return f"a switch of its own (its options name {min(named)})"
    return next((why for step in walk(scenario.steps) if (why := _lacking(step))), "")


def _lacking(step: AnyStep) -> str:
    if isinstance(step, Step):
        looks_inside = isinstance(step.do, LogAction) or step.trace is not None
        return "a switch of its own (logs, trace)" if looks_inside else ""
    return "a switch of its own (faults, functions)" if isinstance(step, Fault | Hook) else ""


def _waits(scenario: Scenario, hold_s: float) -> float:
    return sum(_wait(step, hold_s) for step in walk(scenario.steps))


def _wait(step: AnyStep, hold_s: float) -> float:
    if isinstance(step, Pass):
        seconds = step.us / 1_000_000
        return min(seconds, hold_s) if step.jump else seconds
    do = step.do if isinstance(step, Step) else None
    if isinstance(do, SwitchAction) and do.action is Action.WAIT:
        return float(str(do.arguments["seconds"]))
    return 0.0


class ScenarioFlow:
    """Plays copies of a scenario.  ``address`` None: on a private switch, else on that server.

    ``renamings`` has the names of each copy.
    """

    def __init__(
        self,
        reactor: Reactor,
        copies: Copies,
        renamings: Sequence[Renaming],
        *,
        hold_s: float,
        address: Address | None = None,
        password: str | None = None,
    ) -> None:
        self._reactor = reactor
        self._copies = copies
        self._renamings = renamings
        self._hold_s = hold_s
        self._address = address
        self._password = password
        self._simulator: Simulator | None = None
        self._stages: list[SharedStage | TargetStage] = []
        self._scenarios: list[tuple[Scenario, ...]] = []
        self._settings: list[Settings] = []
        self._played = 0

    @property
    def slots(self) -> int:
        return len(self._renamings)

    async def begin(self) -> None:
        """Start the private switch; open the clients of all copies.  Raises ClientError."""
        shared = await self._started() if self._address is None else None
        for slot, renaming in enumerate(self._renamings):
            clients = renaming.value(dict(self._copies.parties.clients))
            settings = self._settings_of(renaming, clients)
            stage = self._stage(shared, settings, slot)
            self._scenarios.append(self._copies.copy(renaming))
            self._settings.append(settings)
            self._stages.append(stage)
            if isinstance(stage, SharedStage) and shared is not None:
                own = [renaming.names[dn] for dn in self._copies.parties.dns]
                shared.add(stage, slot, own, tuple(clients))
            for name in clients:
                await stage.clients.open(name, stage.address)
        gc.collect()
        gc.freeze()

    async def _started(self) -> SharedServer:
        everybody = merged(self._copies.settings, self._copies.parties, self._renamings)
        self._simulator = Simulator(private(everybody), reactor=self._reactor)
        await self._simulator.start()
        return SharedServer(self._simulator)

    def _settings_of(
        self, renaming: Renaming, clients: Mapping[str, tuple[str, ...]]
    ) -> Settings:
        """The switch as this copy knows it."""
        own = merged(self._copies.settings, self._copies.parties, [renaming])
        settings = replace(own, clients=clients, persona=None)
        if self._password is None:
            return settings
        return replace(settings, password=self._password, passwords={})

    def _stage(
        self, shared: SharedServer | None, settings: Settings, slot: int
    ) -> SharedStage | TargetStage:
        if shared is not None:
            return SharedStage(shared, settings, slot=slot, hold_s=self._hold_s)
        assert self._address is not None  # noqa: S101  one of the two is there
        return TargetStage(
            self._reactor, settings, slot=slot, address=self._address, hold_s=self._hold_s
        )

    async def play(self, slot: int, late_s: float, result: LoadResult) -> None:
        """Play the next scenario of the file; raises StepRefusedError, ClientError."""
        stage, scenarios = self._stages[slot], self._scenarios[slot]
        scenario = scenarios[self._played % len(scenarios)]
        self._played += 1
        stage.timed.begin(late_s, result)
        how = PlayOptions(entered=lambda _: stage.timed.entered())
        try:
            came = await play(scenario, self._settings[slot], stage, how)
        except NeverConnectedError as error:
            raise ClientError(str(error)) from error
        finally:
            if isinstance(stage, SharedStage):
                stage.tidy()
        if came.status is not Status.PASSED:
            back = self._renamings[slot].back
            sentence = came.reason if came.difference is None else came.difference.sentence()
            sentence = _CONN_ID.sub("...", sentence)
            where = "" if came.difference is None else _where(came.difference)
            raise StepRefusedError(f"{where}{back.text(sentence)}", back.text(came.text()))

    def lost(self) -> str:
        """A connection that ends fails its run only; the next one opens it again."""
        return ""

    async def end(self) -> None:
        """Close all connections, and the private switch."""
        for stage in self._stages:
            await stage.clients.close_all()
        if self._simulator is not None:
            await self._simulator.stop()


def _where(difference: Difference) -> str:
    """The step, as the file counts it."""
    number = difference.path or difference.step
    return f"step {number}: " if number else "before step 1: "
