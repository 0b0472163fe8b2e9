"""RECORDING.md 5 and 7: recordings over transfers, conferences, mergers, mute and supervision."""

from typing import Any

import pytest

from tests.recording.studio import Studio
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import SourceKind
from tlibsim.recording.commands import PauseRecording, RecordSide, StartRecording
from tlibsim.recording.facts import RecordingRevised, Trigger
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AnswerCall,
    CompleteConference,
    CompleteTransfer,
    Consult,
    HoldCall,
    MergeCalls,
    MonitorNextCall,
    Purpose,
    ReleaseCall,
    RetrieveCall,
    SetMute,
    SingleStepConference,
    SingleStepTransfer,
)

CUSTOMER = RecordSide.DESTINATION
AGENT = RecordSide.SOURCE


def recorded(side: RecordSide, **options: Any) -> tuple[Studio, ConnId]:
    """A call from outside at 7001, recorded at one side of it."""
    studio = Studio(**options)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, side=side, record_id="one"))
    studio.answer_orders()
    studio.wait(1)
    return studio, conn_id


def consulted(
    studio: Studio, conn_id: ConnId, to: str = "7002", purpose: Purpose = Purpose.TRANSFER
) -> ConnId:
    """7001 holds the call and talks to somebody else about it."""
    studio.do(Consult(dn=Dn("7001"), conn_id=conn_id, to=to, purpose=purpose))
    consult = studio.newest()
    studio.do(AnswerCall(dn=Dn(to), conn_id=consult))
    return consult


def transferred(studio: Studio, conn_id: ConnId, *, steps: int, to: str = "7002") -> None:
    if steps == 1:
        studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to=to))
        studio.do(AnswerCall(dn=Dn(to), conn_id=conn_id))
    else:
        consult = consulted(studio, conn_id, to)
        studio.do(CompleteTransfer(dn=Dn("7001"), conn_id=conn_id, consult_conn_id=consult))


TRANSFERS = pytest.mark.parametrize("steps", [1, 2])


# -- transfers ---------------------------------------------------------------------------------


@TRANSFERS
def test_the_customers_recording_goes_on_and_the_legs_hear_of_the_new_party(steps: int) -> None:
    studio, conn_id = recorded(CUSTOMER)

    transferred(studio, conn_id, steps=steps)

    trace = studio.trace()
    assert (trace.id, trace.state, trace.record_dn) == ("one", SessionState.ACTIVE, "trunk-in")
    assert trace.parties == ("15550001", "7002")
    assert {leg.reinvite for leg in trace.legs} == {1 if steps == 2 else 2}
    assert studio.state_key(conn_id) == "On"
    assert [leg.dn for leg in studio.backend.revisions[-1].legs] == ["trunk-in", "7002"]


@TRANSFERS
def test_a_transfer_keeps_the_keys_of_the_legs(steps: int) -> None:
    studio, conn_id = recorded(CUSTOMER)
    (order,) = studio.backend.started

    transferred(studio, conn_id, steps=steps)

    for revision in studio.backend.revisions:
        assert [leg.key for leg in revision.legs] == [leg.key for leg in order.legs]


@TRANSFERS
def test_the_agents_recording_ends_and_says_off_to_those_who_are_left(steps: int) -> None:
    studio, conn_id = recorded(AGENT)

    transferred(studio, conn_id, steps=steps)

    assert studio.trace().state is SessionState.ENDED
    assert studio.state_key(conn_id) == "Off"
    assert len(studio.changes) == 2, "On, and Off once"


@TRANSFERS
def test_a_next_agent_who_is_set_for_recording_goes_on_in_the_same_session(steps: int) -> None:
    studio, conn_id = recorded(AGENT, dn={"7002": {"record": True}})

    transferred(studio, conn_id, steps=steps)

    (trace,) = studio.desk.traces()
    assert (trace.id, trace.state, trace.record_dn) == ("one", SessionState.ACTIVE, "7002")
    assert studio.state_key(conn_id) == "On"
    assert [change.pairs for change in studio.changes[1:]] == []


@TRANSFERS
def test_at_the_terminating_side_it_may_be_kept(steps: int) -> None:
    studio, conn_id = recorded(AGENT, termination_side_transfer="keep")

    transferred(studio, conn_id, steps=steps)

    (trace,) = studio.desk.traces()
    assert (trace.state, trace.record_dn) == (SessionState.ACTIVE, "7002")


def test_to_keep_it_is_for_transfers_and_not_for_who_hangs_up() -> None:
    studio, conn_id = recorded(AGENT, termination_side_transfer="keep")
    studio.do(SingleStepConference(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert studio.trace().state is SessionState.ENDED


def test_a_caller_who_is_recorded_and_transfers_is_not_the_terminating_side() -> None:
    studio = Studio(termination_side_transfer="keep")
    conn_id = studio.internal("7001", "7003")
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()

    transferred(studio, conn_id, steps=1)

    assert studio.trace().state is SessionState.ENDED


def test_a_session_that_waits_for_the_next_agent_ends_when_nobody_answers() -> None:
    studio, conn_id = recorded(AGENT, dn={"7002": {"record": True, "no_answer_timeout": 5}})
    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    assert studio.trace().state is SessionState.ACTIVE

    studio.wait(6)

    assert studio.trace().state is SessionState.ENDED


def test_the_transfer_to_a_routing_point_keeps_the_customers_recording_only() -> None:
    for side, state in ((CUSTOMER, "On"), (AGENT, "Off")):
        studio, conn_id = recorded(side)

        studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="5000"))

        assert studio.state_key(conn_id) == state


def test_the_recorded_agent_who_stays_stays_recorded() -> None:
    studio = Studio()
    conn_id = studio.internal("7003", "7001")
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.answer_orders()

    studio.do(SingleStepTransfer(dn=Dn("7003"), conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert studio.trace().state is SessionState.ACTIVE
    assert studio.trace().parties == ("7001", "7002")


def test_a_transferred_agent_with_record_true_is_recorded_where_nobody_was() -> None:
    studio = Studio(dn={"7002": {"record": True}})
    conn_id = studio.inbound_answered()

    transferred(studio, conn_id, steps=2)

    assert (studio.trace().trigger, studio.trace().record_dn) == (Trigger.FULL_TIME, "7002")
    assert studio.trace().conn_id == conn_id


# -- conferences -------------------------------------------------------------------------------


def test_who_joins_a_conference_is_heard_and_nothing_is_said() -> None:
    studio, conn_id = recorded(AGENT)
    consult = consulted(studio, conn_id, purpose=Purpose.CONFERENCE)
    before = len(studio.changes)

    studio.do(CompleteConference(dn=Dn("7001"), conn_id=conn_id, consult_conn_id=consult))

    assert studio.trace().parties == ("7001", "15550001", "7002")
    assert {leg.reinvite for leg in studio.trace().legs} == {1}
    assert len(studio.changes) == before
    (revision,) = studio.backend.revisions
    assert [line.speakers for leg in revision.legs for line in leg.streams] == [
        ("7001",),
        ("15550001", "7002"),
    ]


def test_the_recorded_party_leaving_a_conference_ends_it_or_hands_it_over() -> None:
    for record, state in ((False, "Off"), (True, "On")):
        studio, conn_id = recorded(AGENT, dn={"7002": {"record": record}})
        consult = consulted(studio, conn_id, purpose=Purpose.CONFERENCE)
        studio.do(CompleteConference(dn=Dn("7001"), conn_id=conn_id, consult_conn_id=consult))

        studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

        assert studio.state_key(conn_id) == state


def test_a_supervisor_gets_a_stream_of_the_mix_and_one_of_his_own() -> None:
    studio, conn_id = recorded(AGENT)
    studio.do(MonitorNextCall(dn=Dn("7004"), agent=Dn("7001"), once=True))
    studio.do(AnswerCall(dn=Dn("7004"), conn_id=conn_id))

    revision = studio.backend.revisions[-1]
    assert [line.speakers for leg in revision.legs for line in leg.streams] == [
        ("7001", "15550001"),
        ("7004",),
    ]
    silent = revision.parties[-1]
    assert (silent.dn, silent.muted, silent.source.kind) == ("7004", False, SourceKind.SILENCE)
    assert studio.trace().legs[0].sdp == "sendonly", "a silent supervisor silences nobody"
    assert studio.state_key(conn_id) == "On"


def test_a_start_is_possible_while_a_supervisor_listens() -> None:
    studio = Studio()
    studio.do(MonitorNextCall(dn=Dn("7004"), agent=Dn("7001"), once=True))
    conn_id = studio.inbound_answered()
    studio.do(AnswerCall(dn=Dn("7004"), conn_id=conn_id))

    studio.do(StartRecording(dn=Dn("7004"), conn_id=conn_id))

    assert studio.trace().record_dn == "7001"


# -- mergers -----------------------------------------------------------------------------------


def test_with_record_after_merge_false_the_session_ends_at_the_merge() -> None:
    studio, conn_id = recorded(CUSTOMER, record_after_merge=False)

    transferred(studio, conn_id, steps=2)

    assert studio.state_key(conn_id) == "Off"
    assert "record-after-merge" in studio.trace().cause


def test_a_transfer_without_a_merge_is_none() -> None:
    studio, conn_id = recorded(CUSTOMER, record_after_merge=False)

    transferred(studio, conn_id, steps=1)

    assert studio.state_key(conn_id) == "On"


def test_a_session_of_the_other_call_goes_with_its_party() -> None:
    studio = Studio()
    held = studio.inbound_answered("7001")
    studio.do(HoldCall(dn=Dn("7001"), conn_id=held))
    other = studio.internal("7001", "7002")
    studio.do(StartRecording(dn=Dn("7002"), conn_id=other, record_id="two"))
    studio.answer_orders()

    studio.do(
        MergeCalls(dn=Dn("7001"), conn_id=held, other_conn_id=other, purpose=Purpose.TRANSFER)
    )

    (trace,) = studio.desk.traces()
    assert (trace.conn_id, trace.state, trace.parties) == (
        held,
        SessionState.ACTIVE,
        ("7002", "15550001"),
    )
    assert studio.state_key(held) == "On"


def test_only_one_of_two_recordings_outlives_a_merge() -> None:
    studio, held = recorded(CUSTOMER)
    studio.do(HoldCall(dn=Dn("7001"), conn_id=held))
    other = studio.internal("7001", "7002")
    studio.do(StartRecording(dn=Dn("7002"), conn_id=other))
    studio.answer_orders()

    studio.do(
        MergeCalls(dn=Dn("7001"), conn_id=held, other_conn_id=other, purpose=Purpose.TRANSFER)
    )

    assert [trace.state for trace in studio.desk.traces()] == [
        SessionState.ACTIVE,
        SessionState.ENDED,
    ]
    assert studio.state_key(held) == "On"


# -- music on hold -----------------------------------------------------------------------------


def test_a_transfer_that_is_begun_pauses_and_its_completion_resumes() -> None:
    studio, conn_id = recorded(CUSTOMER, record_moh=False)
    consult = consulted(studio, conn_id)
    assert studio.state_key(conn_id) == "Paused"

    studio.do(CompleteTransfer(dn=Dn("7001"), conn_id=conn_id, consult_conn_id=consult))

    assert studio.state_key(conn_id) == "On"


def test_a_single_step_transfer_pauses_until_it_is_answered() -> None:
    studio, conn_id = recorded(CUSTOMER, record_moh=False)

    studio.do(SingleStepTransfer(dn=Dn("7001"), conn_id=conn_id, to="7002"))
    assert studio.state_key(conn_id) == "Paused"
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    assert studio.state_key(conn_id) == "On"


def test_a_pause_by_hand_outlasts_the_completion_of_a_transfer() -> None:
    studio, conn_id = recorded(CUSTOMER, record_moh=False)
    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))

    transferred(studio, conn_id, steps=2)

    assert studio.state_key(conn_id) == "Paused"


def test_the_consulting_agent_who_comes_back_resumes() -> None:
    studio, conn_id = recorded(CUSTOMER, record_moh=False)
    consult = consulted(studio, conn_id)

    studio.do(ReleaseCall(dn=Dn("7002"), conn_id=consult))
    studio.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))

    assert studio.state_key(conn_id) == "On"


# -- mute --------------------------------------------------------------------------------------


def test_mute_makes_the_leg_of_the_party_inactive_and_says_nothing() -> None:
    studio, conn_id = recorded(AGENT, sip_enable_two_party_mute=True)
    before = len(studio.changes)

    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=True))

    assert [leg.sdp for leg in studio.trace().legs] == ["inactive", "sendonly"]
    assert studio.trace().state is SessionState.ACTIVE
    assert studio.backend.revisions[-1].parties[0].muted
    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=False))
    assert [(leg.sdp, leg.reinvite) for leg in studio.trace().legs] == [("sendonly", 2)] * 2
    assert len(studio.changes) == before
    assert len(studio.told(RecordingRevised)) == 2


def test_in_one_session_for_both_mute_makes_all_lines_inactive() -> None:
    studio, conn_id = recorded(
        AGENT, sip_enable_two_party_mute=True, recordingclient_recmediactl="1"
    )

    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=True))

    assert [leg.sdp for leg in studio.trace().legs] == ["inactive"]


def test_who_is_muted_among_others_of_a_line_does_not_stop_it() -> None:
    studio, conn_id = recorded(AGENT)
    consult = consulted(studio, conn_id, purpose=Purpose.CONFERENCE)
    studio.do(CompleteConference(dn=Dn("7001"), conn_id=conn_id, consult_conn_id=consult))

    studio.do(SetMute(dn=Dn("7002"), conn_id=conn_id, muted=True))

    assert {leg.sdp for leg in studio.trace().legs} == {"sendonly"}


def test_somebody_who_is_muted_already_is_offered_so_from_the_start() -> None:
    studio = Studio(sip_enable_two_party_mute=True)
    conn_id = studio.inbound_answered()
    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=True))

    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    assert [(leg.sdp, leg.reinvite) for leg in studio.trace().legs] == [
        ("inactive", 0),
        ("sendonly", 0),
    ]


def test_a_pause_while_muted_stays_inactive_on_resume() -> None:
    studio, conn_id = recorded(AGENT, sip_enable_two_party_mute=True)
    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=True))
    studio.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))

    studio.do(SetMute(dn=Dn("7001"), conn_id=conn_id, muted=False))

    assert {leg.sdp for leg in studio.trace().legs} == {"inactive"}
