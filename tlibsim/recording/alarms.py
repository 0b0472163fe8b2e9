"""Alarms of the operator: each is raised once and cleared once (RECORDING.md 6)."""

from collections.abc import Iterable

from tlibproto.vocabulary import ConnId
from tlibsim.recording.facts import Alarm, AlarmCleared, AlarmRaised
from tlibsim.recording.turn import Turn

OF_A_START = (
    Alarm.RECORDING_FAILED,
    Alarm.RECORDING_LOST,
    Alarm.RECORDER_UNAVAILABLE,
    Alarm.TONE_UNAVAILABLE,
    Alarm.MCP_FAILOVER,
)
"""What the next session that runs puts right."""


class Alarms:
    """Which alarms are up."""

    def __init__(self) -> None:
        self._up: set[Alarm] = set()

    def put_up(self, turn: Turn, alarm: Alarm, conn_id: ConnId, detail: str) -> None:
        """An alarm that is up already is not raised again."""
        if alarm not in self._up:
            self._up.add(alarm)
            turn.facts.append(AlarmRaised(alarm=alarm, conn_id=conn_id, detail=detail))

    def clear(self, turn: Turn, conn_id: ConnId, alarms: Iterable[Alarm] = OF_A_START) -> None:
        """Take down those of these that are up."""
        for alarm in alarms:
            if alarm in self._up:
                self._up.remove(alarm)
                turn.facts.append(AlarmCleared(alarm=alarm, conn_id=conn_id))
