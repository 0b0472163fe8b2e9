"""Events of plain calls (BEHAVIOUR.md 1.2 to 1.6, 4)."""

from collections.abc import Mapping

from tlibproto import messages
from tlibproto.messages import Event, assemble
from tlibproto.vocabulary import CallState, Dn
from tlibsim.session.projections.fields import (
    Projection,
    Stamp,
    all_parties,
    call_fields,
    party_fields,
    party_projection,
    the_party,
)
from tlibsim.switch import facts
from tlibsim.switch.facts import UserDataChanged


def _dtmf_sent(fact: facts.DtmfSent, dn: Dn, stamp: Stamp) -> Event:
    return messages.EventDtmfSent(dtmf_digits=fact.digits, **party_fields(fact, dn, stamp))


def _user_data_changed(fact: UserDataChanged, dn: Dn, stamp: Stamp) -> Event:
    """Always with the complete list, as an empty one when nothing is left (BEHAVIOUR.md 4.4)."""
    fields = call_fields(fact.call, dn, stamp)
    fields["call_state"] = int(CallState.Ok)
    fields["user_data"] = fact.call.user_data
    party = fact.call.party(dn)
    if party is not None:
        fields["this_dn_role"] = party.role
        fields["this_queue"] = party.queue
    if fact.changed_by is not None:
        fields["third_party_dn"] = fact.changed_by
    if fact.because is not None:
        fields["reasons"] = fact.because.reasons
        fields["extensions"] = fact.because.extensions
    return assemble(messages.EventAttachedDataChanged, fields)


ROWS: Mapping[type[object], Projection] = {
    facts.PartyDialing: party_projection(messages.EventDialing),
    facts.PartyNetworkReached: party_projection(messages.EventNetworkReached),
    facts.PartyDestinationBusy: party_projection(messages.EventDestinationBusy),
    facts.PartyRinging: party_projection(messages.EventRinging),
    facts.PartyEstablished: party_projection(messages.EventEstablished),
    facts.PartyHeld: party_projection(messages.EventHeld),
    facts.PartyRetrieved: party_projection(messages.EventRetrieved),
    facts.PartyReleased: party_projection(messages.EventReleased),
    facts.PartyAbandoned: party_projection(messages.EventAbandoned),
    facts.DtmfSent: Projection(messages.EventDtmfSent, the_party, _dtmf_sent),
    facts.UserDataChanged: Projection(
        messages.EventAttachedDataChanged, all_parties, _user_data_changed
    ),
}
