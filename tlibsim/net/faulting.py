"""Putting faults in force on a running switch: those of messages, and those of what is around it.

Faults of messages and connections go into the hub's book.  Those of recorders, DNs and the link are
commands, undone when their time is over or they are cleared.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tlibproto.vocabulary import Dn
from tlibsim.config.problems import nearest
from tlibsim.config.spans import seconds_of
from tlibsim.faults import Fault, FaultBook, FaultError, fault_of
from tlibsim.faults.kinds import KINDS
from tlibsim.net.clock import Call, Clock
from tlibsim.ports.media import Instant
from tlibsim.ports.scripts import (
    FailMediaServer,
    FailMediaService,
    FailRecorder,
    LoseRecorder,
    MendMediaService,
    MendRecorder,
)
from tlibsim.switch.commands import SetInService, SetLink, SetOutOfService
from tlibsim.switch.refusals import RequestRefused

_MICROSECONDS = 1_000_000
_NO_ANSWER = 408
_BUSY = 486


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """A fault that is a command, and the command that ends it (None: it ends by itself)."""

    help: str
    begin: Callable[[Mapping[str, Any]], object]
    end: Callable[[Mapping[str, Any]], object] | None = None
    takes: frozenset[str] = frozenset()


def _text(words: Mapping[str, Any], key: str) -> str:
    return str(words.get(key, ""))


def _number(words: Mapping[str, Any], key: str, default: int) -> int:
    value = words.get(key, default)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise FaultError(f"{key}: {value!r} is no whole number") from None


def _dn(words: Mapping[str, Any]) -> Dn:
    if not words.get("dn"):
        raise FaultError("dn: say which DN")
    return Dn(str(words["dn"]))


def _mend(words: Mapping[str, Any]) -> object:
    return MendRecorder(address=_text(words, "address"))


AROUND: Mapping[str, Around] = {
    "sip": Around(
        help="Recorders answer INVITEs with 'code'.",
        begin=lambda words: FailRecorder(
            address=_text(words, "address"),
            code=_number(words, "code", _BUSY),
            times=_number(words, "count", 0),
        ),
        end=_mend,
        takes=frozenset({"code", "count", "address", "for"}),
    ),
    "sip-silence": Around(
        help="Recorders do not answer INVITEs.",
        begin=lambda words: FailRecorder(
            address=_text(words, "address"),
            code=_NO_ANSWER,
            times=_number(words, "count", 0),
        ),
        end=_mend,
        takes=frozenset({"count", "address", "for"}),
    ),
    "sip-bye": Around(
        help="Recorders end the legs that they have.",
        begin=lambda words: LoseRecorder(address=_text(words, "address")),
        takes=frozenset({"address"}),
    ),
    "media-server": Around(
        help="The media server in use breaks.", begin=lambda _: FailMediaServer()
    ),
    "media-service": Around(
        help="No media server can be reached.",
        begin=lambda _: FailMediaService(),
        end=lambda _: MendMediaService(),
        takes=frozenset({"for"}),
    ),
    "dn-out-of-service": Around(
        help="The DN is out of service.",
        begin=lambda words: SetOutOfService(dn=_dn(words)),
        end=lambda words: SetInService(dn=_dn(words)),
        takes=frozenset({"dn", "for"}),
    ),
    "link-down": Around(
        help="The link between server and switch is down.",
        begin=lambda _: SetLink(up=False),
        end=lambda _: SetLink(up=True),
        takes=frozenset({"for"}),
    ),
}
"""Kinds of faults that are commands."""

EVERY_KIND: Mapping[str, str] = {
    **{kind: row.help for kind, row in KINDS.items()},
    **{kind: row.help for kind, row in AROUND.items()},
}
"""All kinds, each with its line of help."""


@dataclass(eq=False, slots=True)
class Begun:
    """A fault around the switch that somebody must end; at ``until`` it ends by itself."""

    name: str
    kind: str
    end: object
    given: Mapping[str, Any]
    until: Instant | None = None
    timer: Call | None = None


_Handle = int | Begun | None
"""A fault in force: its number in the book, what must be ended, or nothing."""


def check(words: Mapping[str, Any]) -> Fault | None:
    """The fault of messages that is meant, None for one around the switch; raises FaultError."""
    kind = str(words.get("kind", ""))
    if kind not in EVERY_KIND:
        close = nearest(kind, EVERY_KIND)
        hint = f" Did you mean {close}?" if close else ""
        raise FaultError(f"kind: {kind!r} is no kind of fault.{hint}")
    row = AROUND.get(kind)
    if row is None:
        return fault_of(words)
    allowed = row.takes | {"name", "kind"}
    for key in words:
        if key not in allowed:
            some = ", ".join(sorted(row.takes)) or "none"
            raise FaultError(f"{key}: {words['kind']} does not take it; it takes {some}")
    row.begin(words)
    _seconds(words)
    return None


def _seconds(words: Mapping[str, Any]) -> float:
    try:
        return seconds_of(words.get("for", 0))
    except (ValueError, AttributeError):
        raise FaultError(f"for: {words['for']!r} is no time; write 250ms, 8s, 5m") from None


def check_all(faults: Iterable[Mapping[str, Any]]) -> None:
    """Those of a configuration; raises FaultError, which names the place in the list."""
    for number, words in enumerate(faults):
        try:
            check(words)
        except FaultError as error:
            raise FaultError(f"faults.{number}.{error}") from None


class Faulting:
    """The faults of one switch: add, list, clear."""

    def __init__(
        self, book: FaultBook, *, clock: Clock, perform: Callable[[object], None]
    ) -> None:
        self._book = book
        self._clock = clock
        self._perform = perform
        self._around: list[Begun] = []
        self._configured: list[tuple[Mapping[str, Any], _Handle]] = []

    def add(self, words: Mapping[str, Any]) -> None:
        """Put a fault in force; raises FaultError, or RequestRefused of the command it is."""
        self._add(words)

    def _add(self, words: Mapping[str, Any]) -> _Handle:
        fault = check(words)
        if fault is not None:
            return self._book.add(fault, self._clock.now())
        return self._begin(AROUND[str(words["kind"])], words)

    def _begin(self, row: Around, words: Mapping[str, Any]) -> Begun | None:
        begin = row.begin(words)
        end = None if row.end is None else row.end(words)
        seconds = _seconds(words)
        self._perform(begin)
        if end is None:
            return None
        kind = str(words["kind"])
        until = Instant(self._clock.now() + round(seconds * _MICROSECONDS)) if seconds else None
        begun = Begun(str(words.get("name") or kind), kind, end, words, until)
        self._around.append(begun)
        self._end_later(begun)
        return begun

    def _end_later(self, begun: Begun) -> None:
        if begun.until is not None:
            begun.timer = self._clock.call_at(begun.until, lambda: self._finish(begun))

    def take_up(self) -> None:
        """The faults of a snapshot are in force: each that has an end comes to it."""
        for begun in self._around:
            self._end_later(begun)

    def _finish(self, begun: Begun) -> None:
        if begun in self._around:
            self._around.remove(begun)
            if begun.timer is not None:
                begun.timer.cancel()
            self._perform(begun.end)

    def add_all(self, faults: Iterable[Mapping[str, Any]]) -> None:
        """Those of the configuration; raises FaultError, which names the place in the list."""
        for number, words in enumerate(faults):
            try:
                self._configured.append((words, self._add(words)))
            except FaultError as error:
                raise FaultError(f"faults.{number}.{error}") from None

    def reconfigure(self, faults: Iterable[Mapping[str, Any]]) -> Sequence[str]:
        """Those of another configuration; what is in both goes on, and so do those added since.

        Returns which could not be put in force, and why.
        """
        wanted = list(faults)
        gone = [one for one in self._configured if one[0] not in wanted]
        for one in gone:
            self._configured.remove(one)
            self._end(one[1])
        known = [words for words, _ in self._configured]
        refused = []
        for number, words in enumerate(wanted):
            try:
                if words not in known:
                    self._configured.append((words, self._add(words)))
            except (FaultError, RequestRefused) as error:
                refused.append(f"faults.{number}: {error}")
        return refused

    def _end(self, handle: _Handle) -> None:
        if isinstance(handle, Begun):
            self._finish(handle)
        elif handle is not None:
            self._book.end(handle)

    def clear(self, name: str = "") -> int:
        """End the faults of that name, or all; how many there were."""
        gone = [one for one in self._around if name in ("", one.name)]
        for one in gone:
            self._finish(one)
        return len(gone) + self._book.clear(name)

    def listed(self) -> Sequence[Mapping[str, Any]]:
        """The faults in force, as plain data."""
        found: list[Mapping[str, Any]] = [
            {
                "name": one.fault.name,
                "number": one.number,
                "kind": one.fault.kind,
                "client": one.fault.scope.client,
                "dn": one.fault.scope.dn,
                "message": one.fault.scope.message,
                "seen": one.seen,
                "struck": one.struck,
            }
            for one in self._book.listed(self._clock.now())
        ]
        found += [{**one.given, "name": one.name, "kind": one.kind} for one in self._around]
        return found
