"""Patterns out of nodes: ``{event: EventRinging, dn: 7001, userdata: {k: v}}``, or a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tlibsim.journal import Kind
from tlibsim.journal.expectations import ONCE_OR_MORE, Count, count_of
from tlibsim.journal.query import Query
from tlibsim.journal.query import parse as parse_query
from tlibsim.journal.syntax import QueryError
from tlibsim.scenario.names import (
    attributes,
    event_words,
    find_attribute,
    find_event,
    find_request,
    request_words,
)
from tlibsim.scenario.nodes import Faults, ListNode, MapNode, Node, Scalar, joined
from tlibsim.scenario.observed import shown_term
from tlibsim.scenario.reading import Reader, variable_of
from tlibsim.scenario.script.origin import line_number
from tlibsim.scenario.script.steps import ANY, Pattern
from tlibsim.scenario.steps import AttributeTerm
from tlibsim.scenario.terms import NO_BINDINGS, Term

EVENTS = frozenset({Kind.EVENT, Kind.ANSWER})
REQUESTS = frozenset({Kind.REQUEST})
MODEL = frozenset({Kind.FACT, Kind.REPORT})
EVERYTHING = frozenset({*EVENTS, *REQUESTS, *MODEL, Kind.REFUSAL, Kind.CONNECTED, Kind.CLOSED})

WHAT: Mapping[str, frozenset[Kind]] = MappingProxyType(
    {
        "event": EVENTS,
        "request": REQUESTS,
        "message": EVENTS | REQUESTS,
        "fact": MODEL,
        "query": EVERYTHING,
    }
)
"""The words of which a pattern has one: what kind of thing must come."""

OWN = ("client", "dn", "count", "fresh", "line")
_ALIASES = MappingProxyType(
    {"msgid": "PrivateMsgID", "error": "ErrorCode", "userdata": "UserData"}
)
_ANYTHING = ("*", ANY)


def is_pattern(node: Node) -> bool:
    """Whether a node is a pattern, or several, and not the lists of events of DNs."""
    if isinstance(node, ListNode):
        return True
    if isinstance(node, Scalar):
        return True
    return any(word.text in WHAT for word, _ in node.entries)


@dataclass(slots=True)
class PatternReader:
    """Reads patterns; what is wrong goes to ``faults``."""

    faults: Faults
    values: Reader

    def patterns(self, node: Node, key: str) -> tuple[Pattern, ...]:
        """One pattern, or a list of them."""
        if not isinstance(node, ListNode):
            return (self.pattern(node, key),)
        if not node.items:
            self.faults.add(node.place, key, "has nothing in it")
        return tuple(
            self.pattern(item, f"{key}[{index}]") for index, item in enumerate(node.items)
        )

    def pattern(self, node: Node, key: str) -> Pattern:
        """One pattern; a text is a query."""
        if isinstance(node, Scalar):
            query = self.query(node, key)
            return Pattern(text=node.text, place=node.place, kinds=EVERYTHING, query=query)
        mapping = self.faults.mapping(node, key)
        own = {word.text: value for word, value in mapping.entries}
        heads = [word for word in WHAT if word in own]
        if len(heads) != 1:
            message = f"must have one of {', '.join(WHAT)}"
            self.faults.add(node.place, key, message)
        head = heads[0] if heads else "message"
        items = self._attributes(mapping, key)
        found = Pattern(
            text="",
            place=node.place,
            kinds=WHAT[head],
            names=self._names(head, own[head], joined(key, head)) if heads else frozenset(),
            client=self._text(own, "client", key) or ANY,
            dn=self._dn(own, key),
            attributes=items,
            query=self.query(own["query"], joined(key, "query")) if "query" in own else None,
            count=self._count(own, key),
            fresh=self._flag(own, "fresh", key),
            line=line_number(own.get("line"), self.faults, joined(key, "line")),
        )
        return _worded(found, head, own)

    def query(self, node: Node, key: str) -> Query | None:
        """A text in the query language."""
        text = self.faults.text(node, key)
        try:
            return parse_query(text)
        except QueryError as error:
            self.faults.add(node.place, key, f"is no query: {error}")
            return None

    def _names(self, head: str, node: Node, key: str) -> frozenset[str]:
        if head == "query":
            return frozenset()
        words = node.items if isinstance(node, ListNode) else (node,)
        found = [self._name(head, word, key) for word in words]
        return frozenset(name for name in found if name)

    def _name(self, head: str, node: Node, key: str) -> str:
        text = self.faults.text(node, key)
        if head == "fact" or text in _ANYTHING or not isinstance(node, Scalar):
            return "" if text in _ANYTHING else text
        known = {
            "event": (find_event, event_words),
            "request": (find_request, request_words),
        }
        find, words = known.get(head, known["event"])
        message = find(text) or (find_request(text) if head == "message" else None)
        if message is None:
            self.faults.unknown(node, key, f"{text!r} is no {head}", words())
            return ""
        return message.__name__

    def _attributes(self, mapping: MapNode, key: str) -> tuple[AttributeTerm, ...]:
        found = []
        for word, value in mapping.entries:
            if word.text in WHAT or word.text in OWN:
                continue
            item = self._attribute(word, value, key)
            if item is not None:
                found.append(item)
        return tuple(found)

    def _attribute(self, word: Scalar, value: Node, key: str) -> AttributeTerm | None:
        name = _ALIASES.get(word.text, word.text)
        if find_attribute(name) is None and "+" not in name and not name.endswith("-"):
            known = (
                *WHAT,
                *OWN,
                *_ALIASES,
                *(one.name for one in attributes().values()),
            )
            self.faults.unknown(word, joined(key, word.text), "is nothing of a message", known)
            return None
        found = self.values.expected(Scalar(text=name, place=word.place), value, key)
        if found is None:
            return None
        return AttributeTerm(
            attribute=found.attribute, term=found.term, place=found.place, key=word.text
        )

    def _dn(self, own: Mapping[str, Node], key: str) -> Term | None:
        if "dn" not in own:
            return None
        return variable_of(own["dn"]) or self.faults.text(own["dn"], joined(key, "dn"))

    def _text(self, own: Mapping[str, Node], word: str, key: str) -> str:
        return self.faults.text(own[word], joined(key, word)) if word in own else ""

    def _flag(self, own: Mapping[str, Node], word: str, key: str) -> bool:
        node = own.get(word)
        said = node.boolean if isinstance(node, Scalar) else None
        if node is not None and said is None:
            self.faults.add(node.place, joined(key, word), "must be true or false")
        return bool(said)

    def _count(self, own: Mapping[str, Node], key: str) -> Count:
        if "count" not in own:
            return ONCE_OR_MORE
        try:
            return count_of(self.faults.text(own["count"], joined(key, "count")))
        except ValueError as error:
            self.faults.add(own["count"].place, joined(key, "count"), str(error))
            return ONCE_OR_MORE


def _worded(pattern: Pattern, head: str, own: Mapping[str, Node]) -> Pattern:
    """The pattern with a text for people: what is asked for, in the order of a message."""
    words = [" or ".join(sorted(pattern.names)) or f"any {head}"]
    if pattern.query is not None:
        words = [str(pattern.query)]
    if pattern.dn is not None:
        words.append(f"on {_plain(pattern.dn)}")
    if pattern.client != ANY:
        words.append(f"{'from' if pattern.kinds == REQUESTS else 'to'} {pattern.client}")
    words += [
        f"{item.key}={shown_term(item.term, NO_BINDINGS, item.attribute)}"
        for item in pattern.attributes
    ]
    if "count" in own:
        words.append(f"({pattern.count})")
    return Pattern(
        text=" ".join(words),
        place=pattern.place,
        kinds=pattern.kinds,
        names=pattern.names,
        client=pattern.client,
        dn=pattern.dn,
        attributes=pattern.attributes,
        query=pattern.query,
        count=pattern.count,
        fresh=pattern.fresh,
        line=pattern.line,
    )


def _plain(term: Term) -> str:
    return term if isinstance(term, str) else shown_term(term, NO_BINDINGS)
