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


@dataclass(slots=True)
class CallIndex:
    """Which calls a log has and what joins them; made in one pass, so that logs may be long.

    ``calls`` are ConnIDs in the order in which they appear, with how many messages name each;
    ``clients`` are the names of clients, ``registrations`` one request for each client and DN;
    ``count`` is how many messages there were.
    """

    calls: dict[str, int] = field(default_factory=dict)
    clients: dict[str, None] = field(default_factory=dict)
    registrations: dict[tuple[str, str], LogMessage] = field(default_factory=dict)
    _families: _Families = field(default_factory=_Families)
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)
    _own: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _answered: dict[int, tuple[str, ...]] = field(default_factory=dict)
    count: int = 0

    def note(self, one: LogMessage) -> None:
        """The next message of the log."""
        index, self.count = self.count, self.count + 1
        ids = call_ids(one)
        if ids:
            self._families.join(ids)
        if one.conn_id.strip("0"):
            self.calls[one.conn_id] = self.calls.get(one.conn_id, 0) + 1
        if one.client:
            self.clients[one.client] = None
        if one.name == _REGISTER and len(self.registrations) < _MOST_REGISTRATIONS:
            self.registrations[one.client, one.this_dn] = one
        self._join_answer(index, one, ids)

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
            self._families.join((ids[0], *self._own.pop(request, ())))
            self._answered[request] = ids[:1]

    def of(self, messages: Iterable[LogMessage], name: str) -> Iterator[LogMessage]:
        """The messages of a call and of those that were joined with it, out of the same log.

        Requests of these calls bring their answers with them, found by client and ReferenceID.
        """
        wanted = self._families.root(_normal(name))
        return (one for root, one in self._with_roots(messages) if root == wanted)

    def groups(self, messages: Iterable[LogMessage], most: int) -> dict[str, list[LogMessage]]:
        """The messages of each call, by its first ConnID; of ``most`` messages of the log."""
        found: dict[str, list[LogMessage]] = {}
        names = {self._families.root(name): name for name in reversed(self.calls)}
        for root, one in islice(self._with_roots(messages), most):
            if root in names:
                found.setdefault(names[root], []).append(one)
        return found

    def _with_roots(self, messages: Iterable[LogMessage]) -> Iterator[tuple[str, LogMessage]]:
        """Each message with what its call is known by; empty when it belongs to none."""
        asked: dict[tuple[str, str], str] = {}
        for index, one in enumerate(messages):
            ids = (*call_ids(one), *self._answered.get(index, ()))
            root = self._families.root(ids[0]) if ids else ""
            key = (one.client, one.text(_REFERENCE))
            if one.role is Role.REQUEST and key[1]:
                asked[key] = root
                if len(asked) > _MOST_ASKED:
                    asked.pop(next(iter(asked)))
            elif one.role is Role.ANSWER and not root:
                root = asked.get(key, "")
            yield root, one


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
