"""What a scenario or a test may have the recorder persona do (RECORDING.md 11)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseInvites:
    """The recorder answers every INVITE with this SIP status until :class:`AcceptInvites`."""

    code: int = 486


@dataclass(frozen=True, slots=True)
class AcceptInvites:
    """The recorder takes INVITEs again."""


@dataclass(frozen=True, slots=True)
class LoseLegs:
    """The recorder drops every leg that it has now."""


@dataclass(frozen=True, slots=True)
class DropConnection:
    """The T-Library connection of the recorder breaks; its legs stay."""


@dataclass(frozen=True, slots=True)
class ConnectAgain:
    """The recorder connects and registers as at its beginning."""


PersonaCommand = RefuseInvites | AcceptInvites | LoseLegs | DropConnection | ConnectAgain
