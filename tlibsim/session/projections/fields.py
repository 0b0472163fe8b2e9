"""How events are made from facts: the parts that all projections share.

A row names the event class, the DNs that get it, and the function that makes it.  Attributes that
an event must have are arguments without defaults here (BEHAVIOUR.md 0.2), so that forgetting one
fails in the type checker and not in the field.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tlibproto.messages import Event, assemble
from tlibproto.vocabulary import Dn
from tlibsim.ports.site import CameFrom
from tlibsim.switch import facts
from tlibsim.switch.facts import CallView, PartyFact


@dataclass(slots=True)
class Stamp:
    """What every distributed event carries: its time, its number, the tenant, the switch."""

    timein_secs: int
    timein_usecs: int
    event_sequence_number: int
    customer_id: str
    emit_cause: bool
    location: str = ""


Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Projection:
    """One row: for each of ``recipients(fact)``, ``make(fact, dn, stamp)`` is an ``event``.

    Clients on the DNs ``copies(fact)`` get the same event; with ``to_asker`` so does the client
    whose request is being served.  A client gets it once.  Where ``only(fact)`` is the number of
    a client, nobody else gets it.
    """

    event: type[Event]
    recipients: Callable[[Any], Iterable[Dn]]
    make: Callable[[Any, Dn, Stamp], Event]
    copies: Callable[[Any], Iterable[Dn]] | None = None
    to_asker: bool = False
    only: Callable[[Any], int | None] | None = None


def call_fields(call: CallView, dn: Dn, stamp: Stamp) -> Fields:
    """Attributes of every event of a call (BEHAVIOUR.md 0.2)."""
    fields: Fields = {
        "conn_id": call.conn_id,
        "call_id": call.call_id,
        "call_uuid": call.call_uuid,
        "call_type": call.call_type,
        "this_dn": dn,
        "ani": call.ani,
        "dnis": call.dnis,
        "customer_id": stamp.customer_id,
        "timein_secs": stamp.timein_secs,
        "timein_usecs": stamp.timein_usecs,
        "event_sequence_number": stamp.event_sequence_number,
    }
    if call.user_data:
        fields["user_data"] = call.user_data
    if call.previous_conn_id is not None:
        fields["previous_conn_id"] = call.previous_conn_id
    if call.first_transfer_conn_id is not None:
        fields["first_transfer_conn_id"] = call.first_transfer_conn_id
        fields["last_transfer_conn_id"] = call.last_transfer_conn_id
    if call.came_from is not None:
        fields.update(_history(*call.came_from))
    return fields


def _history(first: CameFrom, last: CameFrom) -> Fields:
    """Where a call from another site was transferred first and last (BEHAVIOUR.md 3.7)."""
    return {
        "first_transfer_home_location": first.location,
        "first_transfer_orig_dn": first.dn,
        "last_transfer_home_location": last.location,
        "last_transfer_orig_dn": last.dn,
    }


def party_fields(fact: PartyFact, dn: Dn, stamp: Stamp) -> Fields:
    """Attributes of an event that tells a DN what happened to it in a call."""
    side = fact.side
    fields = call_fields(fact.call, dn, stamp)
    fields["call_state"] = int(fact.call_state)
    fields["this_dn_role"] = side.role
    if side.other_dn is not None:
        fields["other_dn"] = side.other_dn
        fields["other_dn_role"] = side.other_role
    if side.queue is not None:
        fields["this_queue"] = side.queue
    if fact.third is not None:
        fields["third_party_dn"] = fact.third.dn
        fields["third_party_dn_role"] = fact.third.role
    if fact.previous_conn_id is not None:
        fields["previous_conn_id"] = fact.previous_conn_id
    if fact.cause is not None and stamp.emit_cause:
        fields["cause"] = fact.cause
    if fact.because is not None:
        fields["reasons"] = fact.because.reasons
        fields["extensions"] = fact.because.extensions
    return fields


def the_party(fact: PartyFact) -> Iterable[Dn]:
    """The DN of the party; nobody for a party outside, whose number may equal a DN's."""
    return () if fact.side.outside else (fact.side.dn,)


def all_parties(fact: facts.CallFact) -> Iterable[Dn]:
    """Every DN of this switch that is on the call."""
    return [party.dn for party in fact.call.parties if not party.outside]


def party_projection(event: type[Event]) -> Projection:
    """A row for a fact that becomes one event at the DN of its party."""

    def make(fact: PartyFact, dn: Dn, stamp: Stamp) -> Event:
        return assemble(event, party_fields(fact, dn, stamp))

    return Projection(event, the_party, make)
