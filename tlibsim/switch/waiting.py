"""Calls that wait at a DN: a queue or a routing point takes them, and lets them go on.

What happens in between is the business of ``queues`` and ``routing``.
"""

from tlibproto.vocabulary import CallState, Cause, DnRole
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import leave
from tlibsim.switch.commands import Because
from tlibsim.switch.dn import Device
from tlibsim.switch.facts import PartyDiverted, PartyQueued, ThirdParty
from tlibsim.switch.offering import Approach
from tlibsim.switch.states import PartyInput
from tlibsim.switch.switch import Turn
from tlibsim.switch.telling import tell


def wait_at(
    turn: Turn,
    call: Call,
    caller: Party | None,
    device: Device,
    approach: Approach,
    *,
    told: bool = True,
) -> Party:
    """The call waits at the DN from now on; ``told``: its clients get EventQueued."""
    party = Party(call, device.dn, approach.role, turn.now, device=device)
    party.queue = device.dn
    call.join(party)
    party.step(PartyInput.QUEUE)
    if told:
        tell(
            turn,
            PartyQueued,
            party,
            None,
            side=party.side(caller, approach.caller_role),
            call_state=approach.call_state,
            third=approach.third,
        )
    return party


def divert(
    turn: Turn,
    party: Party,
    to: str,
    *,
    told: bool = True,
    cause: Cause | None = None,
    because: Because | None = None,
    third_role: DnRole = DnRole.RoleDestination,
) -> None:
    """The call goes on from the DN to ``to``; ``told``: its clients get EventDiverted."""
    side = party.side(party.call.other(party))
    leave(party)
    if told:
        tell(
            turn,
            PartyDiverted,
            party,
            None,
            side=side,
            call_state=CallState.Ok,
            cause=cause,
            third=ThirdParty(dn=to, role=third_role),
            because=because,
        )
