"""Publishing facts about a party of a call."""

from typing import TypeVar

from tlibproto.vocabulary import CallState, Cause, ConnId, DnRole
from tlibsim.ports.media import Instant
from tlibsim.switch.call import Party
from tlibsim.switch.commands import Because
from tlibsim.switch.facts import PartyFact, Side, ThirdParty
from tlibsim.switch.switch import Turn

_PartyFact = TypeVar("_PartyFact", bound=PartyFact)
_MICROSECONDS = 1_000_000


def tell(
    turn: Turn,
    kind: type[_PartyFact],
    party: Party,
    other: Party | None,
    *,
    call_state: CallState = CallState.Ok,
    cause: Cause | None = None,
    third: ThirdParty | None = None,
    previous_conn_id: ConnId | None = None,
    because: Because | None = None,
    side: Side | None = None,
) -> None:
    """Publish a fact of ``kind`` about ``party``, which sees ``other`` at the far end.

    Without another party the far end is the number that was dialed, if any; ``side`` overrides
    both.
    """
    if side is None:
        side = party.side(other) if other is not None else dialed_side(party)
    turn.publish(
        kind(
            call=party.call.view(),
            side=side,
            call_state=call_state,
            cause=cause,
            third=third,
            previous_conn_id=previous_conn_id,
            because=because,
        )
    )


def dialed_side(party: Party) -> Side:
    """The party's side of a call of which only the dialed number is known."""
    dialed = party.call.dialed if party.role is DnRole.RoleOrigination else ""
    return Side(
        dn=party.dn,
        role=party.role,
        outside=party.device is None,
        other_dn=dialed or None,
        other_role=DnRole.RoleDestination if dialed else None,
        queue=party.queue,
    )


def later(turn: Turn, seconds: float) -> Instant:
    """The instant that many seconds after the turn."""
    return Instant(turn.now + round(seconds * _MICROSECONDS))
