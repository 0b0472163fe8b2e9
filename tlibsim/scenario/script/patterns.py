"""Does a record of the journal fit a pattern, and if not, which fields differ?"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tlibproto.vocabulary import KVList
from tlibsim.journal import Kind
from tlibsim.journal.expectations import NEAREST, Near
from tlibsim.journal.query import Differs
from tlibsim.journal.records import MESSAGES, Record
from tlibsim.journal.values import shown
from tlibsim.ports.media import Instant
from tlibsim.scenario.matching import match_term
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.script.steps import ANY, Pattern
from tlibsim.scenario.steps import AttributeTerm
from tlibsim.scenario.terms import Bindings, Pair, Pairs, Term

_ANY_CASE = frozenset({"GSIP_RECORD"})
"""Keys whose values are written in several ways (FEATURES.md, seed details, 2)."""


def match(
    pattern: Pattern, record: Record, bindings: Bindings, begun_at: Instant
) -> Bindings | None:
    """The bindings under which the record fits, or None."""
    if record.kind not in pattern.kinds or not _named(pattern, record):
        return None
    if pattern.query is not None and not pattern.query.matches(record, begun_at):
        return None
    if pattern.client != ANY and not _has_client(pattern, record):
        return None
    if pattern.dn is not None:
        found = next(match_term(pattern.dn, record.dn or None, bindings), None)
        if found is None:
            return None
        bindings = found
    return _attributes(pattern, record, bindings)


def differences(
    pattern: Pattern, record: Record, bindings: Bindings, begun_at: Instant
) -> tuple[Differs, ...]:
    """Everything in which the record is not what the pattern asks for."""
    return tuple(_differences(pattern, record, bindings, begun_at))


def nearest(
    pattern: Pattern,
    records: Iterable[Record],
    bindings: Bindings,
    begun_at: Instant,
    since: Instant,
) -> tuple[Near, ...]:
    """The messages that come nearest; those of another name only when none has this one."""
    scored = []
    for record in records:
        if record.kind in MESSAGES or record.kind in pattern.kinds:
            differs = differences(pattern, record, bindings, begun_at)
            strange = 0 if _named(pattern, record) else 100
            scored.append((strange + len(differs), record.number, record, differs))
    same = [one for one in scored if one[0] < 100]
    best = sorted(same, key=lambda one: one[:2])[:NEAREST]
    return tuple(
        Near(record=record, after_us=max(0, record.at - since), differs=differs)
        for _, _, record, differs in best
    )


def _named(pattern: Pattern, record: Record) -> bool:
    return not pattern.names or record.name in pattern.names


def _has_client(pattern: Pattern, record: Record) -> bool:
    return any(pattern.client in (who.name, str(who.number)) for who in record.clients)


def _attributes(pattern: Pattern, record: Record, bindings: Bindings) -> Bindings | None:
    for item in pattern.attributes:
        value = record.value(item.attribute)
        term = _in_any_case(item.term, value)
        found = next(match_term(term, value, bindings, item.attribute), None)
        if found is None:
            return None
        bindings = found
    return bindings


def _differences(
    pattern: Pattern, record: Record, bindings: Bindings, begun_at: Instant
) -> Iterator[Differs]:
    if not _named(pattern, record):
        yield Differs(key="name", expected=" or ".join(pattern.names), got=record.name)
    if pattern.client != ANY and not _has_client(pattern, record):
        got = ", ".join(str(who) for who in record.clients) or "nobody"
        yield Differs(key="client", expected=pattern.client, got=got)
    if pattern.query is not None:
        yield from pattern.query.differences(record, begun_at)
    if pattern.dn is not None:
        found = next(match_term(pattern.dn, record.dn or None, bindings), None)
        if found is None:
            yield Differs(
                key="dn", expected=shown_term(pattern.dn, bindings), got=record.dn or "none"
            )
    for item in pattern.attributes:
        yield from _attribute_differs(item, record, bindings)


def _attribute_differs(
    item: AttributeTerm, record: Record, bindings: Bindings
) -> Iterator[Differs]:
    value = record.value(item.attribute)
    term = _in_any_case(item.term, value)
    if next(match_term(term, value, bindings, item.attribute), None) is not None:
        return
    if isinstance(term, Pairs) and not term.exact and isinstance(value, KVList):
        yield from _pairs_differ(item, term, value, bindings)
        return
    yield Differs(
        key=item.key,
        expected=shown_term(term, bindings, item.attribute),
        got=shown(value, item.attribute),
    )


def _pairs_differ(
    item: AttributeTerm, term: Pairs, value: KVList, bindings: Bindings
) -> Iterator[Differs]:
    """The pairs of a list that are not as wanted, each on its own."""
    for pair in term.items:
        alone = Pairs((pair,), exact=False)
        if next(match_term(alone, value, bindings, item.attribute), None) is None:
            key = shown_term(pair.key, bindings) if not isinstance(pair.key, str) else pair.key
            yield Differs(
                key=f"{item.key}.{key}",
                expected=_typed(pair.value, bindings),
                got=_typed_value(value, str(pair.key)),
            )


def _typed(term: Term, bindings: Bindings) -> str:
    return f"{shown_term(term, bindings)}{_kind_of(term)}"


def _typed_value(value: KVList, key: str) -> str:
    found = value.first(key)
    return "absent" if found is None else f"{shown(found)}{_kind_of(found)}"


def _kind_of(value: object) -> str:
    kinds = {str: " (string)", int: " (integer)", bytes: " (binary)", KVList: " (list)"}
    return kinds.get(type(value), "")


def _in_any_case(term: Term, value: object) -> Term:
    """Values that are written On here and ON there are the same."""
    if not isinstance(term, Pairs) or not isinstance(value, KVList):
        return term
    return replace(term, items=tuple(_pair_in_any_case(pair, value) for pair in term.items))


def _pair_in_any_case(pair: Pair, value: KVList) -> Pair:
    if not isinstance(pair.key, str) or pair.key not in _ANY_CASE:
        return pair
    found = value.first(pair.key)
    if not isinstance(found, str) or not isinstance(pair.value, str):
        return pair
    return Pair(pair.key, found) if found.casefold() == pair.value.casefold() else pair


def stream(record: Record) -> tuple[str, str]:
    """Where order counts: on one DN, or among the requests of one client (BEHAVIOUR.md 0.2)."""
    if record.kind is Kind.REQUEST:
        return "request", str(record.clients[0]) if record.clients else ""
    return record.kind.value, record.dn
