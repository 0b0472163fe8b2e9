"""A small user agent client that does what a careful one never does: repeats, refreshes, strays.

It asks over the transport of the recorder's address, from a port of its own; each question has a
time limit.
"""

import asyncio
import secrets
from dataclasses import dataclass

from twisted.internet.defer import Deferred

from tlibsim.contract.wires import Wire, open_wire
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import Sequence as CSeq
from tlibsim.media.sip.headers import listed, parse_address, parse_sequence
from tlibsim.media.sip.message import Request, Response, every, first
from tlibsim.media.sip.sdp import parse as parse_sdp
from tlibsim.media.sip.uri import hop_to, parse_uri, plain
from tlibsim.media.sip.values import Headers, Hop, Transport

LIMITS_S = (0.5, 1.0)
"""How long the first and the second request wait for an answer."""

INVITE_LIMITS_S = (0.5, 1.0, 2.5)
_NOBODY = "nobody"
_OURS = "probe"
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
_SOUND_PORT = 40_000
_AGAIN_S = 0.2


@dataclass(slots=True)
class Findings:
    """What came of the probe; a code of 0 means that no answer came.

    ``trouble`` says why a question could not even be asked, ``contact`` is the address in the
    Contact of the 200, ``reliable`` whether the transport is one on which nothing is repeated.
    """

    options: int = 0
    stray_bye: int = 0
    invite: int = 0
    repeated_same: bool = True
    repeated_seen: bool = False
    refresh: int = 0
    contact: str = ""
    contact_options: int = 0
    bye: int = 0
    reliable: bool = False
    trouble: str = ""


@dataclass(slots=True, kw_only=True)
class _Dialog:
    """A session as its requests need it: where they go, and what they carry."""

    call_id: str
    target: str
    to: str
    remote_tag: str = ""
    routes: tuple[str, ...] = ()


class Probe:
    """Asks one recorder; use :func:`probe`.

    Whatever the seed, no two have a Call-ID or a branch in common: a recorder that goes on
    running would take the requests of the next run for repeated ones.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._number = 0
        self._hop = hop_to(parse_uri(uri), Transport.UDP)
        self._wires: dict[Hop, Wire] = {}
        self._came: asyncio.Queue[Response] = asyncio.Queue()

    async def run(self) -> Findings:
        """All questions, one after the other."""
        findings = Findings(reliable=self._hop.transport.reliable)
        try:
            await self._ask(findings)
        except OSError as error:
            findings.trouble = str(error) or type(error).__name__
        finally:
            self._close()
        return findings

    async def alive(self) -> bool:
        """Whether an OPTIONS is answered."""
        try:
            return await self._exchange("OPTIONS", self._alone(self._uri)) is not None
        except OSError:
            return False
        finally:
            self._close()

    async def _ask(self, findings: Findings) -> None:
        findings.options = _code(await self._exchange("OPTIONS", self._alone(self._uri)))
        stray = self._alone(self._uri, tag=_NOBODY)
        findings.stray_bye = _code(await self._exchange("BYE", stray))
        await self._session(findings, repeats=not findings.reliable)
        if findings.invite and not (findings.reliable or findings.repeated_seen):
            # whoever chokes on that has shown nothing yet of the rest
            await self._session(findings, repeats=False)

    async def _session(self, findings: Findings, *, repeats: bool) -> None:
        """A session of its own: repeated INVITE, a refresh, OPTIONS to the Contact, BYE."""
        dialog = self._alone(self._session_uri())
        wire = await self._wire(self._hop)
        host = wire.place.rpartition(":")[0].strip("[]")
        body = _SDP.format(host=host, port=_SOUND_PORT).replace("\n", "\r\n").encode()
        invite = self._request("INVITE", dialog, wire, self._next(), body)
        answer = await self._sent(wire, invite, INVITE_LIMITS_S)
        findings.invite = _code(answer)
        if answer is None or not answer.success:
            if answer is not None:
                wire.send(_refused(invite, answer))
            return
        if repeats:
            again = await self._sent(wire, invite, LIMITS_S)
            findings.repeated_seen = again is not None
            findings.repeated_same = again is not None and _gist(again) == _gist(answer)
        findings.contact = _contact(answer)
        dialog = _Dialog(
            call_id=dialog.call_id,
            target=findings.contact or dialog.target,
            to=dialog.to,
            remote_tag=_tag(answer),
            routes=tuple(reversed(listed(answer.headers, "Record-Route"))),
        )
        await self._within(dialog, findings, body)

    async def _within(self, dialog: _Dialog, findings: Findings, body: bytes) -> None:
        """What is asked inside the session; its requests go to the Contact of the 200."""
        try:
            wire = await self._wire(self._to(dialog))
        except (OSError, SipError):
            return  # the Contact leads nowhere
        wire.send(self._request("ACK", dialog, wire, self._number))
        there = self._alone(dialog.target)
        findings.contact_options = _code(await self._exchange("OPTIONS", there))
        refreshed = await self._exchange("INVITE", dialog, body)
        findings.refresh = _code(refreshed)
        if refreshed is not None and refreshed.success:
            wire.send(self._request("ACK", dialog, wire, self._number))
        findings.bye = _code(await self._exchange("BYE", dialog))

    # -- messages ------------------------------------------------------------------------------

    def _token(self) -> str:
        return secrets.token_hex(8)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _alone(self, uri: str, tag: str = "") -> _Dialog:
        to = str(plain(parse_uri(uri)))
        return _Dialog(call_id=self._token(), target=uri, to=to, remote_tag=tag)

    def _session_uri(self) -> str:
        """The address of a session as the media server writes it (MEDIA.md 5.1)."""
        scheme, _, rest = self._uri.partition(":")
        place = rest.rpartition("@")[2]
        number = self._token()
        return (
            f"{scheme}:record=probe-{number}@{place};calluuid={number};dn=probe;recordDN=probe"
        )

    def _to(self, dialog: _Dialog) -> Hop:
        """Where a request inside a session goes; raises SipError."""
        first_stop = parse_address(dialog.routes[0]).uri if dialog.routes else dialog.target
        return hop_to(parse_uri(first_stop), self._hop.transport)

    def _close(self) -> None:
        for wire in self._wires.values():
            wire.close()

    async def _wire(self, hop: Hop) -> Wire:
        """The wire to a place, opened when it is needed first; raises OSError."""
        if hop not in self._wires:
            self._wires[hop] = await open_wire(hop, self._came.put_nowait)
        return self._wires[hop]

    def _request(
        self, method: str, dialog: _Dialog, wire: Wire, number: int, body: bytes = b""
    ) -> Request:
        transport = self._hop.transport
        tag = f";tag={dialog.remote_tag}" if dialog.remote_tag else ""
        scheme = "sips" if transport is Transport.TLS else "sip"
        name = transport.value.upper()
        by = f";transport={transport.value.lower()}" if transport is Transport.TCP else ""
        headers = [
            ("Via", f"SIP/2.0/{name} {wire.place};branch=z9hG4bK{self._token()};rport"),
            *(("Route", route) for route in dialog.routes),
            ("Max-Forwards", "70"),
            ("From", f"<sip:mcp@{wire.place}>;tag={_OURS}"),
            ("To", f"<{dialog.to}>{tag}"),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<{scheme}:mcp@{wire.place}{by}>"),
        ]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return Request(method=method, uri=dialog.target, headers=tuple(headers), body=body)

    async def _exchange(
        self, method: str, dialog: _Dialog, body: bytes = b""
    ) -> Response | None:
        """Ask, and wait for the final answer; None when none comes."""
        try:
            wire = await self._wire(self._to(dialog))
        except SipError:
            return None
        request = self._request(method, dialog, wire, self._next(), body)
        return await self._sent(wire, request, INVITE_LIMITS_S if body else LIMITS_S)

    async def _sent(
        self, wire: Wire, request: Request, limits: tuple[float, ...]
    ) -> Response | None:
        """Send it, over UDP again after each limit without any answer."""
        wanted = parse_sequence(first(request.headers, "CSeq"))
        call_id = first(request.headers, "Call-ID")
        heard = False
        for at, limit in enumerate(limits):
            if not at or not (heard or self._hop.transport.reliable):
                wire.send(request)
            answer = await self._answer(wanted, call_id, limit)
            while answer is not None and not answer.final:
                heard = True
                answer = await self._answer(wanted, call_id, limit)
            if answer is not None:
                return answer
        return None

    async def _answer(self, wanted: CSeq, call_id: str | None, limit: float) -> Response | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while (left := deadline - loop.time()) > 0:
            try:
                answer = await asyncio.wait_for(self._came.get(), left)
            except TimeoutError:
                return None
            if first(answer.headers, "Call-ID") == call_id and _sequence(answer) == wanted:
                return answer
        return None


def _refused(invite: Request, answer: Response) -> Request:
    """The ACK of a refusal: of the same transaction as the INVITE (MEDIA.md 3.2)."""
    number = parse_sequence(first(invite.headers, "CSeq")).number
    headers: Headers = (
        *(("Via", one) for one in every(invite.headers, "Via")),
        ("Max-Forwards", "70"),
        ("From", first(invite.headers, "From") or ""),
        ("To", first(answer.headers, "To") or ""),
        ("Call-ID", first(invite.headers, "Call-ID") or ""),
        ("CSeq", f"{number} ACK"),
    )
    return Request(method="ACK", uri=invite.uri, headers=headers)


def _sequence(answer: Response) -> CSeq | None:
    try:
        return parse_sequence(first(answer.headers, "CSeq"))
    except SipError:
        return None


def _code(answer: Response | None) -> int:
    return 0 if answer is None else answer.code


def _tag(answer: Response) -> str:
    try:
        return parse_address(first(answer.headers, "To") or "").tag
    except SipError:
        return ""


def _contact(answer: Response) -> str:
    """The address in the Contact; empty when there is none that can be read."""
    try:
        return str(parse_uri(parse_address(first(answer.headers, "Contact") or "").uri))
    except SipError:
        return ""


def _gist(answer: Response) -> object:
    """What a repeated INVITE must be answered with again: the dialog, and the same lines."""
    try:
        lines = [(one.port, one.formats) for one in parse_sdp(answer.body).media]
    except SipError:
        lines = []
    return _tag(answer), lines


async def reached(uri: str, seconds: float) -> bool:
    """Ask with OPTIONS until anybody answers, so many seconds at most; whether somebody did."""
    return await Deferred.fromFuture(asyncio.ensure_future(_reached(uri, seconds)))


async def _reached(uri: str, seconds: float) -> bool:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        if await Probe(uri).alive():
            return True
        if loop.time() >= end:
            return False
        await asyncio.sleep(_AGAIN_S)


async def probe(uri: str) -> Findings:
    """Ask the recorder at a SIP address; an address that is none raises SipError."""
    return await Deferred.fromFuture(asyncio.ensure_future(Probe(uri).run()))
