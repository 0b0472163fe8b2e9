"""One destination of a session: the legs that belong to one recorder, wherever that is.

All legs of a record id go to one recorder (MEDIA.md 4).  When one fails at the start, the next
recorder is invited with all of them; when one is lost later, ``on-one-leg-failed`` decides.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import partial
from typing import Protocol

from tlibsim.media.recorder.leg import PROBLEM_LEG, Leg
from tlibsim.media.recorder.pool import Choice, NoRecorderError, Wanted
from tlibsim.media.recorder.settings import OneLegFailed
from tlibsim.media.recorder.wire import Wire
from tlibsim.media.rtp.values import RtpError
from tlibsim.media.sip.values import Failure
from tlibsim.ports.media import LegStatus, RecordingOrder

_OUT = frozenset((LegStatus.FAILED, LegStatus.ENDED, LegStatus.ENDING))


class Phase(Enum):
    """How far a destination is."""

    NEW = "new"
    INVITING = "inviting"
    UP = "up"
    FAILED = "failed"


class DestinationOwner(Protocol):
    """Who is told of a destination and its legs."""

    def destination_up(self, destination: "Destination") -> None: ...
    def destination_failed(self, destination: "Destination", cause: str) -> None: ...
    def destination_settled(self, destination: "Destination") -> None: ...
    def taken_by_others(self, destination: "Destination") -> frozenset[str]: ...
    def leg_news(self, leg: Leg) -> None: ...
    def leg_gone(self, leg: Leg, cause: str) -> None: ...
    def leg_refused(self, leg: Leg, failure: Failure) -> None: ...
    def leg_problem(self, leg: Leg, kind: str, cause: str) -> None: ...
    def leg_informed(self, leg: Leg, content_type: str, body: bytes) -> None: ...
    def leg_info_done(self, leg: Leg, code: int) -> None: ...


class Destination:
    """``address`` is what was asked for; empty: the pool chooses."""

    def __init__(
        self,
        number: int,
        address: str,
        *,
        order: RecordingOrder,
        wire: Wire,
        owner: DestinationOwner,
    ) -> None:
        self.number = number
        self.address = address
        self.phase = Phase.NEW
        self.legs: dict[str, Leg] = {}
        self._order = order
        self._wire = wire
        self._owner = owner
        self._chosen: tuple[Choice, ...] = ()
        self._tried: set[str] = set()
        self._retries = wire.settings.pool.retry
        self._causes: list[str] = []

    @property
    def recorders(self) -> frozenset[str]:
        """The names of the recorders that have, or may get, its legs."""
        return frozenset(one.recorder.name for one in self._chosen)

    @property
    def settled(self) -> bool:
        """Whether no answer is awaited for any leg."""
        if self.phase is Phase.INVITING:
            return False
        return all(leg.settled for leg in self.legs.values())

    @property
    def quiet(self) -> bool:
        """Whether no dialog is left."""
        return all(leg.quiet for leg in self.legs.values())

    def choose(self) -> None:
        """Choose a recorder; raises NoRecorderError."""
        streams = sum(leg.streams for leg in self.legs.values())
        wanted = Wanted(
            streams=streams,
            destination=self.address,
            geo_location=self._order.geo_location,
            strict=self._order.strict_location,
            overflow=self._order.overflow_location,
            tried=frozenset(self._tried),
            avoid=self._owner.taken_by_others(self),
        )
        self._chosen = self._wire.pool.choose(wanted, self._wire.clock.now())

    def begin(self) -> None:
        """Invite what was chosen."""
        self.phase = Phase.INVITING
        self._tried |= self.recorders
        if not self.legs:
            self._all_up()
            return
        first, *others = self.legs.values()
        for leg in [first] if len(self._chosen) > 1 else [first, *others]:
            self._invite(leg, self._chosen)

    def _invite(self, leg: Leg, choices: Sequence[Choice]) -> None:
        try:
            leg.reserve()
        except RtpError as error:
            failure = Failure(code=503, cause=str(error), answered=False)
            self._wire.pacer.do(partial(self.leg_failed, leg, failure))
            return
        leg.invite(choices)

    def add(self, leg: Leg) -> None:
        """Another leg while the others are up, or still on their way."""
        if leg.status is not LegStatus.NEW:
            return
        racing = self.phase is Phase.INVITING and len(self._chosen) > 1
        if self._chosen and not racing:
            self._invite(leg, self._chosen)

    def hang_up(self, cause: str, keys: Iterable[str] | None = None) -> None:
        """End all legs, or some of them."""
        for key in tuple(self.legs if keys is None else keys):
            leg = self.legs[key]
            if leg.status not in _OUT or not leg.quiet:
                leg.hang_up(cause)

    def fail(self, cause: str) -> None:
        """Give up: every leg ends."""
        if self.phase is not Phase.FAILED:
            self.phase = Phase.FAILED
            self._end_legs(cause)
            self._owner.destination_failed(self, cause)

    def _end_legs(self, cause: str) -> None:
        for leg in self.legs.values():
            if leg.quiet:
                leg.status = LegStatus.FAILED
                leg.cause = leg.cause or cause
                self._owner.leg_news(leg)
            else:
                leg.hang_up(cause)

    # -- what legs tell ----------------------------------------------------------------------

    def leg_up(self, leg: Leg) -> None:
        if self.phase is not Phase.INVITING:
            return
        winner = leg.view().recorder
        if len(self._chosen) > 1:
            self._chosen = tuple(one for one in self._chosen if one.recorder.name == winner)
            for other in self.legs.values():
                if other is not leg:
                    self._invite(other, self._chosen)
        self._look()

    def _look(self) -> None:
        """Up when every leg that is not given up is up, and one is."""
        alive = [leg for leg in self.legs.values() if leg.status is not LegStatus.FAILED]
        if alive and all(leg.up for leg in alive):
            self._all_up()

    def _all_up(self) -> None:
        self.phase = Phase.UP
        self._owner.destination_up(self)

    def leg_failed(self, leg: Leg, failure: Failure) -> None:
        """An INVITE failed for good at this recorder."""
        if self.phase is Phase.FAILED or leg.status is LegStatus.ENDING:
            return
        if self.phase is Phase.UP or self._keeps(leg):
            self._give_up(leg, failure.cause)
            return
        where = ", ".join(sorted(self.recorders))
        self._causes.append(f"{where}: {failure.cause}" if where else failure.cause)
        for other in self.legs.values():
            if other is not leg:
                other.hang_up(f"leg {leg.key} failed: {failure.cause}")
        self._next()

    def _keeps(self, leg: Leg) -> bool:
        """Whether the other legs go on without this one."""
        if self._wire.settings.one_leg_failed is OneLegFailed.END_ALL:
            return False
        others = [one for one in self.legs.values() if one is not leg]
        return any(one.up or one.status is LegStatus.INVITING for one in others)

    def _give_up(self, leg: Leg, cause: str) -> None:
        leg.status = LegStatus.FAILED
        leg.cause = cause
        self._owner.leg_news(leg)
        self._owner.leg_problem(leg, PROBLEM_LEG, f"leg {leg.key} failed: {cause}")
        if self.phase is Phase.INVITING:
            self._look()
        self._owner.destination_settled(self)

    def _next(self) -> None:
        """Try another recorder with all legs, or give up."""
        cause = "; ".join(self._causes)
        if self._retries <= 0:
            self.fail(cause)
            return
        self._retries -= 1
        try:
            self.choose()
        except NoRecorderError as nobody:
            self.fail(cause if self.address else f"{cause}; {nobody.cause}")
            return
        self.begin()

    def leg_lost(self, leg: Leg, cause: str) -> None:
        """The recorder ended a leg that was up."""
        if self.phase is Phase.INVITING:
            self.leg_failed(leg, Failure(code=0, cause=cause, answered=False))
            return
        leg.status = LegStatus.FAILED
        self._owner.leg_news(leg)
        self._owner.leg_gone(leg, cause)
        others = [one for one in self.legs.values() if one is not leg and one.up]
        if not others or self._wire.settings.one_leg_failed is OneLegFailed.END_ALL:
            self.fail(f"leg {leg.key}: {cause}")
        else:
            self._owner.destination_settled(self)

    def leg_settled(self, leg: Leg) -> None:
        if leg.quiet and leg.status is LegStatus.ENDING:
            failed = self.phase is Phase.FAILED
            leg.status = LegStatus.FAILED if failed else LegStatus.ENDED
            self._owner.leg_news(leg)
        self._owner.destination_settled(self)

    def leg_informed(self, leg: Leg, content_type: str, body: bytes) -> None:
        self._owner.leg_informed(leg, content_type, body)

    def leg_info_done(self, leg: Leg, code: int) -> None:
        self._owner.leg_info_done(leg, code)

    def leg_refused(self, leg: Leg, failure: Failure) -> None:
        self._owner.leg_refused(leg, failure)

    def leg_news(self, leg: Leg) -> None:
        self._owner.leg_news(leg)

    def leg_problem(self, leg: Leg, kind: str, cause: str) -> None:
        self._owner.leg_problem(leg, kind, cause)
