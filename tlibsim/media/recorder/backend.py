"""The recorder backend: takes orders of recording, drives SIP recorders, and reports.

It is a :class:`tlibsim.ports.media.MediaBackend`.  Orders and the user agent share one thread;
what an order sets off happens on later turns, so many pieces a turn.  Source: MEDIA.md 1, 3, 4.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from tlibsim.media.causes import ports_cause
from tlibsim.media.recorder.lines import Streams
from tlibsim.media.recorder.mediaserver import MediaServerSession
from tlibsim.media.recorder.monitor import PoolMonitor
from tlibsim.media.recorder.pool import Recorder, RecorderPool
from tlibsim.media.recorder.session import RecorderSession
from tlibsim.media.recorder.settings import ClientSettings
from tlibsim.media.recorder.wire import Later, Pacer, Wire
from tlibsim.media.sip.values import Agent, Clock, Randomness, Timer
from tlibsim.ports.media import (
    BackendStatus,
    CaptureEnded,
    CaptureFailed,
    CaptureReport,
    Instant,
    RecordingOrder,
    ReportSink,
    Revision,
    SessionId,
)
from tlibsim.ports.recorders import RecorderState

PORTS_A_SESSION = 2

_LOG = logging.getLogger("tlibsim.media")


class Opened(Protocol):
    """A part that begins and ends with the backend: the user agent, the RTP side."""

    def open(self) -> None: ...
    def close(self) -> None: ...


class RecorderBackend:
    """``agent`` speaks SIP, ``streams`` sends sound, ``parts`` are opened and closed with it.

    ``clock`` is that of timers, ``now`` that of orders; ``later`` runs a function on a later
    turn.  ``host`` is the address that recorders are told our streams come from.
    Raises AddressError for a configured recorder whose address is none.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        agent: Agent,
        streams: Streams,
        clock: Clock,
        rng: Randomness,
        now: Callable[[], Instant],
        deliver: ReportSink,
        later: Later,
        host: str,
        parts: Sequence[Opened] = (),
    ) -> None:
        self.pool = RecorderPool(settings.pool)
        self._settings = settings
        self._deliver = deliver
        self._later = later
        self._clock = clock
        self._parts = parts
        self._pacer = Pacer(later, settings.burst)
        self._wire = Wire(
            agent=agent,
            streams=streams,
            pool=self.pool,
            settings=settings,
            clock=clock,
            rng=rng,
            now=now,
            pacer=self._pacer,
            host=host,
        )
        self._make = MediaServerSession if settings.media_servers else RecorderSession
        self._monitor = PoolMonitor(
            self.pool, settings.monitor, agent=agent, clock=clock, changed=self._changed
        )
        self._sessions: dict[SessionId, RecorderSession] = {}
        self._outbox: deque[CaptureReport] = deque()
        self._posting = False
        self._closing = False
        self._grace: Timer | None = None
        self._open = False

    # -- the life of the backend -------------------------------------------------------------

    def open(self) -> None:
        """Begin to listen and to ping; raises what a part raises, and then none stays open."""
        opened: list[Opened] = []
        try:
            for part in self._parts:
                opened.append(part)
                part.open()
        except Exception:
            for part in reversed(opened):
                part.close()
            raise
        self._open = True
        self._monitor.open()

    def close(self) -> None:
        """End every session; the network is let go when all BYEs are answered, or soon."""
        if self._closing:
            return
        self._closing = True
        self._monitor.close()
        for session in tuple(self._sessions.values()):
            session.stop("the server stops")
        self._grace = self._clock.call_later(self._settings.close_patience_s, self._let_go)
        self._pacer.do(self._look)

    def _let_go(self) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        if self._open:
            self._open = False
            for part in reversed(self._parts):
                part.close()
        for session in tuple(self._sessions):
            self._tell(CaptureEnded(session=session))
            self._forget(session)

    def settled(self) -> bool:
        """Tell whether every order is answered and every report delivered."""
        if self._closing and self._grace is not None:
            return False
        sessions = all(one.settled for one in self._sessions.values())
        return sessions and self._pacer.idle and not self._outbox

    def catch_up(self) -> None:
        """Do nothing: sound leaves in real time."""

    # -- orders ------------------------------------------------------------------------------

    def start(self, order: RecordingOrder) -> None:
        if order.session in self._sessions:
            raise ValueError(f"session {order.session} was started before")
        session = self._make(order, wire=self._wire, tell=self._tell, ended=self._forget)
        session.prepare()
        cause = self._no_room(session)
        if cause:
            self._pacer.do(partial(self._turn_away, order.session, cause))
            return
        self._sessions[order.session] = session
        self._pacer.do(partial(self._begin, session))

    def _begin(self, session: RecorderSession) -> None:
        """A session that cannot even begin for a mistake of ours fails, and does not hang."""
        try:
            session.begin()
        except Exception as error:  # noqa: BLE001, one bad order must not stop the others
            _LOG.exception("recording session %s cannot begin", session.id)
            session.give_up(f"an error of tlibsim's own: {error}")

    def _turn_away(self, session: SessionId, cause: str) -> None:
        self._tell(CaptureFailed(session=session, cause=cause, retryable=True))
        self._tell(CaptureEnded(session=session))

    def _no_room(self, session: RecorderSession) -> str:
        if self._closing:
            return "the recording client is closed"
        most = self._settings.max_ports
        if most and self._ports() + (session.ports or PORTS_A_SESSION) > most:
            return ports_cause(most)
        return ""

    def pause(self, session: SessionId, at: Instant) -> None:  # noqa: ARG002
        found = self._running(session)
        if found is not None:
            found.pause()

    def resume(self, session: SessionId, at: Instant) -> None:  # noqa: ARG002
        found = self._running(session)
        if found is not None:
            found.resume()

    def revise(self, revision: Revision) -> None:
        found = self._running(revision.session)
        if found is not None:
            found.revise(revision)

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:  # noqa: ARG002
        found = self._running(session)
        if found is not None:
            found.stop(cause)

    def _running(self, session: SessionId) -> RecorderSession | None:
        found = self._sessions.get(session)
        return found if found is not None and found.takes_orders else None

    def status(self) -> BackendStatus:
        return BackendStatus(
            ports_in_use=self._ports(),
            max_ports=self._settings.max_ports,
            problems=self.pool.problems(),
        )

    def recorders(self) -> tuple[RecorderState, ...]:
        """Every recorder as it is now, those in use that are in no list too."""
        return self.pool.states()

    def drain(self, name: str, *, on: bool) -> None:
        """Give a recorder no more sessions, or again; KeyError when it is in no list."""
        self.pool.drain(name, on=on)

    def _ports(self) -> int:
        return sum(one.ports for one in self._sessions.values() if one.takes_orders)

    # -- reports -----------------------------------------------------------------------------

    def _tell(self, report: CaptureReport) -> None:
        self._outbox.append(report)
        if not self._posting:
            self._posting = True
            self._later(self._post)

    def _post(self) -> None:
        """Deliver what is there now; a report that makes new ones leaves them for later."""
        self._posting = False
        for _ in range(len(self._outbox)):
            self._deliver(self._outbox.popleft())
        if self._outbox and not self._posting:
            self._posting = True
            self._later(self._post)

    def _forget(self, session: SessionId) -> None:
        self._sessions.pop(session, None)
        self._look()

    def _look(self) -> None:
        if self._closing and not self._sessions and self._grace is not None:
            self._let_go()

    def _changed(self, recorder: Recorder) -> None:
        """A recorder fell or rose."""
        if recorder.alive or not self._settings.end_on_ping_loss:
            return
        for session in tuple(self._sessions.values()):
            if session.uses(recorder.name):
                cause = f"recorder {recorder.name} is down: {recorder.cause}"
                self._pacer.do(partial(session.recorder_down, cause))
