"""The names of the verbs, for those who only need names: the tables are in ``verbs``."""

CALL_VERBS = (
    "answer",
    "release",
    "clear",
    "hold",
    "retrieve",
    "redirect",
    "transfer",
    "conference",
    "consult",
    "consult-conference",
    "complete-transfer",
    "complete-conference",
    "remove",
    "attach",
    "digits",
    "far-answer",
)
DN_VERBS = (
    "in-service",
    "out-of-service",
    "busy",
    "idle",
    "answer",
    "dnd-on",
    "dnd-off",
    "mwi-on",
    "mwi-off",
    "forward",
    "cancel-forward",
    "behave",
    "restore",
)
AGENT_VERBS = ("login", "logout", "ready", "not-ready")
RECORDING_VERBS = ("start", "stop", "pause", "resume")
