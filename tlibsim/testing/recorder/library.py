"""The T-Library side of the reference recorder: registers, asks for recordings, tells its state.

What happens on the SIP side comes by a queue.
"""

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tlibproto.messages import (
    EventACK,
    EventError,
    Message,
    RequestAttachUserData,
    RequestPrivateService,
    RequestStartCallMonitoring,
    RequestStopCallMonitoring,
    RequestUnregisterAddress,
    RequestUpdateUserData,
)
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import (
    AddressType,
    CallType,
    ConnId,
    Dn,
    KVList,
)
from tlibsim.testing.client import ClientError
from tlibsim.testing.program import AGAIN_S, IMPATIENT_S, Program, registration
from tlibsim.testing.recorder.sip import Dialog

START = 3013
STATUS = "RECORDING_STATUS_GIM"
YES, NO, NO_LONGER = "RECORDING_YES", "RECORDING_NO", "RECORDING_NO_LONGER"
NAME = "reference-recorder"
LATER_S = 2.0


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


class Library(Program):
    """The connection to the T-Server, for as long as the recorder runs."""

    def __init__(
        self,
        address: tuple[str, int],
        rules: Rules,
        dialogs: Callable[[], list[Dialog]],
        password: str | None = None,
    ) -> None:
        super().__init__(address, NAME, bugs=rules.bugs, password=password)
        self._rules = rules
        self._dialogs = dialogs
        self._changes: queue.SimpleQueue[Dialog] = queue.SimpleQueue()
        self._calls: dict[ConnId, _Call] = {}
        self._last_conn_id = ConnId(0)

    def changed(self, dialog: Dialog) -> None:
        """A session began or ended; may come from any thread."""
        self._changes.put(dialog)

    def connected(self, again: bool) -> None:
        """Register, and follow all calls."""
        self._calls.clear()
        if "never-registers" not in self.bugs and not (again and "forgets-dns" in self.bugs):
            self._register()
        monitors = "no-monitoring" not in self.bugs
        if monitors and not (again and "forgets-monitoring" in self.bugs):
            self.send(RequestStartCallMonitoring(register_mode=_EVERYTHING))
        if "monitors-briefly" in self.bugs:
            self.send(RequestStopCallMonitoring())

    def _register(self) -> None:
        dns = self._rules.dns[:1] if "registers-one" in self.bugs else self._rules.dns
        for dn in dns:
            asked = registration(dn, private="registers-private" in self.bugs)
            if "wrong-type" in self.bugs:
                asked = evolve(asked, address_type=AddressType.Queue)
            self.send(asked)
            if "unregisters" in self.bugs:
                self.send(RequestUnregisterAddress(this_dn=Dn(dn)))

    # -- what comes ----------------------------------------------------------------------------

    def turned(self) -> None:
        """Tell of sessions that began or ended."""
        while not self._changes.empty():
            self._session(self._changes.get())
        if "late-ack-again" in self.bugs:
            self._ask_again()

    def take(self, message: Message) -> None:
        """Follow calls and answers."""
        if "chokes-on-attribute" in self.bugs and message.extra:
            raise ClientError("an attribute that I do not know")
        if "drops-strange-event" in self.bugs and message.extra:
            return
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
        if "starts-while-ringing" not in self.bugs:
            self._wish(call)
        self._last_conn_id = call.conn_id
        for dialog in self._dialogs():
            if dialog.call_uuid == call.uuid and not dialog.ended:
                self._session(dialog)

    def _wish(self, call: _Call) -> None:
        """Ask for a recording of the call if it is one of those."""
        wanted = call.dn in self._rules.start_on
        consult = call.consult and "starts-on-consult" not in self.bugs
        if wanted and not consult and "no-start" not in self.bugs:
            self._ask(call)

    def _ringing(self, event: Any) -> None:
        if "starts-while-ringing" in self.bugs:
            uuid, consult = event.call_uuid or "", event.call_type == CallType.Consult
            self._wish(
                _Call(conn_id=event.conn_id, dn=event.this_dn, uuid=uuid, consult=consult)
            )

    def _released(self, event: Any) -> None:
        self._calls.pop(event.conn_id, None)
        if "leaves" in self.bugs:
            raise ClientError("enough for now")

    # -- asking for a recording ----------------------------------------------------------------

    def _ask(self, call: _Call) -> None:
        side = "agent" if "wrong-side" in self.bugs else "source"
        pairs: list[tuple[str, Any]] = [("record", side), ("id", f"ref-{call.conn_id:016x}")]
        if "integer-extension" in self.bugs:
            pairs.append(("rule", 17))
        conn_id: ConnId | None = call.conn_id
        if "no-conn-id" in self.bugs:
            conn_id = None
        elif "old-conn-id" in self.bugs:
            conn_id = self._last_conn_id
        call.asked_at = time.monotonic()
        call.reference = self.send(
            RequestPrivateService(
                private_msg_id=4013 if "wrong-message" in self.bugs else START,
                this_dn=Dn("7999") if "strange-dn" in self.bugs else call.dn,
                conn_id=conn_id,
                extensions=KVList(tuple(pairs)),
            )
        )

    def _ask_again(self) -> None:
        for call in self._calls.values():
            waited = call.asked_at is not None and time.monotonic() - call.asked_at
            if waited and waited > IMPATIENT_S and not call.answered:
                call.answered = True
                self._ask(call)

    def _acknowledged(self, event: EventACK) -> None:
        for call in self._calls.values():
            if call.reference is not None and call.reference == event.reference_id:
                call.answered = True
                if "ack-is-recording" in self.bugs:
                    self._tell(call, YES)

    def _refused(self, event: EventError) -> None:
        if "leaves-on-error" in self.bugs:
            self.leave("refused")
        for call in self._calls.values():
            if call.reference is None or call.reference != event.reference_id:
                continue
            call.answered = True
            if "starts-again-later" in self.bugs and not call.refused:
                call.refused += 1
                self.wait(LATER_S)
                self._ask(call)
            elif "starts-again" in self.bugs and call.refused < 5:
                call.refused += 1
                self.wait(AGAIN_S)
                self._ask(call)
            elif not self._has_session(call):
                self._tell(call, NO)

    # -- sessions ------------------------------------------------------------------------------

    def _has_session(self, call: _Call) -> bool:
        return any(one.call_uuid == call.uuid and not one.ended for one in self._dialogs())

    def _session(self, dialog: Dialog) -> None:
        """A session of a call began or ended: tell the others."""
        for call in self._calls.values():
            if call.uuid != dialog.call_uuid:
                continue
            if self._has_session(call):
                self._tell(call, YES)
            elif call.told == YES and "yes-forever" not in self.bugs:
                self._tell(call, NO_LONGER)

    def _tell(self, call: _Call, status: str) -> None:
        if call.told == status or "no-status" in self.bugs:
            return
        call.told = status
        value: str | int = "RECORDED" if "strange-status" in self.bugs else status
        if "integer-status" in self.bugs:
            value = 1
        adds = "adds-status" in self.bugs
        kind = RequestAttachUserData if adds else RequestUpdateUserData
        conn_id = ConnId(0) if "status-of-no-call" in self.bugs else call.conn_id
        self.send(kind(this_dn=call.dn, conn_id=conn_id, user_data=KVList(((STATUS, value),))))


_EVERYTHING = 0x7FFFFFFF
_EVENTS: dict[str, Callable[[Library, Any], None]] = {
    "EventRinging": Library._ringing,
    "EventEstablished": Library._established,
    "EventReleased": Library._released,
}
