"""A third-party recorder as a T-Library client: messages in, requests out (RECORDING.md 11).

It opens no connection: whoever links it to a server hands it what came and sends what
:meth:`Persona.take` gives.  What it is told of legs stands for the SIP side of the recorder.
"""

import heapq
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from tlibproto.messages import (
    EventAbandoned,
    EventACK,
    EventAttachedDataChanged,
    EventDialing,
    EventError,
    EventEstablished,
    EventLinkConnected,
    EventPartyChanged,
    EventRegistered,
    EventReleased,
    EventRinging,
    EventUnregistered,
    EventUserEvent,
    Message,
    Request,
    RequestPrivateService,
    RequestRegisterAddress,
    RequestRegisterClient,
    RequestSendEvent,
    RequestUpdateUserData,
)
from tlibproto.vocabulary import (
    AddressType,
    ConnId,
    ControlMode,
    Dn,
    KVList,
    MessageId,
    PrivateServiceId,
    ReferenceId,
    RegisterMode,
    connid_of,
)
from tlibsim.config import Persona as PersonaSettings
from tlibsim.config import PersonaRule
from tlibsim.persona.case import Asking, Case, Reading, RecordingStatus
from tlibsim.persona.notices import SessionNotice
from tlibsim.persona.screen import COMMAND_KEY, QUERY, Screens, ScreenState
from tlibsim.ports.media import Instant
from tlibsim.ports.scripts import BUILT_IN_RECORDER, host_of

PROTOCOL_VERSION = "tserver protocol 4.2"
_INDICATION = "GSIP_RECORD"
_FILE_NAME = "GSIP_REC_FN"
_CALLS = "conn-"
_OPEN = frozenset({Asking.NOT_MET, Asking.EXPECTED, Asking.NO_RULE})
_BUSY = frozenset({42, 110})
"""START was refused because the call is recorded already: its legs decide (RECORDING.md 3.3)."""


class Persona:
    """One recorder.  ``dns`` are all objects that a client may register; ``own`` is its list.

    ``known`` are the addresses of recorders that the configuration has.

    It registers those of ``own``, and of ``dns`` whatever a rule or ``watch`` fits.  Equal
    seeds and equal messages give equal requests.
    """

    def __init__(
        self,
        settings: PersonaSettings,
        *,
        dns: Sequence[str],
        own: Sequence[str] = (),
        known: Sequence[str] = (),
        indication_key: str = COMMAND_KEY,
        rng: Random,
    ) -> None:
        self._settings = settings
        self.dns = self._wanted(dns, own)
        self._reading = Reading(
            host=host_of(settings.address),
            known=frozenset(host_of(one) for one in (BUILT_IN_RECORDER, *known)),
            dns=frozenset(self.dns),
            by=settings.correlate,
        )
        self._indication_key = indication_key
        self._rng = rng
        self._cases: dict[ConnId, Case] = {}
        self._screens = Screens()
        self._requests: list[Request] = []
        self._starts: dict[int, ConnId] = {}
        self._due: list[tuple[Instant, int, ConnId]] = []
        self._last_reference = 0
        self._open = False

    def reconfigure(
        self, *, dns: Sequence[str], own: Sequence[str], indication_key: str
    ) -> None:
        """Other DNs may be registered now; those that it wants and had not, it registers.

        A DN that is gone is known until its last call is over.
        """
        before, self.dns = self.dns, self._wanted(dns, own)
        self._indication_key = indication_key
        self._reading = replace(self._reading, dns=self._reading.dns | frozenset(self.dns))
        for dn in self.dns if self._open else ():
            if dn not in before:
                self._register(dn)

    def _wanted(self, dns: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
        settings = self._settings
        patterns = (*(rule.dn for rule in settings.rules), *settings.watch)
        watched = [dn for dn in dns if any(fnmatchcase(dn, one) for one in patterns)]
        return tuple(dict.fromkeys((*own, *watched)))

    # -- the connection ----------------------------------------------------------------------

    def connected(self) -> None:
        """The connection stands: open the session."""
        self._requests.append(
            RequestRegisterClient(
                protocol_version=PROTOCOL_VERSION,
                session_id=0,
                application_name=self._settings.name,
            )
        )

    def disconnected(self) -> None:
        """The connection is gone, and with it what was asked and what was known of calls."""
        self._open = False
        self._requests.clear()
        self._starts.clear()
        self._due.clear()
        self._cases = {
            conn_id: Case(conn_id=conn_id, sessions=case.sessions, had_leg=case.had_leg)
            for conn_id, case in self._cases.items()
            if case.sessions
        }

    @property
    def is_open(self) -> bool:
        """Whether the server has opened the session."""
        return self._open

    def take(self) -> Sequence[Request]:
        """What is to be sent, in order; each request is handed over once."""
        requests, self._requests = self._requests, []
        return requests

    # -- what comes --------------------------------------------------------------------------

    def hear(self, message: Message, now: Instant) -> None:
        """Take one message of the server; most are of no interest."""
        function = _HEARD.get(type(message))
        if function is not None:
            function(self, message, now)

    def see(self, notice: SessionNotice) -> None:
        """Take what happened to a recording session and its legs."""
        case = self._cases.get(notice.conn_id)
        if case is None:
            case = self._cases[notice.conn_id] = Case(conn_id=notice.conn_id)
        case.sessions[notice.session] = notice
        if notice.over and not case.dns:
            self._forget(case)

    def settle(self, now: Instant) -> None:
        """Ask for what is due, and tell each call what has changed for it."""
        for case in self._cases.values():
            while case.newcomers and case.is_idle:
                self._decide(case, case.newcomers.pop(0), now)
        while self._due and self._due[0][0] <= now:
            _, _, conn_id = heapq.heappop(self._due)
            self._start(conn_id)
        if self._open:
            for case in self._cases.values():
                self._tell(case)

    def next_deadline(self) -> Instant | None:
        """When :meth:`settle` is wanted next for a START that waits."""
        return self._due[0][0] if self._due else None

    # -- messages ----------------------------------------------------------------------------

    def _link_connected(self, _: EventLinkConnected, __: Instant) -> None:
        self._open = True
        for dn in self.dns:
            self._register(dn)

    def _register(self, dn: str) -> None:
        self._requests.append(
            RequestRegisterAddress(
                this_dn=Dn(dn),
                register_mode=RegisterMode.ModeShare,
                control_mode=ControlMode.RegisterDefault,
                address_type=AddressType.DN,
                reference_id=self._reference(),
            )
        )

    def _unregistered(self, event: EventUnregistered, _: Instant) -> None:
        """The DN is another object now, or gone: what is wanted still is registered again."""
        if event.this_dn in self.dns:
            self._register(event.this_dn)

    def _joined(self, event: Any, _: Instant) -> None:
        case = self._case_of(event)
        if case is not None:
            self._note_party(case, event.this_dn)
            if case.asking is Asking.NOT_MET:
                case.asking = Asking.EXPECTED

    def _registered(self, event: EventRegistered, _: Instant) -> None:
        """Calls that were there before the persona came are named in the Extensions."""
        for key, value in event.extensions or ():
            if key.startswith(_CALLS) and isinstance(value, str) and event.this_dn is not None:
                with suppress(ValueError):
                    conn_id = connid_of(value)
                    case = self._cases.setdefault(conn_id, Case(conn_id=conn_id))
                    self._note_party(case, event.this_dn)

    def _established(self, event: EventEstablished, now: Instant) -> None:
        case = self._case_of(event)
        if case is None or event.this_dn is None:
            return
        self._note_party(case, event.this_dn)
        if case.asking in _OPEN:
            self._decide(case, event.this_dn, now)
        elif event.this_dn != case.rule_dn and event.this_dn not in case.newcomers:
            case.newcomers.append(event.this_dn)

    def _left(self, event: Any, _: Instant) -> None:
        case = None if event.conn_id is None else self._cases.get(event.conn_id)
        if case is None:
            return
        _leave(case, event.this_dn)
        if not case.dns:
            self._forget(case)

    def _moved(self, event: EventPartyChanged, now: Instant) -> None:
        """The party is in another call from now on (BEHAVIOUR.md 1.7)."""
        previous = event.previous_conn_id
        if previous is not None and previous != event.conn_id and previous in self._cases:
            old = self._cases[previous]
            _leave(old, event.this_dn)
            if not old.dns:
                self._forget(old)
        self._established(event, now)  # type: ignore[arg-type]  # both name DN and call

    def _data_changed(self, event: EventAttachedDataChanged, _: Instant) -> None:
        case = self._case_of(event)
        if case is not None:
            self._note_party(case, event.this_dn)

    def _acknowledged(self, event: EventACK, _: Instant) -> None:
        self._answered(event.reference_id, Asking.ACCEPTED)

    def _refused(self, event: EventError, _: Instant) -> None:
        busy = event.error_code in _BUSY
        self._answered(event.reference_id, Asking.ACCEPTED if busy else Asking.REFUSED)

    def _user_event(self, event: EventUserEvent, _: Instant) -> None:
        """A desktop wants the screen captured, or wants to know (RECORDING.md 10)."""
        dn, data = event.this_dn, event.user_data
        word = None if data is None else data.first(COMMAND_KEY)
        if dn is None or not isinstance(word, str) or not self._screens.obey(dn, word):
            return
        self._send_event(dn, event.conn_id)
        if word != QUERY and event.conn_id is not None:
            self._attach(event.conn_id, dn, self._settings.video_key, self._video_status(dn))

    def _send_event(self, dn: Dn, conn_id: ConnId | None) -> None:
        values: dict[str, Any] = {} if conn_id is None else {"conn_id": conn_id}
        self._requests.append(
            RequestSendEvent(
                user_event=int(MessageId.EventUserEvent),
                this_dn=dn,
                user_data=KVList([(self._indication_key, self._screens.state(dn).value)]),
                reference_id=self._reference(),
                **values,
            )
        )

    def _video_status(self, dn: str) -> RecordingStatus:
        if self._screens.state(dn) is ScreenState.DISABLED:
            return RecordingStatus.NO_LONGER
        return RecordingStatus.YES

    # -- rules and requests ------------------------------------------------------------------

    def _decide(self, case: Case, dn: str, now: Instant) -> None:
        """The first rule whose pattern fits the DN decides.

        It decides once for a call; for whoever comes later when the recording has ended.
        """
        rule = next((one for one in self._settings.rules if fnmatchcase(dn, one.dn)), None)
        if rule is None or not self._hits(rule):
            if case.asking in _OPEN:
                case.asking = Asking.NO_RULE
            return
        case.rule, case.rule_dn, case.asking = rule, dn, Asking.WAITING
        self._last_reference += 1
        due = Instant(now + rule.delay_ms * 1000)
        heapq.heappush(self._due, (due, self._last_reference, case.conn_id))

    def _hits(self, rule: PersonaRule) -> bool:
        return self._rng.random() * 100 < rule.percent

    def _start(self, conn_id: ConnId) -> None:
        case = self._cases.get(conn_id)
        if case is None or case.rule is None or case.asking is not Asking.WAITING:
            return
        reference = self._reference()
        self._starts[reference] = conn_id
        case.asking = Asking.ASKED
        self._requests.append(
            RequestPrivateService(
                private_msg_id=PrivateServiceId.RecordStart,
                this_dn=Dn(case.rule_dn),
                conn_id=conn_id,
                extensions=KVList.of(record=case.rule.record),
                reference_id=reference,
            )
        )

    def _answered(self, reference: int | None, asking: Asking) -> None:
        conn_id = self._starts.pop(reference or 0, None)
        case = None if conn_id is None else self._cases.get(conn_id)
        if case is not None:
            case.asking = asking

    def _tell(self, case: Case) -> None:
        status = case.status(self._reading)
        if status is None or status is case.said or not case.dns:
            return
        case.said = status
        dn = case.rule_dn if case.rule_dn in case.dns else case.dns[0]
        self._attach(case.conn_id, dn, self._settings.status_key, status)

    def _attach(self, conn_id: ConnId, dn: str, key: str, status: RecordingStatus) -> None:
        self._requests.append(
            RequestUpdateUserData(
                this_dn=Dn(dn),
                conn_id=conn_id,
                user_data=KVList([(key, status.value)]),
                reference_id=self._reference(),
            )
        )

    def _reference(self) -> ReferenceId:
        self._last_reference += 1
        return ReferenceId(self._last_reference)

    # -- calls -------------------------------------------------------------------------------

    def _case_of(self, event: Any) -> Case | None:
        """The call of an event, made when it is new; the server's keys are read along."""
        conn_id: ConnId | None = event.conn_id
        if not conn_id:
            return None
        case = self._cases.get(conn_id)
        if case is None:
            case = self._cases[conn_id] = Case(conn_id=conn_id)
        data = event.user_data or ()
        for key, value in data:
            if key == _INDICATION and isinstance(value, str):
                case.indication = value.lower()
            elif key == _FILE_NAME and isinstance(value, str):
                case.file_name = value
        return case

    def _note_party(self, case: Case, dn: str | None) -> None:
        if dn in self._reading.dns and dn is not None and dn not in case.dns:
            case.dns.append(dn)

    def _forget(self, case: Case) -> None:
        if any(not session.over for session in case.sessions.values()):
            return
        self._cases.pop(case.conn_id, None)


def _leave(case: Case, dn: str | None) -> None:
    """A DN is not on the call any more."""
    for dns in (case.dns, case.newcomers):
        if dn in dns:
            dns.remove(dn)


_HEARD: Mapping[type[Message], Callable[[Persona, Any, Instant], None]] = {
    EventLinkConnected: Persona._link_connected,
    EventRegistered: Persona._registered,
    EventUnregistered: Persona._unregistered,
    EventRinging: Persona._joined,
    EventDialing: Persona._joined,
    EventEstablished: Persona._established,
    EventPartyChanged: Persona._moved,
    EventReleased: Persona._left,
    EventAbandoned: Persona._left,
    EventAttachedDataChanged: Persona._data_changed,
    EventACK: Persona._acknowledged,
    EventError: Persona._refused,
    EventUserEvent: Persona._user_event,
}
