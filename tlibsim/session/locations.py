"""Which clients are told when a link to another switch stands or is lost (BEHAVIOUR.md 3.5, 3.7)."""

from collections.abc import Callable, Iterator, Mapping

from tlibproto.messages import Event, EventLocationInfo
from tlibproto.vocabulary import KVList, LocationInfoType
from tlibsim.session.client import Client
from tlibsim.session.projections.fields import Stamp
from tlibsim.switch.facts import SiteConnected, SiteDisconnected, SiteFact

STATUS = "Status"
"""The key in Extensions of EventLocationInfo that says whether there is a link."""

WORDS: Mapping[bool, str] = {True: "connected", False: "disconnected"}
REACHED: Mapping[type[SiteFact], bool] = {SiteConnected: True, SiteDisconnected: False}

EVERYWHERE = ""
"""Stands for all locations."""


def status(reached: bool) -> KVList:
    """The Extensions that tell of a link."""
    return KVList(((STATUS, WORDS[reached]),))


class Locations:
    """The locations that each client monitors."""

    def __init__(self) -> None:
        self._monitored: dict[Client, dict[str, None]] = {}

    def monitor(self, client: Client, location: str) -> None:
        self._monitored.setdefault(client, {})[location] = None

    def cancel(self, client: Client, location: str) -> bool:
        """End what began with the same location; False when nothing did."""
        mine = self._monitored.get(client, {})
        there = location in mine
        mine.pop(location, None)
        return there

    def forget(self, client: Client) -> None:
        self._monitored.pop(client, None)

    def news(
        self, fact: SiteFact, stamp: Callable[[], Stamp]
    ) -> Iterator[tuple[Event, Client]]:
        """The events that the fact becomes, each for one client."""
        for client, mine in self._monitored.items():
            if fact.switch in mine or EVERYWHERE in mine:
                yield _info(fact, stamp()), client


def _info(fact: SiteFact, stamp: Stamp) -> Event:
    return EventLocationInfo(
        location=fact.switch,
        location_info_type=LocationInfoType.LocationData,
        extensions=status(REACHED[type(fact)]),
        timein_secs=stamp.timein_secs,
        timein_usecs=stamp.timein_usecs,
        event_sequence_number=stamp.event_sequence_number,
    )
