"""Branches of a scenario that go on side by side, without threads: generators, taken in turn.

A branch yields what it waits for: a condition with a limit, a piece of work, or branches of its
own.  It goes on with True when the condition holds, and with False when the limit is over.  Time
passes only when every branch waits.
"""

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Wait until the condition holds, for at most ``limit_us``.

    ``settled``: look only when everything that was caused has come; with a limit of 0 this is one
    look after settling.
    """

    condition: Callable[[], bool]
    limit_us: int
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something that takes turns of the reactor, such as opening a connection."""

    run: Callable[[], Awaitable[None]]


Branch = Generator["Until | Work | Fork", bool, None]


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on when all of these have ended."""

    branches: tuple[Branch, ...]


class Passing(Protocol):
    """How time passes for branches that wait."""

    def elapsed_us(self) -> int:
        """The clock by which limits are counted."""
        ...

    async def settle(self) -> None:
        """Let everything come that was caused."""
        ...

    async def pass_time(self, until_us: int) -> None:
        """Let time pass, at most until then; less when something happens."""
        ...


class _Running:
    """One branch and what it waits for; ``left`` counts the branches that it waits for."""

    __slots__ = ("branch", "deadline", "item", "left", "parent")

    def __init__(self, branch: Branch, parent: "_Running | None") -> None:
        self.branch = branch
        self.parent = parent
        self.item: Until | Work | Fork | None = None
        self.deadline = 0
        self.left = 0


class Turns:
    """Takes branches in turn until all have ended; what one raises ends all."""

    def __init__(self, passing: Passing) -> None:
        self._passing = passing
        self._running: list[_Running] = []
        self._settled = False

    async def take(self, branch: Branch) -> None:
        """Run one branch, and all that it forks, to the end."""
        self._begin(branch, None)
        try:
            while self._running:
                if not await self._round():
                    await self._wait()
        finally:
            for running in self._running:
                running.branch.close()

    def _begin(self, branch: Branch, parent: _Running | None) -> None:
        running = _Running(branch, parent)
        self._running.append(running)
        self._go(running, first=True)

    async def _round(self) -> bool:
        """Let each branch go as far as it can; whether one of them went on."""
        went = False
        for running in tuple(self._running):
            while running in self._running:
                if not await self._step(running):
                    break
                went = True
        if went:
            self._settled = False
        return went

    async def _step(self, running: _Running) -> bool:
        item = running.item
        if isinstance(item, Work):
            await item.run()
            self._go(running)
            return True
        if isinstance(item, Fork):
            if running.left:
                return False
            self._go(running)
            return True
        return isinstance(item, Until) and self._look(running, item)

    def _look(self, running: _Running, item: Until) -> bool:
        """Whether the wait is over; then the branch has gone on."""
        if item.settled and not self._settled:
            return False
        if item.condition():
            self._go(running, result=True)
            return True
        if self._settled and self._passing.elapsed_us() >= running.deadline:
            self._go(running, result=False)
            return True
        return False

    def _go(self, running: _Running, *, result: bool = True, first: bool = False) -> None:
        try:
            running.item = next(running.branch) if first else running.branch.send(result)
        except StopIteration:
            self._running.remove(running)
            if running.parent is not None:
                running.parent.left -= 1
            return
        if isinstance(running.item, Until):
            running.deadline = self._passing.elapsed_us() + running.item.limit_us
        elif isinstance(running.item, Fork):
            running.left = len(running.item.branches)
            for branch in running.item.branches:
                self._begin(branch, running)

    async def _wait(self) -> None:
        """Nobody can go on: settle first, and then let time pass."""
        if not self._settled:
            await self._passing.settle()
            self._settled = True
            return
        deadlines = [one.deadline for one in self._running if isinstance(one.item, Until)]
        await self._passing.pass_time(min(deadlines))
        self._settled = False
