"""Keeps the document of a run up to date in its project, without slowing the run down."""

import time
from collections.abc import Callable

from tlibsim.runs.document import Document, Run
from tlibsim.runs.store import RunStore

_LEAST_S = 0.5
_SHARE = 20
"""Writing may take one part in so many of the time."""


class Keeper:
    """The run that is played and where its document is; ``store`` None: nowhere."""

    def __init__(
        self,
        run: Run,
        store: RunStore | None = None,
        *,
        seconds: Callable[[], float] = time.monotonic,
        told: Callable[[Run], None] = lambda _: None,
    ) -> None:
        self.run = run
        self._store = store
        self._seconds = seconds
        self._told = told
        self._begun = seconds()
        self._next = self._begun
        self._changed()

    def at(self, current: str) -> None:
        """This is what is being done now."""
        self.run.current = current
        self._changed()

    def add(self, item: Document) -> None:
        """A scenario or check is over."""
        self.run.add(item)
        self._changed()

    def end(
        self, exit_code: int, summary: str, problem: str = "", seconds: float | None = None
    ) -> None:
        """The run is over, after so many seconds as others say; of several ends the first counts."""
        if not self.run.over:
            took = self._seconds() - self._begun if seconds is None else seconds
            self.run.end(exit_code, took, summary, problem)
            self._write()
            self._told(self.run)

    def report(self, name: str, path: str) -> None:
        """A report of the run was written."""
        self.run.reports[name] = path
        self._write()

    def _changed(self) -> None:
        now = self._seconds()
        self.run.seconds = now - self._begun
        self._told(self.run)
        if now >= self._next:
            self._write()
            took = self._seconds() - now
            self._next = now + max(_LEAST_S, _SHARE * took)

    def _write(self) -> None:
        if self._store is not None:
            self._store.keep(self.run.document())
