"""How figures are taken: all candidates in turn, round after round, and one figure a round.

What disturbs the machine for a while then disturbs all candidates alike; ratios are made within
a round, and only then is their median taken.
"""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much to measure: the number of rounds, and the share of the usual work in each."""

    rounds: int
    share: float

    def times(self, count: int) -> int:
        """How often to do what is usually done ``count`` times."""
        return max(1, round(count * self.share))


FULL = Effort(rounds=9, share=1.0)
QUICK = Effort(rounds=3, share=0.2)


def interleaved(
    candidates: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    """Ask each candidate for a figure in every round; every other round goes backwards."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    order = list(candidates)
    for _ in range(rounds):
        for name in order:
            figures[name].append(candidates[name]())
        order.reverse()
    return figures


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [one / other for one, other in zip(over, under, strict=True)]


def seconds_each(function: Callable[[], object], count: int) -> float:
    """The time of one call of a function, over ``count`` calls; old rubbish is gone first."""
    gc.collect()
    repeat = range(count)
    begin = perf_counter()
    for _ in repeat:
        function()
    return (perf_counter() - begin) / count


def seconds_of_each(function: Callable[..., object], arguments: Sequence[object]) -> float:
    """The time of one call of a function, which is called once with each argument."""
    gc.collect()
    begin = perf_counter()
    for argument in arguments:
        function(argument)
    return (perf_counter() - begin) / len(arguments)
