"""The T-Library side of the reference recorder: registers, asks for recordings, tells its state.

One thread reads and acts; what happens on the SIP side comes by a queue.
"""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tlibproto.messages import (
    EventACK,
    EventError,
    Message,
    Request,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestStartCallMonitoring,
    RequestUpdateUserData,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import (
    AddressType,
    CallType,
    ConnId,
    ControlMode,
    Dn,
    KVList,
    ReferenceId,
    RegisterMode,
)
from tlibsim.testing.client import ClientError, TLibraryClient
from tlibsim.testing.recorder.sip import Dialog

START = 3013
STATUS = "RECORDING_STATUS_GIM"
YES, NO, NO_LONGER = "RECORDING_YES", "RECORDING_NO", "RECORDING_NO_LONGER"
NAME = "reference-recorder"

_ADDP_S = 10.0
_TURN_S = 0.02
_RECONNECT_S = 0.3
_LATE_S = 60.0
_IMPATIENT_S = 0.5
_AGAIN_S = 0.1


@dataclass(slots=True)
class _Call:
    """A call at a DN of ours."""

    conn_id: ConnId
    dn: Dn
    uuid: str
    consult: bool
    asked_at: float | None = None
    reference: int | None = None
    answered: bool = False
    refused: int = 0
    told: str = ""


@dataclass(slots=True)
class Rules:
    """What to do: the DNs to register, and those whose calls to ask a recording for."""

    dns: tuple[str, ...]
    start_on: tuple[str, ...] = ()
    bugs: frozenset[str] = field(default_factory=frozenset)


class Library:
    """The connection to the T-Server, for as long as the recorder runs."""

    def __init__(
        self,
        address: tuple[str, int],
        rules: Rules,
        dialogs: Callable[[], list[Dialog]],
        password: str | None = None,
    ) -> None:
        self.address = address
        self._rules = rules
        self._bugs = rules.bugs
        self._dialogs = dialogs
        self._password = password
        self._changes: queue.SimpleQueue[Dialog] = queue.SimpleQueue()
        self._client: TLibraryClient | None = None
        self._calls: dict[ConnId, _Call] = {}
        self._last_conn_id = ConnId(0)
        self._was_connected = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder-tlib", daemon=True)

    def open(self) -> None:
        """Connect, and stay connected."""
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._thread.join(timeout=5)

    def changed(self, dialog: Dialog) -> None:
        """A session began or ended; may come from any thread."""
        self._changes.put(dialog)

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
        self._client = TLibraryClient(
            host,
            port,
            name="" if "no-name" in self._bugs else NAME,
            password=self._password,
            addp_seconds=0.0 if "no-addp" in self._bugs else _ADDP_S,
            answers_polls="deaf-addp" not in self._bugs,
        )
        again, self._was_connected = self._was_connected, True
        self._calls.clear()
        if "never-registers" not in self._bugs and not (again and "forgets-dns" in self._bugs):
            self._register()
        monitors = "no-monitoring" not in self._bugs
        if monitors and not (again and "forgets-monitoring" in self._bugs):
            self._send(RequestStartCallMonitoring(register_mode=_EVERYTHING))

    def _register(self) -> None:
        dns = self._rules.dns[:1] if "registers-one" in self._bugs else self._rules.dns
        private = "registers-private" in self._bugs
        for dn in dns:
            self._send(
                RequestRegisterAddress(
                    this_dn=Dn(dn),
                    register_mode=RegisterMode.ModePrivate
                    if private
                    else RegisterMode.ModeShare,
                    control_mode=ControlMode.RegisterDefault,
                    address_type=AddressType.DN,
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
            client.send(evolve(request, reference_id=ReferenceId(1)))
            return None
        return client.send(request)

    # -- what comes ----------------------------------------------------------------------------

    def _turn(self) -> None:
        client = self._client
        if client is None:
            raise ClientError("not connected")
        for message in client.take(_TURN_S):
            self._take(message)
        while not self._changes.empty():
            self._session(self._changes.get())
        if "late-ack-again" in self._bugs:
            self._ask_again()

    def _take(self, message: Message) -> None:
        if "chokes-on-attribute" in self._bugs and message.extra:
            raise ClientError("an attribute that I do not know")
        if isinstance(message, EventError):
            self._refused(message)
            return
        if isinstance(message, EventACK):
            self._acknowledged(message)
        function = _EVENTS.get(type(message).__name__)
        if function is not None:
            function(self, message)

    def _established(self, event: Any) -> None:
        call = _Call(
            conn_id=event.conn_id,
            dn=event.this_dn,
            uuid=event.call_uuid or "",
            consult=event.call_type == CallType.Consult,
        )
        self._calls[call.conn_id] = call
        wanted = call.dn in self._rules.start_on
        consult = call.consult and "starts-on-consult" not in self._bugs
        if wanted and not consult and "no-start" not in self._bugs:
            self._ask(call)
        self._last_conn_id = call.conn_id
        for dialog in self._dialogs():
            if dialog.call_uuid == call.uuid and not dialog.ended:
                self._session(dialog)

    def _released(self, event: Any) -> None:
        self._calls.pop(event.conn_id, None)

    # -- asking for a recording ----------------------------------------------------------------

    def _ask(self, call: _Call) -> None:
        side = "agent" if "wrong-side" in self._bugs else "source"
        pairs: list[tuple[str, Any]] = [("record", side), ("id", f"ref-{call.conn_id:016x}")]
        if "integer-extension" in self._bugs:
            pairs.append(("rule", 17))
        conn_id: ConnId | None = call.conn_id
        if "no-conn-id" in self._bugs:
            conn_id = None
        elif "old-conn-id" in self._bugs:
            conn_id = self._last_conn_id
        call.asked_at = time.monotonic()
        call.reference = self._send(
            RequestPrivateService(
                private_msg_id=4013 if "wrong-message" in self._bugs else START,
                this_dn=call.dn,
                conn_id=conn_id,
                extensions=KVList(tuple(pairs)),
            )
        )

    def _ask_again(self) -> None:
        for call in self._calls.values():
            waited = call.asked_at is not None and time.monotonic() - call.asked_at
            if waited and waited > _IMPATIENT_S and not call.answered:
                call.answered = True
                self._ask(call)

    def _acknowledged(self, event: EventACK) -> None:
        for call in self._calls.values():
            if call.reference is not None and call.reference == event.reference_id:
                call.answered = True
                if "ack-is-recording" in self._bugs:
                    self._tell(call, YES)

    def _refused(self, event: EventError) -> None:
        if "leaves-on-error" in self._bugs:
            self._closing.set()
            raise ClientError("refused")
        for call in self._calls.values():
            if call.reference is None or call.reference != event.reference_id:
                continue
            call.answered = True
            if "starts-again" in self._bugs and call.refused < 5:
                call.refused += 1
                self._closing.wait(_AGAIN_S)
                self._ask(call)
            elif not self._has_session(call):
                self._tell(call, NO)

    # -- sessions ------------------------------------------------------------------------------

    def _has_session(self, call: _Call) -> bool:
        return any(one.call_uuid == call.uuid and not one.ended for one in self._dialogs())

    def _session(self, dialog: Dialog) -> None:
        """A session of a call began or ended: tell the others."""
        for call in self._calls.values():
            if call.uuid != dialog.call_uuid or dialog.dn not in (call.dn, call.dn, dialog.dn):
                continue
            if self._has_session(call):
                self._tell(call, YES)
            elif call.told == YES and "yes-forever" not in self._bugs:
                self._tell(call, NO_LONGER)

    def _tell(self, call: _Call, status: str) -> None:
        if call.told == status or "no-status" in self._bugs:
            return
        call.told = status
        value: str | int = "RECORDED" if "strange-status" in self._bugs else status
        if "integer-status" in self._bugs:
            value = 1
        self._send(
            RequestUpdateUserData(
                this_dn=call.dn, conn_id=call.conn_id, user_data=KVList(((STATUS, value),))
            )
        )


_EVERYTHING = 0x7FFFFFFF
_EVENTS: dict[str, Callable[[Library, Any], None]] = {
    "EventEstablished": Library._established,
    "EventReleased": Library._released,
}
