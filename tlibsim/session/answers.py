"""Which event answers a request, and on which call: whose copy carries the ReferenceID.

``tlibproto.messages.ANSWERS`` names the class of the event (WIRE.md 5).  Here is what that table
cannot say: which of several such events it is, and which answers may come later than the request.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto import messages
from tlibproto.messages import ANSWERS, Event, Message, Request
from tlibproto.vocabulary import DROPPED_REFERENCE_ID, ConnId, Dn, MergeType
from tlibsim.session.client import Client
from tlibsim.session.requests import network

MERGE_ANSWERS: Mapping[int | None, type[Event]] = {
    MergeType.ForConference: messages.EventPartyAdded,
}

_CALL_OF: Mapping[type[Request], Callable[[Any], int | None]] = {
    messages.RequestCompleteTransfer: lambda request: request.transfer_conn_id,
    messages.RequestMuteTransfer: lambda request: request.conn_id,
    messages.RequestSingleStepConference: lambda request: request.conn_id,
    messages.RequestSingleStepTransfer: lambda request: request.conn_id,
    messages.RequestReleaseCall: lambda request: request.conn_id,
    messages.RequestReconnectCall: lambda request: request.previous_conn_id,
    messages.RequestAlternateCall: lambda request: request.previous_conn_id,
}
"""The call whose event answers, where a request causes several events of that class."""

ALSO: Mapping[type[Request], type[Event]] = {
    messages.RequestAgentLogout: messages.EventQueueLogout,
    messages.RequestApplyTreatment: messages.EventTreatmentNotApplied,
    messages.RequestDeleteFromConference: messages.EventReleased,
}
"""A second class of event that may answer."""

LATER: frozenset[type[Request]] = frozenset(
    {
        messages.RequestCollectDigits,
        messages.RequestRouteCall,
        messages.RequestSingleStepConference,
    }
)
"""Requests whose answer may come after others have done something."""


class Asked:
    """A request that is being served or waits for its answer."""

    __slots__ = ("client", "done", "reference_id", "request")

    def __init__(self, client: Client, request: Message) -> None:
        self.client = client
        self.request = request
        self.reference_id = request.reference_id
        self.done = self.reference_id == DROPPED_REFERENCE_ID

    @property
    def dn(self) -> str | None:
        return getattr(self.request, "this_dn", None)

    def answered_by(self, event: Event, dn: Dn) -> bool:
        """Whether this event, sent to this DN, is the answer."""
        request = self.request
        if self.done or (self.dn and dn != self.dn):
            return False
        kind = type(event)
        if kind is not _answer_to(request) and kind is not ALSO.get(type(request)):  # type: ignore[arg-type]
            return False
        conn_id = _CALL_OF.get(type(request))  # type: ignore[arg-type]  # events have none
        return conn_id is None or event.conn_id == conn_id(request)

    @property
    def subject(self) -> ConnId:
        """The call that the request named; 0 for none."""
        return getattr(self.request, "conn_id", None) or ConnId(0)

    @property
    def may_wait(self) -> bool:
        return type(self.request) in LATER


NETWORK_ANSWERS = dict.fromkeys(network.REQUESTS, messages.EventNetworkCallStatus)


def _answer_to(request: Message) -> type[Event] | None:
    """The class of the event that answers the request."""
    if isinstance(request, messages.RequestMergeCalls):
        return MERGE_ANSWERS.get(request.merge_type, messages.EventReleased)
    kind = type(request)
    return ANSWERS.get(kind) or NETWORK_ANSWERS.get(kind)  # type: ignore[arg-type]  # events have none
