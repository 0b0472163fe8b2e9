"""Calls that cross between switches: what is said to the other side, and what it says (3.7).

A leg is a party outside whose trunk is the other switch.  The family of the request does not
matter: whatever reaches that trunk is offered there, and whatever ends the party ends the leg.
"""

from tlibproto.vocabulary import CallState, CallType, ConnId, Dn, DnRole, PartyState
from tlibsim.ports.site import (
    CameFrom,
    LegAnswered,
    LegEnded,
    LegOffered,
    LegTaken,
    Site,
    SiteMessage,
)
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import refuse, release
from tlibsim.switch.commands import GiveAccessNumber, TakeBackAccessNumber
from tlibsim.switch.facts import (
    CallLinked,
    LinkRole,
    RemoteConnection,
    SiteLink,
    SiteTold,
    ThirdParty,
)
from tlibsim.switch.legs import Access, Leg, SiteTrunk
from tlibsim.switch.numbering import Destination, Inside
from tlibsim.switch.offering import offer, unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import UNANSWERED, PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.talking import answer

# -- ways there ----------------------------------------------------------------------------


def give_access_number(switch: Switch, command: GiveAccessNumber, turn: Turn) -> None:
    """The next call to the number goes to another switch."""
    if not command.to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    if command.location not in switch.sites:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no location {command.location!r}")
    switch.next_access = command.reference + 1
    switch.access[command.number] = Access(
        dn=command.dn,
        to=command.to,
        location=command.location,
        number=command.number,
        reference=command.reference,
    )


def take_back_access_number(switch: Switch, command: TakeBackAccessNumber, turn: Turn) -> None:
    """The number leads nowhere again; raises RequestRefused when a call has used it."""
    for access in switch.access.values():
        if access.reference == command.reference:
            del switch.access[access.number]
            return
    raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"XReferenceID {command.reference}")


# -- saying -------------------------------------------------------------------------------


def call_out(
    switch: Switch,
    turn: Turn,
    party: Party,
    trunk: SiteTrunk,
    caller: Party | None,
    third: ThirdParty | None,
) -> None:
    """The party that was just reached is a DN of another switch: offer it the call."""
    call = party.call
    leg = Leg(switch.new_uuid(), trunk, party)
    party.leg = leg
    trunk.legs[leg.uuid] = leg
    leg.access = access = switch.access.pop(party.dn, None)
    by = None if third is None else third.dn
    here = CameFrom(location=switch.here.switch, dn=by)
    message = LegOffered(
        origin=switch.here.switch,
        link=leg.uuid,
        to=party.dn if access is None else Dn(access.to),
        caller=call.ani or "" if caller is None else caller.dn,
        conn_id=call.conn_id,
        call_uuid=call.call_uuid,
        ani=call.ani,
        dnis=call.dnis,
        user_data=call.user_data,
        first=call.came_from[0] if call.came_from else here,
        last=here,
    )
    turn.publish(SiteTold(to=trunk.site.switch, message=message))


def follow(switch: Switch, turn: Turn) -> None:
    """At the end of a turn: tell the other side of legs that were answered or are over."""
    for trunk in switch.sites.values():
        touched, trunk.touched = trunk.touched, []
        for leg in touched:
            _report(switch, turn, trunk, leg)


def _report(switch: Switch, turn: Turn, trunk: SiteTrunk, leg: Leg) -> None:
    party = leg.party
    here = switch.here.switch
    if party not in party.call.parties:
        trunk.legs.pop(leg.uuid, None)
        if not leg.told:
            leg.told = True
            why = CallState.Ok if leg.answered else party.call.failure
            _tell(turn, trunk, LegEnded(origin=here, link=leg.uuid, why=why))
        _report_access(turn, leg, succeeded=False)
    elif party.state is PartyState.Connected and not leg.answered:
        leg.answered = True
        if _is_target(party, leg):
            _tell(turn, trunk, LegAnswered(origin=here, link=leg.uuid))


def _report_access(turn: Turn, leg: Leg, *, succeeded: bool) -> None:
    """Whoever asked for the number learns once whether the call arrived."""
    access, leg.access = leg.access, None
    if access is not None:
        turn.publish(
            RemoteConnection(
                dn=access.dn,
                other_dn=access.to,
                location=access.location,
                conn_id=leg.party.call.conn_id,
                reference=access.reference,
                succeeded=succeeded,
            )
        )


def _is_target(party: Party, leg: Leg) -> bool:
    return any(
        link.uuid == leg.uuid and link.role is LinkRole.TARGET for link in party.call.links
    )


def _tell(turn: Turn, trunk: SiteTrunk, message: SiteMessage) -> None:
    turn.publish(SiteTold(to=trunk.site.switch, message=message))


# -- being told ---------------------------------------------------------------------------


def leg_offered(switch: Switch, message: LegOffered, turn: Turn) -> None:
    """A call comes from another switch (BEHAVIOUR.md 3.7)."""
    trunk = _trunk(switch, message)
    destination = switch.numbering.resolve(message.to)
    why = _unreachable(destination)
    if why is not None:
        _tell(turn, trunk, LegEnded(origin=switch.here.switch, link=message.link, why=why))
        return
    call = switch.begin_call(
        turn,
        CallType.Inbound,
        ani=message.ani,
        dnis=message.dnis,
        user_data=message.user_data,
        conn_id=_conn_id(switch, message),
        call_uuid=_call_uuid(switch, message),
    )
    call.first_transfer_conn_id = call.last_transfer_conn_id = message.conn_id
    call.came_from = (message.first, message.last)
    caller = Party(call, message.caller, DnRole.RoleOrigination, turn.now, trunk=trunk)
    caller.leg = trunk.legs[message.link] = Leg(message.link, trunk, caller)
    call.join(caller)
    caller.step(PartyInput.DIAL)
    switch.announce(turn, call)
    _tell(turn, trunk, LegTaken(origin=switch.here.switch, link=message.link))
    _link(turn, call, message.link, trunk.site, LinkRole.TARGET)
    offer(switch, turn, call, caller, destination)


def _unreachable(destination: Destination) -> CallState | None:
    if not isinstance(destination, Inside):
        return CallState.SitInvalidnum
    return unreachable(destination, None)


def _conn_id(switch: Switch, message: LegOffered) -> ConnId | None:
    """The ConnID that the call had, if it may and can keep it."""
    if switch.options.isl_connid == "new" or message.conn_id in switch.calls:
        return None
    return message.conn_id


def _call_uuid(switch: Switch, message: LegOffered) -> str | None:
    if not switch.options.isl_keep_calluuid:
        return None
    taken = any(call.call_uuid == message.call_uuid for call in switch.calls.values())
    return None if taken else message.call_uuid


def leg_taken(switch: Switch, message: LegTaken, turn: Turn) -> None:
    """The other side has a call for a leg that was offered to it."""
    leg = _leg(switch, message)
    _link(turn, leg.party.call, leg.uuid, leg.trunk.site, LinkRole.SOURCE)
    _report_access(turn, leg, succeeded=True)


def leg_answered(switch: Switch, message: LegAnswered, turn: Turn) -> None:
    """Somebody answered at the other site."""
    leg = _leg(switch, message)
    if leg.party.state is PartyState.Alerting:
        leg.answered = True
        answer(switch, turn, leg.party, None)


def leg_ended(switch: Switch, message: LegEnded, turn: Turn) -> None:
    """The leg is over at the other site, so it is here."""
    leg = _leg(switch, message)
    leg.told = True
    party = leg.party
    others = len(party.call.parties) > 1
    if party.state in UNANSWERED and others and message.why is not CallState.Ok:
        refuse(switch, turn, party, None, why=message.why)
    else:
        release(switch, turn, party, None)


def _link(turn: Turn, call: Call, uuid: str, site: Site, role: LinkRole) -> None:
    call.links = (*call.links, SiteLink(uuid=uuid, location=site.location, role=role))
    call.touch()
    turn.publish(CallLinked(call=call.view()))


def _trunk(switch: Switch, message: SiteMessage) -> SiteTrunk:
    trunk = switch.sites.get(message.origin)
    if trunk is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no location {message.origin!r}")
    return trunk


def _leg(switch: Switch, message: SiteMessage) -> Leg:
    leg = _trunk(switch, message).legs.get(message.link)
    if leg is None:
        raise RequestRefused(Reason.INVALID_CONN_ID, f"no leg {message.link}")
    return leg
