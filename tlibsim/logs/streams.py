"""TCP connections put together again: both directions in order, whatever was sent twice or late."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tlibsim.logs.segments import FIN, RST, SYN, Address, Segment

_WORLD = 1 << 32
_HALF = 1 << 31
MOST_WAITING = 1 << 20
"""Bytes that may wait for a segment before them; then it is given up as lost."""

MOST_CONNECTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one direction, in order.  ``lost`` bytes before them never came."""

    connection: int
    client: Address
    server: Address
    to_server: bool
    at: int
    packet: int
    data: bytes
    lost: int = 0


@dataclass(slots=True)
class _Direction:
    """One direction: the sequence number that comes next, and what came too early."""

    next: int | None = None
    waiting: dict[int, Segment] = field(default_factory=dict)
    held: int = 0

    def take(self, one: Segment) -> Iterator[tuple[Segment, bytes, int]]:
        """A segment; gives what can be read now, and how many bytes before it are lost."""
        sequence = one.sequence
        if one.flags & SYN:
            self.next, self.waiting, self.held = (sequence + 1) % _WORLD, {}, 0
            sequence = self.next
        if self.next is None:
            self.next = sequence
        if not one.data:
            return
        ahead = (sequence - self.next) % _WORLD
        if ahead >= _HALF:
            yield from self._old(one, sequence)
        elif ahead == 0:
            yield from self._now(one, one.data, 0)
        else:
            yield from self._early(one, sequence)

    def _old(self, one: Segment, sequence: int) -> Iterator[tuple[Segment, bytes, int]]:
        """Sent again: only what is new of it counts."""
        behind = ((self.next or 0) - sequence) % _WORLD
        if behind < len(one.data):
            yield from self._now(one, one.data[behind:], 0)

    def _now(
        self, one: Segment, data: bytes, lost: int
    ) -> Iterator[tuple[Segment, bytes, int]]:
        self.next = ((self.next or 0) + len(data)) % _WORLD
        yield one, data, lost
        yield from self._follow()

    def _follow(self) -> Iterator[tuple[Segment, bytes, int]]:
        """What waited for this."""
        while self.waiting:
            here = self.next or 0
            ready = [
                at for at in self.waiting if (at - here) % _WORLD in (0, *self._behind(at))
            ]
            if not ready:
                return
            at = ready[0]
            one = self.waiting.pop(at)
            self.held -= len(one.data)
            data = one.data[(here - at) % _WORLD :]
            if data:
                self.next = (here + len(data)) % _WORLD
                yield one, data, 0

    def _behind(self, at: int) -> tuple[int, ...]:
        ahead = (at - (self.next or 0)) % _WORLD
        return (ahead,) if ahead >= _HALF else ()

    def _early(self, one: Segment, sequence: int) -> Iterator[tuple[Segment, bytes, int]]:
        if sequence not in self.waiting:
            self.waiting[sequence] = one
            self.held += len(one.data)
        if self.held > MOST_WAITING:
            yield from self.give_up()

    def give_up(self) -> Iterator[tuple[Segment, bytes, int]]:
        """What is missing never comes: go on behind it."""
        while self.waiting:
            here = self.next or 0
            at = min(self.waiting, key=lambda one: (one - here) % _WORLD)
            one = self.waiting.pop(at)
            self.held -= len(one.data)
            lost = (at - here) % _WORLD
            self.next = at
            yield from self._now(one, one.data, lost)


@dataclass(slots=True)
class _Connection:
    """Both directions of a connection; ``client`` opened it."""

    number: int
    client: Address
    server: Address
    there: _Direction = field(default_factory=_Direction)
    back: _Direction = field(default_factory=_Direction)
    ended: bool = False


@dataclass(slots=True)
class Reassembly:
    """All connections to the ports that count; without ports, all connections."""

    ports: frozenset[int] = frozenset()
    count: int = 0
    _open: dict[tuple[Address, Address], _Connection] = field(default_factory=dict)

    def pieces(self, segments: Iterable[Segment]) -> Iterator[Piece]:
        """The bytes of all connections, in the order in which they can be read."""
        for one in segments:
            connection = self._connection(one)
            if connection is None:
                continue
            to_server = one.source == connection.client
            direction = connection.there if to_server else connection.back
            for each, data, lost in direction.take(one):
                yield _piece(connection, to_server, each, data, lost)
            if one.flags & (FIN | RST):
                connection.ended = True
        for connection in self._open.values():
            yield from self._rest(connection)

    def _rest(self, connection: _Connection) -> Iterator[Piece]:
        for to_server, direction in ((True, connection.there), (False, connection.back)):
            for each, data, lost in direction.give_up():
                yield _piece(connection, to_server, each, data, lost)

    def _connection(self, one: Segment) -> _Connection | None:
        key = (one.source, one.destination)
        opens = one.flags & SYN and not one.flags & 16
        found = self._open.get(key) or self._open.get(key[::-1])
        if found is not None and not (opens and found.ended):
            return found
        if self.ports and not {one.source[1], one.destination[1]} & self.ports:
            return None
        if len(self._open) >= MOST_CONNECTIONS:
            self._open.pop(next(iter(self._open)))
        self.count += 1
        client, server = key if self._from_client(one) else key[::-1]
        for each in (key, key[::-1]):
            self._open.pop(each, None)
        made = _Connection(number=self.count, client=client, server=server)
        self._open[client, server] = made
        return made

    def _from_client(self, one: Segment) -> bool:
        if one.flags & SYN:
            return not one.flags & 16
        if one.destination[1] in self.ports:
            return True
        return one.source[1] not in self.ports and one.destination[1] < one.source[1]


def _piece(
    connection: _Connection, to_server: bool, one: Segment, data: bytes, lost: int
) -> Piece:
    return Piece(
        connection=connection.number,
        client=connection.client,
        server=connection.server,
        to_server=to_server,
        at=one.at,
        packet=one.packet,
        data=data,
        lost=lost,
    )
