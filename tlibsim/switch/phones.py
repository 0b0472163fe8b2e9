"""What phones and far ends do by themselves: pick up, decline, hang up (BEHAVIOUR.md 1.5, 8).

Each is a reminder that remembers the options under which it was made, so a change of them while
the call rings or talks makes the old one void; ``behaving`` then makes new ones.
"""

from dataclasses import dataclass

from tlibproto.vocabulary import PartyState
from tlibsim.config import DEFAULT_DN_OPTIONS, DnOptions
from tlibsim.ports.media import Instant
from tlibsim.switch.call import Party
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import MICROSECONDS, Switch

REJECT_AFTER_S = 1.0
"""When a phone declines that has no ``answer-after``."""
REJECT_AT_LEAST_S = 0.1
"""A queue offers a declined call again at once, so declining must take some time."""


@dataclass(frozen=True, slots=True)
class PickUp:
    """Reminder: the phone or the far end answers, or declines, by itself.

    It applies while the ringing that began at ``since`` goes on under these options.
    """

    party: Party
    since: Instant
    options: DnOptions


@dataclass(frozen=True, slots=True)
class HangUp:
    """Reminder: the party hangs up by itself (option ``talk-time``), under these options."""

    party: Party
    options: DnOptions


def options_of(party: Party) -> DnOptions:
    """How the phone of the party, or whoever is outside, behaves now."""
    if party.device is not None:
        return party.device.options
    return DEFAULT_DN_OPTIONS if party.trunk is None else party.trunk.options_for(party.dn)


def remind_to_answer(switch: Switch, now: Instant, party: Party) -> None:
    """A ringing party with a behavior will act after its time, counted from the first ring."""
    options = options_of(party)
    seconds = _until_pick_up(options)
    if seconds is not None and party.state is PartyState.Alerting and not _of_a_site(party):
        at = _after(party.joined_at, seconds, now)
        switch.remind(at, PickUp(party, party.joined_at, options))


def _until_pick_up(options: DnOptions) -> float | None:
    if options.reject:
        wanted = REJECT_AFTER_S if options.answer_after is None else options.answer_after
        return max(wanted, REJECT_AT_LEAST_S)
    return None if options.no_answer else options.answer_after


def remind_to_hang_up(switch: Switch, now: Instant, party: Party) -> None:
    """A party that talks with a behavior will hang up after its time, counted from the answer."""
    options = options_of(party)
    talks = party.state in ESTABLISHED and party.established_at is not None
    if options.talk_time is not None and talks and not _of_a_site(party):
        at = _after(party.established_at or now, options.talk_time, now)
        switch.remind(at, HangUp(party, options))


def still_so(party: Party, options: DnOptions) -> bool:
    """Whether nothing has changed since a reminder was made under these options."""
    now = options_of(party)
    return now is options or now == options


def _of_a_site(party: Party) -> bool:
    """A call at another switch is answered there."""
    return party.leg is not None


def _after(since: Instant, seconds: float, now: Instant) -> Instant:
    return Instant(max(now, since + round(seconds * MICROSECONDS)))
