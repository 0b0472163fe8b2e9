"""Identifiers and times in two logs: which of the one stand for which of the other.

A value of the first log is the same as one of the second when each has always stood for the other
(BEHAVIOUR.md 7, diff: first-seen substitution).
"""

import re
from dataclasses import dataclass, field

from tlibproto.vocabulary import KVList, Value
from tlibsim.journal.names import Attribute, Kind

_BY_NAME = frozenset(
    {"CallID", "NetworkCallID", "SessionID", "XReferenceID", "CrossReferenceID"}
)
_UUID_END = "Uuid"
_REFERENCE = "ReferenceID"
_PARTS = re.compile(
    r"(?P<uuid>(?<![0-9A-Za-z])[0-9A-V]{32}(?![0-9A-Za-z]))"
    r"|(?P<conn>(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z]))"
    r"|(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?"
    r"|(?<!\d)\d{4}-?\d\d-?\d\d[_ T-]\d\d[-:]?\d\d[-:]?\d\d(?!\d))"
)


@dataclass(slots=True)
class _Pairing:
    """Two sets of names, each of one standing for one of the other."""

    there: dict[object, object] = field(default_factory=dict)
    back: dict[object, object] = field(default_factory=dict)

    def same(self, one: object, other: object) -> bool:
        if one not in self.there and other not in self.back:
            self.set(one, other)
        return self.there.get(one) == other and self.back.get(other) == one

    def set(self, one: object, other: object) -> None:
        self.back.pop(self.there.get(one), None)
        self.there.pop(self.back.get(other), None)
        self.there[one], self.back[other] = other, one


@dataclass(slots=True)
class Identifiers:
    """What stands for what so far.  Without ``blind`` every value must be equal as it is."""

    blind: bool = True
    _pairings: dict[str, _Pairing] = field(default_factory=dict)

    def same(
        self, attribute: Attribute | None, name: str, one: Value, other: Value, scope: str
    ) -> bool:
        """Whether two values of an attribute are the same; ``scope`` is where ReferenceIDs count."""
        if not self.blind:
            return one == other
        if name == _REFERENCE:
            return self._pairing(f"reference {scope}").same(one, other)
        if attribute is not None and attribute.kind is Kind.CONN_ID:
            return self._pairing("conn").same(one, other)
        if name.endswith(_UUID_END) or name in _BY_NAME:
            return self._pairing(_UUID_END if name.endswith(_UUID_END) else name).same(
                one, other
            )
        return self._value(one, other)

    def asked(self, scope: str, one: Value, other: Value) -> None:
        """A request begins to use a ReferenceID, whatever it stood for before."""
        self._pairing(f"reference {scope}").set(one, other)

    def _pairing(self, kind: str) -> _Pairing:
        return self._pairings.setdefault(kind, _Pairing())

    def _value(self, one: Value, other: Value) -> bool:
        if isinstance(one, KVList) and isinstance(other, KVList):
            return len(one) == len(other) and all(
                self._text(mine, theirs) and self._value(value, value2)
                for (mine, value), (theirs, value2) in zip(one, other, strict=True)
            )
        if isinstance(one, str) and isinstance(other, str):
            return self._text(one, other)
        return type(one) is type(other) and one == other

    def _text(self, one: str, other: str) -> bool:
        """Texts are the same when what is between their identifiers is, and these stand so."""
        if one == other and not _PARTS.search(one):
            return True
        mine, theirs = list(_PARTS.finditer(one)), list(_PARTS.finditer(other))
        if len(mine) != len(theirs) or _rest(one) != _rest(other):
            return False
        return all(
            self._part(a, b) for a, b in zip(mine, theirs, strict=True) if a.lastgroup != "time"
        )

    def _part(self, one: re.Match[str], other: re.Match[str]) -> bool:
        kind = _UUID_END if one.lastgroup == "uuid" else str(one.lastgroup)
        return self._pairing(kind).same(one[0], other[0])


def without(attribute: Attribute | None, name: str, value: Value) -> object:
    """What is left of a value when its identifiers and times are taken out; can be compared."""
    named = name == _REFERENCE or name.endswith(_UUID_END) or name in _BY_NAME
    if named or (attribute is not None and attribute.kind is Kind.CONN_ID):
        return True
    return _left(value)


def _left(value: Value) -> object:
    if isinstance(value, KVList):
        return tuple((_rest(key), _left(item)) for key, item in value)
    return _rest(value) if isinstance(value, str) else value


def _rest(text: str) -> str:
    return _PARTS.sub(lambda found: f"<{found.lastgroup}>", text)


def has_identifier(text: str) -> bool:
    """Whether a text has a call identifier or a time in it, which no two runs share."""
    return _PARTS.search(text) is not None
