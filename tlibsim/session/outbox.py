"""What one turn sends: bytes per client, in order, made once per distinct event."""

from typing import NamedTuple

from tlibproto.codec import encode, with_reference
from tlibproto.framing import encode_frame
from tlibproto.messages import Event
from tlibsim.faults.book import Ending
from tlibsim.session.client import Client, ClientId


class Delivery(NamedTuple):
    """Bytes for a client's connection; ``close`` is why to close it after them, or empty.

    ``ending`` is how, where a fault asks for something else than an orderly end; with HALF_CLOSE
    the connection goes on in the other direction.
    """

    client: ClientId
    data: bytes
    close: str = ""
    ending: Ending | None = None


class Wire:
    """One event as bytes, for each character set and with or without a ReferenceID."""

    __slots__ = ("_event", "_frames", "_payloads")

    def __init__(self, event: Event) -> None:
        self._event = event
        self._payloads: dict[str, bytes] = {}
        self._frames: dict[str, bytes] = {}

    def frame(self, charset: str) -> bytes:
        """The packets of the event, without a ReferenceID."""
        frame = self._frames.get(charset)
        if frame is None:
            frame = self._frames[charset] = encode_frame(self._payload(charset))
        return frame

    def answer(self, charset: str, reference_id: int) -> bytes:
        """The packets of the copy for the client that asked."""
        return encode_frame(with_reference(self._payload(charset), reference_id))

    def _payload(self, charset: str) -> bytes:
        payload = self._payloads.get(charset)
        if payload is None:
            payload = self._payloads[charset] = encode(self._event, charset)
        return payload


class Outbox:
    """Collects what a turn sends; :meth:`take` hands it over."""

    __slots__ = ("_closing", "_data", "_endings")

    def __init__(self) -> None:
        self._data: dict[ClientId, list[bytes]] = {}
        self._closing: dict[ClientId, str] = {}
        self._endings: dict[ClientId, Ending] = {}

    def add(self, client: ClientId, data: bytes) -> None:
        chunks = self._data.get(client)
        if chunks is None:
            self._data[client] = [data]
        else:
            chunks.append(data)

    def close(self, client: Client, reason: str) -> None:
        """Close the connection after what was already added."""
        client.closing = reason
        self._closing[client.id] = reason

    def end(self, client: ClientId, ending: Ending) -> None:
        """End the connection, or half of it, as a fault asks."""
        self._data.setdefault(client, [])
        self._endings[client] = ending

    def take(self) -> list[Delivery]:
        """Everything since the last call, one delivery per client."""
        closing = self._closing
        deliveries = [
            Delivery(
                client,
                chunks[0] if len(chunks) == 1 else b"".join(chunks),
                closing.pop(client, ""),
                self._endings.pop(client, None) if self._endings else None,
            )
            for client, chunks in self._data.items()
        ]
        deliveries += [Delivery(client, b"", reason) for client, reason in closing.items()]
        self._data = {}
        self._closing = {}
        return deliveries
