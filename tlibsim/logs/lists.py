"""Key-value lists out of indented lines: a pair belongs to the list that is indented less."""

from dataclasses import dataclass, field
from typing import TypeAlias

from tlibproto.vocabulary import KVList, Value

_MOST_DEEP = 32
_Items: TypeAlias = "list[tuple[str, Value | _Branch]]"


@dataclass(slots=True)
class _Branch:
    """A list while its pairs come."""

    indent: float
    items: "_Items" = field(default_factory=list)


@dataclass(slots=True)
class Growing:
    """The list of one attribute while its lines come."""

    stack: list[_Branch] = field(default_factory=lambda: [_Branch(indent=-1)])

    def pair(self, indent: float, key: str, value: Value) -> None:
        """A pair that stands this far to the right."""
        self._at(indent).items.append((key, value))

    def nested(self, indent: float, key: str) -> None:
        """A list as the value of a key; what is indented more belongs to it."""
        branch = _Branch(indent=indent)
        self._at(indent).items.append((key, branch))
        if len(self.stack) < _MOST_DEEP:
            self.stack.append(branch)

    def done(self) -> KVList:
        """The list."""
        return _built(self.stack[0])

    def _at(self, indent: float) -> _Branch:
        while len(self.stack) > 1 and self.stack[-1].indent >= indent:
            self.stack.pop()
        return self.stack[-1]


def _built(branch: _Branch) -> KVList:
    return KVList(
        (key, _built(value) if isinstance(value, _Branch) else value)
        for key, value in branch.items
    )
