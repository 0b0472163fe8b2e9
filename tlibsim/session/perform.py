"""The one road into the model: a command goes to the switch or to the recording desk."""

from collections.abc import Iterator

from tlibsim.ports.media import Instant
from tlibsim.recording.desk import RecordingDesk, Steps
from tlibsim.recording.turn import NOTHING
from tlibsim.router import Moves, Router
from tlibsim.router.router import NOTHING as NO_MOVES
from tlibsim.switch import perform
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch


class Model:
    """The switch and the desk, behind one door."""

    __slots__ = ("_desk", "_router", "_switch")

    def __init__(self, switch: Switch, desk: RecordingDesk, router: Router) -> None:
        self._switch = switch
        self._desk = desk
        self._router = router

    def perform(self, command: object, now: Instant) -> Steps:
        """Carry the command out; raises RequestRefused, and then nothing has changed."""
        if type(command) not in perform.COMMANDS:
            return self._desk.perform(command, now)
        facts = perform.perform(self._switch, command, now)
        heeded = self._desk.heed(command, now)
        return Steps(facts=(*facts, *heeded.facts), commands=heeded.commands)

    def follow(self, command: object, now: Instant) -> Steps:
        """Carry out what a part of the model asked of another; too late is not an error."""
        try:
            return self.perform(command, now)
        except RequestRefused as refused:
            return _steps(self._router.refused(command, refused, now))

    def routed(self, fact: object, now: Instant) -> Steps:
        """What the built-in router does about something that happened."""
        return _steps(self._router.notice(fact, now))

    def next_deadline(self) -> Instant | None:
        parts = (self._switch, self._router, self._desk)
        return min(
            (at for part in parts if (at := part.next_deadline()) is not None), default=None
        )

    def due(self, now: Instant) -> Iterator[Steps]:
        """What has come due, in the order of time."""
        while (reminder := self._switch.due(now)) is not None:
            yield Steps(facts=tuple(perform.remind(self._switch, reminder, now)))
        yield from self._desk.due(now)
        for moves in self._router.due(now):
            yield _steps(moves)


def _steps(moves: Moves) -> Steps:
    """What the router does, in the terms of the hub."""
    return NOTHING if moves is NO_MOVES else Steps(facts=moves.facts, commands=moves.commands)
