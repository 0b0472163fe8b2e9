"""What travels on a link between two processes: JSON objects, one for each message.

    {"say": "LegAnswered", "link": "01TLIB..."}

``say`` is the class of the message in ``ports/site.py``; the other keys are its fields, without
``origin``, which is who is at the other end.  ConnIDs are 16 hex digits, key-value lists are the
``[key, kind, value]`` triples of ``tlibproto.jsonform``.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from tlibproto.errors import ProtocolError
from tlibproto.jsonform import pairs_from_json, pairs_to_json
from tlibproto.vocabulary import CallState, ConnId, Dn, KVList, connid_of, connid_text
from tlibsim.ports.site import (
    CameFrom,
    LegAnswered,
    LegData,
    LegEnded,
    LegOffered,
    LegsKnown,
    LegTaken,
)

MAX_TEXT = 1_000_000
MAX_LEGS = 1_000_000
_MAX_VERSION = 2**53
_UUID = re.compile(r"[0-9A-V]{32}")
_CONN_ID = re.compile(r"[0-9a-f]{16}")
_TRAVELLERS = (LegOffered, LegTaken, LegAnswered, LegEnded, LegData, LegsKnown)

MESSAGES: Mapping[str, type[Any]] = {kind.__name__: kind for kind in _TRAVELLERS}
"""The messages that travel, by the word for each."""


class LinkError(Exception):
    """The other end of a link said what cannot be understood."""


@dataclass(frozen=True, slots=True)
class _Field:
    """How a field goes into JSON, and comes out of it; ``read`` raises LinkError or ValueError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _same(value: Any) -> Any:
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise LinkError("a text is missing or too long")
    return value


def _maybe_text(value: Any) -> str | None:
    return None if value is None else _text(value)


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise LinkError("not an identifier")
    return value


def _uuids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_LEGS:
        raise LinkError("not a list of identifiers")
    return tuple(_uuid(one) for one in value)


def _conn_id(value: Any) -> ConnId:
    if not isinstance(value, str) or not _CONN_ID.fullmatch(value):
        raise LinkError("not a ConnID")
    return connid_of(value)


def _version(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_VERSION:
        raise LinkError("not a version")
    return value


def _state(value: Any) -> CallState:
    return CallState(_version(value))


def _place(value: Any) -> CameFrom:
    if not isinstance(value, dict):
        raise LinkError("not a place")
    return CameFrom(location=_text(value.get("location")), dn=_maybe_text(value.get("dn")))


FIELDS: Mapping[Any, _Field] = {
    str: _Field(_same, _text),
    Dn: _Field(_same, _text),
    str | None: _Field(_same, _maybe_text),
    ConnId: _Field(connid_text, _conn_id),
    int: _Field(_same, _version),
    CallState: _Field(int, _state),
    KVList: _Field(pairs_to_json, pairs_from_json),
    CameFrom: _Field(dataclasses.asdict, _place),
    tuple[str, ...]: _Field(list, _uuids),
}
"""By the type of the field."""

_IDENTIFIERS = frozenset({"link", "call_uuid"})


def _fields_of(kind: type[Any]) -> Mapping[str, _Field]:
    hints = get_type_hints(kind)
    return {
        one.name: _Field(_same, _uuid) if one.name in _IDENTIFIERS else FIELDS[hints[one.name]]
        for one in dataclasses.fields(kind)
        if one.name != "origin"
    }


_WORDS = {kind: _fields_of(kind) for kind in _TRAVELLERS}


def to_bytes(form: Mapping[str, Any]) -> bytes:
    """A JSON object as it travels."""
    return json.dumps(form, separators=(",", ":")).encode("ascii")


def from_bytes(data: bytes) -> dict[str, Any]:
    """A JSON object that came; raises LinkError."""
    try:
        form = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise LinkError("not JSON") from error
    if not isinstance(form, dict):
        raise LinkError("not a JSON object")
    return form


def written(message: object) -> dict[str, Any]:
    """A message as a JSON object; raises LinkError for what does not travel."""
    kind: type[Any] = type(message)
    if kind not in _WORDS:
        raise LinkError(f"{kind.__name__} does not travel")
    form = {name: one.write(getattr(message, name)) for name, one in _WORDS[kind].items()}
    return {"say": kind.__name__, **form}


def read(form: Mapping[str, Any], origin: str) -> object:
    """The message that ``origin`` said; raises LinkError."""
    say = form.get("say")
    kind = MESSAGES.get(say) if isinstance(say, str) else None
    if kind is None:
        raise LinkError(f"unknown word {say!r}")
    try:
        values = {name: one.read(form.get(name)) for name, one in _WORDS[kind].items()}
    except (ProtocolError, ValueError, RecursionError) as error:
        raise LinkError(f"{say}: {error}") from error
    return kind(origin=origin, **values)
