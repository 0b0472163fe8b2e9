"""Calls that cross between switches: what is said to the other side, and what it says (3.7).

A leg is a party outside whose trunk is the other switch.  The family of the request does not
matter: whatever reaches that trunk is offered there, and whatever ends the party ends the leg.
"""

from dataclasses import dataclass
from typing import TypedDict

from tlibproto.vocabulary import (
    EMPTY_KVLIST,
    CallState,
    CallType,
    ConnId,
    Dn,
    DnRole,
    PartyState,
)
from tlibsim.ports.site import (
    CameFrom,
    LegAnswered,
    LegData,
    LegEnded,
    LegOffered,
    LegsKnown,
    LegTaken,
    Site,
    SiteLost,
    SiteMessage,
    SiteReached,
)
from tlibsim.switch import userdata
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import refuse, release
from tlibsim.switch.commands import GiveAccessNumber, TakeBackAccessNumber
from tlibsim.switch.facts import (
    AccessCanceled,
    AccessGiven,
    CallFact,
    CallLinked,
    LinkRole,
    RemoteConnection,
    SiteConnected,
    SiteDisconnected,
    SiteLink,
    SiteTold,
    ThirdParty,
    UserDataChanged,
)
from tlibsim.switch.legs import Access, Leg, SiteTrunk
from tlibsim.switch.numbering import Destination, Inside
from tlibsim.switch.offering import offer, unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import UNANSWERED, PartyInput
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.talking import answer
from tlibsim.switch.telling import later

# -- ways there ----------------------------------------------------------------------------


def give_access_number(switch: Switch, command: GiveAccessNumber, turn: Turn) -> None:
    """The next call to the number goes to another switch."""
    if not command.to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    switch.site(command.location)
    if isinstance(switch.numbering.resolve(command.number), Inside):
        raise RequestRefused(
            Reason.INVALID_ATTRIBUTE, f"{command.number} is a DN of this switch"
        )
    if command.number in switch.access:
        raise RequestRefused(Reason.RESOURCE_UNAVAILABLE, f"{command.number} waits for a call")
    user_data = command.user_data or EMPTY_KVLIST
    userdata.check_size(user_data, switch.options)
    switch.next_access = command.reference + 1
    access = Access(
        dn=command.dn,
        to=command.to,
        location=command.location,
        number=command.number,
        reference=command.reference,
        user_data=user_data,
    )
    switch.access[command.number] = access
    turn.publish(AccessGiven(**_step(access)))


def take_back_access_number(switch: Switch, command: TakeBackAccessNumber, turn: Turn) -> None:
    """The number leads nowhere again; raises RequestRefused when a call has used it."""
    for access in switch.access.values():
        if access.reference == command.reference:
            del switch.access[access.number]
            turn.publish(AccessCanceled(**_step(access)))
            return
    raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"XReferenceID {command.reference}")


class _Step(TypedDict):
    dn: Dn
    other_dn: str
    location: str
    number: str
    reference: int


def _step(access: Access) -> _Step:
    """What every fact about an access number says."""
    return {
        "dn": access.dn,
        "other_dn": access.to,
        "location": access.location,
        "number": access.number,
        "reference": access.reference,
    }


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
    access = switch.access.pop(party.dn, None)
    if access is not None and access.user_data:
        call.user_data = userdata.overlaid(call.user_data, access.user_data)
        call.touch()
    leg = Leg(switch.new_uuid(), trunk, party, source=True)
    party.leg = leg
    trunk.legs[leg.uuid] = leg
    leg.access = access
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
    """At the end of a turn: tell the other side what became of legs, and of new user data."""
    if not switch.sites:
        return
    for trunk in switch.sites.values():
        touched, trunk.touched = trunk.touched, []
        for leg in touched:
            _report(switch, turn, trunk, leg)
    for conn_id in {fact.call.conn_id for fact in turn.facts if isinstance(fact, CallFact)}:
        call = switch.calls.get(conn_id)
        for party in () if call is None or not call.links else call.parties:
            if party.leg is not None:
                _report_data(switch, turn, party.leg)


def _report_data(switch: Switch, turn: Turn, leg: Leg) -> None:
    """User data that was changed here goes to the other end."""
    data = leg.party.call.user_data
    if data == leg.data or not leg.trunk.reached:
        return
    leg.data = data
    leg.version += 1
    message = LegData(
        origin=switch.here.switch, link=leg.uuid, user_data=data, version=leg.version
    )
    _tell(turn, leg.trunk, message)


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
                **_step(access), conn_id=leg.party.call.conn_id, succeeded=succeeded
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
    caller.leg = trunk.legs[message.link] = Leg(message.link, trunk, caller, source=False)
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
    _end(switch, turn, _leg(switch, message), message.why)


def _end(switch: Switch, turn: Turn, leg: Leg, why: CallState) -> None:
    """End the leg here without a word to the other side."""
    leg.told = True
    party = leg.party
    others = len(party.call.parties) > 1
    if party.state in UNANSWERED and others and why is not CallState.Ok:
        refuse(switch, turn, party, None, why=why)
    else:
        release(switch, turn, party, None)


def leg_data(switch: Switch, message: LegData, turn: Turn) -> None:
    """The user data was changed at the other end; all who are on the call here are told."""
    leg = _leg(switch, message)
    if (message.version, not leg.source) <= (leg.version, False):
        return
    leg.version = message.version
    leg.data = message.user_data
    call = leg.party.call
    call.user_data = message.user_data
    call.touch()
    turn.publish(UserDataChanged(call=call.view(), changed_by=None))


# -- the link itself ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegsOver:
    """Reminder: the link that was lost for the ``losses``-th time has stayed away too long."""

    trunk: SiteTrunk
    losses: int


def site_reached(switch: Switch, message: SiteReached, turn: Turn) -> None:
    """The link stands: each side says which legs it has, and ends those the other has not."""
    trunk = _trunk(switch, message)
    trunk.reached = True
    turn.publish(SiteConnected(switch=trunk.site.switch))
    trunk.unsure = frozenset(trunk.legs)
    legs = LegsKnown(origin=switch.here.switch, links=tuple(trunk.legs))
    turn.publish(SiteTold(to=trunk.site.switch, message=legs))


def legs_known(switch: Switch, message: LegsKnown, turn: Turn) -> None:
    """What the other side does not know is over; what it knows may have new user data."""
    trunk = _trunk(switch, message)
    unsure = trunk.unsure if trunk.reached else frozenset(trunk.legs)
    gone, trunk.unsure = unsure.difference(message.links), frozenset()
    for uuid in sorted(gone):
        leg = trunk.legs.get(uuid)
        if leg is not None:
            _end(switch, turn, leg, CallState.GeneralError)
    for leg in trunk.legs.values():
        if leg.source:
            _report_data(switch, turn, leg)


def site_lost(switch: Switch, message: SiteLost, turn: Turn) -> None:
    """Calls that nobody has answered fail; those that are talking wait for the link."""
    trunk = _trunk(switch, message)
    trunk.reached = False
    turn.publish(SiteDisconnected(switch=trunk.site.switch, reason=message.reason))
    trunk.losses += 1
    for leg in tuple(trunk.legs.values()):
        if not leg.answered:
            _end(switch, turn, leg, CallState.GeneralError)
    seconds = switch.options.isl_leg_timeout
    if seconds:
        switch.remind(later(turn, seconds), LegsOver(trunk, trunk.losses))


def legs_over(switch: Switch, reminder: LegsOver, turn: Turn) -> None:
    """``isl-leg-timeout``: the other side is given up."""
    trunk = reminder.trunk
    if trunk.reached or trunk.losses != reminder.losses:
        return
    for leg in tuple(trunk.legs.values()):
        _end(switch, turn, leg, CallState.GeneralError)


def _link(turn: Turn, call: Call, uuid: str, site: Site, role: LinkRole) -> None:
    call.links = (*call.links, SiteLink(uuid=uuid, location=site.location, role=role))
    call.touch()
    turn.publish(CallLinked(call=call.view()))


def _trunk(switch: Switch, message: "FromSite") -> SiteTrunk:
    trunk = switch.sites.get(message.origin)
    if trunk is None:
        raise RequestRefused(Reason.INVALID_ATTRIBUTE, f"no location {message.origin!r}")
    return trunk


FromSite = SiteMessage | LegsKnown | SiteReached | SiteLost


def _leg(switch: Switch, message: SiteMessage) -> Leg:
    leg = _trunk(switch, message).legs.get(message.link)
    if leg is None:
        raise RequestRefused(Reason.INVALID_CONN_ID, f"no leg {message.link}")
    return leg
