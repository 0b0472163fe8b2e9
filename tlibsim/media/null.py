"""The backend that records nothing: it reports what a recorder would report, for load."""

from collections.abc import Callable, Sequence

from tlibsim.media.causes import ports_cause
from tlibsim.media.names import safe_name
from tlibsim.ports.media import (
    BackendStatus,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    Instant,
    OrderRefused,
    RecordingOrder,
    ReportSink,
    Revision,
    SessionId,
)

Later = Callable[[Callable[[], None]], None]
"""Runs a function on a later turn of the thread that gives orders, never at once."""


class NullBackend:
    """A :class:`tlibsim.ports.media.MediaBackend` without sound and without files.

    The name reported is the one ordered, made safe; names are not kept apart from each other.
    """

    def __init__(self, *, deliver: ReportSink, later: Later, max_ports: int = 0) -> None:
        self._deliver = deliver
        self._later = later
        self._max_ports = max_ports
        self._paused: dict[SessionId, bool] = {}
        self._unanswered = 0

    def start(self, order: RecordingOrder) -> None:
        session = order.session
        if session in self._paused:
            raise ValueError(f"session {session} was started before")
        if 0 < self._max_ports < 2 * len(self._paused) + 2:
            cause = ports_cause(self._max_ports)
            failed = CaptureFailed(session=session, cause=cause, retryable=True)
            self._answer(failed, CaptureEnded(session=session))
            return
        self._paused[session] = False
        name = safe_name(order.file_name or order.record_id)
        self._answer(
            CaptureAccepted(session=session, file_name=name), CaptureStarted(session=session)
        )

    def pause(self, session: SessionId, at: Instant) -> None:  # noqa: ARG002
        self._turn(session, "pause", CapturePaused(session=session), paused=True)

    def resume(self, session: SessionId, at: Instant) -> None:  # noqa: ARG002
        self._turn(session, "resume", CaptureResumed(session=session), paused=False)

    def revise(self, revision: Revision) -> None:
        if revision.session in self._paused:
            self._answer(CaptureRevised(session=revision.session))

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:  # noqa: ARG002
        if self._paused.pop(session, None) is not None:
            self._answer(CaptureEnded(session=session))

    def status(self) -> BackendStatus:
        return BackendStatus(ports_in_use=2 * len(self._paused), max_ports=self._max_ports)

    def settled(self) -> bool:
        """Tell whether every order is answered."""
        return self._unanswered == 0

    def open(self) -> None:
        """Do nothing: there is nothing to prepare."""

    def catch_up(self) -> None:
        """Do nothing: there is nothing to write."""

    def close(self) -> None:
        """End every session."""
        ended = [CaptureEnded(session=session) for session in self._paused]
        self._paused.clear()
        self._answer(*ended)

    def _turn(
        self, session: SessionId, order: str, done: CaptureReport, *, paused: bool
    ) -> None:
        if session not in self._paused:
            return
        if self._paused[session] is paused:
            cause = "it is paused already" if paused else "it is not paused"
            self._answer(OrderRefused(session=session, order=order, cause=cause))
            return
        self._paused[session] = paused
        self._answer(done)

    def _answer(self, *reports: CaptureReport) -> None:
        self._unanswered += 1
        self._later(lambda: self._hand_over(reports))

    def _hand_over(self, reports: Sequence[CaptureReport]) -> None:
        try:
            for report in reports:
                self._deliver(report)
        finally:
            self._unanswered -= 1
