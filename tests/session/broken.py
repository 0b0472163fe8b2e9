"""A recording desk with a bug in it, to see that the rest lives on."""

from collections.abc import Sequence

from tlibsim.ports.media import Instant
from tlibsim.recording.desk import Steps


class BrokenDesk:
    """A desk with a bug in it: ``where`` says in which of its methods."""

    def __init__(self, where: str) -> None:
        self.where = where

    def _work(self, where: str) -> Steps:
        if where == self.where:
            raise ZeroDivisionError(f"a bug in {where}")
        return Steps()

    def perform(self, command: object, now: Instant) -> Steps:
        return self._work("perform")

    def notice(self, fact: object, now: Instant) -> Steps:
        return self._work("notice")

    def report(self, report: object, now: Instant) -> Steps:
        return self._work("report")

    def ahead_of(self, facts: Sequence[object]) -> Sequence[object]:
        return facts

    def heed(self, command: object, now: Instant) -> Steps:
        return Steps()

    def next_deadline(self) -> Instant | None:
        return None

    def due(self, now: Instant) -> Sequence[Steps]:
        return ()
