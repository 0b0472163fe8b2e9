"""Copies of one event: a server sends it to every client that watches, a log has it once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tlibproto.vocabulary import Value

ANSWERS = frozenset(
    {
        "EventACK",
        "EventAddressInfo",
        "EventError",
        "EventLinkConnected",
        "EventRegistered",
        "EventServerInfo",
        "EventUnregistered",
    }
)
"""What a server sends to one client; other events go to everybody whom they concern."""

_MOST = 100_000


@dataclass(slots=True)
class Copies:
    """The events that were seen, by the numbers that the server gives them, the last of them."""

    _seen: dict[tuple[str, int, str], None] = field(default_factory=dict)

    def has(self, name: str, values: Mapping[str, Value]) -> bool:
        """Whether this very event was seen before; it is seen now."""
        number = values.get("EventSequenceNumber")
        if not isinstance(number, int) or not number or name in ANSWERS:
            return False
        key = (name, number, str(values.get("ThisDN", "")))
        if key in self._seen:
            return True
        self._seen[key] = None
        if len(self._seen) > _MOST:
            self._seen.pop(next(iter(self._seen)))
        return False
