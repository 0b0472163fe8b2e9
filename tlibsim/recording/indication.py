"""GSIP_RECORD and GSIP_REC_FN: what user data says of a recording (RECORDING.md 4)."""

from collections.abc import Iterable, Mapping

from tlibproto.vocabulary import ConnId, KVList
from tlibsim.recording.rules import RecordingRules
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import ChangeUserData, DataChange

STATE_KEY = "GSIP_RECORD"
VIDEO_KEY = "GSIP_RECORD_VIDEO"
NAME_KEY = "GSIP_REC_FN"

ON, OFF, PAUSED = "On", "Off", "Paused"

_RUNNING = frozenset({SessionState.ACTIVE, SessionState.REESTABLISHING})

_CASES: Mapping[str, Mapping[str, str]] = {
    "title": {text: text for text in (ON, OFF, PAUSED)},
    "upper": {text: text.upper() for text in (ON, OFF, PAUSED)},
}


def indication(states: Iterable[SessionState]) -> str:
    """What GSIP_RECORD is to say of a call whose live sessions are in these states.

    A session that starts does not count before it runs (RECORDING.md 3.4).
    """
    now = set(states)
    if now & _RUNNING:
        return ON
    return PAUSED if SessionState.PAUSED in now else OFF


def off_pairs(rules: RecordingRules) -> KVList:
    return KVList(((STATE_KEY, _CASES[rules.gsip_record_case][OFF]),))


def changes(
    conn_id: ConnId,
    state: str | None,
    file_name: str,
    rules: RecordingRules,
    *,
    video: str | None = None,
) -> tuple[ChangeUserData, ...]:
    """The changes that tell states and a file name; None or empty: nothing to tell of it."""
    pairs: list[tuple[str, str]] = []
    if state is not None:
        pairs.append((STATE_KEY, _CASES[rules.gsip_record_case][state]))
    if video is not None:
        pairs.append((VIDEO_KEY, _CASES[rules.gsip_record_case][video]))
    if file_name:
        pairs.append((NAME_KEY, file_name))
    lists = [pairs] if rules.rec_keys_together else [[pair] for pair in pairs]
    return tuple(
        ChangeUserData(conn_id=conn_id, change=DataChange.UPDATE, pairs=KVList(one))
        for one in lists
        if one
    )
