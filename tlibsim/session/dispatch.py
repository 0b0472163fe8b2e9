"""REQUESTS: which function serves which request.  What is not listed gets EventError 51.

The capabilities that the server announces are made from this table, so they cannot lie.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto import messages
from tlibproto.messages import ANSWERS, Request
from tlibproto.vocabulary import MessageId, mask_of
from tlibsim.session.asker import Asker, Outcome
from tlibsim.session.projection import PROJECTIONS
from tlibsim.session.requests import (
    calls,
    events,
    opening,
    private,
    query,
    registration,
    userdata,
)

RequestFunction = Callable[[Any, Asker], Outcome]

REQUESTS: Mapping[type[Request], RequestFunction] = {
    messages.RequestRegisterClient: opening.register_client,
    messages.RequestQueryServer: opening.query_server,
    messages.RequestSetInputMask: opening.set_input_mask,
    messages.RequestRegisterAddress: registration.register_address,
    messages.RequestUnregisterAddress: registration.unregister_address,
    messages.RequestQueryAddress: query.query_address,
    messages.RequestQueryCall: query.query_call,
    messages.RequestQuerySwitch: query.query_switch,
    messages.RequestQueryLocation: query.query_location,
    messages.RequestMakeCall: calls.make_call,
    messages.RequestAnswerCall: calls.answer_call,
    messages.RequestReleaseCall: calls.release_call,
    messages.RequestHoldCall: calls.hold_call,
    messages.RequestRetrieveCall: calls.retrieve_call,
    messages.RequestSendDtmf: calls.send_dtmf,
    messages.RequestAttachUserData: userdata.attach,
    messages.RequestUpdateUserData: userdata.update,
    messages.RequestDeletePair: userdata.delete_pair,
    messages.RequestDeleteUserData: userdata.delete_all,
    messages.RequestSendEvent: events.send_event,
    messages.RequestDistributeUserEvent: events.distribute_user_event,
    messages.RequestPrivateService: private.serve,
}

BEFORE_OPENING = messages.RequestRegisterClient
"""The only request that a connection may make before it is open."""

_ALWAYS_SENT = frozenset(
    {MessageId.EventError, MessageId.EventLinkConnected, MessageId.EventUserEvent}
)


def served() -> frozenset[int]:
    """Numbers of all messages that this server takes or sends."""
    numbers = {int(request.message_id) for request in REQUESTS}
    numbers.update(
        int(ANSWERS[request].message_id) for request in REQUESTS if request in ANSWERS
    )
    numbers.update(int(row.event.message_id) for row in PROJECTIONS.values())
    return frozenset(numbers | _ALWAYS_SENT)


def capabilities() -> bytes:
    """The Capabilities mask (WIRE.md 2.4)."""
    return mask_of(served())
