"""Which EventError a refusal becomes (BEHAVIOUR.md 6, 2.4; RECORDING.md 3.3, 5).

Codes can be changed per reason by ``errors:`` in the configuration, texts per code by
``error-texts:``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from tlibproto.vocabulary import TErrorCode
from tlibsim.config import Settings
from tlibsim.switch.refusals import Reason

E = TErrorCode

CODES: Mapping[Reason, int] = MappingProxyType(
    {
        Reason.NO_LICENSE: E.TERR_NOMORE_LICENSE,
        Reason.NOT_REGISTERED: E.TERR_NOT_REGISTERED,
        Reason.SEIZED: E.TERR_RESOURCE_SEIZED,
        Reason.SAME_STATE: E.TERR_IN_SAME_STATE,
        Reason.UNSUPPORTED: E.TERR_UNSUP_OPER,
        Reason.INTERNAL: E.TERR_INTERNAL,
        Reason.INVALID_ATTRIBUTE: E.TERR_INVALID_ATTR,
        Reason.NO_SWITCH: E.TERR_NO_SWITCH,
        Reason.PROTOCOL_VERSION: E.TERR_PROTO_VERS,
        Reason.INVALID_CONN_ID: E.TERR_INV_CONNID,
        Reason.OUT_OF_SERVICE: E.TERR_OUT_OF_SERVICE,
        Reason.NOT_CONFIGURED: E.TERR_NOT_CONFIGURED,
        Reason.INVALID_CALLING_DN: E.TERR_INV_CALL_DN,
        Reason.INVALID_CALLED_DN: E.TERR_INV_CALD_DN,
        Reason.ORIGINATION_BUSY: E.TERR_ORIG_DN_BUSY,
        Reason.OUT_OF_SEQUENCE: E.TERR_MSG_OUT_OF_SEQ,
        Reason.REQUEST_IN_PROGRESS: E.TERR_REQ_IN_PROGRESS,
        Reason.SERVICE_UNAVAILABLE: E.TERR_SERV_UNAVAIL,
        Reason.BAD_PASSWORD: E.TERR_BAD_PASSWD,
        Reason.BAD_DN_TYPE: E.TERR_BAD_DN_TYPE,
        Reason.RESOURCE_UNAVAILABLE: E.TERR_RES_UNAVAIL,
        Reason.INVALID_DTMF: E.TERR_INV_DTMF_STRING,
        Reason.WRONG_CALL_STATE: E.TERR_INV_CALL_STATE,
        Reason.WRONG_OBJECT: 1141,
        Reason.INCORRECT_STATE: 1161,
        Reason.NOT_ON_CALL: 1162,
        Reason.NO_CALL_TO_ANSWER: 1167,
        Reason.RECORDING_BUSY: E.TERR_RESOURCE_SEIZED,
        Reason.NO_RECORDING: E.TERR_INV_CALL_STATE,
        Reason.DN_BUSY: E.TERR_DN_BUSY,
        Reason.DN_NO_ANSWER: E.TERR_DN_NO_ANSWER,
        Reason.CALL_REJECTED: E.TERR_CALL_REJECTED,
        Reason.DESTINATION_STATE: E.TERR_DEST_INV_STATE,
        Reason.INVALID_TARGET: E.TERR_TARG_DN_INV,
        Reason.NO_ACTIVE_CALL: 1163,
        Reason.NO_HELD_CALL: 1164,
        Reason.NOT_ROUTABLE: 705,
        Reason.BAD_PARAMETER: E.TERR_BAD_PARAM,
        Reason.SITE_DISCONNECTED: E.TERR_ISCC_LOCATION_IS_DISCONNECTED,
        Reason.AGENT_RESERVED: 1700,
        Reason.AGENT_UNKNOWN: 1703,
        Reason.AGENT_ID_IN_USE: 1704,
        Reason.AGENT_PASSWORD: 1705,
        Reason.AGENT_LOGGED_IN: 1706,
        Reason.AGENT_NOT_LOGGED_IN: 1707,
    }
)

TEXTS: Mapping[int, str] = MappingProxyType(
    {
        40: "No more licenses available",
        41: "Client hadn't register DN",
        42: "Resource is already seized",
        43: "Object is already in requested state",
        50: "Unrecognized error",
        51: "Unsupported operation",
        52: "Internal error",
        53: "Invalid attribute value",
        54: "No connection to the switch",
        55: "Incorrect protocol version",
        56: "Invalid ConnectionID",
        57: "Timeout expired",
        58: "Out of service",
        59: "DN is not configured in CME",
        61: "Invalid Calling Dn",
        71: "Invalid Called Dn",
        83: "Origination Dn Busy",
        93: "Destination Invalid State",
        96: "Cannot Complete Conference",
        97: "Cannot Initiate Transfer",
        98: "Cannot Complete Transfer",
        99: "Cannot Retrieve Original Call",
        100: "Unknown cause",
        110: "Request already in progress",
        112: "Message out of sequence",
        118: "Requested service unavailable",
        119: "Bad password",
        128: "Bad DN type for DN registration",
        166: "Resource unavailable",
        177: "Target DN Invalid",
        185: "Set is in wrong state for invocation",
        223: "Bad parameter passed to function",
        231: "DN is busy",
        232: "No answer at DN",
        233: "Call has been rejected",
        302: "Invalid DTMF string",
        496: "Call in invalid state",
        700: "Invalid login request",
        701: "Invalid logout request",
        702: "Invalid ready request",
        703: "Invalid not ready request",
        704: "Invalid make call request",
        705: "Invalid route request",
        706: "Invalid mute transfer request",
        1001: "Location is disconnected",
        1141: "Request incompatible with object",
        1161: "Incorrect object state",
        1162: "Invalid connection ID",
        1163: "No active call",
        1164: "No held call",
        1167: "No call to answer",
        1700: "Agent reservation attempt failed",
        1703: "Incorrect AgentID for SoftLogin",
        1704: "AgentID is already in use",
        1705: "Password doesn't match",
        1706: "Agent is already logged in",
        1707: "Agent is not logged in",
    }
)


class ErrorTable:
    """Codes and texts with the overrides of the configuration.

    A key of ``codes`` is a reason, or a request and a reason: ``RequestMakeCall/not-registered``.
    """

    __slots__ = ("_codes", "_special", "_texts")

    def __init__(
        self, codes: Mapping[str, int], texts: Mapping[int, str], *, busy_code: int = 42
    ) -> None:
        """``busy_code`` is the option of that name: the code of a start while one runs."""
        usual = {**CODES, Reason.RECORDING_BUSY: busy_code}
        self._codes = {reason: codes.get(reason.value, int(usual[reason])) for reason in Reason}
        self._special = {key: code for key, code in codes.items() if "/" in key}
        self._texts = {**TEXTS, **texts}

    @classmethod
    def of(cls, settings: Settings) -> "ErrorTable":
        """The table that the configuration asks for."""
        busy_code = settings.options.busy_code
        return cls(settings.errors, settings.error_texts, busy_code=busy_code)

    def code(self, reason: Reason, request: str = "") -> int:
        """The error code for a reason; ``request`` is the name of the refused request."""
        if self._special:
            special = self._special.get(f"{request}/{reason.value}")
            if special is not None:
                return special
        return self._codes[reason]

    def text(self, code: int) -> str:
        """The text for a code; one that has none here is named by its number."""
        return self._texts.get(code, f"Error {code}")
