"""What one turn sends: bytes per client, in order, made once per distinct event."""

from typing import NamedTuple

from tlibproto.codec import encode, with_reference
from tlibproto.framing import encode_frame
from tlibproto.messages import Event
from tlibsim.session.client import Client, ClientId


class Delivery(NamedTuple):
    """Bytes for a client's connection; ``close`` is why to close it after them, or empty."""

    client: ClientId
    data: bytes
    close: str = ""


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

    __slots__ = ("_closing", "_data")

    def __init__(self) -> None:
        self._data: dict[ClientId, list[bytes]] = {}
        self._closing: dict[ClientId, str] = {}

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

    def take(self) -> list[Delivery]:
        """Everything since the last call, one delivery per client."""
        closing = self._closing
        deliveries = [
            Delivery(
                client,
                chunks[0] if len(chunks) == 1 else b"".join(chunks),
                closing.pop(client, ""),
            )
            for client, chunks in self._data.items()
        ]
        deliveries += [Delivery(client, b"", reason) for client, reason in closing.items()]
        self._data = {}
        self._closing = {}
        return deliveries
