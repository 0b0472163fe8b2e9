"""What may stand for a value in a scenario: literals, ``$x``, ``"*"``, ``"~"`` and lists.

A term is what the file says; it becomes a value when it is sent, a check when it is expected.
Connection ids are the text of their 16 hex digits here, so that ``$c1`` is the same thing in a
ConnID and in a ``conn-1`` text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Present:
    """``"*"``: the attribute is there, with any value."""

    def __str__(self) -> str:
        return "any value"


@dataclass(frozen=True, slots=True)
class Absent:
    """``"~"``: the attribute is not there."""

    def __str__(self) -> str:
        return "absent"


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``: bound at first use, equal afterwards."""

    name: str

    def __str__(self) -> str:
        return f"${self.name}"


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair of a list."""

    key: "str | Variable"
    value: "Term"


@dataclass(frozen=True, slots=True)
class Pairs:
    """A key-value list.  ``exact``: the whole list in this order; else it contains them."""

    items: tuple[Pair, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Lacks:
    """The list has none of these keys (``ud-``)."""

    keys: tuple[str, ...]


Literal: TypeAlias = str | int | bytes
Term: TypeAlias = str | int | bytes | Present | Absent | Variable | Pairs | Lacks

_NOTHING: Mapping[str, Literal] = MappingProxyType({})
PRESENT = Present()
ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Bindings:
    """What each ``$x`` stands for so far.  Never changed; ``bound`` gives a new one."""

    values: Mapping[str, Literal] = field(default_factory=lambda: _NOTHING)

    def get(self, name: str) -> Literal | None:
        """The value bound to the name, or None while nothing is."""
        return self.values.get(name)

    def bound(self, name: str, value: Literal) -> "Bindings":
        """These bindings and one more."""
        return Bindings(MappingProxyType({**self.values, name: value}))

    def unified(self, name: str, value: Literal) -> Iterator["Bindings"]:
        """Bind the name, or check that it is bound to the same; else yield nothing."""
        known = self.values.get(name)
        if known is None:
            yield self.bound(name, value)
        elif known == value and type(known) is type(value):
            yield self


NO_BINDINGS = Bindings()


def variables(term: Term) -> Iterator[str]:
    """The names of all ``$x`` in a term, in order."""
    if isinstance(term, Variable):
        yield term.name
    elif isinstance(term, Pairs):
        for pair in term.items:
            if isinstance(pair.key, Variable):
                yield pair.key.name
            yield from variables(pair.value)
