"""Every pair of a party's state and an input (BEHAVIOUR.md 1.1, HOUSE.md 8)."""

from itertools import product

import pytest

from tlibproto.vocabulary import PartyState
from tlibsim.switch.refusals import Reason, RequestRefused
from tlibsim.switch.states import ESTABLISHED, TRANSITIONS, PartyInput, advance

STATES = (
    PartyState.Null,
    PartyState.Dialing,
    PartyState.Alerting,
    PartyState.Queued,
    PartyState.Busy,
    PartyState.Connected,
    PartyState.Held,
)

LAWFUL = {
    ("Null", "DIAL"): "Dialing",
    ("Null", "ALERT"): "Alerting",
    ("Null", "QUEUE"): "Queued",
    ("Queued", "RELEASE"): "Null",
    ("Dialing", "CONNECT"): "Connected",
    ("Dialing", "FAIL"): "Busy",
    ("Dialing", "RELEASE"): "Null",
    ("Alerting", "CONNECT"): "Connected",
    ("Alerting", "RELEASE"): "Null",
    ("Busy", "RELEASE"): "Null",
    ("Connected", "HOLD"): "Held",
    ("Connected", "RELEASE"): "Null",
    ("Held", "RETRIEVE"): "Connected",
    ("Held", "RELEASE"): "Null",
}
PAIRS = list(product(STATES, PartyInput))


@pytest.mark.parametrize(
    ("state", "step"), [(s, i) for s, i in PAIRS if (s.name, i.name) in LAWFUL]
)
def test_a_lawful_step_leads_where_the_specification_says(
    state: PartyState, step: PartyInput
) -> None:
    assert advance(state, step).name == LAWFUL[state.name, step.name]


@pytest.mark.parametrize(
    ("state", "step"), [(s, i) for s, i in PAIRS if (s.name, i.name) not in LAWFUL]
)
def test_any_other_step_is_refused(state: PartyState, step: PartyInput) -> None:
    with pytest.raises(RequestRefused) as caught:
        advance(state, step)

    assert caught.value.reason is Reason.INCORRECT_STATE


def test_the_table_has_no_state_that_cannot_be_reached() -> None:
    assert {state for state, _ in TRANSITIONS} == set(STATES)
    assert set(TRANSITIONS.values()) == set(STATES)


def test_a_held_party_counts_as_established() -> None:
    assert {PartyState.Connected, PartyState.Held} == ESTABLISHED
