"""Does an event fit what a scenario says, and if not, where does it differ first?

Matching yields every way to bind the ``$x`` (nearly always one or none), so that a wrong guess
in a list of links or in the events of a client can be taken back.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tlibproto.messages import Message
from tlibproto.vocabulary import KVList, Value
from tlibsim.scenario.names import Attribute
from tlibsim.scenario.observed import Observed, observed, shown, shown_term, shown_value
from tlibsim.scenario.steps import AttributeTerm, ExpectedEvent
from tlibsim.scenario.terms import Absent, Bindings, Lacks, Pair, Pairs, Present, Term, Variable

_CONN_KEY = re.compile(r"conn-[0-9]+")
_STATE_BITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """The first attribute that differs: its name and both values, for human eyes."""

    attribute: str
    wanted: str
    got: str


def match_event(
    expected: ExpectedEvent, message: Message, bindings: Bindings
) -> Iterator[Bindings]:
    """Yield the bindings under which the message is the expected event."""
    if message.message_id == expected.message_id:
        yield from _match_all(expected.attributes, message, bindings)


def mismatch(expected: ExpectedEvent, message: Message, bindings: Bindings) -> Mismatch | None:
    """The first attribute, in the order of the file, that does not fit."""
    for item in expected.attributes:
        value = observed(message, item.attribute)
        found = next(match_term(item.term, value, bindings, item.attribute), None)
        if found is None:
            return _mismatch_of(item, value, bindings)
        bindings = found
    return None


def fitting(expected: ExpectedEvent, message: Message, bindings: Bindings) -> int:
    """How many attributes fit; events of another kind are far below all others."""
    score = 0 if message.message_id == expected.message_id else -1000
    for item in expected.attributes:
        value = observed(message, item.attribute)
        found = next(match_term(item.term, value, bindings, item.attribute), None)
        if found is not None:
            score, bindings = score + 1, found
    return score


def match_term(
    term: Term, value: Observed, bindings: Bindings, attribute: Attribute | None = None
) -> Iterator[Bindings]:
    """Yield the bindings under which a value (None: absent) is what the term says."""
    if isinstance(term, Lacks):
        if not isinstance(value, KVList) or not any(value.has(key) for key in term.keys):
            yield bindings
    elif isinstance(term, Absent):
        if value is None:
            yield bindings
    elif value is None:
        return
    elif isinstance(term, Present):
        yield bindings
    else:
        yield from _match_present(term, value, bindings, attribute)


def _match_present(
    term: str | int | bytes | Variable | Pairs,
    value: Value,
    bindings: Bindings,
    attribute: Attribute | None,
) -> Iterator[Bindings]:
    if isinstance(term, Pairs):
        if isinstance(value, KVList):
            yield from _match_list(term, value, bindings)
    elif isinstance(term, Variable):
        if isinstance(value, str | int | bytes):
            yield from bindings.unified(term.name, value)
    elif same(term, value, attribute):
        yield bindings


def same(term: str | int | bytes, value: Value, attribute: Attribute | None) -> bool:
    """Equal in value and type; of a PartyState only the basic state counts."""
    if attribute is not None and attribute.low_bits:
        return isinstance(value, int) and term == value & _STATE_BITS
    return type(term) is type(value) and term == value


def _match_all(
    items: Sequence[AttributeTerm], message: Message, bindings: Bindings
) -> Iterator[Bindings]:
    if not items:
        yield bindings
        return
    first, rest = items[0], items[1:]
    value = observed(message, first.attribute)
    for found in match_term(first.term, value, bindings, first.attribute):
        yield from _match_all(rest, message, found)


def _match_list(pairs: Pairs, value: KVList, bindings: Bindings) -> Iterator[Bindings]:
    if not pairs.exact:
        yield from _match_contained(pairs.items, value, bindings)
    elif len(pairs.items) == len(value):
        yield from _match_whole(pairs.items, tuple(value), bindings)


def _match_whole(
    items: Sequence[Pair], actual: Sequence[tuple[str, Value]], bindings: Bindings
) -> Iterator[Bindings]:
    if not items:
        yield bindings
        return
    for found in _match_pair(items[0], actual[0], bindings):
        yield from _match_whole(items[1:], actual[1:], found)


def _match_contained(
    items: Sequence[Pair], value: KVList, bindings: Bindings
) -> Iterator[Bindings]:
    if not items:
        yield bindings
        return
    for found in _match_somewhere(items[0], value, bindings):
        yield from _match_contained(items[1:], value, found)


def _match_somewhere(item: Pair, value: KVList, bindings: Bindings) -> Iterator[Bindings]:
    if isinstance(item.value, Absent) and isinstance(item.key, str):
        if not value.has(item.key):
            yield bindings
        return
    for pair in value:
        yield from _match_pair(item, pair, bindings)


def _match_pair(item: Pair, pair: tuple[str, Value], bindings: Bindings) -> Iterator[Bindings]:
    key, value = pair
    for found in _match_key(item.key, key, bindings):
        yield from match_term(item.value, _as_conn_id(key, value), found)


def _match_key(key: str | Variable, actual: str, bindings: Bindings) -> Iterator[Bindings]:
    if isinstance(key, Variable):
        yield from bindings.unified(key.name, actual)
    elif key == actual:
        yield bindings


def _as_conn_id(key: str, value: Value) -> Value:
    if isinstance(value, str) and _CONN_KEY.fullmatch(key):
        return value.lower()
    return value


def _mismatch_of(item: AttributeTerm, value: Observed, bindings: Bindings) -> Mismatch:
    name = item.attribute.name
    if isinstance(item.term, Pairs) and not item.term.exact and isinstance(value, KVList):
        return _missing_pair(name, item.term, value, bindings)
    if isinstance(item.term, Lacks) and isinstance(value, KVList):
        key = next(key for key in item.term.keys if value.has(key))
        return Mismatch(attribute=f"{name}.{key}", wanted="absent", got=_at(value, key))
    wanted = shown_term(item.term, bindings, item.attribute)
    return Mismatch(attribute=name, wanted=wanted, got=shown(value, item.attribute))


def _missing_pair(name: str, pairs: Pairs, value: KVList, bindings: Bindings) -> Mismatch:
    for item in pairs.items:
        found = next(_match_somewhere(item, value, bindings), None)
        if found is None:
            return _pair_mismatch(name, item, value, bindings)
        bindings = found
    return Mismatch(attribute=name, wanted=shown_term(pairs, bindings), got=shown_value(value))


def _pair_mismatch(name: str, item: Pair, value: KVList, bindings: Bindings) -> Mismatch:
    if isinstance(item.key, Variable):
        wanted = shown_term(Pairs((item,)), bindings)
        return Mismatch(attribute=name, wanted=wanted, got=shown_value(value))
    inner = value.first(item.key)
    where = f"{name}.{item.key}"
    if isinstance(item.value, Pairs) and not item.value.exact and isinstance(inner, KVList):
        return _missing_pair(where, item.value, inner, bindings)
    wanted = shown_term(item.value, bindings)
    return Mismatch(attribute=where, wanted=wanted, got=_at(value, item.key))


def _at(value: KVList, key: str) -> str:
    found = [shown_value(item) for name, item in value if name == key]
    return ", ".join(found) if found else "absent"
