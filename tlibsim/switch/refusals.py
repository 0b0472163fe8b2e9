"""Why the model says no.  Codes and texts of EventError live in ``session/errors.py``."""

from enum import Enum


class Reason(Enum):
    """One member per condition of BEHAVIOUR.md 2.4 and 6 and RECORDING.md 3.3 and 5.

    The value is the key under which the ``errors:`` table of the configuration overrides it.
    """

    NO_LICENSE = "no-license"
    NOT_REGISTERED = "not-registered"
    SEIZED = "seized"
    SAME_STATE = "same-state"
    UNSUPPORTED = "unsupported"
    INTERNAL = "internal"
    INVALID_ATTRIBUTE = "invalid-attribute"
    NO_SWITCH = "no-switch"
    PROTOCOL_VERSION = "protocol-version"
    INVALID_CONN_ID = "invalid-conn-id"
    OUT_OF_SERVICE = "out-of-service"
    NOT_CONFIGURED = "not-configured"
    INVALID_CALLING_DN = "invalid-calling-dn"
    INVALID_CALLED_DN = "invalid-called-dn"
    ORIGINATION_BUSY = "origination-busy"
    OUT_OF_SEQUENCE = "out-of-sequence"
    REQUEST_IN_PROGRESS = "request-in-progress"
    SERVICE_UNAVAILABLE = "service-unavailable"
    BAD_PASSWORD = "bad-password"  # noqa: S105  a condition
    BAD_DN_TYPE = "bad-dn-type"
    RESOURCE_UNAVAILABLE = "resource-unavailable"
    INVALID_DTMF = "invalid-dtmf"
    WRONG_CALL_STATE = "wrong-call-state"
    WRONG_OBJECT = "wrong-object"
    INCORRECT_STATE = "incorrect-state"
    NOT_ON_CALL = "not-on-call"
    NO_CALL_TO_ANSWER = "no-call-to-answer"
    RECORDING_BUSY = "recording-busy"
    NO_RECORDING = "no-recording"
    DN_BUSY = "dn-busy"
    DN_NO_ANSWER = "dn-no-answer"
    CALL_REJECTED = "call-rejected"
    DESTINATION_STATE = "destination-state"
    INVALID_TARGET = "invalid-target"
    NO_ACTIVE_CALL = "no-active-call"
    NO_HELD_CALL = "no-held-call"
    NOT_ROUTABLE = "not-routable"
    BAD_PARAMETER = "bad-parameter"
    SITE_DISCONNECTED = "site-disconnected"
    AGENT_RESERVED = "agent-reserved"
    AGENT_UNKNOWN = "agent-unknown"
    AGENT_ID_IN_USE = "agent-id-in-use"
    AGENT_PASSWORD = "agent-password"  # noqa: S105  a condition
    AGENT_LOGGED_IN = "agent-logged-in"
    AGENT_NOT_LOGGED_IN = "agent-not-logged-in"


class RequestRefused(Exception):  # noqa: N818  the name says what happened
    """A command or request that the model will not carry out; nothing has changed."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail
