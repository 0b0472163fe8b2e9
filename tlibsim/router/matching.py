"""Which calls a rule is for: every condition of the rule must hold, and an empty one always does."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tlibproto.vocabulary import Dn, KVList
from tlibsim.config import RouteRule
from tlibsim.config.hours import days_of, span_of, within
from tlibsim.switch.facts import CallView

_SECOND = 1_000_000
_MINUTE_S = 60
_DAY_S = 24 * 60 * 60
_FIRST_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call that waits at ``point``; ``minute`` of the day and ``weekday`` (Monday 0) are local."""

    point: Dn
    call: CallView
    minute: int
    weekday: int


def question(point: Dn, call: CallView, now: int, utc_offset: int) -> Question:
    """The question at that instant; ``utc_offset`` is by how many seconds local time is ahead."""
    seconds = now // _SECOND + utc_offset
    return Question(
        point=point,
        call=call,
        minute=seconds % _DAY_S // _MINUTE_S,
        weekday=(seconds // _DAY_S + _FIRST_WEEKDAY) % 7,
    )


class Rule:
    """A rule with its times and days worked out; ``label`` names it for people."""

    __slots__ = ("days", "label", "settings", "spans")

    def __init__(self, settings: RouteRule, number: int) -> None:
        self.settings = settings
        self.label = settings.name or f"rule {number}"
        self.spans = tuple(span_of(text) for text in settings.time)
        self.days = frozenset(day for text in settings.days for day in days_of(text))

    def fits(self, asked: Question) -> bool:
        """Whether the rule is for this call now."""
        return all(condition(self, asked) for condition in CONDITIONS)


def _any_fits(patterns: Sequence[str], text: str | None) -> bool:
    return not patterns or any(fnmatchcase(text or "", pattern) for pattern in patterns)


def _point(rule: Rule, asked: Question) -> bool:
    return _any_fits(rule.settings.point, asked.point)


def _dnis(rule: Rule, asked: Question) -> bool:
    return _any_fits(rule.settings.dnis, asked.call.dnis)


def _ani(rule: Rule, asked: Question) -> bool:
    return _any_fits(rule.settings.ani, asked.call.ani)


def _time(rule: Rule, asked: Question) -> bool:
    return not rule.spans or any(within(span, asked.minute) for span in rule.spans)


def _day(rule: Rule, asked: Question) -> bool:
    return not rule.days or asked.weekday in rule.days


def _user_data(rule: Rule, asked: Question) -> bool:
    wanted = rule.settings.user_data.items()
    return all(_has(asked.call.user_data, key, patterns) for key, patterns in wanted)


def _without(rule: Rule, asked: Question) -> bool:
    return not any(asked.call.user_data.has(key) for key in rule.settings.without)


CONDITIONS: Sequence[Callable[[Rule, Question], bool]] = (
    _point,
    _dnis,
    _ani,
    _time,
    _day,
    _without,
    _user_data,
)
"""The conditions of a rule, the cheap ones first."""


def _has(data: KVList, key: str, patterns: Any) -> bool:
    """Whether a pair with the key has a value that fits; no pattern: any value will do."""
    values = [value for name, value in data if name == key]
    if patterns is None or not values:
        return bool(values)
    listed: Iterable[Any] = patterns if isinstance(patterns, list | tuple) else (patterns,)
    words = [_word(pattern) for pattern in listed]
    return any(_any_fits(words, _word(value)) for value in values)


def _word(value: Any) -> str:
    """A value as text; a list, or bytes, has none and fits no pattern but ``*``."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""
