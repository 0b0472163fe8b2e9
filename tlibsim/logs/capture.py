"""Messages out of captures: packets, connections, frames; what is encrypted is refused.

Nothing in a capture can make this raise: what is damaged is told of with the number of its packet,
and reading goes on at the next piece.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tlibproto.codec import decode
from tlibproto.errors import ProtocolError
from tlibproto.framing import Addp, FrameDecoder
from tlibproto.messages import Message
from tlibsim.journal.names import message_name
from tlibsim.logs.copies import ANSWERS, Copies
from tlibsim.logs.message import Dialect, LogMessage, LogProblem, Role
from tlibsim.logs.packets import Packet, PacketReader
from tlibsim.logs.reading import KEPT_PROBLEMS, values_of
from tlibsim.logs.segments import Address, segment_of
from tlibsim.logs.streams import Piece, Reassembly
from tlibsim.ports.media import Instant

_TLS = (b"\x16\x03", b"\x80\x2e\x01\x03")
_REGISTER = "RequestRegisterClient"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedUnit:
    """A message or an ADDP packet, and where it was.  ``payload`` are its bytes without length."""

    connection: int
    to_server: bool
    client: Address
    server: Address
    packet: int
    at: Instant
    message: Message | None = None
    addp: Addp | None = None
    payload: bytes = b""


@dataclass(slots=True)
class _Reading:
    """One direction while it is read."""

    decoder: FrameDecoder = field(default_factory=FrameDecoder)
    begun: bool = False
    encrypted: bool = False


@dataclass(slots=True)
class CaptureReader:
    """Reads the messages of a capture.  ``encrypted`` are connections that nobody can read."""

    source: str
    ports: frozenset[int] = frozenset()
    charset: str = "utf-8"
    packets: int = 0
    problems: list[LogProblem] = field(default_factory=list)
    unreadable: int = 0
    encrypted: dict[int, str] = field(default_factory=dict)
    connections: int = 0
    _readings: dict[tuple[int, bool], _Reading] = field(default_factory=dict)

    def units(self, reader: PacketReader) -> Iterator[CapturedUnit]:
        """Everything that was said; raises CaptureError when the file is no capture."""
        streams = Reassembly(self.ports)
        segments = (segment_of(one) for one in self._counted(reader))
        for piece in streams.pieces(one for one in segments if one is not None):
            yield from self._piece(piece)
        self.connections = streams.count
        if reader.cut:
            self._problem(self.packets, reader.cut)

    def _counted(self, reader: PacketReader) -> Iterator[Packet]:
        for one in reader.packets():
            self.packets = one.number
            yield one

    def _piece(self, piece: Piece) -> Iterator[CapturedUnit]:
        reading = self._readings.setdefault((piece.connection, piece.to_server), _Reading())
        if reading.encrypted:
            return
        if not reading.begun and piece.data.startswith(_TLS):
            reading.encrypted = True
            self.encrypted.setdefault(piece.connection, _way(piece))
            return
        if piece.lost:
            self._problem(piece.packet, f"{piece.lost} bytes before this packet are missing")
            reading.decoder = FrameDecoder()
        reading.begun = True
        try:
            for unit in reading.decoder.feed(piece.data):
                yield from self._unit(piece, unit)
        except ProtocolError as error:
            self._problem(piece.packet, f"{_way(piece)}: {error}")
            reading.decoder = FrameDecoder()

    def _unit(self, piece: Piece, unit: bytes | Addp) -> Iterator[CapturedUnit]:
        found = CapturedUnit(
            connection=piece.connection,
            to_server=piece.to_server,
            client=piece.client,
            server=piece.server,
            packet=piece.packet,
            at=Instant(piece.at),
        )
        if isinstance(unit, Addp):
            yield replace(found, addp=unit)
            return
        try:
            message = decode(unit, self.charset)
        except ProtocolError as error:
            self._problem(piece.packet, f"{_way(piece)}: {error}")
            return
        yield replace(found, message=message, payload=unit)

    def _problem(self, packet: int, text: str) -> None:
        self.unreadable += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(LogProblem(source=self.source, line=packet, text=text))


def log_messages(units: Iterable[CapturedUnit], source: str) -> Iterator[LogMessage]:
    """The messages as those of a log: clients by their names, an event once for all its copies."""
    names: dict[int, str] = {}
    copies = Copies()
    for unit in units:
        if unit.message is None:
            continue
        values = values_of(unit.message)
        name = message_name(unit.message.message_id)
        if name == _REGISTER and values.get("ApplicationName"):
            names[unit.connection] = str(values["ApplicationName"])
        if copies.has(name, values):
            continue
        client = names.get(unit.connection, f"{unit.client[0]}:{unit.client[1]}")
        yield LogMessage(
            source=source,
            line=unit.packet,
            role=_role(name, to_server=unit.to_server),
            name=name,
            values=values,
            at=unit.at,
            client=client if unit.to_server or name in ANSWERS else "",
            dialect=Dialect.CAPTURE,
        )


def _role(name: str, *, to_server: bool) -> Role:
    if to_server:
        return Role.REQUEST
    return Role.ANSWER if name in ANSWERS else Role.EVENT


def _way(piece: Piece) -> str:
    """``10.0.0.7:50000 > 10.0.0.1:3000``, as the bytes went."""
    ends = (piece.client, piece.server) if piece.to_server else (piece.server, piece.client)
    return " > ".join(f"{host}:{port}" for host, port in ends)
