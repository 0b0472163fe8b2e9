"""COMMANDS: which function carries out which command, and the one way to do so."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tlibsim.ports.media import Instant
from tlibsim.switch import (
    clearing,
    commands,
    conferring,
    consulting,
    dialing,
    joining,
    offering,
    routing,
    single_step,
    talking,
    treating,
    treatments,
)
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch, Turn

COMMANDS: Mapping[type, Callable[[Switch, Any, Turn], None]] = {
    commands.ApplyTreatment: treating.apply_treatment,
    commands.CollectDigits: treating.collect_digits,
    commands.RouteCall: routing.route_call,
    commands.AlternateCall: consulting.alternate_call,
    commands.ClearCall: conferring.clear_call,
    commands.CompleteConference: joining.complete_conference,
    commands.CompleteTransfer: joining.complete_transfer,
    commands.Consult: consulting.consult,
    commands.DeleteFromConference: conferring.delete_from_conference,
    commands.MergeCalls: joining.merge_calls,
    commands.MuteTransfer: joining.mute_transfer,
    commands.ReconnectCall: consulting.reconnect_call,
    commands.RedirectCall: single_step.redirect_call,
    commands.SetListening: conferring.set_listening,
    commands.SetMute: conferring.set_mute,
    commands.SingleStepConference: single_step.single_step_conference,
    commands.SingleStepTransfer: single_step.single_step_transfer,
    commands.AnswerCall: talking.answer_call,
    commands.ArriveInbound: dialing.arrive_inbound,
    commands.ChangeUserData: talking.change_user_data,
    commands.FarAnswer: talking.far_answer,
    commands.FarRelease: clearing.far_release,
    commands.HoldCall: talking.hold_call,
    commands.MakeCall: dialing.make_call,
    commands.PressDigits: treating.press_digits,
    commands.ReleaseCall: clearing.release_call,
    commands.RetrieveCall: talking.retrieve_call,
    commands.SendDtmf: talking.send_dtmf,
    commands.SetPhoneBusy: talking.set_phone_busy,
}

REMINDERS: Mapping[type, Callable[[Switch, Any, Turn], None]] = {
    clearing.ClearFailed: clearing.clear_after_delay,
    clearing.HangUp: clearing.hang_up,
    offering.StopRinging: dialing.stop_ringing,
    routing.AfterRoutingTimeout: routing.after_routing_timeout,
    routing.RouterTimeout: routing.router_timeout,
    treatments.TreatmentOver: treatments.over,
    talking.PickUp: talking.pick_up,
}


def perform(switch: Switch, command: object, now: Instant) -> Sequence[object]:
    """Carry out one command.  Returns what happened; raises RequestRefused and changes nothing."""
    turn = Turn(now)
    COMMANDS[type(command)](switch, command, turn)
    return turn.facts


def remind(switch: Switch, reminder: object, now: Instant) -> Sequence[object]:
    """Act on one reminder that is due; one that no longer applies does nothing."""
    turn = Turn(now)
    try:
        REMINDERS[type(reminder)](switch, reminder, turn)
    except RequestRefused:
        return ()
    return turn.facts
