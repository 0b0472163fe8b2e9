"""The words of the query language: text to tokens that know their column.

    dn:7001 event:EventRinging,EventReleased not client:mon userdata.account='A-77' since:+2s

A term is ``key operator value``; terms beside each other must all hold; ``or``, ``not`` (or ``-``)
and parentheses as usual.  A value is a word with ``*`` and ``?`` in it, several of them with
commas, or a text in quotes, which is taken as it stands.  A word alone is looked for everywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tlibsim.config.problems import nearest

OPERATORS = (":", "=", "!=", "<=", ">=", "<", ">", "~")
_KEY = r"[A-Za-z_][\w-]*(?:\.(?:[\w+-]+|\"[^\"]*\"|'[^']*'))*"
_TERM = re.compile(rf"(?P<key>{_KEY})(?P<op>!=|<=|>=|:|=|<|>|~)")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\s()'\",]+")
_QUOTED = re.compile(r"'(?P<single>(?:[^'\\]|\\.)*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"")
_ESCAPED = re.compile(r"\\(.)")


class QueryError(Exception):
    """A query that cannot be understood: what is wrong, and in which column (from 1)."""

    def __init__(self, text: str, column: int, message: str, suggestion: str = "") -> None:
        hint = f" Did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"column {column}: {message}.{hint}")
        self.text = text
        self.column = column
        self.message = message
        self.suggestion = suggestion

    def shown(self) -> str:
        """The query with a mark below the place."""
        return f"{self.text}\n{' ' * (self.column - 1)}^ {self}"


class Mark(Enum):
    """What a token is."""

    TERM = "term"
    WORD = "word"
    OPEN = "("
    CLOSE = ")"
    AND = "and"
    OR = "or"
    NOT = "not"
    END = "the end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One alternative of a value.  ``quoted``: taken as it stands, and text only."""

    text: str
    quoted: bool = False

    def __str__(self) -> str:
        return f"'{self.text}'" if self.quoted else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a query: of a term its key, operator and alternatives."""

    mark: Mark
    column: int
    key: str = ""
    operator: str = ""
    words: tuple[Word, ...] = ()


_CONNECTIVES = {"and": Mark.AND, "or": Mark.OR, "not": Mark.NOT}


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, the end included; raises QueryError."""
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at >= len(text):
            yield Token(mark=Mark.END, column=len(text) + 1)
            return
        token, at = _token(text, at)
        yield token


def _token(text: str, at: int) -> tuple[Token, int]:
    column = at + 1
    if text[at] in "()":
        return Token(mark=Mark(text[at]), column=column), at + 1
    if text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace():
        return Token(mark=Mark.NOT, column=column), at + 1
    term = _TERM.match(text, at)
    if term is not None:
        words, end = _alternatives(text, term.end())
        if not words:
            raise QueryError(text, term.end() + 1, f"{term[0]} has no value")
        token = Token(
            mark=Mark.TERM, column=column, key=term["key"], operator=term["op"], words=words
        )
        return token, end
    words, end = _alternatives(text, at)
    if len(words) == 1 and not words[0].quoted and words[0].text.lower() in _CONNECTIVES:
        return Token(mark=_CONNECTIVES[words[0].text.lower()], column=column), end
    if not words:
        raise QueryError(text, column, f"{text[at]!r} begins nothing")
    return Token(mark=Mark.WORD, column=column, words=words), end


def _alternatives(text: str, at: int) -> tuple[tuple[Word, ...], int]:
    """The words of a value, separated by commas without spaces."""
    words: list[Word] = []
    while True:
        word, end = _word(text, at)
        if word is None:
            break
        words.append(word)
        at = end
        if text[at : at + 1] != ",":
            break
        at += 1
        if at >= len(text) or text[at].isspace():
            raise QueryError(text, at + 1, "a value is missing after the comma")
    return tuple(words), at


def _word(text: str, at: int) -> tuple[Word | None, int]:
    if text[at : at + 1] in ("'", '"'):
        found = _QUOTED.match(text, at)
        if found is None:
            raise QueryError(text, at + 1, "the quote is never closed")
        inner = found["single"] if found["single"] is not None else found["double"]
        return Word(text=_ESCAPED.sub(r"\1", inner), quoted=True), found.end()
    plain = _WORD.match(text, at)
    if plain is None:
        return None, at
    return Word(text=plain[0]), plain.end()


def unknown_key(text: str, column: int, key: str, known: tuple[str, ...]) -> QueryError:
    """The error for a key that means nothing."""
    return QueryError(text, column, f"{key!r} is no key", nearest(key, known))
