"""Events about the session: answers to queries, the state of link, server and DNs."""

from tlibproto.messages import fields
from tlibproto.messages.base import wire_message
from tlibproto.messages.event import Event
from tlibproto.vocabulary import MessageId


class EventServerConnected(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventServerConnected


class EventServerDisconnected(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventServerDisconnected


@wire_message
class EventError(Event):
    """A request was refused; ErrorCode and ErrorMessage say why."""

    message_id = MessageId.EventError

    conference_conn_id: fields.ConferenceConnID = None
    password: fields.Password = None
    register_mode: fields.RegisterMode = None
    control_mode: fields.ControlMode = None
    dtmf_digits: fields.DtmfDigits = None


@wire_message
class EventRegistered(Event):
    """A DN is registered for this client."""

    message_id = MessageId.EventRegistered

    control_mode: fields.ControlMode = None


class EventUnregistered(Event):
    """A registration has ended."""

    message_id = MessageId.EventUnregistered


class EventRegisteredAll(Event):
    """All DNs are registered for this client."""

    message_id = MessageId.EventRegisteredAll


class EventUnregisteredAll(Event):
    """All registrations have ended."""

    message_id = MessageId.EventUnregisteredAll


class EventAddressInfo(Event):
    """The answer to a query about an address."""

    message_id = MessageId.EventAddressInfo


class EventServerInfo(Event):
    """The answer to a query about the server."""

    message_id = MessageId.EventServerInfo


class EventLinkDisconnected(Event):
    """The link between server and switch is down."""

    message_id = MessageId.EventLinkDisconnected


class EventLinkConnected(Event):
    """The link between server and switch is up; as first message it opens the session."""

    message_id = MessageId.EventLinkConnected


class EventResourceAllocated(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventResourceAllocated


class EventResourceFreed(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventResourceFreed


class EventPartyInfo(Event):
    """The answer to a query about a call."""

    message_id = MessageId.EventPartyInfo


class EventHardwareError(Event):
    """The hardware behind ThisDN failed."""

    message_id = MessageId.EventHardwareError


class EventSwitchInfo(Event):
    """The answer to a query about the switch."""

    message_id = MessageId.EventSwitchInfo


class EventRestoreConnection(Event):
    """With ServerRole 1: this server is a backup now."""

    message_id = MessageId.EventRestoreConnection


class EventPrimaryChanged(Event):
    """This server is the primary now."""

    message_id = MessageId.EventPrimaryChanged


class EventLocationInfo(Event):
    """The answer to a query about locations."""

    message_id = MessageId.EventLocationInfo


class EventACK(Event):
    """A request without an event of its own succeeded."""

    message_id = MessageId.EventACK


class EventDNOutOfService(Event):
    """ThisDN is out of service."""

    message_id = MessageId.EventDNOutOfService


class EventDNBackInService(Event):
    """ThisDN is back in service."""

    message_id = MessageId.EventDNBackInService


class EventPrivateInfo(Event):
    """The answer to, or a report about, a private service."""

    message_id = MessageId.EventPrivateInfo


class EventReserved_1(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_1


class EventReserved_2(Event):  # noqa: N801
    """Reserved by the protocol; the observed client has a class for it."""

    message_id = MessageId.EventReserved_2


class EventReserved_3(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_3


class EventReserved_4(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_4


class EventReserved_5(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_5


class EventReserved_6(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_6


class EventReserved_7(Event):  # noqa: N801
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReserved_7


class EventReturnReceipt(Event):
    """Listed in the public enumeration only; unknown to the observed client."""

    message_id = MessageId.EventReturnReceipt


class EventResourceInfo(Event):
    """Information about a resource of the server."""

    message_id = MessageId.EventResourceInfo
