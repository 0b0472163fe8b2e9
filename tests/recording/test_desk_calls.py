"""RECORDING.md 3.1, 4 and 7: recordings follow their call, its people and its end."""

from typing import Any

import pytest

from tests.recording.studio import CALLER, Desk, Studio, about, call_of, party
from tlibproto.vocabulary import ConnId, Dn, DnRole, PartyState
from tlibsim.recording.commands import RecordSide, StartRecording, StopRecording
from tlibsim.recording.facts import (
    Alarm,
    AlarmCleared,
    AlarmRaised,
    RecordingRevised,
    RecordingStopped,
    Trigger,
)
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AnswerCall,
    FarRelease,
    MakeCall,
    ReleaseCall,
)
from tlibsim.switch.facts import (
    CallEnded,
    CallStarted,
    PartyAbandoned,
    PartyEstablished,
    PartyReleased,
    UserDataChanged,
)

CONN_ID = ConnId(0xC1)
RECORDED = {"7001": {"record": True}}


# -- full time ---------------------------------------------------------------------------------


def test_a_dn_with_record_true_is_recorded_when_it_is_connected_and_not_before() -> None:
    studio = Studio(dn=RECORDED)
    conn_id = studio.inbound()
    assert studio.backend.orders == []

    studio.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    assert studio.data(conn_id).pairs == ()
    studio.answer_orders()

    assert [name for name, _ in studio.data(conn_id)] == ["GSIP_RECORD", "GSIP_REC_FN"]
    trace = studio.trace()
    assert (trace.trigger, trace.record_dn, trace.asked_by) == (Trigger.FULL_TIME, "7001", "")
    assert studio.backend.started[0].details["trigger"] == "full-time"
    assert "side" not in studio.backend.started[0].details


def test_the_caller_is_recorded_as_well_as_the_called() -> None:
    studio = Studio(dn=RECORDED)

    studio.internal("7001", "7002")

    assert (studio.trace().record_dn, studio.trace().other_dn) == ("7001", "7002")


def test_of_trunk_and_extension_there_is_one_session_and_it_is_the_trunks() -> None:
    studio = Studio(dn=RECORDED | {"trunk-in": {"record": True}})

    studio.inbound_answered()
    studio.answer_orders()

    assert studio.backend.names() == ["start"]
    assert studio.trace().record_dn == "trunk-in"


def test_without_the_option_nothing_is_recorded_and_no_key_exists() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    assert studio.data(conn_id).pairs == ()
    assert studio.desk.traces() == ()


@pytest.mark.parametrize("options", [{"msml_record_support": False}, {"max_recordings": 1}])
def test_a_full_time_recording_that_cannot_start_raises_an_alarm_once(
    options: dict[str, Any],
) -> None:
    studio = Studio(dn=RECORDED, **options)
    if "max_recordings" in options:
        busy = studio.inbound_answered("7003")
        studio.do(StartRecording(dn=Dn("7003"), conn_id=busy))
        studio.answer_orders()
    conn_id = studio.inbound_answered()

    assert studio.state_key(conn_id) is None
    (alarm,) = studio.told(AlarmRaised)
    assert (alarm.alarm, alarm.conn_id) == (Alarm.RECORDING_FAILED, conn_id)
    assert "7001" in alarm.detail


def test_the_next_recording_that_runs_clears_the_alarm() -> None:
    studio = Studio(dn=RECORDED, max_recordings=1)
    busy = studio.inbound_answered("7003")
    studio.do(StartRecording(dn=Dn("7003"), conn_id=busy))
    studio.answer_orders()
    studio.inbound_answered()
    studio.do(StopRecording(dn=Dn("7003"), conn_id=busy))
    assert studio.told(AlarmCleared) == []

    studio.do(StartRecording(dn=Dn("7003"), conn_id=busy))
    studio.answer_orders()

    assert studio.told(AlarmCleared) == [
        AlarmCleared(alarm=Alarm.RECORDING_FAILED, conn_id=busy)
    ]


def test_a_dynamic_recording_goes_on_when_somebody_to_be_recorded_joins() -> None:
    desk = Desk("7003")
    call = desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()
    call = desk.call(*call.parties, party("7003", at=9))

    desk.notice(about(PartyEstablished, call, "7003"))

    assert desk.backend.names() == ["start", "revise"]


def test_after_a_stop_the_same_party_is_not_recorded_again_until_it_comes_back() -> None:
    desk = Desk("7001")
    call = desk.call(party("7001"), party("7002"))
    desk.notice(about(PartyEstablished, call, "7001"))
    desk.run()
    desk.perform(StopRecording(dn=Dn("7001"), conn_id=CONN_ID))

    desk.notice(about(PartyEstablished, call, "7002"))
    assert desk.backend.names() == ["start", "stop"]
    left = desk.call(party("7002"), party("7003"))
    desk.notice(about(PartyReleased, left, "7001"))
    back = desk.call(party("7002"), party("7003"), party("7001", at=60))
    desk.notice(about(PartyEstablished, back, "7001"))

    assert desk.backend.names() == ["start", "stop", "start"]


def test_a_restart_after_the_stop_needs_the_party_to_be_there() -> None:
    desk = Desk("7001", fulltime_after_stop="restart")
    call = desk.call(party("7001"), party("7002"))
    desk.notice(about(PartyEstablished, call, "7001"))
    desk.run()
    desk.call(party("7002"), party("7003"))

    desk.perform(StopRecording(dn=Dn("7002"), conn_id=CONN_ID))

    assert desk.backend.names() == ["start", "stop"]


# -- people come and go ------------------------------------------------------------------------


def test_somebody_who_joins_is_told_to_the_backend_and_the_legs_are_reinvited() -> None:
    desk = Desk()
    call = desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    session = desk.run()
    call = desk.call(*call.parties, party("7003", at=9))

    steps = desk.notice(about(PartyEstablished, call, "7003"))

    (revision,) = desk.backend.revisions
    assert [one.dn for one in revision.parties] == ["7001", "7002", "7003"]
    assert revision.session == session
    (fact,) = steps.facts
    assert isinstance(fact, RecordingRevised)
    assert fact.parties == ("7001", "7002", "7003")
    assert steps.commands == ()
    assert [(leg.sdp, leg.reinvite) for leg in desk.trace().legs] == [("sendonly", 1)] * 2
    assert not desk.desk.settled()


def test_the_recorded_party_stays_the_first_channel() -> None:
    desk = Desk()
    call = desk.call(party(CALLER, trunk="trunk-in"), party("7001"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()
    call = desk.call(party("7003", at=2), *call.parties)

    desk.notice(about(PartyEstablished, call, "7003"))

    assert desk.trace().parties == ("7001", "7003", CALLER)


def test_a_supervisor_who_joins_gets_a_stream_and_nobody_is_told() -> None:
    desk = Desk()
    call = desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()
    call = desk.call(*call.parties, party("7004", at=5, role=DnRole.RoleObserver))

    desk.notice(about(PartyEstablished, call, "7004"))

    (revision,) = desk.backend.revisions
    assert [[line.speakers for line in leg.streams] for leg in revision.legs] == [
        [("7001", "7002")],
        [("7004",)],
    ]
    assert (desk.trace().record_dn, desk.trace().state) == ("7001", SessionState.ACTIVE)
    assert desk.told == ["On"]


def test_who_joins_while_the_recording_starts_is_told_when_it_runs() -> None:
    desk = Desk()
    call = desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    call = desk.call(*call.parties, party("7003", at=9))
    desk.notice(about(PartyEstablished, call, "7003"))
    assert desk.backend.names() == ["start"]

    desk.run()

    assert desk.backend.names() == ["start", "revise"]


def test_a_recording_that_is_confirmed_when_its_call_has_gone_is_left_alone() -> None:
    desk = Desk()
    desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.book.calls.clear()

    desk.run()

    assert desk.told == []
    assert desk.backend.names() == ["start"]


def test_another_party_leaving_leaves_the_recording_to_the_recorded_one() -> None:
    desk = Desk()
    desk.call(party("7001"), party("7002"), party("7003"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()

    desk.notice(about(PartyReleased, desk.call(party("7001"), party("7003")), "7002"))

    assert desk.trace().state is SessionState.ACTIVE
    assert desk.trace().parties == ("7001", "7003")


def test_the_recording_ends_with_the_recorded_party_and_says_off_to_the_others() -> None:
    desk = Desk()
    desk.call(party(CALLER, trunk="trunk-in"), party("7001"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()
    ringing = party("7002", state=PartyState.Alerting)

    left = desk.call(party(CALLER, trunk="trunk-in"), ringing)
    desk.notice(about(PartyReleased, left, "7001"))

    assert desk.told == ["On", "Off"]
    assert desk.trace().state is SessionState.ENDED
    assert desk.trace().cause == "7001 has left the call"


def test_the_recording_of_the_customers_side_outlives_the_agent() -> None:
    desk = Desk()
    desk.call(party(CALLER, trunk="trunk-in"), party("7001"))
    command = StartRecording(dn=Dn("7001"), conn_id=CONN_ID, side=RecordSide.DESTINATION)
    desk.perform(command)
    desk.run()
    ringing = party("7002", state=PartyState.Alerting)
    desk.notice(
        about(PartyReleased, desk.call(party(CALLER, trunk="trunk-in"), ringing), "7001")
    )
    call = desk.call(party(CALLER, trunk="trunk-in"), party("7002", at=30))

    desk.notice(about(PartyEstablished, call, "7002"))

    assert desk.told == ["On"]
    assert desk.trace().parties == (CALLER, "7002")
    assert [leg.reinvite for leg in desk.trace().legs] == [2, 2]


def test_while_it_starts_the_recorded_party_leaving_ends_it_with_off() -> None:
    desk = Desk()
    desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))

    desk.notice(about(PartyReleased, desk.call(party("7002"), party("7003")), "7001"))

    assert desk.told == ["Off"]
    assert desk.backend.names() == ["start", "stop"]


def test_another_party_set_for_recording_takes_the_session_over() -> None:
    desk = Desk("7001", "7003")
    call = desk.call(party("7001"), party("7002"))
    desk.notice(about(PartyEstablished, call, "7001"))
    desk.run()
    before = desk.trace()
    desk.call(*call.parties, party("7003", at=9))

    desk.notice(about(PartyReleased, desk.call(party("7002"), party("7003", at=9)), "7001"))

    trace = desk.trace()
    assert (trace.session, trace.id) == (before.session, before.id)
    assert (trace.record_dn, trace.other_dn) == ("7003", "7002")
    assert trace.parties == ("7003", "7002")
    assert desk.told == ["On"]
    assert desk.backend.names() == ["start", "revise"]


def test_the_last_one_to_be_recorded_has_nobody_at_the_other_end() -> None:
    desk = Desk("7001", "7003")
    call = desk.call(party("7001"), party("7003", at=9))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=call.conn_id))
    desk.run()

    desk.notice(about(PartyReleased, desk.call(party("7003", at=9)), "7001"))

    assert (desk.trace().record_dn, desk.trace().other_dn) == ("7003", "")


def test_taking_over_may_also_mean_a_new_session() -> None:
    desk = Desk("7001", "7003", on_recorddn_leave="restart")
    call = desk.call(party("7001"), party("7002"))
    desk.notice(about(PartyEstablished, call, "7001"))
    desk.run()

    desk.notice(about(PartyReleased, desk.call(party("7002"), party("7003", at=9)), "7001"))
    desk.run()

    assert [trace.record_dn for trace in desk.desk.traces()] == ["7001", "7003"]
    assert desk.backend.names() == ["start", "stop", "start"]
    assert desk.told == ["On", "Off", "On"]


def test_a_new_session_that_starts_says_nothing_while_the_old_one_says_off() -> None:
    desk = Desk("7001", "7003", on_recorddn_leave="restart")
    call = desk.call(party("7001"), party("7002"))
    desk.notice(about(PartyEstablished, call, "7001"))

    desk.notice(about(PartyReleased, desk.call(party("7002"), party("7003", at=9)), "7001"))

    assert desk.told == ["Off"]
    assert desk.trace().state is SessionState.STARTING


def test_a_party_that_gives_up_ringing_is_no_loss() -> None:
    desk = Desk()
    desk.call(party("7001"), party("7002"), party("7003", state=PartyState.Alerting))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()

    desk.notice(about(PartyAbandoned, desk.call(party("7001"), party("7002")), "7003"))

    assert desk.backend.names() == ["start"]
    assert desk.trace().state is SessionState.ACTIVE


# -- the end -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["7001", "outside"])
def test_the_end_of_the_call_ends_the_recording_and_keeps_the_key_as_it_was(who: str) -> None:
    studio = Studio(dn=RECORDED)
    conn_id = studio.inbound_answered()
    studio.answer_orders()
    leave = FarRelease(conn_id=conn_id)
    studio.do(leave if who == "outside" else ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert studio.trace().state is SessionState.ENDED
    assert studio.backend.names() == ["start", "stop"]
    assert [fact.cause for fact in studio.told(RecordingStopped)] == ["the call has ended"]
    assert len(studio.changes) == 1
    for released in studio.told(PartyReleased):
        assert released.call.user_data.first("GSIP_RECORD") == "On"


def test_a_call_is_recorded_once_more_after_it_has_ended_and_another_began() -> None:
    studio = Studio(dn=RECORDED)
    for _ in range(2):
        conn_id = studio.inbound_answered()
        studio.answer_orders()
        studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))
        studio.answer_orders()

    assert studio.backend.names() == ["start", "stop", "start", "stop"]
    assert studio.desk.settled()
    assert studio.desk.live_sessions() == 0


def test_off_on_release_says_off_before_the_end_and_in_it() -> None:
    studio = Studio(dn=RECORDED, off_on_release=True)
    conn_id = studio.inbound_answered()
    studio.answer_orders()
    before = len(studio.facts)

    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    last, *end = studio.facts[before:]
    assert isinstance(last, UserDataChanged)
    assert last.changed_by is None
    assert [one.dn for one in last.call.parties] == [CALLER, "7001"]
    released = [fact for fact in end if isinstance(fact, PartyReleased | CallEnded)]
    for fact in (last, *released):
        assert fact.call.user_data.first("GSIP_RECORD") == "Off"
        assert fact.call.user_data.has("GSIP_REC_FN")
    assert len(released) == 3


def test_off_on_release_has_nothing_to_say_of_other_calls_and_other_facts() -> None:
    studio = Studio(off_on_release=True)
    never = studio.inbound_answered("7002")
    stopped = studio.inbound_answered("7001")
    studio.do(StartRecording(dn=Dn("7001"), conn_id=stopped))
    studio.answer_orders()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=stopped))
    before = len(studio.facts)

    studio.do(ReleaseCall(dn=Dn("7002"), conn_id=never))
    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=stopped))

    assert [fact for fact in studio.facts[before:] if isinstance(fact, UserDataChanged)] == []


def test_off_on_release_leaves_what_is_not_about_the_call_where_it_was() -> None:
    desk = Desk(off_on_release=True)
    call = desk.call(party("7001"), party("7002"))
    desk.perform(StartRecording(dn=Dn("7001"), conn_id=CONN_ID))
    desk.run()
    other = CallStarted(call=call_of(conn_id=ConnId(0xC9)))
    alarm = AlarmCleared(alarm=Alarm.RECORDING_LOST, conn_id=CONN_ID)
    facts = (other, alarm, CallEnded(call=call_of()))

    published = desk.desk.ahead_of(facts)

    assert published[:2] == [other, alarm]
    assert [type(fact) for fact in published[2:]] == [UserDataChanged, CallEnded]
    assert call.parties == published[2].call.parties  # type: ignore[attr-defined]


def test_facts_that_recording_does_not_know_change_nothing() -> None:
    desk = Desk("7001")
    call = desk.call(party("7001"), party("7002"))

    for fact in (
        CallStarted(call=call),
        "not even a fact",
        about(PartyEstablished, call, "7003"),
        about(PartyReleased, call, "7003"),
        CallEnded(call=call),
    ):
        steps = desk.notice(fact)
        assert (steps.facts, steps.commands) == ((), ())


def test_a_busy_destination_leaves_no_recording() -> None:
    studio = Studio(dn=RECORDED)

    studio.do(MakeCall(dn=Dn("7001"), to="4711"))

    assert studio.backend.orders == []
