"""Requests about other locations and the network."""

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.vocabulary import MessageId


@wire_message
class RequestGetAccessNumber(Request):
    """Ask for a number by which a call can reach another location."""

    message_id = MessageId.RequestGetAccessNumber

    conn_id: fields.ConnID = None
    x_route_type: fields.XRouteType = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestCancelReqGetAccessNumber(Request):
    """Give up waiting for an access number."""

    message_id = MessageId.RequestCancelReqGetAccessNumber

    x_reference_id: fields.XReferenceID = None


@wire_message
class RequestReserveAgentAndGetAccessNumber(Request):
    """Reserve an agent at another location, and ask for the number to get there."""

    message_id = MessageId.RequestReserveAgentAndGetAccessNumber

    conn_id: fields.ConnID = None
    x_route_type: fields.XRouteType = None
    user_data: fields.UserData = None
    priority: fields.Priority = None
    timeout: fields.Timeout = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    agent_id: fields.AgentID = None
    other_dn: fields.OtherDN = None
    place: fields.Place = None
    location: fields.Location = None


@wire_message
class RequestNetworkConsult(Request):
    """Make a consultation call in the network."""

    message_id = MessageId.RequestNetworkConsult

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestNetworkAlternate(Request):
    """Swap the two parties of a network consultation."""

    message_id = MessageId.RequestNetworkAlternate

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestNetworkTransfer(Request):
    """Complete a transfer in the network."""

    message_id = MessageId.RequestNetworkTransfer

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestNetworkMerge(Request):
    """Join the parties of a network consultation."""

    message_id = MessageId.RequestNetworkMerge

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestNetworkReconnect(Request):
    """Drop the network consultation and go back."""

    message_id = MessageId.RequestNetworkReconnect

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestNetworkSingleStepTransfer(Request):
    """Transfer in the network without consultation."""

    message_id = MessageId.RequestNetworkSingleStepTransfer

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestNetworkPrivateService(Request):
    """Ask the network for a service that the common set does not name."""

    message_id = MessageId.RequestNetworkPrivateService

    conn_id: fields.ConnID = None
    home_location: fields.HomeLocation = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    private_msg_id: fields.PrivateMsgID = None


@wire_message
class RequestTransactionMonitoring(Request):
    """Start, change or stop a subscription to transactions between locations."""

    message_id = MessageId.RequestTransactionMonitoring

    subscription_id: fields.SubscriptionID = None
    subscription_operation: fields.SubscriptionOperation = None
    extensions: fields.Extensions = None
