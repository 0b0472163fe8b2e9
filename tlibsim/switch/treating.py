"""The requests that apply treatments and collect digits; where they are allowed."""

from tlibproto.vocabulary import PartyState, TreatmentType
from tlibsim.switch import treatments
from tlibsim.switch.call import Party
from tlibsim.switch.clearing import give_up
from tlibsim.switch.commands import ApplyTreatment, CollectDigits, PressDigits
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.routing import restart_timer, waiting_point
from tlibsim.switch.states import ESTABLISHED
from tlibsim.switch.switch import Switch, Turn
from tlibsim.switch.talking import DTMF_LETTERS
from tlibsim.switch.treatments import Treatment


def apply_treatment(switch: Switch, command: ApplyTreatment, turn: Turn) -> None:
    """Play to a call that waits at a routing point (BEHAVIOUR.md 1.15)."""
    point = waiting_point(switch, command.dn, command.conn_id, Reason.UNSUPPORTED)
    treatments.begin(
        switch, turn, point, command.treatment, command.parameters, command.because
    )
    restart_timer(switch, turn, point)
    if command.treatment == TreatmentType.CancelCall:
        treatments.end(switch, turn, point)
        give_up(switch, turn, point)


def collect_digits(switch: Switch, command: CollectDigits, turn: Turn) -> None:
    """Collect digits; EventDigitsCollected answers when they are there."""
    point = waiting_point(switch, command.dn, command.conn_id, Reason.UNSUPPORTED)
    if command.count < 0 or command.timeout < 0:
        raise RequestRefused(Reason.BAD_PARAMETER, "a number is negative")
    treatment = Treatment(
        TreatmentType.CollectDigits,
        wanted=command.count,
        terminators=command.terminators,
        asked=True,
        because=command.because,
    )
    treatments.collect(switch, turn, point, treatment, command.timeout)
    restart_timer(switch, turn, point)


def press_digits(switch: Switch, command: PressDigits, turn: Turn) -> None:
    """The party outside presses keys; a routing point where the call waits may collect them."""
    call = switch.find_call(command.conn_id)
    far = call.outside()
    listeners = [party for party in call.parties if _listens(party)]
    if far is None or not (listeners or far.state in ESTABLISHED):
        raise RequestRefused(Reason.INCORRECT_STATE, "nobody outside is talking or waiting")
    if not command.digits or not set(command.digits) <= DTMF_LETTERS:
        raise RequestRefused(Reason.INVALID_DTMF, f"digits {command.digits!r}")
    for party in listeners:
        treatments.digits_pressed(switch, turn, party, command.digits)


def _listens(party: Party) -> bool:
    return party.state is PartyState.Queued and party.device is not None
