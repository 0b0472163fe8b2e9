"""One call as the persona knows it, and what it says of it in RECORDING_STATUS_GIM.

The table is RECORDING.md 11; ``None`` means that nothing is to be said yet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tlibproto.vocabulary import ConnId
from tlibsim.config import PersonaRule
from tlibsim.persona.notices import GONE, UP, LegNotice, SessionNotice


class RecordingStatus(Enum):
    """Values of the recorder's key (RECORDING.md 4)."""

    YES = "RECORDING_YES"
    NO = "RECORDING_NO"
    NO_LONGER = "RECORDING_NO_LONGER"
    PRERECORD = "RECORDING_PRERECORD"
    UNDEFINED = "RECORDING_UNDEFINED"


class Recorder(Enum):
    """What is known of a recorder's T-Library client."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class Asking(Enum):
    """How the persona's own START stands; it is met with when its DN is established."""

    NOT_MET = "not met"
    EXPECTED = "expected"
    NO_RULE = "no rule"
    WAITING = "waiting"
    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


UNDECIDED = frozenset({Asking.EXPECTED, Asking.WAITING, Asking.ASKED})


@dataclass(slots=True, kw_only=True)
class Case:
    """What is known of a call.

    ``dns`` are the persona's DNs that are on it, in the order in which they came;
    ``newcomers`` are those that no rule was asked for yet, since the call is being recorded or was
    asked for already.  ``indication`` is the last GSIP_RECORD seen, in lower case, ``file_name`` the last
    GSIP_REC_FN, ``sessions`` the recording sessions by name, ``said`` what the call was told
    last.
    """

    conn_id: ConnId
    dns: list[str] = field(default_factory=list)
    newcomers: list[str] = field(default_factory=list)
    rule: PersonaRule | None = None
    rule_dn: str = ""
    asking: Asking = Asking.NOT_MET
    indication: str = ""
    file_name: str = ""
    sessions: dict[str, SessionNotice] = field(default_factory=dict)
    had_leg: bool = False
    said: RecordingStatus | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for and nothing is recorded."""
        recorded = any(not one.over for one in self.sessions.values())
        return self.asking not in UNDECIDED and not recorded

    def status(self, reading: "Reading") -> RecordingStatus | None:
        """What is to be said of the recording now."""
        sessions = tuple(self.sessions.values())
        known = [
            one for one in sessions if reading.correlates(self, one) and _is_up(one, reading)
        ]
        if known:
            self.had_leg = True
            only_ready = all(one.ready for one in known) and not self.indication
            return RecordingStatus.PRERECORD if only_ready else RecordingStatus.YES
        if self.asking in UNDECIDED or any(self._may_come(one, reading) for one in sessions):
            return None
        if self.had_leg:
            return RecordingStatus.NO_LONGER
        return self._without_leg()

    def _may_come(self, session: SessionNotice, reading: "Reading") -> bool:
        """A leg of the session is on its way to the persona and will be understood there."""
        if session.over or not reading.correlates(self, session):
            return False
        mine = [leg for leg in session.legs if reading.is_mine(leg)]
        return any(leg.status not in GONE for leg in mine)

    def _without_leg(self) -> RecordingStatus | None:
        """No leg has come and none is on its way."""
        if self.asking is Asking.NOT_MET:
            return RecordingStatus.UNDEFINED if self.indication else None
        if self.asking is Asking.ACCEPTED and not self.sessions:
            return None
        return RecordingStatus.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the persona knows its own: the address it answers at, and how RTP finds its call.

    ``host`` empty: every leg that leads to one of ``known``, or is real, reaches it; any other
    address leads nowhere.  ``by`` are the words of ``correlate``.
    """

    host: str
    known: frozenset[str]
    dns: frozenset[str]
    by: tuple[str, ...]

    def is_mine(self, leg: LegNotice) -> bool:
        if self.host:
            return leg.host == self.host
        return leg.real or leg.host in self.known

    def correlates(self, case: Case, session: SessionNotice) -> bool:
        """Whether the T-Library side can be found for the sound (RECORDING.md 12.4, T05)."""
        return all(_CORRELATIONS[word](self, case, session) for word in self.by)

    def _by_record_dn(self, _: Case, session: SessionNotice) -> bool:
        return session.record_dn in self.dns

    def _by_file_name(self, case: Case, _: SessionNotice) -> bool:
        return bool(case.file_name)


_CORRELATIONS: Mapping[str, Callable[[Reading, Case, SessionNotice], bool]] = {
    "record-dn": Reading._by_record_dn,
    "file-name": Reading._by_file_name,
}


def _is_up(session: SessionNotice, reading: Reading) -> bool:
    return any(leg.status in UP for leg in session.legs if reading.is_mine(leg))
