"""What the persona sees as a recorder: the sessions of recording and the legs that reach it."""

from dataclasses import dataclass

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import LegStatus

UP = frozenset({LegStatus.ESTABLISHED, LegStatus.PAUSED, LegStatus.ENDING})
"""A leg in one of these was answered by its recorder and has not ended."""

GONE = frozenset({LegStatus.ENDED, LegStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LegNotice:
    """One leg to a recorder; ``host`` is where its INVITE goes, without a user part.

    ``real``: it went over the wire, and whoever answered is there.
    """

    host: str
    dn: str
    status: LegStatus
    real: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNotice:
    """A recording session as it is now.

    ``ready``: it is set for pre-recording and nobody has asked for it yet.  ``over``: it has
    ended or failed.
    """

    session: str
    conn_id: ConnId
    record_dn: str
    over: bool
    ready: bool
    legs: tuple[LegNotice, ...]
