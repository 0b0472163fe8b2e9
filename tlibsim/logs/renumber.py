"""New identifiers and times for a log, each old one always the same new one (scenarios.yml, logs).

The text stays as it is otherwise, so that a comparison that is not blind to them shows itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_STAMP = re.compile(r"^(@?(?:\d{4}-\d\d-\d\d[T ])?)(\d\d)(:\d\d:\d\d[.,]\d+)", re.MULTILINE)
_CONN_ID = re.compile(r"(?<=\s)Attribute\w*ConnID\s+([0-9a-f]{16})\b")
_UUID = re.compile(r"'([0-9A-V]{32})'")
_COUNTED = re.compile(r"(?<=\s)Attribute(?:EventSequenceNumber|TimeStamp)\s+([0-9a-f]{16})\b")
_SECONDS = re.compile(r"(?<=\s)AttributeTimein(?:u?)Secs\s+(\d+)\b")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
_BEGIN = 0x10000


@dataclass(slots=True)
class _Numbers:
    """New names for old ones, in the order in which they appear."""

    given: dict[str, str] = field(default_factory=dict)

    def of(self, old: str) -> str:
        if old not in self.given:
            self.given[old] = _new(len(self.given) + _BEGIN, len(old), wide=len(old) == 32)
        return self.given[old]


def renumbered(text: str) -> str:
    """The log with new ConnIDs, CallUUIDs, link ids, sequence numbers and times."""
    names, counted = _Numbers(), _Numbers()
    for pattern in (_CONN_ID, _UUID):
        for old in _of(pattern, text):
            names.of(old)
    if names.given:
        known = re.compile("|".join(re.escape(old) for old in names.given))
        text = known.sub(lambda found: names.of(found[0]), text)
    text = _COUNTED.sub(lambda found: _put(found, counted.of(found[1])), text)
    text = _SECONDS.sub(
        lambda found: _put(found, str((int(found[1]) + 7) % 1_000_000_000)), text
    )
    return _STAMP.sub(lambda found: f"{found[1]}{(int(found[2]) + 1) % 24:02}{found[3]}", text)


def changed(text: str, old: str, new: str, nth: int) -> str:
    """The text with its nth ``old`` (from 1) replaced by ``new``; raises ValueError without one."""
    at = -1
    for _ in range(nth):
        at = text.find(old, at + 1)
        if at < 0:
            raise ValueError(f"{old!r} is not there {nth} times")
    return text[:at] + new + text[at + len(old) :]


def _of(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (found[1] for found in pattern.finditer(text))


def _put(found: re.Match[str], new: str) -> str:
    start = found.start(1) - found.start()
    return found[0][:start] + new


def _new(number: int, length: int, *, wide: bool) -> str:
    digits = _DIGITS if wide else _DIGITS[:16].lower()
    made = ""
    while number:
        number, rest = divmod(number, len(digits))
        made = digits[rest] + made
    return made.rjust(length, "0")
