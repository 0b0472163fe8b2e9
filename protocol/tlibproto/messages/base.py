"""What all messages share: sparse frozen dataclasses that can keep the bytes they came from.

A message holds only the attributes that are present; the others are class attributes, ``None``.
So making an event of 17 attributes costs 17 and not the 90 that it could have.
"""

from collections.abc import Iterator
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, TypeVar, dataclass_transform

from tlibproto.messages import fields as wire


class RawAttribute(NamedTuple):
    """An attribute that a message does not name: its number, its type code, its bytes."""

    attribute: int
    code: str
    value: bytes


class Source(NamedTuple):
    """The payload that a message was decoded from, where encoding would not choose these bytes.

    ``stale`` are the fields that were changed since.
    """

    payload: bytes
    charset: str
    stale: frozenset[str] = frozenset()


_T = TypeVar("_T")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def wire_message(cls: type[_T]) -> type[_T]:
    """Make a class with annotated fields a sparse, frozen dataclass."""
    made = dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
    declared = [item for item in fields(made) if item.init]  # type: ignore[arg-type]
    made._names = frozenset(item.name for item in declared)  # type: ignore[attr-defined]
    made._required = frozenset(  # type: ignore[attr-defined]
        item.name for item in declared if item.default is MISSING
    )
    return made


@wire_message
class Message:
    """A message of the protocol.

    ``extra`` are the attributes that the class does not name, in wire order. ``source`` is
    hidden and takes no part in comparisons.
    """

    message_id: ClassVar[int]
    _names: ClassVar[frozenset[str]] = frozenset()
    _required: ClassVar[frozenset[str]] = frozenset()

    reference_id: wire.ReferenceID = None
    extra: tuple[RawAttribute, ...] = ()
    source: Source | None = field(default=None, init=False, repr=False, compare=False)

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(_checked(type(self), values))

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        if "source" in mine or "source" in theirs:
            return dict(self.present()) == dict(other.present())
        return mine == theirs

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self.present())))

    def __repr__(self) -> str:
        parts = ", ".join(f"{name}={value!r}" for name, value in self.present())
        return f"{type(self).__name__}({parts})"

    def present(self) -> Iterator[tuple[str, Any]]:
        """Yield the name and value of each field that is there, in the order they came."""
        return (item for item in self.__dict__.items() if item[0] != "source")


class Request(Message):
    """A message that a client sends."""


@wire_message
class UnknownMessage(Message):
    """A message of a type that the tables do not describe; everything is in ``extra``."""

    message_id: int  # type: ignore[misc]  # of the message here, of the class elsewhere


_M = TypeVar("_M", bound=Message)


def evolve(message: _M, **changes: Any) -> _M:
    """Return a copy of a message with some fields changed; ``None`` takes an attribute away.

    What the message kept of its bytes stays, less what was changed.
    """
    values = {**message.__dict__, **changes}
    source: Source | None = values.pop("source", None)
    changed = type(message)(**values)
    if source is not None:
        stale = source.stale.union(changes)
        changed.__dict__["source"] = source._replace(stale=stale)
    return changed


def assemble(cls: type[_M], values: dict[str, Any]) -> _M:
    """Make a message of its values, and own them: ``cls(**values)`` in half the time.

    Raises TypeError for a name that the class does not have, or that is missing.
    """
    return restore(cls, _checked(cls, values))


def restore(cls: type[_M], values: dict[str, Any]) -> _M:
    """Make a message of decoded values, and own them: the names are right, none is ``None``."""
    message = object.__new__(cls)
    object.__setattr__(message, "__dict__", values)
    return message


def _checked(cls: type[Message], values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that are there, if their names are right."""
    required = cls._required
    if not cls._names.issuperset(values) or (required and not required <= values.keys()):
        raise TypeError(_wrong_names(cls, values))
    if "extra" in values and not values["extra"]:
        values = {**values, "extra": None}
    if None in values.values():
        return {name: value for name, value in values.items() if value is not None}
    return values


def _wrong_names(cls: type[Message], values: dict[str, Any]) -> str:
    """Say which names a message does not have, or which it lacks."""
    surplus = sorted(values.keys() - cls._names)
    missing = sorted(cls._required - values.keys())
    complaint = f"has no {', '.join(surplus)}" if surplus else f"needs {', '.join(missing)}"
    return f"{cls.__name__} {complaint}"
