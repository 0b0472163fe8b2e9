"""Key-value lists as JSON and back: user data, reasons and extensions of the control API.

A list is an object where its keys differ, else (or when it could be taken for one of the marks
below) a list of [key, value] pairs.  Integers stay
integers, bytes are ``{"hex": "..."}``, UTF-16 text is ``{"wide": "..."}``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tlibproto.vocabulary import KVList, WideText

_MAX_DEPTH = 16
_INT32 = range(-(2**31), 2**32)
_MARKS = frozenset({"hex", "wide"})


class WrongValueError(ValueError):
    """A JSON value that no key-value list can hold; the text says where and why."""


def to_json(pairs: KVList | None) -> Any:
    """The list for a document; None where there is none."""
    if pairs is None:
        return None
    keys = [key for key, _ in pairs]
    values = [_value_to_json(value) for _, value in pairs]
    if len(set(keys)) == len(keys) and not (len(keys) == 1 and keys[0] in _MARKS):
        return dict(zip(keys, values, strict=True))
    return [[key, value] for key, value in zip(keys, values, strict=True)]


def _value_to_json(value: object) -> Any:
    if isinstance(value, KVList):
        return to_json(value)
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, WideText):
        return {"wide": str(value.text)}
    return value


def from_json(document: Any, where: str = "userdata", depth: int = 0) -> KVList:
    """The list of a document; raises WrongValueError."""
    if depth > _MAX_DEPTH:
        raise WrongValueError(f"{where}: lists are nested deeper than {_MAX_DEPTH}")
    return KVList(
        tuple(
            (key, _value_of(value, f"{where}.{key}", depth))
            for key, value in _pairs(document, where)
        )
    )


def _pairs(document: Any, where: str) -> Sequence[tuple[str, Any]]:
    if isinstance(document, Mapping):
        return [(str(key), value) for key, value in document.items()]
    if isinstance(document, list) and all(_is_pair(one) for one in document):
        return [(one[0], one[1]) for one in document]
    raise WrongValueError(f"{where}: must be an object, or a list of [key, value] pairs")


def _is_pair(one: Any) -> bool:
    return isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)


def _value_of(value: Any, where: str, depth: int) -> str | int | bytes | KVList | WideText:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if value not in _INT32:
            raise WrongValueError(
                f"{where}: {value} does not fit into 32 bits; send it as text"
            )
        return value
    if isinstance(value, Mapping) and len(value) == 1 and set(value) <= _MARKS:
        return _marked(value, where)
    if isinstance(value, Mapping | list):
        return from_json(value, where, depth + 1)
    kind = "null" if value is None else type(value).__name__
    raise WrongValueError(f"{where}: {kind} has no place in user data; send text or an integer")


def _marked(value: Mapping[str, Any], where: str) -> bytes | WideText:
    (mark, text), *_ = value.items()
    if not isinstance(text, str):
        raise WrongValueError(f"{where}.{mark}: must be text")
    if mark == "wide":
        return WideText(text)
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise WrongValueError(f"{where}.hex: {text!r} is not hexadecimal") from None
