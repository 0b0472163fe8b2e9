"""Values of a scenario out of nodes: attributes, lists, events; with faults that help.

``expecting`` tells two uses apart: what is expected may be ``"*"`` or ``"~"``, and a mapping
there means "contains these pairs"; what is sent is meant as it stands (scenarios.yml, Values).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tlibproto.messages import Message
from tlibproto.vocabulary import AttributeId, MessageId, mask_of
from tlibsim.scenario.names import (
    Attribute,
    Kind,
    attribute_names,
    attributes,
    carried,
    event_words,
    find_attribute,
    find_event,
    find_member,
    find_request,
    member_words,
)
from tlibsim.scenario.nodes import Faults, ListNode, MapNode, Node, Scalar, joined
from tlibsim.scenario.steps import AttributeTerm, ExpectedEvent
from tlibsim.scenario.terms import (
    ABSENT,
    PRESENT,
    Lacks,
    Pair,
    Pairs,
    Term,
    Variable,
)

_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*")
_CONN_ID = re.compile(r"[0-9a-fA-F]{16}")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_INT32 = range(-(2**31), 2**32)
_SPECIAL_TERMS: Mapping[str, Term] = {"*": PRESENT, "~": ABSENT}
_REF = "ref"
_CONTAINS: Mapping[str, AttributeId] = {
    "ud+": AttributeId.UserData,
    "ext+": AttributeId.Extensions,
}
_LACKS: Mapping[str, AttributeId] = {"ud-": AttributeId.UserData}
_SPECIAL = ("ud+", "ud-", "ext+", _REF)


def variable_of(node: Node) -> Variable | None:
    """The ``$x`` that a node is, or None."""
    if isinstance(node, Scalar) and node.binary is None and _VARIABLE.fullmatch(node.text):
        return Variable(node.text[1:])
    return None


@dataclass(slots=True)
class Reader:
    """Reads values out of the nodes of one file; what is wrong goes to ``faults``."""

    faults: Faults

    def attribute(self, attribute: Attribute, node: Node, key: str, *, expecting: bool) -> Term:
        """What an attribute is given, or must be."""
        if expecting and isinstance(node, Scalar):
            special = None if node.binary is not None else _SPECIAL_TERMS.get(node.text)
            if special is not None:
                return special
        variable = variable_of(node)
        if variable is not None:
            return variable
        return self._literal(attribute, node, key, expecting=expecting)

    def sent(
        self, message: type[Message], entries: tuple[tuple[Scalar, Node], ...], key: str
    ) -> tuple[AttributeTerm, ...]:
        """The attributes that a request names."""
        found = []
        for word, node in entries:
            attribute = self._carried(message, word, key)
            if attribute is not None:
                term = self.attribute(attribute, node, joined(key, word.text), expecting=False)
                found.append(
                    AttributeTerm(
                        attribute=attribute, term=term, place=word.place, key=word.text
                    )
                )
        return tuple(found)

    def enclosed(
        self, message: type[Message], node: Node, key: str
    ) -> tuple[AttributeTerm, ...]:
        """``{EventName: attributes}`` of SendEvent: the event's number and its attributes."""
        entries = self.faults.mapping(node, key).entries
        if len(entries) != 1:
            self.faults.add(node.place, key, "must be one event, {EventName: {...}}")
            return ()
        word, body = entries[0]
        number = self._event_number(word, joined(key, word.text))
        if number is None:
            return ()
        attribute = attributes()[AttributeId.UserEvent]
        kind = AttributeTerm(
            attribute=attribute, term=int(number), place=word.place, key=word.text
        )
        inner = joined(key, word.text)
        return (kind, *self.sent(message, self.faults.mapping(body, inner).entries, inner))

    def event(self, node: Node, key: str, *, may_ref: bool) -> ExpectedEvent | None:
        """One expected event, ``{EventName: {...}}``; ``may_ref``: a client asked for it."""
        entries = self.faults.mapping(node, key).entries
        if len(entries) != 1:
            self.faults.add(node.place, key, "must be one event, {EventName: {...}}")
            return None
        word, body = entries[0]
        inner = joined(key, word.text)
        number = self._event_number(word, inner)
        if number is None:
            return None
        body_entries = self.faults.mapping(body, inner).entries
        items = [self.expected(name, value, inner) for name, value in body_entries]
        return ExpectedEvent(
            message_id=number,
            attributes=tuple(item for item in items if item is not None),
            place=word.place,
            ref=self._ref(body_entries, inner, may_ref=may_ref),
        )

    def pairs(self, node: Node, key: str, *, expecting: bool) -> Pairs:
        """A key-value list: a mapping, or a list of [key, value] pairs."""
        if isinstance(node, MapNode):
            items = tuple(
                self._pair(word, value, joined(key, word.text), expecting=expecting)
                for word, value in node.entries
            )
            return Pairs(items, exact=False)
        if isinstance(node, ListNode):
            return Pairs(self._listed(node, key, expecting=expecting), exact=True)
        self.faults.add(node.place, key, "must be {key: value} or [[key, value], ...]")
        return Pairs(())

    def value(self, node: Node, key: str, *, expecting: bool) -> Term:
        """The value of a pair: text, a whole number, a list, !!binary, ``$x``."""
        if not isinstance(node, Scalar):
            return self.pairs(node, key, expecting=expecting)
        if node.binary is not None:
            return node.binary
        special = _SPECIAL_TERMS.get(node.text) if expecting else None
        return special or variable_of(node) or self._pair_scalar(node, key)

    def number_or_name(self, attribute: Attribute, node: Node, key: str) -> int:
        """A number, or the name of one in the attribute's enumeration."""
        text = self.faults.text(node, key)
        if _DECIMAL.fullmatch(text):
            return self._ranged(int(text), node, key)
        if attribute.enumeration is None or not isinstance(node, Scalar):
            self.faults.add(node.place, key, f"must be a whole number, not {text!r}")
            return 0
        number = find_member(attribute.enumeration, text)
        if number is None:
            name = attribute.enumeration.__name__
            known = member_words(attribute.enumeration)
            self.faults.unknown(node, key, f"{text!r} is no {name}", known)
            return 0
        return number

    def _ranged(self, number: int, node: Node, key: str) -> int:
        if number not in _INT32 and number not in range(-(2**63), 2**63):
            self.faults.add(node.place, key, "is too large for an integer")
            return 0
        return number

    def _literal(self, attribute: Attribute, node: Node, key: str, *, expecting: bool) -> Term:
        if attribute.list_body or attribute.kind is Kind.LIST:
            return self.pairs(node, key, expecting=expecting)
        if isinstance(node, Scalar) and node.null:
            self.faults.add(node.place, key, "has no value")
            return ""
        if attribute.kind is Kind.INTEGER:
            return self._integer(attribute, node, key)
        if attribute.kind is Kind.CONN_ID:
            return self._conn_id(node, key)
        if attribute.kind is Kind.BYTES:
            return self._bytes(node, key)
        return self.faults.text(node, key)

    def _integer(self, attribute: Attribute, node: Node, key: str) -> int:
        """Names of a mask may be a list: they are put together."""
        if isinstance(node, ListNode) and attribute.id is AttributeId.RegisterMode:
            total = 0
            for item in node.items:
                total |= self.number_or_name(attribute, item, key)
            return total
        return self.number_or_name(attribute, node, key)

    def _conn_id(self, node: Node, key: str) -> str:
        text = self.faults.text(node, key)
        if isinstance(node, Scalar) and not _CONN_ID.fullmatch(text):
            self.faults.add(node.place, key, f"must be 16 hex digits or a $name, not {text!r}")
        return text.lower()

    def _bytes(self, node: Node, key: str) -> bytes:
        if isinstance(node, ListNode):
            return self._mask(node, key)
        if isinstance(node, Scalar) and node.binary is not None:
            return node.binary
        self.faults.add(node.place, key, "must be !!binary, or a list of events for a mask")
        return b""

    def _mask(self, node: ListNode, key: str) -> bytes:
        numbers = []
        for item in node.items:
            if not isinstance(item, Scalar):
                self.faults.add(item.place, key, "must be the name of an event")
                continue
            number = self._event_number(item, key)
            numbers += [] if number is None else [number]
        return mask_of(numbers)

    def _carried(self, message: type[Message], word: Scalar, key: str) -> Attribute | None:
        attribute = find_attribute(word.text)
        own = carried(message)
        if attribute is not None and attribute.id is AttributeId.ReferenceID:
            self.faults.add(word.place, joined(key, word.text), "is set by the program itself")
            return None
        if attribute is not None and attribute.id in own:
            return attribute
        known = [one.name for one in attribute_names(own).values()]
        message_word = message.__name__
        self.faults.unknown(
            word, joined(key, word.text), f"is not an attribute of {message_word}", known
        )
        return None

    def _event_number(self, word: Scalar, key: str) -> MessageId | None:
        found = find_event(word.text)
        if found is None or find_request(word.text) is not None:
            self.faults.unknown(word, key, f"{word.text!r} is no event", event_words())
            return None
        return MessageId(found.message_id)

    def expected(self, word: Scalar, node: Node, key: str) -> AttributeTerm | None:
        """An attribute of an expected message; None for ``ref`` and what is noted as wrong."""
        inner = joined(key, word.text)
        if word.text == _REF:
            return None
        if word.text in _CONTAINS:
            pairs = self.pairs(node, inner, expecting=True)
            return _term(word, _CONTAINS[word.text], Pairs(pairs.items, exact=False))
        if word.text in _LACKS:
            return _term(word, _LACKS[word.text], self._lacks(node, inner))
        attribute = find_attribute(word.text)
        if attribute is None:
            known = [*(one.name for one in attributes().values()), *_SPECIAL]
            self.faults.unknown(word, inner, "is not an attribute", known)
            return None
        term = self.attribute(attribute, node, inner, expecting=True)
        return AttributeTerm(attribute=attribute, term=term, place=word.place, key=word.text)

    def _lacks(self, node: Node, key: str) -> Lacks:
        items = self.faults.sequence(node, key)
        return Lacks(tuple(self.faults.text(item, key) for item in items))

    def _ref(
        self, entries: tuple[tuple[Scalar, Node], ...], key: str, *, may_ref: bool
    ) -> bool | None:
        for word, node in entries:
            if word.text != _REF:
                continue
            said = node.boolean if isinstance(node, Scalar) else None
            if said is None:
                self.faults.add(node.place, joined(key, _REF), "must be true or false")
            elif said and not may_ref:
                message = "needs a step in which a client asks"
                self.faults.add(node.place, joined(key, _REF), message)
            return said
        return None

    def _listed(self, node: ListNode, key: str, *, expecting: bool) -> tuple[Pair, ...]:
        found = []
        for index, item in enumerate(node.items):
            where = f"{key}[{index}]"
            pair = item.items if isinstance(item, ListNode) else ()
            if len(pair) == 2 and isinstance(pair[0], Scalar):
                found.append(self._pair(pair[0], pair[1], where, expecting=expecting))
            else:
                self.faults.add(item.place, where, "must be a pair, [key, value]")
        return tuple(found)

    def _pair(self, word: Scalar, node: Node, key: str, *, expecting: bool) -> Pair:
        return Pair(variable_of(word) or word.text, self.value(node, key, expecting=expecting))

    def _pair_scalar(self, node: Scalar, key: str) -> str | int:
        number = node.integer
        if number is not None:
            if number not in range(-(2**31), 2**31):
                self.faults.add(
                    node.place, key, "does not fit into 32 bits; quote it for a text"
                )
            return number
        if node.fraction or node.boolean is not None:
            message = f"{node.text} is neither a text nor a whole number; quote it for a text"
            self.faults.add(node.place, key, message)
        elif node.null:
            self.faults.add(node.place, key, 'has no value; "" is the empty text')
        return node.text


def _term(word: Scalar, attribute: AttributeId, term: Term) -> AttributeTerm:
    return AttributeTerm(
        attribute=attributes()[attribute], term=term, place=word.place, key=word.text
    )
