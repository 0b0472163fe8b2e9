"""DNs that a scenario names and the switch does not have: allowed, since refusals are tested so.

A step that looks for the refusal (``EventError``) means it; everything else is worth a warning.
Numbers outside are looked at nowhere: only where a DN of the switch must stand.
"""

from collections.abc import Iterator, Sequence

from tlibproto.vocabulary import MessageId
from tlibsim.config import Settings
from tlibsim.config.problems import Problem, nearest
from tlibsim.journal import Kind
from tlibsim.scenario.nodes import Place
from tlibsim.scenario.script.steps import Act, AnyStep, Expect, Hangup, walk
from tlibsim.scenario.steps import Action, ClientRequest, Scenario, Step, SwitchAction
from tlibsim.scenario.terms import Term

_OWN_DN = "ThisDN"
_ERROR = "EventError"
_REMOTE = "remote"

Named = tuple[Term | None, Place]


def unknown_dns(scenario: Scenario, settings: Settings) -> Iterator[Problem]:
    """A problem for each DN that is named where one of the switch must stand, and is none.

    With a second site nothing is told, since its DNs are not among the settings.
    """
    if settings.second_site:
        return
    known = [str(dn) for dn in settings.dns]
    told: set[str] = set()
    steps = walk(scenario.steps)
    for index, step in enumerate(steps):
        if _refused(step, steps[index + 1 :]):
            continue
        for term, place in _named(step):
            if isinstance(term, str) and term not in (*known, *told, _REMOTE):
                told.add(term)
                yield Problem(
                    source=place.source or scenario.source,
                    key=scenario.id,
                    message=f"names {term}, which is no DN of this switch",
                    line=place.line,
                    column=place.column,
                    suggestion=nearest(term, known),
                )


def _refused(step: AnyStep, later: Sequence[AnyStep]) -> bool:
    """Whether a deed is followed by an EventError that is looked for."""
    if isinstance(step, Step) and step.reply is not None:
        return any(one.message_id == MessageId.EventError for one in step.reply)
    if not isinstance(step, Step | Act) or not later:
        return False
    after = later[0]
    return isinstance(after, Expect) and any(_ERROR in one.names for one in after.patterns)


def _named(step: AnyStep) -> Iterator[Named]:
    if isinstance(step, Step | Act):
        if isinstance(step.do, ClientRequest):
            yield from (
                (item.term, item.place)
                for item in step.do.attributes
                if item.attribute.name == _OWN_DN
            )
        elif isinstance(step.do, SwitchAction):
            word = "to" if step.do.action is Action.INBOUND else "dn"
            yield step.do.arguments.get(word), step.do.place
    elif isinstance(step, Hangup):
        yield step.by, step.place
    elif isinstance(step, Expect):
        yield from ((one.dn, one.place) for one in step.patterns if Kind.FACT not in one.kinds)
