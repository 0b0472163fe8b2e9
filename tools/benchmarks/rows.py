"""What a benchmark finds: rows of one figure each, with its spread, its goal and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median


class Verdict(Enum):
    """How a figure stands against its goal; ``BEARABLE``: not good, and within the limit."""

    MET = "met"
    BEARABLE = "within the limit"
    MISSED = "MISSED"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """The median is to be at most, or at least, ``goal``; ``limit`` is what will still do."""

    goal: float
    limit: float
    at_most: bool
    words: str = ""

    def verdict(self, value: float) -> Verdict:
        if self._holds(value, self.goal):
            return Verdict.MET
        return Verdict.BEARABLE if self._holds(value, self.limit) else Verdict.MISSED

    def _holds(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound

    def __str__(self) -> str:
        if self.words:
            return self.words
        word = "<=" if self.at_most else ">="
        if self.goal == self.limit:
            return f"{word} {self.goal:g}"
        return f"{word} {self.goal:g}, limit {self.limit:g}"


def at_most(goal: float, limit: float | None = None) -> Goal:
    return Goal(goal=goal, limit=goal if limit is None else limit, at_most=True)


def at_least(goal: float, limit: float | None = None) -> Goal:
    return Goal(goal=goal, limit=goal if limit is None else limit, at_most=False)


def below(value: float) -> Goal:
    """The median is to be less than that of the line above."""
    return Goal(goal=value, limit=value, at_most=True, words="less than above")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.  ``values`` has one figure for each round; ``unit`` is theirs."""

    letter: str
    what: str
    values: Sequence[float]
    unit: str
    goal: Goal | None = None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def verdict(self) -> Verdict:
        return Verdict.NONE if self.goal is None else self.goal.verdict(self.median)


def figure(value: float) -> str:
    """A figure with three digits that count, and no exponent."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
