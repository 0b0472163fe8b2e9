"""Plain SIP wires of a port of their own, over UDP, TCP or TLS: requests out, responses in.

Nothing is repeated, judged or answered here; requests of the recorder are passed over.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.message import (
    Request,
    Response,
    StreamFramer,
    parse_message,
    render_message,
)
from tlibsim.media.sip.values import Hop, Transport

CONNECT_S = 2.0
_CHUNK = 65_536

Took = Callable[[Response], None]


class Wire(Protocol):
    """One way to a recorder; ``place`` is our end of it, for Via and Contact."""

    place: str

    def send(self, request: Request) -> None: ...
    def close(self) -> None: ...


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, took: Took) -> None:
        self._took = took

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        _take(data, self._took)


class _UdpWire:
    """Answers may come from any port: the socket is bound, and connected to nobody."""

    def __init__(self, transport: asyncio.DatagramTransport, to: tuple[str, int]) -> None:
        self._transport = transport
        self._to = to
        self.place = _place(transport.get_extra_info("sockname"))

    def send(self, request: Request) -> None:
        self._transport.sendto(render_message(request), self._to)

    def close(self) -> None:
        self._transport.close()


class _StreamWire:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, took: Took
    ) -> None:
        self._writer = writer
        self.place = _place(writer.get_extra_info("sockname"))
        self._reading = asyncio.ensure_future(_read(reader, took))

    def send(self, request: Request) -> None:
        self._writer.write(render_message(request))

    def close(self) -> None:
        self._reading.cancel()
        self._writer.close()


async def _read(reader: asyncio.StreamReader, took: Took) -> None:
    """Until the connection ends, or what comes is no SIP any more."""
    framer = StreamFramer()
    try:
        while data := await reader.read(_CHUNK):
            for message in framer.feed(data):
                _take(message, took)
    except (OSError, SipError):
        return


def _take(data: bytes, took: Took) -> None:
    try:
        message = parse_message(data)
    except SipError:
        return
    if isinstance(message, Response):
        took(message)


def _place(address: tuple[str, int]) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def open_wire(hop: Hop, took: Took) -> Wire:
    """A wire to a place; raises OSError when nobody is there (TimeoutError is one)."""
    if hop.transport is Transport.UDP:
        return await _datagrams(hop, took)
    context = _trusting() if hop.transport is Transport.TLS else None
    reader, writer = await asyncio.wait_for(
        asyncio.open_connection(hop.host, hop.port, ssl=context), CONNECT_S
    )
    return _StreamWire(reader, writer, took)


async def _datagrams(hop: Hop, took: Took) -> Wire:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(hop.host, hop.port, type=socket.SOCK_DGRAM)
    family, *_, to = found[0]
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.connect(to)  # sends nothing: it tells which of our addresses leads there
        local = asking.getsockname()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Datagrams(took), local_addr=(local[0], 0)
    )
    return _UdpWire(transport, (str(to[0]), int(to[1])))


def _trusting() -> ssl.SSLContext:
    """Any certificate will do: the sessions of the calls check it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
