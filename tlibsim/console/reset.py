"""Back to the beginning: no calls, telephones at rest, agents as configured.

Clients stay connected and registered, and see what they would see if people did all this.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from tlibproto.vocabulary import Dn
from tlibsim.console.simulator import Simulated
from tlibsim.switch.agents import logins
from tlibsim.switch.commands import (
    AgentLogout,
    CancelForward,
    ClearCall,
    FarRelease,
    ReleaseCall,
    RestoreBehavior,
    SetDnd,
    SetInService,
    SetLink,
    SetMessageWaiting,
    SetPhoneBusy,
)
from tlibsim.switch.dn import AT_REST, Device
from tlibsim.switch.facts import CallView
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch


class ResetError(RuntimeError):
    """A call could not be ended; the text names it."""


def reset(simulated: Simulated) -> None:
    """End all calls and undo what was set; raises ResetError when a call stays."""
    switch = simulated.switch
    simulated.faulting.clear()
    if not switch.link_up:
        simulated.perform(SetLink(up=True))
    end_calls(simulated)
    _agents_leave(simulated)
    for command in (*_all_at_rest(switch), *_as_configured(switch)):
        _try(simulated, command)
    for login in logins(simulated.settings.agents.values()):
        _try(simulated, login)


def end_calls(simulated: Simulated) -> None:
    """End all calls, as those who are on them would; raises ResetError when one stays."""
    for view in tuple(simulated.calls()):
        _end(simulated, view)
    left = [str(view.call_id) for view in simulated.calls()]
    if left:
        raise ResetError(f"these calls could not be ended: {', '.join(left)}")


def bring_to_rest(simulated: Simulated, dns: Sequence[str], calls: Sequence[CallView]) -> None:
    """The same for some DNs and their calls, while everybody else goes on."""
    for view in calls:
        _end(simulated, view)
    switch = simulated.switch
    devices = [switch.devices[dn] for dn in map(Dn, dns) if dn in switch.devices]
    for device in devices:
        if device.agent is not None:
            _try(simulated, AgentLogout(dn=device.dn))
        for command in _at_rest(device):
            _try(simulated, command)
        if device.settings is not switch.configured.get(device.dn, device.settings):
            _try(simulated, RestoreBehavior(dn=device.dn))
    for login in logins(simulated.settings.agents.values()):
        if login.dn in dns:
            _try(simulated, login)


def _all_at_rest(switch: Switch) -> Iterator[object]:
    for device in tuple(switch.devices.values()):
        if device.telephone is not AT_REST or device.phone_busy:
            yield from _at_rest(device)


def _as_configured(switch: Switch) -> Iterator[object]:
    """What telephones and people outside do by themselves is what the configuration says."""
    for dn, device in tuple(switch.devices.items()):
        if device.settings is not switch.configured.get(dn, device.settings):
            yield RestoreBehavior(dn=dn)
    for pattern in switch.far.changed():
        yield RestoreBehavior(number=pattern)


def _agents_leave(simulated: Simulated) -> None:
    for agent in tuple(simulated.switch.floor.agents.values()):
        _try(simulated, AgentLogout(dn=agent.device.dn))


def _end(simulated: Simulated, view: CallView) -> None:
    """Try what ends a call, the quickest first, until it is gone."""
    for command in _endings(view):
        if simulated.call(view.conn_id) is None:
            return
        _try(simulated, command)


def _endings(view: CallView) -> Iterator[object]:
    inside = [party.dn for party in view.parties if not party.outside]
    for dn in inside:
        yield ClearCall(dn=dn, conn_id=view.conn_id)
    for dn in inside:
        yield ReleaseCall(dn=dn, conn_id=view.conn_id)
    yield FarRelease(conn_id=view.conn_id)


def _at_rest(device: Device) -> Iterator[object]:
    telephone, dn = device.telephone, device.dn
    if not telephone.in_service:
        yield SetInService(dn=dn)
    if telephone.dnd:
        yield SetDnd(dn=dn, on=False)
    if telephone.forward is not None:
        yield CancelForward(dn=dn)
    if telephone.message_waiting:
        yield SetMessageWaiting(dn=dn, on=False)
    if device.phone_busy:
        yield SetPhoneBusy(dn=dn, busy=False)


def _try(simulated: Simulated, command: object) -> None:
    with suppress(RequestRefused):
        simulated.perform(command)
