"""Keeps full garbage collections away from streams that run.

A full collection of a busy server looks at some 200,000 objects and stops every thread for
100 ms and more; with calls coming and going there is one each few seconds, and it finds next to
nothing (12 objects in five collections, measured with 500 recorded calls beside 20 calls a
second).  While streams run only young objects are collected.  What has piled up is collected
when the last stream ends, and every quarter of an hour at the latest.
"""

import gc
import time
from collections.abc import Callable

LONGEST_S = 900.0

_NEVER = 1_000_000_000


class Stillness:
    """Holds full collections back from :meth:`begin` to :meth:`end`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._usual: tuple[int, int, int] | None = None
        self._since_s = 0.0

    @property
    def kept(self) -> bool:
        return self._usual is not None

    def begin(self) -> None:
        """Hold full collections back; once more does no harm."""
        if self._usual is None:
            self._usual = gc.get_threshold()
            young, middle, _ = self._usual
            gc.set_threshold(young, middle, _NEVER)
            self._since_s = self._clock()

    def breathe(self) -> None:
        """Collect everything if that has not been done for long; to be called now and then."""
        if self._usual is not None and self._clock() - self._since_s >= LONGEST_S:
            gc.collect()
            self._since_s = self._clock()

    def end(self) -> None:
        """Let full collections happen again; once more does no harm."""
        if self._usual is not None:
            gc.set_threshold(*self._usual)
            self._usual = None
