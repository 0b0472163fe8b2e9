"""The recorder contract: which DN plays which part, and how the simulator records for it."""

from dataclasses import replace

from tlibproto.messages import RequestRegisterAddress
from tlibsim.config import RecorderUnderTest, Settings
from tlibsim.config.recorders import RecorderEntry
from tlibsim.contract import sip_checks, tlib_checks
from tlibsim.contract.evidence import Roles
from tlibsim.contract.flows import FLOWS
from tlibsim.contract.stage import Stage
from tlibsim.contract.suite import ContractError, Plan, Suite, telephones


def roles_of(settings: Settings, recorder: RecorderUnderTest) -> Roles:
    """Which DN plays which part; raises ContractError."""
    phones = telephones(settings)
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


def plan_of(settings: Settings) -> Plan:
    """What the section ``recorder`` asks for; raises ContractError when it does not do."""
    recorder = settings.recorder
    if recorder is None or not recorder.sip_uri:
        raise ContractError("recorder.sip_uri: say where the recorder takes SIP sessions")
    return Plan(
        settings=settings_for(settings, recorder),
        roles=roles_of(settings, recorder),
        start=recorder.start,
        within=recorder.ready.within,
        reconnect_within=recorder.reconnect_within,
        uri=_uri(recorder.sip_uri),
        files=recorder.files,
    )


def _uri(address: str) -> str:
    return address if address.lower().startswith(("sip:", "sips:")) else f"sip:{address}"


def is_ready(stage: Stage) -> bool:
    """Whether it has registered its DNs."""
    asked = {one.this_dn for one in stage.requests(RequestRegisterAddress)}
    return set(stage.roles.registered) <= asked


RECORDER = Suite(
    noun="recorder",
    title="recorder contract 1.0",
    command="tlibsim contract run",
    checks=(*tlib_checks.CHECKS, *sip_checks.CHECKS),
    flows=FLOWS,
    rare=frozenset({"refused", "late", "strange", "busy", "lost", "stopped"}),
    plan=plan_of,
    is_ready=is_ready,
)
