"""The desktop contract: the desk that it is played at, and how the simulator is set up for it."""

from collections.abc import Iterator
from dataclasses import replace

from tlibsim.config import DesktopUnderTest, Settings
from tlibsim.config.spans import seconds_of
from tlibsim.contract import desktop_checks, desktop_flows
from tlibsim.contract.evidence import Desk, Roles
from tlibsim.contract.suite import (
    ContractError,
    Plan,
    Suite,
    Trouble,
    telephones,
    wrong_command,
)


def _troubles(settings: Settings, desktop: DesktopUnderTest) -> Iterator[Trouble]:
    """Everything that is wrong with the section ``desktop``."""
    known = {dn.dn for dn in telephones(settings)}
    if not desktop.dn:
        yield Trouble(("desktop", "dn"), "is missing: say at which DN the desktop works")
    elif desktop.dn not in known:
        yield Trouble(("desktop", "dn"), f"names {desktop.dn}, which is no telephone of dns")
    for dn in desktop.ready.registered:
        if dn not in settings.dns:
            yield Trouble(
                ("desktop", "ready", "registered"), f"names {dn}, which is no DN of dns"
            )
    if desktop.queue and desktop.queue not in settings.dns:
        yield Trouble(("desktop", "queue"), f"names {desktop.queue}, which is no DN of dns")
    if desktop.auto.login and not desktop.agent:
        yield Trouble(
            ("desktop", "agent"),
            "is missing: say who logs in, or set desktop.auto.login to false",
        )
    yield from wrong_command("desktop", desktop.start)


def roles_of(desktop: DesktopUnderTest) -> Roles:
    """The desk and its DNs."""
    registered = desktop.ready.registered or (desktop.dn,)
    auto = desktop.auto
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
    desktop = settings.desktop or DesktopUnderTest()
    troubles = tuple(_troubles(settings, desktop))
    if troubles:
        raise ContractError(*troubles)
    return Plan(
        settings=replace(settings, persona=None, faults=()),
        roles=roles_of(desktop),
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
