"""Requests about user data, user events and private services."""

from typing import Annotated

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.messages.event import EventAttributes
from tlibproto.vocabulary import AttributeId, MessageId


@wire_message
class RequestAttachUserData(Request):
    """Add pairs to the user data of a call."""

    message_id = MessageId.RequestAttachUserData

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    this_dn: fields.ThisDN = None


@wire_message
class RequestUpdateUserData(Request):
    """Replace or add pairs of the user data of a call."""

    message_id = MessageId.RequestUpdateUserData

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    this_dn: fields.ThisDN = None


@wire_message
class RequestDeleteUserData(Request):
    """Clear the user data of a call."""

    message_id = MessageId.RequestDeleteUserData

    conn_id: fields.ConnID = None
    this_dn: fields.ThisDN = None


@wire_message
class RequestDeletePair(Request):
    """Remove the pairs with one key from the user data of a call."""

    message_id = MessageId.RequestDeletePair

    conn_id: fields.ConnID = None
    data_key: Annotated[str, AttributeId.DataKey]
    this_dn: fields.ThisDN = None


@wire_message
class RequestDistributeUserEvent(EventAttributes, Request):
    """Send a user event to the clients of CommunicationDN; its attributes lie beside it."""

    message_id = MessageId.RequestDistributeUserEvent

    communication_dn: fields.CommunicationDN = None


class RequestSendEvent(EventAttributes, Request):
    """Send an event of the type UserEvent to clients; the event's attributes lie beside it."""

    message_id = MessageId.RequestSendEvent


@wire_message
class RequestSetCallInfo(Request):
    """Change what the server believes about a call."""

    message_id = MessageId.RequestSetCallInfo

    set_operation: fields.SetOperation = None
    conn_id: fields.ConnID = None
    this_dn: fields.ThisDN = None
    new_conn_id: fields.NewConnID = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestPrivateService(Request):
    """Ask for a service that the common set does not name; PrivateMsgID is its number."""

    message_id = MessageId.RequestPrivateService

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    private_msg_id: Annotated[int, AttributeId.PrivateMsgID]
