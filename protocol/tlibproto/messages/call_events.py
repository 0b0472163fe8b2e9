"""Events about calls and their parties."""

from tlibproto.messages import fields
from tlibproto.messages.base import wire_message
from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


class EventQueued(Event):
    """A call entered a queue."""

    message_id = MessageId.EventQueued


class EventDiverted(Event):
    """A call left a queue or a route point for its target."""

    message_id = MessageId.EventDiverted


class EventAbandoned(Event):
    """The caller gave up in a queue, at a route point or while it rang."""

    message_id = MessageId.EventAbandoned


class EventRinging(Event):
    """A call rings at ThisDN."""

    message_id = MessageId.EventRinging


class EventDialing(Event):
    """A call is being made from ThisDN."""

    message_id = MessageId.EventDialing


class EventNetworkReached(Event):
    """A call went out to the network, where its progress cannot be seen."""

    message_id = MessageId.EventNetworkReached


class EventDestinationBusy(Event):
    """The called party is busy."""

    message_id = MessageId.EventDestinationBusy


class EventEstablished(Event):
    """The parties are connected."""

    message_id = MessageId.EventEstablished


class EventReleased(Event):
    """ThisDN is out of the call."""

    message_id = MessageId.EventReleased


class EventHeld(Event):
    """ThisDN put the call on hold."""

    message_id = MessageId.EventHeld


class EventRetrieved(Event):
    """ThisDN took the call back from hold."""

    message_id = MessageId.EventRetrieved


class EventPartyChanged(Event):
    """Another party took the place of the one ThisDN talked to."""

    message_id = MessageId.EventPartyChanged


class EventPartyAdded(Event):
    """A party joined the conference."""

    message_id = MessageId.EventPartyAdded


class EventPartyDeleted(Event):
    """A party left the conference."""

    message_id = MessageId.EventPartyDeleted


class EventRouteRequest(Event):
    """A call at a route point asks where to go."""

    message_id = MessageId.EventRouteRequest


class EventRouteUsed(Event):
    """A call at a route point was sent on its way."""

    message_id = MessageId.EventRouteUsed


class EventAttachedDataChanged(Event):
    """The user data of a call changed; UserData is the whole list afterwards."""

    message_id = MessageId.EventAttachedDataChanged


class EventOffHook(Event):
    """The phone at ThisDN went off hook."""

    message_id = MessageId.EventOffHook


class EventOnHook(Event):
    """The phone at ThisDN went on hook."""

    message_id = MessageId.EventOnHook


@wire_message
class EventUserEvent(Event):
    """An event that a client sent to other clients."""

    message_id = MessageId.EventUserEvent

    x_route_type: fields.XRouteType = None


@wire_message
class EventDtmfSent(Event):
    """DTMF digits were sent into a call."""

    message_id = MessageId.EventDtmfSent

    dtmf_digits: fields.DtmfDigits = None


class EventListenDisconnected(Event):
    """A party no longer hears the others."""

    message_id = MessageId.EventListenDisconnected


class EventListenReconnected(Event):
    """A party hears the others again."""

    message_id = MessageId.EventListenReconnected


@wire_message
class EventCallInfoChanged(Event):
    """What the server believes about a call was changed."""

    message_id = MessageId.EventCallInfoChanged

    set_operation: fields.SetOperation = None


class EventMuteOn(Event):
    """ThisDN is muted in the call."""

    message_id = MessageId.EventMuteOn


class EventMuteOff(Event):
    """ThisDN is no longer muted in the call."""

    message_id = MessageId.EventMuteOff


class EventBridged(Event):
    """A bridged line of ThisDN took part in the call."""

    message_id = MessageId.EventBridged
