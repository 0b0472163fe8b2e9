"""Where the targets of a rule are at the moment, and whether they take calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tlibsim.config import RouteTarget
from tlibsim.switch.agent import Agent
from tlibsim.switch.dn import Device
from tlibsim.switch.switch import Switch

_READY = "ready"
_ANY = "any"
_WHOLE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a route names: OtherDN and Location."""

    number: str
    location: str = ""


def place_of(switch: Switch, target: RouteTarget) -> Place | None:
    """The place of a target, or None when it is not as its ``when`` demands."""
    if target.agent:
        agent = switch.floor.agents.get(target.agent)
        if agent is None or not AGENTS[target.when or _READY](agent):
            return None
        return Place(number=agent.device.dn)
    device = None if target.location else switch.device(target.dn)
    if device is None or DEVICES[target.when or _ANY](device):
        return Place(number=target.dn, location=target.location)
    return None


def in_turn(targets: Sequence[RouteTarget], rng: Random) -> list[RouteTarget]:
    """The targets as they are to be tried: the one that ``percent`` draws, then the others."""
    drawn = _drawn(targets, rng)
    return [*drawn, *(target for target in targets if target not in drawn)]


def _drawn(targets: Sequence[RouteTarget], rng: Random) -> list[RouteTarget]:
    if not any(target.percent for target in targets):
        return []
    mark = rng.random() * _WHOLE
    for target in targets:
        if mark < target.percent:
            return [target]
        mark -= target.percent
    return [target for target in targets if not target.percent]


AGENTS: Mapping[str, Callable[[Agent], bool]] = {
    "any": lambda _: True,
    "logged-in": lambda _: True,
    "ready": lambda agent: agent.available,
}
"""Whether an agent who is logged in will do, by ``when``."""


def _somebody(device: Device) -> bool:
    if device.acd is not None:
        return bool(device.acd.members)
    return device.agent is not None


def _somebody_ready(device: Device) -> bool:
    if device.acd is not None:
        return device.acd.available.first() is not None
    if not device.callable:
        return False
    if device.agent is not None:
        return device.agent.available
    return not (device.parties or device.busy) and device.telephone.in_service


DEVICES: Mapping[str, Callable[[Device], bool]] = {
    "any": lambda _: True,
    "logged-in": _somebody,
    "ready": _somebody_ready,
}
"""Whether a DN of this switch will do, by ``when``."""
