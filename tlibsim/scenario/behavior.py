"""The words of the actions ``set-behavior`` and ``restore-behavior``, and what they come to."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tlibproto.vocabulary import Dn
from tlibsim.switch.commands import RestoreBehavior, SetBehavior

NEVER = "never"
"""What stands for no time at all: the phone does not do it by itself."""

_TRUE_FALSE = {"true": True, "false": False}
WHO = ("dn", "number")


def _seconds(text: str) -> float | None:
    if text == NEVER:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"must be seconds or {NEVER}, not {text!r}")
    return seconds


def _flag(text: str) -> bool:
    if text not in _TRUE_FALSE:
        raise ValueError(f"must be true or false, not {text!r}")
    return _TRUE_FALSE[text]


def _work(text: str) -> int | str | None:
    if text in (NEVER, "untimed"):
        return None if text == NEVER else text
    if not text.isdecimal():
        raise ValueError(f"must be whole seconds, untimed or {NEVER}, not {text!r}")
    return int(text)


WORDS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "answer-after": _seconds,
        "talk-time": _seconds,
        "no-answer": _flag,
        "busy": _flag,
        "reject": _flag,
        "wrap-up-time": _work,
    }
)
"""How the value of each word is read; each raises ValueError, whose text says what is wrong."""


def fault_of(word: str, text: str) -> str:
    """What is wrong with the value of a word; empty when nothing is."""
    try:
        WORDS[word](text)
    except ValueError as error:
        return str(error)
    return ""


def set_behavior(arguments: Mapping[str, Any]) -> SetBehavior:
    """The command for resolved arguments, which are texts."""
    said = {
        word.replace("-", "_"): read(str(arguments[word]))
        for word, read in WORDS.items()
        if word in arguments
    }
    return SetBehavior(**_who(arguments), **said)


def restore_behavior(arguments: Mapping[str, Any]) -> RestoreBehavior:
    return RestoreBehavior(**_who(arguments))


def _who(arguments: Mapping[str, Any]) -> dict[str, Any]:
    dn, number = (str(arguments.get(word, "")) for word in WHO)
    return {"dn": Dn(dn) if dn else None, "number": number}
