"""The commands that change how phones and people outside behave; no event tells of it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from tlibsim.config import DnSettings
from tlibsim.switch.call import Party
from tlibsim.switch.commands import KEEP, RestoreBehavior, SetBehavior
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import BehaviorChanged
from tlibsim.switch.phones import remind_to_answer, remind_to_hang_up
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.switch import Switch, Turn

_WHO = frozenset({"dn", "number"})
_SECONDS = ("answer_after", "talk_time", "wrap_up_time")
_OF_PHONES_ONLY = "wrap_up_time"


def set_behavior(switch: Switch, command: SetBehavior, turn: Turn) -> None:
    """Change what was said; BAD_PARAMETER for what cannot be, NOT_CONFIGURED for an unknown DN."""
    changes = _changes(command)
    if command.number:
        _check_one(command)
        if _OF_PHONES_ONLY in changes:
            raise RequestRefused(Reason.BAD_PARAMETER, "outside there is no wrap-up-time")
        book = switch.far
        book.put(command.number, replace(book.behavior(command.number), **changes))
    else:
        device = _device(switch, command.dn)
        options = replace(device.options, **changes)
        _settle(device, replace(device.settings, options=options))
    _begin_anew(switch, turn, command)


def restore_behavior(switch: Switch, command: RestoreBehavior, turn: Turn) -> None:
    """What the configuration says, in everything that SetBehavior can change."""
    if command.number:
        _check_one(command)
        switch.far.restore(command.number)
    else:
        device = _device(switch, command.dn)
        configured = switch.configured.get(device.dn)
        if configured is not None:
            _settle(device, configured)
    _begin_anew(switch, turn, command)


BEHAVIORS = tuple(one.name for one in fields(SetBehavior) if one.name not in _WHO)
"""The options of a DN that make its behavior."""


def _changes(command: SetBehavior) -> dict[str, Any]:
    said = {name: getattr(command, name) for name in BEHAVIORS}
    changes = {name: value for name, value in said.items() if value is not KEEP}
    for name in _SECONDS:
        value = changes.get(name)
        if isinstance(value, int | float) and value < 0:
            raise RequestRefused(Reason.BAD_PARAMETER, f"{name.replace('_', '-')} is negative")
    return changes


def _check_one(command: SetBehavior | RestoreBehavior) -> None:
    if command.dn:
        raise RequestRefused(Reason.BAD_PARAMETER, "either a DN or a number outside, not both")


def _device(switch: Switch, dn: str | None) -> Device:
    device = switch.device(dn or "")
    if device is None:
        raise RequestRefused(Reason.NOT_CONFIGURED, f"{dn or 'a DN'} is not configured")
    return device


def _settle(device: Device, settings: DnSettings) -> None:
    device.settings = settings
    device.stir()


def _begin_anew(switch: Switch, turn: Turn, command: SetBehavior | RestoreBehavior) -> None:
    """Parties that ring or talk act by what is said now; what was planned before is void."""
    for party in tuple(_concerned(switch, command)):
        remind_to_answer(switch, turn.now, party)
        remind_to_hang_up(switch, turn.now, party)
    turn.publish(BehaviorChanged(dn=command.dn, number=command.number))


def _concerned(switch: Switch, command: SetBehavior | RestoreBehavior) -> Iterator[Party]:
    device = switch.device(command.dn or "")
    if device is not None:
        yield from device.parties
    if device is None or device.lines_taken:
        for call in switch.calls.values():
            yield from (party for party in call.parties if party.device is None)
