"""How each attribute looks on the wire, and how a payload falls apart into attributes.

    u8 count | u32 message type | count times: u32 id | u8 type code | value        (WIRE.md 2)

Nothing here looks into a value; ``kvlist`` does that for lists, ``codec`` for the rest.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from struct import Struct
from types import MappingProxyType
from typing import NamedTuple

from tlibproto.errors import MalformedAttribute, MalformedFrame, ProtocolError
from tlibproto.vocabulary import AttributeId

INT, LONG, TEXT, LONG_TEXT, DATA, LONG_DATA = b"ilsSbB"
"""The type codes; no other exists (NOTES 7)."""

HEAD = Struct(">BI")
"""Attribute count and message type."""

ATTRIBUTE = Struct(">IB")
"""Attribute id and type code."""

U16, U32 = Struct(">H"), Struct(">I")
S32, S64, U64 = Struct(">i"), Struct(">q"), Struct(">Q")

MAX_ATTRIBUTES = 255
LONGEST_TEXT = 65535
"""A longer text has the code ``S``."""

LONGEST_DATA = 65533
"""Longer data have the code ``B``: the length of ``b`` counts its own two bytes (NOTES 9)."""


class Kind(Enum):
    """What the value of an attribute is, which decides its type code."""

    INT = "i"
    INT64 = "l"
    CONNID = "l as 16 digits"
    TEXT = "s or S"
    LIST = "b or B, a key-value list"
    MASK = "b, an event mask"
    BINARY = "b or B"


HINTS = MappingProxyType(
    {
        Kind.INT: ": give an integer",
        Kind.INT64: ": give an integer",
        Kind.CONNID: ': give an integer of 64 bits, int("...", 16) of its 16 hex digits',
        Kind.TEXT: ": give text",
        Kind.LIST: ": give a KVList of pairs, KVList.of(key=value) or KVList(mapping.items())",
    }
)
"""What a program gives for a value of each kind, for those who gave something else."""

CODE_OF = MappingProxyType(
    {
        Kind.INT: INT,
        Kind.INT64: LONG,
        Kind.CONNID: LONG,
        Kind.TEXT: TEXT,
        Kind.LIST: DATA,
        Kind.MASK: DATA,
        Kind.BINARY: DATA,
    }
)
"""The type code that a value of each kind has unless it is long."""


ATTRIBUTES: Mapping[int, Kind] = MappingProxyType(
    {
        AttributeId.ProtocolVersion: Kind.TEXT,
        AttributeId.ErrorMessage: Kind.TEXT,
        AttributeId.ReferenceID: Kind.INT,
        AttributeId.CallID: Kind.INT,
        AttributeId.NetworkCallID: Kind.INT64,
        AttributeId.NetworkNodeID: Kind.INT,
        AttributeId.TransferredNetworkCallID: Kind.INT,
        AttributeId.TransferredNetworkNodeID: Kind.INT,
        AttributeId.ConnID: Kind.CONNID,
        AttributeId.PreviousConnID: Kind.CONNID,
        AttributeId.TransferConnID: Kind.CONNID,
        AttributeId.ConferenceConnID: Kind.CONNID,
        AttributeId.CallState: Kind.INT,
        AttributeId.AgentID: Kind.TEXT,
        AttributeId.AgentWorkMode: Kind.INT,
        AttributeId.Reasons: Kind.LIST,
        AttributeId.DNIS: Kind.TEXT,
        AttributeId.ANI: Kind.TEXT,
        AttributeId.ThisDN: Kind.TEXT,
        AttributeId.ThisQueue: Kind.TEXT,
        AttributeId.ThisTrunk: Kind.INT,
        AttributeId.ThisDNRole: Kind.INT,
        AttributeId.OtherDN: Kind.TEXT,
        AttributeId.OtherQueue: Kind.TEXT,
        AttributeId.OtherTrunk: Kind.INT,
        AttributeId.OtherDNRole: Kind.INT,
        AttributeId.ThirdPartyDN: Kind.TEXT,
        AttributeId.ThirdPartyQueue: Kind.TEXT,
        AttributeId.ThirdPartyTrunk: Kind.INT,
        AttributeId.ThirdPartyDNRole: Kind.INT,
        AttributeId.MusicPath: Kind.TEXT,
        AttributeId.VoiceFileName: Kind.TEXT,
        AttributeId.FileHandle: Kind.INT,
        AttributeId.UserID: Kind.TEXT,
        AttributeId.Password: Kind.TEXT,
        AttributeId.VoiceSegment: Kind.TEXT,
        AttributeId.VoiceIFlag: Kind.INT,
        AttributeId.VoiceCFlag: Kind.INT,
        AttributeId.NumberOfDigits: Kind.INT,
        AttributeId.TerminateDigits: Kind.TEXT,
        AttributeId.Timeout: Kind.INT,
        AttributeId.CollectedDigits: Kind.TEXT,
        AttributeId.LastCollectedDigit: Kind.INT,
        AttributeId.InputMask: Kind.MASK,
        AttributeId.ErrorCode: Kind.INT,
        AttributeId.AddressType: Kind.INT,
        AttributeId.RegisterMode: Kind.INT,
        AttributeId.ControlMode: Kind.INT,
        AttributeId.UserData: Kind.LIST,
        AttributeId.DataKey: Kind.TEXT,
        AttributeId.Extensions: Kind.LIST,
        AttributeId.CallType: Kind.INT,
        AttributeId.AddressInfoType: Kind.INT,
        AttributeId.AddressInfoStatus: Kind.INT,
        AttributeId.UserEvent: Kind.INT,
        AttributeId.CommunicationDN: Kind.TEXT,
        AttributeId.RouteType: Kind.INT,
        AttributeId.ServerVersion: Kind.TEXT,
        AttributeId.ServerRole: Kind.INT,
        AttributeId.Capabilities: Kind.MASK,
        AttributeId.ApplicationName: Kind.TEXT,
        AttributeId.ApplicationPassword: Kind.TEXT,
        AttributeId.MergeType: Kind.INT,
        AttributeId.ForwardMode: Kind.INT,
        AttributeId.DtmfDigits: Kind.TEXT,
        AttributeId.Location: Kind.TEXT,
        AttributeId.RemoteDN: Kind.TEXT,
        AttributeId.MakeCallType: Kind.INT,
        AttributeId.CallInfoType: Kind.INT,
        AttributeId.HomeLocation: Kind.TEXT,
        AttributeId.CustomerID: Kind.TEXT,
        AttributeId.FirstTransferHomeLocation: Kind.TEXT,
        AttributeId.FirstTransferOrigDN: Kind.TEXT,
        AttributeId.LastTransferHomeLocation: Kind.TEXT,
        AttributeId.LastTransferOrigDN: Kind.TEXT,
        AttributeId.SetOperation: Kind.INT,
        AttributeId.NewConnID: Kind.CONNID,
        AttributeId.TreatmentType: Kind.INT,
        AttributeId.TreatmentParameters: Kind.LIST,
        AttributeId.TimeinSecs: Kind.INT,
        AttributeId.TimeinuSecs: Kind.INT,
        AttributeId.SwitchInfoType: Kind.INT,
        AttributeId.XRouteType: Kind.INT,
        AttributeId.AccessNumber: Kind.TEXT,
        AttributeId.XReferenceID: Kind.INT,
        AttributeId.Place: Kind.TEXT,
        AttributeId.Priority: Kind.INT,
        AttributeId.RegistrationCode: Kind.INT,
        AttributeId.MediaType: Kind.INT,
        AttributeId.LocationInfoType: Kind.INT,
        AttributeId.MonitorNextCallType: Kind.INT,
        AttributeId.ClientID: Kind.INT,
        AttributeId.PrivateMsgID: Kind.INT,
        AttributeId.FirstTransferConnID: Kind.CONNID,
        AttributeId.LastTransferConnID: Kind.CONNID,
        AttributeId.SessionID: Kind.INT,
        AttributeId.DBID: Kind.INT,
        AttributeId.Cause: Kind.INT,
        AttributeId.DN: Kind.TEXT,
        AttributeId.DialedNumber: Kind.TEXT,
        AttributeId.OriginConnID: Kind.CONNID,
        AttributeId.RefConnID: Kind.CONNID,
        AttributeId.Reliability: Kind.INT,
        AttributeId.CMTimeStamp: Kind.INT64,
        AttributeId.PartyType: Kind.INT,
        AttributeId.PartyState: Kind.INT,
        AttributeId.RefParty: Kind.TEXT,
        AttributeId.CtrlParty: Kind.TEXT,
        AttributeId.ServerXCapabilities: Kind.TEXT,
        AttributeId.NetworkCallState: Kind.INT,
        AttributeId.NetworkDestState: Kind.INT,
        AttributeId.NetworkPartyRole: Kind.INT,
        AttributeId.NetworkOrigDN: Kind.TEXT,
        AttributeId.NetworkDestDN: Kind.TEXT,
        AttributeId.CallUuid: Kind.TEXT,
        AttributeId.NewCallUuid: Kind.TEXT,
        AttributeId.OriginalCallUuid: Kind.TEXT,
        AttributeId.RefCallUuid: Kind.TEXT,
        AttributeId.PartyUuid: Kind.TEXT,
        AttributeId.ISLinkList: Kind.BINARY,
        AttributeId.ServerStartTime: Kind.INT64,
        AttributeId.EventSequenceNumber: Kind.INT64,
        AttributeId.SubscriptionOperation: Kind.INT,
        AttributeId.SubscriptionID: Kind.TEXT,
        AttributeId.LocalCallType: Kind.INT,
        AttributeId.PropagatedCallType: Kind.INT,
    }
)
"""The kind of each attribute; those of which only the name is known are not here."""


class Span(NamedTuple):
    """Where an attribute stands in its payload: its id at ``at``, its value from ``start``."""

    attribute: int
    code: int
    at: int
    start: int
    end: int


class Payload(NamedTuple):
    """A payload taken apart; surplus bytes begin at ``end``."""

    message_id: int
    spans: list[Span]
    end: int


def attribute_name(attribute: int) -> str:
    """Return the name of an attribute, for eyes and paths; a number that has none says so."""
    try:
        return AttributeId(attribute).name
    except ValueError:
        return f"attribute {attribute}"


def excerpt(data: bytes, offset: int) -> str:
    """Return the hex of the bytes around an offset."""
    return data[max(0, offset - 6) : offset + 10].hex(" ")


def broken(
    data: bytes, offset: int, path: str, message: str, *, fatal: bool = False
) -> MalformedAttribute:
    """Make the error for something in an attribute that cannot be read."""
    return MalformedAttribute(
        message, offset=offset, path=path, fatal=fatal, excerpt=excerpt(data, offset)
    )


def split(payload: bytes) -> Payload:
    """Take a payload apart, without looking into its values.

    Raises MalformedFrame (not fatal) for a payload without a head, and the fatal errors of
    WIRE.md 7: a type code that does not exist, and whatever runs over the end.
    """
    count, message_id = read_head(payload)
    try:
        spans = list(spans_of(payload, count))
    except ProtocolError as error:
        error.message_id = message_id
        raise
    return Payload(message_id, spans, spans[-1].end if spans else HEAD.size)


def read_head(payload: bytes) -> tuple[int, int]:
    """Return the attribute count and the message type of a payload; errors as in ``split``."""
    if len(payload) < HEAD.size:
        raise MalformedFrame(
            f"a payload of {len(payload)} bytes has no message type",
            offset=0,
            fatal=False,
            excerpt=payload.hex(" "),
        )
    count, message_id = HEAD.unpack_from(payload)
    return count, message_id


def spans_of(payload: bytes, count: int) -> Iterator[Span]:
    """Yield the attributes of a payload one after the other; errors as in ``split``."""
    at = HEAD.size
    for index in range(count):
        span = _span(payload, at, index, count)
        yield span
        at = span.end


def _span(payload: bytes, at: int, index: int, count: int) -> Span:
    """Find out where the attribute that begins at a place ends."""
    start = at + ATTRIBUTE.size
    if start > len(payload):
        raise MalformedFrame(
            f"attribute {index + 1} of {count} is not there",
            offset=at,
            path=f"attributes[{index}]",
            fatal=True,
            excerpt=excerpt(payload, at),
        )
    attribute, code = ATTRIBUTE.unpack_from(payload, at)
    name = attribute_name(attribute)
    if code not in _LENGTHS:
        raise broken(
            payload, at + 4, name, f"the type code {code:02x} does not exist", fatal=True
        )
    width, own = _LENGTHS[code]
    if code in (INT, LONG):
        end = start + width
    else:
        if start + width > len(payload):
            raise broken(payload, start, name, "the length is cut off", fatal=True)
        length = int.from_bytes(payload[start : start + width], "big") - own
        if length < 0:
            raise broken(payload, start, name, "the length does not count itself", fatal=True)
        start += width
        end = start + length
    if end > len(payload):
        surplus = end - len(payload)
        raise broken(
            payload, at + 5, name, f"the value runs {surplus} bytes over the end", fatal=True
        )
    return Span(attribute, code, at, start, end)


_LENGTHS = MappingProxyType(
    {
        INT: (4, 0),
        LONG: (8, 0),
        TEXT: (2, 0),
        LONG_TEXT: (4, 0),
        DATA: (2, 2),
        LONG_DATA: (4, 0),
    }
)
"""The width of the number, or of the length and how much of itself it counts."""


def pack(attribute: int, code: int, value: bytes) -> bytes:
    """Return an attribute with this type code around the bytes of its value.

    Raises ValueError if the value does not fit the code.
    """
    head = ATTRIBUTE.pack(attribute, code)
    width, own = _LENGTHS[code]
    if code in (INT, LONG):
        if len(value) != width:
            raise ValueError(f"{width} bytes are needed, not {len(value)}")
        return head + value
    length = len(value) + own
    if length >> 8 * width:
        raise ValueError(f"{len(value)} bytes are too long for the type code {chr(code)}")
    return head + length.to_bytes(width, "big") + value


def fitting_code(kind: Kind, length: int) -> int:
    """Return the type code that a value of some kind and length has."""
    if kind is Kind.TEXT:
        return TEXT if length <= LONGEST_TEXT else LONG_TEXT
    code = CODE_OF[kind]
    return LONG_DATA if code == DATA and length > LONGEST_DATA else code
