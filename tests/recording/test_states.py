"""RECORDING.md 1.1: the table of a recording session, every pair of it."""

from itertools import product

import pytest

from tests.recording.studio import refused
from tlibsim.recording.states import OVER, TRANSITIONS, SessionInput, SessionState, advance
from tlibsim.switch.refusals import Reason

LAWFUL = """
idle            start                   starting
starting        capture-started         active
starting        capture-failed          failed
starting        recorded-party-left     ended
starting        call-ended              ended
active          pause                   paused
active          stop                    ended
active          recorded-party-left     ended
active          call-ended              ended
active          media-service-lost      reestablishing
active          capture-failed          failed
paused          resume                  active
paused          stop                    ended
paused          recorded-party-left     ended
paused          call-ended              ended
paused          media-service-lost      reestablishing
paused          capture-failed          failed
reestablishing  capture-started         active
reestablishing  stop                    ended
reestablishing  recorded-party-left     ended
reestablishing  call-ended              ended
reestablishing  capture-failed          failed
"""
EXPECTED = {
    (row.split()[0], row.split()[1].replace("-", " ")): row.split()[2]
    for row in LAWFUL.strip().splitlines()
}


@pytest.mark.parametrize(("state", "step"), list(product(SessionState, SessionInput)))
def test_each_pair_leads_where_the_table_of_the_document_says_or_is_refused(
    state: SessionState, step: SessionInput
) -> None:
    after = EXPECTED.get((state.value, step.value))

    if after is None:
        detail = refused(Reason.INCORRECT_STATE, advance, state, step)
        assert state.value in detail
        assert step.value in detail
    else:
        assert advance(state, step).value == after


def test_nothing_leads_out_of_a_state_that_is_over() -> None:
    assert not [pair for pair in TRANSITIONS if pair[0] in OVER]
    assert {state for state in SessionState if state in OVER} == {
        SessionState.ENDED,
        SessionState.FAILED,
    }
