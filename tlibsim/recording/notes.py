"""What is remembered of a call for the sake of recording, from before it is recorded.

Who came in over which routing point, and what a routing strategy said (RECORDING.md 3.1, 3.2).
"""

from dataclasses import dataclass, field

from tlibproto.vocabulary import ConnId, Dn, DnRole
from tlibsim.recording.commands import NO_GEO, NO_TONE, GeoWish, ToneWish
from tlibsim.recording.policy import PartyKey, key_of, talking
from tlibsim.recording.routewish import RouteParty, RouteWish
from tlibsim.recording.rules import CallsView
from tlibsim.switch.facts import CallView, PartyView, RouteRequested


@dataclass(slots=True)
class Note:
    """``wish`` waits for the routed party to be connected; ``geo`` and ``tone`` stay.

    ``callers`` entered the last routing point, ``entered`` are those who ever entered one with
    ``record=true``.
    """

    routing_point: Dn | None = None
    callers: frozenset[PartyKey] = frozenset()
    entered: set[PartyKey] = field(default_factory=set)
    wish: RouteWish | None = None
    geo: GeoWish = NO_GEO
    tone: ToneWish = NO_TONE


class Notebook:
    """The notes of all calls that have any."""

    def __init__(self, calls: CallsView) -> None:
        self._calls = calls
        self._notes: dict[ConnId, Note] = {}

    def of(self, conn_id: ConnId) -> Note | None:
        return self._notes.get(conn_id)

    def forget(self, conn_id: ConnId) -> None:
        self._notes.pop(conn_id, None)

    def enters(self, fact: RouteRequested) -> None:
        """A call has come to a routing point."""
        note = self._note(fact.call.conn_id)
        note.routing_point = fact.side.dn
        note.callers = callers_of(fact.call, fact.side.dn)
        place = self._calls.place(fact.side.dn)
        if place is not None and place.record:
            note.entered |= note.callers

    def routed(self, call: CallView, point: Dn, wish: RouteWish) -> None:
        """A strategy has spoken; what it says of recording replaces what was said before."""
        note = self._note(call.conn_id)
        note.routing_point = point
        note.geo = wish.geo if wish.geo.tag else note.geo
        note.tone = wish.tone if wish.tone.source else note.tone
        if wish.record is not None or wish.off:
            note.wish = wish

    def _note(self, conn_id: ConnId) -> Note:
        return self._notes.setdefault(conn_id, Note())


def callers_of(call: CallView, point: Dn) -> frozenset[PartyKey]:
    """Who has come to the routing point: everybody but the point itself and supervisors."""
    return frozenset(
        key_of(party)
        for party in call.parties
        if party.role is not DnRole.RoleObserver and (party.dn != point or party.outside)
    )


def routed_party(call: CallView, note: Note) -> PartyView | None:
    """Whom the call was routed to, once that party is connected."""
    new = [party for party in talking(call) if key_of(party) not in note.callers]
    return new[-1] if new else None


def caller_party(call: CallView, note: Note) -> PartyView | None:
    """Who entered the routing point and is still there."""
    there = [party for party in talking(call) if key_of(party) in note.callers]
    return there[0] if there else None


def parties_meant(
    off: frozenset[RouteParty], call: CallView, note: Note
) -> frozenset[PartyKey]:
    """The parties of a call that a word of the strategy means."""
    found: set[PartyKey] = set()
    for party in talking(call):
        kind = RouteParty.CALLER if key_of(party) in note.callers else RouteParty.ROUTED
        if kind in off:
            found.add(key_of(party))
    return frozenset(found)
