"""Events of transfers, conferences and what goes with them (BEHAVIOUR.md 1.7 to 1.12, 1.19)."""

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


def _consultation_dialing(fact: facts.ConsultationDialing, dn: Dn, stamp: Stamp) -> Event:
    fields = party_fields(fact, dn, stamp)
    return messages.EventDialing(transfer_conn_id=fact.transfer_conn_id, **fields)


ROWS: Mapping[type[object], Projection] = {
    facts.ConsultationDialing: Projection(
        messages.EventDialing, the_party, _consultation_dialing
    ),
    facts.ListenDisconnected: party_projection(messages.EventListenDisconnected),
    facts.ListenReconnected: party_projection(messages.EventListenReconnected),
    facts.PartyAdded: party_projection(messages.EventPartyAdded),
    facts.PartyChanged: party_projection(messages.EventPartyChanged),
    facts.PartyDeleted: party_projection(messages.EventPartyDeleted),
    facts.PartyMuted: party_projection(messages.EventMuteOn),
    facts.PartyUnmuted: party_projection(messages.EventMuteOff),
}
