"""A small user agent client that does what a careful one never does: repeats, refreshes, strays.

Plain datagrams from a port of its own; each question has a time limit.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

from twisted.internet.defer import Deferred

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_sequence
from tlibsim.media.sip.message import (
    Request,
    Response,
    first,
    parse_message,
    render_message,
)
from tlibsim.media.sip.uri import hop_to, parse_uri
from tlibsim.media.sip.values import Transport

LIMIT_S = 1.0
_SDP = """\
v=0
o=tlibsim-probe 1 1 IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio {port} RTP/AVP 0 8
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=sendonly
"""


@dataclass(slots=True)
class Findings:
    """What came of the probe; a code of 0 means that no answer came."""

    options: int = 0
    stray_bye: int = 0
    invite: int = 0
    repeated_same: bool = True
    repeated_seen: bool = False
    refresh: int = 0
    contact_options: int = 0
    bye: int = 0
    notes: list[str] = field(default_factory=list)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.came: asyncio.Queue[Response] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        try:
            message = parse_message(data)
        except SipError:
            return
        if isinstance(message, Response) and message.final:
            self.came.put_nowait(message)


class Probe:
    """Asks one recorder; use :func:`probe`."""

    def __init__(self, uri: str, seed: int) -> None:
        self._uri = uri
        self._rng = Random(f"probe {seed}")
        self._number = 0
        hop = hop_to(parse_uri(uri), Transport.UDP)
        self._address = (hop.host, hop.port)
        self._datagrams = _Datagrams()
        self._transport: asyncio.DatagramTransport | None = None
        self._place = ""

    async def run(self) -> Findings:
        """All questions, one after the other."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self._datagrams, local_addr=("127.0.0.1", 0)
        )
        host, port, *_ = self._transport.get_extra_info("sockname")
        self._place = f"{host}:{port}"
        try:
            return await self._ask(host)
        finally:
            self._transport.close()

    async def _ask(self, host: str) -> Findings:
        findings = Findings()
        options = self._request("OPTIONS", self._uri, self._token(), "")
        findings.options = _code(await self._exchange(options))
        stray = self._request("BYE", self._uri, self._token(), ";tag=nobody")
        findings.stray_bye = _code(await self._exchange(stray))
        await self._session(host, findings)
        return findings

    async def _session(self, host: str, findings: Findings) -> None:
        """A session of its own: repeated INVITE, a refresh, OPTIONS to the Contact, BYE."""
        call_id = self._token()
        user, _, rest = self._uri.partition("@")
        scheme = user.partition(":")[0] if rest else self._uri.partition(":")[0]
        place = rest or self._uri.partition(":")[2]
        number = self._token()
        uri = (
            f"{scheme}:record=probe-{number}@{place};calluuid={number};dn=probe;recordDN=probe"
        )
        body = _SDP.format(host=host, port=40000).replace("\n", "\r\n").encode()
        invite = self._request("INVITE", uri, call_id, "", body)
        answer = await self._exchange(invite)
        findings.invite = _code(answer)
        if answer is None or not answer.success:
            return
        again = await self._exchange(invite)
        findings.repeated_seen = again is not None
        findings.repeated_same = again is not None and _tag(again) == _tag(answer)
        tag = f";tag={_tag(answer)}"
        target = (first(answer.headers, "Contact") or "").partition("<")[2].partition(">")[0]
        target = target or self._uri
        self._send(self._request("ACK", uri, call_id, tag))
        findings.contact_options = await self._reach(target)
        refresh = self._request("INVITE", uri, call_id, tag, body)
        refreshed = await self._exchange(refresh)
        findings.refresh = _code(refreshed)
        if refreshed is not None and refreshed.success:
            self._send(self._request("ACK", uri, call_id, tag))
        findings.bye = _code(await self._exchange(self._request("BYE", uri, call_id, tag)))

    async def _reach(self, target: str) -> int:
        """OPTIONS to where the Contact says that in-dialog requests go."""
        try:
            hop = hop_to(parse_uri(target), Transport.UDP)
        except SipError:
            return 0
        before, self._address = self._address, (hop.host, hop.port)
        try:
            return _code(
                await self._exchange(self._request("OPTIONS", target, self._token(), ""))
            )
        finally:
            self._address = before

    # -- messages ------------------------------------------------------------------------------

    def _token(self) -> str:
        return f"{self._rng.getrandbits(64):016x}"

    def _request(
        self, method: str, uri: str, call_id: str, to_tag: str, body: bytes = b""
    ) -> Request:
        if method != "ACK":
            self._number += 1
        headers = [
            ("Via", f"SIP/2.0/UDP {self._place};branch=z9hG4bK{self._token()};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:mcp@{self._place}>;tag=probe"),
            ("To", f"<{uri.partition(';')[0]}>{to_tag}"),
            ("Call-ID", call_id),
            ("CSeq", f"{self._number} {method}"),
            ("Contact", f"<sip:mcp@{self._place}>"),
        ]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return Request(method=method, uri=uri, headers=tuple(headers), body=body)

    def _send(self, request: Request) -> None:
        if self._transport is not None:
            self._transport.sendto(render_message(request), self._address)

    async def _exchange(self, request: Request) -> Response | None:
        """Send, repeat once, and wait for the final answer; None when none comes."""
        wanted = parse_sequence(first(request.headers, "CSeq"))
        call_id = first(request.headers, "Call-ID")
        for limit in (LIMIT_S / 2, LIMIT_S):
            self._send(request)
            answer = await self._answer(wanted, call_id, limit)
            if answer is not None:
                return answer
        return None

    async def _answer(
        self, wanted: object, call_id: str | None, limit: float
    ) -> Response | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while (left := deadline - loop.time()) > 0:
            try:
                answer = await asyncio.wait_for(self._datagrams.came.get(), left)
            except TimeoutError:
                return None
            sequence = parse_sequence(first(answer.headers, "CSeq"))
            if first(answer.headers, "Call-ID") == call_id and sequence == wanted:
                return answer
        return None


def _code(answer: Response | None) -> int:
    return 0 if answer is None else answer.code


def _tag(answer: Response) -> str:
    _, _, rest = (first(answer.headers, "To") or "").partition("tag=")
    return rest.partition(";")[0]


async def probe(uri: str, seed: int) -> Findings:
    """Ask the recorder at a SIP address; an address that is none raises SipError."""
    return await Deferred.fromFuture(asyncio.ensure_future(Probe(uri, seed).run()))
