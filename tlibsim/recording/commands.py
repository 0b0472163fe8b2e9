"""What may be asked of the recording desk (RECORDING.md 3.3, 5 and 6).

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
class GeoWish:
    """What a request says of places (RECORDING.md 8.2); empty: nothing."""

    tag: str = ""
    overflow: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneWish:
    """What a request says of the audio tone (RECORDING.md 8.3), as it was written."""

    source: str = ""
    silence: str = ""


NO_GEO = GeoWish()
NO_TONE = ToneWish()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRecording:
    """``record_id`` None: the desk makes one.  ``dest``, ``dest2`` empty: the configured ones.

    ``params`` are passed on into the recording session, in order and as they were spelled.
    ``emergency``: an agent in need asks.  ``requestor`` is the number of the client that asks.
    """

    dn: Dn
    conn_id: ConnId
    side: RecordSide = RecordSide.SOURCE
    record_id: str | None = None
    dest: str = ""
    dest2: str = ""
    params: tuple[tuple[str, str], ...] = ()
    geo: GeoWish = NO_GEO
    tone: ToneWish = NO_TONE
    emergency: bool = False
    requestor: int | None = None
    because: Because | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ControlRecording:
    """``record_id`` names one session of the call; None means all of them."""

    dn: Dn
    conn_id: ConnId
    record_id: str | None = None
    params: tuple[tuple[str, str], ...] = ()
    requestor: int | None = None
    because: Because | None = None


class StopRecording(_ControlRecording):
    __slots__ = ()


class PauseRecording(_ControlRecording):
    __slots__ = ()


class ResumeRecording(_ControlRecording):
    __slots__ = ()


ControlCommand = StopRecording | PauseRecording | ResumeRecording
ClientCommand = StartRecording | ControlCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMediaService:
    """The media service, or the remote recording server of profile sfb, can be reached."""

    up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailConnector:
    """The connector of profile sfb loses what it knew: legs are orphans from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOfRecording:
    """Say that a request has had its effect (option ``recording-private-info``).

    The desk asks itself, so that this comes after the change of user data.
    """

    dn: Dn
    conn_id: ConnId
    service: int
    requestor: int | None


RecordingCommand = ClientCommand | SetMediaService | FailConnector | TellOfRecording
