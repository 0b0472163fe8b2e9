"""What a step says becomes a request: terms are resolved, and nothing else is added."""

from tlibproto.messages import CATALOGUE, Request
from tlibproto.messages.base import restore
from tlibproto.vocabulary import KVList, ReferenceId, Value, connid_of
from tlibsim.scenario.names import Attribute, Kind
from tlibsim.scenario.steps import AttributeTerm, ClientRequest
from tlibsim.scenario.terms import Bindings, Literal, Pairs, Term, Variable

FieldValue = Value
"""The value of a field of a message: text, number, bytes or list."""


def request_of(do: ClientRequest, bindings: Bindings, reference: ReferenceId) -> Request:
    """The request of a step.  It may lack what a request must have: that is for the server."""
    cls = CATALOGUE[do.message_id]
    values: dict[str, FieldValue] = {
        item.attribute.field: field_value(item.attribute, item.term, bindings)
        for item in do.attributes
    }
    values["reference_id"] = reference
    message = restore(cls, values)
    if not isinstance(message, Request):
        raise TypeError(f"{cls.__name__} is no request")
    return message


def field_value(attribute: Attribute, term: Term, bindings: Bindings) -> FieldValue:
    """The value of a term for the field of an attribute."""
    value = resolved(term, bindings)
    if attribute.kind is Kind.CONN_ID:
        return connid_of(str(value))
    if attribute.kind is Kind.TEXT and not isinstance(value, KVList):
        return str(value)
    return value


def resolved(term: Term, bindings: Bindings) -> FieldValue:
    """A term as a value; the loader has seen to it that every name is bound by now."""
    if isinstance(term, Variable):
        value = bindings.get(term.name)
        if value is None:
            raise LookupError(f"{term} is bound to nothing")
        return value
    if isinstance(term, Pairs):
        return list_of(term, bindings)
    if isinstance(term, str | int | bytes):
        return term
    raise TypeError(f"{term} cannot be sent")


def list_of(pairs: Pairs, bindings: Bindings) -> KVList:
    """A key-value list in the order of the file."""
    return KVList(
        (_key(pair.key, bindings), resolved(pair.value, bindings)) for pair in pairs.items
    )


def _key(key: str | Variable, bindings: Bindings) -> str:
    return str(resolved(key, bindings)) if isinstance(key, Variable) else key


def newest_conn_id(
    items: tuple[AttributeTerm, ...], bindings: Bindings, newest: Literal | None
) -> Bindings:
    """Bind each name that stands for a ConnID and has no value yet to the newest ConnID."""
    for item in items:
        if not isinstance(item.term, Variable) or item.attribute.kind is not Kind.CONN_ID:
            continue
        if bindings.get(item.term.name) is None and newest is not None:
            bindings = bindings.bound(item.term.name, newest)
    return bindings
