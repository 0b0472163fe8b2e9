"""Requests about agents and the features of a DN."""

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.vocabulary import MessageId


@wire_message
class RequestAgentLogin(Request):
    """Log an agent in at a DN, optionally in a queue."""

    message_id = MessageId.RequestAgentLogin

    this_queue: fields.ThisQueue = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    agent_id: fields.AgentID = None
    extensions: fields.Extensions = None
    agent_work_mode: fields.AgentWorkMode = None
    password: fields.Password = None


@wire_message
class RequestAgentLogout(Request):
    """Log the agent of a DN out."""

    message_id = MessageId.RequestAgentLogout

    this_queue: fields.ThisQueue = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestAgentReady(Request):
    """Declare the agent of a DN ready for calls."""

    message_id = MessageId.RequestAgentReady

    this_queue: fields.ThisQueue = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    agent_work_mode: fields.AgentWorkMode = None


@wire_message
class RequestAgentNotReady(Request):
    """Declare the agent of a DN not ready for calls."""

    message_id = MessageId.RequestAgentNotReady

    this_queue: fields.ThisQueue = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    agent_work_mode: fields.AgentWorkMode = None


@wire_message
class RequestSetDNDOn(Request):
    """Switch do-not-disturb on for a DN."""

    message_id = MessageId.RequestSetDNDOn

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestSetDNDOff(Request):
    """Switch do-not-disturb off for a DN."""

    message_id = MessageId.RequestSetDNDOff

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestCallForwardSet(Request):
    """Set a forwarding target for a DN."""

    message_id = MessageId.RequestCallForwardSet

    forward_mode: fields.ForwardMode = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestCallForwardCancel(Request):
    """Cancel the forwarding of a DN."""

    message_id = MessageId.RequestCallForwardCancel

    forward_mode: fields.ForwardMode = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestSetMessageWaitingOn(Request):
    """Switch the message-waiting lamp of a DN on."""

    message_id = MessageId.RequestSetMessageWaitingOn

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestSetMessageWaitingOff(Request):
    """Switch the message-waiting lamp of a DN off."""

    message_id = MessageId.RequestSetMessageWaitingOff

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestReserveAgent(Request):
    """Reserve an agent, so that no other router sends a call there."""

    message_id = MessageId.RequestReserveAgent

    priority: fields.Priority = None
    timeout: fields.Timeout = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    agent_id: fields.AgentID = None
    extensions: fields.Extensions = None
    place: fields.Place = None


class RequestAgentSetIdleReason(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestAgentSetIdleReason


@wire_message
class RequestMonitorNextCall(Request):
    """Let a supervisor listen to the next call, or all calls, of an agent."""

    message_id = MessageId.RequestMonitorNextCall

    monitor_next_call_type: fields.MonitorNextCallType = None
    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None


@wire_message
class RequestCancelMonitoring(Request):
    """End the monitoring of an agent."""

    message_id = MessageId.RequestCancelMonitoring

    reasons: fields.Reasons = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None
    other_dn: fields.OtherDN = None
