"""RECORDING.md 5: stop, pause, resume, hold; and 4: what GSIP_RECORD says meanwhile."""

from typing import Any

import pytest

from tests.recording.studio import SECOND, Desk, Studio, party, refused
from tlibproto.vocabulary import ConnId, Dn, PartyState
from tlibsim.ports.media import CapturePaused, OrderRefused
from tlibsim.recording.commands import (
    ControlCommand,
    PauseRecording,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.facts import (
    RecordingOrderRefused,
    RecordingPaused,
    RecordingResumed,
    RecordingStopped,
    Trigger,
)
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import HoldCall, ReleaseCall, RetrieveCall
from tlibsim.switch.refusals import Reason

KINDS = [StopRecording, PauseRecording, ResumeRecording]


class Running(Studio):
    """A call from outside, answered at 7001, whose recording runs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.conn_id = self.inbound_answered()
        self.do(StartRecording(dn=Dn("7001"), conn_id=self.conn_id, record_id="one"))
        self.answer_orders()

    def control(self, kind: type[ControlCommand], dn: str = "7001", **values: Any) -> None:
        self.now = type(self.now)(self.now + SECOND)
        self.do(kind(dn=Dn(dn), conn_id=self.conn_id, **values))

    def key(self) -> object:
        return self.state_key(self.conn_id)

    def states(self) -> list[str]:
        return [trace.state.value for trace in self.desk.traces()]

    def hold(self) -> None:
        self.do(HoldCall(dn=Dn("7001"), conn_id=self.conn_id))

    def retrieve(self) -> None:
        self.do(RetrieveCall(dn=Dn("7001"), conn_id=self.conn_id))


# -- stop, pause, resume -----------------------------------------------------------------------


def test_stop_ends_the_session_and_says_off() -> None:
    studio = Running()

    studio.control(StopRecording)

    assert studio.key() == "Off"
    assert studio.backend.names() == ["start", "stop"]
    assert studio.backend.causes[studio.session()] == "stopped by 7001"
    trace = studio.trace()
    assert (trace.state, trace.ended_at) == (SessionState.ENDED, studio.now)
    assert {leg.state for leg in trace.legs} == {LegState.ENDED}
    (fact,) = studio.told(RecordingStopped)
    assert (fact.cause, fact.asked_by) == ("stopped by 7001", "7001")


def test_pause_and_resume_say_paused_and_on_and_reinvite_each_leg() -> None:
    studio = Running()
    began = studio.now

    studio.control(PauseRecording, "7004")
    assert studio.key() == "Paused"
    assert [(leg.sdp, leg.reinvite) for leg in studio.trace().legs] == [("inactive", 1)] * 2
    assert studio.trace().pauses == ((began + SECOND, None),)
    studio.control(ResumeRecording, "7002")

    assert studio.key() == "On"
    assert [(leg.sdp, leg.reinvite) for leg in studio.trace().legs] == [("sendonly", 2)] * 2
    assert studio.trace().pauses == ((began + SECOND, began + 2 * SECOND),)
    assert studio.backend.names() == ["start", "pause", "resume"]
    assert [fact.asked_by for fact in studio.told(RecordingPaused)] == ["7004"]
    assert [fact.asked_by for fact in studio.told(RecordingResumed)] == ["7002"]


def test_a_paused_session_can_be_stopped_and_its_pause_ends_with_it() -> None:
    studio = Running()
    studio.control(PauseRecording)

    studio.control(StopRecording)

    assert studio.key() == "Off"
    assert studio.trace().pauses[-1][1] == studio.now


def test_the_file_name_stays_as_it_was_told_at_the_start() -> None:
    studio = Running()
    told = studio.data(studio.conn_id).first("GSIP_REC_FN")
    studio.control(PauseRecording)
    studio.control(ResumeRecording)
    studio.control(StopRecording)

    assert studio.data(studio.conn_id).first("GSIP_REC_FN") == told
    assert [len(change.pairs or ()) for change in studio.changes] == [2, 1, 1, 1]


# -- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_control_of_a_call_that_is_not_recorded_is_refused(kind: type[ControlCommand]) -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    refused(Reason.NO_RECORDING, studio.do, kind(dn=Dn("7001"), conn_id=conn_id))


@pytest.mark.parametrize("kind", KINDS)
def test_control_after_the_stop_is_refused(kind: type[ControlCommand]) -> None:
    studio = Running()
    studio.control(StopRecording)

    refused(Reason.NO_RECORDING, studio.control, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_control_while_the_recording_starts_is_refused(kind: type[ControlCommand]) -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    refused(Reason.REQUEST_IN_PROGRESS, studio.do, kind(dn=Dn("7001"), conn_id=conn_id))


@pytest.mark.parametrize("kind", KINDS)
def test_control_of_an_unknown_call_or_by_a_service_is_refused(
    kind: type[ControlCommand],
) -> None:
    studio = Running()

    refused(Reason.WRONG_OBJECT, studio.control, kind, "msml1")
    refused(Reason.INVALID_CONN_ID, studio.do, kind(dn=Dn("7001"), conn_id=ConnId(7)))


def test_pausing_what_is_paused_and_resuming_what_runs_is_refused() -> None:
    studio = Running()

    refused(Reason.SAME_STATE, studio.control, ResumeRecording)
    studio.control(PauseRecording)
    refused(Reason.SAME_STATE, studio.control, PauseRecording)
    assert studio.backend.names() == ["start", "pause"]


def test_with_idempotent_control_nothing_happens_instead() -> None:
    studio = Running(idempotent_control=True)
    facts = len(studio.facts)

    studio.control(ResumeRecording)
    assert len(studio.facts) == facts
    studio.control(PauseRecording)
    studio.control(PauseRecording)

    assert studio.backend.names() == ["start", "pause"]
    assert studio.key() == "Paused"


# -- one of several ----------------------------------------------------------------------------


class Two(Running):
    """Two sessions of a call run side by side."""

    def __init__(self) -> None:
        super().__init__(allow_multiple_sessions=True)
        self.do(StartRecording(dn=Dn("7001"), conn_id=self.conn_id, record_id="two"))
        self.answer_orders()


def test_control_acts_on_all_sessions_unless_an_id_names_one() -> None:
    studio = Two()

    studio.control(PauseRecording, record_id="one")
    assert (studio.states(), studio.key()) == (["paused", "active"], "On")
    studio.control(PauseRecording)
    assert (studio.states(), studio.key()) == (["paused", "paused"], "Paused")
    studio.control(StopRecording, record_id="two")
    assert (studio.states(), studio.key()) == (["paused", "ended"], "Paused")
    studio.control(ResumeRecording)
    assert (studio.states(), studio.key()) == (["active", "ended"], "On")
    studio.control(StopRecording)
    assert (studio.states(), studio.key()) == (["ended", "ended"], "Off")


def test_an_id_that_names_no_session_is_refused() -> None:
    refused(Reason.NO_RECORDING, Two().control, StopRecording, record_id="three")


def test_a_start_while_another_session_is_paused_does_not_change_the_key() -> None:
    studio = Running(allow_multiple_sessions=True)
    studio.control(PauseRecording)
    changes = len(studio.changes)

    studio.do(StartRecording(dn=Dn("7001"), conn_id=studio.conn_id, record_id="two"))

    assert len(studio.changes) == changes
    studio.answer_orders()
    assert studio.key() == "On"


def test_pairs_of_a_control_request_replace_or_join_those_of_the_session() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    command = StartRecording(
        dn=Dn("7001"), conn_id=conn_id, params=(("a", "1"), ("Tone", "on"))
    )
    studio.do(command)
    studio.answer_orders()

    studio.do(
        PauseRecording(dn=Dn("7001"), conn_id=conn_id, params=(("tone", "off"), ("b", "2")))
    )

    assert studio.trace().params == (("a", "1"), ("tone", "off"), ("b", "2"))


# -- full time ---------------------------------------------------------------------------------


def test_after_the_stop_of_a_full_time_recording_the_party_stays_unrecorded() -> None:
    studio = Studio(dn={"7001": {"record": True}})
    conn_id = studio.inbound_answered()
    studio.answer_orders()

    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    assert studio.state_key(conn_id) == "Off"
    assert studio.backend.names() == ["start", "stop"]
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    assert studio.trace().trigger is Trigger.DYNAMIC


def test_after_the_stop_it_may_be_recorded_anew() -> None:
    studio = Studio(dn={"7001": {"record": True}}, fulltime_after_stop="restart")
    conn_id = studio.inbound_answered()
    studio.answer_orders()

    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    assert studio.state_key(conn_id) == "Off"
    studio.answer_orders()

    assert studio.state_key(conn_id) == "On"
    assert [trace.state.value for trace in studio.desk.traces()] == ["ended", "active"]
    assert studio.trace().trigger is Trigger.FULL_TIME


def test_a_stopped_dynamic_recording_is_not_begun_anew() -> None:
    studio = Running(fulltime_after_stop="restart")

    studio.control(StopRecording)

    assert studio.backend.names() == ["start", "stop"]


# -- hold --------------------------------------------------------------------------------------


def test_by_default_a_hold_changes_nothing() -> None:
    studio = Running()

    studio.hold()
    studio.retrieve()

    assert studio.backend.names() == ["start"]


def test_without_music_on_hold_the_hold_pauses_and_the_retrieve_resumes() -> None:
    studio = Running(record_moh=False)

    studio.hold()
    assert studio.key() == "Paused"
    studio.retrieve()

    assert studio.key() == "On"
    assert studio.backend.names() == ["start", "pause", "resume"]


def test_a_retrieve_does_not_lift_the_pause_that_was_asked_for() -> None:
    studio = Running(record_moh=False)
    studio.control(PauseRecording)
    studio.hold()
    studio.retrieve()
    assert studio.key() == "Paused"

    studio.control(ResumeRecording)

    assert studio.key() == "On"
    assert studio.backend.names() == ["start", "pause", "resume"]


def test_a_pause_while_held_is_taken_and_outlasts_the_retrieve() -> None:
    studio = Running(record_moh=False)
    studio.hold()
    studio.control(PauseRecording)
    refused(Reason.SAME_STATE, studio.control, PauseRecording)
    studio.retrieve()

    assert studio.key() == "Paused"
    assert studio.backend.names() == ["start", "pause"]


def test_a_resume_while_held_waits_for_the_retrieve() -> None:
    studio = Running(record_moh=False)
    studio.hold()
    studio.control(PauseRecording)

    studio.control(ResumeRecording)
    assert studio.key() == "Paused"
    studio.retrieve()

    assert studio.key() == "On"


def test_a_call_that_is_held_while_it_starts_begins_paused() -> None:
    studio = Studio(record_moh=False)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))

    studio.answer_orders()

    assert studio.state_key(conn_id) == "Paused"
    assert studio.data(conn_id).has("GSIP_REC_FN")
    assert studio.backend.names() == ["start", "pause"]


@pytest.mark.parametrize(("record_moh", "key"), [(True, "On"), (False, "Paused")])
def test_a_call_that_is_held_before_it_starts(record_moh: bool, key: str) -> None:
    studio = Studio(record_moh=record_moh)
    conn_id = studio.inbound_answered()
    studio.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
    studio.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))

    studio.answer_orders()

    assert studio.state_key(conn_id) == key


def test_a_hold_of_a_call_that_is_not_recorded_is_none_of_our_business() -> None:
    studio = Studio(record_moh=False)
    conn_id = studio.inbound_answered()
    studio.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
    studio.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert studio.backend.orders == []
    assert studio.changes == []


# -- orders that the backend refuses -----------------------------------------------------------


def test_a_refused_pause_says_on_again() -> None:
    studio = Running()
    studio.control(PauseRecording)

    studio.report(OrderRefused(session=studio.session(), order="pause", cause="no answer"))

    assert studio.key() == "On"
    assert studio.trace().state is SessionState.ACTIVE
    assert [leg.sdp for leg in studio.trace().legs] == ["sendonly"] * 2
    (fact,) = studio.told(RecordingOrderRefused)
    assert (fact.order, fact.cause) == ("pause", "no answer")
    assert studio.backend.names() == ["start", "pause"]


def test_a_refused_resume_says_paused_again_and_can_be_repeated() -> None:
    studio = Running()
    studio.control(PauseRecording)
    studio.answer_orders()
    studio.control(ResumeRecording)

    studio.report(OrderRefused(session=studio.session(), order="resume", cause="no answer"))
    assert studio.key() == "Paused"
    studio.control(ResumeRecording)

    assert studio.key() == "On"


def test_after_pause_and_resume_were_confirmed_another_pause_may_be_refused() -> None:
    studio = Running()
    for kind in (PauseRecording, ResumeRecording, PauseRecording):
        studio.answer_orders()
        studio.control(kind)

    studio.report(OrderRefused(session=studio.session(), order="pause", cause="no answer"))

    assert studio.key() == "On"


def test_a_refused_pause_counts_only_when_no_later_order_is_open() -> None:
    studio = Running()
    studio.control(PauseRecording)
    studio.control(ResumeRecording)

    studio.report(OrderRefused(session=studio.session(), order="pause", cause="late"))
    studio.report(OrderRefused(session=studio.session(), order="resume", cause="late"))

    assert studio.key() == "On"
    assert studio.desk.settled()


def test_a_refused_pause_does_not_undo_a_later_one() -> None:
    studio = Running()
    for kind in (PauseRecording, ResumeRecording, PauseRecording):
        studio.control(kind)

    studio.report(OrderRefused(session=studio.session(), order="pause", cause="once"))
    studio.report(OrderRefused(session=studio.session(), order="resume", cause="not paused"))
    assert studio.key() == "Paused"
    studio.report(CapturePaused(session=studio.session()))

    assert studio.key() == "Paused"
    assert studio.backend.names() == ["start", "pause", "resume", "pause"]


@pytest.mark.parametrize("order", ["pause", "resume", "revise", "start", "dance"])
def test_the_refusal_of_an_order_that_was_not_given_changes_nothing(order: str) -> None:
    studio = Running()
    facts = len(studio.facts)

    studio.report(OrderRefused(session=studio.session(), order=order, cause="why not"))

    assert len(studio.facts) == facts
    assert studio.key() == "On"


def test_a_refused_revision_leaves_the_pause_alone() -> None:
    desk = Desk()
    desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=ConnId(0xC1)))
    desk.call(party("7001"), party("7002"), party("7003", at=4))
    session = desk.run()

    desk.report(OrderRefused(session=session, order="revise", cause="no"))

    assert desk.trace().state is SessionState.ACTIVE
    assert desk.desk.settled()


def test_held_parties_are_talking_parties() -> None:
    desk = Desk()
    desk.call(party("7001", state=PartyState.Held), party("7002"))

    desk.perform(StartRecording(dn=Dn("7002"), conn_id=ConnId(0xC1)))

    assert desk.trace().parties == ("7002", "7001")
