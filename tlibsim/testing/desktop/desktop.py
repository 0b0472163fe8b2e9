"""The reference desktop: registers, logs its agent in, answers, writes user data back.

One thread reads and acts, with a blocking client.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tlibproto.messages import (
    EventError,
    Message,
    Request,
    RequestAgentLogin,
    RequestAnswerCall,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestUpdateUserData,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import (
    AddressType,
    AgentWorkMode,
    ConnId,
    ControlMode,
    Dn,
    KVList,
    ReferenceId,
    RegisterMode,
    Value,
    WideText,
)
from tlibsim.testing.client import ClientError, TLibraryClient

NAME = "reference-desktop"
COUNTED = "VISITS"
"""The key of user data whose number goes up by one with each call that is answered."""

_ADDP_S = 10.0
_TURN_S = 0.02
_RECONNECT_S = 0.3
_LATE_S = 60.0
_IMPATIENT_S = 0.5
_AGAIN_S = 0.1
_MOST_AGAIN = 8


@dataclass(slots=True)
class Place:
    """Who works where.  ``queue`` may be empty."""

    dn: str
    agent: str
    queue: str = ""
    bugs: frozenset[str] = field(default_factory=frozenset)


@dataclass(slots=True)
class _Call:
    """A call that rings or is talked in; ``answered_at`` is when the answer was sent."""

    conn_id: ConnId
    answered_at: float | None = None
    reference: int | None = None
    attempts: int = 0
    established: bool = False


class Desktop:
    """A desktop with nobody at it.  ``address`` is host and port of the T-Server."""

    def __init__(
        self, address: tuple[str, int], place: Place, *, password: str | None = None
    ) -> None:
        self.address = address
        self._place = place
        self._bugs = place.bugs
        self._password = password
        self._client: TLibraryClient | None = None
        self._calls: dict[ConnId, _Call] = {}
        self._in_service = True
        self._was_connected = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desktop", daemon=True)

    def open(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def close(self) -> None:
        """Stop; the connection is closed."""
        self._closing.set()
        self._thread.join(timeout=5)

    # -- the connection ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._connect()
                while not self._closing.is_set():
                    self._turn()
            except (ClientError, OSError):
                self._drop()
                if self._was_connected and "never-reconnects" in self._bugs:
                    return
                late = self._was_connected and "late-reconnect" in self._bugs
                self._closing.wait(_LATE_S if late else _RECONNECT_S)
        self._drop()

    def _connect(self) -> None:
        host, port = self.address
        kind = _HastyClient if "asks-at-once" in self._bugs else TLibraryClient
        self._client = kind(
            host,
            port,
            name="" if "no-name" in self._bugs else NAME,
            password=self._password,
            addp_seconds=0.0 if "no-addp" in self._bugs else _ADDP_S,
            answers_polls="deaf-addp" not in self._bugs,
        )
        again, self._was_connected = self._was_connected, True
        self._calls.clear()
        self._in_service = True
        if "never-registers" not in self._bugs and not (again and "forgets-dn" in self._bugs):
            self._register()
        if "no-login" not in self._bugs and not (again and "forgets-login" in self._bugs):
            self._log_in()

    def _register(self) -> None:
        private = "registers-private" in self._bugs
        mode = RegisterMode.ModePrivate if private else RegisterMode.ModeShare
        self._send(_registration(self._place.dn, mode))

    def _log_in(self) -> None:
        place = self._place
        wants_queue = place.queue and "no-queue" not in self._bugs
        self._send(
            RequestAgentLogin(
                this_dn=Dn(place.dn),
                agent_id=place.dn if "wrong-agent" in self._bugs else place.agent,
                this_queue=Dn(place.queue) if wants_queue else None,
                agent_work_mode=AgentWorkMode.AutoIn,
            )
        )

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _send(self, request: Request) -> int | None:
        """Send it; its ReferenceID."""
        client = self._client
        if client is None:
            return None
        if "no-reference" in self._bugs:
            client.send_as_it_is(request)
            return None
        if "one-reference" in self._bugs:
            request = evolve(request, reference_id=ReferenceId(1))
        return client.send(request)

    def _leave(self, words: str) -> None:
        """End for good: what some mistakes do."""
        self._closing.set()
        raise ClientError(words)

    # -- what comes ----------------------------------------------------------------------------

    def _turn(self) -> None:
        client = self._client
        if client is None:
            raise ClientError("not connected")
        for message in client.take(_TURN_S):
            self._take(message)
        if "impatient" in self._bugs:
            self._answer_again()

    def _take(self, message: Message) -> None:
        if "chokes-on-attribute" in self._bugs and message.extra:
            self._leave("an attribute that I do not know")
        function = _EVENTS.get(type(message).__name__)
        if function is not None:
            function(self, message)

    def _ringing(self, event: Any) -> None:
        call = _Call(conn_id=event.conn_id)
        self._calls[call.conn_id] = call
        if "never-answers" in self._bugs or "slow-answer" in self._bugs or not self._in_service:
            return
        self._answer(call, event.other_dn)
        if "answers-twice" in self._bugs:
            self._answer(call, event.other_dn)

    def _answer(self, call: _Call, other: str | None = None) -> None:
        wrong = "wrong-conn-id" in self._bugs
        call.answered_at = time.monotonic()
        call.attempts += 1
        call.reference = self._send(
            RequestAnswerCall(
                this_dn=Dn(other or "") if "wrong-dn" in self._bugs else Dn(self._place.dn),
                conn_id=ConnId(call.conn_id + 1) if wrong else call.conn_id,
            )
        )

    def _answer_again(self) -> None:
        for call in self._calls.values():
            sent = call.answered_at
            late = sent is not None and time.monotonic() - sent > _IMPATIENT_S
            if late and not call.established and call.attempts == 1:
                self._answer(call)

    def _established(self, event: Any) -> None:
        call = self._calls.get(event.conn_id)
        if call is None or call.established:
            return
        call.established = True
        if event.user_data and "no-update" not in self._bugs:
            self._count(call, event.user_data)

    def _count(self, call: _Call, data: KVList) -> None:
        """Write the user data back, with one more visit; other values as they came."""
        if data.first(COUNTED) is None:
            return
        pairs = tuple((key, self._written(key, value)) for key, value in data)
        self._send(
            RequestUpdateUserData(
                this_dn=Dn(self._place.dn), conn_id=call.conn_id, user_data=KVList(pairs)
            )
        )

    def _written(self, key: str, value: Value) -> Value:
        if isinstance(value, int):
            number = value + 1 if key == COUNTED else value
            return str(number) if "integers-as-text" in self._bugs else number
        if isinstance(value, bytes) and "bytes-as-text" in self._bugs:
            return value.hex()
        if isinstance(value, WideText) and "wide-as-text" in self._bugs:
            return value.text
        return value

    def _over(self, event: Any) -> None:
        """EventReleased or EventAbandoned: the call is no more at this DN."""
        call = self._calls.pop(event.conn_id, None)
        unanswered = call is not None and not call.established
        if unanswered and "chokes-on-abandoned" in self._bugs:
            self._leave("a call is over that was never there")

    def _refused(self, event: EventError) -> None:
        if "leaves-on-error" in self._bugs:
            self._leave("refused")
        if "answers-on-and-on" not in self._bugs:
            return
        for call in self._calls.values():
            mine = call.reference is not None and call.reference == event.reference_id
            if mine and call.attempts < _MOST_AGAIN:
                self._closing.wait(_AGAIN_S)
                self._answer(call)

    # -- what goes wrong around it -------------------------------------------------------------

    def _out_of_service(self, _: Any) -> None:
        if "leaves-out-of-service" in self._bugs:
            self._leave("out of service")
        self._in_service = False

    def _back_in_service(self, _: Any) -> None:
        self._in_service = "stays-out-of-service" not in self._bugs

    def _link_down(self, _: Any) -> None:
        if "asks-while-down" in self._bugs:
            self._register()
        self._in_service = False

    def _link_up(self, _: Any) -> None:
        self._in_service = "stays-down" not in self._bugs


class _HastyClient(TLibraryClient):
    """One that asks before the server has answered the opening: a mistake."""

    def send_as_it_is(self, request: Request) -> None:
        """As of any client, but with a registration right after the opening."""
        super().send_as_it_is(request)
        if isinstance(request, RequestRegisterClient):
            self.send(_registration("", RegisterMode.ModeShare))


def _registration(dn: str, mode: RegisterMode) -> RequestRegisterAddress:
    return RequestRegisterAddress(
        this_dn=Dn(dn),
        register_mode=mode,
        control_mode=ControlMode.RegisterDefault,
        address_type=AddressType.DN,
    )


_EVENTS: dict[str, Callable[[Desktop, Any], None]] = {
    "EventRinging": Desktop._ringing,
    "EventEstablished": Desktop._established,
    "EventReleased": Desktop._over,
    "EventAbandoned": Desktop._over,
    "EventError": Desktop._refused,
    "EventDNOutOfService": Desktop._out_of_service,
    "EventDNBackInService": Desktop._back_in_service,
    "EventLinkDisconnected": Desktop._link_down,
    "EventLinkConnected": Desktop._link_up,
}
