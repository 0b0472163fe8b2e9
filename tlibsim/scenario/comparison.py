"""Compares what a step caused with what the file expects; pure, so any run can be judged again.

All checks of a step share the ``$x``.  They are solved one after another, and a binding that a
later check cannot live with is taken back; when nothing helps the furthest check is explained.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tlibsim.scenario.checks import (
    Check,
    ClientCheck,
    Failed,
    ListCheck,
    NobodyCheck,
    ReplyCheck,
)
from tlibsim.scenario.copies import noise, requester_without_copy, stray_replies, unlike_copies
from tlibsim.scenario.differences import Difference, Verdict
from tlibsim.scenario.messages import MessagesCheck
from tlibsim.scenario.observed import shown_message
from tlibsim.scenario.steps import EventList, Scenario, Step
from tlibsim.scenario.terms import Bindings
from tlibsim.scenario.traces import TraceCheck
from tlibsim.scenario.view import StepView

_MAX_TRIES = 20_000


@dataclass(slots=True)
class _Search:
    """How far the checks got, and how often a binding was tried."""

    furthest: int = -1
    bindings: Bindings | None = None
    tries: int = 0


def compare(step: Step, view: StepView, bindings: Bindings) -> Bindings | Difference:
    """The bindings after the step when all holds; else the difference."""
    checks = tuple(_checks(step, view, bindings))
    search = _Search()
    found = next(_solve(checks, 0, bindings, search), None)
    if found is not None:
        return found
    failed = checks[search.furthest]
    difference = failed.explain(search.bindings or bindings)
    return replace(difference, step=step.number, others=_others(view))


def equal_names(scenario: Scenario, bindings: Bindings) -> Difference | None:
    """The first two names under ``distinct`` that have the same value, as a difference."""
    for group in scenario.distinct:
        for index, one in enumerate(group):
            for other in group[index + 1 :]:
                if bindings.get(one) == bindings.get(other):
                    return Difference(
                        verdict=Verdict.NOT_DISTINCT,
                        subject=f"${one} and ${other}",
                        place=scenario.place,
                        step=len(scenario.steps),
                        check="distinct",
                        notes=(f"both are {bindings.get(one)!r}",),
                    )
    return None


def _solve(
    checks: Sequence[Check], index: int, bindings: Bindings, search: _Search
) -> Iterator[Bindings]:
    if index == len(checks):
        yield bindings
        return
    if index > search.furthest:
        search.furthest, search.bindings = index, bindings
    for found in checks[index].solve(bindings):
        search.tries += 1
        if search.tries > _MAX_TRIES:
            return
        yield from _solve(checks, index + 1, found, search)


def _checks(step: Step, view: StepView, bindings: Bindings) -> Iterator[Check]:
    if step.reply is not None:
        yield ReplyCheck(view=view, events=step.reply, place=step.reply_place or step.place)
        yield from _failed(stray_replies(view, step.place))
    for expected in step.expect:
        yield from _dn_checks(expected, view, bindings)
    for expected in step.client:
        yield ClientCheck(view=view, expected=expected)
    for dn in step.none:
        yield from _failed(noise(view, dn, step.place))
    if step.trace is not None:
        yield TraceCheck(
            expected=step.trace,
            traces=view.traces,
            finding=view.finding,
            logged=view.logged,
        )
        if step.trace.messages:
            yield MessagesCheck(
                expected=step.trace.messages, messages=view.messages(), place=step.trace.place
            )


def _dn_checks(expected: EventList, view: StepView, bindings: Bindings) -> Iterator[Check]:
    clients = view.watchers.get(expected.name) or view.once.get(expected.name, ())
    if not clients:
        yield NobodyCheck(expected=expected)
        return
    for client in clients:
        yield ListCheck(view=view, expected=expected, client=client)
    yield from _failed(unlike_copies(view, expected, clients))
    if view.requester and view.requester not in clients:
        yield from _failed(requester_without_copy(view, expected, bindings))


def _failed(difference: Difference | None) -> Iterator[Check]:
    if difference is not None:
        yield Failed(difference)


def _others(view: StepView) -> tuple[str, ...]:
    """What came in the step, a line for each event, copies of other clients put together."""
    lines: dict[str, list[str]] = {}
    for item in view.received:
        lines.setdefault(shown_message(item.message), []).append(item.client)
    return tuple(f"{text}  at {', '.join(clients)}" for text, clients in lines.items())
