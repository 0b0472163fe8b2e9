"""Watching a file by looking at it a few times a second (``tlibsim serve --watch``).

A look is one ``stat``, a few microseconds, on the reactor's thread.  It sees what editors do: write
in place, write beside and rename, remove and write anew; and it works on network folders and on
files mounted into a container, where the system's notifications do not come.
"""

from collections.abc import Callable
from pathlib import Path

from tlibsim.net.reactor import DelayedCall, ReactorTime

LOOK_EVERY_S = 0.25

Signature = tuple[int, ...]


def signature(path: Path) -> Signature | None:
    """What is other when the file is: times, size, and which file it is; None: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_size,
        found.st_ino,
        found.st_dev,
    )


class FileWatch:
    """Calls ``changed`` when the file is other than it was when ``seen`` was taken.

    A file that is still being written is left alone until it has been the same for two looks; one
    that vanishes is waited for, however long.
    """

    def __init__(
        self,
        reactor: ReactorTime,
        path: Path,
        changed: Callable[[], None],
        *,
        seen: Signature | None,
    ) -> None:
        self._reactor = reactor
        self._path = path
        self._changed = changed
        self._seen = self._before = seen
        self._timer: DelayedCall | None = None

    def start(self) -> None:
        """Look from now on."""
        self._timer = self._reactor.callLater(LOOK_EVERY_S, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self.start()
        found = signature(self._path)
        settled, self._before = found == self._before, found
        if settled and found is not None and found != self._seen:
            self._seen = found
            self._changed()
