"""The aggregate of the call model: DNs, calls, deadlines.

What a command does is in the modules beside this one; ``perform`` has the table.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from tlibproto.vocabulary import CallType, ConnId, Dn, KVList
from tlibsim.config import AgentSettings, DnSettings, DnType, FarBehavior, Options
from tlibsim.ports.media import Instant
from tlibsim.ports.site import Site
from tlibsim.switch.agent import Agent, Floor
from tlibsim.switch.call import Call, Party
from tlibsim.switch.connid import Identifiers
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import CallEnded, CallStarted, CallView
from tlibsim.switch.far import FarBook
from tlibsim.switch.legs import Access, SiteTrunk
from tlibsim.switch.numbering import Destination, Numbering, Outside
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.watch import Watch

if TYPE_CHECKING:
    from tlibsim.switch.network import NetworkConsultation

MICROSECONDS = 1_000_000
NOWHERE = Site(server="", switch="")
"""What a switch is called that knows no other."""


@dataclass(slots=True)
class Turn:
    """One command being carried out: its time, and the facts so far."""

    now: Instant
    facts: list[object] = field(default_factory=list)

    def publish(self, fact: object) -> None:
        self.facts.append(fact)


class Switch:
    """All calls and DNs of one switch.  It never reads a clock: ``now`` comes with each command."""

    def __init__(
        self,
        *,
        dns: Mapping[str, DnSettings],
        options: Options,
        identifiers: Identifiers,
        agents: Mapping[str, AgentSettings] = MappingProxyType({}),
        numbers: Mapping[str, FarBehavior] = MappingProxyType({}),
    ) -> None:
        """``numbers`` is how those outside behave, by patterns of their numbers."""
        self.options = options
        self.configured = dns
        self.devices: dict[Dn, Device] = {Dn(dn): Device(of) for dn, of in dns.items()}
        self.far = FarBook(numbers)
        for device in self.devices.values():
            if device.settings.type is DnType.TRUNK:
                device.far = self.far
        self.numbering = Numbering(self.devices)
        self.calls: dict[ConnId, Call] = {}
        self.floor = Floor(agents)
        self.link_up = True
        self.watches: dict[Dn, Watch] = {}
        """Supervisors who wait for a call, by the DN of the agent."""
        self.network: dict[ConnId, NetworkConsultation] = {}
        """Consultations in the network, by the call of the DN that asked."""
        self.leaving: dict[Dn, Device] = {}
        """DNs that the configuration has no more, kept until their last call is over."""
        self.dismissed: dict[Agent, None] = {}
        """Agents who are logged out as soon as they have no call."""
        self.here = NOWHERE
        self.sites: dict[str, SiteTrunk] = {}
        self.access: dict[str, Access] = {}
        self.next_access = 1
        self._identifiers = identifiers
        self._deadlines: list[tuple[Instant, int, object]] = []
        self._deadlines_made = 0

    # -- what others may look at ---------------------------------------------------------------

    def call(self, conn_id: ConnId) -> CallView | None:
        """The call with this ConnID as it is now, or None."""
        call = self.calls.get(conn_id)
        return None if call is None else call.view()

    def device(self, dn: str) -> Device | None:
        """The enabled DN with this number, or None."""
        device = self.devices.get(Dn(dn))
        return device if device is not None and device.settings.enabled else None

    def adopt(self, settings: DnSettings) -> None:
        """Take a DN in that nobody configured (option ``accept-unknown-dn``)."""
        self.devices.setdefault(Dn(settings.dn), Device(settings))

    # -- time ----------------------------------------------------------------------------------

    def remind(self, at: Instant, command: object) -> None:
        """Carry ``command`` out at that time; it checks by itself whether it still applies."""
        self._deadlines_made += 1
        heapq.heappush(self._deadlines, (at, self._deadlines_made, command))

    def next_deadline(self) -> Instant | None:
        return self._deadlines[0][0] if self._deadlines else None

    def due(self, now: Instant) -> object | None:
        """The next command whose time has come, taken off the list, or None."""
        if self._deadlines and self._deadlines[0][0] <= now:
            return heapq.heappop(self._deadlines)[2]
        return None

    # -- what commands need --------------------------------------------------------------------

    def find_call(self, conn_id: ConnId | None) -> Call:
        """The live call; raises RequestRefused(INVALID_CONN_ID)."""
        call = None if conn_id is None else self.calls.get(conn_id)
        if call is None:
            shown = "none" if conn_id is None else f"{conn_id:016x}"
            raise RequestRefused(Reason.INVALID_CONN_ID, f"no call has ConnID {shown}")
        return call

    def find_party(self, conn_id: ConnId | None, dn: str) -> Party:
        """The DN's place in the call; raises RequestRefused(INVALID_CONN_ID or NOT_ON_CALL)."""
        party = self.find_call(conn_id).party_at(dn)
        if party is None:
            raise RequestRefused(Reason.NOT_ON_CALL, f"{dn} is not on that call")
        return party

    def begin_call(
        self,
        turn: Turn,
        call_type: CallType,
        *,
        ani: str | None,
        dnis: str | None,
        user_data: KVList | None,
        conn_id: ConnId | None = None,
        call_uuid: str | None = None,
    ) -> Call:
        """A new call without parties; the caller publishes CallStarted with :meth:`announce`."""
        own, call_id = self._identifiers.next_call()
        conn_id = own if conn_id is None else conn_id
        call = Call(
            conn_id=conn_id,
            call_id=call_id,
            call_uuid=call_uuid or self._identifiers.next_call_uuid(),
            call_type=call_type,
            now=turn.now,
            ani=ani,
            dnis=dnis,
            user_data=user_data,
        )
        self.calls[conn_id] = call
        return call

    def announce(self, turn: Turn, call: Call) -> None:
        turn.publish(CallStarted(call=call.view()))

    def end_call(self, turn: Turn, call: Call, merged_into: Call | None = None) -> None:
        """The call is over; its identifiers are never used again."""
        for party in tuple(call.parties):
            call.leave(party)
        del self.calls[call.conn_id]
        into = None if merged_into is None else merged_into.view()
        turn.publish(CallEnded(call=call.view(), merged_into=into))

    # -- other sites ---------------------------------------------------------------------------

    def link_site(self, here: Site, other: Site, *, reached: bool = True) -> None:
        """Another switch is known from now on by its name; this one is ``here``."""
        self.here = here
        self.sites[other.switch] = SiteTrunk(other, reached=reached)

    def resolve(self, number: str, location: str) -> Destination:
        """Where a number leads at that location.

        Raises RequestRefused(INVALID_ATTRIBUTE or SITE_DISCONNECTED).
        """
        if number in self.access:
            access = self.access[number]
            return Outside(self.sites[access.location], number)
        if not location or location == self.here.switch:
            return self.numbering.resolve(number)
        return Outside(self.site(location), number)

    def site(self, location: str) -> SiteTrunk:
        """The lines to that location; raises RequestRefused as ``resolve`` does."""
        trunk = self.sites.get(location)
        if trunk is None:
            raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no location {location!r}")
        if not trunk.reached:
            raise RequestRefused(Reason.SITE_DISCONNECTED, f"no link to {location}")
        return trunk

    @property
    def identifiers(self) -> Identifiers:
        """What new calls are named by."""
        return self._identifiers

    def new_uuid(self) -> str:
        """An identifier that is none of a call."""
        return self._identifiers.next_call_uuid()

    def views(self) -> Sequence[CallView]:
        """All calls, in the order in which they began."""
        return [call.view() for call in self.calls.values()]
