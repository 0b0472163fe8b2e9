"""The calls of a log: which messages belong to one, by ConnID, CallUUID or what came of them.

A consultation call and the call that it is merged into belong together, as far as the log says
so: the attributes that name another ConnID, or the event in which one DN passes from one to the
other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from tlibsim.journal.names import Kind, attribute_names
from tlibsim.logs.message import LogMessage, Role

MOST_REMEMBERED = 20_000
"""So many calls are remembered beside the one that is asked for; calls that join are not far away."""

_REFERENCE = "ReferenceID"
_REGISTER = "RequestRegisterAddress"
_MOST_ASKED = 10_000
_MOST_REGISTRATIONS = 100_000
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


class _Family:
    """Identifiers of calls that belong together, and the requests that their events answer."""

    __slots__ = ("conns", "ids", "requests")

    def __init__(self, name: str) -> None:
        self.ids = [name]
        self.conns: list[str] = []
        self.requests: list[int] = []


@dataclass(slots=True)
class CallIndex:
    """Which calls a log has and what joins them; made in one pass, so that logs may be long.

    ``wanted`` is the one call that is asked for, by ConnID or CallUUID: then only the calls of a
    while are remembered beside it, so that a log of any length needs no more memory.  Empty: all.
    ``calls`` are ConnIDs in the order in which they appear; ``call_count`` is how many there were,
    ``clients`` are the names of clients, ``registrations`` one request for each client and DN;
    ``count`` is how many messages there were.
    """

    wanted: str = ""
    most: int = MOST_REMEMBERED
    calls: dict[str, None] = field(default_factory=dict)
    clients: dict[str, None] = field(default_factory=dict)
    registrations: dict[tuple[str, str], LogMessage] = field(default_factory=dict)
    count: int = 0
    _families: dict[str, _Family] = field(default_factory=dict)
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)
    _own: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _answered: dict[int, str] = field(default_factory=dict)
    _gone: int = 0

    @property
    def call_count(self) -> int:
        """How many calls the log has."""
        return len(self.calls) + self._gone

    def note(self, one: LogMessage) -> None:
        """The next message of the log."""
        index, self.count = self.count, self.count + 1
        ids = call_ids(one)
        if ids:
            self._join(ids)
        if one.conn_id.strip("0") and one.conn_id not in self.calls:
            self.calls[one.conn_id] = None
            self._families[one.conn_id].conns.append(one.conn_id)
            self._forget()
        if one.client and len(self.clients) < _MOST_REGISTRATIONS:
            self.clients[one.client] = None
        if one.name == _REGISTER and len(self.registrations) < _MOST_REGISTRATIONS:
            self.registrations[one.client, one.this_dn] = one
        self._join_answer(index, one, ids)

    def _join(self, names: Sequence[str]) -> _Family:
        """These belong together."""
        found = self._families.get(names[0])
        if found is None:
            found = self._families[names[0]] = _Family(names[0])
        for name in names[1:]:
            other = self._families.get(name)
            if other is found:
                continue
            if other is None:
                found.ids.append(name)
            else:
                found.ids += other.ids
                found.conns += other.conns
                found.requests += other.requests
                self._families.update(dict.fromkeys(other.ids, found))
            self._families[name] = found
        return found

    def _forget(self) -> None:
        """Where one call is asked for, the oldest of the others is forgotten when there are many."""
        if not self.wanted or len(self.calls) <= self.most:
            return
        pinned = self._families.get(_normal(self.wanted))
        for name in self.calls:
            family = self._families[name]
            if family is not pinned:
                break
        else:
            return
        for one in family.ids:
            self._families.pop(one, None)
        for index in family.requests:
            self._answered.pop(index, None)
        for conn in family.conns:
            self.calls.pop(conn, None)
            self._gone += 1

    def _join_answer(self, index: int, one: LogMessage, ids: tuple[str, ...]) -> None:
        """A request belongs to the call of the event that answers it."""
        key = (one.this_dn, one.text(_REFERENCE))
        if not key[1]:
            return
        if one.role is Role.REQUEST:
            self._asked[key] = index
            if len(self._asked) > _MOST_ASKED:
                self._asked.pop(next(iter(self._asked)))
            self._own[index] = ids[:1]
            if len(self._own) > _MOST_ASKED:
                self._own.pop(next(iter(self._own)))
        elif ids and key in self._asked:
            request = self._asked.pop(key)
            own = self._own.pop(request, ())
            family = self._join((ids[0], *own))
            if not own:
                self._answered[request] = ids[0]
                family.requests.append(request)

    def of(self, messages: Iterable[LogMessage], name: str) -> Iterator[LogMessage]:
        """The messages of a call and of those that were joined with it, out of the same log.

        Requests of these calls bring their answers with them, found by client and ReferenceID.
        """
        wanted = self._families.get(_normal(name))
        if wanted is None:
            return iter(())
        return (one for family, one in self._with_families(messages) if family is wanted)

    def groups(self, messages: Iterable[LogMessage], most: int) -> dict[str, list[LogMessage]]:
        """The messages of each call, by its first ConnID; of ``most`` messages of the log."""
        found: dict[str, list[LogMessage]] = {}
        names = {id(self._families[name]): name for name in reversed(self.calls)}
        for family, one in islice(self._with_families(messages), most):
            name = names.get(id(family))
            if name is not None:
                found.setdefault(name, []).append(one)
        return found

    def _with_families(
        self, messages: Iterable[LogMessage]
    ) -> Iterator[tuple[_Family | None, LogMessage]]:
        """Each message with the calls that it belongs to; None when it belongs to none."""
        asked: dict[tuple[str, str], _Family | None] = {}
        for index, one in enumerate(messages):
            name = next(iter(call_ids(one)), "") or self._answered.get(index, "")
            family = self._families.get(name)
            key = (one.client, one.text(_REFERENCE))
            if one.role is Role.REQUEST and key[1]:
                asked[key] = family
                if len(asked) > _MOST_ASKED:
                    asked.pop(next(iter(asked)))
            elif one.role is Role.ANSWER and family is None:
                family = asked.get(key)
            yield family, one


def of_call(messages: Iterable[LogMessage], name: str) -> Iterator[LogMessage]:
    """The messages of a call and of those that were joined with it, in order."""
    every = tuple(messages)
    index = CallIndex()
    for one in every:
        index.note(one)
    return index.of(every, name)


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
