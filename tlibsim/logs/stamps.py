"""Times at the beginning of lines: with a date, or of a day that the log does not tell."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tlibsim.ports.media import Instant

STAMP = r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d:\d\d[.,]\d{1,6}"
_PARTS = re.compile(r"(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d\d):(\d\d):(\d\d)[.,](\d{1,6})")
_DAY = 86_400_000_000
_HALF = _DAY // 2


@dataclass(slots=True)
class Stamps:
    """Reads the stamps of one log in order; past midnight the next day begins."""

    day: int = 0
    last: int = 0

    def read(self, text: str) -> Instant | None:
        """The instant of a stamp; None when it is no time.  Without a date the first day is 1970."""
        found = _PARTS.match(text)
        if found is None:
            return None
        *date, hours, minutes, seconds, fraction = found.groups()
        clock = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1_000_000
        clock += int(fraction.ljust(6, "0"))
        if date[0] is not None:
            return self._dated([int(part) for part in date], clock)
        if clock < self.last - _HALF:
            self.day += 1
        elif clock > self.last + _HALF and self.day:
            return Instant((self.day - 1) * _DAY + clock)
        self.last = clock
        return Instant(self.day * _DAY + clock)

    def _dated(self, date: list[int], clock: int) -> Instant | None:
        try:
            day = datetime(date[0], date[1], date[2], tzinfo=UTC)
        except ValueError:
            return None
        days = (day - datetime(1970, 1, 1, tzinfo=UTC)).days
        return Instant(days * _DAY + clock)
