"""The desktop contract: the desk that it is played at, and how the simulator is set up for it."""

from dataclasses import replace

from tlibsim.config import DesktopUnderTest, Settings
from tlibsim.config.spans import seconds_of
from tlibsim.contract import desktop_checks, desktop_flows
from tlibsim.contract.evidence import Desk, Roles
from tlibsim.contract.suite import ContractError, Plan, Suite, telephones


def roles_of(settings: Settings, desktop: DesktopUnderTest) -> Roles:
    """The desk and its DNs; raises ContractError."""
    known = {dn.dn for dn in telephones(settings)}
    registered = desktop.ready.registered or (desktop.dn,)
    if desktop.dn not in known:
        raise ContractError(f"desktop.dn: {desktop.dn} is no telephone of dns")
    strangers = [dn for dn in registered if dn not in settings.dns]
    if strangers:
        raise ContractError(f"desktop.ready.registered: {strangers[0]} is no DN of dns")
    if desktop.queue and desktop.queue not in settings.dns:
        raise ContractError(f"desktop.queue: {desktop.queue} is no DN of dns")
    auto = desktop.auto
    if auto.login and not desktop.agent:
        raise ContractError(
            "desktop.agent: say who logs in, or set desktop.auto.login to false"
        )
    desk = Desk(
        dn=desktop.dn,
        agent=desktop.agent,
        queue=desktop.queue,
        logs_in=auto.login,
        answers=auto.answers,
        answers_within_s=seconds_of(auto.answers_within),
        updates=auto.updates,
    )
    return Roles(
        registered=registered,
        full_time="",
        on_demand="",
        other="",
        starts_on=(),
        sessions=0,
        desk=desk,
    )


def plan_of(settings: Settings) -> Plan:
    """What the section ``desktop`` asks for; raises ContractError when it does not do."""
    desktop = settings.desktop
    if desktop is None or not desktop.dn:
        raise ContractError("desktop.dn: say at which DN the desktop works")
    return Plan(
        settings=replace(settings, persona=None, faults=()),
        roles=roles_of(settings, desktop),
        start=desktop.start,
        within=desktop.ready.within,
        reconnect_within=desktop.reconnect_within,
    )


DESKTOP = Suite(
    noun="desktop",
    title="desktop contract 1.0",
    command="tlibsim contract run --desktop",
    checks=desktop_checks.CHECKS,
    flows=desktop_flows.FLOWS,
    rare=frozenset({"late", "refused", "gone", "strange", "out", "link", "lost"}),
    plan=plan_of,
    is_ready=desktop_flows.is_ready,
    prepare=desktop_flows.prepare,
)
