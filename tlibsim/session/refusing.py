"""Events that carry an error: the answer to a request, and news that nobody asked for."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from tlibproto.messages import EventError, EventUnregistered, Message
from tlibproto.vocabulary import Dn, KVList
from tlibsim.ports.media import Instant
from tlibsim.session.asker import times
from tlibsim.session.projections.fields import Stamp
from tlibsim.switch.userdata import has_too_many_pairs

Named: TypeAlias = Mapping[str, Any]
"""Fields of a request by their names."""

_REPEATED = ("this_dn", "conn_id", "reasons", "extensions")
"""Fields of a request that its EventError has too (BEHAVIOUR.md 6)."""


def named_by(request: Message) -> Named:
    """The fields of a request that its EventError repeats, its ReferenceID and ``request``."""
    found = {name: getattr(request, name, None) for name in (*_REPEATED, "reference_id")}
    return {**found, "request": type(request).__name__}


def because(named: Named, why: str) -> str:
    """The reason as the journal has it: the request, where it could be read, and why."""
    return f"{named['request']}: {why}" if "request" in named else why


def error_event(
    code: int, text: str, now: Instant, customer_id: str, named: Named
) -> EventError:
    """EventError with what the request named: all of it, or what could be read.

    ``customer_id`` goes with a DN, as in every event (BEHAVIOUR.md 0.3).  A list that must not
    be sent back is left out.
    """
    repeated = {name: named[name] for name in _REPEATED if _can_be_sent(named.get(name))}
    if "this_dn" in repeated:
        repeated["customer_id"] = customer_id
    return EventError(error_code=code, error_message=text, **repeated, **times(now))


def _can_be_sent(value: object) -> bool:
    return not (value is None or (isinstance(value, KVList) and has_too_many_pairs(value)))


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
