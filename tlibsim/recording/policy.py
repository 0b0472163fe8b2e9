"""Who is recorded, when, and with what identifier (RECORDING.md 3).  Pure functions.

A party that listens in (supervision) is never recorded and never counts as the other end.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from tlibproto.vocabulary import CallType, DnRole, PartyState
from tlibsim.ports.media import Instant
from tlibsim.recording.commands import RecordSide
from tlibsim.recording.rules import RecordingRules
from tlibsim.switch.facts import CallView, PartyView, Side
from tlibsim.switch.refusals import Reason, RequestRefused

PartyKey = tuple[str, str | None]
"""What tells two parties of a call apart: the number, and the trunk of one outside."""

_ESTABLISHED = frozenset({PartyState.Connected, PartyState.Held})


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The party to record, and the one at its other end if there is any."""

    record: PartyView
    other: PartyView | None

    @property
    def record_dn(self) -> str:
        """The trunk's name for a party outside (RECORDING.md 3.2), else its DN."""
        return self.record.trunk or self.record.dn


def key_of(party: PartyView) -> PartyKey:
    return (party.dn, party.trunk)


def talking(call: CallView) -> tuple[PartyView, ...]:
    """The parties that were answered and have not left, listeners aside, in joining order."""
    return tuple(
        party
        for party in call.parties
        if party.state in _ESTABLISHED and party.role is not DnRole.RoleObserver
    )


def watching(call: CallView) -> tuple[PartyView, ...]:
    """The supervisors who are connected, in joining order."""
    return tuple(
        party
        for party in call.parties
        if party.state in _ESTABLISHED and party.role is DnRole.RoleObserver
    )


def connected_since(party: PartyView) -> Instant:
    return party.since if party.established_at is None else party.established_at


def opposite(party: PartyView, parties: Sequence[PartyView]) -> PartyView | None:
    """Whom ``party`` was connected to first, of those still there (RECORDING.md 3.3)."""
    others = [one for one in parties if key_of(one) != key_of(party)]
    if not others:
        return None
    since = connected_since(party)
    return min(others, key=lambda one: max(since, connected_since(one)))


def target_of(call: CallView, dn: str, side: RecordSide, rules: RecordingRules) -> Target:
    """Whom a START by ``dn`` records; raises RequestRefused(WRONG_CALL_STATE, NOT_ON_CALL)."""
    parties = talking(call)
    if not parties:
        raise RequestRefused(Reason.WRONG_CALL_STATE, "nobody on the call is established")
    subject = _subject(call, parties, dn, rules)
    if side is RecordSide.SOURCE:
        return Target(record=subject, other=opposite(subject, parties))
    other = opposite(subject, parties)
    if other is None:
        raise RequestRefused(Reason.WRONG_CALL_STATE, f"{subject.dn} talks to nobody")
    return Target(record=other, other=opposite(other, parties))


def _subject(
    call: CallView, parties: Sequence[PartyView], dn: str, rules: RecordingRules
) -> PartyView:
    """The party that asks; for one who is not a party, the one inside who talks longest."""
    inside = [party for party in parties if not party.outside]
    asking = next((party for party in inside if party.dn == dn), None)
    if asking is not None:
        return asking
    if any(party.dn == dn and _could_talk(party) for party in call.parties):
        raise RequestRefused(Reason.WRONG_CALL_STATE, f"{dn} is not established")
    if rules.nonparty_target == "error":
        raise RequestRefused(Reason.NOT_ON_CALL, f"{dn} is not on that call")
    if not inside:
        raise RequestRefused(Reason.WRONG_CALL_STATE, "nobody inside is established")
    return min(inside, key=connected_since)


def _could_talk(party: PartyView) -> bool:
    return not party.outside and party.role is not DnRole.RoleObserver


def connected_with(wanted: Sequence[PartyView], call: CallView, side: Side) -> list[PartyView]:
    """Those of ``wanted`` who were connected at the same moment as ``side``."""
    moments = {
        connected_since(party)
        for party in talking(call)
        if party.dn == side.dn and party.outside == side.outside
    }
    return [party for party in wanted if connected_since(party) in moments]


def first_of(wanted: Sequence[PartyView], call: CallView) -> Target | None:
    """Of those to be recorded: a trunk before DNs, then who was connected first."""
    if not wanted:
        return None
    chosen = min(wanted, key=lambda party: (not party.outside, connected_since(party)))
    return Target(record=chosen, other=opposite(chosen, talking(call)))


def longest_of(wanted: Sequence[PartyView], call: CallView) -> Target | None:
    """Of those to be recorded, the one who has been connected longest."""
    if not wanted:
        return None
    chosen = min(wanted, key=connected_since)
    return Target(record=chosen, other=opposite(chosen, talking(call)))


def is_consultation(call: CallView) -> bool:
    return call.call_type is CallType.Consult


def agent_of(call: CallView, record: PartyView) -> PartyView | None:
    """Whom ``$AGENTDN$`` means: the recorded DN, or the one inside when a trunk is recorded."""
    if not record.outside:
        return record
    inside = [party for party in talking(call) if not party.outside]
    return inside[0] if inside else None


def made_id(file_name: str, used: Container[str], rng: Random) -> str:
    """An identifier for a START without one: the file name, else a UUID (RECORDING.md 3.3).

    One that is in ``used`` gets ``-2``, ``-3`` and so on.
    """
    first = file_name or str(UUID(int=rng.getrandbits(128), version=4))
    made, count = first, 1
    while made in used:
        count += 1
        made = f"{first}-{count}"
    return made
