"""Values and objects as JSON, and back: each object once, with references between them.

=============  ===================================================================
null, text ..   themselves; a JSON array is a list
``ref``         the object with that number in the list of objects
``at``          an instant: microseconds after that of the snapshot (negative: before)
``tuple`` ...   other collections; ``dict`` and ``counter`` hold pairs
``kvlist``      a key-value list: pairs, with bytes as ``bytes``, wide text as ``wide``
``enum``        a name of an enumeration and a name in it
``dn``, ``site``  a DN or another switch that the configuration has
``floor``       the floor on which the agents of the switch work
``call``        a function of the table
``random``      the state of a generator of random numbers
=============  ===================================================================
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from random import Random
from struct import Struct
from types import MappingProxyType
from typing import Any

from tlibproto.vocabulary import KVList, WideText
from tlibsim.ports.media import Instant
from tlibsim.snapshots.errors import SnapshotError
from tlibsim.snapshots.kinds import ENUMS, FUNCTIONS, KIND_OF, KINDS, Field, Kind
from tlibsim.snapshots.shapes import Shape
from tlibsim.switch.agent import Floor
from tlibsim.switch.dn import Device
from tlibsim.switch.legs import SiteTrunk

MOST_OBJECTS = 500_000
"""A snapshot with more is refused: it is a load test, and no state to come back to."""

_PLAIN = frozenset({bool, str, float, type(None)})
_FUNCTION_NAMES = {function: name for name, function in FUNCTIONS.items()}
_ENUM_TYPES = frozenset(ENUMS.values())
_RANDOM_VERSION = 3
_RANDOM_WORDS = Struct("<625I")

Document = dict[str, Any]


class Encoder:
    """Writes values; the objects that they lead to come together in :attr:`objects`."""

    def __init__(self, now: Instant) -> None:
        """``now`` is the instant of the snapshot."""
        self._now = now
        self._numbers: dict[int, int] = {}
        self._kept: list[tuple[object, Kind]] = []
        self._written: list[Document] = []
        self.dns: set[str] = set()
        """The DNs that are referred to."""
        self.sites: set[str] = set()

    def objects(self) -> list[Document]:
        """All objects that were referred to, by number; raises SnapshotError."""
        while len(self._written) < len(self._kept):
            one, kind = self._kept[len(self._written)]
            self._written.append(self._object(one, kind))
        return self._written

    def _object(self, one: object, kind: Kind) -> Document:
        document: Document = {"is": kind.name}
        for field in kind.fields:
            value = getattr(one, field.name)
            if not field.cache and not (field.has_default and field.is_usual(value)):
                place = f"{kind.name}.{field.name}"
                document[field.name] = self.value(value, place, field.shape)
        return document

    def value(self, value: Any, place: str, shape: Shape | None = None) -> Any:
        """The JSON of a value.  ``place`` is its name for people; raises SnapshotError."""
        cls = type(value)
        if cls is int:
            return {"at": value - self._now} if shape is not None and shape.instant else value
        if cls in _PLAIN:
            return value
        if cls in KIND_OF:
            return {"ref": self._number(value, KIND_OF[cls])}
        if cls in _ENUM_TYPES:
            return {"enum": [cls.__name__, value.name]}
        write = _WRITE.get(cls)
        if write is not None:
            return write(self, value, place, shape)
        name = _FUNCTION_NAMES.get(value) if callable(value) else None
        if name is not None:
            return {"call": name}
        raise SnapshotError(f"{place}: a snapshot cannot keep a {cls.__qualname__}")

    def _number(self, value: object, kind: Kind) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append((value, kind))
            if number >= MOST_OBJECTS:
                raise SnapshotError(f"there are more than {MOST_OBJECTS} objects in this state")
        return number

    # -- collections, and what the configuration has -------------------------------------------

    def items(self, value: Iterable[Any], place: str, shape: Shape | None) -> list[Any]:
        """A JSON array of the items."""
        if shape is None:
            return [self.value(one, place) for one in value]
        return [self.value(one, place, shape.at(at)) for at, one in enumerate(value)]

    def pairs(self, value: Mapping[Any, Any], place: str, shape: Shape | None) -> list[Any]:
        """A JSON array of key and value."""
        inner = None if shape is None else shape.values
        return [
            [self.value(key, place), self.value(one, place, inner)]
            for key, one in value.items()
        ]

    def device(self, device: Device) -> Document:
        """A DN by its number."""
        self.dns.add(device.dn)
        return {"dn": device.dn}

    def site(self, trunk: SiteTrunk) -> Document:
        """The lines to another switch by its name."""
        self.sites.add(trunk.site.switch)
        return {"site": trunk.site.switch}


def _ordered(value: Iterable[Any]) -> list[Any]:
    """The members of a set in an order that is always the same."""
    return sorted(value, key=lambda one: (type(one).__name__, repr(one)))


def _random(rng: Random) -> list[Any]:
    version, words, gauss = rng.getstate()
    if version != _RANDOM_VERSION:
        raise SnapshotError(f"random: state version {version} is not known")
    return [_RANDOM_WORDS.pack(*words).hex(), gauss]


_Write = Callable[[Encoder, Any, str, Shape | None], Any]
_WRITE: Mapping[type, _Write] = {
    list: Encoder.items,
    tuple: lambda to, value, place, shape: {"tuple": to.items(value, place, shape)},
    deque: lambda to, value, place, shape: {"deque": to.items(value, place, shape)},
    set: lambda to, value, place, shape: {"set": to.items(_ordered(value), place, shape)},
    frozenset: lambda to, value, place, shape: {
        "frozenset": to.items(_ordered(value), place, shape)
    },
    dict: lambda to, value, place, shape: {"dict": to.pairs(value, place, shape)},
    MappingProxyType: lambda to, value, place, shape: {"dict": to.pairs(value, place, shape)},
    Counter: lambda to, value, place, shape: {"counter": to.pairs(value, place, shape)},
    KVList: lambda to, value, place, _: {
        "kvlist": [[key, to.value(one, f"{place} {key!r}")] for key, one in value]
    },
    WideText: lambda *given: {"wide": given[1].text},
    bytes: lambda *given: {"bytes": given[1].hex()},
    Device: lambda to, value, *_: to.device(value),
    SiteTrunk: lambda to, value, *_: to.site(value),
    Floor: lambda *_: {"floor": None},
    Random: lambda *given: {"random": _random(given[1])},
}
"""How values of each class are written."""


class Decoder:
    """Reads what an :class:`Encoder` wrote.

    ``device`` and ``site`` find what the configuration has, None: it has not.
    """

    def __init__(
        self,
        objects: Sequence[Document],
        *,
        now: Instant,
        device: Callable[[str], Device | None],
        site: Callable[[str], SiteTrunk | None],
        floor: Floor,
    ) -> None:
        """Make all objects; raises SnapshotError, which names the place in the document."""
        self.now = now
        self.floor = floor
        self.device = device
        self.site = site
        self._made: list[object] = []
        kinds = [_kind(one, at) for at, one in enumerate(objects)]
        self._made += [object.__new__(kind.type) for kind in kinds]
        for at, (document, kind) in enumerate(zip(objects, kinds, strict=True)):
            self._fill(self._made[at], kind, document, f"objects.{at}")

    def _fill(self, one: object, kind: Kind, document: Document, place: str) -> None:
        known = {field.name for field in kind.fields if not field.cache}
        for name in document:
            if name != "is" and name not in known:
                raise SnapshotError(f"{place}.{name}: a {kind.name} has no such field")
        for field in kind.fields:
            value = self._field(field, document, f"{place}.{field.name}")
            object.__setattr__(one, field.name, value)

    def _field(self, field: Field, document: Document, place: str) -> Any:
        if field.name in document:
            return self.value(document[field.name], place)
        if not field.has_default:
            raise SnapshotError(f"{place}: is missing")
        return field.default

    def value(self, written: Any, place: str) -> Any:
        """The value of some JSON; raises SnapshotError."""
        if isinstance(written, list):
            return [self.value(one, f"{place}.{at}") for at, one in enumerate(written)]
        if not isinstance(written, dict):
            return written
        if len(written) != 1:
            raise SnapshotError(f"{place}: {len(written)} words where one is expected")
        ((word, content),) = written.items()
        read = _READ.get(word)
        if read is None:
            raise SnapshotError(f"{place}: {word!r} is no word of a snapshot")
        try:
            return read(self, content, f"{place}.{word}")
        except SnapshotError:
            raise
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise SnapshotError(f"{place}.{word}: cannot be read: {error!r}") from None

    def items(self, written: Sequence[Any], place: str) -> Iterator[Any]:
        """The values of a JSON array."""
        return (self.value(one, f"{place}.{at}") for at, one in enumerate(written))

    def pairs(self, written: Sequence[Any], place: str) -> Iterator[tuple[Any, Any]]:
        """Key and value of a JSON array of both."""
        for at, (key, value) in enumerate(written):
            yield self.value(key, f"{place}.{at}.0"), self.value(value, f"{place}.{at}.1")

    def object(self, number: int, place: str) -> object:
        """The object with that number."""
        if not 0 <= number < len(self._made):
            raise SnapshotError(f"{place}: there is no object {number}")
        return self._made[number]

    def configured(self, name: str, place: str) -> Device:
        """The DN of that number."""
        found = self.device(name)
        if found is None:
            raise SnapshotError(f"{place}: the configuration has no DN {name!r}")
        return found

    def elsewhere(self, name: str, place: str) -> SiteTrunk:
        """The lines to the switch of that name."""
        found = self.site(name)
        if found is None:
            raise SnapshotError(f"{place}: the configuration has no other switch {name!r}")
        return found


def _kind(document: Any, at: int) -> Kind:
    name = document.get("is") if isinstance(document, dict) else None
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise SnapshotError(f"objects.{at}.is: {name!r} is no kind of object")
    return kind


def _enum(content: Sequence[str], place: str) -> Enum:
    kind, name = content
    found = ENUMS.get(kind)
    if found is None or name not in found.__members__:
        raise SnapshotError(f"{place}: there is no {kind}.{name}")
    return found[name]


def _rng(content: Sequence[Any]) -> Random:
    digits, gauss = content
    packed = bytes.fromhex(digits)
    if len(packed) != _RANDOM_WORDS.size:
        raise ValueError(f"{len(packed)} bytes are no state")
    rng = Random(0)
    rng.setstate((_RANDOM_VERSION, _RANDOM_WORDS.unpack(packed), gauss))
    return rng


def _function(content: str, place: str) -> Callable[..., None]:
    if content not in FUNCTIONS:
        raise SnapshotError(f"{place}: there is no function {content!r}")
    return FUNCTIONS[content]


_Read = Callable[[Decoder, Any, str], Any]
_READ: Mapping[str, _Read] = {
    "ref": lambda by, content, place: by.object(content, place),
    "at": lambda by, content, _: Instant(by.now + content),
    "tuple": lambda by, content, place: tuple(by.items(content, place)),
    "deque": lambda by, content, place: deque(by.items(content, place)),
    "set": lambda by, content, place: set(by.items(content, place)),
    "frozenset": lambda by, content, place: frozenset(by.items(content, place)),
    "dict": lambda by, content, place: dict(by.pairs(content, place)),
    "counter": lambda by, content, place: Counter(dict(by.pairs(content, place))),
    "kvlist": lambda by, content, place: KVList(by.pairs(content, place)),
    "wide": lambda _, content, __: WideText(content),
    "bytes": lambda _, content, __: bytes.fromhex(content),
    "enum": lambda _, content, place: _enum(content, place),
    "dn": lambda by, content, place: by.configured(content, place),
    "site": lambda by, content, place: by.elsewhere(content, place),
    "floor": lambda by, *_: by.floor,
    "call": lambda _, content, place: _function(content, place),
    "random": lambda _, content, __: _rng(content),
}
"""How each word is read."""
