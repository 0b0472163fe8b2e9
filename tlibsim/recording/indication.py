"""GSIP_RECORD and GSIP_REC_FN: what user data says of a recording (RECORDING.md 4)."""

from collections.abc import Iterable, Mapping, Sequence

from tlibproto.vocabulary import ConnId, KVList
from tlibsim.ports.media import Instant
from tlibsim.recording.rules import CallsView, RecordingRules, RulesInForce
from tlibsim.recording.session import CallRecording, Session
from tlibsim.recording.states import SessionState
from tlibsim.recording.turn import Turn
from tlibsim.switch.commands import ChangeUserData, DataChange

STATE_KEY = "GSIP_RECORD"
VIDEO_KEY = "GSIP_RECORD_VIDEO"
NAME_KEY = "GSIP_REC_FN"

ON, OFF, PAUSED = "On", "Off", "Paused"

_CASES: Mapping[str, Mapping[str, str]] = {
    "title": {text: text for text in (ON, OFF, PAUSED)},
    "upper": {text: text.upper() for text in (ON, OFF, PAUSED)},
}


def indication(sessions: Iterable[Session], rules: RecordingRules) -> str:
    """What GSIP_RECORD is to say of a call with these live sessions (RECORDING.md 3.4)."""
    shown = {shown_of(session, rules) for session in sessions}
    if ON in shown:
        return ON
    return PAUSED if PAUSED in shown else OFF


def shown_of(session: Session, rules: RecordingRules) -> str:
    """What one session would have it say.

    A session that starts does not count before it runs; while it moves to another media server
    nothing changes, unless ``mcp-failover-report`` is set (RECORDING.md 6).
    """
    match session.state:
        case SessionState.ACTIVE:
            return ON
        case SessionState.PAUSED:
            return PAUSED
        case SessionState.REESTABLISHING if not rules.mcp_failover_report:
            return PAUSED if session.reasons else ON
    return OFF


def off_pairs(rules: RecordingRules) -> KVList:
    return KVList(((STATE_KEY, _CASES[rules.gsip_record_case][OFF]),))


class Indicator:
    """Finds out at the end of each turn what user data has to say, and says what is new."""

    def __init__(self, rules: RulesInForce, calls: CallsView) -> None:
        self._rules = rules
        self._calls = calls

    def word(self, state: str) -> str:
        """How a state is written."""
        return _CASES[self._rules.value.gsip_record_case][state]

    def changes(self, turn: Turn) -> Sequence[ChangeUserData]:
        """The changes for all calls whose recordings were touched in the turn."""
        if not self._rules.value.gsip_record:
            return ()
        return [
            change
            for conn_id, recording in turn.touched.items()
            for change in self._of_call(recording, turn.names.get(conn_id), turn.now)
        ]

    def _of_call(
        self, recording: CallRecording, name: tuple[str, str] | None, now: Instant
    ) -> Sequence[ChangeUserData]:
        """Only a call that is still there has user data to change."""
        if self._calls.call(recording.conn_id) is None:
            return ()
        words = _CASES[self._rules.value.gsip_record_case]
        pairs: list[tuple[str, str]] = []
        state = indication(recording.visible, self._rules.value)
        if state != recording.told:
            recording.told, recording.told_at = state, now
            pairs.append((STATE_KEY, words[state]))
        video = self._video_news(recording)
        if video is not None:
            pairs.append((VIDEO_KEY, words[video]))
        if name is not None:
            pairs.append(name)
        return self._listed(recording.conn_id, pairs)

    def _listed(
        self, conn_id: ConnId, pairs: list[tuple[str, str]]
    ) -> Sequence[ChangeUserData]:
        lists = [pairs] if self._rules.value.rec_keys_together else [[pair] for pair in pairs]
        return [
            ChangeUserData(conn_id=conn_id, change=DataChange.UPDATE, pairs=KVList(one))
            for one in lists
            if one
        ]

    def _video_news(self, recording: CallRecording) -> str | None:
        """What has changed in the recording of pictures; None: nothing, or nobody asks."""
        if not self._rules.value.video_indication:
            return None
        state = indication((one for one in recording.visible if one.video), self._rules.value)
        if state == (recording.told_video or OFF):
            return None
        recording.told_video = state
        return state
