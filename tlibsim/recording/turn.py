"""One turn of the recording desk: what comes in with it, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Instant
from tlibsim.recording.commands import RecordingCommand
from tlibsim.recording.session import CallRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What came of a turn: facts in their order, then commands for the switch."""

    facts: Sequence[object] = ()
    commands: Sequence[object] = ()


NOTHING = Steps()


@dataclass(slots=True)
class Turn:
    """The time, the command behind the turn if there is one, and what came of it so far.

    ``touched`` are the calls whose GSIP_RECORD may have to change, ``names`` the file names to
    be told with it.
    """

    now: Instant
    command: RecordingCommand | None = None
    facts: list[object] = field(default_factory=list)
    touched: dict[ConnId, CallRecording] = field(default_factory=dict)
    names: dict[ConnId, str] = field(default_factory=dict)
