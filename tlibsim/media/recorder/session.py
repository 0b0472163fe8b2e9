"""One recording session towards recorders: orders become legs, legs become reports.

Orders are answered in the order in which they came, when every leg has what was asked for.  A
session has started when one of its destinations has all its legs; it has failed when none is
left.  Source: MEDIA.md 1.1, RECORDING.md 6.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from tlibsim.media.names import safe_name
from tlibsim.media.recorder.deck import Scene
from tlibsim.media.recorder.destination import Destination, Phase
from tlibsim.media.recorder.leg import Leg
from tlibsim.media.recorder.pool import NoRecorderError
from tlibsim.media.recorder.wire import Wire
from tlibsim.media.sip.values import Failure, Timer
from tlibsim.ports.media import (
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CapturePaused,
    CaptureReport,
    CaptureResumed,
    CaptureRevised,
    CaptureStarted,
    LegChanged,
    LegLost,
    LegPlan,
    LegStatus,
    MediaProblem,
    OrderRefused,
    RecordingOrder,
    Revision,
    SessionId,
)

PROBLEM_DESTINATION = "destination"
PROBLEM_ORDER = "order"


class State(Enum):
    """Where the session is; FAILING and STOPPING wait for the last BYE."""

    STARTING = "starting"
    UP = "up"
    FAILING = "failing"
    STOPPING = "stopping"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class Pending:
    """An order that waits for its legs; ``causes`` are refusals of recorders."""

    order: str
    done: CaptureReport
    causes: list[str]


class RecorderSession:
    """Everything about one session; ``tell`` takes its reports, in order.

    ``replaceable``: what failed is a media server, in whose place another one can come
    (RECORDING.md 6).  A recorder is replaced here, or not at all.
    """

    replaceable = False

    def __init__(
        self,
        order: RecordingOrder,
        *,
        wire: Wire,
        tell: Callable[[CaptureReport], None],
        ended: Callable[[SessionId], None],
    ) -> None:
        self.id = order.session
        self.state = State.STARTING
        self._order = order
        self._wire = wire
        self._tell = tell
        self._ended = ended
        self._scene = Scene(parties=order.parties)
        self._pending: list[Pending] = []
        self._legs: dict[str, Leg] = {}
        self._leaving: list[Leg] = []
        self._counters: dict[str, int] = {}
        self._split: Timer | None = None
        self._destinations = tuple(
            Destination(number, address, order=order, wire=wire, owner=self)
            for number, address in enumerate(order.destinations or ("",))
        )

    @property
    def ports(self) -> int:
        """How many streams it has, or is to have."""
        return sum(leg.streams for leg in self._legs.values())

    @property
    def takes_orders(self) -> bool:
        """Whether it is neither over nor about to be."""
        return self.state in {State.STARTING, State.UP}

    @property
    def settled(self) -> bool:
        """Whether every order is answered and nothing ends in the background."""
        return self.state is State.ENDED or (self.state is State.UP and not self._pending)

    def uses(self, recorder: str) -> bool:
        """Whether a leg goes to that recorder."""
        return any(recorder in one.recorders for one in self._destinations)

    # -- orders ------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the legs, without doing anything."""
        for plan in self._order.legs:
            self._add(plan, self._place(plan), invite=False)

    def begin(self) -> None:
        """Choose recorders and invite them.  For a later turn than the order's."""
        if self.state is not State.STARTING:
            return
        nobodies = [one for one in map(self._choose, self._destinations) if one is not None]
        lost = len(nobodies) == len(self._destinations)
        if lost and all(one.rejected for one in nobodies):
            self._fail(_joined(nobodies))
            return
        name = safe_name(self._order.file_name or self._order.record_id)
        self._tell(CaptureAccepted(session=self.id, file_name=name))
        if lost:
            self._fail(_joined(nobodies))
            return
        for nobody in nobodies:
            self._problem(PROBLEM_DESTINATION, nobody.cause)
        for one in self._destinations:
            if one.phase is not Phase.FAILED:
                one.begin()

    def _choose(self, destination: Destination) -> NoRecorderError | None:
        try:
            destination.choose()
        except NoRecorderError as nobody:
            destination.phase = Phase.FAILED
            self._out_of_reach(destination, nobody.cause)
            return nobody
        return None

    def _out_of_reach(self, destination: Destination, cause: str) -> None:
        for leg in destination.legs.values():
            leg.status = LegStatus.FAILED
            leg.cause = cause
            self.leg_news(leg)

    def pause(self) -> None:
        if self._scene.paused:
            self._refuse("pause", "it is paused already")
            return
        self._change(replace(self._scene, paused=True))
        self._await("pause", CapturePaused(session=self.id))

    def resume(self) -> None:
        if not self._scene.paused:
            self._refuse("resume", "it is not paused")
            return
        self._change(replace(self._scene, paused=False))
        self._await("resume", CaptureResumed(session=self.id))

    def revise(self, revision: Revision) -> None:
        """Follow the new plan: legs go on under their key, come, or get their BYE."""
        scene = replace(self._scene, parties=revision.parties)
        plans = {plan.key: plan for plan in revision.legs}
        for key in [key for key in self._legs if key not in plans]:
            self._part_with(key)
        self._change(scene, plans)
        for key, plan in plans.items():
            if key not in self._legs:
                self._add(plan, self._place(plan), invite=True)
        self._await("revise", CaptureRevised(session=self.id))

    def stop(self, cause: str) -> None:
        """End every leg; the last word comes when the last BYE is answered or given up."""
        if self.takes_orders:
            self._end(State.STOPPING, cause)

    def give_up(self, cause: str) -> None:
        """Fail for a reason that has nothing to do with recorders."""
        self._fail(cause)

    def recorder_down(self, cause: str) -> None:
        """The pings of its recorder are not answered any more (``end-on-ping-loss``)."""
        for leg in tuple(self._legs.values()):
            if leg.up:
                leg.hang_up(cause)
                leg.status = LegStatus.FAILED
                self.leg_news(leg)
                self.leg_gone(leg, cause)
        self._fail(cause)

    # -- legs --------------------------------------------------------------------------------

    def _place(self, plan: LegPlan) -> Destination:
        return self._destinations[min(plan.destination, len(self._destinations) - 1)]

    def _add(self, plan: LegPlan, place: Destination, *, invite: bool) -> None:
        leg = Leg(plan, order=self._order, scene=self._scene, wire=self._wire, owner=place)
        self._legs[plan.key] = leg
        if place.phase is not Phase.FAILED:
            place.legs[plan.key] = leg
        if invite:
            self._wire.pacer.do(lambda: self._join(place, leg))

    def _join(self, place: Destination, leg: Leg) -> None:
        if self.takes_orders and place.legs.get(leg.key) is leg:
            place.add(leg)

    def _part_with(self, key: str) -> None:
        leg = self._legs.pop(key)
        place = self._place_of(leg)
        place.legs.pop(key, None)
        if leg.quiet:
            self._let_go(leg)
        else:
            self._leaving.append(leg)
            leg.hang_up("not in the plan any more")

    def _place_of(self, leg: Leg) -> Destination:
        return self._destinations[min(leg.plan.destination, len(self._destinations) - 1)]

    def _change(self, scene: Scene, plans: dict[str, LegPlan] | None = None) -> None:
        self._scene = scene
        for key, leg in self._legs.items():
            leg.follow(leg.plan if plans is None else plans[key], scene)

    def _let_go(self, leg: Leg) -> None:
        for name, count in leg.counters().items():
            self._counters[name] = self._counters.get(name, 0) + count
        told = leg.status in {LegStatus.FAILED, LegStatus.ENDED}
        leg.finish(leg.status if told else LegStatus.ENDED)
        if not told:
            self.leg_news(leg)

    # -- answers -----------------------------------------------------------------------------

    def _await(self, order: str, done: CaptureReport) -> Pending:
        pending = Pending(order=order, done=done, causes=[])
        self._pending.append(pending)
        self._wire.pacer.do(self._look)
        return pending

    def _refuse(self, order: str, cause: str) -> None:
        """Answer in turn: after the orders that came before."""
        refused = OrderRefused(session=self.id, order=order, cause=cause)
        self._await(order, refused)

    def _look(self) -> None:
        """Answer what can be answered, and say the last word when it is due."""
        if self.state in {State.STOPPING, State.FAILING}:
            self._finish()
            return
        self._clear_leaving()
        if self.state is not State.UP:
            return
        if not all(one.settled for one in self._destinations if one.phase is not Phase.FAILED):
            return
        pending, self._pending = self._pending, []
        for one in pending:
            self._tell(self._answer(one))

    def _answer(self, pending: Pending) -> CaptureReport:
        """A refused resume is refused; what else was refused is done on our side anyway."""
        if not pending.causes:
            return pending.done
        cause = "; ".join(dict.fromkeys(pending.causes))
        if pending.order == "resume" and len(pending.causes) >= self._up():
            self._scene = replace(self._scene, paused=True)
            for leg in self._legs.values():
                leg.follow(leg.plan, self._scene)
            return OrderRefused(session=self.id, order=pending.order, cause=cause)
        self._problem(PROBLEM_ORDER, f"{pending.order}: {cause}")
        return pending.done

    def _up(self) -> int:
        return sum(leg.up for leg in self._legs.values())

    def _clear_leaving(self) -> None:
        for leg in [one for one in self._leaving if one.quiet]:
            self._leaving.remove(leg)
            self._let_go(leg)

    # -- the end -----------------------------------------------------------------------------

    def _fail(self, cause: str) -> None:
        if self.takes_orders:
            failed = CaptureFailed(session=self.id, cause=cause, retryable=self.replaceable)
            self._tell(failed)
            self._end(State.FAILING, cause)

    def _end(self, state: State, cause: str) -> None:
        self.state = state
        if self._split is not None:
            self._split.cancel()
        self._pending.clear()
        for one in self._destinations:
            one.hang_up(cause)
        self._wire.pacer.do(self._look)

    def _finish(self) -> None:
        legs = (*self._legs.values(), *self._leaving)
        if not all(leg.quiet for leg in legs):
            return
        for leg in legs:
            self._let_go(leg)
        self._leaving.clear()
        self.state = State.ENDED
        self._tell(CaptureEnded(session=self.id, counters=dict(self._counters)))
        self._ended(self.id)

    # -- what destinations tell --------------------------------------------------------------

    def taken_by_others(self, destination: Destination) -> frozenset[str]:
        names = [one.recorders for one in self._destinations if one is not destination]
        return frozenset().union(*names)

    def destination_up(self, destination: Destination) -> None:  # noqa: ARG002
        if self.state is State.STARTING:
            self.state = State.UP
            self._tell(CaptureStarted(session=self.id))
            self._plan_split()
        self._look()

    def _plan_split(self) -> None:
        """Option ``rtp.multichantimeout``: without RTCP the recording comes in segments."""
        if self._wire.settings.split_after_s and self.state is State.UP:
            delay = self._wire.settings.split_after_s
            self._split = self._wire.clock.call_later(delay, self._split_now)

    def _split_now(self) -> None:
        for leg in self._legs.values():
            leg.split()
        self._plan_split()

    def destination_failed(self, destination: Destination, cause: str) -> None:
        if any(one.phase is not Phase.FAILED for one in self._destinations):
            name = destination.address or f"destination {destination.number + 1}"
            self._problem(PROBLEM_DESTINATION, f"{name} has failed: {cause}")
            self._look()
        else:
            self._fail(cause)

    def destination_settled(self, destination: Destination) -> None:  # noqa: ARG002
        self._look()

    def leg_news(self, leg: Leg) -> None:
        if self.state is not State.ENDED:
            self._tell(LegChanged(session=self.id, leg=leg.view()))

    def leg_gone(self, leg: Leg, cause: str) -> None:
        self._tell(LegLost(session=self.id, key=leg.key, cause=cause))

    def leg_refused(self, leg: Leg, failure: Failure) -> None:
        for one in self._pending:
            one.causes.append(f"{leg.view().recorder} on leg {leg.key}: {failure.cause}")

    def leg_problem(self, leg: Leg, kind: str, cause: str) -> None:  # noqa: ARG002
        self._problem(kind, cause)

    def leg_informed(self, leg: Leg, content_type: str, body: bytes) -> None:
        """An INFO of a recorder says nothing that we know."""

    def leg_info_done(self, leg: Leg, code: int) -> None:
        """No INFO is sent to recorders."""

    def _problem(self, kind: str, cause: str) -> None:
        if self.takes_orders:
            self._tell(MediaProblem(session=self.id, kind=kind, cause=cause))


def _joined(nobodies: list[NoRecorderError]) -> str:
    return "; ".join(dict.fromkeys(one.cause for one in nobodies))
