"""Call detail records: what is kept of a call and of a recording session, as JSON documents.

The role is that of a reporting server: everything that tells one call from another, who was on
it and when, why it ended, what was recorded.  Times are given twice: ISO 8601 in UTC for
people, and microseconds since 1970 UTC under the same name with ``_us``.
"""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, NamedTuple

from tlibproto.vocabulary import ConnId, DnRole, KVList, Value, WideText, connid_text
from tlibsim.media.database import storable
from tlibsim.ports.media import Instant
from tlibsim.ports.moments import moment
from tlibsim.switch.facts import CallView, PartyView

FORMAT = "tlibsim-cdr-1"
"""The first value of every record."""

Document = dict[str, Any]

MOST_STEPS = 200
"""How many steps of one call are kept; a call of that many has its first ones."""


class RecordState(Enum):
    """``LOST``: the server ended without a word while it went on."""

    LIVE = "live"
    ENDED = "ended"
    LOST = "lost"


class Outcome(Enum):
    """What became of a call."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BUSY = "busy"
    MERGED = "merged"
    UNANSWERED = "unanswered"


@dataclass(slots=True, kw_only=True)
class PartyRecord:
    """A party of a call.  ``how`` is the word for its leaving, empty while it is there."""

    dn: str
    role: DnRole
    trunk: str
    agent: str
    queue: str
    joined_at: Instant
    answered_at: Instant | None = None
    left_at: Instant | None = None
    how: str = ""

    def document(self) -> Document:
        return {
            "dn": self.dn,
            "role": self.role.name.removeprefix("Role").lower(),
            "trunk": self.trunk or None,
            "agent": self.agent or None,
            "queue": self.queue or None,
            **moment("joined", self.joined_at),
            **moment("answered", self.answered_at),
            **moment("left", self.left_at),
            "how": self.how or None,
        }


class Step(NamedTuple):
    """One thing that happened to a party: when, what, to whom, and who was the other."""

    at: Instant
    what: str
    dn: str
    other: str | None = None

    def document(self) -> Document:
        return {
            **moment("at", self.at),
            "what": self.what,
            "dn": self.dn,
            "other": self.other or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A request for recording that was refused; ``client`` is the name of whoever asked."""

    at: Instant
    service: str
    dn: str
    client: str
    cause: str

    def document(self) -> Document:
        return {
            **moment("at", self.at),
            "service": self.service,
            "dn": self.dn,
            "client": self.client or None,
            "cause": self.cause,
        }


Place = tuple[str, str | None, Instant]
"""What tells one party of a call from all others: number, trunk, when it joined."""


@dataclass(slots=True, kw_only=True)
class CallRecord:
    """A call from its beginning on; ``call`` is how it was seen last.

    ``present`` are the parties that are there now, ``finding`` is the state of its recording in
    the table of RECORDING.md 12.4.
    """

    run: str
    server: str
    switch: str
    call: CallView
    state: RecordState = RecordState.LIVE
    answered_at: Instant | None = None
    ended_at: Instant | None = None
    outcome: Outcome = Outcome.UNANSWERED
    cause: str = ""
    merged_into: ConnId | None = None
    parties: list[PartyRecord] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    finding: str = ""
    present: dict[Place, PartyRecord] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """What the record is stored under: unique over all runs of all servers."""
        return f"{self.run}.{connid_text(self.call.conn_id)}"

    def snapshot(self) -> "CallRecord":
        """The record as it is now, for another thread."""
        return replace(
            self,
            present={},
            parties=[copy(party) for party in self.parties],
            steps=list(self.steps),
            recordings=list(self.recordings),
            refusals=list(self.refusals),
        )

    def numbers(self) -> Iterator[str]:
        """Everything that the call can be looked for by, beside its identifiers."""
        for party in self.parties:
            yield from (party.dn, party.trunk, party.agent, party.queue)
        yield from (self.call.ani or "", self.call.dnis or "")

    def document(self) -> Document:
        """The JSON object."""
        call = self.call
        return {
            "format": FORMAT,
            "kind": "call",
            "key": self.key,
            "server": self.server,
            "switch": self.switch,
            "state": self.state.value,
            "conn_id": connid_text(call.conn_id),
            "call_uuid": call.call_uuid,
            "call_id": call.call_id,
            "call_type": call.call_type.name,
            "ani": call.ani,
            "dnis": call.dnis,
            **moment("started", call.started_at),
            **moment("answered", self.answered_at),
            **moment("ended", self.ended_at),
            "duration_ms": span_ms(call.started_at, self.ended_at),
            "talk_ms": span_ms(self.answered_at, self.ended_at),
            "outcome": self.outcome.value,
            "cause": self.cause,
            "parties": [party.document() for party in self.parties],
            "steps": [step.document() for step in self.steps],
            "user_data": pairs(call.user_data),
            "previous_conn_id": _connid(call.previous_conn_id),
            "first_transfer_conn_id": _connid(call.first_transfer_conn_id),
            "last_transfer_conn_id": _connid(call.last_transfer_conn_id),
            "merged_into": _connid(self.merged_into),
            "links": [
                {"uuid": link.uuid, "location": link.location, "role": link.role.value}
                for link in call.links
            ],
            "recordings": list(self.recordings),
            "finding": self.finding or None,
            "refused": [refusal.document() for refusal in self.refusals],
        }


def party_record(party: PartyView) -> PartyRecord:
    """The record of a party that has just joined."""
    return PartyRecord(
        dn=party.dn,
        role=party.role,
        trunk=party.trunk or "",
        agent=party.agent_id or "",
        queue=party.queue or "",
        joined_at=party.since,
        answered_at=party.established_at,
    )


def span_ms(since: Instant | None, until: Instant | None) -> int | None:
    """Milliseconds between two instants; None when one is missing."""
    return None if since is None or until is None else (until - since) // 1000


def pairs(data: KVList) -> list[list[Any]]:
    """User data as [key, value] pairs: keys may be there twice, and their order counts."""
    return [[storable(key), _value(value)] for key, value in data]


def _value(value: Value) -> Any:
    if isinstance(value, int):
        return value
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, KVList):
        return pairs(value)
    return storable(value.text if isinstance(value, WideText) else value)


def _connid(conn_id: ConnId | None) -> str | None:
    return None if conn_id is None else connid_text(conn_id)


def distinct(numbers: Iterable[str]) -> tuple[str, ...]:
    """Each number once, in order, without empty ones."""
    return tuple(dict.fromkeys(number for number in numbers if number))


_COPIED = (
    *("server", "switch", "run", "session", "record_id", "conn_id", "call_uuid", "record_dn"),
    *("other_dn", "trigger", "side", "asked_by", "client", "rule", "state", "cause"),
    *("requested", "requested_us", "started", "started_us", "ended", "ended_us", "pauses"),
    *("file_name", "files", "parties", "destinations", "params", "mcp", "geo"),
    *("problems", "alarms"),
)


def recording_record(trace: Mapping[str, Any]) -> Document:
    """The record of a recording session: its trace without what was sent to whom."""
    record: Document = {"format": FORMAT, "kind": "recording", "key": trace["key"]}
    record |= {name: trace.get(name) for name in _COPIED}
    started, ended = trace.get("started_us"), trace.get("ended_us")
    record["duration_ms"] = span_ms(started, ended)
    record["paused_ms"] = _paused_ms(trace.get("pauses") or (), ended)
    record["legs"] = [
        {name: leg.get(name) for name in ("key", "dn", "dest", "uri", "status", "cause")}
        for leg in trace.get("legs") or ()
    ]
    return record


def _paused_ms(pauses: Iterable[Mapping[str, Any]], ended: Instant | None) -> int:
    total = 0
    for pause in pauses:
        until = pause.get("until_us") or ended
        if until is not None:
            total += (until - pause["from_us"]) // 1000
    return total
