"""Records as JSON lines, and back.

A line has ``n`` (number), ``t`` (ISO time, UTC), ``kind``, ``clients``, and of a message ``message``,
``charset``-free ``attributes`` in the JSON form of ``tlibsim wire decode``, else ``name`` and
``values``.  Nothing in it depends on ports or on the machine, so that the same run gives the same
bytes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tlibproto.codec import decode, encode
from tlibproto.errors import ProtocolError
from tlibproto.jsonform import payload_from_json, payload_to_json
from tlibsim.journal.journal import Kind
from tlibsim.journal.records import Record, Who
from tlibsim.ports.media import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHARSET = "utf-8"


class ExportError(Exception):
    """A line that is no exported record; the text says why."""


def to_lines(records: Iterable[Record]) -> Iterator[str]:
    r"""One line of JSON for each record, without line ends.

    Bytes of a text that are not of its character set are escaped, as ``\udcb1``: the line can be
    written as UTF-8, and read back as it was.
    """
    for record in records:
        line = json.dumps(to_object(record), ensure_ascii=False, separators=(", ", ": "))
        plain = line.isascii()
        yield line if plain else line.encode(_CHARSET, "backslashreplace").decode(_CHARSET)


def to_object(record: Record) -> dict[str, Any]:
    """The record as JSON data."""
    found: dict[str, Any] = {
        "n": record.number,
        "t": iso(record.at),
        "kind": record.kind.value,
    }
    if record.clients:
        found["clients"] = [{"id": who.number, "name": who.name} for who in record.clients]
    if record.dn:
        found["dn"] = record.dn
    if record.message is not None:
        form = payload_to_json(encode(record.message, _CHARSET), _CHARSET)
        found |= {
            "message": form["message"],
            "id": form["id"],
            "attributes": form["attributes"],
        }
        if record.reference is not None:
            found["reference"] = record.reference
    else:
        found |= {"name": record.name, "values": dict(record.values)}
    if record.detail and record.kind is not Kind.BUG:
        found["detail"] = record.detail
    return found


def from_line(line: str) -> Record:
    """The record of an exported line; raises ExportError."""
    try:
        form = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ExportError(f"is not JSON: {error}") from error
    if not isinstance(form, Mapping):
        raise ExportError("is not a JSON object")
    try:
        return _record(form)
    except (KeyError, TypeError, ValueError, RecursionError, ProtocolError) as error:
        raise ExportError(f"is no record of a journal: {error!r}") from error


def _record(form: Mapping[str, Any]) -> Record:
    message = None
    if "attributes" in form:
        message = decode(payload_from_json(form, _CHARSET), _CHARSET)
    return Record(
        number=int(form["n"]),
        at=instant(form["t"]),
        kind=Kind(form["kind"]),
        name=str(form.get("name") or form.get("message") or f"message {form.get('id')}"),
        clients=tuple(
            Who(number=int(one["id"]), name=str(one["name"])) for one in form.get("clients", ())
        ),
        message=message,
        values=dict(form.get("values", {})),
        dn=str(form.get("dn", "")),
        detail=str(form.get("detail", "")),
        reference=form.get("reference"),
    )


def iso(at: Instant) -> str:
    """An instant as ``2026-01-01T00:00:00.000000Z``."""
    moment = _EPOCH + timedelta(microseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> Instant:
    """The inverse of :func:`iso`; raises ValueError."""
    delta = datetime.fromisoformat(text) - _EPOCH
    return Instant((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds)
