"""Events for the terminal: one line each, or one JSON object each."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tlibproto.codec import encode
from tlibproto.jsonform import payload_to_json
from tlibproto.messages import Message
from tlibproto.vocabulary import (
    AgentWorkMode,
    CallState,
    CallType,
    DnRole,
    MessageId,
    connid_text,
)
from tlibsim.scenario.names import attributes, message_name
from tlibsim.scenario.observed import observed, shown

_AGENT_STATES: Mapping[int, str] = {
    1: "logged in",
    2: "ready",
    3: "not ready",
    4: "in after-call work",
    5: "walked away",
}
_NAME_WIDTH = 17
_WITH_DATA = frozenset(
    {
        MessageId.EventAttachedDataChanged,
        MessageId.EventUserEvent,
        MessageId.EventPrivateInfo,
    }
)


def event_line(message: Message) -> str:
    """Time, event, DN, and what matters of the rest."""
    words = [f"{event_time(message)}  {message_name(message.message_id):<{_NAME_WIDTH}}"]
    words.append(str(getattr(message, "this_dn", None) or "-"))
    words += _details(message)
    return "  ".join(words)


def event_object(message: Message, charset: str) -> dict[str, Any]:
    """The message in the JSON form of ``tlibsim wire decode``, and its time."""
    return {"time": event_time(message), **payload_to_json(encode(message, charset), charset)}


def event_time(message: Message) -> str:
    """The time of an event in local time, of its arrival when it carries none."""
    seconds = getattr(message, "timein_secs", None)
    if seconds is None:
        moment = datetime.now(UTC)
    else:
        micros = getattr(message, "timein_usecs", None) or 0
        moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros % 1_000_000)
    return moment.astimezone().strftime("%H:%M:%S.%f")[:-3]


def answer_lines(message: Message) -> Iterator[str]:
    """A message whole: its name, and an attribute a line."""
    yield message_name(message.message_id)
    for attribute in attributes().values():
        value = observed(message, attribute)
        if value is not None:
            text = shown(value, attribute)
            if attribute.name == "AgentWorkMode" and isinstance(value, int):
                text = f"{_mode_name(value, message)} ({value})"
            yield f"  {attribute.name:<22}{text}"


def agent_words(registered: Message) -> str:
    """The agent of a DN as EventRegistered tells it: ``agent 1001 ready``; empty for none."""
    agent, extensions = (
        getattr(registered, "agent_id", None),
        getattr(registered, "extensions", None),
    )
    state = extensions.first("AgentStatus") if extensions is not None else None
    said = _AGENT_STATES.get(state, "") if isinstance(state, int) else ""
    if agent is None:
        return f"agent {said}" if said else ""
    return f"agent {agent} {said}".rstrip()


def _details(message: Message) -> Iterator[str]:
    for name, words in _WORDS:
        value = getattr(message, name, None)
        if value is not None:
            text = words(value, message)
            if text:
                yield text


def _other(value: str, message: Message) -> str:
    role = getattr(message, "this_dn_role", None)
    sides = {DnRole.RoleDestination: "from", DnRole.RoleOrigination: "to"}
    return f"{sides.get(role, 'other')} {value}"  # type: ignore[arg-type]


def _type(value: int, _message: Message) -> str:
    return f"type {CallType(value).name}" if value in list(CallType) else f"type {value}"


def _state(value: int, _message: Message) -> str:
    if value == CallState.Ok:
        return ""
    return f"state {CallState(value).name}" if value in list(CallState) else f"state {value}"


def _data(value: Any, message: Message) -> str:
    return shown(value) if message.message_id in _WITH_DATA else ""


def _work_mode(value: int, message: Message) -> str:
    return f"mode {_mode_name(value, message)}" if value else ""


def _mode_name(value: int, message: Message) -> str:
    """The name of a mode; that of number 2 depends on whether the agent takes calls."""
    if value == AgentWorkMode.AutoIn and message.message_id != MessageId.EventAgentNotReady:
        return "AutoIn"
    return AgentWorkMode(value).name if value in list(AgentWorkMode) else str(value)


def _labelled(label: str) -> Callable[[Any, Message], str]:
    return lambda value, _message: f"{label} {value}"


_WORDS: tuple[tuple[str, Callable[[Any, Message], str]], ...] = (
    ("error_code", lambda value, _message: f"error {int(value)}"),
    ("error_message", lambda value, _message: str(value)),
    ("other_dn", _other),
    ("conn_id", lambda value, _message: f"conn {connid_text(value)}"),
    ("call_type", _type),
    ("dnis", _labelled("DNIS")),
    ("this_queue", _labelled("queue")),
    ("third_party_dn", _labelled("by")),
    ("agent_id", _labelled("agent")),
    ("agent_work_mode", _work_mode),
    ("call_state", _state),
    ("dtmf_digits", _labelled("digits")),
    ("private_msg_id", lambda value, _message: f"service {int(value)}"),
    ("user_data", _data),
    ("reference_id", _labelled("ref")),
)
