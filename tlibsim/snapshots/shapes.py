"""Where in a value there are instants, read from the annotation of what holds it.

Instants are kept relative to the time of the snapshot, so they must be told from other numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from tlibsim.ports.media import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What there is of instants in a value.

    ``instant``: a number here is one.  ``items`` is the shape of each item of a collection,
    ``places`` those of a tuple by place, ``values`` that of what a mapping holds.
    """

    instant: bool = False
    items: "Shape | None" = None
    places: "tuple[Shape | None, ...]" = ()
    values: "Shape | None" = None

    def at(self, place: int) -> "Shape | None":
        """The shape of the item at that place."""
        return self.places[place] if place < len(self.places) else self.items


INSTANT = Shape(instant=True)


def shape_of(hint: Any) -> Shape | None:
    """The shape that an annotation asks for, None: there is no instant in it.

    Raises TypeError for an annotation that is text and speaks of instants: it cannot be read.
    """
    if hint is Instant:
        return INSTANT
    if isinstance(hint, str):
        if "Instant" in hint:
            raise TypeError(f"{hint!r} is text; write the annotation without quotes")
        return None
    return _of_parts(get_origin(hint), get_args(hint))


def _of_parts(origin: Any, parts: Sequence[Any]) -> Shape | None:
    if origin in (Union, UnionType):
        found = [shape for part in parts if part is not NoneType and (shape := shape_of(part))]
        return found[0] if found else None
    if not isinstance(origin, type):
        return None
    shapes = [None if part is Ellipsis else shape_of(part) for part in parts]
    if not any(shapes):
        return None
    if issubclass(origin, tuple) and Ellipsis not in parts:
        return Shape(places=tuple(shapes))
    if issubclass(origin, dict):
        return Shape(values=shapes[1])
    return Shape(items=shapes[0])
