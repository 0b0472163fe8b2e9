"""Runs the transaction machines: finds the one a message belongs to, keeps its timers.

Between the user agent (requests and answers as values) and the transport layer (bytes).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from tlibsim.media.sip.errors import SipError
from tlibsim.media.sip.headers import listed, parse_sequence, parse_via, with_received
from tlibsim.media.sip.message import (
    Message,
    Request,
    Response,
    every,
    first,
    parse_message,
    prepended,
    render_message,
)
from tlibsim.media.sip.misfits import misfit
from tlibsim.media.sip.transactions import (
    Action,
    Actions,
    Arm,
    Clockwork,
    Disarm,
    Done,
    InviteClient,
    InviteServer,
    RequestClient,
    RequestServer,
    Send,
    Silent,
    Tell,
)
from tlibsim.media.sip.uri import bracketed
from tlibsim.media.sip.values import (
    Clock,
    Headers,
    Hop,
    Randomness,
    Settings,
    Timer,
    Traffic,
    TransportLayer,
)

COOKIE = "z9hG4bK"
_COPIED = ("From", "To", "Call-ID", "CSeq")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """No answer will come: silence (``broken`` False), or the network said so."""

    cause: str
    broken: bool = False


Outcome = Response | Unanswered


class Core(Protocol):
    """The user of the layer, for what no transaction of ours waits for."""

    def requested(self, server: "Server") -> None:
        """A new request; ``server.respond`` must be called, now or later."""

    def acknowledged(self, request: Request) -> None:
        """An ACK that belongs to no refused INVITE: it is for a 2xx."""

    def stray(self, response: Response) -> None:
        """A response that no transaction knows: perhaps a late or repeated 2xx."""


class _Running:
    """Timers and sending of one transaction, whatever its machine."""

    def __init__(self, layer: "TransactionLayer", hop: Hop, forget: Callable[[], None]) -> None:
        self.layer = layer
        self.hop = hop
        self._forget = forget
        self._timers: dict[Clockwork, Timer] = {}

    def run(self, actions: Actions, ran_out: Callable[[Clockwork], None]) -> list[Action]:
        """Take the actions; those for the user (Tell, Silent) are given back."""
        told: list[Action] = []
        for action in actions:
            match action:
                case Send(data):
                    self.layer.transmit(data, self.hop, self.broken)
                case Arm(timer, delay):
                    self.disarm(timer)
                    self._timers[timer] = self.layer.clock.call_later(
                        delay, partial(ran_out, timer)
                    )
                case Disarm(timer):
                    self.disarm(timer)
                case Done():
                    self.over()
                case Tell() | Silent():
                    told.append(action)
        return told

    def disarm(self, timer: Clockwork) -> None:
        running = self._timers.pop(timer, None)
        if running is not None:
            running.cancel()

    def over(self) -> None:
        for timer in tuple(self._timers):
            self.disarm(timer)
        self._forget()

    def broken(self, cause: str) -> None:
        """The network could not take what was sent."""


class Client(_Running):
    """A request of ours on its way; ``tell`` gets each outcome, on a later turn."""

    def __init__(
        self,
        layer: "TransactionLayer",
        request: Request,
        branch: str,
        hop: Hop,
        tell: Callable[[Outcome], None],
        timeout: float,
    ) -> None:
        self.key = (branch, request.method)
        super().__init__(layer, hop, lambda: layer.forget_client(self.key))
        self.request = request
        self.response: Response | None = None
        self.misfit = ""
        self._tell = tell
        data = render_message(self.request)
        settings, reliable = layer.settings, hop.transport.reliable
        self._machine: InviteClient | RequestClient
        if request.method == "INVITE":
            self._machine = InviteClient(
                data, self._refusal_ack, reliable=reliable, settings=settings
            )
        else:
            self._machine = RequestClient(
                data, reliable=reliable, settings=settings, timeout=timeout
            )

    def start(self) -> None:
        self._do(self._machine.start())

    def received(self, response: Response) -> None:
        self.response = response
        self._do(self._machine.received(response))

    @property
    def waits(self) -> bool:
        """Whether no final answer came so far."""
        return self.response is None or not self.response.final

    def silence(self, seconds: float) -> str:
        """That no answer came, and what came in its place."""
        cause = f"no answer in {seconds:g} s"
        return f"{cause}; {self.misfit}" if self.misfit else cause

    def broken(self, cause: str) -> None:
        if self.layer.knows_client(self.key) and self.response is None:
            self.over()
            self._tell(Unanswered(cause=cause, broken=True))

    def abandon(self) -> None:
        """Wait no longer; what still comes is a stray response."""
        self.over()

    def cancel(self) -> None:
        """Send a CANCEL for this INVITE (RFC 3261 9.1); its own answer is of no interest."""
        number = parse_sequence(first(self.request.headers, "CSeq")).number
        headers = (
            ("Via", every(self.request.headers, "Via")[0]),
            *_same(self.request.headers, "Route", "Max-Forwards", "From", "To", "Call-ID"),
            ("CSeq", f"{number} CANCEL"),
        )
        cancel = Request(method="CANCEL", uri=self.request.uri, headers=headers)
        self.layer.start(cancel, self.key[0], self.hop, lambda _: None)

    def _refusal_ack(self, response: Response) -> bytes:
        """The ACK of the transaction itself: same branch (RFC 3261 17.1.1.3)."""
        number = parse_sequence(first(self.request.headers, "CSeq")).number
        to = first(response.headers, "To") or first(self.request.headers, "To") or ""
        headers = (
            ("Via", every(self.request.headers, "Via")[0]),
            *_same(self.request.headers, "Route", "Max-Forwards", "From"),
            ("To", to),
            *_same(self.request.headers, "Call-ID"),
            ("CSeq", f"{number} ACK"),
        )
        return render_message(Request(method="ACK", uri=self.request.uri, headers=headers))

    def _do(self, actions: Actions) -> None:
        for action in self.run(actions, lambda timer: self._do(self._machine.ran_out(timer))):
            if isinstance(action, Tell):
                self._tell(action.response)
            elif isinstance(action, Silent):
                self.layer.suspect(self.hop)
                self._tell(Unanswered(cause=self.silence(action.seconds)))


class Server(_Running):
    """A request of the peer; ``respond`` sends the answer.

    ``unacknowledged`` is called when the ACK for our 2xx never came.
    """

    def __init__(
        self, layer: "TransactionLayer", key: tuple[str, ...], request: Request, origin: Hop
    ) -> None:
        super().__init__(
            layer, layer.answer_hop(request, origin), lambda: layer.forget_server(key)
        )
        self.request = request
        self.origin = origin
        self.unacknowledged: Callable[[], None] = lambda: None
        reliable = origin.transport.reliable
        self._machine: InviteServer | RequestServer = (
            InviteServer(reliable=reliable, settings=layer.settings)
            if request.method == "INVITE"
            else RequestServer(reliable=reliable, settings=layer.settings)
        )

    def respond(
        self, code: int, reason: str, headers: Headers = (), body: bytes = b"", tag: str = ""
    ) -> None:
        """Answer; ``tag`` is added to a To that has none."""
        response = Response(
            code=code,
            reason=reason,
            headers=(*answer_headers(self.request, self.origin, tag), *headers),
            body=body,
        )
        self._do(self._machine.respond(code, render_message(response)))

    def repeated(self) -> None:
        self._do(self._machine.repeated())

    def acknowledge(self) -> None:
        """The ACK is here."""
        if isinstance(self._machine, InviteServer):
            self._do(self._machine.acknowledged())

    def _do(self, actions: Actions) -> None:
        if self.run(actions, lambda timer: self._do(self._machine.ran_out(timer))):
            self.unacknowledged()


class TransactionLayer:
    """All transactions of one user agent."""

    def __init__(
        self,
        transports: TransportLayer,
        clock: Clock,
        rng: Randomness,
        settings: Settings,
        core: Core,
        salt: str = "",
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.traffic: Callable[[Traffic], None] | None = None
        self._transports = transports
        self._rng = rng
        self._core = core
        self._salt = salt
        self._clients: dict[tuple[str, str], Client] = {}
        self._servers: dict[tuple[str, ...], Server] = {}

    # Requests of ours.

    def request(
        self,
        request: Request,
        hop: Hop,
        tell: Callable[[Outcome], None],
        timeout: float = 0.0,
    ) -> Client:
        """Send a request that has no Via yet; raises SipError when it cannot be written."""
        branch = self.new_branch()
        routed = prepended(request, "Via", self.via(hop, branch))
        return self.start(routed, branch, hop, tell, timeout)

    def start(
        self,
        request: Request,
        branch: str,
        hop: Hop,
        tell: Callable[[Outcome], None],
        timeout: float = 0.0,
    ) -> Client:
        """Begin a transaction for a request that has its Via; a CANCEL has its INVITE's."""
        wait = timeout or self.settings.request_timeout
        client = Client(self, request, branch, hop, tell, wait)
        self._clients[client.key] = client
        client.start()
        return client

    def send(self, request: Request, hop: Hop) -> bytes:
        """Send an ACK for a 2xx: a Via of its own, no transaction.  Gives the bytes."""
        data = render_message(prepended(request, "Via", self.via(hop, self.new_branch())))
        self.transmit(data, hop, lambda _: None)
        return data

    def transmit(self, data: bytes, hop: Hop, on_error: Callable[[str], None]) -> None:
        if self.traffic is not None:
            self.traffic(Traffic(sent=True, hop=hop, message=data))
        self._transports.send(data, hop, on_error)

    def new_branch(self) -> str:
        return f"{COOKIE}{self._salt}{self._rng.getrandbits(64):016x}"

    def via(self, hop: Hop, branch: str) -> str:
        host, port = self._transports.local(hop)
        name = hop.transport.name
        return f"SIP/2.0/{name} {bracketed(host)}:{port};branch={branch};rport"

    def local(self, hop: Hop) -> tuple[str, int]:
        return self._transports.local(hop)

    def suspect(self, hop: Hop) -> None:
        if hop.transport.reliable:
            self._transports.suspect(hop)

    def knows_client(self, key: tuple[str, str]) -> bool:
        return key in self._clients

    def forget_client(self, key: tuple[str, str]) -> None:
        self._clients.pop(key, None)

    def forget_server(self, key: tuple[str, ...]) -> None:
        self._servers.pop(key, None)

    @property
    def open_transactions(self) -> int:
        return len(self._clients) + len(self._servers)

    def close(self) -> None:
        """End every transaction without a word."""
        for running in (*self._clients.values(), *self._servers.values()):
            running.over()

    # What comes in.

    def received(self, data: bytes, origin: Hop) -> None:
        """A message from the network; what is not SIP is dropped here."""
        if self.traffic is not None:
            self.traffic(Traffic(sent=False, hop=origin, message=data))
        try:
            message = parse_message(data)
            self._take(message, origin)
        except SipError as error:
            self._unreadable(data, origin, error)

    def _take(self, message: Message, origin: Hop) -> None:
        vias = listed(message.headers, "Via")
        if not vias:
            raise SipError("no Via")
        via = parse_via(vias[0])
        sequence = parse_sequence(first(message.headers, "CSeq"))
        if isinstance(message, Response):
            client = self._clients.get((via.branch, sequence.method))
            if client is not None and len(vias) == 1:
                client.received(message)
                return
            self._note_misfit(message)
            if client is None:
                self._core.stray(message)
            return
        if sequence.method != message.method:
            self._refuse(message, origin, 400, "CSeq of Another Method")
            return
        old = via.branch if via.branch.startswith(COOKIE) else vias[0] + _old_key(message)
        kind = "INVITE" if message.method == "ACK" else message.method
        self._request(message, (old, via.sent_by.lower(), kind), origin)

    def _note_misfit(self, response: Response) -> None:
        """Remember it with each request of that session that still has no answer."""
        call_id = first(response.headers, "Call-ID")
        for client in self._clients.values():
            if client.waits and first(client.request.headers, "Call-ID") == call_id:
                client.misfit = client.misfit or misfit(client.request, response)

    def _unreadable(self, data: bytes, origin: Hop, error: SipError) -> None:
        """The same for an answer that cannot be read, from where an answer is waited for."""
        if not data.startswith(b"SIP/"):
            return
        for client in self._clients.values():
            place = (client.hop.host, client.hop.port)
            if client.waits and place == (origin.host, origin.port):
                words = f"what came cannot be read as an answer: {error.cause}"
                client.misfit = client.misfit or words

    def _request(self, request: Request, key: tuple[str, ...], origin: Hop) -> None:
        server = self._servers.get(key)
        if request.method == "ACK":
            if server is not None:
                server.acknowledge()
            self._core.acknowledged(request)
        elif server is not None:
            server.repeated()
        elif len(self._servers) >= self.settings.max_transactions:
            self._refuse(request, origin, 503, "Too Many Transactions")
        else:
            server = Server(self, key, request, origin)
            self._servers[key] = server
            self._core.requested(server)

    def invite_of(self, cancel: Request) -> Server | None:
        """The INVITE transaction that a CANCEL of the peer belongs to."""
        via = parse_via(listed(cancel.headers, "Via")[0])
        return self._servers.get((via.branch, via.sent_by.lower(), "INVITE"))

    def answer_hop(self, request: Request, origin: Hop) -> Hop:
        """Where the answer to a request goes (RFC 3261 18.2.2, RFC 3581)."""
        via = parse_via(listed(request.headers, "Via")[0])
        port = origin.port
        if "rport" not in via.parameters and not origin.transport.reliable:
            port = via.port or origin.transport.default_port
        return Hop(
            transport=origin.transport,
            host=origin.host,
            port=port,
            connection=origin.connection,
        )

    def _refuse(self, request: Request, origin: Hop, code: int, reason: str) -> None:
        """Answer without keeping anything."""
        response = Response(
            code=code, reason=reason, headers=answer_headers(request, origin, "refused")
        )
        if request.method != "ACK":
            data = render_message(response)
            self.transmit(data, self.answer_hop(request, origin), lambda _: None)


def answer_headers(request: Request, origin: Hop, tag: str) -> Headers:
    """The headers that an answer copies from its request (RFC 3261 8.2.6.2)."""
    top, *rest = listed(request.headers, "Via")
    copied = [("Via", with_received(top, origin.host, origin.port))]
    copied += [("Via", value) for value in rest]
    for wanted in _COPIED:
        value = first(request.headers, wanted) or ""
        if wanted == "To" and tag and ";tag=" not in value.replace(" ", "").lower():
            value += f";tag={tag}"
        copied.append((wanted, value))
    return tuple(copied)


def _same(headers: Headers, *names: str) -> Headers:
    return tuple((name, value) for name in names for value in every(headers, name))


def _old_key(request: Request) -> str:
    """What tells transactions of RFC 2543 apart, whose branch says nothing."""
    number = parse_sequence(first(request.headers, "CSeq")).number
    return "|".join(
        (
            first(request.headers, "Call-ID") or "",
            first(request.headers, "From") or "",
            str(number),
        )
    )
