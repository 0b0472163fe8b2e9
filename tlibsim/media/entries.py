"""What the index knows of a recording, and what can be asked of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tlibsim.media.metadata import Document, MetadataError

_NUMBER_DETAILS = ("ani", "dnis", "other-dn")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEntry:
    """One recording as the index lists it; ``document`` is all of its metadata.

    ``started_us`` and ``ended_us`` are microseconds since 1970 UTC; ``dns`` are the recorded DN
    and those of all parties, ``numbers`` these and ANI and DNIS, each once.
    """

    name: str
    state: str
    record_id: str
    call_uuid: str
    conn_id: str
    record_dn: str
    agent: str
    dns: tuple[str, ...]
    numbers: tuple[str, ...]
    started_us: int
    ended_us: int | None
    duration_ms: int | None
    size_bytes: int | None
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingQuery:
    """What to look for: every value that is not None must fit; ``*`` in a text fits anything.

    ``call`` is a connection id, a call UUID, a record id or a name; ``dn`` the recorded DN or
    that of another party; ``number`` a DN, ANI or DNIS; ``agent`` a login; ``state`` one of
    :class:`tlibsim.media.metadata.RecordingState`.  A recording fits ``since_us`` and
    ``until_us`` when some of it lies between them.
    """

    call: str | None = None
    dn: str | None = None
    agent: str | None = None
    number: str | None = None
    state: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    limit: int = 0


def entry_of(document: Mapping[str, object]) -> RecordingEntry:
    """Read metadata as an entry; MetadataError when something in them is of the wrong kind."""
    details = document.get("details")
    if not isinstance(details, Mapping):
        raise MetadataError("the details are not an object")
    parties = (party.get("dn") for parties in party_lists(document) for party in parties)
    dns = _distinct((document.get("record_dn"), *parties))
    return RecordingEntry(
        name=_text(document, "name"),
        state=_text(document, "state"),
        record_id=_text(document, "record_id"),
        call_uuid=_text(document, "call_uuid"),
        conn_id=_text(document, "conn_id"),
        record_dn=_text(document, "record_dn"),
        agent=agent_of(details),
        dns=dns,
        numbers=_distinct((*dns, *(details.get(key) for key in _NUMBER_DETAILS))),
        started_us=_number(document, "started_us") or 0,
        ended_us=_number(document, "ended_us"),
        duration_ms=_number(document, "duration_ms"),
        size_bytes=_number(document, "size_bytes"),
        document=dict(document),
    )


def agent_of(details: Mapping[str, object]) -> str:
    """Return the agent in the details of an order, under either of its names."""
    return str(details.get("agent") or details.get("agent_id") or "")


def channel_parties(channels: object) -> list[Mapping[str, object]]:
    """Return the parties in a list of channels, whatever else it holds."""
    if not isinstance(channels, Sequence):
        return []
    return [item for item in channels if isinstance(item, Mapping)]


def party_lists(document: Mapping[str, object]) -> list[list[Mapping[str, object]]]:
    """Return the parties at the start and after each change."""
    changes = channel_parties(document.get("party_changes"))
    lists = [document.get("channels"), *(change.get("channels") for change in changes)]
    return [channel_parties(channels) for channels in lists]


def _distinct(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if value))


def _text(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        raise MetadataError(f"{key} is not a text")
    return value


def _number(document: Mapping[str, object], key: str) -> int | None:
    value = document.get(key)
    if value is not None and not isinstance(value, int):
        raise MetadataError(f"{key} is not a whole number")
    return value
