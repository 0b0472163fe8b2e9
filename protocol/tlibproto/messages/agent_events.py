"""Events about agents and the features of a DN."""

from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


class EventAgentLogin(Event):
    """An agent logged in at ThisDN."""

    message_id = MessageId.EventAgentLogin


class EventAgentLogout(Event):
    """The agent at ThisDN logged out."""

    message_id = MessageId.EventAgentLogout


class EventAgentReady(Event):
    """The agent at ThisDN is ready."""

    message_id = MessageId.EventAgentReady


class EventAgentNotReady(Event):
    """The agent at ThisDN is not ready."""

    message_id = MessageId.EventAgentNotReady


class EventDNDOn(Event):
    """Do-not-disturb was switched on at ThisDN."""

    message_id = MessageId.EventDNDOn


class EventDNDOff(Event):
    """Do-not-disturb was switched off at ThisDN."""

    message_id = MessageId.EventDNDOff


class EventForwardSet(Event):
    """Forwarding was set at ThisDN."""

    message_id = MessageId.EventForwardSet


class EventForwardCancel(Event):
    """Forwarding was cancelled at ThisDN."""

    message_id = MessageId.EventForwardCancel


class EventMessageWaitingOn(Event):
    """The message-waiting lamp at ThisDN is on."""

    message_id = MessageId.EventMessageWaitingOn


class EventMessageWaitingOff(Event):
    """The message-waiting lamp at ThisDN is off."""

    message_id = MessageId.EventMessageWaitingOff


class EventAgentAfterCallWork(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventAgentAfterCallWork


class EventAgentReserved(Event):
    """An agent is reserved."""

    message_id = MessageId.EventAgentReserved


class EventAgentIdleReasonSet(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventAgentIdleReasonSet


class EventMonitoringNextCall(Event):
    """A supervisor will listen to the next call."""

    message_id = MessageId.EventMonitoringNextCall


class EventMonitoringCancelled(Event):
    """The monitoring of an agent has ended."""

    message_id = MessageId.EventMonitoringCancelled


class EventQueueLogout(Event):
    """An agent left a queue."""

    message_id = MessageId.EventQueueLogout
