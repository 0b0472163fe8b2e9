"""Pre-recordings that may be asked for when their call is over already (RECORDING.md 3.7)."""

from tlibproto.vocabulary import ConnId
from tlibsim.ports.media import Instant
from tlibsim.recording.agenda import Agenda, GraceOver
from tlibsim.recording.rules import CallsView, RulesInForce
from tlibsim.recording.session import Session

_MICROSECONDS = 1_000_000


class Afterwards:
    """The pre-recorded sessions of calls that have ended in the last ``prerecord-grace``."""

    def __init__(self, rules: RulesInForce, calls: CallsView, agenda: Agenda) -> None:
        self._rules = rules
        self._calls = calls
        self._agenda = agenda
        self._sessions: dict[ConnId, Session] = {}

    def keep(self, session: Session, now: Instant) -> None:
        """The call of a session that nobody has asked for is over."""
        grace = self._rules.value.prerecord_grace * _MICROSECONDS
        if grace:
            self._sessions[session.conn_id] = session
            self._calls.afterwards.add(session.conn_id)
            until = Instant(now + grace)
            self._agenda.put(until, GraceOver(conn_id=session.conn_id))

    def claim(self, conn_id: ConnId) -> Session | None:
        """The session, once; None when there is none or its time is over."""
        self._calls.afterwards.discard(conn_id)
        return self._sessions.pop(conn_id, None)
