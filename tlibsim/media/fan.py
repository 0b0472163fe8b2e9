"""A backend made of backends: local files and SIP recorders for one session (MEDIA.md 1).

Every member gets every order.  Reports of members that are ``required`` count; what befalls
another is told as a problem, and the session goes on.
"""

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tlibsim.ports.media import (
    Artefact,
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
    MediaProblem,
    OrderRefused,
    RecordingOrder,
    ReportSink,
    Revision,
    RunningBackend,
    SessionId,
)
from tlibsim.ports.recorders import Networked, RecorderState

PROBLEM_MEMBER = "backend"

_DONE: Mapping[type[CaptureReport], str] = {
    CapturePaused: "pause",
    CaptureResumed: "resume",
    CaptureRevised: "revise",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One backend: ``make`` gets the sink of its reports; ``names_files`` whose name counts."""

    name: str
    make: Callable[[ReportSink], RunningBackend]
    required: bool = True
    names_files: bool = False


@dataclass(slots=True)
class _Pending:
    """An order that members have yet to answer."""

    order: str
    waiting: set[str]
    refusals: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Session:
    """What the members have said of one session."""

    live: set[str]
    silent: set[str]
    accepted: bool = False
    started: bool = False
    over: bool = False
    ended: set[str] = field(default_factory=set)
    up: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    pending: deque[_Pending] = field(default_factory=deque)
    artefacts: tuple[Artefact, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


class Fan:
    """A :class:`tlibsim.ports.media.RunningBackend`; at least one member, names all different.

    A session with no required member needs any one of its members.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        deliver: ReportSink,
        now: Callable[[], Instant],
    ) -> None:
        self._deliver = deliver
        self._now = now
        self._members = {one.name: one for one in members}
        self._sessions: dict[SessionId, _Session] = {}
        self._backends = {one.name: one.make(self._sink(one.name)) for one in members}

    def _sink(self, name: str) -> ReportSink:
        return lambda report: self._report(name, report)

    def member(self, name: str) -> RunningBackend:
        """One of the backends; raises KeyError."""
        return self._backends[name]

    # -- orders ------------------------------------------------------------------------------

    def start(self, order: RecordingOrder) -> None:
        if order.session in self._sessions:
            raise ValueError(f"session {order.session} was started before")
        names = set(self._backends)
        self._sessions[order.session] = _Session(live=set(names), silent=set(names))
        for backend in self._backends.values():
            backend.start(order)

    def pause(self, session: SessionId, at: Instant) -> None:
        self._order(session, "pause", lambda backend: backend.pause(session, at))

    def resume(self, session: SessionId, at: Instant) -> None:
        self._order(session, "resume", lambda backend: backend.resume(session, at))

    def revise(self, revision: Revision) -> None:
        self._order(revision.session, "revise", lambda backend: backend.revise(revision))

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:
        known = self._sessions.get(session)
        if known is not None:
            known.over = True
            for name in known.live:
                self._backends[name].stop(session, at, cause)

    def _order(
        self, session: SessionId, order: str, give: Callable[[RunningBackend], None]
    ) -> None:
        known = self._sessions.get(session)
        if known is None or known.over:
            return
        known.pending.append(_Pending(order, set(known.live)))
        for name in tuple(known.live):
            give(self._backends[name])

    # -- the life of all ---------------------------------------------------------------------

    def status(self) -> BackendStatus:
        """The ports of the fullest member, and the problems of all."""
        every = [one.status() for one in self._backends.values()]
        limits = [one.max_ports for one in every if one.max_ports]
        return BackendStatus(
            ports_in_use=max(one.ports_in_use for one in every),
            max_ports=min(limits, default=0),
            problems=tuple(line for one in every for line in one.problems),
        )

    def open(self) -> None:
        """Begin to work, or not at all: raises what a member raises."""
        opened: list[RunningBackend] = []
        try:
            for backend in self._backends.values():
                backend.open()
                opened.append(backend)
        except OSError:
            for backend in opened:
                backend.close()
            raise

    def settled(self) -> bool:
        return all(one.settled() for one in self._backends.values())

    def catch_up(self) -> None:
        for backend in self._backends.values():
            backend.catch_up()

    def close(self) -> None:
        for backend in self._backends.values():
            backend.close()

    def places(self) -> dict[str, Any]:
        """Where the members listen."""
        return {
            name: place for one in self._networked() for name, place in one.places().items()
        }

    def recorders(self) -> tuple[RecorderState, ...]:
        """The recorders of all members."""
        return tuple(state for one in self._networked() for state in one.recorders())

    def drain(self, name: str, *, on: bool) -> None:
        """Give a recorder no more sessions, or again; KeyError when no member has it."""
        for one in self._networked():
            one.drain(name, on=on)
            return
        raise KeyError(name)

    def _networked(self) -> list[Networked]:
        return [one for one in self._backends.values() if isinstance(one, Networked)]

    # -- reports -----------------------------------------------------------------------------

    def _report(self, name: str, report: CaptureReport) -> None:
        session = self._sessions.get(report.session)
        if session is None:
            return
        handler = _HANDLERS.get(type(report))
        if handler is not None:
            handler(self, session, name, report)
        elif not session.over:
            self._deliver(report)

    def _required(self, session: _Session) -> Collection[str]:
        """Whose word counts: the required members, or, without any, those that are left."""
        required = [one.name for one in self._members.values() if one.required]
        return required or session.live

    def _accepted(self, session: _Session, name: str, report: CaptureAccepted) -> None:
        session.names[name] = report.file_name
        session.silent.discard(name)
        self._look(session, report.session)

    def _started(self, session: _Session, name: str, report: CaptureStarted) -> None:
        session.up.add(name)
        self._look(session, report.session)

    def _look(self, session: _Session, number: SessionId) -> None:
        """Say that it was accepted, or started, when that is so."""
        if session.over:
            return
        if not session.accepted and not session.silent:
            session.accepted = True
            named = CaptureAccepted(session=number, file_name=self._file_name(session))
            self._deliver(named)
        counted = self._required(session)
        up = session.up.issuperset(counted) if self._any_required() else bool(session.up)
        if session.accepted and up and not session.started:
            session.started = True
            self._deliver(CaptureStarted(session=number))

    def _any_required(self) -> bool:
        return any(one.required for one in self._members.values())

    def _file_name(self, session: _Session) -> str:
        ordered = sorted(self._members.values(), key=lambda one: not one.names_files)
        found = (session.names.get(one.name, "") for one in ordered)
        return next((name for name in found if name), "")

    def _failed(self, session: _Session, name: str, report: CaptureFailed) -> None:
        session.silent.discard(name)
        session.live.discard(name)
        self._no_more_answers(session, name)
        if session.over:
            return
        if name in self._required(session) or not session.live:
            session.over = True
            self._deliver(report)
            for other in session.live:
                self._backends[other].stop(report.session, self._now(), report.cause)
            return
        cause = f"{name}: {report.cause}"
        problem = MediaProblem(session=report.session, kind=PROBLEM_MEMBER, cause=cause)
        self._deliver(problem)
        self._look(session, report.session)
        self._answer(session, report.session)

    def _done(self, session: _Session, name: str, report: CaptureReport) -> None:
        self._note(session, name, _DONE[type(report)], "")
        self._answer(session, report.session)

    def _refused(self, session: _Session, name: str, report: OrderRefused) -> None:
        self._note(session, name, report.order, report.cause)
        self._answer(session, report.session)

    def _note(self, session: _Session, name: str, order: str, refusal: str) -> None:
        for pending in session.pending:
            if pending.order == order and name in pending.waiting:
                pending.waiting.discard(name)
                if refusal:
                    pending.refusals[name] = refusal
                return

    def _no_more_answers(self, session: _Session, name: str) -> None:
        for pending in session.pending:
            pending.waiting.discard(name)

    def _answer(self, session: _Session, number: SessionId) -> None:
        """Answer the orders that every member has answered, in order."""
        while session.pending and not session.pending[0].waiting and not session.over:
            pending = session.pending.popleft()
            counted = [
                cause
                for name, cause in pending.refusals.items()
                if name in self._required(session)
            ]
            if counted:
                refused = OrderRefused(
                    session=number, order=pending.order, cause="; ".join(counted)
                )
                self._deliver(refused)
                continue
            for name, cause in pending.refusals.items():
                text = f"{name}, {pending.order}: {cause}"
                self._deliver(MediaProblem(session=number, kind=PROBLEM_MEMBER, cause=text))
            self._deliver(_CONFIRMED[pending.order](number))

    def _ended(self, session: _Session, name: str, report: CaptureEnded) -> None:
        session.artefacts += report.artefacts
        for key, count in report.counters.items():
            session.counters[key] = session.counters.get(key, 0) + count
        session.live.discard(name)
        session.silent.discard(name)
        session.ended.add(name)
        if session.ended.issuperset(self._members):
            del self._sessions[report.session]
            self._deliver(
                CaptureEnded(
                    session=report.session,
                    artefacts=session.artefacts,
                    counters=session.counters,
                )
            )


_CONFIRMED: Mapping[str, Callable[[SessionId], CaptureReport]] = {
    "pause": lambda session: CapturePaused(session=session),
    "resume": lambda session: CaptureResumed(session=session),
    "revise": lambda session: CaptureRevised(session=session),
}

_HANDLERS: Mapping[type, Callable[..., None]] = {
    CaptureAccepted: Fan._accepted,
    CaptureStarted: Fan._started,
    CaptureFailed: Fan._failed,
    CapturePaused: Fan._done,
    CaptureResumed: Fan._done,
    CaptureRevised: Fan._done,
    OrderRefused: Fan._refused,
    CaptureEnded: Fan._ended,
}
