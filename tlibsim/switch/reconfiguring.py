"""A new configuration while calls go on (docs/reload.md).

What is only new or changed is in force at once.  A DN that is gone, disabled or of another type is
*leaving*: it takes no new call, login or registration, and stays what it was until its last call is
over.  Then its agent is logged out, and :class:`DnRetired` tells whoever had registered it.
"""

from collections.abc import Iterator
from dataclasses import replace

from tlibproto.vocabulary import Dn
from tlibsim.config import DnSettings, DnType
from tlibsim.switch import agents
from tlibsim.switch.agent import Agent
from tlibsim.switch.call import Party
from tlibsim.switch.commands import Reconfigure
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import DnRetired
from tlibsim.switch.numbering import Numbering
from tlibsim.switch.phones import remind_to_answer, remind_to_hang_up
from tlibsim.switch.switch import Switch, Turn


def reconfigure(switch: Switch, command: Reconfigure, turn: Turn) -> None:
    """Put everything in force that can be; the rest follows in :func:`follow`."""
    before, switch.configured = switch.configured, command.dns
    known, switch.floor.settings = switch.floor.settings, command.agents
    order, switch.options = switch.options.queue_select, command.options
    switch.far.reconfigure(command.numbers)
    for dn in (*(dn for dn in before if dn not in command.dns), *command.dns):
        _settle(switch, turn, Dn(dn), before.get(dn))
    _arrange(switch)
    for login in known:
        if login not in command.agents:
            _dismiss(switch, login)
    if order != command.options.queue_select:
        for agent in switch.floor.agents.values():
            agent.stir()
    for party in tuple(_outside(switch)):
        _begin_anew(switch, turn, party)


def _settle(switch: Switch, turn: Turn, dn: Dn, before: DnSettings | None) -> None:
    """One DN: it is new, it goes on with other settings, or it is leaving."""
    wanted, device = switch.configured.get(dn), switch.devices.get(dn)
    if wanted is not None and wanted is before:
        return
    if device is None:
        if wanted is not None:
            switch.devices[dn] = _new(switch, wanted)
        return
    if wanted is not None and _same_object(device.settings, wanted):
        switch.leaving.pop(dn, None)
        device.leaving = False
        device.settings = wanted
        for party in device.parties:
            _begin_anew(switch, turn, party)
    else:
        switch.leaving[dn] = device
        device.leaving = True
    device.stir()


def _same_object(one: DnSettings, other: DnSettings) -> bool:
    """Whether the DN goes on to be the same kind of thing."""
    return one.type is other.type and one.enabled and other.enabled


def _new(switch: Switch, settings: DnSettings) -> Device:
    device = Device(settings)
    if settings.type is DnType.TRUNK:
        device.far = switch.far
    return device


def _dismiss(switch: Switch, login: str) -> None:
    """An agent whom the configuration had logged in goes with it; a client's agent stays."""
    agent = switch.floor.agents.get(login)
    if agent is not None and agent.session is None:
        switch.dismissed[agent] = None


def _outside(switch: Switch) -> Iterator[Party]:
    for call in switch.calls.values():
        yield from (party for party in call.parties if party.device is None)


def _begin_anew(switch: Switch, turn: Turn, party: Party) -> None:
    """A party that rings or talks does by itself what is configured now."""
    remind_to_answer(switch, turn.now, party)
    remind_to_hang_up(switch, turn.now, party)


def _arrange(switch: Switch) -> None:
    """DNs in the order of the configuration, others after them; and what numbers lead to."""
    devices = switch.devices
    order = {Dn(dn): None for dn in switch.configured} | dict.fromkeys(devices)
    arranged = {dn: devices[dn] for dn in order if dn in devices}
    devices.clear()
    devices.update(arranged)
    switch.numbering = Numbering(devices)
    _forward_anew(switch)


# -- what is left when the last call is over -----------------------------------------------------


def follow(switch: Switch, turn: Turn) -> None:
    """Let go of DNs and agents that were only kept for their calls."""
    if switch.dismissed:
        for agent in [one for one in switch.dismissed if not one.device.parties]:
            del switch.dismissed[agent]
            _log_out(switch, turn, agent)
    idle = [(dn, device) for dn, device in switch.leaving.items() if _is_idle(device)]
    for dn, device in idle:
        del switch.leaving[dn]
        _retire(switch, turn, dn, device)
    if idle:
        _arrange(switch)


def _is_idle(device: Device) -> bool:
    return not device.parties and not device.lines_taken


def _log_out(switch: Switch, turn: Turn, agent: Agent) -> None:
    if agent.device.agent is agent:
        agents.log_out(switch, turn, agent)


def _retire(switch: Switch, turn: Turn, dn: Dn, device: Device) -> None:
    """The DN is what the configuration says now: gone, disabled, or another object."""
    if device.agent is not None:
        agents.log_out(switch, turn, device.agent)
    if device.acd is not None:
        for agent in tuple(device.acd.members):
            agents.leave_queue(turn, agent, dn)
    watches = switch.watches.values()
    for watched in [one.agent for one in watches if dn in (one.agent, one.supervisor)]:
        del switch.watches[watched]
    settings = switch.configured.get(dn)
    if settings is None:
        del switch.devices[dn]
    else:
        switch.devices[dn] = _new(switch, settings)
    turn.publish(DnRetired(dn=dn))


def _forward_anew(switch: Switch) -> None:
    """Whoever forwards to a number forwards to what has the number now."""
    for device in switch.devices.values():
        forward = device.telephone.forward
        if forward is not None:
            destination = switch.numbering.resolve(forward.to)
            device.telephone = replace(
                device.telephone, forward=replace(forward, destination=destination)
            )
