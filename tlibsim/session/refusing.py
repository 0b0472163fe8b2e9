"""Events that carry an error: the answer to a request, and news that nobody asked for."""

from tlibproto.messages import EventError, EventUnregistered, Message
from tlibproto.vocabulary import Dn
from tlibsim.ports.media import Instant
from tlibsim.session.asker import times
from tlibsim.session.projections.fields import Stamp


def error_event(code: int, text: str, now: Instant, request: Message | None) -> EventError:
    """EventError with what the request named (BEHAVIOUR.md 6); None: it could not be read."""
    return EventError(
        error_code=code,
        error_message=text,
        this_dn=getattr(request, "this_dn", None),
        conn_id=getattr(request, "conn_id", None),
        reasons=getattr(request, "reasons", None),
        extensions=getattr(request, "extensions", None),
        **times(now),
    )


def unregistered_event(dn: Dn, code: int, text: str, stamp: Stamp) -> EventUnregistered:
    """The registration ended with the DN: no ReferenceID, and an error (BEHAVIOUR.md 3.2)."""
    return EventUnregistered(
        this_dn=dn,
        error_code=code,
        error_message=text,
        customer_id=stamp.customer_id,
        timein_secs=stamp.timein_secs,
        timein_usecs=stamp.timein_usecs,
        event_sequence_number=stamp.event_sequence_number,
    )
