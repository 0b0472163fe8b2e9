"""A media backend for tests: it keeps the orders, and the test sends the reports."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    session: SessionId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    session: SessionId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    session: SessionId
    at: Instant
    cause: str


_Kind = TypeVar("_Kind")
GivenOrder = RecordingOrder | Paused | Resumed | Revision | Stopped


class FakeBackend:
    """Keeps orders in ``orders``; reports what a good backend would on ``answer``.

    Nothing is sent by itself.  ``send`` sends any report, ``answer`` the proper reports to the
    oldest order not yet answered, ``answer_all`` to all of them.  After ``refuse_next`` the
    next order of that kind (start, pause, resume, revise) is refused.
    """

    def __init__(self, deliver: ReportSink) -> None:
        self.deliver = deliver
        self.orders: list[GivenOrder] = []
        self.refusals: dict[str, str] = {}
        self.problems: tuple[str, ...] = ()
        self._unanswered: deque[Callable[[], tuple[CaptureReport, ...]]] = deque()
        self._paused: dict[SessionId, bool] = {}

    def start(self, order: RecordingOrder) -> None:
        if order.session in self._paused:
            raise ValueError(f"session {order.session} was started before")
        self._paused[order.session] = False
        self._given(order, lambda: self._starting(order))

    def pause(self, session: SessionId, at: Instant) -> None:
        order = Paused(session=session, at=at)
        self._given(
            order, lambda: self._turning(session, "pause", CapturePaused(session=session))
        )

    def resume(self, session: SessionId, at: Instant) -> None:
        order = Resumed(session=session, at=at)
        done = CaptureResumed(session=session)
        self._given(order, lambda: self._turning(session, "resume", done))

    def revise(self, revision: Revision) -> None:
        session = revision.session
        done = CaptureRevised(session=session)
        self._given(revision, lambda: self._turning(session, "revise", done))

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:
        order = Stopped(session=session, at=at, cause=cause)
        self._given(order, lambda: self._ending(session))

    def status(self) -> BackendStatus:
        return BackendStatus(ports_in_use=2 * len(self._paused), problems=self.problems)

    def settled(self) -> bool:
        return not self._unanswered

    def open(self) -> None:
        """Begin; nothing is needed."""

    def catch_up(self) -> None:
        """Nothing is ever due."""

    def close(self) -> None:
        for session in list(self._paused):
            self._unanswered.append(lambda session=session: self._ending(session))

    def refuse_next(self, kind: str, cause: str) -> None:
        """Refuse the next order of a kind: start, pause, resume or revise."""
        self.refusals[kind] = cause

    def send(self, report: CaptureReport) -> None:
        """Send any report now."""
        self.deliver(report)

    def answer(self) -> None:
        """Answer the oldest order."""
        for report in self._unanswered.popleft()():
            self.deliver(report)

    def answer_all(self) -> None:
        """Answer every order, also those that an answer causes."""
        while self._unanswered:
            self.answer()

    def of_kind(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the orders of one class."""
        return [order for order in self.orders if isinstance(order, kind)]

    def _given(
        self, order: GivenOrder, answer: Callable[[], tuple[CaptureReport, ...]]
    ) -> None:
        self.orders.append(order)
        self._unanswered.append(answer)

    def _starting(self, order: RecordingOrder) -> tuple[CaptureReport, ...]:
        session = order.session
        cause = self.refusals.pop("start", "")
        if cause:
            del self._paused[session]
            return (CaptureFailed(session=session, cause=cause), CaptureEnded(session=session))
        name = safe_name(order.file_name or order.record_id)
        return (
            CaptureAccepted(session=session, file_name=name),
            CaptureStarted(session=session),
        )

    def _turning(
        self, session: SessionId, kind: str, done: CaptureReport
    ) -> tuple[CaptureReport, ...]:
        if session not in self._paused:
            return ()
        cause = self.refusals.pop(kind, "")
        if kind in {"pause", "resume"} and not cause:
            wanted = kind == "pause"
            if self._paused[session] is wanted:
                cause = "it is so already"
            self._paused[session] = wanted
        if cause:
            return (OrderRefused(session=session, order=kind, cause=cause),)
        return (done,)

    def _ending(self, session: SessionId) -> tuple[CaptureReport, ...]:
        if self._paused.pop(session, None) is None:
            return ()
        return (CaptureEnded(session=session),)
