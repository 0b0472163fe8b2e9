"""Times in questions: ``#12``, ``+2.5s``, ``12:00:03.5``, ``2026-01-01T12:00:00Z``."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from tlibsim.ports.media import Instant

_NUMBER = re.compile(r"#(\d{1,18})")
_AFTER = re.compile(r"(?:t\+|\+)([0-9.]+[a-z]*(?:[0-9.]+[a-z]+)*)", re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(us|ms|s|m|h|d)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
_UNITS = {"us": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
_UNITS["d"] = 24 * _UNITS["h"]
_DAY = _UNITS["d"]
LONGEST = 3650 * _DAY
"""No duration is longer than ten years, in microseconds."""


class Since(Enum):
    """What a moment is measured against."""

    NUMBER = "number"
    BEGINNING = "beginning"
    DAY = "time of day"
    EPOCH = "epoch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A place in a journal: an entry number, or microseconds since something."""

    since: Since
    value: int

    def of(self, number: int, at: Instant, begun_at: Instant) -> int:
        """The same measure of an entry, to compare ``value`` with."""
        measures = {
            Since.NUMBER: number,
            Since.BEGINNING: at - begun_at,
            Since.DAY: at % _DAY,
            Since.EPOCH: int(at),
        }
        return measures[self.since]


def duration(text: str) -> int:
    """``500ms``, ``1.5s``, ``1h30m``, ``30`` (seconds) in microseconds; raises ValueError."""
    total, end = 0.0, 0
    for part in _PART.finditer(text):
        if part.start() != end:
            break
        total += float(part[1]) * _UNITS[part[2] or "s"]
        end = part.end()
    if not text or end != len(text):
        raise ValueError(f"{text!r} is no duration; write 500ms, 1.5s, 30m or 1h30m")
    if total > LONGEST:
        raise ValueError(f"{text!r} is more than ten years")
    return round(total)


def moment(text: str) -> Moment:
    """The moment that a text names; raises ValueError."""
    number = _NUMBER.fullmatch(text)
    if number is not None:
        return Moment(since=Since.NUMBER, value=int(number[1]))
    after = _AFTER.fullmatch(text)
    if after is not None:
        return Moment(since=Since.BEGINNING, value=duration(after[1].lower()))
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return Moment(since=Since.DAY, value=_of_day(clock))
    return Moment(since=Since.EPOCH, value=_epoch(text))


def _of_day(clock: re.Match[str]) -> int:
    hours, minutes, seconds = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"{clock[0]!r} is no time of day")
    micros = int((clock[4] or "0").ljust(6, "0"))
    return (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + micros


def _epoch(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is no time; write #12 (an entry), +2.5s (since the beginning), 12:00:03 "
            "or 2026-01-01T12:00:00Z"
        ) from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
