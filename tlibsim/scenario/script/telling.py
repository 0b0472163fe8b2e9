"""What each step does, in a sentence: for ``scenario explain``, dry runs and progress."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from tlibsim.scenario.names import message_name
from tlibsim.scenario.observed import shown_expected, shown_term
from tlibsim.scenario.script.steps import (
    Act,
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
    Repeat,
    SetNames,
    inside,
)
from tlibsim.scenario.script.storytelling import (
    does_something,
    happened,
    together,
    told,
    waited_us,
)
from tlibsim.scenario.steps import (
    Action,
    ClientRequest,
    LogAction,
    Scenario,
    Step,
    SwitchAction,
)
from tlibsim.scenario.terms import NO_BINDINGS

_SECOND = 1_000_000


def explained(scenario: Scenario) -> Iterator[str]:
    """The scenario as lines: what is given, then each step with all that it holds."""
    yield f"{scenario.id}  {scenario.title}".rstrip()
    given = scenario.given
    if given is not None:
        recorded = f", recorded on the side of the {given.record}" if given.record else ""
        yield f"  given a call from {given.a} to {given.b}, answered{recorded}"
    script = scenario.script
    for actor in script.externals if script is not None else ():
        dns = f", with {', '.join(actor.dns)} registered" if actor.dns else ""
        yield f"  given {actor.name}, the system under test, connected{dns}"
    timed = any(lasting(step) for step in scenario.steps)
    us = 0
    for step in scenario.steps:
        began = us + _before(step)
        yield from _lines(step, 1, f"t+{began / _SECOND:<8.3f} " if timed else "")
        us += lasting(step)


def lasting(step: AnyStep) -> int:
    """The microseconds that a step lasts as it is written; what is waited for does not count."""
    if isinstance(step, Step):
        return _waiting(step.do)
    inner = [sum(map(lasting, steps)) for steps in inside(step)]
    if isinstance(step, Pass):
        inner = [step.us]
    if isinstance(step, Expect):
        inner = [waited_us(step)]
    return step.after_us + (max if isinstance(step, Parallel) else sum)(inner or [0])


def _before(step: AnyStep) -> int:
    return 0 if isinstance(step, Step) else step.after_us + waited_us(step)


def _waiting(do: object) -> int:
    """What a closed-list step with ``switch: wait`` lasts."""
    if not isinstance(do, SwitchAction) or do.action is not Action.WAIT:
        return 0
    seconds = str(do.arguments.get("seconds", "0"))
    return int(float(seconds) * _SECOND) if seconds.replace(".", "", 1).isdigit() else 0


def sentence(step: AnyStep) -> str:
    """One step in one line."""
    if isinstance(step, Step):
        return _old(step)
    words = told(step) or _WORDS[type(step)](step)
    return f"if {step.when.text}: {words}" if step.when is not None else words


def _lines(step: AnyStep, depth: int, when: str = "") -> Iterator[str]:
    number = str(step.number) if isinstance(step, Step) else step.path
    both = _deed_and_effect(step)
    yield f"{'  ' * depth}{number:<5} {when}{both or sentence(step)}"
    if both or (isinstance(step, Expect) and step.line):
        return
    if isinstance(step, Step):
        for line in _causes(step):
            yield f"{'  ' * depth}        {line}"
        return
    for index, steps in enumerate(inside(step)):
        if isinstance(step, Parallel):
            yield f"{'  ' * (depth + 1)}branch {step.names[index]}"
        elif isinstance(step, Expect) and steps:
            yield f"{'  ' * (depth + 1)}else"
        for inner in steps:
            yield from _lines(inner, depth + 1)


def _deed_and_effect(step: AnyStep) -> str:
    """A deed and what it must cause, in one sentence, where that is all the step has."""
    if not isinstance(step, Block) or not step.steps or not does_something(step.steps[0]):
        return ""
    words = together(step.steps[1:])
    return f"{sentence(step.steps[0])}; {words}" if words else ""


def _old(step: Step) -> str:
    return _LOGS[step.do.verb](step.do) if isinstance(step.do, LogAction) else _did(step.do)


_LOGS: Mapping[str, Callable[[LogAction], str]] = MappingProxyType(
    {
        "replay": lambda do: f"the log {do.arguments.get('log')} is played",
        "diff": lambda do: f"the log {do.arguments.get('log')} is compared",
    }
)


def _causes(step: Step) -> Iterator[str]:
    for one in (*step.expect, *step.client):
        for event in one.events:
            yield f"-> {one.name}: {shown_expected(event, NO_BINDINGS)}"
    for event in step.reply or ():
        yield f"<- {shown_expected(event, NO_BINDINGS)}"
    for dn in step.none:
        yield f"-> {dn}: nothing"


def _did(do: ClientRequest | SwitchAction) -> str:
    if isinstance(do, ClientRequest):
        words = [f"{do.client} sends {message_name(do.message_id)}"]
        words += [
            f"{item.key}={shown_term(item.term, NO_BINDINGS, item.attribute)}"
            for item in do.attributes
        ]
        return " ".join(words)
    sentence = happened(do)
    if sentence:
        return sentence
    words = [f"{do.verb} {do.action.value}"]
    words += [f"{word}={shown_term(term, NO_BINDINGS)}" for word, term in do.arguments.items()]
    return " ".join(words)


def _time(us: int | None) -> str:
    return "" if us is None else f" within {us / _SECOND:g} s"


def _patterns(step: Expect | ExpectNone) -> str:
    joint = ", then " if isinstance(step, Expect) and step.ordered else " and "
    return joint.join(one.text for one in step.patterns)


def _hangup(step: Hangup) -> str:
    who = shown_term(step.by, NO_BINDINGS).strip("'")
    return "the party outside hangs up" if who == "remote" else f"{who} hangs up"


def _fault(step: Fault) -> str:
    if step.order:
        words = " ".join(f"{key}={value}" for key, value in step.order.items())
        return f"fault: {words}"
    return f"fault {step.remove} ends" if step.remove else "all faults end"


def _pass(step: Pass) -> str:
    how = "passes at once" if step.jump else "passes"
    return f"{step.us / _SECOND:g} s {how}"


def _repeat(step: Repeat) -> str:
    until = f", until {step.until.text}" if step.until is not None else ""
    return f"{len(step.rounds)} rounds{until}"


_WORDS: Mapping[type[Any], Callable[[Any], str]] = MappingProxyType(
    {
        Act: lambda step: _did(step.do),
        Block: lambda step: f"{len(step.steps)} steps",
        Check: lambda step: "check " + ", ".join(one.text for one in step.expressions),
        Expect: lambda step: f"expect {_patterns(step)}{_time(step.within_us)}",
        ExpectNone: lambda step: f"expect no {_patterns(step)}{_time(step.within_us)}",
        Fault: _fault,
        Hangup: _hangup,
        Hook: lambda step: f"call {step.name}",
        Parallel: lambda step: f"{len(step.branches)} branches side by side",
        Pass: _pass,
        Repeat: _repeat,
        SetNames: lambda step: "set " + ", ".join(f"${n} = {e.text}" for n, e in step.values),
    }
)
