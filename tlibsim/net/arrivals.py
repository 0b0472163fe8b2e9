"""When the calls of a load begin: an open model, in which calls come whatever happens, or a closed one.

In a closed model there are so many callers, and each calls again when its call is over: a slow
server is called less often, and its slowness does not show.  In an open model it does.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenModel:
    """``cps`` calls a second for ``seconds``; the rate rises from 0 in the first ``ramp_s``."""

    cps: float
    seconds: float
    ramp_s: float = 0.0

    def due_at(self, number: int) -> float:
        """Seconds from the beginning until call ``number`` (from 0) is due."""
        risen = self.cps * self.ramp_s / 2
        if number < risen:
            return math.sqrt(2 * self.ramp_s * number / self.cps)
        return number / self.cps + self.ramp_s / 2

    def count(self) -> int:
        """How many calls are due; the first one always is."""
        steady = (self.seconds - self.ramp_s / 2) * self.cps
        if self.seconds < self.ramp_s:
            steady = self.cps * self.seconds * self.seconds / (2 * self.ramp_s)
        return max(1, math.ceil(round(steady, 6)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedModel:
    """``at_once`` calls at any time for ``seconds``; they join one by one in ``ramp_s``."""

    at_once: int
    seconds: float
    ramp_s: float = 0.0

    def joins_at(self, number: int) -> float:
        """Seconds from the beginning until caller ``number`` (from 0) joins."""
        return self.ramp_s * number / self.at_once


Model = OpenModel | ClosedModel
