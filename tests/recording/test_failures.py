"""RECORDING.md 6: what becomes of recordings when a media server, a service or a link fails."""

from typing import Any

import pytest

from tests.recording.studio import Studio, refused
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.ports.media import (
    Artefact,
    CaptureAccepted,
    CaptureEnded,
    CaptureFailed,
    CaptureStarted,
    SessionId,
)
from tlibsim.recording.commands import (
    PauseRecording,
    ResumeRecording,
    SetMediaService,
    StartRecording,
    StopRecording,
)
from tlibsim.recording.facts import Alarm, AlarmCleared, AlarmRaised, RecordingMoved
from tlibsim.recording.nodes import MediaNodes
from tlibsim.recording.rules import RecordingRules, RulesInForce
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import ReleaseCall, SetLink, SetOutOfService
from tlibsim.switch.refusals import Reason

DN = Dn("7001")


def running(**options: Any) -> tuple[Studio, ConnId]:
    studio = Studio(**options)
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=DN, conn_id=conn_id, record_id="one"))
    studio.answer_orders()
    return studio, conn_id


def lose(studio: Studio, number: int = 1) -> None:
    """The media server of the capture with this number dies, as the backend tells it."""
    capture = studio.backend.started[number - 1].session
    studio.report(CaptureFailed(session=capture, cause="no answer", retryable=True))
    studio.report(CaptureEnded(session=capture))


def words(studio: Studio) -> list[object]:
    """What GSIP_RECORD was set to, one after the other."""
    pairs = [change.pairs for change in studio.changes]
    return [one.first("GSIP_RECORD") for one in pairs if one is not None]


# -- a media server dies -----------------------------------------------------------------------


def test_the_session_is_set_up_at_another_server_and_the_key_stays_on() -> None:
    studio, conn_id = running()
    first = studio.trace().mcp

    lose(studio)
    assert studio.trace().state is SessionState.REESTABLISHING
    studio.answer_orders()

    trace = studio.trace()
    assert (trace.id, trace.state) == ("one", SessionState.ACTIVE)
    assert trace.mcp != first
    assert [server for server, _ in trace.segments] == [first, trace.mcp]
    assert words(studio) == ["On"]
    assert studio.state_key(conn_id) == "On"
    assert len(studio.told(RecordingMoved)) == 1


def test_the_new_capture_has_the_same_parameters_and_a_name_of_its_own() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(
        StartRecording(
            dn=DN, conn_id=conn_id, dest="sip:a", dest2="sip:b", params=(("x", "y"),)
        )
    )
    studio.answer_orders()

    lose(studio)

    first, second = studio.backend.started
    assert second.session == SessionId("recording-1.2")
    assert (second.record_id, second.destinations, second.params) == (
        first.record_id,
        first.destinations,
        first.params,
    )
    assert [leg.key for leg in second.legs] == [leg.key for leg in first.legs]


def test_with_mcp_failover_report_it_says_off_and_on() -> None:
    studio, _ = running(mcp_failover_report=True)

    lose(studio)
    studio.answer_orders()

    assert words(studio) == ["On", "Off", "On"]


def test_the_alarm_is_raised_and_cleared() -> None:
    studio, _ = running()

    lose(studio)
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.MCP_FAILOVER]
    studio.answer_orders()

    assert [fact.alarm for fact in studio.told(AlarmCleared)] == [Alarm.MCP_FAILOVER]


def test_a_paused_session_comes_back_paused() -> None:
    studio, conn_id = running()
    studio.do(PauseRecording(dn=DN, conn_id=conn_id))
    studio.answer_orders()

    lose(studio)
    assert studio.state_key(conn_id) == "Paused"
    studio.answer_orders()

    assert studio.trace().state is SessionState.PAUSED
    assert words(studio) == ["On", "Paused"]
    assert studio.backend.orders[-1] == ("pause", SessionId("recording-1.2"))


def test_a_pause_meanwhile_counts_when_it_runs_again() -> None:
    studio, conn_id = running()
    lose(studio)

    studio.do(PauseRecording(dn=DN, conn_id=conn_id))
    assert studio.state_key(conn_id) == "Paused"
    studio.answer_orders()
    assert studio.trace().state is SessionState.PAUSED
    studio.do(ResumeRecording(dn=DN, conn_id=conn_id))

    assert studio.state_key(conn_id) == "On"


def test_a_server_that_cannot_be_replaced_ends_the_recording() -> None:
    studio, conn_id = running()
    lose(studio)

    studio.report(CaptureFailed(session=SessionId("recording-1.2"), cause="none left"))

    assert studio.trace().state is SessionState.FAILED
    assert studio.state_key(conn_id) == "Off"


def test_a_second_loss_is_survived_as_well() -> None:
    studio, conn_id = running()
    lose(studio)
    studio.answer_orders()

    lose(studio, 2)
    studio.answer_orders()

    assert len(studio.trace().segments) == 3
    assert studio.state_key(conn_id) == "On"


def test_a_server_that_dies_again_and_again_leaves_a_bounded_trace() -> None:
    studio, conn_id = running()

    for number in range(1, 151):
        lose(studio, number)
        studio.answer_orders()
        studio.wait(20)

    trace = studio.trace()
    assert studio.state_key(conn_id) == "On"
    assert len(trace.segments) == len(trace.problems) == 100
    assert trace.captures[-1] == SessionId("recording-1.151")


def test_servers_that_die_one_after_the_other_are_given_up() -> None:
    studio, conn_id = running()

    for number in range(1, 7):
        lose(studio, number)
        studio.answer_orders()

    assert studio.state_key(conn_id) == "Off"
    assert len(studio.trace().segments) == 6


def test_what_is_no_loss_of_a_server_ends_the_recording() -> None:
    studio, conn_id = running()

    studio.report(CaptureFailed(session=studio.session(), cause="disk full"))

    assert studio.state_key(conn_id) == "Off"


def test_a_start_that_fails_is_not_repeated() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=DN, conn_id=conn_id))

    lose(studio)

    assert studio.backend.names() == ["start", "stop"]
    assert studio.state_key(conn_id) == "Off"


def test_a_stop_or_the_end_of_the_call_ends_it_meanwhile() -> None:
    for end in (StopRecording, ReleaseCall):
        studio, conn_id = running()
        lose(studio)

        studio.do(end(dn=DN, conn_id=conn_id))

        assert studio.trace().state is SessionState.ENDED
        studio.answer_orders()
        assert studio.desk.settled()
        assert studio.desk.live_sessions() == 0


def test_reports_of_the_dead_server_are_not_heard_any_more() -> None:
    studio, _ = running()
    lose(studio)
    studio.answer_orders()
    before = studio.trace()

    for report in (
        CaptureAccepted(session=SessionId("recording-1")),
        CaptureStarted(session=SessionId("recording-1")),
        CaptureFailed(session=SessionId("recording-1"), cause="again"),
    ):
        studio.report(report)

    assert studio.trace() == before


def test_the_files_of_all_servers_belong_to_the_session() -> None:
    studio, conn_id = running()
    files = [
        Artefact(path=f"{n}.wav", duration_ms=1, size_bytes=1, sha256="0") for n in range(2)
    ]
    capture = studio.session()
    studio.report(CaptureFailed(session=capture, cause="gone", retryable=True))
    studio.report(CaptureStarted(session=SessionId("recording-1.2")))
    studio.report(CaptureEnded(session=capture, artefacts=(files[0],)))
    studio.do(StopRecording(dn=DN, conn_id=conn_id))

    studio.report(CaptureEnded(session=SessionId("recording-1.2"), artefacts=(files[1],)))

    assert studio.trace().artefacts == tuple(files)


def test_a_media_service_that_goes_out_of_service_moves_its_sessions() -> None:
    studio, conn_id = running()

    studio.do(SetOutOfService(dn=Dn("msml1")))

    assert studio.trace().state is SessionState.FAILED, "there is no other one"
    assert studio.state_key(conn_id) == "Off"


# -- nothing can start -------------------------------------------------------------------------


def test_a_service_that_is_known_to_be_down_refuses_before_the_ack() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    start = StartRecording(dn=DN, conn_id=conn_id)

    studio.do(SetOutOfService(dn=Dn("msml1")))

    refused(Reason.SERVICE_UNAVAILABLE, studio.do, start)


def test_a_script_may_say_so_and_what_runs_goes_on() -> None:
    studio, conn_id = running()
    studio.do(SetMediaService(up=False))
    other = studio.inbound_answered("7002")

    refused(
        Reason.SERVICE_UNAVAILABLE,
        studio.do,
        StartRecording(dn=Dn("7002"), conn_id=other),
    )
    assert studio.state_key(conn_id) == "On"
    studio.do(SetMediaService(up=True))
    studio.do(StartRecording(dn=Dn("7002"), conn_id=other))


def test_one_that_turns_out_to_be_down_is_off() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(StartRecording(dn=DN, conn_id=conn_id))

    studio.report(CaptureFailed(session=studio.session(), cause="503"))

    assert studio.state_key(conn_id) == "Off"
    assert [fact.alarm for fact in studio.told(AlarmRaised)] == [Alarm.RECORDING_FAILED]


def test_without_the_link_nothing_starts_and_that_is_the_last_reason() -> None:
    studio, conn_id = running()
    free = studio.inbound_answered("7002")
    studio.do(SetLink(up=False))

    refused(Reason.NO_SWITCH, studio.do, StartRecording(dn=Dn("7002"), conn_id=free))
    refused(Reason.RECORDING_BUSY, studio.do, StartRecording(dn=DN, conn_id=conn_id))
    assert studio.state_key(conn_id) == "On"


# -- several media servers ---------------------------------------------------------------------


class Services:
    """Media services, and where they are."""

    def __init__(self, **places: str) -> None:
        self.there = dict(places)

    def media_services(self) -> tuple[str, ...]:
        return tuple(self.there)

    def place(self, dn: str) -> Any:
        class Options:
            geo_location = self.there.get(dn, "")

        return Options()


def nodes(*, by_rm: bool = False, **places: str) -> MediaNodes:
    rules = RulesInForce(RecordingRules(resource_management_by_rm=by_rm))
    return MediaNodes(Services(**places), rules)  # type: ignore[arg-type]


def test_several_services_take_turns() -> None:
    made = nodes(a="", b="")

    assert [made.choose("") for _ in range(4)] == ["a", "b", "a", "b"]


def test_those_at_the_wanted_place_go_first() -> None:
    made = nodes(a="x", b="y", c="y")

    assert {made.choose("y") for _ in range(4)} == {"b", "c"}
    assert {made.choose("z") for _ in range(3)} == {"a", "b", "c"}


def test_a_dead_one_is_replaced_by_another_or_by_none() -> None:
    assert nodes(a="", b="").replace("a", "") == "b"
    assert nodes(a="").replace("a", "") == ""
    assert nodes().choose("") == ""


def test_a_resource_manager_has_always_another_server() -> None:
    made = nodes(by_rm=True, a="")

    assert made.choose("") == "a/mcp1"
    assert made.replace("a/mcp1", "") == "a/mcp2"
    assert made.choose("") == "a/mcp2"


@pytest.mark.parametrize("by_rm", [True, False])
def test_a_service_that_is_gone_is_replaced_by_another_service(by_rm: bool) -> None:
    made = nodes(by_rm=by_rm, b="")

    assert made.replace("a/mcp1", "").startswith("b")
