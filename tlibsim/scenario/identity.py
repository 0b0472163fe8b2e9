"""The identity rules of BEHAVIOUR.md 0.3, as far as one event after the other can show them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tlibproto.messages import Message
from tlibproto.vocabulary import MessageId
from tlibsim.scenario.view import ONLY_WHERE_NAMED, REPLIES, Received, this_dn

_CALL_UUID = re.compile(r"[0-9A-V]{32}")
_UUID_FIELDS = ("call_uuid", "new_call_uuid", "ref_call_uuid", "original_call_uuid")
_CONN_FIELDS = ("conn_id", "previous_conn_id", "transfer_conn_id")
_INT32 = range(-(2**31), 2**31)
_WITHOUT_CUSTOMER = (
    REPLIES
    | ONLY_WHERE_NAMED
    | {
        MessageId.EventCallCreated,
        MessageId.EventCallDataChanged,
        MessageId.EventCallDeleted,
        MessageId.EventCallPartyAdded,
        MessageId.EventCallPartyState,
        MessageId.EventCallPartyMoved,
        MessageId.EventCallPartyDeleted,
    }
)
"""Events of which section 3 names the attributes itself, or whose attributes a client makes."""


@dataclass(slots=True)
class IdentityRules:
    """Remembers what the clients of one scenario have seen, to find what breaks a rule."""

    sequence: dict[str, int]

    def broken(self, item: Received) -> Iterator[str]:
        """Say each rule that the next event of a client breaks."""
        message = item.message
        if message.message_id in ONLY_WHERE_NAMED:
            return
        yield from _bad_identifiers(message)
        if not getattr(message, "customer_id", None) and _names_a_dn(message):
            yield "an event with a DN has a CustomerID"
        number = getattr(message, "event_sequence_number", None)
        if number is not None:
            last = self.sequence.get(item.client)
            self.sequence[item.client] = number
            if last is not None and number <= last:
                yield f"EventSequenceNumber grows, and {number:016x} came after {last:016x}"


def new_rules() -> IdentityRules:
    """Rules for a scenario in which nothing has been seen yet."""
    return IdentityRules({})


def _bad_identifiers(message: Message) -> Iterator[str]:
    for name in _UUID_FIELDS:
        text = getattr(message, name, None)
        if text is not None and not _CALL_UUID.fullmatch(text):
            yield f"a CallUUID is 32 characters out of 0-9A-V, not {text!r}"
    for name in _CONN_FIELDS:
        if getattr(message, name, None) == 0 and message.message_id not in REPLIES:
            yield "a ConnID is not 0"
    call_id = getattr(message, "call_id", None)
    if call_id is not None and call_id not in _INT32:
        yield f"a CallID is a 32-bit integer, not {call_id}"


def _names_a_dn(message: Message) -> bool:
    return bool(this_dn(message)) and message.message_id not in _WITHOUT_CUSTOMER
