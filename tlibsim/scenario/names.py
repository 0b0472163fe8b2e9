"""The names of messages and attributes in scenarios: those of the journal, and no others."""

from tlibsim.journal.names import (
    Attribute,
    Kind,
    attribute_names,
    attributes,
    carried,
    event_words,
    find_attribute,
    find_event,
    find_member,
    find_request,
    member_name,
    member_words,
    message_name,
    request_words,
)

__all__ = [
    "Attribute",
    "Kind",
    "attribute_names",
    "attributes",
    "carried",
    "event_words",
    "find_attribute",
    "find_event",
    "find_member",
    "find_request",
    "member_name",
    "member_words",
    "message_name",
    "request_words",
]
