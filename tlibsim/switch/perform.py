"""COMMANDS: which function carries out which command, and the one way to do so."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tlibsim.ports.media import Instant
from tlibsim.switch import clearing, commands, dialing, offering, talking
from tlibsim.switch.facts import Fact
from tlibsim.switch.refusals import RequestRefused
from tlibsim.switch.switch import Switch, Turn

COMMANDS: Mapping[type, Callable[[Switch, Any, Turn], None]] = {
    commands.AnswerCall: talking.answer_call,
    commands.ArriveInbound: dialing.arrive_inbound,
    commands.ChangeUserData: talking.change_user_data,
    commands.FarAnswer: talking.far_answer,
    commands.FarRelease: clearing.far_release,
    commands.HoldCall: talking.hold_call,
    commands.MakeCall: dialing.make_call,
    commands.PressDigits: talking.press_digits,
    commands.ReleaseCall: clearing.release_call,
    commands.RetrieveCall: talking.retrieve_call,
    commands.SendDtmf: talking.send_dtmf,
    commands.SetPhoneBusy: talking.set_phone_busy,
}

REMINDERS: Mapping[type, Callable[[Switch, Any, Turn], None]] = {
    clearing.ClearFailed: clearing.clear_after_delay,
    clearing.HangUp: clearing.hang_up,
    offering.StopRinging: dialing.stop_ringing,
    talking.PickUp: talking.pick_up,
}


def perform(switch: Switch, command: object, now: Instant) -> Sequence[Fact]:
    """Carry out one command.  Returns what happened; raises RequestRefused and changes nothing."""
    turn = Turn(now)
    COMMANDS[type(command)](switch, command, turn)
    return turn.facts


def remind(switch: Switch, reminder: object, now: Instant) -> Sequence[Fact]:
    """Act on one reminder that is due; one that no longer applies does nothing."""
    turn = Turn(now)
    try:
        REMINDERS[type(reminder)](switch, reminder, turn)
    except RequestRefused:
        return ()
    return turn.facts
