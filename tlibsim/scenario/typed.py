"""A request out of words of a command line: ``MakeCall ThisDN=7001 UserData='{k: "1"}'``."""

from collections.abc import Iterable

from tlibproto.messages import Message, Request
from tlibproto.messages.base import restore
from tlibsim.scenario.building import field_value
from tlibsim.scenario.names import Kind, find_attribute, find_request, request_words
from tlibsim.scenario.nodes import Faults, Node, Place, Scalar, read
from tlibsim.scenario.reading import Reader
from tlibsim.scenario.steps import AttributeTerm
from tlibsim.scenario.terms import NO_BINDINGS, variables

_SOURCE = "command line"
_EVENT = "event"
_LIST_KINDS = (Kind.LIST, Kind.BYTES)


def typed_request(word: str, attributes: Iterable[str]) -> Request:
    """The request of these words, without ReferenceID; raises ScenarioError.

    Values are those of scenarios; text needs no quotes, and ``$x`` has no meaning.
    """
    faults = Faults(_SOURCE)
    message = find_request(word)
    if message is None:
        scalar = Scalar(text=word, place=Place())
        faults.unknown(scalar, "", f"{word!r} is no request", request_words())
        faults.stop()
        raise LookupError(word)
    terms = [
        term for text in attributes for term in _terms(message, text, Reader(faults), faults)
    ]
    faults.stop()
    values = {
        item.attribute.field: field_value(item.attribute, item.term, NO_BINDINGS)
        for item in terms
    }
    request = restore(message, values)
    if not isinstance(request, Request):
        raise TypeError(f"{message.__name__} is no request")
    return request


def _terms(
    message: type[Message], text: str, reader: Reader, faults: Faults
) -> tuple[AttributeTerm, ...]:
    key, equals, value = text.partition("=")
    word = Scalar(text=key.strip(), place=Place())
    if not equals or not word.text:
        faults.add(Place(), text, "must be KEY=VALUE")
        return ()
    if word.text == _EVENT:
        return reader.enclosed(message, read(value, _SOURCE), _EVENT)
    terms = reader.sent(message, ((word, _node(word.text, value)),), "")
    for item in terms:
        if any(variables(item.term)):
            faults.add(Place(), key, "has a $name, which stands for nothing here")
    return terms


def _node(key: str, value: str) -> Node:
    """Lists and bytes are YAML; everything else is taken as it stands."""
    attribute = find_attribute(key)
    if attribute is not None and attribute.kind in _LIST_KINDS:
        return read(value, _SOURCE)
    return Scalar(text=value, place=Place(), plain=bool(value))
