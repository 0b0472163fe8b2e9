"""The recorder contract: which DN plays which part, and how the simulator records for it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tlibproto.messages import RequestRegisterAddress, RequestStartCallMonitoring
from tlibsim.config import RecorderUnderTest, Settings
from tlibsim.config.recorders import RecorderEntry
from tlibsim.contract import sip_checks, sound_checks, tlib_checks
from tlibsim.contract.evidence import Evidence, Roles
from tlibsim.contract.flows import FLOWS
from tlibsim.contract.folder import Mark
from tlibsim.contract.probe import reached
from tlibsim.contract.sound_checks import sounds
from tlibsim.contract.stage import Stage
from tlibsim.contract.suite import (
    ContractError,
    Plan,
    Suite,
    Trouble,
    telephones,
    wrong_command,
)
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.uri import parse_uri

AWAKE_S = 10.0
"""How long the SIP side may come later than the T-Library side."""

FILES_S = 6.0
"""How long a recorder may take for the files of a call that is over."""

_NO_SIP = (
    "for one that takes none, name an address where nobody is, and skip"
    " probe, pause, conference, S02 and R13 in contracts/recorder.yaml"
)
_LOOK_S = 0.3
_FILED = frozenset({"basic", "pause"})


def roles_of(settings: Settings, recorder: RecorderUnderTest) -> Roles:
    """Which DN plays which part; raises ContractError."""
    phones = telephones(settings)
    registered = recorder.ready.registered or tuple(dn.dn for dn in phones)
    known = {dn.dn: dn for dn in phones}
    full = [dn for dn in registered if dn in known and known[dn].options.record]
    demand = sorted(
        (dn for dn in registered if dn in known and not known[dn].options.record),
        key=lambda dn: dn not in recorder.starts_on,
    )
    others = [dn.dn for dn in phones if dn.dn not in (*full[:1], *demand[:1])]
    needed = (
        (full, "a registered DN with record: true"),
        (demand, "a registered DN without record"),
        (others, "one more DN, to which calls can be transferred"),
    )
    troubles = [
        *_strangers(("recorder", "ready", "registered"), registered, known),
        *_strangers(("recorder", "starts-on"), recorder.starts_on, known),
        *(
            Trouble(("dns",), f"must have {what} for the contract")
            for found, what in needed
            if not found
        ),
    ]
    if troubles:
        raise ContractError(*troubles)
    return Roles(
        registered=registered,
        full_time=full[0],
        on_demand=demand[0],
        other=others[-1],
        starts_on=recorder.starts_on,
        sessions=int(recorder.sessions),
    )


def _strangers(
    path: tuple[str, ...], named: Collection[str], known: Collection[str]
) -> Iterator[Trouble]:
    for dn in named:
        if dn not in known:
            yield Trouble(path, f"names {dn}, which is no telephone of dns")


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
    client = replace(settings.recording_client, retry=0, monitor="none")
    return replace(
        settings,
        # a recorder that runs already has seen the calls of the last run: make others
        seed=settings.seed if recorder.start else None,
        options=options,
        recorders=(entry,),
        recording_client=client,
        persona=None,
    )


def plan_of(settings: Settings) -> Plan:
    """What the section ``recorder`` asks for; raises ContractError when it does not do."""
    recorder = settings.recorder or RecorderUnderTest()
    troubles = [*_wrong_address(recorder.sip_uri), *wrong_command("recorder", recorder.start)]
    try:
        roles = roles_of(settings, recorder)
    except ContractError as error:
        raise ContractError(*troubles, *error.troubles) from None
    if troubles:
        raise ContractError(*troubles)
    return Plan(
        settings=settings_for(settings, recorder),
        roles=roles,
        start=recorder.start,
        within=recorder.ready.within,
        reconnect_within=recorder.reconnect_within,
        uri=_uri(recorder.sip_uri),
        files=recorder.files,
    )


def _wrong_address(address: str) -> Iterator[Trouble]:
    """Whether it is a SIP address at all: only a recorder can say that it is the right one."""
    path = ("recorder", "sip_uri")
    if not address:
        yield Trouble(path, f"is missing: say where the recorder takes SIP sessions; {_NO_SIP}")
        return
    try:
        parse_uri(_uri(address))
    except SipError as error:
        yield Trouble(path, f"is no SIP address: {error}")


def _uri(address: str) -> str:
    return address if address.lower().startswith(("sip:", "sips:")) else f"sip:{address}"


def is_ready(stage: Stage) -> bool:
    """Whether it has registered its DNs, and follows calls."""
    since = stage.started_at
    asked = {one.this_dn for one in stage.requests(RequestRegisterAddress, since)}
    follows = bool(stage.requests(RequestStartCallMonitoring, since))
    return follows and set(stage.roles.registered) <= asked


async def awake(stage: Stage, seconds: float) -> None:
    """Wait until its SIP side answers: it may be another program, and later."""
    await reached(stage.recorder_uri, min(seconds, AWAKE_S))


async def settle(stage: Stage, evidence: Evidence) -> None:
    """Wait until it has written the files of its sessions, and writes no more."""
    folder = evidence.files
    if folder is None:
        return
    scenes = [one for name, one in evidence.scenes.items() if name in _FILED and one.accepted()]
    before: Mapping[Path, Mark] = {}
    for _ in range(round(FILES_S / _LOOK_S)):
        now = folder.state()
        there = all(all(sounds(folder, evidence, one).values()) for one in scenes)
        if there and now == before:
            return
        before = now
        await stage.passing(_LOOK_S)


RECORDER = Suite(
    noun="recorder",
    title="recorder contract 1.0",
    command="tlibsim contract run",
    checks=(*tlib_checks.CHECKS, *sip_checks.CHECKS, *sound_checks.CHECKS),
    flows=FLOWS,
    rare=frozenset({"refused", "late", "strange", "busy", "lost", "stopped"}),
    plan=plan_of,
    is_ready=is_ready,
    awake=awake,
    settle=settle,
)
