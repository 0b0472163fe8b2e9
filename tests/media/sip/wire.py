"""A wire without sockets, a recorder played by the test, and a listener that notes everything."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from twisted.internet.task import Clock

from tlibsim.media.sip.agent import UserAgent
from tlibsim.media.sip.headers import listed, parse_address
from tlibsim.media.sip.message import Message, Request, Response, first, parse_message
from tlibsim.media.sip.transports import ReactorClock
from tlibsim.media.sip.values import (
    Answer,
    End,
    Failure,
    Hop,
    InviteRequest,
    LegHandle,
    Received,
    Settings,
    Side,
    Transport,
)

RECORDER = Hop(transport=Transport.UDP, host="192.0.2.20", port=5060)
URI = "sip:record=rec-5f02@192.0.2.20:5060;calluuid=00A;dn=7001;recordDN=7001"


def offer(version: int = 1, direction: str = "sendonly", lines: int = 1) -> bytes:
    """Our SDP with one or more audio lines."""
    text = (
        f"v=0\r\no=tlibsim 4001 {version} IN IP4 192.0.2.10\r\ns=-\r\n"
        "c=IN IP4 192.0.2.10\r\nt=0 0\r\n"
    )
    for number in range(lines):
        text += (
            f"m=audio {20000 + 2 * number} RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n"
            f"a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na={direction}\r\n"
        )
    return text.encode()


def answer(direction: str = "recvonly", *ports: int, version: int = 1) -> bytes:
    """A recorder's SDP."""
    text = (
        f"v=0\r\no=rec 7 {version} IN IP4 192.0.2.20\r\ns=rec\r\n"
        "c=IN IP4 192.0.2.20\r\nt=0 0\r\n"
    )
    for port in ports or (42000,):
        text += f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={direction}\r\n"
    return text.encode()


@dataclass
class Wire:
    """The transport layer: keeps what was sent, delivers what the test says."""

    sent: list[tuple[Message, Hop]] = field(default_factory=list)
    errors: list[Callable[[str], None]] = field(default_factory=list)
    suspected: list[Hop] = field(default_factory=list)
    receiver: Received | None = None
    closed: bool = False
    seen: int = 0

    def open(self, receiver: Received) -> None:
        self.receiver = receiver

    def close(self) -> None:
        self.closed = True

    def local(self, hop: Hop) -> tuple[str, int]:
        return "192.0.2.10", 5064

    def suspect(self, hop: Hop) -> None:
        self.suspected.append(hop)

    def send(self, data: bytes, hop: Hop, on_error: Callable[[str], None]) -> None:
        self.sent.append((parse_message(data), hop))
        self.errors.append(on_error)

    def deliver(self, data: bytes, hop: Hop = RECORDER) -> None:
        assert self.receiver is not None
        self.receiver(data, hop)

    def new(self) -> list[Message]:
        """What was sent since the last look."""
        fresh = [message for message, _ in self.sent[self.seen :]]
        self.seen = len(self.sent)
        return fresh

    def methods(self) -> list[str]:
        """The same in short: methods, and codes of answers."""
        return [one.method if isinstance(one, Request) else str(one.code) for one in self.new()]

    def last(self, method: str) -> Request:
        for message, _ in reversed(self.sent):
            if isinstance(message, Request) and message.method == method:
                return message
        raise AssertionError(f"no {method} was sent")

    def last_response(self) -> Response:
        for message, _ in reversed(self.sent):
            if isinstance(message, Response):
                return message
        raise AssertionError("no answer was sent")

    def hop_of_last(self) -> Hop:
        return self.sent[-1][1]


@dataclass
class Notes:
    """A listener: one tuple an event, name first."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    inside: bool = False

    def names(self) -> list[str]:
        return [str(one[0]) for one in self.events]

    def _note(self, *event: Any) -> None:
        assert not self.inside, "told from inside an order"
        self.events.append(event)

    def provisional(self, leg: LegHandle, code: int, reason: str) -> None:
        self._note("provisional", code)

    def answered(self, leg: LegHandle, answer: Answer) -> None:
        self._note("answered", answer)

    def failed(self, leg: LegHandle, failure: Failure) -> None:
        self._note("failed", failure)

    def reinvite_done(self, leg: LegHandle, number: int, answer: Answer) -> None:
        self._note("reinvite_done", number, answer)

    def reinvite_failed(self, leg: LegHandle, number: int, failure: Failure) -> None:
        self._note("reinvite_failed", number, failure)

    def refreshed(self, leg: LegHandle, by: Side) -> None:
        self._note("refreshed", by)

    def reoffered(self, leg: LegHandle, theirs: Any, ours: Any) -> None:
        self._note("reoffered", theirs, ours)

    def informed(self, leg: LegHandle, content_type: str, body: bytes) -> None:
        self._note("informed", content_type, body)

    def info_done(self, leg: LegHandle, number: int, code: int) -> None:
        self._note("info_done", number, code)

    def ended(self, leg: LegHandle, end: End) -> None:
        self._note("ended", end)

    @property
    def failure(self) -> Failure:
        found = self.events[-1]
        assert found[0] == "failed", self.events
        return found[1]

    @property
    def end(self) -> End:
        found = self.events[-1]
        assert found[0] == "ended", self.events
        return found[1]


class Bed:
    """A user agent on a wire of the test, with a clock that the test turns."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.wire = Wire()
        self.notes = Notes()
        self.agent = UserAgent(
            self.wire, ReactorClock(self.clock), random.Random(7), Settings(**settings)
        )
        self.agent.open()

    def advance(self, seconds: float) -> None:
        """Let time pass in small steps, as timers set by timers want it."""
        end = self.clock.seconds() + seconds
        while True:
            due = [call.getTime() for call in self.clock.getDelayedCalls()]
            if not due or min(due) > end:
                break
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))
        self.clock.advance(max(0.0, end - self.clock.seconds()))

    def invite(self, uri: str = URI, body: bytes | None = None, **more: Any) -> LegHandle:
        self.notes.inside = True
        leg = self.agent.invite(
            InviteRequest(request_uri=uri, offer=offer() if body is None else body, **more),
            self.notes,
        )
        self.notes.inside = False
        return leg

    def up(self, *, headers: str = "", body: bytes | None = None, **more: Any) -> LegHandle:
        """A leg whose recorder answered, its ACK looked at."""
        leg = self.invite(**more)
        self.reply(
            self.wire.last("INVITE"),
            200,
            body=answer() if body is None else body,
            headers=headers,
        )
        self.wire.new()
        self.notes.events.clear()
        return leg

    def reinvite(self, leg: LegHandle, version: int = 2, direction: str = "inactive") -> int:
        """Order a re-INVITE and let it go out."""
        self.notes.inside = True
        number = leg.reinvite(offer(version, direction))
        self.notes.inside = False
        self.advance(0)
        return number

    def reply(
        self,
        request: Request,
        code: int,
        reason: str = "Reason",
        *,
        headers: str = "",
        body: bytes = b"",
        tag: str = "r1",
        contact: str = "sip:rec@192.0.2.20:5060",
        hop: Hop = RECORDER,
    ) -> bytes:
        """The recorder answers a request of ours; gives the bytes."""
        to = first(request.headers, "To") or ""
        if tag and code > 100 and ";tag=" not in to:
            to += f";tag={tag}"
        lines = [f"SIP/2.0 {code} {reason}"]
        lines += [f"Via: {one}" for one in listed(request.headers, "Via")]
        lines += [f"From: {first(request.headers, 'From')}", f"To: {to}"]
        lines += [f"{name}: {first(request.headers, name)}" for name in ("Call-ID", "CSeq")]
        lines += [f"Contact: <{contact}>"] if contact and code < 300 else []
        lines += [line for line in headers.split("\n") if line]
        lines += ["Content-Type: application/sdp"] if body else []
        lines += [f"Content-Length: {len(body)}", "", ""]
        data = "\r\n".join(lines).encode() + body
        self.wire.deliver(data, hop)
        return data

    def ask(
        self,
        leg: LegHandle,
        method: str,
        number: int = 100,
        *,
        headers: str = "",
        body: bytes = b"",
        kind: str = "application/sdp",
        branch: str = "z9hG4bKrec",
        from_tag: str = "r1",
        to_tag: str | None = None,
        call_id: str = "",
        hop: Hop = RECORDER,
    ) -> bytes:
        """The recorder sends a request in the dialog of a leg."""
        invite = self.wire.last("INVITE")
        ours = first(invite.headers, "From") or ""
        if to_tag is not None:
            ours = re.sub(r";tag=.*", f";tag={to_tag}" if to_tag else "", ours)
        lines = [
            f"{method} {parse_address(first(invite.headers, 'Contact') or '').uri} SIP/2.0",
            f"Via: SIP/2.0/UDP 192.0.2.20:5060;branch={branch}{number}{method if method != 'ACK' else 'a'}",
            f"From: <sip:record@192.0.2.20>;tag={from_tag}",
            f"To: {ours}",
            f"Call-ID: {call_id or leg.call_id}",
            f"CSeq: {number} {method}",
            *[line for line in headers.split("\n") if line],
        ]
        if method in {"INVITE", "UPDATE"}:
            lines.append("Contact: <sip:rec@192.0.2.20:5060>")
        lines += [f"Content-Type: {kind}"] if body else []
        lines += [f"Content-Length: {len(body)}", "", ""]
        data = "\r\n".join(lines).encode() + body
        self.wire.deliver(data, hop)
        return data


def without_connection(hop: Hop) -> Hop:
    return replace(hop, connection=0)
