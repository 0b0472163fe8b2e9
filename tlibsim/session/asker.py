"""What a request function may use: who asks, when, and the parts it may look at."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypedDict

from tlibproto.messages import Event
from tlibproto.vocabulary import Dn
from tlibsim.config import Settings
from tlibsim.ports.media import Instant
from tlibsim.recording.rules import CallsView, RecordingRules
from tlibsim.session.callmonitor import CallMonitor
from tlibsim.session.client import Client, ClientId
from tlibsim.session.crossings import Crossings
from tlibsim.session.locations import Locations
from tlibsim.session.projections.fields import Stamp
from tlibsim.session.registry import Registry
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CrossingFact, SiteFact
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch


class Relay(NamedTuple):
    """An event of a client's making, for the clients on a DN, or one of them, ``but`` one."""

    event: Event
    dn: Dn
    only: ClientId | None = None
    but: ClientId | None = None


class Outcome(NamedTuple):
    """What a request comes to: a command, a direct answer, an event to pass on.

    The answer is sent only when the command succeeds, and before the events that it causes;
    ``then`` are events for the asking client alone, right after the answer.
    ``close`` ends the asking connection after the answer, for the reason given;
    ``drop_all`` ends every connection (an imitated failure of the real server, if switched on).
    """

    command: object | None = None
    answer: Event | None = None
    relay: Relay | None = None
    close: str = ""
    drop_all: str = ""
    then: Sequence[Event] = ()


class Asker:
    """One request being served.  ``dn`` checks follow BEHAVIOUR.md 6: 53, then 41, then 59."""

    __slots__ = (
        "capabilities",
        "client",
        "clients_open",
        "crossings",
        "locations",
        "monitor",
        "next_session_id",
        "now",
        "recorded_calls",
        "recording_rules",
        "registry",
        "settings",
        "started_at",
        "switch",
    )

    def __init__(
        self,
        *,
        settings: Settings,
        switch: Switch,
        registry: Registry,
        started_at: Instant,
        capabilities: bytes,
        clients_open: Callable[[], int],
        next_session_id: Callable[[], int],
        recording_rules: RecordingRules,
        recorded_calls: CallsView,
        monitor: CallMonitor,
    ) -> None:
        self.settings = settings
        self.switch = switch
        self.registry = registry
        self.started_at = started_at
        self.capabilities = capabilities
        self.clients_open = clients_open
        self.next_session_id = next_session_id
        self.recording_rules = recording_rules
        self.recorded_calls = recorded_calls
        self.monitor = monitor
        self.crossings = Crossings()
        self.locations = Locations()
        self.now = started_at
        self.client: Client

    def reconfigure(
        self, settings: Settings, recording_rules: RecordingRules, capabilities: bytes
    ) -> None:
        """Other settings from the next request on."""
        self.settings = settings
        self.recording_rules = recording_rules
        self.capabilities = capabilities

    def forget(self, client: Client) -> None:
        """Nobody waits any more for what this client asked."""
        self.crossings.forget(client)
        self.locations.forget(client)

    def site_news(
        self, fact: CrossingFact | SiteFact, stamp: Callable[[], Stamp]
    ) -> Iterator[tuple[Event, Client]]:
        """The events that a fact about other sites becomes, each for one client."""
        if isinstance(fact, SiteFact):
            return self.locations.news(fact, stamp)
        return self.crossings.news(fact, stamp)

    def configured(self, dn: str | None) -> Device:
        """The DN; raises RequestRefused(INVALID_ATTRIBUTE or NOT_CONFIGURED)."""
        if not dn:
            raise RequestRefused(Reason.INVALID_ATTRIBUTE, "ThisDN is missing or empty")
        device = self.switch.device(dn)
        if device is None:
            raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn} is not configured")
        return device

    def registered(self, dn: str | None) -> Dn:
        """The DN that this client may act on; raises RequestRefused(..., NOT_REGISTERED, ...)."""
        if not dn:
            raise RequestRefused(Reason.INVALID_ATTRIBUTE, "ThisDN is missing or empty")
        if not self.registry.controls(self.client, Dn(dn)):
            raise RequestRefused(
                Reason.NOT_REGISTERED, f"{dn} is not registered by this client"
            )
        return Dn(dn)


class TimeFields(TypedDict):
    """The two parts of the Time attribute: seconds since 1970, and microseconds (WIRE.md 2.2)."""

    timein_secs: int
    timein_usecs: int


def times(now: Instant) -> TimeFields:
    """Return the Time attribute of an event that is sent at ``now``."""
    seconds, microseconds = divmod(now, 1_000_000)
    return {"timein_secs": seconds, "timein_usecs": microseconds}


RequestFunction = Callable[[Any, Asker], Outcome]
"""Turns a request into what it comes to; raises RequestRefused."""
