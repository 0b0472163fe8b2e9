"""Which event answers a request, and on which call: whose copy carries the ReferenceID.

``tlibproto.messages.ANSWERS`` names the class of the event (WIRE.md 5).  Here is what that table
cannot say: which of several such events it is, and which answers may come later than the request.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tlibproto import messages
from tlibproto.messages import ANSWERS, Event, Message, Request
from tlibproto.vocabulary import DROPPED_REFERENCE_ID, Dn, MergeType
from tlibsim.session.client import Client

MERGE_ANSWERS: Mapping[int | None, type[Event]] = {
    MergeType.ForConference: messages.EventPartyAdded,
}

_CALL_OF: Mapping[type[Request], Callable[[Any], int | None]] = {
    messages.RequestCompleteTransfer: lambda request: request.transfer_conn_id,
    messages.RequestMuteTransfer: lambda request: request.conn_id,
    messages.RequestSingleStepTransfer: lambda request: request.conn_id,
    messages.RequestReleaseCall: lambda request: request.conn_id,
    messages.RequestReconnectCall: lambda request: request.previous_conn_id,
    messages.RequestAlternateCall: lambda request: request.previous_conn_id,
}
"""The call whose event answers, where a request causes several events of that class."""

ALSO: Mapping[type[Request], type[Event]] = {
    messages.RequestApplyTreatment: messages.EventTreatmentNotApplied,
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

    __slots__ = ("answer", "client", "conn_id", "dn", "done", "reference_id", "request")

    def __init__(self, client: Client, request: Message) -> None:
        kind = type(request)
        self.client = client
        self.request = request
        self.reference_id = request.reference_id
        self.answer = ANSWERS.get(kind)  # type: ignore[arg-type]  # events have none
        if kind is messages.RequestMergeCalls:
            merge_type = request.merge_type  # type: ignore[attr-defined]
            self.answer = MERGE_ANSWERS.get(merge_type, messages.EventReleased)
        conn_id = _CALL_OF.get(kind)  # type: ignore[arg-type]
        self.conn_id = None if conn_id is None else conn_id(request)
        self.dn: str | None = getattr(request, "this_dn", None)
        self.done = self.reference_id == DROPPED_REFERENCE_ID

    def answered_by(self, event: Event, dn: Dn) -> bool:
        """Whether this event, sent to this DN, is the answer."""
        kind = type(event)
        if self.done or dn != self.dn:
            return False
        if kind is not self.answer and kind is not ALSO.get(type(self.request)):  # type: ignore[arg-type]
            return False
        return self.conn_id is None or event.conn_id == self.conn_id

    def on_call(self, conn_id: int) -> bool:
        """Whether the request named that call."""
        return getattr(self.request, "conn_id", None) == conn_id

    @property
    def may_wait(self) -> bool:
        return type(self.request) in LATER
