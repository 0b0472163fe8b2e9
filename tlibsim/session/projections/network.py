"""Events of the network behind the trunks (BEHAVIOUR.md 1.20)."""

from collections.abc import Mapping

from tlibproto import messages
from tlibproto.messages import Event
from tlibproto.vocabulary import Dn
from tlibsim.session.projections.fields import Projection, Stamp, call_fields
from tlibsim.switch import facts


def _status(fact: facts.NetworkCallChanged, dn: Dn, stamp: Stamp) -> Event:
    fields = call_fields(fact.call, dn, stamp)
    if fact.because is not None:
        fields["reasons"] = fact.because.reasons
        fields["extensions"] = fact.because.extensions
    return messages.EventNetworkCallStatus(
        network_call_state=fact.state,
        network_dest_state=fact.dest_state,
        network_party_role=fact.role,
        network_orig_dn=fact.orig_dn,
        network_dest_dn=fact.dest_dn,
        home_location=stamp.location,
        **fields,
    )


ROWS: Mapping[type[object], Projection] = {
    facts.NetworkCallChanged: Projection(
        messages.EventNetworkCallStatus, lambda fact: (fact.dn,), _status
    ),
}
