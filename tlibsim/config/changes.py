"""What became of a configuration that was read while the server runs: values for people and logs."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class How(Enum):
    """What became of a part; the value is its sign."""

    ADDED = "+"
    CHANGED = "~"
    REMOVED = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One part of the configuration that is other than it was: an agent, a DN, an option."""

    how: How
    kind: str
    name: str


_ORDER = {how: at for at, how in enumerate(How)}


def ordered(applied: Iterable[Change]) -> tuple[Change, ...]:
    """Additions first, then what changed and what is gone; each in the order of the file."""
    return tuple(sorted(applied, key=lambda one: _ORDER[one.how]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is in force from now on, and what is not.

    ``restart`` are the keys whose new values wait for the next start of the server,
    ``warnings`` what is strange about the file all the same.
    """

    applied: tuple[Change, ...] = ()
    restart: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def summary(self) -> str:
        """One line: ``reloaded: +1 agent, calls untouched; needs a restart: listen.port``."""
        counts: dict[tuple[str, str], int] = {}
        for one in self.applied:
            key = (one.how.value, one.kind)
            counts[key] = counts.get(key, 0) + 1
        words = [
            f"{how}{count} {_plural(kind, count)}" for (how, kind), count in counts.items()
        ]
        words = [*words, "calls untouched"] if words else ["nothing changed"]
        text = f"reloaded: {', '.join(words)}"
        return f"{text}; needs a restart: {', '.join(self.restart)}" if self.restart else text


def _plural(kind: str, count: int) -> str:
    return kind if count == 1 else f"{kind}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationReloaded:
    """For the journal: a new configuration is in force."""

    summary: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationKept:
    """For the journal: a new configuration was wrong, and the one before stays."""

    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRemark:
    """For the journal: a part of a configuration in force that the switch did not take."""

    text: str
