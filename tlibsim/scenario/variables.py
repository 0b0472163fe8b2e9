"""Checks the ``$x`` of a scenario before it runs: what is sent must get its value somewhere."""

from collections.abc import Iterator

from tlibsim.scenario.names import Kind
from tlibsim.scenario.nodes import Faults, Place
from tlibsim.scenario.script.names import check_script
from tlibsim.scenario.script.steps import walk
from tlibsim.scenario.steps import (
    AttributeTerm,
    ClientRequest,
    EventList,
    Scenario,
    Step,
    SwitchAction,
)
from tlibsim.scenario.terms import Term, variables

_CONN = "conn"


def check_variables(scenario: Scenario, faults: Faults, key: str) -> None:
    """Note each name that is used before anything can have bound it.

    A name for a ConnID is never too early: it takes the ConnID that appeared last.
    """
    bound = {scenario.given.conn} if scenario.given else set()
    for step in walk(scenario.steps):
        if not isinstance(step, Step):
            check_script(step, bound, faults, key)
            continue
        for name, is_conn, place in _used(step):
            if name not in bound and not is_conn:
                where = f"{key}.steps[{step.number - 1}].do"
                faults.add(place, where, f"uses ${name}, which nothing has bound yet")
            bound.add(name)
        bound.update(_bound(step))
    for group in scenario.distinct:
        for name in group:
            if name not in bound:
                faults.add(scenario.place, f"{key}.distinct", f"${name} is bound nowhere")


def _used(step: Step) -> Iterator[tuple[str, bool, Place]]:
    do = step.do
    if isinstance(do, ClientRequest):
        for item in do.attributes:
            for name in variables(item.term):
                yield name, item.attribute.kind is Kind.CONN_ID, item.place
    elif isinstance(do, SwitchAction):
        for word, term in do.arguments.items():
            for name in variables(term):
                yield name, word == _CONN, do.place


def _bound(step: Step) -> Iterator[str]:
    lists = (*step.expect, *step.client)
    for items in (*_attributes(lists), *(event.attributes for event in step.reply or ())):
        for item in items:
            yield from variables(item.term)
    for term in _trace_terms(step):
        yield from variables(term)


def _attributes(lists: tuple[EventList, ...]) -> Iterator[tuple[AttributeTerm, ...]]:
    for one in lists:
        for event in one.events:
            yield event.attributes


def _trace_terms(step: Step) -> Iterator[Term]:
    if step.trace is None:
        return
    for item in (*(step.trace.session or ()), *step.trace.other):
        yield item.term
    for leg in step.trace.legs:
        for item in leg:
            yield item.term
