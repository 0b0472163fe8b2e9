"""The calls of a log: which messages belong to one, by ConnID, CallUUID or what came of them.

A consultation call and the call that it is merged into belong together, as far as the log says
so: the attributes that name another ConnID, or the event in which one DN passes from one to the
other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tlibsim.journal.names import Kind, attribute_names
from tlibsim.logs.message import LogMessage, Role

_REFERENCE = "ReferenceID"
_UUIDS = ("CallUuid", "NewCallUuid", "RefCallUuid", "OriginalCallUuid")


def call_ids(message: LogMessage) -> tuple[str, ...]:
    """Everything by which a message names calls: ConnIDs and CallUUIDs, its own first."""
    known = attribute_names()
    own = [message.conn_id] if message.conn_id else []
    for name, value in message.values.items():
        attribute = known.get(name.lower())
        conn = attribute is not None and attribute.kind is Kind.CONN_ID
        if (conn or name in _UUIDS) and isinstance(value, str) and value.strip("0"):
            own.append(value)
    return tuple(dict.fromkeys(own))


@dataclass(slots=True)
class _Families:
    """Identifiers of calls that belong together."""

    parents: dict[str, str] = field(default_factory=dict)

    def root(self, name: str) -> str:
        while (above := self.parents.get(name, name)) != name:
            self.parents[name] = name = self.parents.get(above, above)
        return name

    def join(self, names: Sequence[str]) -> None:
        roots = [self.root(name) for name in names]
        for root in roots[1:]:
            self.parents[self.root(root)] = self.root(roots[0])


def of_call(messages: Iterable[LogMessage], name: str) -> Iterator[LogMessage]:
    """The messages of a call and of those that were joined with it, in order.

    Requests of these calls bring their answers with them, found by client and ReferenceID.
    """
    every = tuple(messages)
    ids = _ids_with_answers(every)
    families = _Families()
    for each in ids:
        if each:
            families.join(each)
    wanted = families.root(_normal(name))
    chosen: set[tuple[str, str]] = set()
    for one, own in zip(every, ids, strict=True):
        mine = any(families.root(each) == wanted for each in own)
        key = (one.client, one.text(_REFERENCE))
        if mine and one.role is Role.REQUEST and key[1]:
            chosen.add(key)
        if mine or (one.role is Role.ANSWER and key in chosen):
            yield one


def _ids_with_answers(every: Sequence[LogMessage]) -> list[tuple[str, ...]]:
    """What each message names; a request names what the event does that answers it."""
    asked: dict[tuple[str, str], int] = {}
    ids = [call_ids(one) for one in every]
    for index, one in enumerate(every):
        key = (one.this_dn, one.text(_REFERENCE))
        if one.role is Role.REQUEST and key[1]:
            asked[key] = index
        elif key[1] and ids[index] and key in asked:
            ids[asked[key]] += ids[index]
    return ids


def calls_of(messages: Iterable[LogMessage]) -> dict[str, int]:
    """The ConnIDs of a log in the order in which they appear, and how many messages name each."""
    found: dict[str, int] = {}
    for one in messages:
        if one.conn_id.strip("0"):
            found[one.conn_id] = found.get(one.conn_id, 0) + 1
    return found


def _normal(name: str) -> str:
    plain = name.removeprefix("0x")
    return plain.lower().zfill(16) if len(plain) <= 16 else plain
