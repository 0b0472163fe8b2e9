"""What a scenario asks for, for human eyes; what a message carries is :mod:`journal.values`."""

from tlibsim.journal.values import (
    Observed,
    observed,
    repr_key,
    shown,
    shown_message,
    shown_pairs,
    shown_value,
)
from tlibsim.scenario.names import Attribute, message_name
from tlibsim.scenario.steps import AttributeTerm, ExpectedEvent
from tlibsim.scenario.terms import Bindings, Lacks, Pair, Pairs, Term, Variable

__all__ = [
    "Observed",
    "observed",
    "repr_key",
    "shown",
    "shown_expected",
    "shown_message",
    "shown_term",
    "shown_value",
]


def shown_term(term: Term, bindings: Bindings, attribute: Attribute | None = None) -> str:
    """What a term asks for, with what its ``$x`` are bound to."""
    if isinstance(term, Variable):
        value = bindings.get(term.name)
        return str(term) if value is None else f"{term} = {_plain(value, attribute)}"
    if isinstance(term, Pairs):
        return _shown_terms(term, bindings)
    if isinstance(term, Lacks):
        return f"no {', '.join(term.keys)}"
    if isinstance(term, str | int | bytes):
        return _plain(term, attribute)
    return str(term)


def shown_expected(event: ExpectedEvent, bindings: Bindings) -> str:
    """An expected event in one line."""
    words = [_shown_attribute(item, bindings) for item in event.attributes]
    if event.ref is not None:
        words.append("with the ReferenceID" if event.ref else "without ReferenceID")
    return " ".join([message_name(event.message_id), *words])


def _shown_attribute(item: AttributeTerm, bindings: Bindings) -> str:
    return f"{item.key}={shown_term(item.term, bindings, item.attribute)}"


def _plain(value: str | int | bytes, attribute: Attribute | None) -> str:
    if attribute is None:
        return shown_value(value)
    return shown(value, attribute)


def _shown_terms(pairs: Pairs, bindings: Bindings) -> str:
    words = shown_pairs(_shown_pair(pair, bindings) for pair in pairs.items)
    return f"exactly {words}" if pairs.exact else f"with {words}"


def _shown_pair(pair: Pair, bindings: Bindings) -> tuple[str, str]:
    key = (
        shown_term(pair.key, bindings) if isinstance(pair.key, Variable) else repr_key(pair.key)
    )
    return key, shown_term(pair.value, bindings)
