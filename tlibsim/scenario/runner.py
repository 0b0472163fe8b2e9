"""Plays a scenario on a stage, step by step (scenarios.yml, "The run").

A step ends when everything it lists has come, at most two seconds after it began, and the
server has settled; then it is compared.  The first step that fails ends the scenario.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from tlibproto.vocabulary import KVList, ReferenceId
from tlibsim.config import Settings
from tlibsim.journal import Kind
from tlibsim.journal.expectations import unexpected
from tlibsim.scenario.actions import command_of
from tlibsim.scenario.building import newest_conn_id, request_of, resolved
from tlibsim.scenario.cast import Cast, StepError
from tlibsim.scenario.comparison import compare, equal_names
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.logsteps import (
    NOTHING_COUNTED,
    LogStepError,
    ReadLog,
    difference_count,
    replayed,
    steps_of,
)
from tlibsim.scenario.names import message_name
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.opening import open_clients, reach
from tlibsim.scenario.results import Result, Status
from tlibsim.scenario.script.failing import unexpected as unexpected_left
from tlibsim.scenario.script.inbox import Inbox, is_listed, wants_expecting
from tlibsim.scenario.script.needing import own_server_for
from tlibsim.scenario.script.player import HookFunction, Player
from tlibsim.scenario.script.steps import NO_SCRIPT, AnyStep, walk
from tlibsim.scenario.stage import NeverConnectedError, Stage, StageError
from tlibsim.scenario.steps import (
    Action,
    ClientRequest,
    LogAction,
    PersonaAction,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayOptions:
    """How a scenario is played.

    ``strict``: what was not expected fails it.  ``hooks`` are the user's functions by name.
    ``entered`` is told of each step, ``ended`` of the stage before it closes, for the journal.
    """

    strict: bool = False
    hooks: Mapping[str, HookFunction] = field(default_factory=lambda: MappingProxyType({}))
    entered: Callable[[AnyStep], None] = lambda _: None
    ended: Callable[[Stage], None] = lambda _: None


PLAIN = PlayOptions()


async def play(
    scenario: Scenario, settings: Settings, stage: Stage, options: PlayOptions = PLAIN
) -> Result:
    """Play one scenario from beginning to end; raises NeverConnectedError only."""
    begun = stage.seconds()
    run = _Run(scenario, settings, stage, options)
    try:
        difference = await run.all()
        options.ended(stage)
    finally:
        await stage.end()
    status = Status.PASSED if difference is None else Status.FAILED
    return Result(
        scenario=scenario,
        status=Status.BROKEN if stage.journal.broken else status,
        seconds=stage.seconds() - begun,
        difference=difference,
        reason=_bug(stage) if stage.journal.broken else "",
    )


def _bug(stage: Stage) -> str:
    """What the journal says of a bug of ours."""
    bugs = [entry.detail for entry in stage.journal if entry.kind is Kind.BUG]
    return "\n".join(["a bug of tlibsim, please report it:", *bugs])


def needs_own_server(scenario: Scenario) -> str:
    """What a scenario needs that only a private server gives; empty when any server will do."""
    if scenario.given is not None:
        return "given"
    if scenario.config:
        return "config"
    if scenario.script is not None and scenario.script.externals:
        return "an external actor"
    for step in walk(scenario.steps):
        lacking = _own_server_for(step) if isinstance(step, Step) else own_server_for(step)
        if lacking:
            return lacking
    return ""


def _own_server_for(step: Step) -> str:
    if not isinstance(step.do, ClientRequest):
        return _action_words(step)
    return "trace" if step.trace is not None else ""


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

    def __init__(
        self, scenario: Scenario, settings: Settings, stage: Stage, options: PlayOptions
    ) -> None:
        self.scenario = scenario
        self.settings = settings
        self.stage = stage
        self.options = options
        self.cast = Cast(stage)
        self.bindings: Bindings = NO_BINDINGS
        self.script = scenario.script or NO_SCRIPT
        self.inbox = Inbox(stage.journal, stage.now())
        self.logged: Mapping[str, int] = NOTHING_COUNTED

    async def all(self) -> Difference | None:
        """Play everything; the difference of the first step that fails, or None."""
        step: AnyStep | None = None
        try:
            await self._before()
            for step in self.scenario.steps:
                await self._any_step(step)
            step = None
            self._strict_end()
        except StepError as error:
            return self._placed(error.difference, step)
        except NeverConnectedError:
            raise
        except StageError as error:
            return self._placed(_staged(error), step)
        finally:
            self.inbox.close()
        return equal_names(self.scenario, self.bindings)

    async def _any_step(self, step: AnyStep) -> None:
        self.options.entered(step)
        if isinstance(step, Step):
            self.inbox.acted(self.stage.now())
            await self._step(step)
            return
        player = Player(
            stage=self.stage,
            cast=self.cast,
            inbox=self.inbox,
            perform=self._perform,
            bindings=self.bindings,
            hooks=self.options.hooks,
            origin=self.script.origin,
            entered=self.options.entered,
        )
        try:
            await player.play(step)
        finally:
            self.bindings = player.bindings

    async def _perform(self, do: ClientRequest | SwitchAction, bindings: Bindings) -> Bindings:
        """What a script step does; the bindings after it."""
        self.bindings = bindings
        if isinstance(do, ClientRequest):
            await self._ask(do)
        else:
            await self._act(do)
        return self.bindings

    def _strict_end(self) -> None:
        """In a strict run nothing may be left that no step expected and nobody allowed."""
        if self.options.strict or self.script.strict:
            ours = frozenset(self.cast.names)
            left = unexpected(
                self.script.allow,
                (one for one in self.inbox.open_records() if wants_expecting(one, ours)),
            )
            if left:
                raise StepError(unexpected_left(left, self.scenario.place))

    async def _before(self) -> None:
        await self.stage.begin()
        externals = self.script.externals
        await open_clients(self.cast, self.settings, {actor.name for actor in externals})
        await self.stage.until_there(externals)
        await self.cast.settle()
        if self.scenario.given is not None:
            self.bindings = await reach(self.scenario.given, self.cast, self.settings)
            await self.cast.settle()
        self._check_identity()
        self.inbox.begin(self.stage.now())

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
        self._strict_step(step)

    def _strict_step(self, step: Step) -> None:
        """The lists of a step are closed: what came where they look is expected by now."""
        listed = frozenset(one.name for one in (*step.expect, *step.client))
        replied = step.reply is not None
        self.inbox.take(
            record
            for record in self.inbox.since_deed()
            if is_listed(record, listed) or (replied and record.kind is Kind.ANSWER)
        )

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
        view = self.cast.view(asked.requester, asked.reference)
        return compare(step, replace(view, logged=self.logged), self.bindings)

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
                return await self._read_logs(step.do)

    async def _read_logs(self, do: LogAction) -> _Asked:
        try:
            if do.verb == "diff":
                ignore = self.settings.options.diff_ignore
                self.logged = difference_count(do, ignore)
            else:
                read = replayed(do)
                self.logged = read.counts
                if read.has_requests:
                    await self._play_log(read, do)
        except LogStepError as error:
            raise StepError(_refused_log(do, error)) from error
        return _Asked()

    async def _play_log(self, read: ReadLog, do: LogAction) -> None:
        """The requests of a log are sent and its events must come (scenarios.yml, logs)."""
        scenario, clients = steps_of(read, do)
        others = {name: dns for name, dns in clients.items() if name not in self.cast.names}
        await open_clients(self.cast, replace(self.settings, clients=others, persona=None))
        await self.cast.settle()
        for step in scenario.steps:
            await self._any_step(step)

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
            await self.stage.rest(seconds)
            return _Asked(seconds=STEP_SECONDS + seconds)
        persona = self.settings.persona
        is_persona = persona is not None and arguments.get("client") == persona.name
        if do.action is Action.DISCONNECT_CLIENT and not is_persona:
            await self.cast.close(str(arguments["client"]))
            return _Asked()
        action = PersonaAction.DISCONNECT if is_persona else do.action
        try:
            self.stage.perform(command_of(action, arguments))
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

    def _placed(self, difference: Difference, step: AnyStep | None) -> Difference:
        """The difference with the step in which it was found."""
        if step is None:
            place = difference.place if difference.place.line > 1 else self.scenario.place
            return replace(difference, place=place)
        if not isinstance(step, Step):
            path = difference.path or step.path
            place = difference.place if difference.place.line > 1 else step.place
            return replace(difference, path=path, place=place)
        place = difference.place if difference.place.line > 1 else step.place
        action = described(step, self.bindings)
        return replace(difference, step=step.number, place=place, action=action)


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


def _refused_log(do: LogAction, error: LogStepError) -> Difference:
    return Difference(
        verdict=Verdict.REFUSED, subject=do.verb, place=error.place, notes=(str(error),)
    )


def _staged(error: StageError) -> Difference:
    return Difference(
        verdict=Verdict.LOST,
        subject="the run",
        place=Place(),
        notes=(str(error),),
    )
