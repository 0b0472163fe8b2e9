"""The user agent of the recording client: invites recorders, keeps dialogs, answers requests.

The values and protocols of its interface are in :mod:`tlibsim.media.sip.values` and can be
imported from here.  Source: MEDIA.md 3.2.
"""

import secrets
from collections.abc import Callable

from tlibsim.media.sip.answering import capabilities, refuse, refuse_method, unknown_options
from tlibsim.media.sip.dialog import MAX_FORWARDS, tag_of
from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import parse_sequence
from tlibsim.media.sip.layer import Outcome, Server, TransactionLayer
from tlibsim.media.sip.leg import Leg
from tlibsim.media.sip.message import Request, Response, first
from tlibsim.media.sip.stack import REASONS, Pacer, Stack, failure_of
from tlibsim.media.sip.uri import SipUri, hop_to, parse_uri, plain
from tlibsim.media.sip.values import (
    SDP_TYPE,
    Agent,
    Answer,
    Clock,
    Credentials,
    End,
    Failure,
    Headers,
    Hop,
    InviteRequest,
    LegHandle,
    LegListener,
    LegState,
    OptionsResult,
    Ping,
    Randomness,
    Settings,
    Side,
    Timer,
    Traffic,
    Transport,
    TransportLayer,
)

__all__ = [
    "SDP_TYPE",
    "Agent",
    "Answer",
    "Clock",
    "Credentials",
    "End",
    "Failure",
    "Hop",
    "InviteRequest",
    "LegHandle",
    "LegListener",
    "LegState",
    "OptionsResult",
    "Ping",
    "Settings",
    "Side",
    "Traffic",
    "Transport",
    "UserAgent",
]

_INSIDE = frozenset({"BYE", "INFO", "UPDATE", "PRACK"})
"""Methods that make sense inside a dialog only."""


class _Ping:
    """An OPTIONS on its way, whose asker may lose interest."""

    def __init__(self, done: Callable[[OptionsResult], None]) -> None:
        self._done: Callable[[OptionsResult], None] | None = done

    def tell(self, result: OptionsResult) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(result)

    def outcome(self, outcome: Outcome) -> None:
        if isinstance(outcome, Response) and not outcome.final:
            return
        failure = failure_of(outcome)
        code = failure.code if failure.answered else 0
        self.tell(
            OptionsResult(
                code=code,
                cause=failure.cause,
                retry_after=failure.retry_after,
                headers=failure.headers,
            )
        )

    def cancel(self) -> None:
        self._done = None


class UserAgent:
    """Everything SIP over one transport layer; runs on the thread of its clock.

    ``traffic``, when set, is told of every message that goes out or comes in.  ``salt`` is in
    each Call-ID and branch; a fresh one keeps a restart with the same seed from looking like
    repeated messages to a recorder that remembers the last run.
    """

    def __init__(
        self,
        transports: TransportLayer,
        clock: Clock,
        rng: Randomness,
        settings: Settings | None = None,
        traffic: Callable[[Traffic], None] | None = None,
        salt: str | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._salt = secrets.token_hex(6) if salt is None else salt
        self._transports = transports
        layer = TransactionLayer(transports, clock, rng, self.settings, self, self._salt)
        layer.traffic = traffic
        pacer = Pacer(clock, self.settings.batch)
        self._stack = Stack(layer, clock, rng, self.settings, pacer)
        self._legs: dict[str, Leg] = {}
        self._ended: dict[str, tuple[Leg, Timer]] = {}

    @property
    def legs(self) -> int:
        """How many legs are not over."""
        return len(self._legs)

    @property
    def open_transactions(self) -> int:
        return self._stack.layer.open_transactions

    def open(self) -> None:
        """Begin to listen; raises OSError when an address cannot be had."""
        self._transports.open(self._stack.layer.received)

    def close(self) -> None:
        """Stop: every leg that is up gets one BYE, nothing more is told or waited for."""
        self._stack.pacer.close()
        for leg in tuple(self._legs.values()):
            leg.mute()
            leg.bye()
            leg.close()
        for _, timer in self._ended.values():
            timer.cancel()
        self._legs.clear()
        self._ended.clear()
        self._stack.layer.close()
        self._transports.close()

    def invite(self, request: InviteRequest, listener: LegListener) -> LegHandle:
        """Invite a recorder; a request that cannot be sent fails by the listener."""
        stack = self._stack
        call_id = self._call_id()
        leg = Leg(stack, request, call_id, listener, self._over)
        if len(self._legs) >= self.settings.max_legs:
            full = Failure(code=503, cause="too many legs at once", answered=False)
            stack.later(lambda: leg.refused(full))
        else:
            self._legs[call_id] = leg
            stack.pacer.run(leg.start)
        return leg

    def options(
        self,
        uri: str,
        done: Callable[[OptionsResult], None],
        *,
        transport: Transport = Transport.UDP,
        next_hop: Hop | None = None,
        timeout: float = 0.0,
    ) -> Ping:
        """Ask whether a recorder is there (MEDIA.md 5.7); ``done`` is called once, later."""
        ping = _Ping(done)
        try:
            target = parse_uri(uri)
            hop = next_hop or hop_to(target, transport)
            self._stack.layer.request(self._ping(uri, target, hop), hop, ping.outcome, timeout)
        except SipError as error:
            result = OptionsResult(code=0, cause=error.cause)
            self._stack.later(lambda: ping.tell(result))
        return ping

    def _ping(self, uri: str, target: SipUri, hop: Hop) -> Request:
        stack, user = self._stack, self.settings.user
        scheme = "sips" if target.secure else "sip"
        return Request(
            method="OPTIONS",
            uri=uri,
            headers=(
                MAX_FORWARDS,
                ("From", f"<{scheme}:{user}@{stack.place(hop)}>;tag={stack.token()}"),
                ("To", f"<{plain(target)}>"),
                ("Call-ID", self._call_id()),
                ("CSeq", "1 OPTIONS"),
                ("Contact", stack.contact(hop, user, "", secure=target.secure)),
                *capabilities(stack),
            ),
        )

    def _call_id(self) -> str:
        return f"{self._salt}{self._stack.token()}@{self.settings.product}"

    # Of the transaction layer.

    def requested(self, server: Server) -> None:
        """A request from outside: for a leg by its tags, or of a stranger."""
        request = server.request
        if request.method == "CANCEL":
            known = self._stack.layer.invite_of(request) is not None
            server.respond(200 if known else 481, "OK" if known else REASONS[481])
            return
        if not all(first(request.headers, name) for name in ("From", "To", "Call-ID")):
            refuse(server, 400)
            return
        leg = self._leg_of(request.headers)
        if leg is not None and leg.fits(request):
            leg.requested(server)
        elif tag_of(first(request.headers, "To")):
            refuse(server, 481)
        else:
            self._stranger(server)

    def acknowledged(self, request: Request) -> None:
        leg = self._leg_of(request.headers)
        if leg is not None and leg.fits(request):
            leg.acknowledged(request)

    def stray(self, response: Response) -> None:
        sequence = parse_sequence(first(response.headers, "CSeq"))
        leg = self._leg_of(response.headers)
        if leg is not None and sequence.method == "INVITE" and response.success:
            leg.stray(response)

    def _stranger(self, server: Server) -> None:
        """A request outside any dialog: we can be pinged, but nobody can call us."""
        request, tag = server.request, self._stack.token()
        unknown = unknown_options(request)
        if unknown:
            refuse(server, 420, (("Unsupported", ", ".join(unknown)),), tag)
        elif request.method == "OPTIONS":
            server.respond(200, "OK", capabilities(self._stack), tag=tag)
        elif request.method in _INSIDE:
            refuse(server, 481, tag=tag)
        elif request.method == "INVITE":
            refuse(server, 403, tag=tag)
        else:
            refuse_method(server, tag)

    def _leg_of(self, headers: Headers) -> Leg | None:
        call_id = first(headers, "Call-ID") or ""
        found = self._legs.get(call_id)
        if found is None and call_id in self._ended:
            found = self._ended[call_id][0]
        return found

    def _over(self, leg: Leg) -> None:
        """Keep a leg that is over for a while: late answers to it need an ACK and a BYE."""
        if self._legs.pop(leg.call_id, None) is not None:
            timer = self._stack.clock.call_later(
                self.settings.linger, lambda: self._forget(leg.call_id)
            )
            self._ended[leg.call_id] = (leg, timer)

    def _forget(self, call_id: str) -> None:
        del self._ended[call_id]
