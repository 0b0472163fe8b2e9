"""A backend in front of another that makes the media side fail as a script wants it.

Without a script it only passes orders and reports on.  A recorder that fails gets no order at
all; its legs are reported as a real recording client would report them (RECORDING.md 6).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from tlibsim.ports.media import (
    BackendStatus,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CaptureReport,
    CaptureStarted,
    Instant,
    LegChanged,
    LegLost,
    LegPlan,
    LegStatus,
    LegView,
    RecordingOrder,
    ReportSink,
    Revision,
    RunningBackend,
    SessionId,
)
from tlibsim.ports.scripts import (
    BUILT_IN_RECORDER,
    FailMediaServer,
    FailMediaService,
    FailRecorder,
    LoseRecorder,
    MediaScript,
    MendMediaService,
    MendRecorder,
    host_of,
)

Later = Callable[[Callable[[], None]], None]
"""Runs a function on a later turn of the thread that gives orders."""

NO_ANSWER = 408
_PHRASES: Mapping[int, str] = {
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    600: "Busy Everywhere",
    603: "Decline",
}
_SERVER_CAUSE = "the media server (MCP) failed"
_SERVICE_CAUSE = "no media server answers: look at the DNs with service-type msml"


@dataclass(slots=True)
class _Session:
    """A session that has not had its last word: its order, and its legs that were failed.

    ``failed``: its end was told already, what the backend behind says of it is dropped.
    """

    order: RecordingOrder
    legs: tuple[LegPlan, ...]
    broken: dict[str, FailRecorder] = field(default_factory=dict)
    failed: bool = False


class ScriptedBackend:
    """A :class:`tlibsim.ports.media.RunningBackend` around the one that ``make`` makes.

    ``make`` gets the sink for the reports of the backend behind.
    """

    def __init__(
        self,
        make: Callable[[ReportSink], RunningBackend],
        *,
        deliver: ReportSink,
        later: Later,
    ) -> None:
        self._deliver = deliver
        self._later = later
        self._sessions: dict[SessionId, _Session] = {}
        self._faults: list[FailRecorder] = []
        self._service_down = False
        self._unanswered = 0
        self.behind = make(self._relay)

    # -- the script --------------------------------------------------------------------------

    def perform(self, script: MediaScript, now: Instant) -> None:
        """Let something go wrong, or right again."""
        _SCRIPTS[type(script)](self, script, now)

    def _fail_recorder(self, script: FailRecorder, _: Instant) -> None:
        self._mend_recorder(MendRecorder(address=script.address), _)
        self._faults.append(script)

    def _mend_recorder(self, script: MendRecorder, _: Instant) -> None:
        host = host_of(script.address)
        kept = [one for one in self._faults if host and host_of(one.address) != host]
        self._faults = kept

    def _fail_service(self, _: FailMediaService, __: Instant) -> None:
        self._service_down = True

    def _mend_service(self, _: MendMediaService, __: Instant) -> None:
        self._service_down = False

    def _fail_server(self, _: FailMediaServer, now: Instant) -> None:
        for session in tuple(self._sessions.values()):
            if not session.failed:
                self._break_off(session, _SERVER_CAUSE, now, retryable=True)

    def _lose_recorder(self, script: LoseRecorder, now: Instant) -> None:
        for session in tuple(self._sessions.values()):
            lost = [leg for leg in session.legs if self._is_at(session, leg, script.address)]
            lost = [leg for leg in lost if leg.key not in session.broken]
            if lost and not session.failed:
                self._lose(session, lost, now)

    def _lose(self, session: _Session, lost: Sequence[LegPlan], now: Instant) -> None:
        """The legs end; a session without a leg is over."""
        name = session.order.session
        reports: list[CaptureReport] = []
        for leg in lost:
            cause = f"{_dest(session, leg)} ended the leg"
            view = _view(session, leg, LegStatus.ENDED, cause=cause)
            reports += [
                LegChanged(session=name, leg=view),
                LegLost(session=name, key=leg.key, cause=cause),
            ]
            session.broken[leg.key] = FailRecorder(address=_dest(session, leg))
        self._answer(reports)
        if all(leg.key in session.broken for leg in session.legs):
            self._break_off(session, f"{_dest(session, lost[0])} ended the recording", now)

    def _break_off(
        self, session: _Session, cause: str, now: Instant, *, retryable: bool = False
    ) -> None:
        """Tell that the capture is over; the end comes from the backend behind."""
        session.failed = True
        name = session.order.session
        self._answer(
            [CaptureFailed(session=name, cause=cause, retryable=retryable)],
            lambda: self.behind.stop(name, now, cause),
        )

    # -- orders ------------------------------------------------------------------------------

    def start(self, order: RecordingOrder) -> None:
        if order.session in self._sessions:
            raise ValueError(f"session {order.session} was started before")
        if self._service_down:
            failed = CaptureFailed(session=order.session, cause=_SERVICE_CAUSE)
            self._answer([failed, CaptureEnded(session=order.session)])
            return
        session = _Session(order, order.legs)
        session.broken = self._broken_legs(session)
        if session.broken and len(session.broken) == len(order.legs):
            fault = next(iter(session.broken.values()))
            if not fault.keep:
                self._refuse(session, fault)
                return
        self._sessions[order.session] = session
        legs = _whole(order.legs, session.broken)
        self.behind.start(order if legs == order.legs else replace(order, legs=legs))

    def _broken_legs(self, session: _Session) -> dict[str, FailRecorder]:
        """The legs that fail, by key; a fault that was for some sessions has one less to go."""
        broken: dict[str, FailRecorder] = {}
        for number, fault in enumerate(tuple(self._faults)):
            hit = [leg for leg in session.legs if self._is_at(session, leg, fault.address)]
            broken |= {leg.key: fault for leg in hit if leg.key not in broken}
            if hit and fault.times:
                self._faults[number] = replace(fault, times=fault.times - 1 or -1)
        self._faults = [fault for fault in self._faults if fault.times >= 0]
        return broken

    @staticmethod
    def _is_at(session: _Session, leg: LegPlan, address: str) -> bool:
        return not address or host_of(_dest(session, leg)) == host_of(address)

    def _refuse(self, session: _Session, fault: FailRecorder) -> None:
        """The media server has the session, every recorder refuses it (RECORDING.md 6)."""
        order = session.order
        name = order.session
        changed = [self._failed_leg(session, leg) for leg in session.legs]
        cause = f"{_dest(session, session.legs[0])} {_answered(fault.code)}"
        self._answer(
            [
                CaptureAccepted(session=name, file_name=order.file_name),
                *changed,
                CaptureFailed(session=name, cause=cause),
                CaptureEnded(session=name),
            ]
        )

    @staticmethod
    def _failed_leg(session: _Session, leg: LegPlan) -> LegChanged:
        code = session.broken[leg.key].code
        cause = f"{_dest(session, leg)} {_answered(code)}"
        view = _view(session, leg, LegStatus.FAILED, code=code, cause=cause)
        return LegChanged(session=session.order.session, leg=view)

    def pause(self, session: SessionId, at: Instant) -> None:
        self.behind.pause(session, at)

    def resume(self, session: SessionId, at: Instant) -> None:
        self.behind.resume(session, at)

    def revise(self, revision: Revision) -> None:
        known = self._sessions.get(revision.session)
        if known is not None:
            known.legs = revision.legs
            legs = _whole(revision.legs, known.broken)
            if legs != revision.legs:
                revision = replace(revision, legs=legs)
        self.behind.revise(revision)

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:
        self.behind.stop(session, at, cause)

    def status(self) -> BackendStatus:
        return self.behind.status()

    def open(self) -> None:
        self.behind.open()

    def settled(self) -> bool:
        return self._unanswered == 0 and self.behind.settled()

    def catch_up(self) -> None:
        self.behind.catch_up()

    def close(self) -> None:
        self.behind.close()

    # -- reports -----------------------------------------------------------------------------

    def _relay(self, report: CaptureReport) -> None:
        """Pass a report of the backend behind on, unless the script has said otherwise."""
        session = self._sessions.get(report.session)
        if session is None:
            self._deliver(report)
            return
        if isinstance(report, CaptureEnded):
            del self._sessions[report.session]
        elif session.failed:
            return
        self._deliver(report)
        if isinstance(report, CaptureStarted) and session.broken:
            for leg in session.legs:
                if leg.key in session.broken:
                    self._deliver(self._failed_leg(session, leg))

    def _answer(
        self, reports: Sequence[CaptureReport], then: Callable[[], None] | None = None
    ) -> None:
        self._unanswered += 1
        self._later(lambda: self._hand_over(reports, then))

    def _hand_over(
        self, reports: Sequence[CaptureReport], then: Callable[[], None] | None
    ) -> None:
        try:
            for report in reports:
                self._deliver(report)
            if then is not None:
                then()
        finally:
            self._unanswered -= 1


_SCRIPTS: Mapping[type, Callable[[ScriptedBackend, Any, Instant], None]] = {
    FailRecorder: ScriptedBackend._fail_recorder,
    MendRecorder: ScriptedBackend._mend_recorder,
    LoseRecorder: ScriptedBackend._lose_recorder,
    FailMediaServer: ScriptedBackend._fail_server,
    FailMediaService: ScriptedBackend._fail_service,
    MendMediaService: ScriptedBackend._mend_service,
}

SCRIPTS = frozenset(_SCRIPTS)
"""The classes of the commands that a scripted backend takes."""


def _whole(
    legs: tuple[LegPlan, ...], broken: Mapping[str, FailRecorder]
) -> tuple[LegPlan, ...]:
    return tuple(leg for leg in legs if leg.key not in broken) if broken else legs


def _dest(session: _Session, leg: LegPlan) -> str:
    destinations = session.order.destinations
    found = destinations[leg.destination] if leg.destination < len(destinations) else ""
    return found or BUILT_IN_RECORDER


def _view(
    session: _Session, leg: LegPlan, status: LegStatus, *, cause: str, code: int = 0
) -> LegView:
    dest = _dest(session, leg)
    scheme = "sips" if dest.lower().startswith("sips:") else "sip"
    return LegView(
        key=leg.key,
        status=status,
        dn=leg.dn,
        other_dn=leg.other_dn,
        destination=leg.destination,
        recorder=dest,
        chosen_because="it is the destination asked for",
        uri=f"{scheme}:{leg.user}@{host_of(dest)}{leg.parameters}",
        direction="sendonly",
        code=code,
        cause=cause,
    )


def _answered(code: int) -> str:
    if code == NO_ANSWER:
        return "did not answer the INVITE (408 Request Timeout)"
    phrase = _PHRASES.get(code, "")
    if not phrase:
        known = {int(status) for status in HTTPStatus}
        phrase = HTTPStatus(code).phrase if code in known else "Refused"
    return f"answered the INVITE with {code} {phrase}"
