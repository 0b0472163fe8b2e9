"""Events about other locations and the network."""

from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


class EventRemoteConnectionSuccess(Event):
    """A call arrived at the remote location it was sent to."""

    message_id = MessageId.EventRemoteConnectionSuccess


class EventRemoteConnectionFailed(Event):
    """A call did not arrive at the remote location it was sent to."""

    message_id = MessageId.EventRemoteConnectionFailed


class EventAnswerAccessNumber(Event):
    """The access number that was asked for."""

    message_id = MessageId.EventAnswerAccessNumber


class EventReqGetAccessNumberCanceled(Event):
    """The wait for an access number was given up."""

    message_id = MessageId.EventReqGetAccessNumberCanceled


class EventNetworkCallStatus(Event):
    """The state of a call in the network changed."""

    message_id = MessageId.EventNetworkCallStatus


class EventNetworkPrivateInfo(Event):
    """The answer to, or a report about, a private service of the network."""

    message_id = MessageId.EventNetworkPrivateInfo


class EventTransactionStatus(Event):
    """The state of a subscribed transaction."""

    message_id = MessageId.EventTransactionStatus
