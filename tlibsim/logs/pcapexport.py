"""A journal as a capture: what each client sent and got, as TCP segments that every tool reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tlibproto.codec import encode
from tlibproto.errors import Unencodable
from tlibproto.framing import encode_frame
from tlibproto.messages import Message
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import ReferenceId
from tlibsim.journal.records import MESSAGES, Record, Who
from tlibsim.logs.packets import pcap_header, pcap_record, pcapng_header, pcapng_record
from tlibsim.logs.segments import ACK, PSH, RAW_IP, SYN, Address, ip_packet

_HOST = "127.0.0.1"
_FIRST_PORT = 40_000
_PORTS = 25_000
_MOST_DATA = 32_768
_WORLD = 1 << 32


@dataclass(slots=True)
class _Connection:
    """The two sequence numbers of a client's connection."""

    client: Address
    sent: int = 1
    got: int = 1


@dataclass(slots=True)
class PcapExport:
    """Writes messages; every client has a connection of its own to ``server``.

    ``newer``: a pcapng file instead of pcap.
    """

    server: Address = (_HOST, 7020)
    charset: str = "utf-8"
    newer: bool = False
    _connections: dict[int, _Connection] = field(default_factory=dict)

    def chunks(self, records: Iterable[Record]) -> Iterator[bytes]:
        """The bytes of a capture, piece by piece."""
        yield pcapng_header(RAW_IP) if self.newer else pcap_header(RAW_IP)
        for record in records:
            if record.kind in MESSAGES and record.message is not None:
                for who in record.clients:
                    yield from self._message(record, record.message, who)

    def _message(self, record: Record, message: Message, who: Who) -> Iterator[bytes]:
        """A message for one client: only who asked has the ReferenceID on its copy."""
        own = record.reference if who is record.clients[0] else None
        reference = None if own is None else ReferenceId(own)
        try:
            payload = encode(evolve(message, reference_id=reference), self.charset)
        except Unencodable:
            return
        connection = self._connections.get(who.number)
        if connection is None:
            connection = _Connection((_HOST, _FIRST_PORT + who.number % _PORTS))
            self._connections[who.number] = connection
            yield from self._opening(connection, record.at)
        frame = encode_frame(payload)
        for at in range(0, len(frame), _MOST_DATA):
            part = frame[at : at + _MOST_DATA]
            yield self._segment(connection, record.at, part, inward=record.inward)

    def _packet(self, at: int, data: bytes) -> bytes:
        return pcapng_record(at, data) if self.newer else pcap_record(at, data)

    def _opening(self, connection: _Connection, at: int) -> Iterator[bytes]:
        """Three packets open the connection."""
        ends = (connection.client, self.server)
        for source, destination, sequence, acknowledged, flags in (
            (*ends, 0, 0, SYN),
            (*ends[::-1], 0, 1, SYN | ACK),
            (*ends, 1, 1, ACK),
        ):
            yield self._packet(
                at,
                ip_packet(
                    source,
                    destination,
                    sequence=sequence,
                    acknowledged=acknowledged,
                    flags=flags,
                ),
            )

    def _segment(self, connection: _Connection, at: int, data: bytes, *, inward: bool) -> bytes:
        source, destination = connection.client, self.server
        sequence, acknowledged = connection.sent, connection.got
        if not inward:
            source, destination = destination, source
            sequence, acknowledged = acknowledged, sequence
        packet = ip_packet(
            source,
            destination,
            sequence=sequence,
            acknowledged=acknowledged,
            flags=ACK | PSH,
            data=data,
        )
        if inward:
            connection.sent = (connection.sent + len(data)) % _WORLD
        else:
            connection.got = (connection.got + len(data)) % _WORLD
        return self._packet(at, packet)
