"""Requests about calls and their parties."""

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.vocabulary import MessageId


@wire_message
class RequestMakeCall(Request):
    """Make a call from a DN."""

    message_id = MessageId.RequestMakeCall

    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None
    make_call_type: fields.MakeCallType = None


@wire_message
class RequestMakePredictiveCall(Request):
    """Make a call from a queue or route point, for whoever will be free."""

    message_id = MessageId.RequestMakePredictiveCall

    user_data: fields.UserData = None
    timeout: fields.Timeout = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestAnswerCall(Request):
    """Answer the call that rings at a DN."""

    message_id = MessageId.RequestAnswerCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestReleaseCall(Request):
    """Take a DN out of a call."""

    message_id = MessageId.RequestReleaseCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestHoldCall(Request):
    """Put a call on hold at a DN."""

    message_id = MessageId.RequestHoldCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestRetrieveCall(Request):
    """Take a held call back."""

    message_id = MessageId.RequestRetrieveCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestInitiateConference(Request):
    """Make a consultation call that is to become a conference."""

    message_id = MessageId.RequestInitiateConference

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestCompleteConference(Request):
    """Join the consultation call and the held call into a conference."""

    message_id = MessageId.RequestCompleteConference

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    conference_conn_id: fields.ConferenceConnID = None


@wire_message
class RequestDeleteFromConference(Request):
    """Take another party out of a conference."""

    message_id = MessageId.RequestDeleteFromConference

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestInitiateTransfer(Request):
    """Make a consultation call that is to become a transfer."""

    message_id = MessageId.RequestInitiateTransfer

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestMuteTransfer(Request):
    """Transfer in two steps with one request."""

    message_id = MessageId.RequestMuteTransfer

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestSingleStepTransfer(Request):
    """Transfer a call without consultation."""

    message_id = MessageId.RequestSingleStepTransfer

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestCompleteTransfer(Request):
    """Connect the held party with the consulted one, and leave."""

    message_id = MessageId.RequestCompleteTransfer

    conn_id: fields.ConnID = None
    transfer_conn_id: fields.TransferConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestMergeCalls(Request):
    """Join two calls, as a transfer or a conference by MergeType."""

    message_id = MessageId.RequestMergeCalls

    conn_id: fields.ConnID = None
    transfer_conn_id: fields.TransferConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    merge_type: fields.MergeType = None


@wire_message
class RequestAlternateCall(Request):
    """Swap the active and the held call."""

    message_id = MessageId.RequestAlternateCall

    previous_conn_id: fields.PreviousConnID = None
    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestReconnectCall(Request):
    """Drop the consultation call and go back to the held one."""

    message_id = MessageId.RequestReconnectCall

    previous_conn_id: fields.PreviousConnID = None
    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestRouteCall(Request):
    """Send a call at a route point to its target."""

    message_id = MessageId.RequestRouteCall

    conn_id: fields.ConnID = None
    route_type: fields.RouteType = None
    dnis: fields.DNIS = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestSendDtmf(Request):
    """Send DTMF digits into a call."""

    message_id = MessageId.RequestSendDtmf

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    dtmf_digits: fields.DtmfDigits = None


@wire_message
class RequestRedirectCall(Request):
    """Send a ringing call to another DN."""

    message_id = MessageId.RequestRedirectCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestListenDisconnect(Request):
    """Take away what a party hears."""

    message_id = MessageId.RequestListenDisconnect

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestListenReconnect(Request):
    """Let a party hear again."""

    message_id = MessageId.RequestListenReconnect

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestClearCall(Request):
    """End a call for all its parties."""

    message_id = MessageId.RequestClearCall

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestSingleStepConference(Request):
    """Add a party to a call without consultation."""

    message_id = MessageId.RequestSingleStepConference

    conn_id: fields.ConnID = None
    user_data: fields.UserData = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
    location: fields.Location = None


@wire_message
class RequestSetMuteOn(Request):
    """Mute a DN in a call."""

    message_id = MessageId.RequestSetMuteOn

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestSetMuteOff(Request):
    """End the mute of a DN in a call."""

    message_id = MessageId.RequestSetMuteOff

    conn_id: fields.ConnID = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
