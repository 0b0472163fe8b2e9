"""OPTIONS pings: which recorders of the pool are there (MEDIA.md 4 and 5.7).

A recorder counts as there until pings say otherwise.  Any final answer but those of
``dead_codes`` is a sign of life, for recorders answer 404, 405 and 500 too.
"""

import logging
from collections.abc import Callable
from functools import partial

from tlibsim.media.recorder.pool import Recorder, RecorderPool
from tlibsim.media.recorder.settings import MonitorSettings
from tlibsim.media.sip.values import Agent, Clock, OptionsResult, Ping, Timer

Changed = Callable[[Recorder], None]
"""Told of a recorder that fell or rose."""

_LOG = logging.getLogger("tlibsim.media")


class PoolMonitor:
    """Pings every recorder of a pool, one at a time each, spread over the interval."""

    def __init__(
        self,
        pool: RecorderPool,
        settings: MonitorSettings,
        *,
        agent: Agent,
        clock: Clock,
        changed: Changed,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._agent = agent
        self._clock = clock
        self._changed = changed
        self._timers: dict[str, Timer] = {}
        self._pings: dict[str, Ping] = {}

    def open(self) -> None:
        """Begin to ping."""
        if not self._settings.on:
            return
        count = len(self._pool.recorders)
        for number, recorder in enumerate(self._pool.recorders):
            self._plan(recorder, self._settings.interval_s * number / count)

    def close(self) -> None:
        """Ping no more."""
        for timer in self._timers.values():
            timer.cancel()
        for ping in self._pings.values():
            ping.cancel()
        self._timers.clear()
        self._pings.clear()

    def _plan(self, recorder: Recorder, delay: float) -> None:
        self._timers[recorder.name] = self._clock.call_later(
            delay, partial(self._ping, recorder)
        )

    def _ping(self, recorder: Recorder) -> None:
        address = recorder.address
        self._pings[recorder.name] = self._agent.options(
            f"{address.scheme}:{address.host_port}",
            partial(self._answered, recorder),
            transport=address.way,
            timeout=self._settings.timeout_s,
        )

    def _answered(self, recorder: Recorder, result: OptionsResult) -> None:
        self._pings.pop(recorder.name, None)
        self._plan(recorder, self._settings.interval_s)
        if result.code and result.code not in self._settings.dead_codes:
            self._there(recorder)
        else:
            self._missing(recorder, result)

    def _there(self, recorder: Recorder) -> None:
        recorder.failures = 0
        recorder.successes += 1
        if not recorder.alive and recorder.successes >= self._settings.rise:
            recorder.alive = True
            recorder.cause = ""
            _LOG.info("recorder %s is up again", recorder.name)
            self._changed(recorder)

    def _missing(self, recorder: Recorder, result: OptionsResult) -> None:
        recorder.successes = 0
        recorder.failures += 1
        self._pool.leave_alone(recorder, result.retry_after, self._clock.now())
        if recorder.alive and recorder.failures >= self._settings.fall:
            recorder.alive = False
            recorder.cause = f"OPTIONS: {result.cause}"
            _LOG.warning("recorder %s is down: %s", recorder.name, recorder.cause)
            self._changed(recorder)
