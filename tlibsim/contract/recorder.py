"""The recorder contract: which DN plays which part, and how the simulator records for it."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from tlibproto.messages import RequestRegisterAddress
from tlibsim.config import RecorderUnderTest, Settings
from tlibsim.config.recorders import RecorderEntry
from tlibsim.contract import sip_checks, tlib_checks
from tlibsim.contract.evidence import Roles
from tlibsim.contract.flows import FLOWS
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


def roles_of(settings: Settings, recorder: RecorderUnderTest) -> Roles:
    """Which DN plays which part; raises ContractError."""
    phones = telephones(settings)
    registered = recorder.ready.registered or tuple(dn.dn for dn in phones)
    known = {dn.dn: dn for dn in phones}
    full = [dn for dn in registered if dn in known and known[dn].options.record]
    demand = [dn for dn in registered if dn in known and not known[dn].options.record]
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
    client = replace(settings.recording_client, invite_timeout=2.0, retry=0, monitor="none")
    return replace(
        settings, options=options, recorders=(entry,), recording_client=client, persona=None
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
    path = ("recorder", "sip-uri")
    if not address:
        yield Trouble(path, "is missing: say where the recorder takes SIP sessions")
        return
    try:
        parse_uri(_uri(address))
    except SipError as error:
        yield Trouble(path, f"is no SIP address: {error}")


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
