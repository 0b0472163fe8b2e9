"""Requests about the session itself: registrations, queries, monitoring."""

from typing import Annotated

from tlibproto.messages import fields
from tlibproto.messages.base import Request, wire_message
from tlibproto.vocabulary import AttributeId, MessageId


@wire_message
class RequestRegisterClient(Request):
    """Open the session: the first message of every connection, without a ReferenceID."""

    message_id = MessageId.RequestRegisterClient

    protocol_version: fields.ProtocolVersion = None
    session_id: fields.SessionID = None
    application_name: fields.ApplicationName = None
    application_password: fields.ApplicationPassword = None


@wire_message
class RequestQueryServer(Request):
    """Ask what the server is and can do."""

    message_id = MessageId.RequestQueryServer

    extensions: fields.Extensions = None


@wire_message
class RequestQueryAddress(Request):
    """Ask for one kind of information about a DN, a queue or an agent's place."""

    message_id = MessageId.RequestQueryAddress

    address_info_type: fields.AddressInfoType = None
    this_queue: fields.ThisQueue = None
    input_mask: fields.InputMask = None
    this_dn: fields.ThisDN = None
    address_type: fields.AddressType = None
    extensions: fields.Extensions = None
    protocol_version: fields.ProtocolVersion = None


@wire_message
class RequestRegisterAddress(Request):
    """Ask for the events of a DN, and for the right to act on it."""

    message_id = MessageId.RequestRegisterAddress

    register_mode: fields.RegisterMode = None
    control_mode: fields.ControlMode = None
    this_dn: fields.ThisDN = None
    address_type: fields.AddressType = None
    extensions: fields.Extensions = None


@wire_message
class RequestUnregisterAddress(Request):
    """Give a registration back."""

    message_id = MessageId.RequestUnregisterAddress

    control_mode: fields.ControlMode = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


class RequestRegisterAll(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestRegisterAll


class RequestUnregisterAll(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestUnregisterAll


@wire_message
class RequestSetInputMask(Request):
    """Say which message types this client wants to be sent."""

    message_id = MessageId.RequestSetInputMask

    input_mask: Annotated[bytes, AttributeId.InputMask]


@wire_message
class RequestQueryCall(Request):
    """Ask for the parties or the state of a call."""

    message_id = MessageId.RequestQueryCall

    call_info_type: fields.CallInfoType = None
    conn_id: fields.ConnID = None
    this_dn: fields.ThisDN = None
    extensions: fields.Extensions = None


@wire_message
class RequestQuerySwitch(Request):
    """Ask for information about the switch."""

    message_id = MessageId.RequestQuerySwitch

    switch_info_type: fields.SwitchInfoType = None
    extensions: fields.Extensions = None


class RequestLostBackupConnection(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestLostBackupConnection


class RequestSetDNInfo(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestSetDNInfo


@wire_message
class RequestQueryLocation(Request):
    """Ask for information about other locations."""

    message_id = MessageId.RequestQueryLocation

    location_info_type: fields.LocationInfoType = None
    extensions: fields.Extensions = None
    location: fields.Location = None


@wire_message
class RequestStartCallMonitoring(Request):
    """Ask for the call-monitoring events; RegisterMode is a bit mask."""

    message_id = MessageId.RequestStartCallMonitoring

    register_mode: fields.RegModeMask = None
    extensions: fields.Extensions = None


@wire_message
class RequestStopCallMonitoring(Request):
    """End call monitoring."""

    message_id = MessageId.RequestStopCallMonitoring

    extensions: fields.Extensions = None


class RequestSendReturnReceipt(Request):
    """Listed in the public enumeration only; the observed client never sends it."""

    message_id = MessageId.RequestSendReturnReceipt
