"""The ``$x`` of script steps: what each step uses, and what it gives a value to."""

from collections.abc import Iterator

from tlibsim.config.problems import nearest
from tlibsim.scenario.names import Kind
from tlibsim.scenario.nodes import Faults
from tlibsim.scenario.script.expressions import Expression
from tlibsim.scenario.script.steps import (
    Act,
    AnyScript,
    Check,
    Expect,
    ExpectNone,
    Hangup,
    Hook,
    Pattern,
    Repeat,
    SetNames,
)
from tlibsim.scenario.steps import ClientRequest, SwitchAction
from tlibsim.scenario.terms import Term, variables

NEWEST = "newest"
"""The name that always stands for the ConnID that appeared last."""

_CONN = "conn"


def check_script(step: AnyScript, bound: set[str], faults: Faults, key: str) -> None:
    """Note each name that is used before a step can have bound it; the step's own are added."""
    for name, is_conn in _used(step):
        if name not in bound and name != NEWEST and not is_conn:
            _unbound(step, name, bound, faults, key)
        bound.add(name)
    if isinstance(step, SetNames):
        _check_values(step, bound, faults, key)
    bound.update(_bound(step))


def _check_values(step: SetNames, bound: set[str], faults: Faults, key: str) -> None:
    """Each value of a ``set`` may use the names before it."""
    for name, expression in step.values:
        for used in sorted(expression.variables - bound - {NEWEST}):
            _unbound(step, used, bound, faults, key)
        bound.add(name)


def _unbound(step: AnyScript, name: str, bound: set[str], faults: Faults, key: str) -> None:
    near = nearest(name, sorted(bound))
    faults.add(
        step.place,
        f"{key} step {step.path}",
        f"uses ${name}, which nothing has bound yet",
        suggestion=f"${near}" if near else "",
    )


def _used(step: AnyScript) -> Iterator[tuple[str, bool]]:
    for expression in _expressions(step):
        for name in sorted(expression.variables):
            yield name, False
    for term, is_conn in _sent(step):
        for name in variables(term):
            yield name, is_conn


def _sent(step: AnyScript) -> Iterator[tuple[Term, bool]]:
    """The terms of what is done, and whether each stands for a ConnID."""
    if isinstance(step, Hangup):
        yield step.by, False
        if step.conn is not None:
            yield step.conn, True
    elif isinstance(step, Act):
        yield from _done(step.do)


def _done(do: ClientRequest | SwitchAction) -> Iterator[tuple[Term, bool]]:
    if isinstance(do, ClientRequest):
        for item in do.attributes:
            yield item.term, item.attribute.kind is Kind.CONN_ID
    else:
        for word, term in do.arguments.items():
            yield term, word == _CONN


def _expressions(step: AnyScript) -> Iterator[Expression]:
    if step.when is not None:
        yield step.when
    if isinstance(step, Check):
        yield from step.expressions
    elif isinstance(step, Repeat) and step.until is not None:
        yield step.until


def _bound(step: AnyScript) -> Iterator[str]:
    if isinstance(step, Hook):
        yield from step.binds
    elif isinstance(step, Expect | ExpectNone):
        for pattern in step.patterns:
            yield from _of_pattern(pattern)


def _of_pattern(pattern: Pattern) -> Iterator[str]:
    if pattern.dn is not None:
        yield from variables(pattern.dn)
    for item in pattern.attributes:
        yield from variables(item.term)
