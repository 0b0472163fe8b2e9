"""Something done again and again at a rate, to find out how fast a switch answers (FEATURES.md 39).

What is done is a :class:`Flow`: calls from DN to DN, or a scenario.  Each run of it has a slot,
parties that nobody else has at that time.  In an open model a run begins when it is due, however
slow the ones before are, and what begins late is measured from the time at which it was due.
"""

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from twisted.internet.defer import CancelledError, Deferred, DeferredList

from tlibproto.messages import EventError
from tlibsim.net.arrivals import ClosedModel, Model, OpenModel
from tlibsim.net.client import ClientError
from tlibsim.net.histogram import Histogram
from tlibsim.net.reactor import Reactor

NO_FREE_SLOT = "nobody was free (more --agents)"
OTHERS = "other errors"
MOST_ERRORS = 50
MOST_NAMES = 100
_TELL_S = 1.0
_PAUSE_S = 0.1
"""A caller of a closed model whose call failed takes a breath."""


class StepRefusedError(Exception):
    """A run failed; ``str`` is what is counted, ``story`` the whole of it."""

    def __init__(self, text: str, story: str = "") -> None:
        super().__init__(text)
        self.story = story


@dataclass(slots=True)
class LoadResult:
    """What came: runs due, begun and completed, errors by their text, latencies by event.

    ``codes`` are the EventErrors that came, expected or not, by code and text.
    ``live`` is how many are under way, ``first_story`` tells of the first one that failed,
    ``window_s`` is the time in which runs began.
    """

    due: int = 0
    begun: int = 0
    completed: int = 0
    live: int = 0
    elapsed_s: float = 0.0
    window_s: float = 0.0
    errors: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    first_story: str = ""
    latency: dict[str, Histogram] = field(default_factory=dict)

    def measured(self, name: str, seconds: float) -> None:
        """An event came so long after what caused it."""
        found = self.latency.get(name)
        if found is None:
            if len(self.latency) >= MOST_NAMES:
                return
            found = self.latency[name] = Histogram()
        found.add(seconds)

    def failed(self, text: str, story: str = "") -> None:
        """Count an error; of many different ones the later ones are counted together."""
        known = text in self.errors or len(self.errors) < MOST_ERRORS
        self.errors[text if known else OTHERS] += 1
        self.first_story = self.first_story or story

    def refused(self, error: EventError) -> None:
        """An EventError came."""
        text = f"{error.error_code} {error.error_message or ''}".rstrip()
        self.codes[text if text in self.codes or len(self.codes) < MOST_ERRORS else OTHERS] += 1

    @property
    def error_count(self) -> int:
        return self.errors.total()

    @property
    def rate(self) -> float:
        """Runs that began, by the second."""
        return self.begun / self.window_s if self.window_s else 0.0

    def percentiles(self) -> Mapping[str, Mapping[str, float]]:
        """By event: ``p50``, ``p90``, ``p99``, ``p99.9`` and ``max`` in milliseconds."""
        return {name: found.milliseconds() for name, found in self.latency.items()}


class Flow(Protocol):
    """What is done again and again."""

    @property
    def slots(self) -> int:
        """How many can be under way at a time, each with parties of its own."""
        ...

    async def begin(self) -> None:
        """Connect, and get ready; raises ClientError."""
        ...

    async def play(self, slot: int, late_s: float, result: LoadResult) -> None:
        """One run, which began so late; raises StepRefusedError, ClientError."""
        ...

    def lost(self) -> str:
        """Why nothing can be done any more; empty while all is well."""
        ...

    async def end(self) -> None:
        """Let go of everything."""
        ...


class Load:
    """One load.  ``told`` gets the result so far once a second."""

    def __init__(
        self,
        reactor: Reactor,
        flow: Flow,
        model: Model,
        told: Callable[[LoadResult], None] = lambda _: None,
    ) -> None:
        self._reactor = reactor
        self._flow = flow
        self._model = model
        self._told = told
        self._free: deque[int] = deque()
        self._live: dict[int, Deferred[Any]] = {}
        self._over: Deferred[None] = Deferred()
        self._begun_at: float | None = None
        self._no_more = False
        self.result = LoadResult()

    async def run(self) -> LoadResult:
        """Get ready, do it at the rate, and wait for the last; raises ClientError.

        When it is cancelled it ends what is under way, and the result is what came so far.
        """
        try:
            await self._flow.begin()
            self._free.extend(range(self._flow.slots))
            self._begun_at = self._reactor.seconds()
            self._start()
            self._reactor.callLater(_TELL_S, self._tell)
            await self._over
            self.result.window_s = self._model.seconds
        except CancelledError:
            self._no_more = True
            live = list(self._live.values())
            for one in live:
                one.cancel()
            await DeferredList(live, consumeErrors=True)
            raise
        finally:
            self._no_more = True
            self._count_time()
            await self._flow.end()
        return self.result

    def _passed(self) -> float:
        now: float = self._reactor.seconds()
        return 0.0 if self._begun_at is None else now - self._begun_at

    def _count_time(self) -> None:
        self.result.elapsed_s = self._passed()
        if not self._over.called:
            self.result.window_s = min(self.result.elapsed_s, self._model.seconds)

    def _tell(self) -> None:
        if not self._no_more or self._live:
            self._count_time()
            self._told(self.result)
            self._reactor.callLater(_TELL_S, self._tell)

    # -- the rate ------------------------------------------------------------------------------

    def _start(self) -> None:
        if isinstance(self._model, OpenModel):
            self._tick(self._model, self._model.count())
            return
        callers = min(self._model.at_once, self._flow.slots)
        for number in range(callers):
            joins = self._model.joins_at(number)
            self._reactor.callLater(joins, self._join)
        self._reactor.callLater(self._model.seconds, self._enough)

    def _tick(self, model: OpenModel, count: int) -> None:
        """Begin every run that is due by now; come back when the next one is."""
        while not self._no_more:
            late = self._passed() - model.due_at(self.result.due)
            if late < 0:
                self._reactor.callLater(-late, self._tick, model, count)
                return
            self.result.due += 1
            if self._free:
                self._begin(self._free.popleft(), late)
            else:
                self.result.failed(NO_FREE_SLOT)
            if self.result.due >= count or self._lost():
                self._enough()

    def _join(self) -> None:
        """One caller joins, or calls again."""
        if not self._no_more and self._free and not self._lost():
            self.result.due += 1
            self._begin(self._free.popleft(), 0.0)

    def _enough(self) -> None:
        self._no_more = True
        self._settle()

    def _settle(self) -> None:
        if self._no_more and not self._live and not self._over.called:
            self._over.callback(None)

    def _lost(self) -> bool:
        why = self._flow.lost()
        if why:
            self.result.failed(f"connection lost: {why}")
            self._enough()
        return bool(why)

    # -- one run -------------------------------------------------------------------------------

    def _begin(self, slot: int, late_s: float) -> None:
        self.result.begun += 1
        run = Deferred.fromCoroutine(self._flow.play(slot, late_s, self.result))
        self._live[slot] = run
        self.result.live = len(self._live)
        run.addBoth(self._ended, slot)

    def _ended(self, failure: Any, slot: int) -> None:
        del self._live[slot]
        self.result.live = len(self._live)
        self._free.append(slot)
        if failure is None:
            self.result.completed += 1
        elif failure.check(StepRefusedError):
            self.result.failed(failure.getErrorMessage(), failure.value.story)
        elif failure.check(ClientError):
            self.result.failed(failure.getErrorMessage())
        elif not failure.check(CancelledError):
            self._broken(failure)
            return
        if isinstance(self._model, ClosedModel) and not self._no_more:
            pause = 0.0 if failure is None else _PAUSE_S
            self._reactor.callLater(pause, self._join)
        self._settle()

    def _broken(self, failure: Any) -> None:
        """A bug of ours ends the load."""
        self._no_more = True
        if not self._over.called:
            self._over.errback(failure)
