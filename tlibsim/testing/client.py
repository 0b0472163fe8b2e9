"""A small blocking T-Library client for tests: real TCP, no threads, no reactor.

with TLibraryClient("127.0.0.1", 7020, name="desk") as desk:
    desk.register("7001")
    ringing = desk.expect("EventRinging", this_dn="7001")
    desk.request(RequestAnswerCall(this_dn="7001", conn_id=ringing.conn_id))

Messages are those of ``tlibproto.messages``.
"""

import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from tlibproto.codec import decode, encode
from tlibproto.framing import Addp, FrameDecoder, encode_addp, encode_frame
from tlibproto.messages import (
    EventError,
    EventLinkConnected,
    EventLinkDisconnected,
    Message,
    Request,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestUnregisterAddress,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import AddressType, ControlMode, Dn, ReferenceId, RegisterMode

SECONDS = 5.0
_CHUNK = 65536
_OPEN = (EventLinkConnected, EventLinkDisconnected)
"""Answers that open the session: the server is there, with the switch or without (WIRE.md 4)."""


class ClientError(Exception):
    """The server closed, did not answer in time, or sent something else."""


class RequestError(ClientError):
    """The server answered with EventError, which is ``event``."""

    def __init__(self, request: Request, event: EventError) -> None:
        super().__init__(
            f"{type(request).__name__}: error {event.error_code} {event.error_message}"
        )
        self.event = event


class TLibraryClient:
    """One connection.  ``events`` are all messages that came and were not yet taken, in order."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        name: str = "test",
        password: str | None = None,
        charset: str = "utf-8",
        seconds: float = SECONDS,
        addp_seconds: float = 0.0,
        answers_polls: bool = True,
    ) -> None:
        """Connect and open; raises OSError, ClientError.

        With ``addp_seconds`` the client asks for keep-alive with that timeout (WIRE.md 6); it
        answers polls whenever it reads, unless told not to.
        """
        self.name = name
        self.events: list[Message] = []
        self._charset = charset
        self._seconds = seconds
        self._decoder = FrameDecoder()
        self._answers_polls = answers_polls
        self._reference = 0
        self._socket = socket.create_connection((host, port), timeout=seconds)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if addp_seconds:
            timeout = round(addp_seconds * 1000).to_bytes(3, "big")
            self._socket.sendall(encode_addp("I", timeout))
        self.send_as_it_is(
            RequestRegisterClient(application_name=name, application_password=password)
        )
        answer = self._wait(
            lambda one: isinstance(one, (*_OPEN, EventError)),
            "EventLinkConnected",
            None,
        )
        if not isinstance(answer, _OPEN):
            raise ClientError(f"the server answered {type(answer).__name__} to the opening")

    # -- asking --------------------------------------------------------------------------------

    def send(self, request: Request) -> ReferenceId:
        """Send with a ReferenceID of this client's, unless it has one; gives that number."""
        if request.reference_id is None:
            self._reference += 1
            request = evolve(request, reference_id=ReferenceId(self._reference))
        self._socket.sendall(encode_frame(encode(request, self._charset)))
        assert request.reference_id is not None  # noqa: S101  for the type checker
        return request.reference_id

    def send_as_it_is(self, request: Request) -> None:
        """Send without a ReferenceID, unless it has one."""
        self._socket.sendall(encode_frame(encode(request, self._charset)))

    def request(self, request: Request, seconds: float | None = None) -> Message:
        """Send, and wait for the message with its ReferenceID, which is taken.

        Raises RequestError for EventError, ClientError when nothing comes in time.
        """
        __tracebackhide__ = True
        reference = self.send(request)
        answer = self._wait(
            lambda one: one.reference_id == reference,
            f"an answer to {type(request).__name__}",
            seconds,
        )
        if isinstance(answer, EventError):
            raise RequestError(request, answer)
        return answer

    def register(self, dn: str) -> Message:
        """Register on a DN; gives EventRegistered."""
        return self.request(
            RequestRegisterAddress(
                this_dn=Dn(dn),
                register_mode=RegisterMode.ModeShare,
                control_mode=ControlMode.RegisterDefault,
                address_type=AddressType.DN,
            )
        )

    def unregister(self, dn: str) -> Message:
        """Register no more; gives EventUnregistered."""
        return self.request(RequestUnregisterAddress(this_dn=Dn(dn)))

    # -- what comes ----------------------------------------------------------------------------

    def expect(
        self, message: type[Message] | str, seconds: float | None = None, **fields: Any
    ) -> Any:
        """The next message of that class with these fields, which is taken; ClientError if none."""
        __tracebackhide__ = True
        name = message if isinstance(message, str) else message.__name__

        def fits(one: Message) -> bool:
            return type(one).__name__ == name and all(
                getattr(one, field, None) == value for field, value in fields.items()
            )

        words = " ".join(f"{field}={value!r}" for field, value in fields.items())
        return self._wait(fits, f"{name} {words}".strip(), seconds)

    def take(self, seconds: float = 0.0) -> list[Message]:
        """All that has come and was not taken; with ``seconds``, wait so long for something."""
        if not self.events:
            self._receive(seconds)
        taken, self.events = self.events, []
        return taken

    def _wait(self, fits: Any, words: str, seconds: float | None) -> Message:
        __tracebackhide__ = True
        limit = self._seconds if seconds is None else seconds
        deadline = time.monotonic() + limit
        looked = 0
        while True:
            for index in range(looked, len(self.events)):
                if fits(self.events[index]):
                    return self.events.pop(index)
            looked = len(self.events)
            left = deadline - time.monotonic()
            if left <= 0:
                came = ", ".join(type(one).__name__ for one in self.events) or "nothing"
                raise ClientError(f"{self.name}: no {words} in {limit:g} s; came: {came}")
            self._receive(left)

    def _receive(self, seconds: float) -> None:
        """Take over what comes within the time, at most one chunk."""
        self._socket.settimeout(max(seconds, 0.0))
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, TimeoutError):
            return
        except OSError as error:
            raise ClientError(f"{self.name}: the connection is lost: {error}") from error
        finally:
            self._socket.settimeout(self._seconds)
        if not data:
            raise ClientError(f"{self.name}: the server closed the connection")
        self.events += self._messages(data)

    def _messages(self, data: bytes) -> Iterator[Message]:
        for unit in self._decoder.feed(data):
            if isinstance(unit, Addp):
                if unit.kind == "P" and self._answers_polls:
                    self._socket.sendall(encode_addp("p", unit.argument))
            else:
                yield decode(unit, self._charset)

    # -- its life ------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> "TLibraryClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
