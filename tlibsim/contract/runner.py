"""Plays the call flows against a recorder and judges what was seen."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tlibproto.messages import RequestRegisterAddress
from tlibsim.config import DnType, RecorderUnderTest, Settings
from tlibsim.config.recorders import RecorderEntry
from tlibsim.config.spans import seconds_of
from tlibsim.contract import sip_checks, tlib_checks
from tlibsim.contract.check import Check
from tlibsim.contract.evidence import Evidence, Roles, Scene, ladder
from tlibsim.contract.flows import CALLER, FLOWS
from tlibsim.contract.result import CheckResult, RunResult, Status
from tlibsim.contract.stage import Stage
from tlibsim.journal import Kind
from tlibsim.net.reactor import Reactor
from tlibsim.ports.media import CaptureEnded

CHECKS: Sequence[Check] = (*tlib_checks.CHECKS, *sip_checks.CHECKS)
"""All checks, in the order of the report."""

TITLE = "recorder contract 1.0"
_CONNECT = "connect"
_BLOCK_S = 0.02
_GAP_S = 0.2
_TELEPHONES = frozenset({DnType.DN, DnType.POSITION})


class ContractError(Exception):
    """The contract cannot be played with this configuration; the text says what is missing."""


def roles_of(settings: Settings, recorder: RecorderUnderTest) -> Roles:
    """Which DN plays which part; raises ContractError."""
    phones = [dn for dn in settings.dns.values() if dn.type in _TELEPHONES and dn.enabled]
    registered = recorder.ready.registered or tuple(dn.dn for dn in phones)
    known = {dn.dn: dn for dn in phones}
    strangers = [dn for dn in registered if dn not in known]
    if strangers:
        raise ContractError(f"recorder.ready.registered: {strangers[0]} is no DN of dns")
    full = [dn for dn in registered if known[dn].options.record]
    demand = [dn for dn in registered if not known[dn].options.record]
    others = [dn.dn for dn in phones if dn.dn not in (*full[:1], *demand[:1])]
    needed = (
        (full, "a registered DN with record: true"),
        (demand, "a registered DN without record"),
        (others, "one more DN, to which calls can be transferred"),
    )
    for found, what in needed:
        if not found:
            raise ContractError(f"dns: the contract needs {what}")
    return Roles(
        registered=registered,
        full_time=full[0],
        on_demand=demand[0],
        other=others[-1],
        starts_on=recorder.starts_on,
        sessions=int(recorder.sessions),
    )


def settings_for(settings: Settings, recorder: RecorderUnderTest) -> Settings:
    """The configuration with the recorder under test as the only one."""
    options = replace(
        settings.options,
        recorder_mode="sip",
        msml_support=True,
        msml_record_support=True,
        recordingclient_recmediactl=recorder.sessions,
        recordingclient_recdest="",
        recordingclient_recdest2="",
    )
    entry = RecorderEntry(name="recorder", address=recorder.sip_uri)
    client = replace(settings.recording_client, invite_timeout=2.0, retry=0, monitor="none")
    return replace(
        settings, options=options, recorders=(entry,), recording_client=client, persona=None
    )


def chosen(names: Collection[str]) -> Sequence[Check]:
    """The checks of these identifiers or flows; all for none.  Raises ContractError."""
    if not names:
        return CHECKS
    wanted = {name.lower(): name for name in names}
    found = [one for one in CHECKS if one.id.lower() in wanted or one.flow in wanted]
    known = {one.id.lower() for one in CHECKS} | set(FLOWS) | {"failures", _CONNECT}
    strange = [name for word, name in wanted.items() if word not in known]
    if strange:
        raise ContractError(f"no check or flow {strange[0]!r}; see: tlibsim contract list")
    if "failures" in wanted:
        found += [one for one in CHECKS if one.flow in _FAILURES and one not in found]
    return found


_FAILURES = frozenset({"refused", "late", "strange", "busy", "lost", "stopped"})


Start = Callable[[str, int], None]
"""Starts a recorder that runs in this process, given host and port of the T-Server."""


class Contract:
    """One run.  ``told`` gets each result as soon as it is judged."""

    def __init__(
        self,
        settings: Settings,
        reactor: Reactor,
        *,
        directory: Path,
        only: Collection[str] = (),
        told: Callable[[CheckResult], None] = lambda _: None,
        start: Start | None = None,
    ) -> None:
        """Raises ContractError when the configuration does not do."""
        if settings.recorder is None or not settings.recorder.sip_uri:
            raise ContractError("recorder.sip_uri: say where the recorder takes SIP sessions")
        self._recorder = settings.recorder
        self._roles = roles_of(settings, settings.recorder)
        self._settings = settings_for(settings, settings.recorder)
        self._reactor = reactor
        self._directory = directory
        self._checks = chosen(only)
        self._told = told
        self._start = start
        self._limit_s = seconds_of(settings.recorder.reconnect_within)
        self._stage = Stage(
            self._settings,
            self._roles,
            reactor,
            recorder_uri=_uri(settings.recorder.sip_uri),
            reconnect_within_s=self._limit_s,
        )

    async def run(self) -> RunResult:
        """Play and judge.  Raises CannotListenError, OSError when it cannot begin."""
        begun = self._reactor.seconds()
        stage = self._stage
        await stage.simulator.start()
        words = ""
        try:
            scenes = await self._play()
            words = stage.last_words()
        finally:
            await stage.stop_recorder()
            await stage.simulator.stop()
        title = f"{TITLE} · profile {self._settings.profile} · seed {stage.simulator.seed}"
        seconds = self._reactor.seconds() - begun
        if scenes is None:
            within = self._recorder.ready.within
            problem = f"the recorder did not connect within {within}"
            if words:
                problem = f"{problem}: {words}"
            return RunResult(title=title, seconds=seconds, problem=problem, connected=False)
        return RunResult(title=title, results=self._judge(scenes), seconds=seconds)

    async def _play(self) -> Mapping[str, Scene] | None:
        """The scenes; None when the recorder never connected."""
        stage = self._stage
        scenes: dict[str, Scene] = {}
        async with stage.scene(_CONNECT) as scene:
            if self._start is not None:
                self._start(*stage.address)
            elif self._recorder.start:
                await stage.start_recorder(self._recorder.start, self._directory)
            await self._get_ready(scene)
        if not scene.notes["connected"]:
            return None
        scenes[_CONNECT] = scene
        for name in self._flows():
            async with stage.scene(name) as scene:
                await FLOWS[name](stage, scene)
                await stage.passing(_GAP_S)
            self._note(scene)
            scenes[name] = scene
        return scenes

    def _flows(self) -> Sequence[str]:
        flows = {one.flow for one in self._checks}
        return tuple(name for name in FLOWS if name in flows)

    async def _get_ready(self, scene: Scene) -> None:
        """Wait for the recorder to register; what it then does not do, it does not do."""
        stage, wanted = self._stage, set(self._roles.registered)

        def registered() -> bool:
            seen = {
                entry.subject.this_dn
                for entry in stage.simulator.journal
                if entry.kind is Kind.REQUEST
                and isinstance(entry.subject, RequestRegisterAddress)
            }
            return wanted <= seen

        limit = seconds_of(self._recorder.ready.within)
        connected = await stage.until(lambda: stage.client() is not None, limit)
        if connected:
            await stage.until(registered, min(limit, 2.0))
            await stage.passing(_GAP_S)
        client = stage.client()
        scene.notes["addp"] = client is not None and client.addp.timeout > 0

    def _note(self, scene: Scene) -> None:
        """What the media side counted, and who called."""
        scene.notes["caller"] = CALLER
        ended = [
            entry.subject
            for entry in self._stage.simulator.journal
            if entry.at >= scene.begun_at and isinstance(entry.subject, CaptureEnded)
        ]
        packets = sum(one.counters.get("packets", 0) for one in ended)
        scene.notes["refused"] = sum(one.counters.get("refused", 0) for one in ended)
        scene.notes["sent_s"] = packets * _BLOCK_S / 2 if ended else 0.0

    def _judge(self, scenes: Mapping[str, Scene]) -> Sequence[CheckResult]:
        files = self._directory / self._recorder.files if self._recorder.files else None
        evidence = Evidence(
            roles=self._roles,
            scenes=scenes,
            files=files,
            reconnect_within_s=self._limit_s,
        )
        results = []
        for check in self._checks:
            scene = scenes.get(check.flow)
            verdict = check.judge(evidence)
            failed = verdict.status is Status.FAIL
            result = CheckResult(
                id=check.id,
                level=check.level,
                title=check.title,
                source=check.source,
                flow=check.flow,
                verdict=verdict,
                seconds=0.0 if scene is None else scene.seconds,
                ladder=tuple(ladder(scene)) if failed and scene is not None else (),
            )
            self._told(result)
            results.append(result)
        return results


def _uri(address: str) -> str:
    return address if address.lower().startswith(("sip:", "sips:")) else f"sip:{address}"
