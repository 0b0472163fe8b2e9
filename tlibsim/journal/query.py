"""The query language of the journal: one for the command line, fixtures, the API and reports.

    dn:7001 event:EventRinging client:desk userdata.account='A-77' since:+2s until:12:00:10

The words are those of :mod:`tlibsim.journal.syntax`.  ``:`` and ``=`` ask for equality without
regard to case, in quotes for exactly this text; ``~`` for a part of a text; ``<`` ``<=`` ``>``
``>=`` compare whole numbers.  A number without quotes fits a text of these digits as well.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType

from tlibproto.vocabulary import Value
from tlibsim.config.problems import nearest
from tlibsim.journal.journal import Kind
from tlibsim.journal.keys import NAMES, SPECIAL, Look, attribute_look, fact_look, lists
from tlibsim.journal.moments import Moment, moment
from tlibsim.journal.names import (
    Attribute,
    attributes,
    event_words,
    find_attribute,
    member_name,
    request_words,
)
from tlibsim.journal.records import Record
from tlibsim.journal.syntax import Mark, QueryError, Token, Word, tokens, unknown_key
from tlibsim.journal.values import shown, shown_message, shown_value
from tlibsim.ports.media import Instant

MOST_TERMS = 100
EPOCH = Instant(0)
_MOMENTS = ("since", "until")
_PRESENCE = ("has", "lacks")
_COMPARE: Mapping[str, Callable[[int, int], bool]] = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
_HEAVY = frozenset({"event", "request", "message", "fact"})
_HEAVY_WEIGHT, _WEIGHT = 10, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Differs:
    """A term that does not hold of a record: its key, and both values for human eyes."""

    key: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.key}  expected {self.expected}  got {self.got}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """One term: a key, what is wanted of it, and how to see whether it holds."""

    key: str
    wanted: str
    holds: Callable[[Record, Instant], bool]
    got: Callable[[Record], str]
    weight: int = _WEIGHT


@dataclass(frozen=True, slots=True)
class _All:
    parts: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Any:
    parts: "tuple[_Node, ...]"


@dataclass(frozen=True, slots=True)
class _Not:
    part: "_Node"


_Node = _Test | _All | _Any | _Not


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the journal; its text is how people know it."""

    text: str
    _root: _All

    def matches(self, record: Record, begun_at: Instant = EPOCH) -> bool:
        """Whether it holds of a record; ``begun_at`` is what ``+2s`` counts from."""
        return _holds(self._root, record, begun_at)

    def differences(self, record: Record, begun_at: Instant = EPOCH) -> tuple[Differs, ...]:
        """The terms that do not hold, in the order of the text."""
        return tuple(
            _difference(part, record)
            for part in self._root.parts
            if not _holds(part, record, begun_at)
        )

    def nearness(self, record: Record, begun_at: Instant = EPOCH) -> int:
        """How near a record comes: the terms that hold, the name of the message above all."""
        return sum(_weight(part) for part in self._root.parts if _holds(part, record, begun_at))

    @property
    def terms(self) -> int:
        """How many terms must hold."""
        return len(self._root.parts)

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """Read a query; an empty one holds of everything.  Raises QueryError."""
    return Query(text, _Parser(text).whole())


def _holds(node: _Node, record: Record, begun_at: Instant) -> bool:
    if isinstance(node, _Test):
        return node.holds(record, begun_at)
    if isinstance(node, _Not):
        return not _holds(node.part, record, begun_at)
    found = (_holds(part, record, begun_at) for part in node.parts)
    return all(found) if isinstance(node, _All) else any(found)


def _weight(node: _Node) -> int:
    return node.weight if isinstance(node, _Test) else _WEIGHT


def _difference(node: _Node, record: Record) -> Differs:
    if isinstance(node, _Test):
        return Differs(key=node.key, expected=node.wanted, got=node.got(record))
    if isinstance(node, _Not):
        return Differs(key="not", expected=f"not {_words(node.part)}", got="it holds")
    first = next(iter(_tests(node)), None)
    got = first.got(record) if first is not None else "nothing"
    return Differs(key=first.key if first else "", expected=_words(node), got=got)


def _tests(node: _Node) -> Iterator[_Test]:
    if isinstance(node, _Test):
        yield node
    elif isinstance(node, _Not):
        yield from _tests(node.part)
    else:
        for part in node.parts:
            yield from _tests(part)


def _words(node: _Node) -> str:
    if isinstance(node, _Test):
        return f"{node.key} {node.wanted}"
    if isinstance(node, _Not):
        return f"not {_words(node.part)}"
    joint = " and " if isinstance(node, _All) else " or "
    return joint.join(_words(part) for part in node.parts)


class _Parser:
    """Reads one query by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tuple(tokens(text))
        self._at = 0
        if len(self._tokens) > MOST_TERMS:
            column = self._tokens[MOST_TERMS].column
            raise QueryError(text, column, f"a query has at most {MOST_TERMS} words")

    def whole(self) -> _All:
        if self._here.mark is Mark.END:
            return _All(())
        node = self._any()
        left = self._tokens[self._at]
        if left.mark is not Mark.END:
            raise self._error(f"{left.mark.value!r} opens or closes nothing")
        return node if isinstance(node, _All) else _All((node,))

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _error(self, message: str, suggestion: str = "") -> QueryError:
        return QueryError(self._text, self._here.column, message, suggestion)

    def _any(self) -> _Node:
        parts = [self._all()]
        while self._here.mark is Mark.OR:
            self._at += 1
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def _all(self) -> _Node:
        parts = [self._one()]
        while self._here.mark not in (Mark.OR, Mark.CLOSE, Mark.END):
            if self._here.mark is Mark.AND:
                self._at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else _All(tuple(parts))

    def _one(self) -> _Node:
        token = self._here
        if token.mark is Mark.NOT:
            self._at += 1
            return _Not(self._one())
        if token.mark is Mark.OPEN:
            self._at += 1
            inner = self._any()
            if self._here.mark is not Mark.CLOSE:
                raise self._error("a ) is missing")
            self._at += 1
            return inner
        if token.mark in (Mark.TERM, Mark.WORD):
            self._at += 1
            return _anywhere(token) if token.mark is Mark.WORD else self._term(token)
        raise self._error(f"a term is missing before {token.mark.value!r}")

    # -- terms ---------------------------------------------------------------------------------

    def _term(self, token: Token) -> _Node:
        key = token.key.lower()
        if key in _MOMENTS:
            return self._moment(token)
        if key in _PRESENCE:
            return self._presence(token)
        attribute, look = self._look(token.key, token.column)
        self._known_names(token)
        if token.operator in _COMPARE:
            return self._comparison(token, look, attribute)
        return _equality(token, look, attribute)

    def _look(self, key: str, column: int) -> tuple[Attribute | None, Look]:
        special = SPECIAL.get(key.lower())
        if special is not None:
            return None, special
        first, *rest = _way(key)
        if first.lower() == "fact":
            return None, fact_look(tuple(rest))
        attribute = find_attribute(first)
        if attribute is None:
            known = (*SPECIAL, *_MOMENTS, *_PRESENCE, *(one.name for one in _attributes()))
            raise unknown_key(self._text, column, first, known)
        if rest and attribute.name not in lists() and not attribute.list_body:
            raise QueryError(self._text, column, f"{attribute.name} is no list")
        return attribute, attribute_look(attribute, tuple(rest))

    def _known_names(self, token: Token) -> None:
        """The value of ``event`` or ``request`` must be one, unless it is a pattern."""
        find = NAMES.get(token.key.lower())
        for word in token.words if find is not None else ():
            if find is not None and not _is_pattern(word.text) and find(word.text) is None:
                known = event_words() if token.key.lower() == "event" else request_words()
                raise QueryError(
                    self._text,
                    token.column,
                    f"{word.text!r} is no {token.key.lower()}",
                    nearest(word.text, known),
                )
        if token.key.lower() == "kind":
            self._known_kinds(token)

    def _known_kinds(self, token: Token) -> None:
        known = [kind.value for kind in Kind]
        for word in token.words:
            if word.text not in known and not _is_pattern(word.text):
                near = nearest(word.text, known)
                raise QueryError(self._text, token.column, f"{word.text!r} is no kind", near)

    def _moment(self, token: Token) -> _Test:
        key = token.key.lower()
        if token.operator not in (":", "=") or len(token.words) != 1:
            raise QueryError(self._text, token.column, f"{key} takes one time after a colon")
        try:
            found = moment(token.words[0].text)
        except ValueError as error:
            raise QueryError(self._text, token.column, str(error)) from None
        return _moment_test(key, found, str(token.words[0]))

    def _presence(self, token: Token) -> _Node:
        looks = [self._look(word.text, token.column)[1] for word in token.words]
        wanted = token.key.lower() == "has"

        def holds(record: Record, _: Instant) -> bool:
            return all(
                any(value is not None for value in look(record)) is wanted for look in looks
            )

        return _Test(
            key=token.key,
            wanted=", ".join(map(str, token.words)),
            holds=holds,
            got=lambda _: "absent" if wanted else "present",
        )

    def _comparison(self, token: Token, look: Look, attribute: Attribute | None) -> _Test:
        try:
            limit = int(token.words[0].text)
        except ValueError:
            message = f"{token.operator} compares whole numbers, not {token.words[0]}"
            raise QueryError(self._text, token.column, message) from None
        compare = _COMPARE[token.operator]

        def holds(record: Record, _: Instant) -> bool:
            return any(isinstance(one, int) and compare(one, limit) for one in look(record))

        return _Test(
            key=token.key,
            wanted=f"{token.operator} {limit}",
            holds=holds,
            got=_shower(look, attribute),
        )


def _way(key: str) -> Iterator[str]:
    """The parts of a dotted key; a part in quotes may have dots of its own."""
    rest = key
    while rest:
        if rest[0] in "'\"":
            end = rest.index(rest[0], 1)
            yield rest[1:end]
            rest = rest[end + 2 :]
        else:
            part, _, rest = rest.partition(".")
            yield part


def _attributes() -> tuple[Attribute, ...]:
    return tuple(attributes().values())


def _equality(token: Token, look: Look, attribute: Attribute | None) -> _Node:
    key = token.key.lower()
    fits = _part_of if token.operator == "~" else _fits
    words = token.words
    if key in _HEAVY:
        words = (*words, *_with_prefix(words, key))

    def holds(record: Record, _: Instant) -> bool:
        return any(fits(word, value, attribute) for value in look(record) for word in words)

    test = _Test(
        key=token.key,
        wanted=" or ".join(map(str, token.words)),
        holds=holds,
        got=_shower(look, attribute) if key not in _HEAVY else lambda record: record.name,
        weight=_HEAVY_WEIGHT if key in _HEAVY else _WEIGHT,
    )
    return _Not(test) if token.operator == "!=" else test


def _with_prefix(words: tuple[Word, ...], key: str) -> Iterator[Word]:
    """``event:Ringing`` means EventRinging."""
    prefix = {"event": "Event", "request": "Request"}.get(key)
    for word in words:
        if prefix is not None and not word.text.lower().startswith(prefix.lower()):
            yield Word(text=f"{prefix}{word.text}")


def _anywhere(token: Token) -> _Test:
    """A word alone: in the name, the clients, the detail or any value of the message."""
    needles = [word.text.lower() for word in token.words]

    def holds(record: Record, _: Instant) -> bool:
        text = _whole_text(record).lower()
        return any(needle in text for needle in needles)

    return _Test(
        key="text",
        wanted=" or ".join(map(str, token.words)),
        holds=holds,
        got=lambda record: record.name,
    )


def _whole_text(record: Record) -> str:
    words = [record.name, record.kind.value, record.dn, record.detail]
    words += [str(who) for who in record.clients]
    if record.message is not None:
        words.append(shown_message(record.message, _attributes()))
    words += [str(value) for value in record.values.values()]
    return " ".join(words)


def _moment_test(key: str, wanted: Moment, text: str) -> _Test:
    compare = operator.ge if key == "since" else operator.le

    def holds(record: Record, begun_at: Instant) -> bool:
        return bool(compare(wanted.of(record.number, record.at, begun_at), wanted.value))

    return _Test(key=key, wanted=text, holds=holds, got=lambda record: f"#{record.number}")


def _shower(look: Look, attribute: Attribute | None) -> Callable[[Record], str]:
    def got(record: Record) -> str:
        values = [value for value in look(record) if value not in (None, "")]
        return ", ".join(_shown(value, attribute) for value in values) or "absent"

    return got


def _shown(value: Value | None, attribute: Attribute | None) -> str:
    return shown(value, attribute)


def _is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def _fits(word: Word, value: Value | None, attribute: Attribute | None) -> bool:
    if value is None:
        return False
    if word.quoted:
        return isinstance(value, str) and value == word.text
    wanted = word.text.lower()
    texts = [text.lower() for text in _texts(value, attribute)]
    if _is_pattern(wanted):
        return any(fnmatchcase(text, wanted) for text in texts)
    return wanted in texts


def _part_of(word: Word, value: Value | None, attribute: Attribute | None) -> bool:
    if value is None:
        return False
    return any(word.text.lower() in text.lower() for text in _texts(value, attribute))


def _texts(value: Value, attribute: Attribute | None) -> Iterator[str]:
    """How a value may be written: numbers also by their name in the enumeration."""
    if isinstance(value, int):
        yield str(value)
        name = member_name(attribute.enumeration, value) if attribute is not None else ""
        if name:
            yield name
    elif isinstance(value, str):
        yield value
    else:
        yield shown_value(value)
