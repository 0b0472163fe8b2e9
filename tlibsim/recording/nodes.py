"""The media servers that sessions are set up at, and who takes over from one that died.

Source: RECORDING.md 6 and 12.1 (F17).  Each VoIP service with ``service-type=msml`` is one; with
``resource-management-by-rm`` it is a resource manager with media servers behind it, so that
there is always another.
"""

from collections import Counter
from collections.abc import Callable

from tlibsim.recording.rules import CallsView, RulesInForce


class MediaNodes:
    """Chooses in turn among the services in service, those at the wanted place first."""

    def __init__(self, calls: CallsView, rules: RulesInForce) -> None:
        self._calls = calls
        self._rules = rules
        self._turn = 0
        self._servers: Counter[str] = Counter()

    @property
    def _by_rm(self) -> bool:
        return self._rules.value.resource_management_by_rm

    def choose(self, place: str) -> str:
        """The name of a media server, or empty when there is none."""
        return self._next(place, lambda _: True)

    def replace(self, node: str, place: str) -> str:
        """Another media server than this one, which is dead; empty when there is none."""
        service = node.partition("/")[0]
        if self._by_rm and service in self._calls.media_services():
            self._servers[service] += 1
            return self._name(service)
        return self._next(place, lambda other: other != service)

    def _next(self, place: str, usable: Callable[[str], bool]) -> str:
        services = [dn for dn in self._calls.media_services() if usable(dn)]
        near = [dn for dn in services if place and self._place_of(dn) == place]
        choice = near or services
        if not choice:
            return ""
        self._turn += 1
        return self._name(choice[(self._turn - 1) % len(choice)])

    def _place_of(self, dn: str) -> str:
        options = self._calls.place(dn)
        return "" if options is None else options.geo_location

    def _name(self, service: str) -> str:
        return f"{service}/mcp{self._servers[service] + 1}" if self._by_rm else service
