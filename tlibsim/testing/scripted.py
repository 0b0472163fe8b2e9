"""A desktop that does what a test says: over TCP, with the requests of a real one.

    desk = tlibsim.desktop("7002", agent="1002")
    desk.login()
    tlibsim.inbound("4155550142", to="7002")
    desk.answer()
    desk.hold()

Every verb waits for the direct answer and gives it; RequestError when it is EventError.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tlibproto.messages import (
    Message,
    Request,
    RequestAgentLogin,
    RequestAgentLogout,
    RequestAgentNotReady,
    RequestAgentReady,
    RequestAlternateCall,
    RequestAnswerCall,
    RequestCompleteConference,
    RequestCompleteTransfer,
    RequestHoldCall,
    RequestInitiateConference,
    RequestInitiateTransfer,
    RequestMakeCall,
    RequestPrivateService,
    RequestReconnectCall,
    RequestReleaseCall,
    RequestRetrieveCall,
    RequestSingleStepTransfer,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import AgentWorkMode, ConnId, Dn, KVList, MakeCallType
from tlibsim.testing.client import SECONDS, ClientError, TLibraryClient

Pairs = Mapping[str, Any] | Sequence[Sequence[Any]]

_LIVE: Mapping[str, str] = {
    "EventRinging": "ringing",
    "EventDialing": "dialing",
    "EventEstablished": "talking",
    "EventHeld": "held",
    "EventRetrieved": "talking",
}
_OVER = frozenset({"EventReleased", "EventAbandoned", "EventDestinationBusy"})


class ScriptedDesktop(TLibraryClient):
    """The desktop at one DN; it is registered there from the start.

    ``calls`` are its calls by ConnID, with the state of each: ringing, dialing, talking, held.
    """

    def __init__(
        self,
        host: str,
        port: int,
        dn: str,
        *,
        agent: str = "",
        queue: str = "",
        name: str = "",
        **options: Any,
    ) -> None:
        """``agent`` is the AgentID, ``queue`` the queue of :meth:`login`."""
        self.dn = Dn(dn)
        self.agent = agent
        self.queue = queue
        self.calls: dict[ConnId, str] = {}
        super().__init__(host, port, name=name or f"desktop-{dn}", **options)
        self.register(dn)

    # -- the agent -----------------------------------------------------------------------------

    def login(self, *, ready: bool = True, password: str | None = None) -> Message:
        """Log in; without ``ready`` in the mode in which nobody gets calls yet."""
        mode = AgentWorkMode.AutoIn if ready else AgentWorkMode.AuxWork
        return self._do(
            RequestAgentLogin,
            agent_id=self.agent,
            this_queue=Dn(self.queue) if self.queue else None,
            agent_work_mode=mode,
            password=password,
        )

    def logout(self) -> Message:
        return self._do(RequestAgentLogout)

    def ready(self) -> Message:
        return self._do(RequestAgentReady)

    def not_ready(
        self, reasons: Pairs | None = None, work_mode: AgentWorkMode | None = None
    ) -> Message:
        """Take no calls: ``not_ready({"ReasonCode": "Lunch"})``."""
        return self._do(
            RequestAgentNotReady, reasons=pairs_of(reasons), agent_work_mode=work_mode
        )

    # -- calls ---------------------------------------------------------------------------------

    @property
    def conn_id(self) -> ConnId:
        """The call that a verb is about: the latest that is not held, or the latest; ClientError."""
        self._look()
        active = [conn_id for conn_id, state in self.calls.items() if state != "held"]
        for found in (active, list(self.calls)):
            if found:
                return found[-1]
        raise ClientError(f"{self.name}: there is no call at {self.dn}")

    @property
    def held(self) -> ConnId:
        """The latest call on hold; ClientError."""
        self._look()
        found = [conn_id for conn_id, state in self.calls.items() if state == "held"]
        if not found:
            raise ClientError(f"{self.name}: no call is held at {self.dn}")
        return found[-1]

    def attend(self, conn_id: ConnId | int) -> "ScriptedDesktop":
        """Be about a call that began before this desktop was there."""
        self._look()
        self.calls.setdefault(ConnId(conn_id), "talking")
        return self

    def make_call(self, to: str, userdata: Pairs | None = None) -> Message:
        return self._do(
            RequestMakeCall,
            other_dn=Dn(to),
            user_data=pairs_of(userdata),
            make_call_type=MakeCallType.Regular,
        )

    def answer(self, within: float = SECONDS) -> Message:
        """Answer the call that rings, or will in time."""
        __tracebackhide__ = True
        if "ringing" not in self.calls.values():
            self.expect("EventRinging", within, this_dn=self.dn)
        return self._on_call(RequestAnswerCall)

    def hold(self) -> Message:
        return self._on_call(RequestHoldCall)

    def retrieve(self) -> Message:
        return self._do(RequestRetrieveCall, conn_id=self.held)

    def release(self) -> Message:
        return self._on_call(RequestReleaseCall)

    def transfer(self, to: str) -> Message:
        """Without a consultation."""
        return self._on_call(RequestSingleStepTransfer, other_dn=Dn(to))

    def consult(self, to: str, *, conference: bool = False) -> Message:
        """Hold the call and call somebody else, for a transfer or a conference."""
        kind = RequestInitiateConference if conference else RequestInitiateTransfer
        return self._on_call(kind, other_dn=Dn(to))

    def alternate(self) -> Message:
        """Go from the consultation to the held call, or back."""
        return self._on_call(RequestAlternateCall, previous_conn_id=self.held)

    def reconnect(self) -> Message:
        """End the consultation and go back to the held call."""
        return self._on_call(RequestReconnectCall, previous_conn_id=self.held)

    def complete_transfer(self) -> Message:
        consultation = self.conn_id
        return self._do(
            RequestCompleteTransfer, conn_id=self.held, transfer_conn_id=consultation
        )

    def complete_conference(self) -> Message:
        consultation = self.conn_id
        return self._do(
            RequestCompleteConference, conn_id=self.held, conference_conn_id=consultation
        )

    def attach(self, userdata: Pairs) -> Message:
        """Add to the user data of the call, or change it."""
        return self._on_call(RequestUpdateUserData, user_data=pairs_of(userdata))

    def private_service(self, number: int, extensions: Pairs | None = None) -> Message:
        """3013 to 3016 start, stop, pause and resume a recording."""
        return self._on_call(
            RequestPrivateService, private_msg_id=number, extensions=pairs_of(extensions)
        )

    def _on_call(self, kind: type[Request], **fields: Any) -> Message:
        __tracebackhide__ = True
        return self._do(kind, conn_id=self.conn_id, **fields)

    def _do(self, kind: type[Request], **fields: Any) -> Message:
        __tracebackhide__ = True
        return self.request(kind(this_dn=self.dn, **fields))

    # -- what comes ----------------------------------------------------------------------------

    def _look(self) -> None:
        """Take notice of what has come."""
        self._receive(0.0)

    def _messages(self, data: bytes) -> Iterator[Message]:
        for message in super()._messages(data):
            self._notice(message)
            yield message

    def _notice(self, event: Any) -> None:
        if getattr(event, "this_dn", None) != self.dn:
            return
        name = type(event).__name__
        if name in _LIVE:
            self.calls[event.conn_id] = _LIVE[name]
        elif name in _OVER:
            self.calls.pop(event.conn_id, None)
        elif name == "EventPartyChanged" and event.previous_conn_id is not None:
            state = self.calls.pop(event.previous_conn_id, None)
            if state is not None:
                self.calls.setdefault(event.conn_id, state)


def pairs_of(values: Pairs | None) -> KVList | None:
    """A list of the protocol from a dictionary, or from pairs where keys repeat."""
    return None if values is None else _list(values)


def _list(values: Pairs) -> KVList:
    items = values.items() if isinstance(values, Mapping) else values
    return KVList(
        tuple(
            (str(key), _list(value) if isinstance(value, Mapping) else value)
            for key, value in items
        )
    )
