"""Another configuration for a running server: checked whole, then put in force in one go.

Every part that goes by the configuration has a ``reconfigure`` that takes its own value; this is
the one place that hands the values out (docs/reload.md).  That is done in one go, so no client and
no call ever meets half of a configuration.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from twisted.internet.defer import Deferred, DeferredLock

from tlibsim.cdr.details import Details
from tlibsim.config import ConfigError, Problem, Settings
from tlibsim.config.changes import (
    Changes,
    ConfigurationKept,
    ConfigurationReloaded,
    ConfigurationRemark,
    ordered,
)
from tlibsim.config.differences import differences
from tlibsim.config.sites import second_settings
from tlibsim.faults import FaultError
from tlibsim.journal import Journal, Kind
from tlibsim.media.configured import Sources
from tlibsim.net.clock import SwitchClock
from tlibsim.net.faulting import Faulting, check_all
from tlibsim.net.persona import PersonaLink
from tlibsim.recording.desk import RecordingDesk
from tlibsim.recording.rules import ConfiguredCalls, RecordingRules
from tlibsim.router import Router
from tlibsim.session.hub import Hub
from tlibsim.switch.agents import logins
from tlibsim.switch.commands import AgentLogin, Reconfigure
from tlibsim.switch.refusals import RequestRefused

Source = Callable[[], Settings]
"""Reads the configuration again; raises ConfigError with everything that is wrong."""


class NothingToReadError(Exception):
    """The server was not started with a file; the text says so."""


class Reloadable(Protocol):
    """What is reconfigured of a server (:class:`tlibsim.app.Simulator`)."""

    settings: Settings
    source: Source | None
    readings: DeferredLock
    clock: SwitchClock
    journal: Journal
    hub: Hub
    router: Router
    desk: RecordingDesk
    sources: Sources
    recorded_calls: ConfiguredCalls
    faulting: Faulting
    details: Details
    persona: PersonaLink | None

    @property
    def second(self) -> "Reloadable | None": ...
    def perform(self, command: object) -> None: ...


def recording_rules(settings: Settings) -> RecordingRules:
    """The rules of recording that a configuration asks for."""
    return RecordingRules.from_options(
        settings.options,
        switch=settings.switch,
        customer_id=settings.customer_id,
        profile=settings.profile,
        remote=settings.remote_recording,
    )


def reload(server: Reloadable, settings: Settings) -> Changes:
    """Put other settings in force and tell the journal; raises ConfigError, and nothing changed.

    What cannot change while the server runs stays, and is named in ``restart``.
    """
    plan = _plan(server, settings)
    told = [_put_in_force(*one) for one in plan]
    changes = _together(told)
    fact = ConfigurationReloaded(summary=changes.summary(), changes=changes)
    server.journal.note(Kind.FACT, server.clock.now(), 0, fact, fact.summary)
    return changes


async def read_again(server: Reloadable) -> Changes:
    """Read the configuration that the server was started with, and put it in force.

    It is read in a thread, so that calls and their sound go on meanwhile, and one reading ends
    before the next begins.  Raises NothingToReadError, and ConfigError after it was noted in the
    journal.
    """
    return await server.readings.run(lambda: Deferred.fromCoroutine(_read_again(server)))


async def _read_again(server: Reloadable) -> Changes:
    if server.source is None:
        nothing = "this server was started without a configuration file"
        _remark(server, f"not reloaded: {nothing}")
        raise NothingToReadError(nothing)
    try:
        reading = asyncio.get_running_loop().run_in_executor(None, server.source)
        return reload(server, await Deferred.fromFuture(reading))
    except ConfigError as error:
        kept = ConfigurationKept(problems=tuple(map(str, error.problems)))
        server.journal.note(Kind.FACT, server.clock.now(), 0, kept, str(error))
        raise


# -- checked before anything changes -------------------------------------------------------------

_Step = tuple[Reloadable, Changes, Settings]


def _plan(server: Reloadable, settings: Settings) -> list[_Step]:
    """What to put in force at which server; raises ConfigError."""
    _check(settings)
    changes, in_force = differences(server.settings, settings)
    steps = [(server, changes, in_force)]
    if server.second is not None:
        second = second_settings(in_force)
        if second is not None:
            steps += _plan(server.second, second)
    return steps


def _check(settings: Settings) -> None:
    """What the reading of a file leaves to others to check."""
    try:
        check_all(settings.faults)
    except FaultError as error:
        problem = Problem(source="configuration", key="", message=str(error))
        raise ConfigError([problem]) from None


def _together(told: list[Changes]) -> Changes:
    """The changes of the first switch, and those of the second one beside it."""
    first, *others = told
    for other in others:
        restart = tuple(f"second-site.{key}" for key in other.restart)
        first = replace(
            first,
            applied=ordered((*first.applied, *other.applied)),
            restart=first.restart + restart,
        )
    return first


# -- handed out ----------------------------------------------------------------------------------


def _put_in_force(server: Reloadable, changes: Changes, settings: Settings) -> Changes:
    before, server.settings = server.settings, settings
    rules = recording_rules(settings)
    server.desk.reconfigure(rules)
    server.recorded_calls.reconfigure(dns=settings.dns, agents=settings.agents)
    server.sources.reconfigure(settings.dns)
    server.router.reconfigure(settings.routing)
    server.hub.reconfigure(settings, rules)
    server.details.reconfigure(settings)
    server.perform(
        Reconfigure(
            dns=settings.dns,
            agents=settings.agents,
            options=settings.options,
            numbers=settings.external.numbers,
        )
    )
    if server.persona is not None:
        server.persona.reconfigure(settings)
    for text in server.faulting.reconfigure(settings.faults):
        _remark(server, text)
    newcomers = (one for login, one in settings.agents.items() if login not in before.agents)
    for login in logins(newcomers):
        log_in(server, login)
    return changes


def _remark(server: Reloadable, text: str) -> None:
    fact = ConfigurationRemark(text=text)
    server.journal.note(Kind.FACT, server.clock.now(), 0, fact, text)


def log_in(server: Reloadable, login: AgentLogin) -> None:
    """An agent whom the configuration logs in; a refusal is told in the journal."""
    try:
        server.perform(login)
    except RequestRefused as refused:
        server.journal.note(Kind.REFUSAL, server.clock.now(), 0, login, str(refused))
