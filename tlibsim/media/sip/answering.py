"""What a recorder asks of us: BYE, INFO, OPTIONS, UPDATE and re-INVITE inside a dialog.

Offers of the recorder are answered from the last wish of ours: same lines, direction as far as
both want it (MEDIA.md 3.2 points 5 and 7, RFC 3264, RFC 3311, RFC 4028).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tlibsim.media.sip.bodies import sdp_of
from tlibsim.media.sip.dialog import Dialog
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import listed, parse_interval, parse_sequence
from tlibsim.media.sip.layer import Server
from tlibsim.media.sip.message import Request, first, shown
from tlibsim.media.sip.negotiation import agree, answer_to, versioned
from tlibsim.media.sip.offering import Offering
from tlibsim.media.sip.sdp import SessionDescription, parse, render
from tlibsim.media.sip.sessiontimer import SessionTimer
from tlibsim.media.sip.stack import METHODS, REASONS, Stack
from tlibsim.media.sip.values import SDP_TYPE, Headers

KNOWN_OPTIONS = frozenset({"timer"})
ACCEPTED = ("Accept", SDP_TYPE)
_OTHERS = frozenset({"MESSAGE", "NOTIFY", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE"})


@dataclass(slots=True)
class LocalMedia:
    """Our side of the session: what we want, and what we said last (with its body)."""

    wished: SessionDescription
    said: SessionDescription
    body: bytes

    def taken(self, ours: SessionDescription) -> None:
        """An offer of ours was accepted."""
        self.wished = self.said = ours
        self.body = render(ours)

    def spoken(self, ours: SessionDescription) -> None:
        """We answered an offer of the recorder with this."""
        self.said = ours
        self.body = render(ours)


class Answerer(Protocol):
    """The leg, as requests of its recorder see it."""

    def contact_headers(self) -> Headers: ...
    def ended_by_recorder(self, cause: str) -> None: ...
    def lost(self, cause: str) -> None: ...
    def informed(self, content_type: str, body: bytes) -> None: ...
    def reoffered(
        self, theirs: SessionDescription | None, ours: SessionDescription | None
    ) -> None:
        """Both None, or nothing changed: it was a refresh."""


@dataclass(frozen=True, slots=True)
class _Unacknowledged:
    server: Server
    number: int
    ours: SessionDescription
    delayed: bool


class Answering:
    """The requests of one recorder in one dialog."""

    def __init__(
        self,
        stack: Stack,
        dialog: Dialog,
        timer: SessionTimer,
        offering: Offering,
        local: LocalMedia,
        answerer: Answerer,
    ) -> None:
        self._stack = stack
        self._dialog = dialog
        self._timer = timer
        self._offering = offering
        self._local = local
        self._answerer = answerer
        self._waiting: _Unacknowledged | None = None
        self._methods: Mapping[str, Callable[[Server], None]] = {
            "BYE": self._bye,
            "INFO": self._inform,
            "OPTIONS": self._options,
            "UPDATE": self._update,
            "INVITE": self._invite,
        }

    @property
    def peer_is_asking(self) -> bool:
        """Whether an INVITE of the recorder has our 2xx and no ACK yet."""
        return self._waiting is not None

    def requested(self, server: Server) -> None:
        request = server.request
        number = parse_sequence(first(request.headers, "CSeq")).number
        if not self._dialog.in_order(number) and request.method != "BYE":
            refuse(server, 500)
            return
        unknown = unknown_options(request)
        method = self._methods.get(request.method)
        if method is None:
            refuse_method(server)
        elif unknown and request.method != "BYE":
            refuse(server, 420, (("Unsupported", ", ".join(unknown)),))
        else:
            method(server)

    def acknowledged(self, request: Request) -> None:
        """An ACK of the recorder, with its answer when the offer was ours."""
        waiting = self._waiting
        number = parse_sequence(first(request.headers, "CSeq")).number
        if waiting is None or number != waiting.number:
            return
        self._waiting = None
        waiting.server.acknowledge()
        if not waiting.delayed or self._answered_by(request, waiting.ours):
            self._offering.peer_done()

    def _answered_by(self, ack: Request, ours: SessionDescription) -> bool:
        """Take the answer to our offer; an ACK without any leaves all as it was."""
        theirs = None
        try:
            body = sdp_of(ack.headers, ack.body)
            if body:
                theirs = parse(body)
                agree(ours, theirs)
        except SipError as error:
            self._answerer.lost(f"the ACK has no usable answer: {error.cause}")
            return False
        self._answerer.reoffered(theirs, ours)
        return True

    def _bye(self, server: Server) -> None:
        server.respond(200, "OK")
        reason = shown(first(server.request.headers, "Reason") or "")
        self._answerer.ended_by_recorder(f"BYE ({reason})" if reason else "BYE")

    def _inform(self, server: Server) -> None:
        server.respond(200, "OK")
        kind = shown(first(server.request.headers, "Content-Type") or "")
        self._answerer.informed(kind, server.request.body)

    def _options(self, server: Server) -> None:
        server.respond(
            200, "OK", (*self._answerer.contact_headers(), *capabilities(self._stack))
        )

    def _update(self, server: Server) -> None:
        if server.request.body and self._offering.busy:
            refuse(server, 491)
        elif server.request.body and self._waiting is not None:
            refuse(server, 500, (("Retry-After", "2"),))
        else:
            self._answer(server)

    def _invite(self, server: Server) -> None:
        if self._offering.busy or self._waiting is not None:
            refuse(server, 491)
        else:
            self._answer(server)

    def _answer(self, server: Server) -> None:
        request = server.request
        interval = parse_interval(first(request.headers, "Session-Expires"))
        least = self._stack.settings.min_se
        if interval is not None and interval.seconds < least:
            refuse(server, 422, (("Min-SE", str(least)),))
            return
        try:
            theirs, ours = self._negotiate(request)
        except SipError as error:
            headers = (ACCEPTED,) if error.code == 415 else ()
            refuse(server, error.code if error.code == 415 else 488, headers)
            return
        self._timer.asked(interval)
        self._dialog.retarget(request.headers)
        if ours is not None:
            self._local.spoken(ours)
        self._accept(server, ours, theirs)
        if theirs is not None or request.method == "UPDATE":
            self._answerer.reoffered(theirs, ours)

    def _negotiate(
        self, request: Request
    ) -> tuple[SessionDescription | None, SessionDescription | None]:
        """Their offer and our answer; without an offer, our own (re-INVITE) or nothing."""
        body = sdp_of(request.headers, request.body)
        if body:
            theirs = parse(body)
            return theirs, versioned(answer_to(theirs, self._local.wished), self._local.said)
        if request.method == "INVITE":
            return None, versioned(self._local.wished, self._local.said)
        return None, None

    def _accept(
        self,
        server: Server,
        ours: SessionDescription | None,
        theirs: SessionDescription | None,
    ) -> None:
        request = server.request
        timer = self._timer.header(we_ask=False)
        if timer and "timer" in _tokens(request, "Supported"):
            timer = (("Require", "timer"), *timer)
        if ours is not None and request.method == "INVITE":
            number = parse_sequence(first(request.headers, "CSeq")).number
            self._waiting = _Unacknowledged(server, number, ours, theirs is None)
            server.unacknowledged = lambda: self._no_ack(server)
        kind = (("Content-Type", SDP_TYPE),) if ours is not None else ()
        server.respond(
            200,
            "OK",
            (*self._answerer.contact_headers(), *self._stack.own_headers, *timer, *kind),
            self._local.body if ours is not None else b"",
        )

    def _no_ack(self, server: Server) -> None:
        if self._waiting is not None and self._waiting.server is server:
            self._waiting = None
            self._answerer.lost("no ACK for our 200")


def refuse(server: Server, code: int, headers: Headers = (), tag: str = "") -> None:
    """Answer with an error in our words."""
    server.respond(code, REASONS[code], headers, tag=tag)


def refuse_method(server: Server, tag: str = "") -> None:
    """405 for a method that we know but do not do, else 501."""
    known = server.request.method in _OTHERS
    refuse(server, 405 if known else 501, (("Allow", METHODS),), tag)


def capabilities(stack: Stack) -> Headers:
    """What an answer to OPTIONS tells (RFC 3261 11.2)."""
    return (*stack.own_headers, ACCEPTED)


def unknown_options(request: Request) -> tuple[str, ...]:
    """The members of Require that we do not know."""
    return tuple(one for one in listed(request.headers, "Require") if one not in KNOWN_OPTIONS)


def _tokens(request: Request, name: str) -> frozenset[str]:
    return frozenset(one.lower() for one in listed(request.headers, name))
