"""Whether a call to an access number arrived: for the client that asked for the number (3.7)."""

from collections.abc import Mapping

from tlibproto.messages import (
    Event,
    EventRemoteConnectionFailed,
    EventRemoteConnectionSuccess,
)
from tlibsim.session.projections.fields import Stamp
from tlibsim.switch.facts import RemoteConnection

REMOTE: Mapping[bool, type[Event]] = {
    True: EventRemoteConnectionSuccess,
    False: EventRemoteConnectionFailed,
}


def remote_connection(fact: RemoteConnection, stamp: Stamp) -> Event:
    return REMOTE[fact.succeeded](
        this_dn=fact.dn,
        other_dn=fact.other_dn,
        location=fact.location,
        conn_id=fact.conn_id,
        x_reference_id=fact.reference,
        customer_id=stamp.customer_id,
        timein_secs=stamp.timein_secs,
        timein_usecs=stamp.timein_usecs,
        event_sequence_number=stamp.event_sequence_number,
    )
