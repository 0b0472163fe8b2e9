"""Bringing a call to its destination: a telephone rings, a trunk is taken, or neither works.

Rules: BEHAVIOUR.md 1.2 to 1.5.  What a DN does with a call depends on its type: ``arrivals``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from tlibproto.vocabulary import CallState, Cause, Dn, DnRole, ForwardMode, PartyState
from tlibsim.config import DnType
from tlibsim.ports.media import Instant
from tlibsim.switch.call import Call, Errand, Party
from tlibsim.switch.clearing import fail, stop_observing
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import FarCalled, PartyNetworkReached, PartyRinging, ThirdParty
from tlibsim.switch.legs import SiteTrunk
from tlibsim.switch.numbering import Destination, Inside, Nowhere, Outside
from tlibsim.switch.phones import remind_to_answer
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.telling import later, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a call comes to a destination: what its events say besides who calls.

    ``third`` is who sent it there, ``call_state`` and ``cause`` are those of EventRinging,
    ``answer_state`` that of EventEstablished.  ``caller_role`` None: OtherDNRole is the
    caller's own.  ``queue`` is where it was distributed from.  A party that is not
    ``announced`` is made known to the others when it answers.  ``ring_timeout``, ``overflow``
    and ``no_answer_action`` go before the options of the DN.  ``passed`` are the DNs that
    forwarded the call on its way.
    """

    third: ThirdParty | None = None
    call_state: CallState = CallState.Ok
    cause: Cause | None = None
    answer_state: CallState = CallState.Ok
    queue: Dn | None = None
    role: DnRole = DnRole.RoleDestination
    caller_role: DnRole | None = None
    announced: bool = True
    invited_by: Dn | None = None
    errand: Errand | None = None
    ring_timeout: float | None = None
    overflow: str | None = None
    no_answer_action: str | None = None
    passed: tuple[Dn, ...] = ()


PLAIN = Approach()

Arrival = Callable[[Switch, Turn, Call, "Party | None", Device, Approach], Party]


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Reminder: nobody answered the ringing that began at ``since``."""

    party: Party
    since: Instant
    overflow: str
    action: str | None


def offer(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party,
    destination: Destination,
    approach: Approach = PLAIN,
) -> None:
    """Bring a call that is being dialed to its destination, or fail it with the reason."""
    why = unreachable(destination, caller.device, approach.passed, call)
    if why is not None:
        fail(switch, turn, caller, why)
        return
    reach(switch, turn, call, caller, destination, approach)


def unreachable(
    destination: Destination,
    caller: Device | None,
    passed: tuple[Dn, ...] = (),
    call: Call | None = None,
) -> CallState | None:
    """Why a destination cannot be had now, as the CallState that tells the caller; or None.

    A DN that is on ``call`` already is busy for it: nobody is in a call twice.
    """
    destination, _ = forwarded(destination, passed)
    match destination:
        case Inside(device):
            if call is not None and any(one.device is device for one in call.members()):
                return CallState.Busy
            return _refusal_of(device, caller)
        case Outside(trunk, number):
            if trunk.full or not trunk.telephone.in_service:
                return CallState.AllTrunksBusy
            return CallState.Busy if trunk.options_for(number).busy else None
    return CallState.SitInvalidnum


def _arrivals() -> Mapping[DnType, Arrival]:
    """The table of arrivals; its rows use this module, so it is looked up late."""
    from tlibsim.switch.arrivals import ARRIVALS

    return ARRIVALS


def _refusal_of(device: Device, caller: Device | None) -> CallState | None:
    if device.settings.type not in _arrivals() or not device.telephone.in_service:
        return CallState.GeneralError
    if device.full and device.settings.type is DnType.QUEUE:
        return CallState.QueueFull
    if device.busy or device is caller:
        return CallState.Busy
    return None


def forwarded(
    destination: Destination, passed: tuple[Dn, ...] = ()
) -> tuple[Destination, tuple[Dn, ...]]:
    """Where a call rings in the end, and all DNs that sent it on; a loop leads nowhere."""
    while isinstance(destination, Inside):
        device = destination.device
        if device.dn in passed:
            return Nowhere(device.dn), passed
        forward = device.telephone.forward
        if forward is None or not device.telephone.in_service:
            break
        if forward.mode not in (WHEN_BUSY if device.busy else ALWAYS):
            break
        passed = (*passed, device.dn)
        destination = forward.destination
    return destination, passed


ALWAYS = frozenset({ForwardMode.Unconditional, ForwardMode.SendAllCalls})
"""Modes that forward every call."""
WHEN_BUSY = ALWAYS | {ForwardMode.OnBusy, ForwardMode.OnBusyAndNoAnswer}
WHEN_UNANSWERED = frozenset({ForwardMode.OnNoAnswer, ForwardMode.OnBusyAndNoAnswer})


def sent_on(switch: Switch, approach: Approach, passed: tuple[Dn, ...]) -> Approach:
    """What the target of a forwarded call is told (BEHAVIOUR.md 1.17)."""
    shown = switch.options.forwarded_callstate
    return replace(
        approach,
        third=ThirdParty(dn=passed[-1], role=DnRole.RoleUnknown),
        cause=Cause.Forward,
        call_state=CallState.Forwarded if shown else approach.call_state,
        passed=passed,
    )


def reach(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    destination: Destination,
    approach: Approach = PLAIN,
) -> Party:
    """Bring the call to a destination that is not :func:`unreachable`; returns the new party.

    ``caller`` is whom the new party sees at the other end.
    """
    destination, passed = forwarded(destination, approach.passed)
    if passed != approach.passed:
        approach = sent_on(switch, approach, passed)
    match destination:
        case Inside(device):
            return _arrivals()[device.settings.type](
                switch, turn, call, caller, device, approach
            )
        case Outside():
            return _reach_outside(switch, turn, call, caller, destination, approach)
    raise AssertionError("a number that leads nowhere cannot be reached")


def ring(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    device: Device,
    approach: Approach,
) -> Party:
    """A telephone rings."""
    stop_observing(turn, call, device.dn)
    party = _party(call, device.dn, approach, turn, device=device)
    call.join(party)
    party.step(PartyInput.ALERT)
    tell(
        turn,
        PartyRinging,
        party,
        None,
        side=party.side(caller, approach.caller_role),
        call_state=approach.call_state,
        cause=approach.cause,
        third=approach.third,
    )
    timeout = _first(
        approach.ring_timeout,
        device.options.no_answer_timeout,
        switch.options.no_answer_timeout,
    )
    overflow = _first(
        approach.overflow, device.options.no_answer_overflow, switch.options.no_answer_overflow
    )
    if timeout:
        stop = StopRinging(party, party.joined_at, overflow or "", approach.no_answer_action)
        switch.remind(later(turn, timeout), stop)
    remind_to_answer(switch, turn.now, party)
    return party


_T = TypeVar("_T")


def _first(*settings: _T | None) -> _T | None:
    """The setting that is given nearest to the call."""
    return next((one for one in settings if one is not None), None)


def _reach_outside(
    switch: Switch,
    turn: Turn,
    call: Call,
    caller: Party | None,
    destination: Outside,
    approach: Approach,
) -> Party:
    trunk = destination.trunk
    far = _party(call, destination.number, approach, turn, trunk=trunk)
    call.join(far)
    far.step(PartyInput.ALERT)
    turn.publish(FarCalled(call=call.view()))
    if isinstance(trunk, SiteTrunk):
        _call_out()(switch, turn, far, trunk, caller, approach.third)
        return far
    dialing = caller is not None and caller.state is PartyState.Dialing
    if switch.options.emit_network_reached and caller is not None and dialing:
        tell(turn, PartyNetworkReached, caller, far)
    remind_to_answer(switch, turn.now, far)
    return far


def _call_out() -> Callable[..., None]:
    """How another switch is called; it uses this module, so it is looked up late."""
    from tlibsim.switch.sites import call_out

    return call_out


def _party(
    call: Call,
    dn: str,
    approach: Approach,
    turn: Turn,
    *,
    device: Device | None = None,
    trunk: Device | None = None,
) -> Party:
    party = Party(call, dn, approach.role, turn.now, device=device, trunk=trunk)
    party.queue = approach.queue
    party.announced = approach.announced
    party.answer_state = approach.answer_state
    party.invited_by = approach.invited_by
    party.errand = approach.errand
    party.passed = approach.passed
    return party
