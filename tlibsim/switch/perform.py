"""COMMANDS: which function carries out which command, and the one way to do so."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tlibsim.ports import site
from tlibsim.ports.media import Instant
from tlibsim.switch import (
    agents,
    behaving,
    clearing,
    commands,
    conferring,
    consulting,
    dialing,
    hooks,
    joining,
    network,
    offering,
    phones,
    predictive,
    queues,
    reconfiguring,
    reporting,
    routing,
    single_step,
    sites,
    supervising,
    talking,
    telephone,
    treating,
    treatments,
    wrapup,
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
    commands.AgentLogin: agents.agent_login,
    commands.AgentLogout: agents.agent_logout,
    commands.AgentNotReady: agents.agent_not_ready,
    commands.AgentReady: agents.agent_ready,
    commands.DistributeCall: queues.distribute_call,
    commands.FarAnswer: predictive.far_answer,
    commands.MakePredictiveCall: predictive.make_predictive_call,
    commands.ReserveAgent: agents.reserve_agent,
    commands.SessionLeft: agents.session_left,
    commands.FarRelease: clearing.far_release,
    commands.HoldCall: talking.hold_call,
    commands.MakeCall: dialing.make_call,
    commands.PressDigits: treating.press_digits,
    commands.ReleaseCall: joining.release_call,
    commands.RetrieveCall: talking.retrieve_call,
    commands.SendDtmf: talking.send_dtmf,
    commands.SetPhoneBusy: talking.set_phone_busy,
    commands.SetBehavior: behaving.set_behavior,
    commands.RestoreBehavior: behaving.restore_behavior,
    commands.Reconfigure: reconfiguring.reconfigure,
    commands.GiveAccessNumber: sites.give_access_number,
    commands.TakeBackAccessNumber: sites.take_back_access_number,
    site.LegOffered: sites.leg_offered,
    site.LegTaken: sites.leg_taken,
    site.LegAnswered: sites.leg_answered,
    site.LegEnded: sites.leg_ended,
    site.LegData: sites.leg_data,
    site.LegsKnown: sites.legs_known,
    site.SiteReached: sites.site_reached,
    site.SiteLost: sites.site_lost,
    commands.NetworkConsult: network.network_consult,
    commands.NetworkSingleStepTransfer: network.network_single_step,
    commands.ChangeNetworkCall: network.change_network_call,
    commands.CancelForward: telephone.cancel_forward,
    commands.SetCallInfo: telephone.set_call_info,
    commands.SetDnd: telephone.set_dnd,
    commands.SetForward: telephone.set_forward,
    commands.SetInService: telephone.set_in_service,
    commands.SetLink: telephone.set_link,
    commands.SetMessageWaiting: telephone.set_message_waiting,
    commands.SetOutOfService: telephone.set_out_of_service,
    commands.CancelMonitoring: supervising.cancel_monitoring,
    commands.MonitorNextCall: supervising.monitor_next_call,
}

REMINDERS: Mapping[type, Callable[[Switch, Any, Turn], None]] = {
    agents.IdleLogout: agents.idle_logout,
    agents.ReservationOver: agents.reservation_over,
    queues.AcdRingTimeout: queues.acd_ring_timeout,
    predictive.StopDialing: predictive.stop_dialing,
    wrapup.WorkOver: wrapup.work_over,
    clearing.ClearFailed: clearing.clear_after_delay,
    phones.HangUp: clearing.hang_up,
    offering.StopRinging: dialing.stop_ringing,
    routing.AfterRoutingTimeout: routing.after_routing_timeout,
    routing.RouterTimeout: routing.router_timeout,
    treatments.TreatmentOver: treatments.over,
    phones.PickUp: talking.pick_up,
    sites.LegsOver: sites.legs_over,
}

FOLLOWERS: Sequence[Callable[[Switch, Turn], None]] = (
    network.follow,
    supervising.follow,
    wrapup.follow,
    reconfiguring.follow,
    agents.follow,
    queues.follow,
    reporting.follow,
    hooks.follow,
    sites.follow,
)
"""What looks at the facts of every turn at its end, in this order, and may add to them."""


def perform(switch: Switch, command: object, now: Instant) -> Sequence[object]:
    """Carry out one command.  Returns what happened; raises RequestRefused and changes nothing."""
    turn = Turn(now)
    COMMANDS[type(command)](switch, command, turn)
    return _followed(switch, turn)


def remind(switch: Switch, reminder: object, now: Instant) -> Sequence[object]:
    """Act on one reminder that is due; one that no longer applies does nothing."""
    turn = Turn(now)
    try:
        REMINDERS[type(reminder)](switch, reminder, turn)
    except RequestRefused:
        return ()
    return _followed(switch, turn)


def _followed(switch: Switch, turn: Turn) -> Sequence[object]:
    for follow in FOLLOWERS:
        follow(switch, turn)
    return turn.facts
