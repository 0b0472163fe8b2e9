"""The reference desktop: registers, logs its agent in, answers, writes user data back."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tlibproto.messages import (
    EventError,
    Message,
    Request,
    RequestAgentLogin,
    RequestAnswerCall,
    RequestHoldCall,
    RequestRegisterClient,
    RequestReleaseCall,
    RequestUpdateUserData,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import (
    AddressType,
    AgentWorkMode,
    ConnId,
    Dn,
    KVList,
    RegisterMode,
    Value,
    WideText,
)
from tlibsim.testing.client import TLibraryClient
from tlibsim.testing.program import AGAIN_S, IMPATIENT_S, Program, registration

NAME = "reference-desktop"
COUNTED = "VISITS"
"""The key of user data whose number goes up by one with each call that is answered."""

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


class Desktop(Program):
    """A desktop with nobody at it.  ``address`` is host and port of the T-Server."""

    def __init__(
        self, address: tuple[str, int], place: Place, *, password: str | None = None
    ) -> None:
        super().__init__(address, NAME, bugs=place.bugs, password=password)
        self._place = place
        self._calls: dict[ConnId, _Call] = {}
        self._in_service = True
        if "asks-at-once" in place.bugs:
            self.client_kind = _HastyClient

    def connected(self, again: bool) -> None:
        """Register the DN, and log the agent in."""
        self._calls.clear()
        self._in_service = True
        if "never-registers" not in self.bugs and not (again and "forgets-dn" in self.bugs):
            self._register()
        if "no-login" not in self.bugs and not (again and "forgets-login" in self.bugs):
            self._log_in()

    def _register(self) -> None:
        request = registration(self._place.dn, private="registers-private" in self.bugs)
        if "looks-on" in self.bugs:
            request = evolve(request, register_mode=RegisterMode.ModeMonitor)
        if "wrong-address-type" in self.bugs:
            request = evolve(request, address_type=AddressType.Queue)
        self.send(request)

    def _log_in(self) -> None:
        place = self._place
        wants_queue = place.queue and "no-queue" not in self.bugs
        self.send(
            RequestAgentLogin(
                this_dn=Dn(place.dn),
                agent_id=place.dn if "wrong-agent" in self.bugs else place.agent,
                this_queue=Dn(place.queue) if wants_queue else None,
                agent_work_mode=AgentWorkMode.AutoIn,
            )
        )

    # -- what comes ----------------------------------------------------------------------------

    def turned(self) -> None:
        """Answer again: a mistake."""
        if "impatient" in self.bugs:
            self._answer_again()

    def take(self, message: Message) -> None:
        """Act on an event."""
        if "chokes-on-attribute" in self.bugs and message.extra:
            self.leave("an attribute that I do not know")
        function = _EVENTS.get(type(message).__name__)
        if function is not None:
            function(self, message)

    def _ringing(self, event: Any) -> None:
        call = _Call(conn_id=event.conn_id)
        self._calls[call.conn_id] = call
        if "never-answers" in self.bugs or "slow-answer" in self.bugs or not self._in_service:
            return
        if "holds-too-early" in self.bugs:
            self.send(RequestHoldCall(this_dn=Dn(self._place.dn), conn_id=call.conn_id))
        self._answer(call, event.other_dn)
        if "answers-twice" in self.bugs:
            self._answer(call, event.other_dn)

    def _answer(self, call: _Call, other: str | None = None) -> None:
        wrong = "wrong-conn-id" in self.bugs
        call.answered_at = time.monotonic()
        call.attempts += 1
        call.reference = self.send(
            RequestAnswerCall(
                this_dn=Dn(other or "") if "wrong-dn" in self.bugs else Dn(self._place.dn),
                conn_id=ConnId(call.conn_id + 1) if wrong else call.conn_id,
            )
        )

    def _answer_again(self) -> None:
        for call in self._calls.values():
            sent = call.answered_at
            late = sent is not None and time.monotonic() - sent > IMPATIENT_S
            if late and not call.established and call.attempts == 1:
                self._answer(call)

    def _established(self, event: Any) -> None:
        call = self._calls.get(event.conn_id)
        if call is None or call.established:
            return
        call.established = True
        if "hangs-up" in self.bugs:
            self.send(RequestReleaseCall(this_dn=Dn(self._place.dn), conn_id=call.conn_id))
        if event.user_data and "no-update" not in self.bugs:
            self._count(call, event.user_data)

    def _count(self, call: _Call, data: KVList) -> None:
        """Write the user data back, with one more visit; other values as they came."""
        if data.first(COUNTED) is None:
            return
        pairs = tuple((key, self._written(key, value)) for key, value in data)
        self.send(
            RequestUpdateUserData(
                this_dn=Dn(self._place.dn), conn_id=call.conn_id, user_data=KVList(pairs)
            )
        )

    def _written(self, key: str, value: Value) -> Value:
        if isinstance(value, int):
            value = value + 1 if key == COUNTED else value
        for bug, kind, spoil in _SPOILS:
            if bug in self.bugs and isinstance(value, kind):
                return spoil(value)
        return value

    def _over(self, event: Any) -> None:
        """EventReleased or EventAbandoned: the call is no more at this DN."""
        call = self._calls.pop(event.conn_id, None)
        unanswered = call is not None and not call.established
        if unanswered and "chokes-on-abandoned" in self.bugs:
            self.leave("a call is over that was never there")

    def _refused(self, event: EventError) -> None:
        if "leaves-on-error" in self.bugs:
            self.leave("refused")
        if "logs-in-on-error" in self.bugs:
            self._log_in()
        if "answers-on-and-on" not in self.bugs:
            return
        for call in self._calls.values():
            mine = call.reference is not None and call.reference == event.reference_id
            if mine and call.attempts < _MOST_AGAIN:
                self.wait(AGAIN_S)
                self._answer(call)

    # -- what goes wrong around it -------------------------------------------------------------

    def _out_of_service(self, _: Any) -> None:
        if "leaves-out-of-service" in self.bugs:
            self.leave("out of service")
        self._in_service = False

    def _back_in_service(self, _: Any) -> None:
        self._in_service = "stays-out-of-service" not in self.bugs

    def _link_down(self, _: Any) -> None:
        if "asks-while-down" in self.bugs:
            self._log_in()
        self._in_service = False

    def _link_up(self, _: Any) -> None:
        self._in_service = "stays-down" not in self.bugs


class _HastyClient(TLibraryClient):
    """One that asks before the server has answered the opening: a mistake."""

    def send_as_it_is(self, request: Request) -> None:
        """As of any client, but with a registration right after the opening."""
        super().send_as_it_is(request)
        if isinstance(request, RequestRegisterClient):
            self.send(registration(""))


_SPOILS: Sequence[tuple[str, type, Callable[[Any], Value]]] = (
    ("integers-as-text", int, str),
    ("no-sign", int, abs),
    ("digits-as-integers", str, lambda text: int(text) if text.isdigit() else text),
    ("bytes-as-text", bytes, bytes.hex),
    ("wide-as-text", WideText, str),
    ("lists-as-text", KVList, str),
    ("other-charset", str, lambda text: text.encode("utf-8").decode("latin-1")),
)
"""Mistakes with values of user data: for which type, and what becomes of the value."""

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
