"""The lines of one message in a log: ``AttributeThisDN '7001'``, pairs of lists, both dialects.

A quoted token that a page broke in two is put together again (BEHAVIOUR.md 7, 5); a line that
cannot be read is told of, and reading goes on.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tlibproto.vocabulary import Value
from tlibsim.journal.names import Attribute, Kind, attribute_names, find_member
from tlibsim.logs.lists import Growing

_LOG_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "origcalluuid": "OriginalCallUuid",
        "infotype": "AddressInfoType",
        "infostatus": "AddressInfoStatus",
        "lastdigit": "LastCollectedDigit",
        "regmodemask": "RegisterMode",
    }
)
"""Names of logs that are others in messages.yml (BEHAVIOUR.md 0.2)."""

_HEX_DIGITS = 16
_SERVER_ATTRIBUTE = re.compile(r"(\s*)Attribute(\w+)(?:\s+(\S.*))?$")
_SERVER_PAIR = re.compile(r"(\s*)'(.*?)'(?:\s*(\(list\))\s*(.*)|\s+(\S.*))$")
_SDK_ATTRIBUTE = re.compile(r"(\s*)Attribute(\w+)\s+\[(\w+)\]\s*=\s?(.*)$")
_SDK_PAIR = re.compile(r"(\s*)'(.*?)'\s+\[(\w+)\]\s*=\s?(.*)$")
_SDK_TITLE = re.compile(r"\s*\w+\s*=\s*ComplexClass\(\w+\):\s*$")
_PACKED = re.compile(r"\[(\d+)\](?:\s+((?:[0-9a-fA-F]{2}\s?)*)(\.\.)?)?\s*$")
_NUMBER = re.compile(r"-?\d+$")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+$")
_MOST_LINES = 20_000
_MOST_JOINED = 4


class LineError(Exception):
    """A line that cannot be read; the text says why."""


class _OpenError(LineError):
    """A line that goes on in the next one."""


@dataclass(slots=True)
class AttributeLines:
    """The values of one message; ``sdk`` for the dialect of client-side logs.

    ``problem`` is told the number of a line that cannot be read, and why.
    """

    sdk: bool
    problem: Callable[[int, str], None]
    values: dict[str, Value] = field(default_factory=dict)
    _growing: Growing | None = None
    _name: str = ""
    _open: list[str] = field(default_factory=list)
    _open_line: int = 0
    _count: int = 0

    def take(self, line: str, number: int) -> bool:
        """One line; False when it does not belong to a message at all."""
        self._count += 1
        if self._count > _MOST_LINES:
            return True
        if self._open:
            return self._go_on(line, number)
        try:
            return self._line(line)
        except _OpenError:
            self._open, self._open_line = [line], number
            return True
        except LineError as error:
            self.problem(number, str(error))
            return True

    def done(self) -> dict[str, Value]:
        """All values; nothing more comes."""
        if self._open:
            self._unfinished()
        self._close_list()
        return self.values

    # -- lines that go on ----------------------------------------------------------------------

    def _go_on(self, line: str, number: int) -> bool:
        joined = "".join((self._open[0], *(part.strip() for part in self._open[1:])))
        whole = _together(joined, line)
        try:
            self._line(whole)
        except _OpenError:
            if len(self._open) < _MOST_JOINED:
                self._open.append(line)
                return True
            self._unfinished()
            return True
        except LineError:
            self._unfinished()
            return self.take(line, number)
        self._open = []
        return True

    def _unfinished(self) -> None:
        self.problem(self._open_line, f"is not complete: {self._open[0].strip()[:60]}")
        self._open = []

    # -- one line ------------------------------------------------------------------------------

    def _line(self, line: str) -> bool:
        body = line.lstrip()
        if body.startswith("Attribute"):
            return self._sdk_attribute(line) if self.sdk else self._attribute(line)
        if body.startswith("'"):
            return self._sdk_pair(line) if self.sdk else self._pair(line)
        if self.sdk:
            return _SDK_TITLE.match(line) is not None
        if line[:1] in " \t" and body:
            raise LineError(f"is nothing of a message: {body[:60]}")
        return not body

    def _attribute(self, line: str) -> bool:
        found = _SERVER_ATTRIBUTE.match(line)
        if found is None:
            raise LineError(f"is no attribute: {line.strip()[:60]}")
        word, text = found[2], (found[3] or "").rstrip()
        self._close_list()
        self._put(word, text, _server_value)
        return True

    def _sdk_attribute(self, line: str) -> bool:
        found = _SDK_ATTRIBUTE.match(line)
        if found is None:
            raise LineError(f"is no attribute: {line.strip()[:60]}")
        word, kind, text = found[2], found[3], found[4].rstrip()
        self._close_list()
        if text.startswith("KVList"):
            self._begin(word)
        else:
            self._put(word, text, lambda text, attribute: _sdk_value(text, kind, attribute))
        return True

    def _put(
        self, word: str, text: str, read: Callable[[str, Attribute | None], Value | None]
    ) -> None:
        attribute = known_attribute(word)
        name = attribute.name if attribute is not None else word
        value = read(text, attribute)
        if value is None:
            self._begin(word)
        else:
            self.values[name] = value

    def _begin(self, word: str) -> None:
        attribute = known_attribute(word)
        self._name = attribute.name if attribute is not None else word
        self._growing = Growing()

    def _pair(self, line: str) -> bool:
        found = _SERVER_PAIR.match(line)
        if found is None:
            raise _OpenError(line)
        if self._growing is None:
            raise LineError(f"is a pair without a list: {line.strip()[:60]}")
        indent: float = len(found[1].expandtabs())
        key, nested, rest, text = found[2], found[3], found[4], found[5]
        pairs: list[tuple[float, str, Value | None]] = []
        while nested:
            pairs.append((indent, key, None))
            if not rest:
                break
            inner = _SERVER_PAIR.match(rest)
            if inner is None:
                raise _OpenError(line)
            indent += 0.5
            key, nested, rest, text = inner[2], inner[3], inner[4], inner[5]
        if not nested:
            pairs.append((indent, key, _server_pair(text.rstrip())))
        self._add(pairs)
        return True

    def _add(self, pairs: list[tuple[float, str, Value | None]]) -> None:
        growing = self._growing or Growing()
        for indent, key, value in pairs:
            if value is None:
                growing.nested(indent, key)
            else:
                growing.pair(indent, key, value)

    def _sdk_pair(self, line: str) -> bool:
        found = _SDK_PAIR.match(line)
        if found is None:
            raise _OpenError(line)
        if self._growing is None:
            raise LineError(f"is a pair without a list: {line.strip()[:60]}")
        indent, key, kind, text = found[1], found[2], found[3], found[4].rstrip()
        value = None if text.startswith("KVList") else _sdk_value(text, kind, None)
        self._add([(len(indent.expandtabs()), key, value)])
        return True

    def _close_list(self) -> None:
        if self._growing is not None:
            self.values[self._name] = self._growing.done()
            self._growing = None


def known_attribute(word: str) -> Attribute | None:
    """The attribute that a log calls so, without ``Attribute``; None when nobody knows it."""
    name = _LOG_NAMES.get(word.lower(), word)
    return attribute_names().get(name.lower())


def _together(first: str, second: str) -> str:
    """Two halves of a line; a key that is complete is parted from its value by a tab."""
    between = "\t" if first.count("'") % 2 == 0 and not first.endswith(('"', "-")) else ""
    return first.rstrip("\r\n") + between + second.strip()


def _server_value(text: str, attribute: Attribute | None) -> Value | None:
    """The value of an attribute; None when it is a list whose pairs follow."""
    packed = _PACKED.match(text)
    if packed is not None:
        data = bytes.fromhex((packed[2] or "").strip()) if packed[2] else b""
        whole = len(data) == int(packed[1]) and not packed[3]
        if attribute is not None and attribute.kind is Kind.BYTES and not attribute.list_body:
            return data
        return data if attribute is None and whole else None
    if text.startswith("'"):
        return _quoted(text)
    if not text:
        raise LineError("has no value")
    return _bare(text, attribute)


def _server_pair(text: str) -> Value:
    packed = _PACKED.match(text)
    if packed is not None:
        return bytes.fromhex((packed[2] or "").strip())
    if text.startswith("'"):
        return _quoted(text)
    if _NUMBER.match(text):
        return int(text)
    raise LineError(f"is no value: {text[:60]}")


def _quoted(text: str) -> str:
    if len(text) < 2 or not text.endswith("'"):
        raise _OpenError(text)
    return text[1:-1]


def _bare(text: str, attribute: Attribute | None) -> Value:
    if attribute is None:
        return int(text) if _NUMBER.match(text) and len(text) < _HEX_DIGITS else text
    if attribute.kind is Kind.CONN_ID:
        return _conn_id(text)
    if attribute.kind is Kind.INTEGER:
        return _integer(text, attribute)
    if attribute.kind is Kind.TEXT:
        return text
    raise LineError(f"is no value of {attribute.name}: {text[:60]}")


def _conn_id(text: str) -> str:
    if not _HEX.match(text) or len(text.removeprefix("0x")) > _HEX_DIGITS:
        raise LineError(f"is no connection id: {text[:60]}")
    return text.removeprefix("0x").lower().zfill(_HEX_DIGITS)


def _integer(text: str, attribute: Attribute) -> int:
    word = text.partition(" ")[0]
    if len(word) == _HEX_DIGITS and _HEX.match(word):
        return int(word, 16)
    if _NUMBER.match(word):
        return int(word)
    member = find_member(attribute.enumeration, word) if attribute.enumeration else None
    if member is None:
        raise LineError(f"is no number of {attribute.name}: {text[:60]}")
    return member


def _sdk_value(text: str, kind: str, attribute: Attribute | None) -> Value:
    if text.startswith('"'):
        if len(text) < 2 or not text.endswith('"'):
            raise _OpenError(text)
        return text[1:-1]
    if attribute is not None and attribute.kind is Kind.CONN_ID:
        return _conn_id(text)
    if kind in ("int", "long", "short", "byte") or _NUMBER.match(text):
        return _sdk_number(text, attribute)
    if kind in ("bin", "bytes", "binary") and _HEX.match(text.replace(" ", "") or "-"):
        return bytes.fromhex(text.replace(" ", "").removeprefix("0x"))
    return text


def _sdk_number(text: str, attribute: Attribute | None) -> Value:
    word = text.partition(" ")[0]
    if _NUMBER.match(word):
        return int(word)
    if attribute is not None:
        return _integer(text, attribute)
    raise LineError(f"is no number: {text[:60]}")
