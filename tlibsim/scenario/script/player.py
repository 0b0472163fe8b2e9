"""Plays script steps: lets things happen, waits for what must come, says what did not.

It knows a stage and the clients of the scenario, no socket and no clock.  Where the runner turns
the clock, time passes only when everything has settled, straight to what is due next: a limit of
ten seconds costs nothing, and the same run gives the same journal.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tlibproto.vocabulary import Dn, connid_of
from tlibsim.faults import FaultError
from tlibsim.journal.query import parse as parse_query
from tlibsim.scenario.cast import Cast, StepError
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.script.expressions import Expression, ExpressionError
from tlibsim.scenario.script.failing import missing, untrue, unwanted
from tlibsim.scenario.script.inbox import Inbox
from tlibsim.scenario.script.names import NEWEST
from tlibsim.scenario.script.origin import Origin
from tlibsim.scenario.script.sights import sights
from tlibsim.scenario.script.steps import (
    Act,
    AnyScript,
    AnyStep,
    Block,
    Check,
    Expect,
    ExpectNone,
    Fault,
    Hangup,
    Hook,
    Parallel,
    Pass,
    Pattern,
    Repeat,
    SetNames,
)
from tlibsim.scenario.script.turns import Branch, Fork, Turns, Until, Work
from tlibsim.scenario.stage import Stage
from tlibsim.scenario.steps import ClientRequest, Step, SwitchAction
from tlibsim.scenario.terms import Bindings, Term, Variable
from tlibsim.switch.commands import FarRelease, ReleaseCall
from tlibsim.switch.refusals import RequestRefused

WITHIN_US = 2_000_000
"""How long an ``expect`` without ``within`` waits."""

QUIET_US = 500_000
"""How long a ``none`` without ``within`` listens where nobody can tell that all has settled."""

REMOTE = "remote"
_SECOND = 1_000_000

HookFunction = Callable[["HookContext"], object]
Perform = Callable[[ClientRequest | SwitchAction, Bindings], Awaitable[Bindings]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookContext:
    """What a user's function gets: the journal, the names, the arguments, and how to bind more."""

    arguments: Mapping[str, object]
    names: Mapping[str, Any]
    journal: Any
    bind: Callable[[str, str | int], None]


@dataclass(slots=True)
class Player:
    """Plays the script steps of one run.  ``perform`` does what a client or the switch does."""

    stage: Stage
    cast: Cast
    inbox: Inbox
    perform: Perform
    bindings: Bindings
    hooks: Mapping[str, HookFunction] = field(default_factory=lambda: MappingProxyType({}))
    entered: Callable[[AnyStep], None] = lambda _: None
    origin: Origin | None = None

    async def play(self, step: AnyScript) -> None:
        """Play one step to its end; raises StepError."""
        await Turns(self).take(self._branch((step,)))

    # -- how time passes (see turns.Passing) ---------------------------------------------------

    def elapsed_us(self) -> int:
        return self.stage.elapsed_us()

    async def settle(self) -> None:
        await self.cast.settle()

    async def pass_time(self, until_us: int) -> None:
        await self.stage.pass_time(until_us)

    # -- steps ---------------------------------------------------------------------------------

    def _branch(self, steps: tuple[AnyStep, ...]) -> Branch:
        for step in steps:
            if isinstance(step, Step):
                raise TypeError("a step with closed lists is played by the runner")
            if step.after_us:
                yield Until(condition=lambda: False, limit_us=step.after_us)
            if step.when is not None and not self._value(step.when, step):
                continue
            self.entered(step)
            yield from self._one(step)

    def _one(self, step: AnyScript) -> Branch:
        yield from _PLAY[type(step)](self, step)

    def _work(self, step: Any) -> Branch:
        yield Work(lambda: _WORK[type(step)](self, step))

    def _parallel(self, step: Parallel) -> Branch:
        yield Fork(tuple(self._branch(one) for one in step.branches))

    def _block(self, step: Block) -> Branch:
        yield from self._branch(step.steps)

    async def _act(self, step: Act) -> None:
        newest = self.cast.newest_conn_id or self._newest_call()
        if newest is not None:
            self.bindings = self.bindings.bound(NEWEST, newest)
        self.inbox.acted(self.stage.now())
        self.bindings = await self.perform(step.do, self.bindings)

    def _newest_call(self) -> str | None:
        calls = self.stage.calls()
        return f"{calls[-1].conn_id:016x}" if calls else None

    async def _hangup(self, step: Hangup) -> None:
        self.inbox.acted(self.stage.now())
        conn = self._text(step.conn, step) if step.conn is not None else self._newest_call()
        if conn is None:
            raise self._failed(step, Verdict.MISSING, "a call to leave", "there is no call")
        by = self._text(step.by, step)
        conn_id = connid_of(conn)
        command: object = FarRelease(conn_id=conn_id)
        if by != REMOTE:
            command = ReleaseCall(dn=Dn(by), conn_id=conn_id)
        try:
            self.stage.perform(command)
        except RequestRefused as refused:
            raise self._failed(step, Verdict.REFUSED, "hangup", str(refused)) from refused

    def _text(self, term: Term, step: AnyScript) -> str:
        if not isinstance(term, Variable):
            return str(term)
        value = self.bindings.get(term.name)
        if value is None:
            raise self._failed(step, Verdict.MISSING, str(term), "nothing has bound it")
        return str(value)

    def _expect(self, step: Expect) -> Branch:
        limit = WITHIN_US if step.within_us is None else step.within_us
        left = list(step.patterns)
        after = 0

        def next_ones() -> list[Pattern]:
            return left[:1] if step.ordered else list(left)

        def came() -> bool:
            nonlocal after
            for pattern in next_ones():
                taken = self._take(pattern, after)
                if taken is not None:
                    left.remove(pattern)
                    after = taken if step.ordered else 0
                    return not left or came()
            return not left

        bounded = any(one.count.most is not None for one in step.patterns)
        if bounded and step.within_us is not None:
            yield Until(condition=lambda: False, limit_us=limit)
            limit = 0
        if (yield Until(condition=came, limit_us=limit, settled=bounded)):
            return
        if not step.otherwise:
            raise missing(step, left[0], self.inbox, self.bindings, limit, self.origin)
        yield from self._branch(step.otherwise)

    def _take(self, pattern: Pattern, after: int) -> int | None:
        """The number of the last record taken for the pattern; None: not enough came yet."""
        found, bindings = self.inbox.find(pattern, self.bindings, after)
        if len(found) not in pattern.count:
            return None
        self.inbox.take(found)
        self.bindings = bindings
        return max((record.number for record in found), default=after)

    def _expect_none(self, step: ExpectNone) -> Branch:
        limit = (
            (0 if self.stage.turned else QUIET_US) if step.within_us is None else step.within_us
        )

        def came() -> bool:
            return any(self._unwanted(pattern) for pattern in step.patterns)

        if (yield Until(condition=came, limit_us=limit)):
            pattern = next(one for one in step.patterns if self._unwanted(one))
            record = self.inbox.since_mark(pattern, self.bindings)
            if record is not None:
                raise unwanted(step, pattern, record)

    def _unwanted(self, pattern: Pattern) -> bool:
        return self.inbox.since_mark(pattern, self.bindings) is not None

    def _check(self, step: Check) -> Branch:
        def holds() -> bool:
            return all(self._holds(one, step) for one in step.expressions)

        if not (yield Until(condition=holds, limit_us=step.within_us, settled=True)):
            wrong = next((one for one in step.expressions if not self._value(one, step)), None)
            if wrong is not None:
                parts = wrong.explained(self._names(), self._functions())
                raise untrue(step, wrong, parts)

    def _pass(self, step: Pass) -> Branch:
        if step.jump:
            yield Until(condition=lambda: True, limit_us=0, settled=True)
            self.inbox.acted(self.stage.now())
            yield Work(lambda: self.stage.advance(step.us / _SECOND))
            yield Until(condition=lambda: True, limit_us=0, settled=True)
            return
        yield Until(condition=lambda: False, limit_us=step.us)

    def _repeat(self, step: Repeat) -> Branch:
        for steps in step.rounds:
            yield from self._branch(steps)
            if step.until is not None and self._holds(step.until, step):
                return
        if step.until is not None and step.rounds and not self._value(step.until, step):
            parts = step.until.explained(self._names(), self._functions())
            raise untrue(step, step.until, parts)

    async def _set(self, step: SetNames) -> None:
        for name, expression in step.values:
            self._bind(name, self._value(expression, step))

    def _bind(self, name: str, value: object) -> None:
        known = value if isinstance(value, str | int | bytes) else str(value)
        values = {**self.bindings.values, name: known}
        self.bindings = Bindings(MappingProxyType(values))

    async def _fault(self, step: Fault) -> None:
        self.inbox.acted(self.stage.now())
        faults = self.stage.faults()
        if faults is None:
            raise self._failed(step, Verdict.REFUSED, "fault", "this server has no faults")
        try:
            if step.order:
                faults.add(step.order)
            elif not faults.clear(step.remove) and step.remove:
                raise FaultError(f"no fault has the name {step.remove}")
        except (FaultError, RequestRefused) as error:
            raise self._failed(step, Verdict.REFUSED, "fault", str(error)) from error

    async def _hook(self, step: Hook) -> None:
        """A user's function; what it raises is a failure of the step, with its words."""
        self.inbox.acted(self.stage.now())
        function = self.hooks.get(step.name)
        if function is None:
            why = "functions of a scenario run only with --allow-hooks"
            raise self._failed(step, Verdict.REFUSED, f"hook {step.name}", why)
        context = HookContext(
            arguments=step.arguments,
            names=self._names(),
            journal=self.stage.journal,
            bind=self._bind,
        )
        try:
            function(context)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            raise self._failed(step, Verdict.FALSE, f"hook {step.name}", words) from error

    # -- expressions ---------------------------------------------------------------------------

    def _value(self, expression: Expression, step: AnyScript) -> Any:
        try:
            return expression.value(self._names(), self._functions())
        except ExpressionError as error:
            raise self._failed(step, Verdict.FALSE, expression.text, str(error)) from error

    def _holds(self, expression: Expression, step: AnyScript) -> bool:
        """Whether it holds now; what is not there yet may still come."""
        try:
            return bool(self._value(expression, step))
        except StepError:
            return False

    def _names(self) -> dict[str, Any]:
        return sights(
            calls=self.stage.calls(),
            traces=self.stage.traces(),
            dns=self.stage.dns(),
            clients={name: self.cast.registered(name) for name in self.cast.names},
            bindings=self.bindings,
            seconds=(self.stage.now() - self.inbox.begun_at) / _SECOND,
        )

    def _functions(self) -> Mapping[str, Callable[..., Any]]:
        return MappingProxyType(
            {
                "count": self._count,
                "len": len,
                "lower": lambda text: str(text).lower(),
                "max": max,
                "min": min,
                "text": str,
            }
        )

    def _count(self, query: str) -> int:
        """How many records of the run a query finds."""
        found = parse_query(str(query))
        return sum(found.matches(one, self.inbox.begun_at) for one in self.stage.records())

    def _failed(self, step: AnyScript, verdict: Verdict, subject: str, note: str) -> StepError:
        return StepError(
            Difference(
                verdict=verdict,
                subject=subject,
                place=step.place,
                path=step.path,
                notes=(note,),
            )
        )


_PLAY: Mapping[type[AnyScript], Callable[[Player, Any], Branch]] = MappingProxyType(
    {
        Act: Player._work,
        Block: Player._block,
        Check: Player._check,
        Expect: Player._expect,
        ExpectNone: Player._expect_none,
        Fault: Player._work,
        Hangup: Player._work,
        Hook: Player._work,
        Parallel: Player._parallel,
        Pass: Player._pass,
        Repeat: Player._repeat,
        SetNames: Player._work,
    }
)
_WORK: Mapping[type[AnyScript], Callable[[Player, Any], Awaitable[None]]] = MappingProxyType(
    {
        Act: Player._act,
        Fault: Player._fault,
        Hangup: Player._hangup,
        Hook: Player._hook,
        SetNames: Player._set,
    }
)
