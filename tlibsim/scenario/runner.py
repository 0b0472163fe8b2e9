"""Plays a scenario on a stage, step by step (scenarios.yml, "The run").

A step ends when everything it lists has come, at most two seconds after it began, and the
server has settled; then it is compared.  The first step that fails ends the scenario.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tlibproto.vocabulary import KVList, ReferenceId
from tlibsim.config import Settings
from tlibsim.scenario.actions import command_of
from tlibsim.scenario.building import newest_conn_id, request_of, resolved
from tlibsim.scenario.cast import Cast, StepError
from tlibsim.scenario.comparison import compare, equal_names
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.names import message_name
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.opening import open_clients, reach
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.stage import NeverConnectedError, Stage, StageError
from tlibsim.scenario.steps import (
    Action,
    ClientRequest,
    LogAction,
    Scenario,
    Step,
    SwitchAction,
)
from tlibsim.scenario.terms import NO_BINDINGS, Bindings, Variable
from tlibsim.switch.refusals import RequestRefused

STEP_SECONDS = 2.0
GRACE_SECONDS = 0.25
"""How long a failing step of a server that says it has settled is given all the same."""

_POLL_SECONDS = 0.05


async def play(scenario: Scenario, settings: Settings, stage: Stage) -> Result:
    """Play one scenario from beginning to end; raises NeverConnectedError only."""
    begun = stage.seconds()
    run = _Run(scenario, settings, stage)
    try:
        difference = await run.all()
    finally:
        await stage.end()
    return Result(
        scenario=scenario,
        status=Status.PASSED if difference is None else Status.FAILED,
        seconds=stage.seconds() - begun,
        difference=difference,
    )


def needs(scenario: Scenario) -> str:
    """What a scenario needs that this program does not have yet; empty when it has all."""
    for step in scenario.steps:
        if isinstance(step.do, LogAction):
            return step.do.verb
    return ""


def needs_own_server(scenario: Scenario) -> str:
    """What a scenario needs that only a private server gives; empty when any server will do."""
    if scenario.given is not None:
        return "given"
    if scenario.config:
        return "config"
    for step in scenario.steps:
        if not isinstance(step.do, ClientRequest):
            return _action_words(step)
        if step.trace is not None:
            return "trace"
    return ""


def _action_words(step: Step) -> str:
    do = step.do
    if isinstance(do, SwitchAction):
        return _named(do)
    return do.verb if isinstance(do, LogAction) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Who asked in a step, with which ReferenceID; and how long the step may last."""

    requester: str = ""
    reference: ReferenceId | None = None
    seconds: float = STEP_SECONDS


class _Run:
    """One scenario while it runs."""

    def __init__(self, scenario: Scenario, settings: Settings, stage: Stage) -> None:
        self.scenario = scenario
        self.settings = settings
        self.stage = stage
        self.cast = Cast(stage)
        self.bindings: Bindings = NO_BINDINGS

    async def all(self) -> Difference | None:
        """Play everything; the difference of the first step that fails, or None."""
        lacking = needs(self.scenario)
        if lacking:
            return self._needs(lacking)
        step: Step | None = None
        try:
            await self._before()
            for step in self.scenario.steps:
                await self._step(step)
        except StepError as error:
            return self._placed(error.difference, step)
        except NeverConnectedError:
            raise
        except StageError as error:
            return self._placed(_staged(error), step)
        return equal_names(self.scenario, self.bindings)

    async def _before(self) -> None:
        await self.stage.begin()
        await open_clients(self.cast, self.settings)
        await self.cast.settle()
        if self.scenario.given is not None:
            self.bindings = await reach(self.scenario.given, self.cast, self.settings)
            await self.cast.settle()
        self._check_identity()

    async def _step(self, step: Step) -> None:
        self.cast.begin_step()
        begun = self.stage.seconds()
        asked = await self._do(step)
        await self._until_all_has_come(step, asked, begun + asked.seconds)
        await self.cast.settle()
        found = self._compared(step, asked)
        if isinstance(found, Difference):
            raise StepError(found)
        self.bindings = found
        self._check_identity()

    async def _until_all_has_come(self, step: Step, asked: _Asked, deadline: float) -> None:
        """Wait for everything that the step lists, or until nothing more can come."""
        knows = self.stage.quiet_seconds is None
        arrived, quiet_since = self.cast.arrived, self.stage.seconds()
        while True:
            if knows:
                await self.cast.settle()
            if not isinstance(self._compared(step, asked), Difference):
                return
            now = self.stage.seconds()
            if self.cast.arrived != arrived:
                arrived, quiet_since = self.cast.arrived, now
            if now >= deadline or (knows and now - quiet_since > GRACE_SECONDS):
                return
            await self.stage.change(min(_POLL_SECONDS, deadline - now))

    def _compared(self, step: Step, asked: _Asked) -> Bindings | Difference:
        return compare(step, self.cast.view(asked.requester, asked.reference), self.bindings)

    def _check_identity(self) -> None:
        for rule, event in self.cast.broken:
            raise StepError(
                Difference(
                    verdict=Verdict.IDENTITY,
                    subject=event,
                    place=self.scenario.place,
                    check="BEHAVIOUR.md 0.3",
                    notes=(rule,),
                )
            )

    # -- do ------------------------------------------------------------------------------------

    async def _do(self, step: Step) -> _Asked:
        match step.do:
            case ClientRequest():
                return await self._ask(step.do)
            case SwitchAction():
                return await self._act(step.do)
            case LogAction():
                raise StepError(self._needs(step.do.verb))

    async def _ask(self, do: ClientRequest) -> _Asked:
        await self.cast.open(do.client)
        self.bindings = newest_conn_id(do.attributes, self.bindings, self.cast.newest_conn_id)
        reference = self.cast.reference()
        self.cast.send(do.client, request_of(do, self._known(do), reference))
        return _Asked(requester=do.client, reference=reference)

    def _known(self, do: ClientRequest) -> Bindings:
        """The bindings, when nothing is left that no ConnID has appeared for."""
        for item in do.attributes:
            term = item.term
            if isinstance(term, Variable) and self.bindings.get(term.name) is None:
                raise StepError(
                    Difference(
                        verdict=Verdict.MISSING,
                        subject=f"a ConnID for {term}",
                        place=item.place,
                        notes=("no client has seen a ConnID yet",),
                    )
                )
        return self.bindings

    async def _act(self, do: SwitchAction) -> _Asked:
        arguments = dict(self._arguments(do))
        if do.action is Action.WAIT:
            seconds = float(str(arguments["seconds"]))
            self.stage.advance(seconds)
            return _Asked(seconds=STEP_SECONDS + seconds)
        if do.action is Action.DISCONNECT_CLIENT:
            await self.cast.close(str(arguments["client"]))
            return _Asked()
        try:
            self.stage.perform(command_of(do.action, arguments))
        except RequestRefused as error:
            raise StepError(_refused(do, error)) from error
        return _Asked()

    def _arguments(self, do: SwitchAction) -> Iterator[tuple[str, str | KVList]]:
        for word, term in do.arguments.items():
            if isinstance(term, Variable) and self.bindings.get(term.name) is None:
                self.bindings = self.bindings.bound(term.name, self._newest(do, term))
            value = resolved(term, self.bindings)
            yield word, value if isinstance(value, KVList) else str(value)

    def _newest(self, do: SwitchAction, term: Variable) -> str:
        newest = self.cast.newest_conn_id
        if newest is None:
            raise StepError(
                Difference(
                    verdict=Verdict.MISSING,
                    subject=f"a ConnID for {term}",
                    place=do.place,
                    notes=("no client has seen a ConnID yet",),
                )
            )
        return newest

    # -- words for a difference ----------------------------------------------------------------

    def _placed(self, difference: Difference, step: Step | None) -> Difference:
        """The difference with the step in which it was found."""
        if step is None:
            place = difference.place if difference.place.line > 1 else self.scenario.place
            return replace(difference, place=place)
        place = difference.place if difference.place.line > 1 else step.place
        action = described(step, self.bindings)
        return replace(difference, step=step.number, place=place, action=action)

    def _needs(self, what: str) -> Difference:
        return Difference(
            verdict=Verdict.NEEDS,
            subject=what,
            place=self.scenario.place,
        )


def described(step: Step, bindings: Bindings) -> str:
    """What a step does, in one line."""
    do = step.do
    if isinstance(do, ClientRequest):
        words = [f"{do.client} {message_name(do.message_id).removeprefix('Request')}"]
        words += [
            f"{item.key}={shown_term(item.term, bindings, item.attribute)}"
            for item in do.attributes
        ]
        return " ".join(words)
    if isinstance(do, SwitchAction):
        words = [f"{word}={shown_term(term, bindings)}" for word, term in do.arguments.items()]
        return " ".join([f"{do.verb} {do.action.value}", *words])
    return f"{do.verb} {do.arguments}"


def _named(do: SwitchAction) -> str:
    between = " action" if do.verb == "switch" else ""
    return f"{do.verb}{between} {do.action.value}"


def _refused(do: SwitchAction, error: RequestRefused) -> Difference:
    return Difference(
        verdict=Verdict.REFUSED,
        subject=_named(do),
        place=do.place,
        notes=(str(error),),
    )


def _staged(error: StageError) -> Difference:
    return Difference(
        verdict=Verdict.LOST,
        subject="the run",
        place=Place(),
        notes=(str(error),),
    )
