"""What a scenario may have the media side do wrong (RECORDING.md 6; 12.1, F15 to F17).

These are commands for :class:`tlibsim.media.scripted.ScriptedBackend`, which stands in front of
whatever records.
"""

from dataclasses import dataclass

BUILT_IN_RECORDER = "sip:recorder.tlibsim"
"""The address that stands for the built-in recorder, or for whatever the pool chooses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailRecorder:
    """INVITEs to a recorder fail from now on.

    ``address`` empty: to any recorder.  ``code`` is its SIP answer, 408 for none.  After
    ``times`` sessions it works again (0: never).  ``keep``: only its legs fail, the session goes
    on without them, as when the media server writes a file of its own.
    """

    address: str = ""
    code: int = 486
    times: int = 0
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MendRecorder:
    """A recorder takes INVITEs again; ``address`` empty: all of them do."""

    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseRecorder:
    """A recorder drops the legs that it has; ``address`` empty: all recorders do."""

    address: str = ""


@dataclass(frozen=True, slots=True)
class FailMediaServer:
    """The media server (MCP) in use breaks: every running session loses it."""


@dataclass(frozen=True, slots=True)
class FailMediaService:
    """No media server answers: starts that were accepted fail, until :class:`MendMediaService`."""


@dataclass(frozen=True, slots=True)
class MendMediaService:
    """Media servers answer again."""


MediaScript = (
    FailRecorder
    | MendRecorder
    | LoseRecorder
    | FailMediaServer
    | FailMediaService
    | MendMediaService
)


def host_of(address: str) -> str:
    """The host and port of a SIP address, in lower case: what tells recorders apart."""
    scheme, colon, rest = address.partition(":")
    is_uri = bool(colon) and scheme.lower() in {"sip", "sips"}
    text = (rest if is_uri else address).split(";", 1)[0].split("?", 1)[0]
    return text.rpartition("@")[2].strip("<> ").lower()
