"""One request instead of two: single-step transfer and conference, redirect (BEHAVIOUR.md 1.8-1.12)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tlibproto.vocabulary import CallState, Cause, DnRole, KVList, PartyState
from tlibsim.switch import userdata
from tlibsim.switch.call import Call, Party
from tlibsim.switch.clearing import leave
from tlibsim.switch.commands import RedirectCall, SingleStepConference, SingleStepTransfer
from tlibsim.switch.facts import PartyChanged, PartyReleased, ThirdParty
from tlibsim.switch.numbering import Destination
from tlibsim.switch.offering import Approach, reach, unreachable
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.talking import announce_joined
from tlibsim.switch.telling import tell

UNREACHABLE: Mapping[CallState, Reason] = {
    CallState.Busy: Reason.DN_BUSY,
    CallState.SitInvalidnum: Reason.INVALID_CALLED_DN,
    CallState.AllTrunksBusy: Reason.RESOURCE_UNAVAILABLE,
}
"""What a destination that cannot be had means for a request that leaves the call untouched."""


def check_reachable(
    switch: Switch,
    to: str,
    party: Party,
    reasons: Mapping[CallState, Reason] = UNREACHABLE,
    location: str = "",
) -> Destination:
    """The destination of ``to``; raises RequestRefused with the reason why it cannot be had."""
    if not to:
        raise RequestRefused(Reason.INVALID_CALLED_DN, "OtherDN is missing or empty")
    destination = switch.resolve(to, location)
    why = unreachable(destination, party.device, call=party.call)
    if why is not None:
        reason = reasons.get(why, Reason.DESTINATION_STATE)
        raise RequestRefused(reason, f"{to} cannot be reached: {why.name}")
    return destination


def check_talking(party: Party) -> None:
    if party.state not in ESTABLISHED or party.is_observer:
        raise RequestRefused(Reason.INCORRECT_STATE, f"{party.dn} is not talking")


def with_data(switch: Switch, call: Call, given: KVList | None) -> KVList:
    """The call's user data with that of the request; raises RequestRefused over the limit."""
    data = call.user_data if given is None else userdata.overlaid(call.user_data, given)
    userdata.check_size(data, switch.options)
    return data


def single_step_transfer(switch: Switch, command: SingleStepTransfer, turn: Turn) -> None:
    """The DN leaves at once; the others wait for the new party."""
    party = switch.find_party(command.conn_id, command.dn)
    check_talking(party)
    destination = check_reachable(switch, command.to, party, location=command.location)
    call = party.call
    call.user_data = with_data(switch, call, command.user_data)
    other = call.other(party)
    side = party.side(other)
    leave(party)
    call.first_transfer_conn_id = call.first_transfer_conn_id or call.conn_id
    call.last_transfer_conn_id = call.conn_id
    call.touch()
    tell(
        turn,
        PartyReleased,
        party,
        None,
        side=side,
        call_state=CallState.Transferred,
        third=ThirdParty(dn=command.to, role=DnRole.RoleDestination),
        because=command.because,
    )
    by = ThirdParty(dn=command.dn, role=DnRole.RoleTransferredBy)
    new = reach(
        switch,
        turn,
        call,
        other,
        destination,
        Approach(
            third=by,
            caller_role=DnRole.RoleOrigination,
            call_state=CallState.Transferred,
            cause=Cause.SingleStepTransfer,
        ),
    )
    if switch.options.sst_partychanged == "answer":
        new.on_answer = TellOthers(by)
    else:
        TellOthers(by)(turn, new)


@dataclass(frozen=True, slots=True)
class TellOthers:
    """Tells the others whom they talk to after a single-step transfer (BEHAVIOUR.md 1.8)."""

    by: ThirdParty

    def __call__(self, turn: Turn, new: Party) -> None:
        for one in new.call.parties:
            if one is new:
                continue
            tell(
                turn,
                PartyChanged,
                one,
                None,
                side=one.side(new, DnRole.RoleDestination),
                call_state=CallState.Transferred,
                cause=Cause.SingleStepTransfer,
                third=self.by,
                previous_conn_id=new.call.conn_id,
            )


def single_step_conference(switch: Switch, command: SingleStepConference, turn: Turn) -> None:
    """Somebody is asked into the call, and joins it on answering."""
    party = switch.find_party(command.conn_id, command.dn)
    check_talking(party)
    destination = check_reachable(switch, command.to, party, location=command.location)
    call = party.call
    call.user_data = with_data(switch, call, command.user_data)
    call.touch()
    at_once = switch.options.ssc_partyadded == "alerting"
    new = reach(
        switch,
        turn,
        call,
        call.other(party),
        destination,
        Approach(
            third=ThirdParty(dn=command.dn, role=DnRole.RoleConferencedBy),
            call_state=CallState.Conferenced,
            answer_state=CallState.Conferenced,
            cause=Cause.Conference,
            announced=False,
            invited_by=command.dn,
        ),
    )
    if at_once:
        new.announced = True
        announce_joined(turn, new)


REDIRECT: Mapping[CallState, Reason] = {
    CallState.Busy: Reason.DN_BUSY,
    CallState.SitInvalidnum: Reason.INVALID_TARGET,
}


def redirect_call(switch: Switch, command: RedirectCall, turn: Turn) -> None:
    """The call that rings here rings there instead (BEHAVIOUR.md 1.12)."""
    party = switch.find_party(command.conn_id, command.dn)
    if party.state is not PartyState.Alerting or party.is_observer:
        raise RequestRefused(Reason.INCORRECT_STATE, f"nothing rings at {command.dn}")
    destination = check_reachable(switch, command.to, party, REDIRECT)
    call = party.call
    caller = call.other(party)
    side = party.side(caller)
    leave(party)
    tell(
        turn,
        PartyReleased,
        party,
        None,
        side=side,
        call_state=CallState.Redirected,
        third=ThirdParty(dn=command.to, role=DnRole.RoleDestination),
        because=command.because,
    )
    approach = Approach(
        third=ThirdParty(dn=command.dn, role=DnRole.RoleUnknown),
        cause=Cause.Redirect,
        queue=party.queue,
        role=party.role,
        announced=party.announced,
        answer_state=party.answer_state,
        invited_by=party.invited_by,
        errand=party.errand,
    )
    new = reach(switch, turn, call, caller, destination, approach)
    new.on_answer = party.on_answer
