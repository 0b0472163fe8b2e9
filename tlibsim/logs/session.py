"""What a recording proxy writes: JSON lines of the journal, with the bytes of each message.

Everything is made safe before it becomes a line (CLIENT_USAGE.md: card data in user data is real),
so nothing that must not be seen is ever on disk.  What cannot be read cannot be made safe: of it
only the number of bytes is written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tlibproto.codec import decode, encode
from tlibproto.errors import ProtocolError, Unencodable
from tlibproto.framing import Addp, FrameDecoder
from tlibproto.messages import Message, RequestRegisterClient
from tlibproto.vocabulary import connid_text
from tlibsim.journal.export import iso, to_object
from tlibsim.journal.journal import Kind
from tlibsim.journal.names import message_name
from tlibsim.journal.records import Record, Who
from tlibsim.logs.copies import ANSWERS
from tlibsim.logs.redaction import Redactor
from tlibsim.ports.media import Instant

_BEGIN = frozenset({"EventRinging", "EventDialing", "EventEstablished", "EventQueued"})
_END = frozenset({"EventReleased", "EventAbandoned", "EventDiverted"})
_MOST_PARTIES = 100_000


@dataclass(slots=True)
class RecordedClient:
    """One client of the session, and both directions of its connection."""

    number: int
    name: str = ""
    there: FrameDecoder = field(default_factory=FrameDecoder)
    back: FrameDecoder = field(default_factory=FrameDecoder)
    lost: set[bool] = field(default_factory=set)

    @property
    def who(self) -> Who:
        """The client as records name it."""
        return Who(number=self.number, name=self.name)


@dataclass(slots=True)
class SessionLines:
    """Makes the lines of one session.  ``messages`` counts what was said."""

    redactor: Redactor
    charset: str = "utf-8"
    messages: int = 0
    clients: int = 0
    _number: int = 0
    _parties: dict[tuple[str, str], None] = field(default_factory=dict)

    @property
    def open_calls(self) -> int:
        """How many calls have a party that was not seen to leave."""
        return len({conn for conn, _ in self._parties})

    def connected(self, at: Instant) -> tuple[RecordedClient, str]:
        """A client connects: what to hand in with its bytes, and the line."""
        self.clients += 1
        client = RecordedClient(self.clients)
        return client, self._plain(at, Kind.CONNECTED, client, {})

    def closed(self, at: Instant, client: RecordedClient, by_server: bool) -> str:
        """The line for the end of a connection."""
        side = "server" if by_server else "client"
        return self._plain(at, Kind.CLOSED, client, {"by": side})

    def took(
        self, at: Instant, client: RecordedClient, data: bytes, *, to_server: bool
    ) -> Iterator[str]:
        """The lines for bytes of one direction."""
        if to_server in client.lost:
            return
        decoder = client.there if to_server else client.back
        try:
            for unit in decoder.feed(data):
                yield from self._unit(at, client, unit, to_server=to_server)
        except ProtocolError as error:
            client.lost.add(to_server)
            words: dict[str, object] = {"bytes": len(data), "kind": type(error).__name__}
            yield self._plain(at, Kind.WRONG_BYTES, client, words)

    def _unit(
        self, at: Instant, client: RecordedClient, unit: bytes | Addp, *, to_server: bool
    ) -> Iterator[str]:
        if isinstance(unit, Addp):
            return
        try:
            plain = decode(unit, self.charset)
            safe = self.redactor.wire(plain)
            raw = unit if safe is plain else encode(safe, self.charset)
            self._follow(plain)
            if isinstance(plain, RequestRegisterClient):
                client.name = self.redactor.text(plain.application_name or "")
            yield self._said(at, client, safe, raw, to_server=to_server)
        except (ProtocolError, Unencodable) as error:
            words: dict[str, object] = {"bytes": len(unit), "kind": type(error).__name__}
            yield self._plain(at, Kind.WRONG_BYTES, client, words)

    def _said(
        self,
        at: Instant,
        client: RecordedClient,
        message: Message,
        raw: bytes,
        *,
        to_server: bool,
    ) -> str:
        self._number += 1
        self.messages += 1
        name = message_name(message.message_id)
        kind = Kind.REQUEST if to_server else Kind.ANSWER if name in ANSWERS else Kind.EVENT
        reference = message.reference_id
        record = Record(
            number=self._number,
            at=at,
            kind=kind,
            name=name,
            clients=(client.who,),
            message=message,
            dn=str(getattr(message, "this_dn", None) or ""),
            reference=None if reference is None else int(reference),
        )
        return _line({**to_object(record), "raw": raw.hex()})

    def _follow(self, message: Message) -> None:
        """Which DN is in which call."""
        conn, dn = getattr(message, "conn_id", None), getattr(message, "this_dn", None)
        if not conn or not dn:
            return
        key = (connid_text(conn), str(dn))
        name = message_name(message.message_id)
        if name in _BEGIN and len(self._parties) < _MOST_PARTIES:
            self._parties[key] = None
        elif name in _END:
            self._parties.pop(key, None)

    def _plain(
        self, at: Instant, kind: Kind, client: RecordedClient, values: dict[str, object]
    ) -> str:
        self._number += 1
        return _line(
            {
                "n": self._number,
                "t": iso(at),
                "kind": kind.value,
                "clients": [{"id": client.number, "name": client.name}],
                "name": kind.value,
                "values": values,
            }
        )


def _line(words: dict[str, object]) -> str:
    return json.dumps(words, ensure_ascii=True, separators=(", ", ": "))
