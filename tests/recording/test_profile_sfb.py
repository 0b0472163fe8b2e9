"""RECORDING.md 9: the profile sfb, one mixed stream to a numbered port."""

from typing import Any

import pytest

from tests.recording.studio import CALLER, Book, Studio, call_of, party, refused
from tests.recording.test_continuity import consulted
from tests.recording.test_routing import answered as routed
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.config import RemoteRecording
from tlibsim.ports.media import CaptureEnded, CaptureFailed, SessionId
from tlibsim.recording.commands import (
    FailConnector,
    PauseRecording,
    RecordSide,
    SetMediaService,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.facts import AlarmRaised, RecordingRemark, Trigger
from tlibsim.recording.ports import PortPool
from tlibsim.recording.profiles.sfb import SkypeForBusiness
from tlibsim.recording.rules import RecordingRules, RulesInForce
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import (
    AnswerCall,
    CompleteTransfer,
    FarAnswer,
    HoldCall,
    MakeCall,
    MonitorNextCall,
    ReleaseCall,
    RetrieveCall,
    SingleStepConference,
    SingleStepTransfer,
)
from tlibsim.switch.facts import LinkRole, SiteLink
from tlibsim.switch.refusals import Reason

PATTERN = "[sip]:{99{DDDDDD}}{@rec.example}"
DN = Dn("7001")


def studio_of(*, remote: dict[str, Any] | None = None, **options: Any) -> Studio:
    section = RemoteRecording(**({"uri_pattern": PATTERN} | (remote or {})))
    return Studio(profile="sfb", remote=section, **options)


def running(**options: Any) -> tuple[Studio, ConnId]:
    studio = studio_of(**options)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=DN, conn_id=conn_id, record_id="one"))
    studio.answer_orders()
    return studio, conn_id


# -- numbers -----------------------------------------------------------------------------------


def test_numbers_are_handed_out_from_the_lowest_and_used_again() -> None:
    pool = PortPool("[sip]:{5{DD}}{@x}")
    first, second = pool.take(), pool.take()
    assert (first, second, pool.address()) == ("500", "501", "sip:x")

    pool.give_back(first)

    assert (pool.is_free("500"), pool.is_free("501")) == (True, False)
    assert [pool.take(), pool.take()] == ["500", "502"]


def test_when_all_are_taken_there_is_none() -> None:
    pool = PortPool("sip:{{D}}@h")
    taken = [pool.take() for _ in range(11)]

    assert taken == [*map(str, range(10)), ""]


@pytest.mark.parametrize(
    "pattern", ["", "sip:99@x", "[sip]:{99}{@x}", "[sip]:{1{DDDDDDDDDDDD}}"]
)
def test_a_pattern_that_cannot_be_read_has_no_numbers(pattern: str) -> None:
    pool = PortPool(pattern)

    assert (pool.take(), pool.is_free("99")) == ("", False)
    assert "uri-pattern" in pool.problem


@pytest.mark.parametrize("port", ["", "5", "5000", "600", "5xx", "599 "])
def test_what_is_no_number_of_the_pattern_is_not_free(port: str) -> None:
    assert not PortPool("[sip]:{5{DD}}{@x}").is_free(port)


def test_to_give_back_what_was_not_taken_changes_nothing() -> None:
    pool = PortPool("[sip]:{5{DD}}{@x}")
    pool.give_back("500")
    pool.give_back("nonsense")

    assert pool.take() == "500"


# -- one mixed stream --------------------------------------------------------------------------


def test_everybody_is_in_one_stream_and_one_file_channel() -> None:
    studio, conn_id = running()

    (order,) = studio.backend.started
    assert order.mixed
    (leg,) = order.legs
    assert [line.speakers for line in leg.streams] == [("7001", CALLER)]
    assert (leg.key, leg.user, leg.parameters) == ("1.mix", "99000000", "")
    assert order.destinations == ("sip:rec.example",)
    assert studio.trace().legs[0].uri == "sip:99000000@rec.example"
    assert (studio.trace().mixed, studio.trace().port) == (True, "99000000")
    assert studio.state_key(conn_id) == "On"


def test_each_recorded_call_has_a_number_of_its_own_until_its_leg_is_gone() -> None:
    studio, conn_id = running()
    other = studio.inbound_answered("7002")
    studio.do(StartRecording(dn=Dn("7002"), conn_id=other))
    assert studio.trace().port == "99000001"

    studio.do(StopRecording(dn=DN, conn_id=conn_id))
    assert not studio.desk.port_is_free("99000000"), "the leg is not released yet"
    studio.answer_orders()

    assert studio.desk.port_is_free("99000000")
    assert studio.desk.traces()[0].port_free


def test_without_a_free_number_a_start_is_refused() -> None:
    studio, _ = running(remote={"uri_pattern": "[sip]:{9{D}}{@x}"})
    for _ in range(9):
        other = studio.inbound_answered("7002")
        studio.do(StartRecording(dn=Dn("7002"), conn_id=other))
    last = studio.inbound_answered("7003")

    start = StartRecording(dn=Dn("7003"), conn_id=last)
    refused(Reason.RESOURCE_UNAVAILABLE, studio.do, start)


def test_the_section_has_a_file_name_of_its_own() -> None:
    studio, _ = running(remote={"recording_filename": "remote_$AGENTDN$"})

    assert studio.trace().file_name == "remote_7001"


# -- how it starts -----------------------------------------------------------------------------


def test_an_extension_or_a_routing_point_with_record_starts_it() -> None:
    for dn in ("7001", "5000"):
        studio = studio_of(dn={dn: {"record": True}})

        routed(studio)

        assert studio.trace().trigger is Trigger.FULL_TIME


def test_the_strategy_starts_it_and_may_forbid_it() -> None:
    studio = studio_of(dn={"7001": {"record": True}})

    routed(studio, ("record", "disabled"))
    assert studio.desk.traces() == ()
    routed(studio, ("record", "source"), to="7002")

    assert studio.trace().record_dn == "trunk-in"


def test_a_trunk_with_record_is_ignored_and_the_log_says_so() -> None:
    studio = studio_of(dn={"trunk-in": {"record": True}}, dr_forward="oos")

    studio.inbound_answered()

    assert studio.desk.traces() == ()
    assert studio.desk.remarks() == (
        RecordingRemark(text="record=true on trunk trunk-in is ignored"),
        RecordingRemark(text="Business Continuity: not supported"),
    )


def test_a_pattern_without_numbers_is_told_in_the_log() -> None:
    (remark,) = studio_of(remote={"uri_pattern": ""}).desk.remarks()

    assert "uri-pattern" in remark.text


def test_a_call_dialed_directly_to_somebody_outside_is_not_recorded_full_time() -> None:
    studio = studio_of(dn={"7001": {"record": True}})
    studio.do(MakeCall(dn=DN, to="915550009"))
    conn_id = studio.newest()
    studio.do(FarAnswer(conn_id=conn_id))
    assert studio.desk.traces() == ()

    studio.do(StartRecording(dn=DN, conn_id=conn_id))

    assert studio.trace().trigger is Trigger.DYNAMIC


def test_a_supervisor_causes_no_recording() -> None:
    studio = studio_of(dn={"7004": {"record": True}})
    studio.do(MonitorNextCall(dn=Dn("7004"), agent=DN, once=True))
    conn_id = studio.inbound_answered()

    studio.do(AnswerCall(dn=Dn("7004"), conn_id=conn_id))

    assert studio.desk.traces() == ()


def test_a_supervisor_is_heard_in_the_mix() -> None:
    studio, conn_id = running()
    studio.do(MonitorNextCall(dn=Dn("7004"), agent=DN, once=True))

    studio.do(AnswerCall(dn=Dn("7004"), conn_id=conn_id))

    (leg,) = studio.backend.revisions[-1].legs
    assert [line.speakers for line in leg.streams] == [("7001", CALLER, "7004")]


# -- what is refused ---------------------------------------------------------------------------


def test_a_second_session_is_never_made() -> None:
    studio, conn_id = running(allow_multiple_sessions=True)

    other_side = StartRecording(
        dn=DN, conn_id=conn_id, side=RecordSide.DESTINATION, record_id="two", dest="sip:x"
    )
    refused(Reason.RECORDING_BUSY, studio.do, other_side)


def test_consultations_and_emergencies_are_not_supported() -> None:
    studio = studio_of(record_consult_calls=True)
    main = studio.inbound_answered()
    emergency = StartRecording(dn=DN, conn_id=main, emergency=True)
    refused(Reason.UNSUPPORTED, studio.do, emergency)
    consult = consulted(studio, main)

    refused(Reason.UNSUPPORTED, studio.do, StartRecording(dn=DN, conn_id=consult))


def test_a_call_at_another_site_cannot_be_controlled() -> None:
    profile = SkypeForBusiness(RulesInForce(RecordingRules()), Book())
    link = SiteLink(uuid="L", location="s@t", role=LinkRole.SOURCE)
    call = call_of(party("7001"), links=(link,))

    refused(Reason.UNSUPPORTED, profile.check_control, call)
    start = StartRecording(dn=DN, conn_id=call.conn_id)
    refused(Reason.UNSUPPORTED, profile.check_start, call, start)


def test_a_recording_server_that_cannot_be_reached_refuses_a_start() -> None:
    studio = studio_of()
    conn_id = studio.inbound_answered()
    studio.do(SetMediaService(up=False))

    start = StartRecording(dn=DN, conn_id=conn_id)
    refused(Reason.SERVICE_UNAVAILABLE, studio.do, start)


# -- who comes and goes ------------------------------------------------------------------------


def test_it_goes_on_while_two_are_left_whoever_they_are() -> None:
    studio, conn_id = running()
    studio.do(SingleStepConference(dn=DN, conn_id=conn_id, to="7002"))
    studio.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))

    studio.do(ReleaseCall(dn=DN, conn_id=conn_id))

    assert studio.trace().state is SessionState.ACTIVE
    assert studio.trace().parties == (CALLER, "7002")
    assert studio.state_key(conn_id) == "On"


def test_a_transfer_after_a_consultation_changes_nothing() -> None:
    studio, conn_id = running()
    consult = consulted(studio, conn_id)

    studio.do(CompleteTransfer(dn=DN, conn_id=conn_id, consult_conn_id=consult))

    assert (studio.trace().state, studio.trace().id) == (SessionState.ACTIVE, "one")


def test_with_fewer_than_two_it_ends() -> None:
    studio, conn_id = running()

    studio.do(SingleStepTransfer(dn=DN, conn_id=conn_id, to="7002"))

    assert studio.trace().state is SessionState.ENDED
    assert studio.state_key(conn_id) == "Off"


def test_only_the_option_of_the_section_pauses_on_hold() -> None:
    for remote, record_moh, state in (
        ({"record_moh": True}, False, "On"),
        ({"record_moh": False}, True, "Paused"),
    ):
        studio, conn_id = running(remote=remote, record_moh=record_moh)

        studio.do(HoldCall(dn=DN, conn_id=conn_id))
        assert studio.state_key(conn_id) == state
        studio.do(RetrieveCall(dn=DN, conn_id=conn_id))

        assert studio.state_key(conn_id) == "On"


# -- failures ----------------------------------------------------------------------------------


def drop(studio: Studio, number: int = 1) -> None:
    capture = studio.backend.started[number - 1].session
    studio.report(CaptureFailed(session=capture, cause="BYE"))
    studio.report(CaptureEnded(session=capture))


def test_a_leg_that_drops_is_set_up_again_after_a_while_with_a_new_number() -> None:
    studio, conn_id = running()

    drop(studio)
    assert studio.state_key(conn_id) == "On"
    studio.wait(4.9)
    assert len(studio.backend.started) == 1
    studio.wait(0.1)
    studio.answer_orders()

    trace = studio.trace()
    assert (trace.id, trace.state) == ("one", SessionState.ACTIVE)
    assert studio.backend.started[-1].session == SessionId("recording-1.2")
    assert studio.state_key(conn_id) == "On"
    assert trace.port == "99000001"
    assert studio.desk.port_is_free("99000000")


def test_the_time_to_wait_is_an_option() -> None:
    studio, _ = running(remote={"reestablish_recording_tout": 0.5})

    drop(studio)
    studio.wait(0.5)

    assert len(studio.backend.started) == 2


def test_a_call_that_ends_meanwhile_is_not_recorded_again() -> None:
    studio, conn_id = running()
    drop(studio)

    studio.do(ReleaseCall(dn=DN, conn_id=conn_id))
    studio.wait(10)

    assert len(studio.backend.started) == 1
    assert studio.trace().state is SessionState.ENDED
    assert studio.desk.settled()
    assert studio.desk.port_is_free("99000000")


def test_no_number_is_lost_when_none_is_free_for_another_leg() -> None:
    studio, conn_id = running(remote={"uri_pattern": "[sip]:{9{D}}{@x}"})
    for _ in range(9):
        other = studio.inbound_answered("7002")
        studio.do(StartRecording(dn=Dn("7002"), conn_id=other))
    drop(studio)

    studio.wait(5)

    assert studio.state_key(conn_id) == "Off"
    assert studio.desk.port_is_free("90")


def test_a_pause_meanwhile_holds() -> None:
    studio, conn_id = running()
    drop(studio)

    studio.do(PauseRecording(dn=DN, conn_id=conn_id))
    studio.wait(5)
    studio.answer_orders()

    assert studio.trace().state is SessionState.PAUSED


def test_a_connector_that_fails_over_loses_the_session_and_leaves_an_orphan_leg() -> None:
    studio, conn_id = running()

    studio.do(FailConnector())

    trace = studio.trace()
    assert (trace.state, trace.orphan) == (SessionState.FAILED, True)
    assert trace.legs[0].state is LegState.ESTABLISHED
    assert studio.backend.names() == ["start"], "nobody knows of the leg"
    assert studio.state_key(conn_id) == "Off"
    assert "failed over" in studio.told(AlarmRaised)[0].detail


def test_the_orphan_leg_is_released_with_the_call() -> None:
    studio, conn_id = running()
    studio.do(FailConnector())

    studio.do(ReleaseCall(dn=DN, conn_id=conn_id))
    studio.answer_orders()

    assert studio.backend.names() == ["start", "stop"]
    assert studio.trace().legs[0].state is LegState.ENDED
    assert studio.desk.port_is_free("99000000")
    assert studio.desk.settled()


def test_after_a_failover_the_call_can_be_recorded_anew() -> None:
    studio, conn_id = running()
    studio.do(FailConnector())

    studio.do(StartRecording(dn=DN, conn_id=conn_id))
    studio.answer_orders()

    assert studio.trace().port == "99000001"
    assert studio.state_key(conn_id) == "On"
