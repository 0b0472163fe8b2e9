"""The router itself: facts of the switch come in, commands of a routing client go out.

It opens nothing and reads no clock.  What it asks is carried out like a request, so it may be
refused; then the next target is tried.  Rules: docs/configuration.md, ``routing``.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tlibproto.vocabulary import ConnId, Dn, KVList, RouteType, TreatmentType
from tlibsim.config import RouteTarget, RouteTreatment, RoutingSettings
from tlibsim.ports.media import Instant
from tlibsim.router.matching import Rule, question
from tlibsim.router.places import Place, in_turn, place_of
from tlibsim.switch.commands import (
    ApplyTreatment,
    Because,
    ChangeUserData,
    DataChange,
    RouteCall,
)
from tlibsim.switch.facts import (
    CallEnded,
    CallView,
    PartyAbandoned,
    PartyChanged,
    PartyFact,
    RequestFailed,
    RouteRequested,
    RouteUsed,
    TreatmentNotApplied,
)
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch

_MICROSECONDS = 1_000_000
MOST_ROUTES = 16
"""How often one call is routed by rules; more is a circle of routing points."""

_Key = tuple[ConnId, Dn]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleApplied:
    """A rule decides about a call; ``rule`` is its name.  For the journal: it is no event."""

    call: CallView
    dn: Dn
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the router does next: facts to tell, and commands to carry out, in order."""

    facts: tuple[object, ...] = ()
    commands: tuple[object, ...] = ()


NOTHING = Moves()


@dataclass(eq=False, slots=True, kw_only=True)
class Plan:
    """What is still to be done for a call at a routing point.

    ``asked`` is the last command that may be refused, ``timer`` counts treatments: the time of
    one is over only while no other has begun.
    """

    dn: Dn
    conn_id: ConnId
    reject: bool
    because: Because
    attach: KVList
    treatments: deque[RouteTreatment]
    targets: deque[RouteTarget]
    asked: object = field(default=None)
    timer: int = 0


class Router:
    """Routes the calls of one switch by the rules of its configuration.

    ``utc_offset`` gives the seconds by which local time is ahead of UTC.  ``claimed`` says
    whether a client that may route is registered on a DN; whoever knows sets it.
    """

    def __init__(
        self,
        settings: RoutingSettings,
        *,
        switch: Switch,
        rng: Random,
        utc_offset: Callable[[Instant], int],
    ) -> None:
        self.claimed: Callable[[Dn], bool] = lambda _: False
        self.reconfigure(settings)
        self._switch = switch
        self._rng = rng
        self._utc_offset = utc_offset
        self._plans: dict[_Key, Plan] = {}
        self._routed: dict[ConnId, int] = {}
        self._deadlines: list[tuple[Instant, int, Plan, int]] = []
        self._deadlines_made = 0

    def reconfigure(self, settings: RoutingSettings) -> None:
        """Other rules for calls that ask for a route from now on."""
        self._settings = settings
        self._rules = tuple(Rule(one, at) for at, one in enumerate(settings.rules, 1))

    @classmethod
    def without_rules(cls, switch: Switch) -> "Router":
        """A router that leaves every call to clients."""
        return cls(RoutingSettings(), switch=switch, rng=Random(0), utc_offset=lambda _: 0)

    @property
    def busy(self) -> int:
        """How many calls it is about to route."""
        return len(self._plans)

    def planned(self) -> tuple[tuple[ConnId, Dn], ...]:
        """The calls that it is about to route, each with its routing point."""
        return tuple(self._plans)

    # -- the ways in -------------------------------------------------------------------------

    def notice(self, fact: object, now: Instant) -> Moves:
        """Act on what happened; most facts are of no interest."""
        function = NOTICES.get(type(fact))
        return NOTHING if function is None else function(self, fact, now)

    def refused(self, command: object, refused: RequestRefused, now: Instant) -> Moves:
        """A command of the router was refused: something else is tried."""
        plan = self._plan_of(command)
        if plan is None:
            return NOTHING
        if refused.reason in GONE:
            return self._drop(plan)
        return self._proceed(plan, now)

    def next_deadline(self) -> Instant | None:
        """When :meth:`due` is wanted next."""
        return self._deadlines[0][0] if self._deadlines else None

    def due(self, now: Instant) -> Iterator[Moves]:
        """What follows on treatments whose time is over."""
        while self._deadlines and self._deadlines[0][0] <= now:
            _, _, plan, timer = heapq.heappop(self._deadlines)
            if self._is_live(plan) and plan.timer == timer:
                yield self._proceed(plan, now)

    # -- calls that come and go ----------------------------------------------------------------

    def _route_requested(self, fact: RouteRequested, now: Instant) -> Moves:
        dn, call = fact.side.dn, fact.call
        if not self._is_mine(dn) or self._routed.get(call.conn_id, 0) >= MOST_ROUTES:
            return NOTHING
        asked = question(dn, call, now, self._utc_offset(now))
        rule = next((rule for rule in self._rules if rule.fits(asked)), None)
        if rule is None and not self._settings.default:
            return NOTHING
        plan = self._plan(dn, call.conn_id, rule)
        self._plans[call.conn_id, dn] = plan
        self._routed[call.conn_id] = self._routed.get(call.conn_id, 0) + 1
        label = DEFAULT if rule is None else rule.label
        moves = self._proceed(plan, now)
        applied = RuleApplied(call=call, dn=dn, rule=label)
        return Moves(facts=(applied, *moves.facts), commands=moves.commands)

    def _is_mine(self, dn: Dn) -> bool:
        when = self._settings.when
        return when == "always" or (when == "unclaimed" and not self.claimed(dn))

    def _plan(self, dn: Dn, conn_id: ConnId, rule: Rule | None) -> Plan:
        default = in_turn(self._settings.default, self._rng)
        if rule is None:
            return Plan(
                dn=dn,
                conn_id=conn_id,
                reject=False,
                because=Because(),
                attach=KVList(),
                treatments=deque(),
                targets=deque(default),
            )
        settings = rule.settings
        return Plan(
            dn=dn,
            conn_id=conn_id,
            reject=settings.reject,
            because=Because(
                reasons=kvlist_of(settings.reasons) or None,
                extensions=kvlist_of(settings.extensions) or None,
            ),
            attach=kvlist_of(settings.attach),
            treatments=deque(settings.treatment),
            targets=deque((*in_turn(settings.to, self._rng), *default)),
        )

    def _left(self, fact: PartyFact, _: Instant) -> Moves:
        """The call has gone on, or was given up: the rest falls away."""
        self._plans.pop((fact.call.conn_id, fact.side.dn), None)
        return NOTHING

    def _call_ended(self, fact: CallEnded, _: Instant) -> Moves:
        conn_id = fact.call.conn_id
        if self._routed.pop(conn_id, None) is not None:
            for key in [key for key in self._plans if key[0] == conn_id]:
                del self._plans[key]
        return NOTHING

    def _party_changed(self, fact: PartyChanged, _: Instant) -> Moves:
        """The call was joined with another, whose ConnID it has from now on."""
        before = fact.previous_conn_id
        plan = None if before is None else self._plans.pop((before, fact.side.dn), None)
        if plan is not None:
            plan.conn_id = fact.call.conn_id
            self._plans[plan.conn_id, plan.dn] = plan
            self._routed.setdefault(plan.conn_id, 1)
        return NOTHING

    def _request_failed(self, fact: RequestFailed, now: Instant) -> Moves:
        """A route that was taken has come to nothing (``divert-on-ringing=false``)."""
        plan = self._plans.get((fact.conn_id, Dn(fact.dn)))
        if plan is None or not isinstance(plan.asked, RouteCall):
            return NOTHING
        return self._proceed(plan, now)

    def _not_applied(self, fact: TreatmentNotApplied, now: Instant) -> Moves:
        plan = self._plans.get((fact.call.conn_id, fact.side.dn))
        if plan is None or not isinstance(plan.asked, ApplyTreatment):
            return NOTHING
        return self._proceed(plan, now)

    # -- what is done next -----------------------------------------------------------------------

    def _proceed(self, plan: Plan, now: Instant) -> Moves:
        """User data first, then treatments one by one, then target after target."""
        commands: list[object] = []
        if plan.attach:
            commands.append(_attach(plan))
            plan.attach = KVList()
        step = self._treat(plan, now) if plan.treatments else self._route(plan)
        if step is None:
            self._drop(plan)
        else:
            plan.asked = step
            commands.append(step)
        return Moves(commands=tuple(commands))

    def _treat(self, plan: Plan, now: Instant) -> object:
        treatment = plan.treatments.popleft()
        plan.timer += 1
        self._deadlines_made += 1
        at = Instant(now + round(treatment.seconds * _MICROSECONDS))
        heapq.heappush(self._deadlines, (at, self._deadlines_made, plan, plan.timer))
        return ApplyTreatment(
            dn=plan.dn,
            conn_id=plan.conn_id,
            treatment=TREATMENTS[treatment.kind],
            parameters=_parameters(treatment),
        )

    def _route(self, plan: Plan) -> object | None:
        plan.timer += 1
        if plan.reject:
            plan.reject = False
            return _route_call(plan, Place(number=""), RouteType.Reject)
        while plan.targets:
            place = place_of(self._switch, plan.targets.popleft())
            if place is not None:
                return _route_call(plan, place, RouteType.Unknown)
        return None

    def _drop(self, plan: Plan) -> Moves:
        self._plans.pop((plan.conn_id, plan.dn), None)
        return NOTHING

    def _is_live(self, plan: Plan) -> bool:
        return self._plans.get((plan.conn_id, plan.dn)) is plan

    def _plan_of(self, command: object) -> Plan | None:
        if not isinstance(command, RouteCall | ApplyTreatment):
            return None
        plan = self._plans.get((command.conn_id, command.dn))
        return plan if plan is not None and plan.asked is command else None


DEFAULT = "default"
"""What the journal calls the targets that are tried when no rule fits."""

GONE = frozenset({Reason.INVALID_CONN_ID, Reason.NOT_ROUTABLE, Reason.REQUEST_IN_PROGRESS})
"""Refusals that say that the call is no longer the router's: it left, or another one routes it."""

TREATMENTS: Mapping[str, TreatmentType] = {
    "music": TreatmentType.Music,
    "ringback": TreatmentType.RingBack,
    "silence": TreatmentType.Silence,
    "busy": TreatmentType.Busy,
    "fast-busy": TreatmentType.FastBusy,
    "announcement": TreatmentType.PlayAnnouncement,
}

NOTICES: Mapping[type, Callable[[Router, Any, Instant], Moves]] = {
    RouteRequested: Router._route_requested,
    RouteUsed: Router._left,
    PartyAbandoned: Router._left,
    PartyChanged: Router._party_changed,
    RequestFailed: Router._request_failed,
    TreatmentNotApplied: Router._not_applied,
    CallEnded: Router._call_ended,
}


def _attach(plan: Plan) -> object:
    return ChangeUserData(
        dn=plan.dn, conn_id=plan.conn_id, change=DataChange.UPDATE, pairs=plan.attach
    )


def _route_call(plan: Plan, place: Place, route_type: RouteType) -> object:
    return RouteCall(
        dn=plan.dn,
        conn_id=plan.conn_id,
        to=place.number,
        route_type=route_type,
        location=place.location,
        because=plan.because,
    )


_DURATION = "DURATION"


def _parameters(treatment: RouteTreatment) -> KVList | None:
    """An announcement ends by itself after its time; what is endless needs no parameter."""
    parameters = kvlist_of(treatment.parameters)
    if treatment.kind == "announcement" and not parameters.has(_DURATION):
        parameters = parameters.appended(KVList(((_DURATION, round(treatment.seconds)),)))
    return parameters or None


def kvlist_of(values: Mapping[str, Any]) -> KVList:
    """A key-value list of what a rule says; words and numbers stay what they are."""
    return KVList((key, _value(value)) for key, value in values.items())


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return kvlist_of(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, int) else str(value)
