"""Where a scenario came from: the log, and what its lines showed, to compare a failure with.

origin:
log: sipserver.20250311.log
call: 009a021843038407
lines:
104: {name: RequestPrivateService, client: wde-7001, dn: "7001", msgid: 3014}

Patterns and steps name such a line (``line: 104``), and a failure tells whether the log showed the
same (FIRST_HOUR.md, story T).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tlibsim.scenario.nodes import Faults, MapNode, Node, Scalar, joined

_WORDS = ("log", "call", "lines")
_KIND = re.compile(r" \((?:string|integer|binary|list|start|stop|pause|resume)\)$")
_NUMBERED = re.compile(r"(\w+) \(-?\d+\)")
NAME = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The log that a scenario was made of.

    ``lines`` are what was seen in it, by number of the line: ``name`` is the message, the rest are
    values by the words of patterns, as texts.
    """

    log: str
    call: str = ""
    lines: Mapping[int, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def remark(self, line: int, field_name: str, got: str) -> str:
        """Whether the log showed what came now; empty when it does not say.

        ``field_name`` is what differs, ``got`` its value now, as failures show it.
        """
        seen = self.lines.get(line)
        if seen is None:
            return ""
        value = seen.get(field_name, "")
        if not field_name or not value:
            return self._answer(False, line, seen.get(NAME, "a message"))
        if value == plain(got):
            return self._answer(True, line, f"{value} too")
        return self._answer(False, line, value)

    def _answer(self, same: bool, line: int, what: str) -> str:
        said = "yes" if same else "no"
        return f"the same as in the old log? {said}: line {line} shows {what}"


def plain(shown: str) -> str:
    """A value as it stands in ``lines``: without quotes, numbers and kinds that failures add."""
    text = _KIND.sub("", shown)
    named = _NUMBERED.fullmatch(text)
    if named is not None:
        return named[1]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def read_origin(node: Node | None, faults: Faults, key: str) -> Origin | None:
    """The origin that a scenario file names; what is wrong goes to ``faults``."""
    if node is None:
        return None
    fields = faults.fields(node, key, _WORDS, required=("log",))
    texts = {
        word: faults.text(fields[word], joined(key, word))
        for word in ("log", "call")
        if word in fields
    }
    lines = fields.get("lines")
    found = {} if lines is None else _lines(lines, faults, joined(key, "lines"))
    return Origin(
        log=texts.get("log", ""), call=texts.get("call", ""), lines=MappingProxyType(found)
    )


def _lines(node: Node, faults: Faults, key: str) -> dict[int, Mapping[str, str]]:
    found: dict[int, Mapping[str, str]] = {}
    for word, value in faults.mapping(node, key).entries:
        number = line_number(word, faults, key)
        seen = faults.mapping(value, joined(key, word.text))
        found[number] = MappingProxyType(_seen(seen, faults, joined(key, word.text)))
    return found


def _seen(node: MapNode, faults: Faults, key: str) -> dict[str, str]:
    return {
        word.text: faults.text(value, joined(key, word.text)) for word, value in node.entries
    }


def line_number(node: Node | None, faults: Faults, key: str) -> int:
    """The number of a line; 0 when none is named."""
    if node is None:
        return 0
    number = node.integer if isinstance(node, Scalar) else None
    if number is None or number < 1:
        faults.add(node.place, key, "must be the number of a line, 1 or more")
        return 0
    return number
