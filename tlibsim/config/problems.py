"""What is wrong with a configuration, said with file, line, column, key and the nearest valid key."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault of a configuration.

    ``source`` is the name of the file, or of the override (``--set seed=x``, ``TLIBSIM_SEED``).
    ``line`` and ``column`` count from 1 and are None where the source has no lines.  ``key`` is
    the dotted way to the value; ``suggestion`` is the nearest valid word, or empty.
    """

    source: str
    key: str
    message: str
    line: int | None = None
    column: int | None = None
    suggestion: str = ""

    def place(self) -> str:
        """``file:line:column``, or only the source where there are no lines."""
        if self.line is None:
            return self.source
        return f"{self.source}:{self.line}:{self.column}"

    def sentence(self) -> str:
        """The fault without its place: key, message, suggestion."""
        words = f"{self.key} {self.message}" if self.key else self.message
        return f"{words}. Did you mean {self.suggestion}?" if self.suggestion else words

    def __str__(self) -> str:
        return f"{self.place()}  error  {self.sentence()}"


class ConfigError(Exception):
    """A configuration that cannot be used; ``problems`` lists everything wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = f"{len(problems)} error{'' if len(problems) == 1 else 's'}"
        super().__init__("\n".join([*map(str, problems), count]))
        self.problems = tuple(problems)


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word most like ``word``, without regard to case; empty when none is near."""
    by_fold = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_fold, n=1, cutoff=cutoff)
    return by_fold[close[0]] if close else ""
