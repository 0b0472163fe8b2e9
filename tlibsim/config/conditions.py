"""The conditions whose error codes the section ``errors`` may change (BEHAVIOUR.md 6).

The same words are the values of ``tlibsim.switch.refusals.Reason``; a test keeps the two equal.
"""

CONDITIONS: tuple[str, ...] = (
    "no-license",
    "not-registered",
    "seized",
    "same-state",
    "unsupported",
    "internal",
    "invalid-attribute",
    "no-switch",
    "protocol-version",
    "invalid-conn-id",
    "out-of-service",
    "not-configured",
    "invalid-calling-dn",
    "invalid-called-dn",
    "origination-busy",
    "out-of-sequence",
    "request-in-progress",
    "service-unavailable",
    "bad-password",
    "bad-dn-type",
    "resource-unavailable",
    "invalid-dtmf",
    "wrong-call-state",
    "wrong-object",
    "incorrect-state",
    "not-on-call",
    "no-call-to-answer",
    "recording-busy",
    "no-recording",
)
