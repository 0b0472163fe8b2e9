"""How those outside behave, by their number: configuration, and what was changed since."""

from collections.abc import Mapping
from dataclasses import fields, replace
from fnmatch import fnmatchcase

from tlibsim.config import DnOptions, FarBehavior


class FarBook:
    """Behaviors by pattern of the number; the first pattern that fits counts.

    What is set while the switch runs stands before what was configured.
    """

    __slots__ = ("_configured", "_set")

    def __init__(self, configured: Mapping[str, FarBehavior]) -> None:
        self._configured = configured
        self._set: dict[str, FarBehavior] = {}

    def reconfigure(self, configured: Mapping[str, FarBehavior]) -> None:
        """What is configured from now on; what was set since the start stays."""
        self._configured = configured

    def behavior(self, pattern: str) -> FarBehavior:
        """What is said of exactly this pattern."""
        own = self._set.get(pattern)
        return self._configured.get(pattern, FarBehavior()) if own is None else own

    def put(self, pattern: str, behavior: FarBehavior) -> None:
        """From now on the numbers that fit behave so."""
        self._set = {pattern: behavior, **{k: v for k, v in self._set.items() if k != pattern}}

    def restore(self, pattern: str) -> None:
        """The pattern is again what the configuration says."""
        self._set.pop(pattern, None)

    def changed(self) -> tuple[str, ...]:
        """The patterns that were set since the start."""
        return tuple(self._set)

    def options_for(self, number: str, options: DnOptions) -> DnOptions:
        """The options of the trunk with what is said of the number."""
        for book in (self._set, self._configured):
            for pattern, behavior in book.items():
                if fnmatchcase(number, pattern):
                    return _over(options, behavior)
        return options


def _over(options: DnOptions, behavior: FarBehavior) -> DnOptions:
    said = {one.name: getattr(behavior, one.name) for one in fields(behavior)}
    return replace(
        options, **{name: value for name, value in said.items() if value is not None}
    )
