"""The file backend: records calls to stereo G.711 WAV files in real or in stepped time.

Orders are taken on the thread of the caller and carried out on one thread of the backend's
own, which alone touches the disk: a slow disk delays reports, never the caller.  What is
written where is decided in :mod:`tlibsim.media.writer`.  Source: MEDIA.md section 2.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence

from tlibsim.media.settings import FileSettings
from tlibsim.media.wavefile import Opener
from tlibsim.media.writer import (
    SLOTS,
    Order,
    PauseOrder,
    Reports,
    ResumeOrder,
    StopOrder,
    Writer,
)
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

Later = Callable[[Callable[[], None]], None]
"""Runs a function on a later turn of the thread that gives orders; called from any thread."""

_LOG = logging.getLogger("tlibsim.media")
_ORDERS_AT_ONCE = 100
_IDLE_S = 1.0


class _CatchUp:
    """Asks for everything to be written up to the present."""


class _Close:
    """Asks for everything to be ended."""


_Item = Order | _CatchUp | _Close


class FileBackend:
    """A :class:`tlibsim.ports.media.MediaBackend` that writes files.

    ``now`` gives the present and is called from the backend's thread.  Reports go through
    ``later``, which must be safe to call from any thread (``reactor.callFromThread`` is), and
    then to ``deliver``.  Orders given before :meth:`open` wait for it.
    """

    def __init__(
        self,
        settings: FileSettings,
        *,
        now: Callable[[], Instant],
        deliver: ReportSink,
        later: Later,
        opener: Opener = os.open,
    ) -> None:
        self._settings = settings
        self._now = now
        self._deliver = deliver
        self._later = later
        self._writer = Writer(settings, opener)
        self._items: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._live: set[SessionId] = set()
        self._unanswered = 0
        self._count = threading.Lock()
        self._problems: tuple[str, ...] = ()
        self._closed = False
        self._warm = False
        self._thread = threading.Thread(target=self._run, name="tlibsim-recorder", daemon=True)

    def open(self) -> None:
        """Begin to work: the directory is made and repaired on the backend's thread."""
        self._thread.start()

    def start(self, order: RecordingOrder) -> None:
        if order.session in self._live:
            raise ValueError(f"session {order.session} was started before")
        self._live.add(order.session)
        self._order(order)

    def pause(self, session: SessionId, at: Instant) -> None:
        self._order(PauseOrder(session=session, at=at))

    def resume(self, session: SessionId, at: Instant) -> None:
        self._order(ResumeOrder(session=session, at=at))

    def revise(self, revision: Revision) -> None:
        self._order(revision)

    def stop(self, session: SessionId, at: Instant, cause: str) -> None:
        self._order(StopOrder(session=session, at=at, cause=cause))

    def status(self) -> BackendStatus:
        return BackendStatus(
            ports_in_use=2 * len(self._live),
            max_ports=self._settings.max_ports,
            problems=self._problems,
        )

    def settled(self) -> bool:
        """Tell whether every order is answered and every report delivered."""
        with self._count:
            return self._unanswered == 0

    def catch_up(self) -> None:
        """Write everything up to the present now; :meth:`settled` tells when that is done."""
        self._order(_CatchUp())

    def close(self, patience_s: float = 10.0) -> None:
        """End every recording at the present instant and wait until all files are complete.

        Their last reports are handed to ``later``.  TimeoutError when the disk is too slow.
        """
        if self._closed:
            return
        self._order(_Close())
        self._closed = True
        if self._thread.ident is None:
            self._thread.start()
        self._thread.join(patience_s)
        if self._thread.is_alive():
            folder = self._settings.directory
            raise TimeoutError(
                f"recordings in {folder} are not complete after {patience_s:g} s; "
                "they are repaired at the next start"
            )

    def _order(self, item: _Item) -> None:
        if self._closed:
            self._refuse(item)
            return
        with self._count:
            self._unanswered += 1
        self._items.put(item)

    def _refuse(self, item: _Item) -> None:
        """Answer a start that came after the end; the other orders have nothing to act on."""
        if isinstance(item, RecordingOrder):
            cause = "the recorder is closed"
            failed = CaptureFailed(session=item.session, cause=cause)
            with self._count:
                self._unanswered += 1
            self._hand_over([failed, CaptureEnded(session=item.session)], answered=1)

    def _run(self) -> None:
        writer = self._writer
        writer.open()
        self._problems = writer.problems
        pace = _Pace(self._settings.flush_interval_s / SLOTS)
        while True:
            items = self._take(pace)
            reports: list[CaptureReport] = []
            try:
                self._turn(items, pace, reports)
            except Exception:  # noqa: BLE001, the thread must outlive any error
                _LOG.exception("the recorder met an error of its own and goes on")
            self._problems = writer.problems
            if items or reports:
                self._hand_over(reports, answered=len(items))
            if any(isinstance(item, _Close) for item in items):
                return

    def _turn(self, items: list[_Item], pace: "_Pace", reports: list[CaptureReport]) -> None:
        for item in items:
            reports.extend(self._carry_out(item))
        slot = pace.slot_due()
        if slot is not None and self._writer.busy:
            reports.extend(self._writer.flush(self._now(), slot))
        self._writer.commit()
        if not items and not self._writer.busy:
            self._writer.renderer()
            self._warm = True

    def _carry_out(self, item: _Item) -> Reports:
        if isinstance(item, _CatchUp):
            return self._writer.flush(self._now())
        if isinstance(item, _Close):
            return self._writer.close(self._now())
        return self._writer.obey(item)

    def _take(self, pace: "_Pace") -> list[_Item]:
        """Wait for an order, or for the time to write, and take the orders that are there."""
        items: list[_Item] = []
        patience_s = None if self._warm and not self._problems else _IDLE_S
        if self._writer.busy:
            patience_s = pace.left_s()
        try:
            items.append(self._items.get(timeout=patience_s))
            while len(items) < _ORDERS_AT_ONCE and not isinstance(items[-1], _Close):
                items.append(self._items.get_nowait())
        except queue.Empty:
            pass
        return items

    def _hand_over(self, reports: Sequence[CaptureReport], *, answered: int) -> None:
        self._later(lambda: self._deliver_all(reports, answered))

    def _deliver_all(self, reports: Sequence[CaptureReport], answered: int) -> None:
        try:
            for report in reports:
                if isinstance(report, CaptureEnded):
                    self._live.discard(report.session)
                self._deliver(report)
        finally:
            with self._count:
                self._unanswered -= answered


class _Pace:
    """Says when which group of recordings is to be written, in the time of the machine."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._next_s = time.monotonic() + step_s
        self._slot = 0

    def left_s(self) -> float:
        return max(self._next_s - time.monotonic(), 0.0)

    def slot_due(self) -> int | None:
        """Return the next group if its time has come; time that was missed is not made up."""
        present_s = time.monotonic()
        if present_s < self._next_s:
            return None
        self._next_s = max(self._next_s + self._step_s, present_s)
        self._slot = (self._slot + 1) % SLOTS
        return self._slot
