"""Routing points: a call waits until a router, or the default, sends it on (BEHAVIOUR.md 1.14)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from tlibproto.vocabulary import CallState, Cause, Dn, DnRole, KVList, PartyState, RouteType
from tlibsim.ports.media import Instant
from tlibsim.switch import treatments
from tlibsim.switch.agents import did_not_answer
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import give_up, go_on_without, refuse
from tlibsim.switch.commands import Because, RouteCall
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import RequestFailed, RouteRequested, RouteUsed, ThirdParty
from tlibsim.switch.numbering import Destination
from tlibsim.switch.offering import Approach, reach, unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later, tell
from tlibsim.switch.treatments import Treatment
from tlibsim.switch.waiting import divert, wait_at

NO_ANSWER_TIMEOUT = "NO_ANSWER_TIMEOUT"
NO_ANSWER_OVERFLOW = "NO_ANSWER_OVERFLOW"
NO_ANSWER_ACTION = "NO_ANSWER_ACTION"
AFTER_ROUTING_TIMEOUT_ACTION = "AFTER_ROUTING_TIMEOUT_ACTION"


class AtRoutingPoint:
    """The stay of a call at a routing point."""

    __slots__ = ("pending", "timer", "treatment")

    def __init__(self) -> None:
        self.timer = 0
        self.treatment: Treatment | None = None
        self.pending: Party | None = None

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """Nobody answers at a routing point."""

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """Somebody released the call at the routing point: it ends for all, unless they talk."""
        go_on_without(switch, turn, party)
        return True


class RoutedHere:
    """A party that rings while the call still waits at the routing point it came from."""

    __slots__ = ("_point", "_third")

    def __init__(self, point: Party, third: ThirdParty) -> None:
        self._point = point
        self._third = third

    def answered(self, switch: Switch, turn: Turn, party: Party) -> None:
        """Only now the call leaves the routing point."""
        stay = _stay(self._point)
        stay.pending = None
        _leave_point(switch, turn, self._point, self._third.dn, None)

    def left(self, switch: Switch, turn: Turn, party: Party, why: CallState) -> bool:
        """The call is where it was, and may be routed again."""
        stay = _stay(self._point)
        stay.pending = None
        _start_timer(switch, turn, self._point)
        turn.publish(
            RequestFailed(
                dn=self._point.dn,
                conn_id=self._point.call.conn_id,
                reason=FAILURES.get(why, Reason.CALL_REJECTED),
                detail=f"{party.dn}: {why.name}",
            )
        )
        return True


FAILURES: Mapping[CallState, Reason] = {
    CallState.Busy: Reason.DN_BUSY,
    CallState.NoAnswer: Reason.DN_NO_ANSWER,
}


@dataclass(frozen=True, slots=True)
class RouterTimeout:
    """Reminder: no router took the call.  Applies while ``timer`` is the last one started."""

    point: Party
    timer: int


@dataclass(frozen=True, slots=True)
class AfterRoutingTimeout:
    """Reminder: the routed party did not answer in ``after-routing-timeout``."""

    party: Party
    since: Instant
    action: str


def _stay(point: Party) -> AtRoutingPoint:
    return cast(AtRoutingPoint, point.errand)


# -- arriving ------------------------------------------------------------------------------------


def arrive(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    device: Device,
    approach: Approach,
) -> Party:
    """A call reaches a routing point: it waits, and the routers are asked.

    One that another routing point sent here has arrived by that.
    """
    errand, approach = approach.errand, replace(approach, errand=None)
    told = switch.options.rp_queue_events
    point = wait_at(turn, call, caller, device, approach, told=told)
    point.errand = AtRoutingPoint()
    point.announced = approach.announced
    point.invited_by = approach.invited_by
    point.answer_state = approach.answer_state
    tell(
        turn,
        RouteRequested,
        point,
        None,
        side=point.side(caller),
        call_state=approach.call_state,
        third=approach.third,
    )
    _start_timer(switch, turn, point)
    if errand is not None:
        errand.answered(switch, turn, point)
    return point


def _start_timer(switch: Switch, turn: Turn, point: Party) -> None:
    """``router-timeout`` begins anew; 0 waits for ever."""
    stay = _stay(point)
    stay.timer += 1
    seconds = switch.options.router_timeout
    if seconds:
        switch.remind(later(turn, seconds), RouterTimeout(point, stay.timer))


# -- routing -------------------------------------------------------------------------------------


def waiting_point(switch: Switch, command_dn: Dn, conn_id: int, reason: Reason) -> Party:
    """The call's place at a routing point; raises RequestRefused(INVALID_CONN_ID or ``reason``)."""
    call = switch.find_call(conn_id)  # type: ignore[arg-type]
    point = call.party_at(command_dn)
    if point is None or not isinstance(point.errand, AtRoutingPoint):
        raise RequestRefused(reason, f"the call does not wait at {command_dn}")
    return point


def route_call(switch: Switch, command: RouteCall, turn: Turn) -> None:
    """A router says where the call goes."""
    point = waiting_point(switch, command.dn, command.conn_id, Reason.NOT_ROUTABLE)
    if _stay(point).pending is not None:
        raise RequestRefused(Reason.REQUEST_IN_PROGRESS, "the call is being routed already")
    ROUTES.get(command.route_type, _route_to_destination)(switch, turn, point, command)


def _route_to_destination(switch: Switch, turn: Turn, point: Party, command: RouteCall) -> None:
    destination = _destination(switch, turn, point, command.to, command.location)
    if command.dnis:
        point.call.dnis = command.dnis
        point.call.touch()
    route(switch, turn, point, destination, command.to, command.because)


def _route_to_default(switch: Switch, turn: Turn, point: Party, command: RouteCall) -> None:
    to = default_dn(switch, point)
    destination = _destination(switch, turn, point, to)
    route(switch, turn, point, destination, to, command.because)


def _reject(switch: Switch, turn: Turn, point: Party, command: RouteCall) -> None:
    """The call is released; the routing point says that it was dropped."""
    treatments.end(switch, turn, point)
    _used(turn, point, None, command.because, CallState.Dropped)
    give_up(switch, turn, point, told=False)


ROUTES: Mapping[int, Callable[[Switch, Turn, Party, RouteCall], None]] = {
    RouteType.Default: _route_to_default,
    RouteType.Reject: _reject,
    RouteType.CallDisconnect: _reject,
}
"""Route types that do not simply go to OtherDN."""

REFUSALS: Mapping[CallState, Reason] = {CallState.Busy: Reason.DN_BUSY}


def _destination(
    switch: Switch, turn: Turn, point: Party, to: str, location: str = ""
) -> Destination:
    """Where ``to`` leads; a destination that cannot be had starts the router's time anew."""
    destination = switch.resolve(to, location)
    why = unreachable(destination, point.device, call=point.call)
    if why is not None:
        _start_timer(switch, turn, point)
        reason = REFUSALS.get(why, Reason.INVALID_TARGET)
        raise RequestRefused(reason, f"{to or 'OtherDN'} cannot be reached: {why.name}")
    return destination


def default_dn(switch: Switch, point: Party) -> str:
    """``default-dn`` of the routing point, else of the application; empty when there is none."""
    own = None if point.device is None else point.device.options.default_dn
    return switch.options.default_dn if own is None else own


def route(
    switch: Switch,
    turn: Turn,
    point: Party,
    destination: Destination,
    to: str,
    because: Because | None,
) -> None:
    """Send the call on: at once, or with ``divert-on-ringing=false`` when it is answered."""
    third = ThirdParty(dn=to, role=DnRole.RoleDestination)
    caller = point.call.other(point)
    if switch.options.divert_on_ringing:
        call = point.call
        _leave_point(switch, turn, point, to, because)
        reach(switch, turn, call, caller, destination, _approach(point, because))
        return
    treatments.end(switch, turn, point)
    _stay(point).timer += 1
    errand = RoutedHere(point, third)
    approach = _approach(point, because, errand)
    party = reach(switch, turn, point.call, caller, destination, approach)
    _stay(point).pending = party
    seconds = switch.options.after_routing_timeout
    if seconds:
        extensions = None if because is None else because.extensions
        action = _text_of(extensions, AFTER_ROUTING_TIMEOUT_ACTION)
        action = action or switch.options.after_routing_timeout_action
        reminder = AfterRoutingTimeout(party, party.joined_at, action)
        switch.remind(later(turn, seconds), reminder)


def _approach(
    point: Party, because: Because | None, errand: RoutedHere | None = None
) -> Approach:
    """How the routed call comes; the route's extensions go before the options of the DN."""
    extensions = None if because is None else because.extensions
    return Approach(
        third=ThirdParty(dn=point.dn, role=DnRole.RoleDestination),
        cause=Cause.Route,
        queue=point.dn,
        role=point.role,
        announced=point.announced,
        invited_by=point.invited_by,
        answer_state=point.answer_state,
        errand=errand,
        ring_timeout=seconds_of(extensions, NO_ANSWER_TIMEOUT),
        overflow=_text_of(extensions, NO_ANSWER_OVERFLOW),
        no_answer_action=_text_of(extensions, NO_ANSWER_ACTION),
    )


def seconds_of(extensions: KVList | None, key: str) -> float | None:
    """A number of seconds, given as integer or decimal text; anything else is ignored."""
    value = None if extensions is None else extensions.first(key)
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    return float(value) if isinstance(value, int) and value >= 0 else None


def _text_of(extensions: KVList | None, key: str) -> str | None:
    value = None if extensions is None else extensions.first(key)
    return value if isinstance(value, str) else None


def _leave_point(
    switch: Switch, turn: Turn, point: Party, to: str, because: Because | None
) -> None:
    treatments.end(switch, turn, point)
    third = ThirdParty(dn=to, role=DnRole.RoleDestination)
    _used(turn, point, third, because, CallState.Ok)
    divert(turn, point, to, told=switch.options.rp_queue_events, cause=Cause.Route)


def _used(
    turn: Turn,
    point: Party,
    third: ThirdParty | None,
    because: Because | None,
    state: CallState,
) -> None:
    side = point.side(point.call.other(point))
    tell(
        turn,
        RouteUsed,
        point,
        None,
        side=side,
        call_state=state,
        third=third,
        because=because,
    )


# -- time ----------------------------------------------------------------------------------------


def router_timeout(switch: Switch, reminder: RouterTimeout, turn: Turn) -> None:
    """Default routing; without a default that can be reached the call is released."""
    point = reminder.point
    waits = point.state is PartyState.Queued and _stay(point).timer == reminder.timer
    if not waits or _stay(point).pending is not None:
        return
    to = default_dn(switch, point)
    destination = switch.numbering.resolve(to)
    if unreachable(destination, point.device, call=point.call) is None:
        route(switch, turn, point, destination, to, None)
    else:
        give_up(switch, turn, point)


def after_routing_timeout(switch: Switch, reminder: AfterRoutingTimeout, turn: Turn) -> None:
    """The routed party is released, and the router may try again."""
    if reminder.party.rings_since(reminder.since):
        refuse(
            switch,
            turn,
            reminder.party,
            None,
            why=CallState.NoAnswer,
            call_state=CallState.Redirected,
        )
        did_not_answer(switch, turn, reminder.party, reminder.action)


def restart_timer(switch: Switch, turn: Turn, point: Party) -> None:
    """A treatment was applied: the router has its time again."""
    _start_timer(switch, turn, point)
