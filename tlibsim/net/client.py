"""A small T-Library client: opens a session, sends requests, hands on what comes, keeps ADDP.

Scenarios, ``tlibsim client`` and tests use it.  It knows nothing of our server but the wire.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.internet.error import ConnectionRefusedError as NobodyListens
from twisted.internet.protocol import ClientFactory, connectionDone
from twisted.internet.protocol import Protocol as StreamProtocol
from twisted.python.failure import Failure

from tlibproto.codec import decode, encode
from tlibproto.errors import ProtocolError
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.messages import Message, Request, RequestRegisterClient, evolve
from tlibproto.vocabulary import MessageId, ReferenceId
from tlibsim.net.reactor import DelayedCall, Reactor, ReactorTime, Transport

PROTOCOL_VERSION = "tserver protocol 4.2"
OPEN_SECONDS = 5.0
CLOSED_BY_US = "closed by the client"

_OPENING = frozenset({MessageId.EventLinkConnected, MessageId.EventLinkDisconnected})
_FAR_ADDP_LIMIT_MS = 0x7FFFFF


class ClientError(Exception):
    """The connection or the session failed; the text says why, for people."""


class NotReachedError(ClientError):
    """Nobody answered at that address."""


class NotListeningError(NotReachedError):
    """The machine is there, and nobody listens at that port."""


class NoAnswerError(ClientError):
    """The answer to a request did not come in time."""


class RefusedError(ClientError):
    """The server did not open the session; ``answer`` is what it said instead."""

    def __init__(self, text: str, answer: Message) -> None:
        super().__init__(text)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class AddpTimes:
    """Seconds of silence until each side polls (WIRE.md 6); 0: never."""

    client: float = 0.0
    server: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """How a client presents itself.  ``addp`` None: no init, but polls are answered."""

    name: str
    password: str | None = None
    charset: str = "utf-8"
    addp: AddpTimes | None = None


MessageSink = Callable[[Message], None]
"""Takes what comes on an open session."""


class TLibraryClient(StreamProtocol):
    """One connection.  ``opened`` and ``closed`` fire once; ``reason`` says why it ended."""

    transport: Transport | None  # type: ignore[assignment]  # Twisted's own says less

    def __init__(self, reactor: ReactorTime, options: ClientOptions, sink: MessageSink) -> None:
        self.options = options
        self.greeting: Message | None = None
        self.opened: Deferred[Message] = Deferred()
        self.closed: Deferred[str] = Deferred()
        self.reason = ""
        self._reactor = reactor
        self._sink = sink
        self._decoder = FrameDecoder()
        self._pending: dict[int, Deferred[Message]] = {}
        self._last_reference = 0
        self._closing = False
        self._heard = _Silence(reactor, self._addp_seconds(), self._poll, self._unresponsive)
        self._polls = 0

    # -- for users -----------------------------------------------------------------------------

    @property
    def stands(self) -> bool:
        """Whether the connection stands."""
        return self.transport is not None and not self.reason

    def send(self, message: Message) -> None:
        """Send a message as it stands; on a closed connection it goes nowhere."""
        self._write(encode_frame(encode(message, self.options.charset)))

    def ask(self, request: Request, seconds: float) -> "Deferred[Message]":
        """Send a request with a ReferenceID of its own; fires with the message that has it.

        That message is not handed on.  Fails with :class:`NoAnswerError` after the time, and
        with :class:`ClientError` when the connection ends before.
        """
        self._last_reference += 1
        reference = ReferenceId(self._last_reference)
        answer: Deferred[Message] = Deferred()
        self._pending[reference] = answer
        self.send(evolve(request, reference_id=reference))
        timer = self._reactor.callLater(seconds, self._give_up, reference, request, seconds)
        answer.addBoth(_stop_timer, timer)
        return answer

    def close(self) -> "Deferred[str]":
        """Close the connection, as the client does: without a word (WIRE.md 4)."""
        self._closing = True
        if self.transport is not None:
            self.transport.loseConnection()
        return self.closed

    def abort(self) -> None:
        """Cut the connection off, whatever has not been sent."""
        self._closing = True
        if self.transport is not None:
            self.transport.abortConnection()

    # -- the stream ----------------------------------------------------------------------------

    def connectionMade(self) -> None:
        if self.transport is not None:
            self.transport.setTcpNoDelay(True)
        if self.options.addp is not None:
            self._write(encode_addp("I", _addp_argument(self.options.addp.server)))
        self.send(
            RequestRegisterClient(
                protocol_version=PROTOCOL_VERSION,
                session_id=0,
                application_name=self.options.name,
                application_password=self.options.password,
            )
        )
        self._heard.start()

    def dataReceived(self, data: bytes) -> None:
        self._heard.start()
        try:
            for unit in self._decoder.feed(data):
                if isinstance(unit, Addp):
                    self._answer_addp(unit)
                else:
                    self._take(decode(unit, self.options.charset))
        except ProtocolError as error:
            self._drop(f"the server sent what cannot be read: {error}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._heard.stop()
        why = CLOSED_BY_US if self._closing else _why(reason)
        self.reason = self.reason or why
        error = ClientError(f"the connection ended: {self.reason}")
        pending, self._pending = self._pending, {}
        for answer in (*pending.values(), self.opened):
            if not answer.called:
                answer.errback(error)
        self.closed.callback(self.reason)

    def _take(self, message: Message) -> None:
        if self.greeting is None:
            self._open(message)
            return
        answer = self._pending.pop(message.reference_id or 0, None)
        if answer is None:
            self._sink(message)
        else:
            answer.callback(message)

    def _open(self, message: Message) -> None:
        """The first message decides (WIRE.md 4)."""
        self.greeting = message
        if message.message_id in _OPENING:
            self._sink(message)
            self.opened.callback(message)
            return
        code, text = (
            getattr(message, "error_code", None),
            getattr(message, "error_message", None),
        )
        said = f"{int(code)} {text or ''}".strip() if code is not None else repr(message)
        error = RefusedError(f"the server did not open the session: {said}", message)
        self.opened.errback(error)
        self.close()

    def _give_up(self, reference: int, request: Request, seconds: float) -> None:
        answer = self._pending.pop(reference, None)
        if answer is not None:
            name = type(request).__name__
            answer.errback(NoAnswerError(f"no answer to {name} in {seconds:g} s"))

    def _write(self, data: bytes) -> None:
        if self.transport is not None and not self.reason:
            self.transport.write(data)

    def _drop(self, reason: str) -> None:
        self.reason = self.reason or reason
        if self.transport is not None:
            self.transport.abortConnection()

    # -- ADDP ----------------------------------------------------------------------------------

    def _addp_seconds(self) -> float:
        return 0.0 if self.options.addp is None else self.options.addp.client

    def _answer_addp(self, packet: Addp) -> None:
        if packet.kind == "P":
            self._write(encode_addp("p", packet.argument))
        elif packet.kind == "I":
            self._write(encode_addp("i"))

    def _poll(self) -> None:
        self._write(encode_addp("P", (self._polls & 0xFFFFFF).to_bytes(3, "big")))
        self._polls += 1

    def _unresponsive(self) -> None:
        self._drop("the server does not answer ADDP polls")


class _Silence:
    """Calls ``first`` after so long a silence, ``second`` after as much again (WIRE.md 6)."""

    def __init__(
        self,
        reactor: ReactorTime,
        seconds: float,
        first: Callable[[], None],
        second: Callable[[], None],
    ) -> None:
        self._reactor = reactor
        self._seconds = seconds
        self._first = first
        self._second = second
        self._timer: DelayedCall | None = None

    def start(self) -> None:
        """Something was heard: begin again."""
        self.stop()
        if self._seconds > 0:
            self._timer = self._reactor.callLater(self._seconds, self._after_first)

    def stop(self) -> None:
        """Call nothing any more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _after_first(self) -> None:
        self._timer = self._reactor.callLater(self._seconds, self._second)
        self._first()


class _Factory(ClientFactory):
    """Makes the one protocol of one connection."""

    noisy = False

    def __init__(self, client: TLibraryClient) -> None:
        self._client = client

    def buildProtocol(self, addr: object) -> TLibraryClient:  # noqa: ARG002
        return self._client

    def clientConnectionFailed(self, connector: object, reason: Failure) -> None:  # noqa: ARG002
        error = reason.value
        words = error.args[0] if isinstance(error, ConnectError) and error.args else error
        refused = isinstance(error, NobodyListens)
        kind = NotListeningError if refused else NotReachedError
        self._client.opened.errback(kind(str(words) or str(error)))


async def connect(
    reactor: Reactor,
    host: str,
    port: int,
    options: ClientOptions,
    sink: MessageSink,
    *,
    seconds: float = OPEN_SECONDS,
) -> TLibraryClient:
    """Open a session.

    ``sink`` takes every message but the answers to ``ask``, the greeting first.  Raises
    NotReachedError, RefusedError, NoAnswerError when the server says nothing, or ClientError.
    """
    client = TLibraryClient(reactor, options, sink)
    reactor.connectTCP(host, port, _Factory(client), timeout=seconds)
    timer = reactor.callLater(seconds, _too_late, client, seconds)
    try:
        await client.opened
    except NotReachedError as error:
        raise type(error)(f"{host}:{port} cannot be reached: {error}") from error
    finally:
        if timer.active():
            timer.cancel()
    return client


def _too_late(client: TLibraryClient, seconds: float) -> None:
    if not client.opened.called:
        opened, client.opened = client.opened, Deferred()
        client.opened.addErrback(lambda _: None)
        client.close()
        opened.errback(NoAnswerError(f"the server did not open the session in {seconds:g} s"))


def _stop_timer(result: Any, timer: DelayedCall) -> Any:
    if timer.active():
        timer.cancel()
    return result


def _addp_argument(seconds: float) -> bytes:
    return min(_FAR_ADDP_LIMIT_MS, round(seconds * 1000)).to_bytes(3, "big")


def _why(reason: Failure) -> str:
    return f"closed by the server ({reason.getErrorMessage().rstrip('.')})"
