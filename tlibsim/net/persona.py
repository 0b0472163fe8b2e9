"""The link between the recorder persona and the server it lives in.

The persona is a client like any other: its requests arrive as bytes and what it gets are bytes.
Everything happens on a turn of its own, so that it never acts in the middle of a delivery.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tlibproto.codec import decode, encode
from tlibproto.framing import Addp, FrameDecoder, encode_frame
from tlibproto.messages import Message
from tlibsim.config import DnType, Settings
from tlibsim.journal import Entry, Journal, Kind
from tlibsim.net.clock import MICROSECONDS, Call, Clock
from tlibsim.net.front import Front
from tlibsim.persona.case import Recorder
from tlibsim.persona.commands import (
    AcceptInvites,
    ConnectAgain,
    DropConnection,
    LoseLegs,
    PersonaCommand,
    RefuseInvites,
)
from tlibsim.persona.notices import LegNotice, SessionNotice
from tlibsim.persona.persona import Persona
from tlibsim.ports.media import Instant, LegStatus, SessionId
from tlibsim.ports.scripts import (
    FailRecorder,
    LoseRecorder,
    MediaScript,
    MendRecorder,
    host_of,
)
from tlibsim.recording.ports import PortPool
from tlibsim.recording.session import LegState
from tlibsim.recording.states import OVER
from tlibsim.recording.timeline import session_of
from tlibsim.recording.trace import SessionTrace
from tlibsim.session.client import ClientId

Shown = Callable[[SessionId], SessionTrace | None]
"""Shows a recording session by its name."""

_NOT_REGISTERED = frozenset({DnType.TRUNK, DnType.VOIP_SERVICE})

LISTENER = "persona"
CHARSET = "utf-8"


def _registrable(settings: Settings) -> list[str]:
    return [dn for dn, one in settings.dns.items() if one.type not in _NOT_REGISTERED]


def persona_of(settings: Settings, seed: int) -> Persona | None:
    """The persona that the settings ask for: it may register whatever a client may."""
    wanted = settings.persona
    if wanted is None:
        return None
    return Persona(
        wanted,
        dns=_registrable(settings),
        own=settings.clients.get(wanted.name, ()),
        known=_recorders(settings),
        indication_key=settings.options.screen_indication_key,
        rng=Random(f"persona {seed}"),
    )


def _recorders(settings: Settings) -> tuple[str, ...]:
    """The addresses of all recorders that are configured."""
    listed = [one.address for one in settings.recorders]
    objects = [dn.options for dn in settings.dns.values()]
    contacts = [one.contact for one in objects if one.service_type == "recorder"]
    servers = [one.recording_server for one in objects]
    remote = PortPool(settings.remote_recording.uri_pattern).address()
    found = (*listed, *contacts, *servers, settings.options.recording_server, remote)
    return tuple(address for address in found if address)


def persona_link(
    settings: Settings,
    seed: int,
    *,
    front: Front,
    clock: Clock,
    trace: Shown,
    script: Callable[[MediaScript], None],
) -> "PersonaLink | None":
    """The persona that the settings ask for, linked to their server; None without one."""
    persona = persona_of(settings, seed)
    if persona is None or settings.persona is None:
        return None
    return PersonaLink(
        persona,
        front=front,
        clock=clock,
        journal=front.hub.journal,
        trace=trace,
        script=script,
        address=settings.persona.address,
        reconnect_after_ms=settings.persona.reconnect_after_ms,
        name=settings.persona.name,
    )


class PersonaLink:
    """One persona on one server.

    ``trace`` shows a recording session, ``script`` lets something go wrong at the media side,
    which is how the recorder refuses INVITEs.
    """

    def __init__(
        self,
        persona: Persona,
        *,
        front: Front,
        clock: Clock,
        journal: Journal,
        trace: Shown,
        script: Callable[[MediaScript], None],
        address: str = "",
        reconnect_after_ms: int = 0,
        name: str = "",
    ) -> None:
        self.persona = persona
        self._name = name
        self._front = front
        self._clock = clock
        self._trace = trace
        self._script = script
        self._address = address
        self._reconnect_us = reconnect_after_ms * MICROSECONDS // 1000
        self._client: ClientId | None = None
        self._decoder = FrameDecoder()
        self._inbox: list[Message] = []
        self._changed: dict[SessionId, None] = {}
        self._turn: Call | None = None
        self._timer: Call | None = None
        self._running = False
        journal.listen(self._notice, Kind.FACT, Kind.REPORT)

    # -- for the application -----------------------------------------------------------------

    def start(self) -> None:
        """Connect and register."""
        self._running = True
        self._connect()

    def stop(self) -> None:
        """Do nothing any more."""
        self._running = False
        for call in (self._turn, self._timer):
            if call is not None:
                call.cancel()
        self._turn = self._timer = None

    def reconfigure(self, settings: Settings) -> None:
        """Other DNs are configured now."""
        self.persona.reconfigure(
            dns=_registrable(settings),
            own=settings.clients.get(self._name, ()),
            indication_key=settings.options.screen_indication_key,
        )
        self._soon()

    @property
    def connected(self) -> bool:
        """Whether the T-Library connection stands."""
        return self._client is not None

    def settled(self) -> bool:
        """Whether the persona has nothing to do at this instant."""
        deadline = self.persona.next_deadline()
        overdue = deadline is not None and deadline <= self._clock.now()
        return self._turn is None and not (overdue and self.connected)

    def perform(self, command: PersonaCommand) -> None:
        """Do what a scenario says."""
        _COMMANDS[type(command)](self, command)

    # -- the connection, as the front sees it ------------------------------------------------

    def deliver(self, data: bytes) -> None:
        """Bytes of the server."""
        for unit in self._decoder.feed(data):
            if not isinstance(unit, Addp):
                self._inbox.append(decode(unit, CHARSET))
        self._soon()

    def close(self) -> None:
        """The server closes the connection."""
        if self._running:
            self._clock.call_at(self._clock.now(), lambda: self._drop("closed by the server"))

    def reset(self) -> None:
        """The server reset the connection."""
        self.close()

    def half_close(self) -> None:
        """The server sends no more; what the persona says still arrives."""

    def _connect(self, _: Any = None) -> None:
        if self._client is not None:
            return
        self._decoder = FrameDecoder()
        self._client = self._front.connect(
            self, charset=CHARSET, listener=LISTENER, peer="built-in"
        )
        self.persona.connected()
        self._soon()

    def _disconnect(self, _: DropConnection) -> None:
        self._drop("the recorder persona dropped its connection")

    def _drop(self, reason: str) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        self._inbox.clear()
        self.persona.disconnected()
        self._front.disconnect(client, reason)
        if self._reconnect_us:
            at = Instant(self._clock.now() + self._reconnect_us)
            self._clock.call_at(at, self._return)

    def _return(self) -> None:
        if self._running:
            self._connect()

    # -- the recorder behind it --------------------------------------------------------------

    def _refuse(self, command: RefuseInvites) -> None:
        self._script(FailRecorder(address=self._address, code=command.code))

    def _accept(self, _: AcceptInvites) -> None:
        self._script(MendRecorder(address=self._address))

    def _lose(self, _: LoseLegs) -> None:
        self._script(LoseRecorder(address=self._address))

    def _notice(self, entry: Entry) -> None:
        """Something happened to a recording session: look at it on the next turn."""
        capture = getattr(entry.subject, "session", None)
        if isinstance(capture, str):
            self._changed[session_of(capture)] = None
            self._soon()

    # -- turns -------------------------------------------------------------------------------

    def _soon(self) -> None:
        if self._running and self._turn is None:
            self._turn = self._clock.call_at(self._clock.now(), self._act)

    def _act(self) -> None:
        self._turn = None
        if not self._running:
            return
        now = self._clock.now()
        inbox, self._inbox = self._inbox, []
        for message in inbox:
            self.persona.hear(message, now)
        changed, self._changed = self._changed, {}
        for session in changed:
            trace = self._trace(session)
            if trace is not None:
                self.persona.see(notice_of(trace))
        self.persona.settle(now)
        self._send()
        self._arm()

    def _send(self) -> None:
        for request in self.persona.take():
            if self._client is not None:
                self._front.receive(self._client, encode_frame(encode(request, CHARSET)))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.persona.next_deadline()
        if deadline is not None:
            self._timer = self._clock.call_at(deadline, self._soon_again)

    def _soon_again(self) -> None:
        self._timer = None
        self._soon()


_COMMANDS: Mapping[type, Callable[[PersonaLink, Any], None]] = {
    RefuseInvites: PersonaLink._refuse,
    AcceptInvites: PersonaLink._accept,
    LoseLegs: PersonaLink._lose,
    DropConnection: PersonaLink._disconnect,
    ConnectAgain: PersonaLink._connect,
}

COMMANDS = frozenset(_COMMANDS)
"""The classes of the commands that a persona takes."""


def recorder_state(link: PersonaLink | None) -> Recorder:
    """What is known of the recorder's T-Library client."""
    if link is None:
        return Recorder.ABSENT
    return Recorder.CONNECTED if link.connected else Recorder.DISCONNECTED


_STATUS: Mapping[LegState, LegStatus] = {
    LegState.NEW: LegStatus.INVITING,
    LegState.ESTABLISHED: LegStatus.ESTABLISHED,
    LegState.FAILED: LegStatus.FAILED,
    LegState.ENDED: LegStatus.ENDED,
}


def notice_of(trace: SessionTrace) -> SessionNotice:
    """What a recorder can know of a session."""
    return SessionNotice(
        session=trace.session,
        conn_id=trace.conn_id,
        record_dn=trace.record_dn,
        over=trace.state in OVER,
        ready=trace.hidden,
        legs=tuple(
            LegNotice(
                host=host_of(leg.uri),
                dn=leg.dn,
                status=_STATUS[leg.state],
                real=leg.view is not None and bool(leg.view.call_id),
            )
            for leg in trace.legs
        ),
    )
