"""The steps of a scenario that was made from a log, in the words of people (FIRST_HOUR.md, story T).

Such steps carry every attribute that the log showed; who reads them wants to know who did what.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tlibsim.logs.scenariotext import PATIENCE_US
from tlibsim.scenario.differences import PRIVATE_MESSAGES
from tlibsim.scenario.names import message_name
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.script.steps import ANY, Act, AnyStep, Expect, Hangup, Pattern
from tlibsim.scenario.steps import (
    Action,
    AnyAction,
    AttributeTerm,
    ClientRequest,
    SwitchAction,
)
from tlibsim.scenario.terms import NO_BINDINGS, Pairs, Term

_SECOND = 1_000_000
_INDICATOR = "GSIP_RECORD"
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        "RequestAgentLogin": "logs {AgentID} in",
        "RequestAgentLogout": "logs out",
        "RequestAgentNotReady": "is not ready",
        "RequestAgentReady": "is ready",
        "RequestAlternateCall": "alternates between two calls",
        "RequestAnswerCall": "answers",
        "RequestCompleteConference": "completes the conference",
        "RequestCompleteTransfer": "completes the transfer",
        "RequestHoldCall": "holds the call",
        "RequestInitiateConference": "calls {OtherDN} for a conference",
        "RequestInitiateTransfer": "calls {OtherDN} for a transfer",
        "RequestMakeCall": "calls {OtherDN}",
        "RequestMuteTransfer": "transfers the call to {OtherDN}",
        "RequestReconnectCall": "goes back to the first call",
        "RequestReleaseCall": "hangs up",
        "RequestRetrieveCall": "retrieves the call",
        "RequestRouteCall": "routes the call to {OtherDN}",
        "RequestSingleStepConference": "brings {OtherDN} into the call",
        "RequestSingleStepTransfer": "transfers the call to {OtherDN}",
    }
)
_HAPPENED: Mapping[AnyAction, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        Action.INBOUND: ("call from {from} reaches {to}", ("from", "to")),
        Action.PHONE_ANSWER: ("{dn} answers", ("dn",)),
        Action.MAKE_BUSY: ("{dn} is busy", ("dn",)),
        Action.MAKE_IDLE: ("{dn} is free again", ("dn",)),
        Action.DISCONNECT_CLIENT: ("{client} is disconnected", ("client",)),
    }
)
"""What happens, and the arguments that its sentence has; others stand behind it."""

_RECORDING: Mapping[str, str] = MappingProxyType(
    {"start": "starts", "stop": "stops", "pause": "pauses", "resume": "resumes"}
)


def told(step: AnyStep) -> str:
    """A step with a line of a log in one sentence; empty when there are no such words for it."""
    if isinstance(step, Expect):
        return _must_ask(step) or together((step,))
    if not isinstance(step, Act):
        return ""
    if isinstance(step.do, ClientRequest):
        return _asked(step.do) if step.line else ""
    return happened(step.do, details=not step.line)


def happened(do: SwitchAction, *, details: bool = True) -> str:
    """What happens in the switch or outside in a sentence; empty when there is none for it.

    Without ``details`` it has only who and where: a log shows the rest.
    """
    form = _HAPPENED.get(do.action)
    if form is None:
        return ""
    sentence, own = form
    values = {word: _said(do.arguments.get(word, "")) for word in own}
    more = [
        f"{word}={shown_term(term, NO_BINDINGS)}"
        for word, term in do.arguments.items()
        if details and word not in own
    ]
    return " ".join((sentence.format(**values), *more))


def together(steps: Sequence[AnyStep]) -> str:
    """What is expected of the step before, in brief; empty when it was not made from a log."""
    if len(steps) != 1 or not isinstance(steps[0], Expect):
        return ""
    step = steps[0]
    if not all(one.line for one in step.patterns):
        return ""
    named = ", then ".join(_brief(one) for one in step.patterns)
    within = "" if step.within_us is None else f" within {step.within_us / _SECOND:g} s"
    return f"expects {named}{within}"


def _must_ask(step: Expect) -> str:
    """What a client under test must ask for, and who does it otherwise."""
    (pattern, *others), limit = step.patterns, step.within_us
    if not step.line or others or limit is None or pattern.client == ANY:
        return ""
    values = {item.key: _said(item.term) for item in pattern.attributes}
    name = "".join(sorted(pattern.names))
    words = _words(pattern.client, name, values)
    instead = ", else the switch does" if step.otherwise else ""
    return f"{words} within {limit / _SECOND:g} s{instead}"


def waited_us(step: AnyStep) -> int:
    """How long after what came before it a client under test asked for something in the log."""
    if not isinstance(step, Expect) or not _must_ask(step) or step.within_us is None:
        return 0
    return max(0, step.within_us - PATIENCE_US)


def does_something(step: AnyStep) -> bool:
    """Whether a step is one after which something is expected."""
    return isinstance(step, Act | Hangup)


def _asked(do: ClientRequest) -> str:
    name = message_name(do.message_id)
    return _words(do.client, name, {item.key: _said(item.term) for item in do.attributes})


def _words(client: str, name: str, values: Mapping[str, str]) -> str:
    """Who asks for what: ``wde answers (RequestAnswerCall)``."""
    if name == "RequestPrivateService":
        number = values.get("PrivateMsgID", values.get("msgid", ""))
        word = _RECORDING.get(PRIVATE_MESSAGES.get(number, ""))
        return f"{client} {word} the recording ({number})" if word else f"{client} sends {name}"
    words = _ASKED.get(name)
    if words is None:
        return f"{client} sends {name}"
    missing = {"OtherDN": "somebody", "AgentID": "an agent"}
    return f"{client} {words.format(**{**missing, **values})} ({name})"


def _brief(pattern: Pattern) -> str:
    """A pattern by its name, its DN and what says most."""
    words = [" or ".join(sorted(pattern.names))]
    for item in pattern.attributes:
        if item.key in ("msgid", "PrivateMsgID"):
            number = _said(item.term)
            word = PRIVATE_MESSAGES.get(number)
            words.append(f"{number} ({word})" if word else number)
        elif item.key in ("ErrorCode", "error"):
            words.append(shown_term(item.term, NO_BINDINGS, item.attribute))
        else:
            words += _indicator(item)
    if pattern.dn is not None:
        words.append(f"on {_said(pattern.dn)}")
    elif pattern.client != ANY:
        words.append(f"to {pattern.client}")
    return " ".join(words)


def _indicator(item: AttributeTerm) -> list[str]:
    """``GSIP_RECORD=On``: what recorders look at."""
    if not isinstance(item.term, Pairs):
        return []
    return [
        f"{_INDICATOR}={_said(pair.value)}"
        for pair in item.term.items
        if pair.key == _INDICATOR
    ]


def _said(term: Term) -> str:
    return term if isinstance(term, str) else shown_term(term, NO_BINDINGS)
