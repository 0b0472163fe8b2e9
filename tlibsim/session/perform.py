"""The one road into the model: a command goes to the switch or to the recording desk."""

from collections.abc import Iterator

from tlibsim.ports.media import Instant
from tlibsim.recording.desk import RecordingDesk, Steps
from tlibsim.switch import perform
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch


class Model:
    """The switch and the desk, behind one door."""

    __slots__ = ("_desk", "_switch")

    def __init__(self, switch: Switch, desk: RecordingDesk) -> None:
        self._switch = switch
        self._desk = desk

    def perform(self, command: object, now: Instant) -> Steps:
        """Carry the command out; raises RequestRefused, and then nothing has changed."""
        if type(command) in perform.COMMANDS:
            return Steps(facts=tuple(perform.perform(self._switch, command, now)))
        return self._desk.perform(command, now)

    def follow(self, command: object, now: Instant) -> Steps:
        """Carry out what a part of the model asked of another; too late is not an error."""
        try:
            return self.perform(command, now)
        except RequestRefused:
            return Steps()

    def next_deadline(self) -> Instant | None:
        return self._switch.next_deadline()

    def due(self, now: Instant) -> Iterator[Steps]:
        """What has come due, in the order of time."""
        while (reminder := self._switch.due(now)) is not None:
            yield Steps(facts=tuple(perform.remind(self._switch, reminder, now)))
