"""Times of day and days of the week as rules of the router write them (docs/configuration.md)."""

import re

MINUTES_A_DAY = 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Span = tuple[int, int]
"""Minutes of the day: from the first on, up to but without the second."""

_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_LAST_HOUR, _LAST_MINUTE = 24, 59


def span_of(text: str) -> Span:
    """``08:00-18:00`` in minutes; one that ends before it begins goes over midnight.

    Raises ValueError, whose text says what is wrong.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"must be two times of day like 08:00-18:00, not '{text}'")
    begin, end = (_minute(found[hour], found[hour + 1], text) for hour in (1, 3))
    if begin == end:
        raise ValueError(f"must not end when it begins: '{text}'")
    return begin, end


def _minute(hour: str, minute: str, text: str) -> int:
    if int(hour) > _LAST_HOUR or int(minute) > _LAST_MINUTE:
        raise ValueError(f"has no such time of day: '{text}'")
    return min(int(hour) * 60 + int(minute), MINUTES_A_DAY)


def within(span: Span, minute: int) -> bool:
    """Whether a minute of the day (0 to 1439) lies in the span."""
    begin, end = span
    if begin < end:
        return begin <= minute < end
    return minute >= begin or minute < end


def days_of(text: str) -> frozenset[int]:
    """``mon``, ``mon-fri`` or ``sat-mon`` as numbers, Monday being 0; raises ValueError."""
    first, dash, last = (word.strip().lower()[:3] for word in text.partition("-"))
    last = last if dash else first
    if first not in DAYS or last not in DAYS:
        raise ValueError(f"must be a day like mon, or days like mon-fri, not '{text}'")
    begin, end = DAYS.index(first), DAYS.index(last)
    return frozenset((begin + more) % 7 for more in range((end - begin) % 7 + 1))
