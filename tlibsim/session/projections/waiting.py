"""Events of queues, routing points and treatments (BEHAVIOUR.md 1.13 to 1.15)."""

from collections.abc import Mapping

from tlibproto import messages
from tlibproto.messages import Event
from tlibproto.vocabulary import Dn
from tlibsim.session.projections.fields import (
    Projection,
    Stamp,
    party_fields,
    party_projection,
    the_party,
)
from tlibsim.switch import facts


def _treatment_applied(fact: facts.TreatmentApplied, dn: Dn, stamp: Stamp) -> Event:
    fields = party_fields(fact, dn, stamp)
    return messages.EventTreatmentApplied(treatment_type=fact.treatment, **fields)


def _treatment_ended(fact: facts.TreatmentEnded, dn: Dn, stamp: Stamp) -> Event:
    fields = party_fields(fact, dn, stamp)
    if fact.digits is not None:
        fields["collected_digits"] = fact.digits
        fields["last_collected_digit"] = ord(fact.digits[-1]) if fact.digits else 0
    return messages.EventTreatmentEnd(treatment_type=fact.treatment, **fields)


def _treatment_not_applied(fact: facts.TreatmentNotApplied, dn: Dn, stamp: Stamp) -> Event:
    fields = party_fields(fact, dn, stamp)
    return messages.EventTreatmentNotApplied(
        treatment_type=fact.treatment,
        treatment_parameters=fact.parameters,
        error_code=fact.error_code,
        **fields,
    )


def _digits_collected(fact: facts.DigitsCollected, dn: Dn, stamp: Stamp) -> Event:
    fields = party_fields(fact, dn, stamp)
    return messages.EventDigitsCollected(
        collected_digits=fact.digits,
        last_collected_digit=ord(fact.digits[-1]) if fact.digits else 0,
        **fields,
    )


ROWS: Mapping[type[object], Projection] = {
    facts.DigitsCollected: Projection(
        messages.EventDigitsCollected, the_party, _digits_collected
    ),
    facts.PartyDiverted: party_projection(messages.EventDiverted),
    facts.PartyQueued: party_projection(messages.EventQueued),
    facts.RouteRequested: party_projection(messages.EventRouteRequest),
    facts.RouteUsed: party_projection(messages.EventRouteUsed),
    facts.TreatmentApplied: Projection(
        messages.EventTreatmentApplied, the_party, _treatment_applied
    ),
    facts.TreatmentEnded: Projection(messages.EventTreatmentEnd, the_party, _treatment_ended),
    facts.TreatmentNotApplied: Projection(
        messages.EventTreatmentNotApplied, the_party, _treatment_not_applied
    ),
}
