"""What may be asked of the recording desk (RECORDING.md 3.3 and 5).

A command comes from a client's RequestPrivateService, from a scenario or from the console, and
is the same in each case.  ``dn`` is the ThisDN of whoever asks: it need not be on the call.
"""

from dataclasses import dataclass
from enum import Enum

from tlibproto.vocabulary import ConnId, Dn
from tlibsim.switch.commands import Because


class RecordSide(Enum):
    """Whom to record, seen from the DN that asks: itself, or the DN at the other end."""

    SOURCE = "source"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """``record_id`` None: the desk makes one.  ``dest``, ``dest2`` empty: the configured ones.

    ``params`` are passed on into the recording session, in order and as they were spelled.
    """

    dn: Dn
    conn_id: ConnId
    side: RecordSide = RecordSide.SOURCE
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ControlRecording:
    """``record_id`` names one session of the call; None means all of them."""

    dn: Dn
    conn_id: ConnId
    record_id: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    because: Because | None = None


class StopRecording(_ControlRecording):
    __slots__ = ()


class PauseRecording(_ControlRecording):
    __slots__ = ()


class ResumeRecording(_ControlRecording):
    __slots__ = ()


ControlCommand = StopRecording | PauseRecording | ResumeRecording
RecordingCommand = StartRecording | ControlCommand
