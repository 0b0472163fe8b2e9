"""Plays the call flows against a recorder, or a desktop, and judges what was seen."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tlibsim.config import Settings
from tlibsim.config.spans import seconds_of
from tlibsim.contract.answers import why_not_open
from tlibsim.contract.check import Check
from tlibsim.contract.deaths import Deaths
from tlibsim.contract.evidence import Evidence, Scene, ladder
from tlibsim.contract.flows import CALLER
from tlibsim.contract.folder import Folder
from tlibsim.contract.recorder import RECORDER
from tlibsim.contract.result import (
    CheckResult,
    RunResult,
    Status,
    Verdict,
    not_seen,
    skipped,
)
from tlibsim.contract.selection import EVERYTHING, Selection
from tlibsim.contract.stage import Stage
from tlibsim.contract.suite import CONNECT, Plan, Suite
from tlibsim.journal import Kind
from tlibsim.journal.records import records
from tlibsim.net.ports import TAKEN, trouble_at
from tlibsim.net.reactor import Reactor
from tlibsim.ports.media import (
    CaptureEnded,
    CaptureFailed,
    LegLost,
    MediaProblem,
    OrderRefused,
)

CHECKS: Sequence[Check] = RECORDER.checks
"""All checks of the recorder contract, in the order of the report."""

_TROUBLES = (CaptureFailed, LegLost, MediaProblem, OrderRefused)
_BLOCK_S = 0.02
_GAP_S = 0.2
_DYING_S = 1.0
"""How long a program may take to end once its connections are closed."""

Start = Callable[[str, int], None]
"""Starts a program that runs in this process, given host and port of the T-Server."""


class Contract:
    """One run.  ``told`` gets each result as soon as it is judged."""

    def __init__(
        self,
        settings: Settings,
        reactor: Reactor,
        *,
        directory: Path,
        suite: Suite = RECORDER,
        only: Collection[str] = (),
        selection: Selection = EVERYTHING,
        told: Callable[[CheckResult], None] = lambda _: None,
        playing: Callable[[str], None] = lambda _: None,
        start: Start | None = None,
        command: str = "",
    ) -> None:
        """``playing`` is told the name of each flow as it begins.

        ``command`` plays the run again, with its files and settings; else that of the suite.

        Raises ContractError when the configuration does not do.
        """
        self._suite = suite
        self._plan = suite.plan(settings)
        self._reactor = reactor
        self._directory = directory
        self._selection = selection
        self._checks = [selection.of(one) for one in suite.chosen(only)]
        self._told = told
        self._playing = playing
        self._start = start
        self._command = command or suite.command
        self._limit_s = seconds_of(self._plan.reconnect_within)
        self._files: Folder | None = None
        self._deaths = Deaths(suite.noun)
        self._stage = Stage(
            _listening(self._plan),
            self._plan.roles,
            reactor,
            recorder_uri=self._plan.uri,
            reconnect_within_s=self._limit_s,
        )

    @property
    def count(self) -> int:
        """How many checks are judged."""
        return len(self._checks)

    @property
    def seed(self) -> int:
        """The seed of the simulator."""
        return self._stage.simulator.seed

    @property
    def title(self) -> str:
        """Which contract it is, and with what it is played."""
        settings = self._stage.settings
        version = ".".join(settings.server_version.split(".")[:2])
        profile = f"{settings.profile}-{version}"
        seed = self._stage.simulator.seed
        return f"{self._suite.title} · profile {profile} · seed {seed} · clock real"

    async def run(self) -> RunResult:
        """Play and judge.  Raises CannotListenError, OSError when it cannot begin."""
        begun = self._reactor.seconds()
        stage = self._stage
        if self._plan.files:
            self._files = Folder(self._directory / self._plan.files)
        await stage.simulator.start()
        problem = ""
        try:
            scenes = await self._play()
            problem = "" if scenes is not None else self._why_nobody_came()
        finally:
            await stage.stop_recorder()
            await stage.simulator.stop()
        title = self.title
        seconds = self._reactor.seconds() - begun
        if scenes is None:
            return RunResult(
                title=title,
                seconds=seconds,
                problem=problem,
                connected=False,
                command=self._command,
            )
        results = self._judge(scenes)
        return RunResult(
            title=title,
            results=results,
            seconds=seconds,
            problem=self._deaths.told(),
            broken=bool(self._deaths),
            command=self._command,
            fails_on=self._selection.fails_on,
        )

    def _why_nobody_came(self) -> str:
        stage, noun = self._stage, self._suite.noun
        late = f"the {noun} did not connect within {self._plan.within}"
        why = why_not_open(records(stage.simulator.journal))
        if why:
            late = f"the {noun} connected within {self._plan.within}, but {why}"
        words = stage.last_words()
        if not words:
            return late
        return f"the {noun} never connected: {words}" if stage.died else f"{late}: {words}"

    async def _play(self) -> Mapping[str, Scene] | None:
        """The scenes; None when nobody ever connected."""
        stage = self._stage
        scenes: dict[str, Scene] = {}
        async with stage.scene(CONNECT) as scene:
            self._suite.prepare(stage)
            if self._start is not None:
                self._start(*stage.address)
            elif self._plan.start:
                await stage.start_recorder(self._plan.start, self._directory)
            await self._get_ready()
            scene.notes["without_addp"] = tuple(
                one.name or f"client {one.id}"
                for one in stage.clients()
                if not one.addp.heard_init
            )
        if not scene.notes["connected"]:
            return None
        scenes[CONNECT] = scene
        last = CONNECT
        for name in self._flows():
            if await self._died_in(last) and not await self._came_back():
                break
            last = name
            self._playing(name)
            async with stage.scene(name) as scene:
                await self._suite.flows[name](stage, scene)
                await stage.passing(_GAP_S)
            self._note(scene)
            scenes[name] = scene
        await self._died_in(last)
        await self._suite.settle(stage, self._evidence(scenes))
        await self._died_in(last)
        return scenes

    async def _died_in(self, flow: str) -> bool:
        """Whether the program ended by itself in the flow, which is noted."""
        stage = self._stage
        if stage.started and not stage.clients():
            await stage.until(lambda: stage.died or bool(stage.clients()), _DYING_S)
        if stage.died:
            self._deaths.note(flow, stage.last_words())
        return stage.died

    async def _came_back(self) -> bool:
        """Start it again, where it ended by itself; False when it does not stay."""
        stage = self._stage
        await stage.restart_recorder(self._plan.start, self._directory)
        there = await self._get_ready()
        if there:
            self._deaths.came_back()
        else:
            self._deaths.stayed_away(stage.last_words() or f"not within {self._plan.within}")
        return there

    def _flows(self) -> Sequence[str]:
        flows = {one.flow for one in self._checks if not self._selection.reason(one)}
        return tuple(name for name in self._suite.flows if name in flows)

    async def _get_ready(self) -> bool:
        """Wait until it has registered, or cannot any more; whether it is there.

        What it does not do, it does not do.
        """
        stage = self._stage
        end = self._reactor.seconds() + seconds_of(self._plan.within)

        def left() -> float:
            return max(end - self._reactor.seconds(), 0.0)

        await stage.until(lambda: stage.client() is not None or stage.died, left())
        if stage.client() is not None:
            await stage.until(lambda: self._suite.is_ready(stage) or stage.died, left())
            await self._suite.awake(stage, left())
            await stage.passing(_GAP_S)
        return stage.client() is not None and not stage.died

    def _note(self, scene: Scene) -> None:
        """What the media side counted, and who called."""
        scene.notes["caller"] = CALLER
        reports = [
            entry.subject
            for entry in self._stage.simulator.journal
            if entry.at >= scene.begun_at and entry.kind is Kind.REPORT
        ]
        ended = [one for one in reports if isinstance(one, CaptureEnded)]
        scene.media = tuple(
            dict.fromkeys(one.cause for one in reports if isinstance(one, _TROUBLES))
        )
        packets = sum(one.counters.get("packets", 0) for one in ended)
        scene.notes["refused"] = sum(one.counters.get("refused", 0) for one in ended)
        skipped_blocks = sum(one.counters.get("skipped", 0) for one in ended)
        scene.notes["packets"], scene.notes["skipped_s"] = packets, skipped_blocks * _BLOCK_S

    def _evidence(self, scenes: Mapping[str, Scene]) -> Evidence:
        return Evidence(
            roles=self._plan.roles,
            scenes=scenes,
            files=self._files,
            reconnect_within_s=self._limit_s,
            again=self._command,
        )

    def _verdict(self, check: Check, evidence: Evidence) -> Verdict:
        reason = self._selection.reason(check)
        if reason:
            return skipped(reason)
        if check.flow not in evidence.scenes:
            return not_seen(self._deaths.why_not_played())
        return check.judge(evidence)

    def _judge(self, scenes: Mapping[str, Scene]) -> Sequence[CheckResult]:
        evidence = self._evidence(scenes)
        judged = [(check, self._verdict(check, evidence)) for check in self._checks]
        results = []
        for check, verdict in self._deaths.laid_to(judged):
            scene = scenes.get(check.flow)
            failed = verdict.status is Status.FAIL
            steps = ladder(scene, self._suite.noun) if failed and scene is not None else ()
            result = CheckResult(
                id=check.id,
                level=check.level,
                title=check.title,
                source=check.source,
                flow=check.flow,
                verdict=verdict,
                seconds=0.0 if scene is None else scene.seconds,
                ladder=tuple(steps),
            )
            self._told(result)
            results.append(result)
        return results


def _listening(plan: Plan) -> Settings:
    """Where the switch of a contract listens.

    A program that is started here is told the port, which may then be any free one; and a server
    that runs already may keep the port of the control API.
    """
    settings = plan.settings
    if "{tlib_port}" not in plan.start:
        return settings
    first, *others = settings.listeners
    http = settings.http
    if http.port and trouble_at(http.host, http.port) == TAKEN:
        http = replace(http, port=0)
    return replace(settings, listeners=(replace(first, port=0), *others), http=http)
