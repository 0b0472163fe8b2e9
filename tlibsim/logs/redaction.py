"""What must not leave a log: card numbers, telephone numbers, and what rules name.

The same value gets the same pseudonym everywhere and in every file, as long as the key is the
same; a pseudonym has the length of what it stands for.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

from tlibproto.messages import Message
from tlibproto.messages.base import evolve
from tlibproto.vocabulary import KVList, Value, WideText
from tlibsim.journal.names import Kind, attribute_names, attributes
from tlibsim.logs.message import LogMessage

DEFAULT_KEY = "tlibsim"
SHORTEST_PHONE = 10
_CARDS = range(13, 20)
_CARD_PARTS = re.compile(r"(?<![0-9A-Za-z])\d(?:[ -]?\d){12,18}(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<![0-9A-Za-z])\+?\d{10,15}(?![0-9A-Za-z])")
_IDENTIFIERS = ("Uuid", "SessionID", "CallID")
_TIMES = frozenset(
    {"TimeStamp", "TimeinSecs", "TimeinuSecs", "EventSequenceNumber", "ReferenceID"}
)
_SECRETS = frozenset({"Password", "ApplicationPassword"})
_HIDDEN = "***"
_LIKE_CARDS = ("that looks like a card number", "that look like card numbers")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionRules:
    """What is hidden.  ``keys`` are names of pairs and attributes, ``*`` stands for any letters.

    ``key`` makes pseudonyms differ from those of other people.
    """

    cards: bool = True
    phones: bool = True
    keys: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    key: str = DEFAULT_KEY


NO_RULES = RedactionRules(cards=False, phones=False)


class RulesError(Exception):
    """Rules that cannot be read; the text says what is wrong."""


def rules_of(words: object) -> RedactionRules:
    """Rules out of the plain data of a file; raises RulesError.

    ``{cards: true, phones: true, keys: [account], patterns: ['A-[0-9]+'], key: secret}``
    """
    if not isinstance(words, Mapping):
        raise RulesError("must be a mapping")
    known = {"cards", "phones", "keys", "patterns", "key"}
    unknown = sorted(str(word) for word in words if word not in known)
    if unknown:
        raise RulesError(f"{unknown[0]} is not a key here; known: {', '.join(sorted(known))}")
    for word in ("cards", "phones"):
        if not isinstance(words.get(word, True), bool):
            raise RulesError(f"{word} must be true or false")
    try:
        patterns = tuple(re.compile(one) for one in _texts(words, "patterns"))
    except re.error as error:
        raise RulesError(f"patterns: {error}") from error
    return RedactionRules(
        cards=words.get("cards", True),
        phones=words.get("phones", True),
        keys=tuple(_texts(words, "keys")),
        patterns=patterns,
        key=str(words.get("key", DEFAULT_KEY)),
    )


def _texts(words: Mapping[object, object], name: str) -> Iterable[str]:
    found = words.get(name, ())
    if not isinstance(found, list | tuple):
        raise RulesError(f"{name} must be a list")
    return [str(one) for one in found]


@dataclass(slots=True)
class Redactor:
    """Hides what the rules name, and counts what it hid, each value once."""

    rules: RedactionRules = field(default_factory=RedactionRules)
    cards: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def message(self, message: LogMessage) -> LogMessage:
        """The message without what must not be seen."""
        values = {name: self.value(name, value) for name, value in message.values.items()}
        return replace(message, values=values)

    def wire(self, message: Message) -> Message:
        """The message as it goes over the wire, without what must not be seen."""
        known = {one.field: one.name for one in attributes().values()}
        changes: dict[str, Any] = {}
        for field_name, value in message.present():
            name = known.get(field_name)
            if name is not None and (hidden := self.value(name, value)) != value:
                changes[field_name] = hidden
        extra = tuple(raw._replace(value=self.data(raw.value)) for raw in message.extra)
        if extra != message.extra:
            changes["extra"] = extra
        return evolve(message, **changes) if changes else message

    def value(self, name: str, value: Value) -> Value:
        """The value of an attribute."""
        attribute = attribute_names().get(name.lower())
        if name in _SECRETS:
            return _HIDDEN
        if name in _TIMES or name.endswith(_IDENTIFIERS):
            return value
        if attribute is not None and (attribute.kind is Kind.CONN_ID or attribute.enumeration):
            return value
        if isinstance(value, int) and not self._is_named(name):
            return value  # a time, a count or an identifier of the protocol, never a card
        return self._named(name, value)

    def _is_named(self, name: str) -> bool:
        return any(fnmatchcase(name.lower(), rule.lower()) for rule in self.rules.keys)

    def _named(self, name: str, value: Value) -> Value:
        if self._is_named(name):
            return self._whole(value)
        return self._any(value)

    def _any(self, value: Value) -> Value:
        if isinstance(value, KVList):
            return KVList((key, self._named(key, item)) for key, item in value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, WideText):
            return WideText(self.text(value.text))
        if isinstance(value, bytes):
            return self.data(value)
        return self._integer(value)

    def data(self, value: bytes) -> bytes:
        """Bytes with what looks like text of that kind hidden; their number stays."""
        return self.text(value.decode("latin-1")).encode("latin-1", "replace")

    def _whole(self, value: Value) -> Value:
        if isinstance(value, KVList):
            return KVList((key, self._whole(item)) for key, item in value)
        if isinstance(value, int):
            return value if value < 0 else self._number(value, self.named)
        if isinstance(value, bytes):
            return b"\0" * len(value)
        if isinstance(value, WideText):
            return WideText(self._hide(value.text, self.named))
        return self._hide(value, self.named)

    def _integer(self, value: int) -> int:
        text = str(value)
        if self.rules.cards and len(text) in _CARDS and _luhn(text):
            return self._number(value, self.cards)
        return value

    def _number(self, value: int, among: set[str]) -> int:
        """Another number that fits where the first one did."""
        bits = next(bits for bits in (31, 32, 63, 64, value.bit_length()) if value < 1 << bits)
        return int(self._hide(str(value), among)) % (1 << bits)

    def text(self, text: str) -> str:
        """A text with everything hidden that looks like what must be hidden."""
        if len(text) < SHORTEST_PHONE and not self.rules.patterns:
            return text
        if self.rules.cards:
            text = _CARD_PARTS.sub(self._card, text)
        if self.rules.phones:
            text = _PHONE.sub(lambda found: self._hide(found[0], self.phones), text)
        for pattern in self.rules.patterns:
            text = pattern.sub(lambda found: self._hide(found[0], self.named), text)
        return text

    def _card(self, found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found[0])
        return self._hide(found[0], self.cards) if _luhn(digits) else found[0]

    def _hide(self, text: str, among: set[str]) -> str:
        among.add(text)
        return pseudonym(text, self.rules.key)

    def told(self) -> str:
        """What was hidden, in words; empty when nothing was."""
        words = [
            _times(len(self.cards), "value", _LIKE_CARDS),
            _times(len(self.phones), "phone number"),
            _times(len(self.named), "value", ("that the rules name",) * 2),
        ]
        told = ", ".join(word for word in words if word)
        return f"{told} (same pseudonym everywhere)" if told else ""


def pseudonym(text: str, key: str = DEFAULT_KEY) -> str:
    """A text of the same form: digits for digits, letters for letters, the rest as it is.

    The digits of a number get 999 in front, as no card and few telephones have, when there is room.
    """
    digits = [one for one in text if one.isdigit()]
    plain = "".join(digits) if len(digits) >= SHORTEST_PHONE else text
    made = _stream(plain, key, len(text))
    lead = 3 if len(digits) >= SHORTEST_PHONE else 0
    result, seen = [], 0
    for one, byte in zip(text, made, strict=True):
        if one.isdigit():
            result.append("9" if seen < lead else str(byte % 10))
            seen += 1
        elif one.isalpha():
            letter = chr(ord("a") + byte % 26)
            result.append(letter.upper() if one.isupper() else letter)
        else:
            result.append(one)
    return "".join(result)


def _stream(text: str, key: str, length: int) -> bytes:
    made = b""
    while len(made) < length:
        block = blake2b(
            text.encode("utf-8", "surrogatepass"),
            key=blake2b(key.encode("utf-8")).digest(),
            salt=(len(made) // 64).to_bytes(4, "big"),
        )
        made += block.digest()
    return made[:length]


def is_card(text: str) -> bool:
    """Whether the digits of a text are as many as those of a card, with a right check digit."""
    digits = re.sub(r"\D", "", text)
    return len(digits) in _CARDS and _luhn(digits)


def _luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if index % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0 and digits.strip("0") != ""


def _times(number: int, noun: str, rest: tuple[str, str] = ("", "")) -> str:
    """``2 values that look like card numbers``; ``rest`` of one, and of several."""
    if not number:
        return ""
    return f"{number} {noun}{'' if number == 1 else 's'} {rest[number > 1]}".rstrip()
