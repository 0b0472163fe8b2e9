"""The call-monitoring events, which carry a set of attributes of their own."""

from tlibproto.messages import fields
from tlibproto.messages.base import wire_message
from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


@wire_message
class CallMonitoringEvent(Event):
    """What the call-monitoring events carry besides the common set."""

    dbid: fields.DBID = None
    dn: fields.DN = None
    dialed_number: fields.DialedNumber = None
    origin_conn_id: fields.OriginConnID = None
    ref_conn_id: fields.RefConnID = None
    cm_time_stamp: fields.CMTimeStamp = None
    party_type: fields.PartyType = None
    party_state: fields.PartyState = None
    ref_party: fields.RefParty = None
    ctrl_party: fields.CtrlParty = None
    is_link_list: fields.ISLinkList = None


class EventCallCreated(CallMonitoringEvent):
    """Call monitoring: a call exists."""

    message_id = MessageId.EventCallCreated


class EventCallDataChanged(CallMonitoringEvent):
    """Call monitoring: a call's user data changed."""

    message_id = MessageId.EventCallDataChanged


class EventCallDeleted(CallMonitoringEvent):
    """Call monitoring: a call is gone."""

    message_id = MessageId.EventCallDeleted


class EventCallPartyAdded(CallMonitoringEvent):
    """Call monitoring: a party joined."""

    message_id = MessageId.EventCallPartyAdded


class EventCallPartyState(CallMonitoringEvent):
    """Call monitoring: a party's state changed."""

    message_id = MessageId.EventCallPartyState


class EventCallPartyMoved(CallMonitoringEvent):
    """Call monitoring: a party moved from one call to another."""

    message_id = MessageId.EventCallPartyMoved


class EventCallPartyDeleted(CallMonitoringEvent):
    """Call monitoring: a party left."""

    message_id = MessageId.EventCallPartyDeleted
