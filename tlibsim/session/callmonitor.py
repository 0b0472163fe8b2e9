"""Call monitoring: the seven EventCall* events, from the difference of two views of a call.

It knows no family of commands: every fact that carries a call shows that call as it is now, and
what the monitor saw of it before tells what is new (BEHAVIOUR.md 3.6).  It costs nothing while
nobody monitors, next to nothing for a fact that shows nothing new, and else as much as the call
has parties.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tlibproto.layout.kvlist import write_body
from tlibproto.messages import (
    Event,
    EventCallCreated,
    EventCallDataChanged,
    EventCallDeleted,
    EventCallPartyAdded,
    EventCallPartyDeleted,
    EventCallPartyMoved,
    EventCallPartyState,
)
from tlibproto.messages.monitoring_events import CallMonitoringEvent
from tlibproto.vocabulary import CallType, ConnId, DnRole, KVList, PartyState, RegModeMask
from tlibsim.ports.media import Instant
from tlibsim.session.client import Client
from tlibsim.session.times import packed_time
from tlibsim.switch.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    CallView,
    PartyFact,
    PartyView,
    ThirdParty,
)

CALL_EVENTS = frozenset({EventCallCreated, EventCallDataChanged, EventCallDeleted})
PARTY_EVENTS = frozenset(
    {EventCallPartyAdded, EventCallPartyState, EventCallPartyMoved, EventCallPartyDeleted}
)
MONITORING = CALL_EVENTS | PARTY_EVENTS
"""The seven events."""


def link_list(call: CallView) -> bytes | None:
    """ISLinkList: the body of a key-value list, one pair for each link (WIRE.md 8)."""
    if not call.links:
        return None
    pairs = tuple(
        (
            link.uuid,
            KVList.of(**{"location-name": link.location, "direction-role": link.role.value}),
        )
        for link in call.links
    )
    return write_body(KVList(pairs), "utf-8")


DATA: Mapping[str, Callable[[CallView], Any]] = {
    "call_type": lambda call: call.call_type,
    "ani": lambda call: call.ani,
    "dnis": lambda call: call.dnis,
    "user_data": lambda call: call.user_data,
    "is_link_list": link_list,
}
"""What EventCallDataChanged tells of when it changed; the ConnID is in it anyhow."""

_BY = frozenset(
    {
        DnRole.RoleAddedBy,
        DnRole.RoleDeletedBy,
        DnRole.RoleTransferredBy,
        DnRole.RoleConferencedBy,
    }
)
"""Roles of a third party that caused what happened to others."""


class CallEvent(NamedTuple):
    """An event for those who monitor; ``inside``: it tells of a party that is a DN here."""

    event: CallMonitoringEvent
    inside: bool = False


class _Seen:
    """A call as the monitors know it."""

    __slots__ = ("parties", "view")

    def __init__(self, view: CallView) -> None:
        self.view = view
        self.parties: dict[str, PartyView] = {}


class CallMonitor:
    """Who monitors, and what they have been told.

    ``calls`` shows all calls as they are, ``alive`` whether a ConnID is that of one,
    ``next_number`` gives each event its EventSequenceNumber.
    """

    def __init__(
        self,
        *,
        calls: Callable[[], Sequence[CallView]],
        alive: Callable[[ConnId], bool],
        next_number: Callable[[], int],
        customer_id: str,
    ) -> None:
        self._masks: dict[Client, int] = {}
        self._seen: dict[str, _Seen] = {}
        self._where: dict[str, str] = {}
        self._turn: Sequence[object] = ()
        self._position = 0
        self._causes: Mapping[str, str] = {}
        self._calls = calls
        self._alive = alive
        self._next_number = next_number
        self._customer_id = customer_id
        self._now = Instant(0)

    # -- subscriptions -------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        return bool(self._masks)

    def start(self, client: Client, mask: int, now: Instant) -> Sequence[Event]:
        """Subscribe, or change the mask; returns what the client is told of existing calls."""
        self._now = now
        if not self._masks:
            for call in self._calls():
                self._remember(call)
        self._masks[client] = mask
        if mask & RegModeMask.NoSync:
            return ()
        return [
            told.event
            for seen in self._seen.values()
            for told in self._existing(seen)
            if _passes(told, mask)
        ]

    def stop(self, client: Client) -> None:
        """End a subscription, if there is one."""
        self._masks.pop(client, None)
        if not self._masks:
            self._seen.clear()
            self._where.clear()
            self._turn = ()

    def readers(self, told: CallEvent) -> list[Client]:
        """Who gets the event, in the order of subscription."""
        return [client for client, mask in self._masks.items() if _passes(told, mask)]

    def _remember(self, call: CallView) -> None:
        seen = self._seen[call.call_uuid] = _Seen(call)
        for party in call.parties:
            self._place(seen, party)

    def _place(self, seen: _Seen, party: PartyView) -> None:
        seen.parties[party.uuid] = party
        self._where[party.uuid] = seen.view.call_uuid

    def _existing(self, seen: _Seen) -> Iterator[CallEvent]:
        yield self._created(seen.view, links=True)
        for party in seen.parties.values():
            yield self._party(EventCallPartyAdded, seen.view, party)

    # -- facts ---------------------------------------------------------------------------------

    def begin(self, facts: Sequence[object], now: Instant) -> None:
        """The facts of one turn, in the order in which :meth:`notice` will get them."""
        self._now = now
        self._turn = facts
        self._position = 0
        self._causes = self._find_causes(facts)

    def _find_causes(self, facts: Sequence[object]) -> Mapping[str, str]:
        """By CallUUID the party that did to others what the facts of the turn tell."""
        by = next((third.dn for third in map(_author, facts) if third is not None), None)
        causes: dict[str, str] = {}
        if by is None:
            return causes
        for fact in facts:
            seen = self._seen.get(fact.call.call_uuid) if isinstance(fact, CallFact) else None
            if seen is not None and seen.view.call_uuid not in causes:
                uuid = next((p.uuid for p in seen.parties.values() if p.dn == by), None)
                if uuid is not None:
                    causes[seen.view.call_uuid] = uuid
        return causes

    def notice(self, fact: object) -> Sequence[CallEvent]:
        """What those who monitor are told because of one fact."""
        self._position += 1
        if not isinstance(fact, CallFact):
            return ()
        seen = self._seen.get(fact.call.call_uuid)
        if seen is None:
            return list(self._first_sight(fact))
        if seen.view is fact.call and type(fact) is not CallEnded:
            return ()
        return list(self._news(seen, fact))

    def _first_sight(self, fact: CallFact) -> Iterator[CallEvent]:
        call = fact.call
        if type(fact) is not CallStarted and not self._alive(call.conn_id):
            return
        seen = self._seen[call.call_uuid] = _Seen(call)
        yield self._created(call, links=False)
        yield from self._parties(seen, fact)

    def _news(self, seen: _Seen, fact: CallFact) -> Iterator[CallEvent]:
        call, before = fact.call, seen.view
        seen.view = call
        changed = {name: of(call) for name, of in DATA.items() if of(call) != of(before)}
        if changed or call.conn_id != before.conn_id:
            yield self._tell(EventCallDataChanged, call, conn_id=call.conn_id, **changed)
        yield from self._parties(seen, fact)
        if isinstance(fact, CallEnded):
            yield self._ended(seen, fact)

    def _parties(self, seen: _Seen, fact: CallFact) -> Iterator[CallEvent]:
        """Parties that moved away, left, came or changed their state, known by their UUIDs."""
        present = {party.uuid for party in fact.call.parties}
        gone = [party for uuid, party in seen.parties.items() if uuid not in present]
        moved = self._destinations(fact.call, gone)
        for party in gone:
            if party.uuid in moved:
                yield self._moved(seen, party, moved[party.uuid])
        for party in gone:
            if party.uuid not in moved:
                yield self._left(seen, party)
        for party in fact.call.parties:
            known = seen.parties.get(party.uuid)
            if known is None:
                yield self._arrived(seen, party, fact)
            elif known.state != party.state:
                seen.parties[party.uuid] = party
                yield self._party(EventCallPartyState, seen.view, party)

    def _destinations(
        self, call: CallView, gone: Sequence[PartyView]
    ) -> Mapping[str, CallView]:
        """Where parties that are gone from a call turn up in what is left of the turn."""
        if not gone:
            return {}
        uuids = {party.uuid for party in gone}
        return {
            party.uuid: fact.call
            for fact in self._turn[self._position :]
            if isinstance(fact, CallFact) and fact.call.call_uuid != call.call_uuid
            for party in fact.call.parties
            if party.uuid in uuids
        }

    def _arrived(self, seen: _Seen, party: PartyView, fact: CallFact) -> CallEvent:
        origin = self._seen.get(self._where.get(party.uuid, ""))
        if origin is not None:
            return self._moved(origin, party, seen.view)
        self._place(seen, party)
        return self._party(
            EventCallPartyAdded, seen.view, party, caused_by=_caller(party, fact)
        )

    def _moved(self, seen: _Seen, party: PartyView, into: CallView) -> CallEvent:
        del seen.parties[party.uuid]
        target = self._seen.get(into.call_uuid)
        if target is None:
            target = self._seen[into.call_uuid] = _Seen(into)
        self._place(target, party)
        return self._party(EventCallPartyMoved, seen.view, party, new_call_uuid=into.call_uuid)

    def _left(self, seen: _Seen, party: PartyView) -> CallEvent:
        del seen.parties[party.uuid]
        del self._where[party.uuid]
        return self._party(EventCallPartyDeleted, seen.view, party, state=PartyState.Null)

    def _ended(self, seen: _Seen, fact: CallEnded) -> CallEvent:
        del self._seen[seen.view.call_uuid]
        into = None if fact.merged_into is None else fact.merged_into.call_uuid
        return self._tell(
            EventCallDeleted, fact.call, conn_id=fact.call.conn_id, ref_call_uuid=into
        )

    # -- events --------------------------------------------------------------------------------

    def _tell(
        self,
        kind: type[CallMonitoringEvent],
        call: CallView,
        *,
        inside: bool = False,
        **fields: Any,
    ) -> CallEvent:
        event = kind(
            call_uuid=call.call_uuid,
            customer_id=self._customer_id,
            cm_time_stamp=packed_time(self._now),
            event_sequence_number=self._next_number(),
            **fields,
        )
        return CallEvent(event, inside)

    def _created(self, call: CallView, *, links: bool) -> CallEvent:
        """``links``: ISLinkList is for those who come to an existing call (3.6)."""
        outgoing = call.call_type is CallType.Outbound
        return self._tell(
            EventCallCreated,
            call,
            conn_id=call.conn_id,
            call_id=call.call_id,
            call_type=call.call_type,
            original_call_uuid=self._origin(call),
            ani=call.ani,
            dnis=call.dnis,
            user_data=call.user_data or None,
            dialed_number=call.dnis if outgoing else None,
            is_link_list=link_list(call) if links else None,
        )

    def _origin(self, call: CallView) -> str | None:
        """The CallUUID of the call that a consultation call was made for."""
        if call.previous_conn_id is None:
            return None
        uuids = (
            seen.view.call_uuid
            for seen in self._seen.values()
            if seen.view.conn_id == call.previous_conn_id
        )
        return next(uuids, None)

    def _party(
        self,
        kind: type[CallMonitoringEvent],
        call: CallView,
        party: PartyView,
        *,
        state: PartyState | None = None,
        caused_by: str | None = None,
        new_call_uuid: str | None = None,
    ) -> CallEvent:
        cause = self._causes.get(call.call_uuid, caused_by)
        return self._tell(
            kind,
            call,
            inside=not party.outside,
            party_uuid=party.uuid,
            this_dn=party.dn,
            party_state=int(party.state if state is None else state),
            ref_party=None if cause == party.uuid else cause,
            new_call_uuid=new_call_uuid,
        )


def _author(fact: object) -> ThirdParty | None:
    """Who did to others what the fact tells, when it says so."""
    third = fact.third if isinstance(fact, PartyFact) else None
    return third if third is not None and third.role in _BY else None


def _caller(party: PartyView, fact: CallFact) -> str | None:
    """The party at the other end of one that is being called."""
    if not isinstance(fact, PartyFact) or fact.side.dn != party.dn:
        return None
    other = None if fact.side.other_dn is None else fact.call.party(fact.side.other_dn)
    return None if other is None else other.uuid


def _passes(told: CallEvent, mask: int) -> bool:
    """Whether a mask lets an event through (BEHAVIOUR.md 3.6; WIRE.md 8)."""
    if type(told.event) in CALL_EVENTS:
        return not mask & RegModeMask.NoCallEvents
    if mask & RegModeMask.NoPartyEvents:
        return False
    return not (told.inside and mask & RegModeMask.NoInternalPartyEvents)
