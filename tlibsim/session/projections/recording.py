"""EventPrivateInfo after a recording request (RECORDING.md 3.3, ``recording-private-info``)."""

from collections.abc import Iterable, Mapping

from tlibproto.messages import Event, EventPrivateInfo
from tlibproto.vocabulary import Dn
from tlibsim.recording.facts import RecordingTold
from tlibsim.session.projections.fields import Projection, Stamp


def _the_dn(fact: RecordingTold) -> Iterable[Dn]:
    return (fact.dn,)


def _private_info(fact: RecordingTold, dn: Dn, stamp: Stamp) -> Event:
    return EventPrivateInfo(
        private_msg_id=fact.service,
        this_dn=dn,
        conn_id=fact.conn_id,
        customer_id=stamp.customer_id,
        timein_secs=stamp.timein_secs,
        timein_usecs=stamp.timein_usecs,
        event_sequence_number=stamp.event_sequence_number,
    )


def _requestor(fact: RecordingTold) -> int | None:
    return fact.requestor


ROWS: Mapping[type[object], Projection] = {
    RecordingTold: Projection(EventPrivateInfo, _the_dn, _private_info, only=_requestor),
}
