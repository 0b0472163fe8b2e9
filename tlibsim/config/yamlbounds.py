"""Is a YAML text small enough to be read?  Asked before anything is built of it.

Readers go down into what is nested, and unfold what anchors stand for: a short text could take all
memory, or the program's stack.  The parser that is asked here does neither.
"""

from typing import Any

import yaml

MOST_LEVELS = 100
MOST_REPEATED = 200_000
"""So many values may come out of anchors; no honest file comes near either bound."""

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BEGIN = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_END = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


class TooLargeError(yaml.MarkedYAMLError):
    """A text that nests too deeply, or unfolds to too much; says where."""


def check_bounds(text: str) -> None:
    """Raise TooLargeError, or what the parser raises (yaml.YAMLError), for a text that is bad."""
    count = _Count()
    for event in yaml.parse(text, Loader=_LOADER):
        count.take(event)


class _Count:
    """How many values everything comes to, anchors unfolded."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._open: list[tuple[str | None, int]] = []
        self._repeated = 0

    def take(self, event: yaml.Event) -> None:
        """The next event of the parser."""
        if isinstance(event, _BEGIN):
            if len(self._open) >= MOST_LEVELS:
                raise _too_large(f"nests deeper than {MOST_LEVELS} levels", event)
            self._open.append((event.anchor, 1))
        elif isinstance(event, _END):
            self._counted(*self._open.pop())
        elif isinstance(event, yaml.AliasEvent):
            size = self._sizes.get(event.anchor or "", 1)
            self._repeated += size
            if self._repeated > MOST_REPEATED:
                raise _too_large(f"unfolds to more than {MOST_REPEATED} values", event)
            self._counted(None, size)
        elif isinstance(event, yaml.ScalarEvent):
            self._counted(event.anchor, 1)

    def _counted(self, anchor: str | None, size: int) -> None:
        """A value is complete: what holds it grows by its size."""
        if anchor is not None:
            self._sizes[anchor] = size
        if self._open:
            above, count = self._open[-1]
            self._open[-1] = above, count + size


def _too_large(problem: str, event: yaml.Event) -> TooLargeError:
    mark: Any = event.start_mark
    return TooLargeError(None, None, problem, mark)
