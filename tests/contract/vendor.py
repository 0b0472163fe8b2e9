"""A recorder of somebody else: nothing of tlibsim or tlibproto is imported here.

It is written from the public pages alone, and does in another way whatever may be done so: asyncio,
SIP over TCP with compact and folded headers, two connections to the T-Server (one registers and
asks, one monitors), requests in one segment, starts by call monitoring, an RTP port for all that a
session has, and one mu-law file with two channels that comes late.

    python vendor.py HOST:PORT SIPPORT FOLDER
"""

import asyncio
import contextlib
import random
import re
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

DNS = ("7001", "7002")
ON_DEMAND = "7002"
STATUS = "RECORDING_STATUS_GIM"
CONNECTED, CONSULT = 12, 4
LATE_S = 0.8
COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
}

Attributes = dict[int, bytes]


# -- T-Library, by WIRE.md -----------------------------------------------------------------------


def integer(number: int, value: int) -> bytes:
    return struct.pack(">Ici", number, b"i", value)


def text(number: int, value: str) -> bytes:
    return struct.pack(">IcH", number, b"s", len(value)) + value.encode()


def pairs(number: int, values: dict[str, str]) -> bytes:
    body = struct.pack(">H", len(values))
    for key, value in values.items():
        body += struct.pack(">BH", 0, len(key)) + key.encode()
        body += struct.pack(">H", len(value)) + value.encode()
    return struct.pack(">IcI", number, b"B", len(body)) + body


def message(kind: int, *attributes: bytes) -> bytes:
    payload = struct.pack(">BI", len(attributes), kind) + b"".join(attributes)
    return struct.pack(">I", len(payload)) + payload


def parsed(payload: bytes) -> tuple[int, Attributes]:
    count, kind = struct.unpack_from(">BI", payload)
    at, found = 5, {}
    for _ in range(count):
        number, code = struct.unpack_from(">Ic", payload, at)
        at += 5
        if code in b"il":
            size = 4 if code == b"i" else 8
        elif code in b"sb":
            size = 2 + struct.unpack_from(">H", payload, at)[0] - (2 if code == b"b" else 0)
        else:
            size = 4 + struct.unpack_from(">I", payload, at)[0]
        skipped = {b"i": 0, b"l": 0, b"s": 2, b"b": 2}.get(code, 4)
        found[number] = payload[at + skipped : at + size]
        at += size
    return kind, found


@dataclass
class Call:
    """What both sides know of a call, by CallUUID."""

    conn_id: bytes = b""
    consult: bool = False
    dns: set[str] = field(default_factory=set)
    asked: bool = False
    told: str = ""


class Link:
    """One connection to the T-Server, made again for ever."""

    def __init__(
        self, name: str, opening: Callable[["Link"], bytes], calls: dict[str, Call]
    ) -> None:
        self.name, self._opening, self.calls = name, opening, calls
        self._number = 0
        self._writer: asyncio.StreamWriter | None = None
        self.asks: Link | None = None

    def number(self) -> bytes:
        self._number += 1
        return integer(2, self._number)

    def send(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    async def run(self, host: str, port: int) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._connected(host, port)
            self._writer = None
            await asyncio.sleep(random.uniform(0.2, 0.8))

    async def _connected(self, host: str, port: int) -> None:
        reader, self._writer = await asyncio.open_connection(host, port)
        self.send(b"p2I\x80\x27\x10" + message(0, text(64, self.name), integer(108, 0)))
        while True:
            head = await reader.readexactly(4)
            if head[:2] == b"p2":
                rest = head[3:] + await reader.readexactly(2)
                if head[2:3] == b"P":
                    self.send(b"p2p" + rest)
                continue
            kind, found = parsed(await reader.readexactly(struct.unpack(">I", head)[0]))
            if kind == 95:
                self.send(self._opening(self))
            self._event(kind, found)

    def _event(self, kind: int, found: Attributes) -> None:
        uuid, dn = found.get(141, b"").decode(), found.get(20, b"").decode()
        if not uuid:
            return
        call = self.calls.setdefault(uuid, Call())
        call.conn_id = found.get(9, call.conn_id)
        if 54 in found:
            call.consult = struct.unpack(">i", found[54])[0] == CONSULT
        if kind in (64, 75):
            call.dns.add(dn)
        elif kind == 65:
            call.dns.discard(dn)
        state = struct.unpack(">i", found[124])[0] & 15 if 124 in found else 0
        if (kind, dn, state) == (164, ON_DEMAND, CONNECTED) and not call.consult:
            self._start(call)

    def _start(self, call: Call) -> None:
        if call.asked or self.asks is None:
            return
        call.asked = True
        asked = (
            text(20, ON_DEMAND),
            integer(105, 3013),
            struct.pack(">Ic", 9, b"l") + call.conn_id,
        )
        self.asks.send(
            message(149, *asked, self.asks.number(), pairs(53, {"Record": "source"}))
        )

    def tell(self, uuid: str, status: str) -> None:
        call = self.calls.setdefault(uuid, Call())
        if call.told == status or not call.dns:
            return
        call.told = status
        where = struct.pack(">Ic", 9, b"l") + call.conn_id
        data = pairs(51, {STATUS: status})
        self.send(message(31, where, data, text(20, min(call.dns)), self.number()))


def registering(link: Link) -> bytes:
    """RegisterMode, ControlMode and AddressType may be left out (BEHAVIOUR.md 3.1)."""
    return b"".join(message(3, link.number(), text(20, dn)) for dn in DNS)


def monitoring(link: Link) -> bytes:
    return message(1, link.number()) + message(167, link.number())


# -- SIP over TCP --------------------------------------------------------------------------------


class Line(asyncio.DatagramProtocol):
    """The sound of one party: mu-law on the time line of its timestamps."""

    def __init__(self) -> None:
        self.sound = bytearray()
        self._first: int | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        stamp = struct.unpack_from(">I", data, 4)[0]
        if data[1] & 0x7F or len(data) <= 12:
            return
        self._first = stamp if self._first is None else self._first
        at = (stamp - self._first) % (1 << 32)
        if at < 8000 * 600:
            self.sound.extend(b"\xff" * (at - len(self.sound)))
            self.sound[at : at + len(data) - 12] = data[12:]


@dataclass
class Session:
    uuid: str
    tag: str
    version: int = 0
    lines: list[tuple[Line, asyncio.DatagramTransport]] = field(default_factory=list)


class Recorder:
    def __init__(self, port: int, folder: Path) -> None:
        self._port, self._folder = port, folder
        self._sessions: dict[str, Session] = {}
        self._later: set[asyncio.Task[None]] = set()
        calls: dict[str, Call] = {}
        self.control = Link("vendor-control", registering, calls)
        self.events = Link("vendor-events", monitoring, calls)
        self.events.asks = self.control

    async def connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().strip()
                first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
                headers: dict[str, list[str]] = {}
                for line in lines:
                    name, _, value = line.partition(":")
                    name = name.strip().lower()
                    headers.setdefault(COMPACT.get(name, name), []).append(value.strip())
                body = await reader.readexactly(int(headers.get("content-length", ["0"])[0]))
                if not first.startswith("SIP/"):
                    writer.write(await self._answer(first.split(), headers, body.decode()))
        writer.close()

    async def _answer(
        self, first: list[str], headers: dict[str, list[str]], body: str
    ) -> bytes:
        method, uri = first[0], first[1]
        call_id = headers["call-id"][0]
        session = self._sessions.get(call_id)
        if method == "ACK":
            return b""
        if method == "OPTIONS":
            return _response(headers, 200, "x")
        if method == "INVITE":
            words = dict(one.partition("=")[::2] for one in uri.split(";")[1:])
            if session is None:
                tag = f"{random.getrandbits(40):x}"
                session = self._sessions[call_id] = Session(words.get("calluuid", ""), tag)
            return await self._accept(session, headers, body)
        if session is None:
            return _response(headers, 481, "x")
        if method == "BYE":
            del self._sessions[call_id]
            self._end(session)
        return _response(headers, 200, session.tag)

    async def _accept(
        self, session: Session, headers: dict[str, list[str]], body: str
    ) -> bytes:
        session.version += 1
        answer = [
            "v=0",
            f"o=- 7 {session.version} IN IP4 127.0.0.1",
            "s=-",
            "c=IN IP4 127.0.0.1",
            "b=AS:128",
            "t=0 0",
        ]
        for at, offered in enumerate(re.split(r"(?m)^m=", body)[1:]):
            while len(session.lines) <= at:
                loop = asyncio.get_running_loop()
                transport, line = await loop.create_datagram_endpoint(Line, ("127.0.0.1", 0))
                session.lines.append((line, transport))
            port = session.lines[at][1].get_extra_info("sockname")[1]
            direction = "inactive" if "a=inactive" in offered else "recvonly"
            answer += [f"m=audio {port} RTP/AVP 0", "a=ptime:30", f"a={direction}"]
        self.control.tell(session.uuid, "RECORDING_YES")
        sdp = "\r\n".join(answer) + "\r\n"
        contact = f'm: "Vendor, Inc." <sip:127.0.0.1:{self._port};transport=tcp>;x="<y>"'
        return _response(headers, 200, session.tag, contact, sdp)

    def _end(self, session: Session) -> None:
        self.control.tell(session.uuid, "RECORDING_NO_LONGER")
        for _, transport in session.lines:
            transport.close()
        writing = asyncio.ensure_future(self._write(session))
        self._later.add(writing)
        writing.add_done_callback(self._later.discard)

    async def _write(self, session: Session) -> None:
        await asyncio.sleep(LATE_S)
        sounds = [bytes(line.sound) for line, _ in session.lines]
        length = max(map(len, sounds), default=0)
        data = b"".join(
            bytes(one[at] if at < len(one) else 0xFF for one in sounds) for at in range(length)
        )
        form = struct.pack("<HHIIHHH", 7, 2, 8000, 16000, 2, 8, 0)
        riff = b"WAVEfmt " + struct.pack("<I", len(form)) + form
        riff += b"data" + struct.pack("<I", len(data)) + data
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / f"{session.uuid.lower()}.WAV").write_bytes(
            b"RIFF" + struct.pack("<I", len(riff)) + riff
        )


def _response(
    headers: dict[str, list[str]], code: int, tag: str, contact: str = "", body: str = ""
) -> bytes:
    to = headers["to"][0]
    to = to if "tag=" in to else f"{to}\r\n ;tag={tag}"
    lines = [
        f"SIP/2.0 {code} Whatever",
        f"CSEQ:{headers['cseq'][0]}",
        f"t: {to}",
        f"i: {headers['call-id'][0]}",
        f"f: {headers['from'][0]}",
        *(f"Record-Route: {one}" for one in headers.get("record-route", [])),
        f"v: {', '.join(headers['via'])}",
        *([contact] if contact else []),
        *(["c: application/sdp"] if body else []),
        f"l: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def main(tserver: str, port: int, folder: Path) -> None:
    host, _, number = tserver.partition(":")
    recorder = Recorder(port, folder)
    links = [one.run(host, int(number)) for one in (recorder.control, recorder.events)]
    running = asyncio.gather(*links)
    await asyncio.sleep(LATE_S)  # the SIP side starts later
    async with await asyncio.start_server(recorder.connected, "127.0.0.1", port):
        await running


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
