"""Off hook and on hook: what telephones do around their calls (option ``emit-hook-events``)."""

from dataclasses import replace

from tlibproto.vocabulary import Dn
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import (
    ConsultationDialing,
    PartyDialing,
    PartyEstablished,
    PartyFact,
    PartyReleased,
    WentOffHook,
    WentOnHook,
)
from tlibsim.switch.states import UNANSWERED
from tlibsim.switch.switch import Switch, Turn

_LIFTS = frozenset({PartyDialing, ConsultationDialing, PartyEstablished})


def follow(switch: Switch, turn: Turn) -> None:
    """Tell of the lifted receiver before the call, of the other after the last release."""
    if not switch.options.emit_hook_events:
        return
    facts: list[object] = []
    last_release: dict[Dn, int] = {}
    for fact in turn.facts:
        device = _telephone_of(switch, fact)
        if device is not None and type(fact) in _LIFTS and not device.telephone.off_hook:
            device.telephone = replace(device.telephone, off_hook=True)
            facts.append(WentOffHook(dn=device.dn))
        facts.append(fact)
        if device is not None and type(fact) is PartyReleased:
            last_release[device.dn] = len(facts)
    for dn, at in sorted(last_release.items(), key=lambda item: -item[1]):
        device = switch.devices[dn]
        if device.telephone.off_hook and not _is_used(device):
            device.telephone = replace(device.telephone, off_hook=False)
            facts.insert(at, WentOnHook(dn=dn))
    turn.facts[:] = facts


def _telephone_of(switch: Switch, fact: object) -> Device | None:
    if not isinstance(fact, PartyFact) or fact.side.outside:
        return None
    device = switch.devices.get(fact.side.dn)
    return device if device is not None and device.callable else None


def _is_used(device: Device) -> bool:
    return any(party.state not in UNANSWERED for party in device.parties)
