"""The side of the file backend that touches the disk: orders in, reports out, one thread.

It knows no thread and no clock itself: time comes in, reports go out as values, so that it can
be tested step by step.  Nothing that goes wrong with one recording is raised or stops another.
"""

import contextlib
import itertools
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tlibsim.media.capture import Capture, SoundMaker
from tlibsim.media.causes import disk_cause, floor_cause, length_cause, ports_cause
from tlibsim.media.index_writer import IndexWriter
from tlibsim.media.metadata import Metadata, metadata_path
from tlibsim.media.names import AUDIO_SUFFIX, inside, numbered, safe_name
from tlibsim.media.recovery import DirectoryLock, recover
from tlibsim.media.settings import FileSettings
from tlibsim.media.wavefile import CHANNELS, Opener, PartFile
from tlibsim.ports.media import (
    PROBLEM_TONE,
    Artefact,
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
    Revision,
    SessionId,
)

SLOTS = 10
"""Recordings are written in so many groups, so that the work of a second is spread over it."""

_LOG = logging.getLogger("tlibsim.media")
_MOST_NUMBERS_KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseOrder:
    session: SessionId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeOrder:
    session: SessionId
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrder:
    session: SessionId
    at: Instant
    cause: str


MidOrder = PauseOrder | ResumeOrder | Revision | StopOrder
Order = RecordingOrder | MidOrder
Reports = Sequence[CaptureReport]


class Writer:
    """All recordings of one directory that are in progress."""

    def __init__(self, settings: FileSettings, opener: Opener = os.open) -> None:
        self._settings = settings
        self._folder = settings.directory.absolute()
        self._opener = opener
        self._captures: dict[SessionId, Capture] = {}
        self._index = IndexWriter(self._folder)
        self._lock = DirectoryLock()
        self._render: SoundMaker | None = None
        self._slots = itertools.cycle(range(SLOTS))
        self._numbers: dict[str, int] = {}
        self._disk_problem = ""

    @property
    def busy(self) -> bool:
        """Whether something is being recorded."""
        return bool(self._captures)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the directory at present, a line each."""
        return tuple(line for line in (self._disk_problem, self._index.problem) if line)

    def open(self) -> None:
        """Make the directory, repair what a crash left there, and open the index."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._lock.acquire(self._folder):
                recover(self._folder, self._index)
            self._lock.share()
        except OSError as error:
            self._blame(disk_cause(error, self._folder))
        self.commit()

    def renderer(self) -> SoundMaker:
        """Return what makes sound; the first time this loads numpy and makes the tables."""
        if self._render is None:
            from tlibsim.media.audio.mixing import Mixer

            self._render = Mixer(self._settings.codec, self._settings.audio_folders)
        return self._render

    def obey(self, order: Order) -> Reports:
        """Carry out an order and return what is to be reported."""
        try:
            if isinstance(order, RecordingOrder):
                return self._start(order)
            return self._carry_out(order)
        except Exception as error:  # noqa: BLE001, one bad order must not stop the others
            _LOG.exception("an order for recording session %s failed", order.session)
            capture = self._captures.get(order.session)
            if capture is None:
                return _failure(order.session, _bug_cause(error))
            return self._break_off(order.session, capture, order.at, _bug_cause(error))

    def flush(self, now: Instant, slot: int | None = None) -> Reports:
        """Write one group of recordings, or all, up to the present."""
        reports: list[CaptureReport] = []
        if not slot and self._captures:
            reports.extend(self._watch_disk(now))
        for session, capture in list(self._captures.items()):
            if slot is None or capture.slot == slot:
                reports.extend(self._advance(session, capture, now))
        return reports

    def commit(self) -> None:
        """Bring the index up to date."""
        self._index.commit()

    def close(self, now: Instant) -> Reports:
        """End every recording and let go of the directory."""
        cause = "the recorder was closed"
        reports = [
            report
            for session in list(self._captures)
            for report in self.obey(StopOrder(session=session, at=now, cause=cause))
        ]
        self._index.close()
        self._lock.release()
        return reports

    def _start(self, order: RecordingOrder) -> Reports:
        session, limit = order.session, self._settings.max_ports
        if 0 < limit < 2 * len(self._captures) + 2:
            return _failure(session, ports_cause(limit), retryable=True)
        render = self.renderer()
        try:
            floor = self._below_floor()
            if floor:
                self._blame(floor)
                return _failure(session, floor)
            problem = "" if order.tone is None else render.check(order.tone)
            if problem:
                order = replace(order, tone=None)
            part = self._reserve(safe_name(order.file_name or order.record_id), order.mixed)
            capture = Capture(
                part=part,
                metadata=Metadata(
                    order=order,
                    name=part.name,
                    codec=self._settings.codec,
                    pause_gap=self._settings.pause_gap,
                ),
                render=render,
                max_length_s=self._settings.max_length_s,
                directory=self._folder,
                slot=next(self._slots),
            )
            self._first_save(part, capture)
        except OSError as error:
            cause = disk_cause(error, self._folder)
            self._blame(cause)
            return _failure(session, cause)
        self._disk_problem = ""
        self._captures[session] = capture
        started = (
            CaptureAccepted(session=session, file_name=part.name),
            CaptureStarted(session=session),
        )
        if not problem:
            self._index.put(capture.document())
            return started
        capture.note(problem)
        self._keep(capture)
        return (*started, MediaProblem(session=session, kind=PROBLEM_TONE, cause=problem))

    def _first_save(self, part: PartFile, capture: Capture) -> None:
        try:
            capture.save()
        except OSError:
            _discard(part)
            raise

    def _reserve(self, wanted: str, mixed: bool) -> PartFile:
        """Create the file under the first name that is free."""
        last = self._numbers.get(wanted, 1)
        later = numbered(wanted, last + 1)
        for number, name in itertools.chain([(1, wanted)], later):
            if self._is_taken(name):
                continue
            part = PartFile(
                self._folder,
                name,
                self._settings.codec,
                self._opener,
                channels=1 if mixed else CHANNELS,
            )
            try:
                part.create()
            except FileExistsError:
                continue
            except OSError:
                _discard(part)
                raise
            if number > 1 and len(self._numbers) < _MOST_NUMBERS_KEPT:
                self._numbers[wanted] = number
            return part
        raise AssertionError("numbers do not end")

    def _is_taken(self, name: str) -> bool:
        audio = inside(self._folder, name + AUDIO_SUFFIX)
        return os.path.lexists(audio) or os.path.lexists(metadata_path(self._folder, name))

    def _carry_out(self, order: MidOrder) -> Reports:
        session = order.session
        capture = self._captures.get(session)
        if capture is None:
            return ()
        if order.at > capture.longest_until:
            return self._too_long(session, capture)
        try:
            return self._change(order, capture)
        except OSError as error:
            cause = disk_cause(error, self._folder)
            return self._break_off(session, capture, order.at, cause)

    def _change(self, order: MidOrder, capture: Capture) -> Reports:
        session = order.session
        match order:
            case StopOrder():
                return (self._end(session, capture, order.at, order.cause),)
            case PauseOrder():
                if capture.paused:
                    return (_refusal(session, "pause", "it is paused already"),)
                capture.pause(order.at)
                done: CaptureReport = CapturePaused(session=session)
            case ResumeOrder():
                if not capture.paused:
                    return (_refusal(session, "resume", "it is not paused"),)
                capture.resume(order.at)
                done = CaptureResumed(session=session)
            case Revision():
                capture.revise(order.at, order.parties)
                done = CaptureRevised(session=session)
            case _:
                assert_never(order)
        self._keep(capture)
        return (done,)

    def _advance(self, session: SessionId, capture: Capture, now: Instant) -> Reports:
        try:
            capture.advance(now)
            if now > capture.longest_until:
                return self._too_long(session, capture)
        except OSError as error:
            return self._break_off(session, capture, now, disk_cause(error, self._folder))
        except Exception as error:  # noqa: BLE001, as in obey
            _LOG.exception("writing recording %s failed", capture.name)
            return self._break_off(session, capture, now, _bug_cause(error))
        return ()

    def _watch_disk(self, now: Instant) -> Reports:
        """Break everything off when the disk is nearly full."""
        try:
            floor = self._below_floor()
        except OSError as error:
            floor = disk_cause(error, self._folder)
        if not floor:
            return ()
        return [
            report
            for session, capture in list(self._captures.items())
            for report in self._break_off(session, capture, now, floor)
        ]

    def _below_floor(self) -> str:
        free, floor = shutil.disk_usage(self._folder).free, self._settings.min_free_bytes
        return floor_cause(free, floor, self._folder) if free < floor else ""

    def _too_long(self, session: SessionId, capture: Capture) -> Reports:
        cause = length_cause(self._settings.max_length_s)
        try:
            ended = self._end(session, capture, capture.longest_until, cause)
        except OSError as error:
            at = capture.longest_until
            return self._break_off(session, capture, at, disk_cause(error, self._folder))
        return (CaptureFailed(session=session, cause=cause), ended)

    def _end(
        self, session: SessionId, capture: Capture, at: Instant, cause: str
    ) -> CaptureEnded:
        name = capture.name
        artefact = capture.end(at, cause)
        return self._concluded(session, capture, name, (artefact,))

    def _break_off(
        self, session: SessionId, capture: Capture, at: Instant, cause: str
    ) -> Reports:
        """Give a recording up and keep of it what is on the disk."""
        self._blame(cause)
        _LOG.warning(
            "recording %s of call %s broke off: %s",
            capture.name,
            capture.metadata.order.conn_id,
            cause,
        )
        name = capture.name
        try:
            artefacts: tuple[Artefact, ...] = (capture.break_off(at, cause),)
        except OSError as error:
            _LOG.warning("recording %s has no file: %s", name, error)
            capture.give_up(at, cause)
            artefacts = ()
        ended = self._concluded(session, capture, name, artefacts)
        return (CaptureFailed(session=session, cause=cause), ended)

    def _concluded(
        self,
        session: SessionId,
        capture: Capture,
        old_name: str,
        artefacts: tuple[Artefact, ...],
    ) -> CaptureEnded:
        del self._captures[session]
        if capture.name != old_name:
            self._index.remove(old_name)
            metadata_path(self._folder, old_name).unlink(missing_ok=True)
        self._keep(capture)
        return CaptureEnded(
            session=session, artefacts=artefacts, counters={"blocks": capture.blocks}
        )

    def _keep(self, capture: Capture) -> None:
        """Save the metadata; a recording does not fail for them."""
        try:
            capture.save()
        except OSError as error:
            capture.note(f"its metadata could not be saved: {disk_cause(error, self._folder)}")
        self._index.put(capture.document())

    def _blame(self, problem: str) -> None:
        if problem != self._disk_problem:
            _LOG.warning("%s", problem)
        self._disk_problem = problem


def _bug_cause(error: Exception) -> str:
    return f"internal error: {error!r}; please report it"


def _discard(part: PartFile) -> None:
    with contextlib.suppress(OSError):
        part.discard()


def _failure(session: SessionId, cause: str, *, retryable: bool = False) -> Reports:
    return (
        CaptureFailed(session=session, cause=cause, retryable=retryable),
        CaptureEnded(session=session),
    )


def _refusal(session: SessionId, order: str, cause: str) -> OrderRefused:
    return OrderRefused(session=session, order=order, cause=cause)
