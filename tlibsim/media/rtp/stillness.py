"""Keeps what stops all threads away from streams that run: of the interpreter as a whole.

A full collection of a busy server looks at some 200,000 objects and stops every thread for
100 ms and more; with calls coming and going there is one each few seconds, and it finds next to
nothing (12 objects in five collections, measured with 500 recorded calls beside 20 calls a
second).  Those of the middle generation take 10 ms and more when 1,000 legs are paused at once.
While streams run only the youngest objects are collected.  What has piled up is collected
when the last stream ends, and every quarter of an hour at the latest.

And the interpreter is passed on each millisecond in place of 5.  Beside a thread that computes
for 200 ms at a time, 99 of 100 packets of 1,000 streams were 10 to 70 ms late before and 2 to 4
ms after; a thread that nobody waits for loses nothing by it.
"""

import gc
import sys
import time
from collections.abc import Callable

LONGEST_S = 900.0

SWITCH_S = 0.001

_NEVER = 1_000_000_000


class Stillness:
    """Holds from :meth:`begin` to :meth:`end`; both are settings of the whole process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._usual: tuple[int, int, int] | None = None
        self._usual_switch_s = 0.0
        self._since_s = 0.0

    def begin(self) -> None:
        """Have it still; once more does no harm."""
        if self._usual is None:
            self._usual = gc.get_threshold()
            gc.set_threshold(self._usual[0], _NEVER, _NEVER)
            self._usual_switch_s = sys.getswitchinterval()
            sys.setswitchinterval(min(SWITCH_S, self._usual_switch_s))
            self._since_s = self._clock()

    def breathe(self) -> None:
        """Collect everything if that has not been done for long; to be called now and then."""
        if self._usual is not None and self._clock() - self._since_s >= LONGEST_S:
            gc.collect()
            self._since_s = self._clock()

    def end(self) -> None:
        """Have all as it was; once more does no harm."""
        if self._usual is not None:
            gc.set_threshold(*self._usual)
            sys.setswitchinterval(self._usual_switch_s)
            self._usual = None
