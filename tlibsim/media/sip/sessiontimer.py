"""The session timer of a dialog (RFC 4028, MEDIA.md 5.5): who refreshes, when, and the end.

An answer to the first INVITE without Session-Expires means: no timer.  A later answer without
it leaves a timer that is ours running (a needless refresh does no harm), and ends one that
was the peer's.
"""

from collections.abc import Callable

from tlibsim.media.sip.headers import Interval
from tlibsim.media.sip.values import Clock, Timer

LEAST_RETRY = 1.0
LEAST_INTERVAL = 4
"""Far below RFC 4028's 90 s, for labs; without it one recorder could keep us busy."""


class SessionTimer:
    """Calls ``refresh`` when it is our turn, ``expired`` when no refresh came in time."""

    def __init__(
        self, clock: Clock, refresh: Callable[[], None], expired: Callable[[], None]
    ) -> None:
        self.seconds = 0
        self.ours = True
        self._clock = clock
        self._refresh = refresh
        self._expired = expired
        self._deadline = 0.0
        self._timer: Timer | None = None

    @property
    def running(self) -> bool:
        return self._timer is not None

    def begin(self, interval: Interval | None) -> None:
        """The Session-Expires of the answer to the first INVITE."""
        self._set(interval, asked_by_us=True)

    def answered(self, interval: Interval | None) -> None:
        """The Session-Expires of the answer to a re-INVITE of ours."""
        if interval is None and self.running and self.ours:
            self._start()
        else:
            self._set(interval, asked_by_us=True)

    def asked(self, interval: Interval | None) -> None:
        """The peer sent a re-INVITE or UPDATE, with or without Session-Expires."""
        if interval is not None:
            self._set(interval, asked_by_us=False)
        elif self.running:
            self._start()

    def failed(self) -> None:
        """A refresh of ours failed: try again while there is time, then it is over."""
        remaining = self._deadline - self._clock.now()
        if remaining > 2 * LEAST_RETRY:
            self._arm(remaining / 2, self._refresh)
        else:
            self._arm(max(0.0, remaining), self._expired)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def header(self, *, we_ask: bool) -> tuple[tuple[str, str], ...]:
        """Session-Expires for our re-INVITE, or for our answer to the peer's request."""
        if not self.running:
            return ()
        refresher = "uac" if self.ours is we_ask else "uas"
        return (("Session-Expires", f"{self.seconds};refresher={refresher}"),)

    def _set(self, interval: Interval | None, *, asked_by_us: bool) -> None:
        self.stop()
        if interval is not None and interval.seconds > 0:
            caller = interval.refresher != "uas"
            self.seconds = max(interval.seconds, LEAST_INTERVAL)
            self.ours = caller is asked_by_us
            self._start()

    def _start(self) -> None:
        margin = min(32.0, self.seconds / 3)
        self._deadline = self._clock.now() + self.seconds - margin
        if self.ours:
            self._arm(self.seconds / 2, self._refresh)
        else:
            self._arm(self.seconds - margin, self._expired)

    def _arm(self, delay: float, function: Callable[[], None]) -> None:
        self.stop()
        self._timer = self._clock.call_later(delay, function)
