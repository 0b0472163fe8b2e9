"""The SIP side of the reference recorder: a user agent server over UDP, in a thread of its own.

It answers INVITE, re-INVITE, BYE, OPTIONS, INFO and UPDATE as RFC 3261 asks; what it answers an
offer with is in ``lines``.
"""

import contextlib
import re
import socket
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import unquote

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_address, parse_sequence, parse_via
from tlibsim.media.sip.message import (
    Request,
    Response,
    every,
    first,
    parse_message,
    render_message,
)
from tlibsim.media.sip.sdp import parse as parse_sdp
from tlibsim.media.sip.uri import parse_uri
from tlibsim.media.sip.values import Headers
from tlibsim.testing.recorder.lines import Lines

_MOST_REMEMBERED = 256
_DATAGRAM = 65_536
_TURN_S = 0.05
_SOON_S = 0.3
_REASONS = {200: "OK", 481: "Call/Transaction Does Not Exist", 486: "Busy Here"}
_PARAMETER = re.compile(r";([^;=?]+)=([^;?]*)")
_ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE"

Address = tuple[str, int]


@dataclass(slots=True)
class Dialog:
    """One session: who is recorded, its lines, and whether it is over."""

    call_id: str
    tag: str
    record_id: str
    call_uuid: str
    dn: str
    other_dn: str
    lines: Lines
    invite: Request
    peer: Address
    ended: bool = False
    offers: list[bytes] = field(default_factory=list)


class SipServer:
    """Takes sessions; ``changed`` is told of each that begins or ends.

    ``refusals`` are the codes with which the next sessions are refused, one each.
    """

    def __init__(
        self,
        host: str,
        port: int,
        bugs: frozenset[str],
        changed: Callable[[Dialog], None],
        seed: int = 1,
    ) -> None:
        self._bugs = bugs
        self._changed = changed
        self._rng = Random(seed)
        self._host = host
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        self._socket.settimeout(_TURN_S)
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._thread = threading.Thread(target=self._run, name="recorder-sip", daemon=True)
        self._closing = False
        self.dialogs: dict[str, Dialog] = {}
        self.refusals: deque[int] = deque()
        self.lock = threading.Lock()
        self._sender: Address = ("", 0)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop, and close what is open."""
        self._closing = True
        self._thread.join(timeout=2)
        self._socket.close()
        with self.lock:
            for dialog in self.dialogs.values():
                dialog.lines.close()

    # -- messages ------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing:
            try:
                data, sender = self._socket.recvfrom(_DATAGRAM)
            except TimeoutError:
                continue
            except OSError:
                return
            with contextlib.suppress(SipError):
                message = parse_message(data)
                if isinstance(message, Request) and message.method != "ACK":
                    self._take(message, sender)

    def _take(self, request: Request, sender: Address) -> None:
        """Answer a request; one that comes again gets the same answer again."""
        via = parse_via(first(request.headers, "Via") or "")
        key = f"{via.branch} {request.method}"
        known = self._answers.get(key)
        repeated_as_new = {
            "new-tag",
            "two-sessions",
        } & self._bugs and request.method == "INVITE"
        if known is not None and not repeated_as_new:
            self._socket.sendto(known, sender)
            return
        with self.lock:
            response = self._answer(request, sender)
        if response is None:
            return
        data = self._spoiled(render_message(response), request)
        self._answers[key] = data
        while len(self._answers) > _MOST_REMEMBERED:
            self._answers.popitem(last=False)
        self._socket.sendto(data, sender)

    def _answer(self, request: Request, sender: Address) -> Response | None:
        self._sender = sender
        return _METHODS.get(request.method, SipServer._refused)(self, request)

    def _spoiled(self, data: bytes, request: Request) -> bytes:
        """An answer to an INVITE that fits no request, if that is our mistake."""
        if request.method == "INVITE" and "wrong-branch" in self._bugs:
            return data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKmine-")
        if request.method == "INVITE" and "wrong-sequence" in self._bugs:
            return re.sub(rb"\nCSeq: \d+", b"\nCSeq: 7000", data)
        return data

    def hang_up(self) -> int:
        """End all sessions with BYE; how many there were."""
        with self.lock:
            live = [dialog for dialog in self.dialogs.values() if not dialog.ended]
            for dialog in live:
                self._socket.sendto(render_message(self._bye_for(dialog)), dialog.peer)
                self._end(dialog)
        return len(live)

    def _bye_for(self, dialog: Dialog) -> Request:
        """The request that ends a session from here (RFC 3261, 12.2.1.1)."""
        asked = dialog.invite.headers
        target = parse_address(first(asked, "Contact") or first(asked, "From") or "").uri
        via = f"SIP/2.0/UDP {self._host}:{self.port};branch=z9hG4bK{self._tag()};rport"
        headers = (
            ("Via", via),
            ("Max-Forwards", "70"),
            *(("Route", one) for one in every(asked, "Record-Route")),
            ("From", f"{first(asked, 'To')};tag={dialog.tag}"),
            ("To", first(asked, "From") or ""),
            ("Call-ID", dialog.call_id),
            ("CSeq", "1 BYE"),
        )
        return Request(method="BYE", uri=target, headers=headers, body=b"")

    def _refused(self, request: Request) -> Response:
        return self._response(request, 405)

    # -- methods -------------------------------------------------------------------------------

    def _options(self, request: Request) -> Response | None:
        if "deaf-to-options" in self._bugs:
            return None
        if "unavailable" in self._bugs:
            return self._response(request, 503)
        return self._response(request, 200, (("Allow", _ALLOW), ("Accept", "application/sdp")))

    def _invite(self, request: Request) -> Response | None:
        to = parse_address(first(request.headers, "To") or "")
        call_id = first(request.headers, "Call-ID") or ""
        dialog = self.dialogs.get(call_id)
        if not to.tag:
            return self._new(request, call_id)
        if dialog is None or dialog.ended or dialog.tag != to.tag:
            return self._response(request, 481)
        return self._renewed(request, dialog)

    def _new(self, request: Request, call_id: str) -> Response | None:
        words = dict(_PARAMETER.findall(request.uri))
        record_id = unquote(request.uri.partition("record=")[2].partition("@")[0])
        call_uuid = unquote(words.get("calluuid", ""))
        if self.refusals and call_id not in self.dialogs:
            return self._response(request, self.refusals.popleft(), tag=self._tag())
        others = [one for one in self.dialogs.values() if one.call_uuid == call_uuid]
        if others and call_id not in self.dialogs:
            if "drops-second" in self._bugs:
                return None
            if "busy-for-second" in self._bugs:
                return self._response(request, 486, tag=self._tag())
        known = self.dialogs.get(call_id)
        if known is not None and "two-sessions" not in self._bugs:
            tag = self._tag() if "new-tag" in self._bugs else known.tag
            return self._accepted(request, known, tag)
        dialog = Dialog(
            call_id=call_id,
            tag=self._tag(),
            record_id=record_id,
            call_uuid=call_uuid,
            dn=unquote(words.get("dn", "")),
            other_dn=unquote(words.get("otherDN", "")),
            lines=Lines(self._host, self._bugs),
            invite=request,
            peer=self._sender,
        )
        self.dialogs[call_id] = dialog
        response = self._accepted(request, dialog, dialog.tag)
        self._changed(dialog)
        return response

    def _renewed(self, request: Request, dialog: Dialog) -> Response | None:
        """A re-INVITE: a pause, its end, another party, or a refresh."""
        kind = dialog.lines.kind_of(parse_sdp(request.body)) if request.body else "refresh"
        refusal = {
            "pause": "refuses-pause",
            "resume": "refuses-resume",
            "party": "refuses-party",
            "refresh": "refuses-refresh",
        }
        if refusal.get(kind) in self._bugs:
            return self._response(request, 488)
        if "deaf-to-reinvite" in self._bugs:
            return None
        if kind == "pause" and "ends-on-pause" in self._bugs:
            self._end(dialog)
            return self._response(request, 481)
        if kind == "party" and "ends-on-party" in self._bugs:
            self._hang_up(request, dialog)
        return self._accepted(request, dialog, dialog.tag)

    def _accepted(self, request: Request, dialog: Dialog, tag: str) -> Response:
        dialog.offers.append(request.body)
        body = dialog.lines.answer(request.body)
        port = 9 if "wrong-contact" in self._bugs else self.port
        headers: list[tuple[str, str]] = [("Contact", f"<sip:recorder@{self._host}:{port}>")]
        if "no-contact" in self._bugs:
            headers.clear()
        if "hangs-up" in self._bugs:
            self._hang_up(request, dialog)
        expires = first(request.headers, "Session-Expires")
        if expires:
            headers += [("Require", "timer"), ("Session-Expires", expires)]
        if "no-sdp" in self._bugs:
            return self._response(request, 200, tuple(headers), tag=tag)
        headers.append(("Content-Type", "application/sdp"))
        return self._response(request, 200, tuple(headers), body, tag)

    def _bye(self, request: Request) -> Response | None:
        dialog = self.dialogs.get(first(request.headers, "Call-ID") or "")
        if dialog is None or dialog.ended:
            return self._response(request, 200 if "accepts-any-bye" in self._bugs else 481)
        if "deaf-to-bye" in self._bugs:
            return None
        self._end(dialog)
        return self._response(request, 481 if "wrong-bye" in self._bugs else 200)

    def _inside(self, request: Request) -> Response:
        known = self.dialogs.get(first(request.headers, "Call-ID") or "")
        return self._response(request, 200 if known and not known.ended else 481)

    def _cancel(self, request: Request) -> Response:
        return self._response(request, 481)

    def _end(self, dialog: Dialog) -> None:
        dialog.ended = True
        dialog.lines.close()
        self._changed(dialog)

    def _hang_up(self, invite: Request, dialog: Dialog) -> None:
        """Send a BYE of our own in a moment: two mistakes that recorders make."""
        there = parse_uri(parse_address(first(invite.headers, "Contact") or "").uri)
        bye = Request(
            method="BYE",
            uri=str(there),
            headers=(
                ("Via", f"SIP/2.0/UDP {self._host}:{self.port};branch=z9hG4bK{self._tag()}"),
                ("Max-Forwards", "70"),
                ("From", f"{first(invite.headers, 'To')};tag={dialog.tag}"),
                ("To", first(invite.headers, "From") or ""),
                ("Call-ID", dialog.call_id),
                ("CSeq", "1 BYE"),
            ),
        )
        place = (there.host, there.port)
        data = render_message(bye)
        threading.Timer(_SOON_S, self._socket.sendto, (data, place)).start()

    # -- answers -------------------------------------------------------------------------------

    def _tag(self) -> str:
        return f"{self._rng.getrandbits(48):012x}"

    def _response(
        self,
        request: Request,
        code: int,
        headers: Headers = (),
        body: bytes = b"",
        tag: str = "",
    ) -> Response:
        to = first(request.headers, "To") or ""
        if tag and "tag=" not in to:
            to = f"{to};tag={tag}"
        copied = [("Via", via) for via in every(request.headers, "Via")]
        copied += [("Record-Route", one) for one in every(request.headers, "Record-Route")]
        copied += [("From", first(request.headers, "From") or ""), ("To", to)]
        copied.append(("Call-ID", first(request.headers, "Call-ID") or ""))
        copied.append(("CSeq", str_of(parse_sequence(first(request.headers, "CSeq")))))
        return Response(
            code=code,
            reason=_REASONS.get(code, "Refused"),
            headers=(*copied, *headers, ("Server", "tlibsim reference recorder")),
            body=body,
        )


def str_of(sequence: object) -> str:
    """A CSeq as it is written."""
    return f"{getattr(sequence, 'number', 0)} {getattr(sequence, 'method', '')}"


_METHODS: dict[str, Callable[[SipServer, Request], Response | None]] = {
    "INVITE": SipServer._invite,
    "BYE": SipServer._bye,
    "OPTIONS": SipServer._options,
    "INFO": SipServer._inside,
    "UPDATE": SipServer._inside,
    "CANCEL": SipServer._cancel,
}
