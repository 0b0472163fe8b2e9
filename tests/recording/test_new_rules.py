"""Other rules for the desk while recordings run (docs/reload.md)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.recording.studio import Studio
from tlibproto.vocabulary import Dn
from tlibsim.recording.commands import RecordSide, StartRecording
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import HoldCall, RetrieveCall
from tlibsim.switch.refusals import Reason, RequestRefused

RECORDED = {"7001": {"record": True}}


def running(**options: Any) -> Studio:
    """A full-time recording of 7001 that runs."""
    studio = Studio(dn=RECORDED, msml_record_support=True, **options)
    studio.inbound_answered("7001")
    studio.answer_orders()
    assert studio.trace().state is SessionState.ACTIVE
    return studio


def change(studio: Studio, **rules: Any) -> None:
    studio.rules = replace(studio.rules, **rules)
    studio.desk.reconfigure(studio.rules)


def test_a_recording_that_runs_goes_on() -> None:
    studio = running()
    orders = list(studio.backend.orders)

    change(studio, msml_record_support=False, gsip_record=False, max_recordings=1)

    assert studio.trace().state is SessionState.ACTIVE
    assert studio.backend.orders == orders


def test_the_next_start_goes_by_the_new_rules() -> None:
    studio = Studio(msml_record_support=True)
    conn_id = studio.inbound_answered("7001")
    start = StartRecording(dn=Dn("7001"), conn_id=conn_id, side=RecordSide.SOURCE)

    change(studio, msml_record_support=False)
    with pytest.raises(RequestRefused) as refused:
        studio.do(start)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE

    change(studio, msml_record_support=True)
    studio.do(start)
    studio.answer_orders()
    assert studio.trace().state is SessionState.ACTIVE


def test_a_dn_that_is_to_be_recorded_now_is_recorded_in_its_next_call() -> None:
    studio = Studio(msml_record_support=True)
    assert studio.desk.traces() == ()
    dns = dict(studio.switch.configured)
    dns["7001"] = replace(dns["7001"], options=replace(dns["7001"].options, record=True))

    studio.calls.reconfigure(dns=dns, agents={})
    studio.inbound_answered("7001")
    studio.answer_orders()

    assert studio.trace().record_dn == "7001"


def test_a_pause_of_a_hold_ends_though_holds_pause_no_more() -> None:
    studio = running(record_moh=False)
    conn_id = studio.newest()
    studio.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()
    assert studio.trace().state is SessionState.PAUSED

    change(studio, record_moh=True)
    studio.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()

    assert studio.trace().state is SessionState.ACTIVE
