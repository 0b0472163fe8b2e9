"""Faults from plain data: configuration, scenarios, the command line, the control API."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from typing import Any

from tlibproto.messages import CATALOGUE
from tlibsim.config.conditions import CONDITIONS
from tlibsim.config.spans import seconds_of
from tlibsim.faults.fault import Fault, FaultError, Scope
from tlibsim.faults.kinds import KINDS

_SHORT: Mapping[str, str] = {"event": "message", "request": "message", "for": "seconds"}
_FIELDS: Mapping[str, str] = {"delay": "delay_s", "jitter": "jitter_s"}
_ARGUMENTS = frozenset({"delay", "jitter", "code", "error", "text", "amount"})
_SCOPE = frozenset(one.name for one in fields(Scope))
_NAME_WORDS = frozenset({"name", "kind"})


def fault_of(given: Mapping[str, Any]) -> Fault:
    """The fault of plain data; raises FaultError.

    Keys are those of :class:`Fault` and :class:`Scope`; ``event`` and ``request`` stand for
    ``message``, ``for`` for ``seconds``.  Times may be text such as 250ms or 8s.
    """
    words = {_SHORT.get(key, key).replace("_", "-"): value for key, value in given.items()}
    _check_keys(words)
    kind = str(words.get("kind", ""))
    if kind not in KINDS:
        raise FaultError(f"kind: {kind!r} is no kind of fault.{_hint(kind, KINDS)}")
    taken = KINDS[kind].takes + KINDS[kind].needs
    arguments = {key: words[key] for key in words if key in _ARGUMENTS}
    for key in arguments:
        if key not in taken:
            some = ", ".join(taken) or "none"
            raise FaultError(f"{key}: the fault {kind} does not take it; it takes {some}")
    for key in KINDS[kind].needs:
        if key not in arguments:
            raise FaultError(f"{key}: the fault {kind} needs it")
    values = {_FIELDS.get(key, key): _READ[key](key, one) for key, one in arguments.items()}
    scope = {key: _READ[key](key, one) for key, one in words.items() if key in _SCOPE}
    return Fault(name=str(words.get("name") or kind), kind=kind, scope=Scope(**scope), **values)


def _check_keys(words: Mapping[str, Any]) -> None:
    known = _ARGUMENTS | _SCOPE | _NAME_WORDS | _SHORT.keys()
    for key in words:
        if key not in known:
            raise FaultError(f"{key}: is no key of a fault.{_hint(key, known)}")


def _hint(word: str, known: Any) -> str:
    close = get_close_matches(word, sorted(known), n=1)
    return f" Did you mean {close[0]}?" if close else f" There are: {', '.join(sorted(known))}"


def _whole(key: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise FaultError(f"{key}: {value!r} is no whole number") from None
    if isinstance(value, bool) or (number < 0 and key != "amount"):
        raise FaultError(f"{key}: must be a whole number that is not below 0")
    return number


def _share(key: str, value: Any) -> float:
    """A probability: 0.25, or 25%."""
    try:
        text = str(value)
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise FaultError(f"{key}: {value!r} is no probability; write 0.25 or 25%")
    return share


def _time(key: str, value: Any) -> float:
    try:
        seconds = seconds_of(value)
    except (ValueError, AttributeError):
        raise FaultError(f"{key}: {value!r} is no time; write 250ms, 8s, 5m") from None
    if seconds < 0:
        raise FaultError(f"{key}: must not be below 0")
    return seconds


def _text(_: str, value: Any) -> str:
    return "" if value is None else str(value)


def _condition(key: str, value: Any) -> str:
    """A condition of the table of errors; ``destination-busy`` is the DN that is busy."""
    word = _ALIASES.get(str(value), str(value))
    if word not in CONDITIONS:
        raise FaultError(f"{key}: {value!r} is no condition.{_hint(word, CONDITIONS)}")
    return word


_ALIASES: Mapping[str, str] = {"destination-busy": "dn-busy"}


def _message(key: str, value: Any) -> str:
    """The name of a message, with or without Event or Request, or a pattern."""
    name = str(value)
    known = {cls.__name__ for cls in CATALOGUE.values()}
    if any(mark in name for mark in "*?[") or {name, f"Event{name}", f"Request{name}"} & known:
        return name
    raise FaultError(f"{key}: {name!r} is no message.{_hint(name, known)}")


_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "client": _text,
    "dn": _text,
    "message": _message,
    "skip": _whole,
    "nth": _whole,
    "count": _whole,
    "probability": _share,
    "seconds": _time,
    "delay": _time,
    "jitter": _time,
    "code": _whole,
    "error": _condition,
    "text": _text,
    "amount": _whole,
}
