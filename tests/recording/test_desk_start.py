"""RECORDING.md 3.3, 3.4 and 4: a START, its refusals in their order, and what it causes."""

from typing import Any

import pytest

from tests.recording.studio import CALLER, START, Desk, Studio, party, refused
from tlibproto.vocabulary import CallType, ConnId, Dn, KVList, PartyState
from tlibsim.config import AgentSettings
from tlibsim.ports.media import CaptureAccepted, CaptureEnded, CaptureFailed, CaptureStarted
from tlibsim.recording.commands import RecordSide, StartRecording, StopRecording
from tlibsim.recording.facts import RecordingRequested, RecordingStarted, Trigger
from tlibsim.recording.session import LegState
from tlibsim.recording.states import SessionState
from tlibsim.switch.commands import Because, ChangeUserData, DataChange, ReleaseCall
from tlibsim.switch.refusals import Reason

BECAUSE = Because(reasons=KVList((("why", "test"),)))


def start(conn_id: ConnId, dn: str = "7001", **values: Any) -> StartRecording:
    return StartRecording(dn=Dn(dn), conn_id=conn_id, **values)


# -- what a start causes -----------------------------------------------------------------------


def test_a_start_orders_a_capture_and_changes_nothing_else_yet() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()

    studio.do(start(conn_id, record_id="rec-0001", dest="sip:10.0.0.101", because=BECAUSE))

    assert studio.backend.names() == ["start"]
    assert studio.trace().state is SessionState.STARTING
    assert studio.data(conn_id) == KVList()
    (fact,) = studio.told(RecordingRequested)
    assert (fact.record_id, fact.conn_id, fact.record_dn) == ("rec-0001", conn_id, "7001")
    assert (fact.trigger, fact.asked_by, fact.because) == (Trigger.DYNAMIC, "7001", BECAUSE)


def test_the_order_says_who_talks_and_what_the_metadata_repeats() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    call = studio.switch.call(conn_id)
    assert call is not None

    studio.do(
        start(
            conn_id,
            record_id="rec-0001",
            dest="sip:10.0.0.101",
            dest2="sip:10.0.0.102",
            params=(("name1", "value1"),),
        )
    )

    (order,) = studio.backend.started
    assert (order.record_id, order.at, order.call_uuid) == ("rec-0001", START, call.call_uuid)
    assert (order.conn_id, order.record_dn) == (f"{conn_id:016x}", "7001")
    assert [one.dn for one in order.parties] == ["7001", CALLER]
    assert [one.source.frequency_hz for one in order.parties] == [4.0, 8.0]
    assert {one.started_at for one in order.parties} == {START}
    assert order.destinations == ("sip:10.0.0.101", "sip:10.0.0.102")
    assert order.params == (("name1", "value1"),)
    assert order.details == {
        "trigger": "dynamic",
        "side": "source",
        "asked-by": "7001",
        "other-dn": CALLER,
        "ani": CALLER,
        "dnis": "8005551000",
        "call-id": str(call.call_id),
        "call-type": "Inbound",
    }


def test_both_keys_come_in_one_change_of_the_server_when_the_media_service_confirms() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    session = studio.session()

    studio.report(CaptureAccepted(session=session, file_name="name-2"))

    assert studio.changes == [
        ChangeUserData(
            conn_id=conn_id,
            change=DataChange.UPDATE,
            pairs=KVList((("GSIP_RECORD", "On"), ("GSIP_REC_FN", "name-2"))),
        )
    ]
    assert studio.trace().state is SessionState.ACTIVE
    (fact,) = studio.told(RecordingStarted)
    assert (fact.file_name, fact.asked_by, fact.because) == ("name-2", "7001", None)


def test_the_capture_starting_later_tells_nothing_new() -> None:
    studio = Studio()
    studio.do(start(studio.inbound_answered()))
    studio.report(CaptureAccepted(session=studio.session()))
    assert {leg.state for leg in studio.trace().legs} == {LegState.NEW}

    studio.report(CaptureStarted(session=studio.session()))

    assert len(studio.changes) == 1
    assert {leg.state for leg in studio.trace().legs} == {LegState.ESTABLISHED}


def test_the_file_name_asked_for_is_told_unless_another_was_taken() -> None:
    studio = Studio(recording_filename="$AGENTDN$_$ANI$_$DATE$_$TIME", utc_offset=3600)
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))

    studio.report(CaptureAccepted(session=studio.session()))

    assert studio.backend.started[0].file_name == "7001_15550001_2023-11-14_23-13-20"
    assert studio.data(conn_id).first("GSIP_REC_FN") == "7001_15550001_2023-11-14_23-13-20"


def test_with_the_recorder_confirming_on_waits_for_it() -> None:
    studio = Studio(record_on_confirm="recorder")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    session = studio.session()

    studio.report(CaptureAccepted(session=session, file_name="taken"))
    assert studio.data(conn_id) == KVList()
    studio.report(CaptureStarted(session=session))

    assert studio.data(conn_id).pairs == (("GSIP_RECORD", "On"), ("GSIP_REC_FN", "taken"))


def test_keys_may_come_one_by_one_and_in_capitals() -> None:
    studio = Studio(rec_keys_together=False, gsip_record_case="upper")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.report(CaptureAccepted(session=studio.session(), file_name="n"))
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    assert [change.pairs for change in studio.changes] == [
        KVList((("GSIP_RECORD", "ON"),)),
        KVList((("GSIP_REC_FN", "n"),)),
        KVList((("GSIP_RECORD", "OFF"),)),
    ]


def test_without_a_pattern_no_file_name_is_told() -> None:
    studio = Studio(recording_filename="")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.report(CaptureAccepted(session=studio.session(), file_name="chosen-by-the-backend"))

    assert studio.data(conn_id).pairs == (("GSIP_RECORD", "On"),)
    assert studio.trace().file_name == "chosen-by-the-backend"


def test_a_pattern_that_comes_to_nothing_tells_no_name_unless_one_was_taken() -> None:
    studio = Studio(recording_filename="$AGENTID$")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.report(CaptureAccepted(session=studio.session()))

    assert studio.data(conn_id).pairs == (("GSIP_RECORD", "On"),)


def test_local_time_is_utc_unless_told_otherwise() -> None:
    desk = Desk(recording_filename="$TIME")
    desk.call(party("7001"), party("7002"))

    desk.perform(start(ConnId(0xC1)))

    assert desk.backend.started[0].file_name == "22-13-20"


# -- identifiers -------------------------------------------------------------------------------


def test_without_an_id_the_file_name_is_the_id() -> None:
    studio = Studio(recording_filename="call_$AGENTDN$")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    first = studio.trace()
    studio.answer_orders()
    studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
    studio.do(start(conn_id))

    assert (first.id, studio.trace().id) == ("call_7001", "call_7001-2")


def test_without_a_file_name_the_id_is_made_from_the_seed() -> None:
    def made() -> str:
        studio = Studio(recording_filename="")
        studio.do(start(studio.inbound_answered()))
        return studio.trace().id

    assert made() == made()
    assert len(made()) == 36


def test_session_ids_never_repeat() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    for _ in range(3):
        studio.do(start(conn_id, record_id="same"))
        studio.answer_orders()
        studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))

    assert len({trace.session for trace in studio.desk.traces()}) == 3
    assert {trace.id for trace in studio.desk.traces()} == {"same"}


# -- refusals ----------------------------------------------------------------------------------


def test_a_service_dn_is_refused() -> None:
    studio = Studio()

    refused(Reason.WRONG_OBJECT, studio.do, start(studio.inbound_answered(), "msml1"))


def test_an_unknown_connid_is_refused() -> None:
    refused(Reason.INVALID_CONN_ID, Studio().do, start(ConnId(0xDEADBEEF)))


def test_a_call_that_only_rings_is_refused() -> None:
    studio = Studio()

    refused(Reason.WRONG_CALL_STATE, studio.do, start(studio.inbound()))


@pytest.mark.parametrize(
    "options", [{"msml_record_support": False}, {"dn": {"msml1": {"service_type": ""}}}]
)
def test_without_a_media_service_a_start_is_refused(options: dict[str, Any]) -> None:
    studio = Studio(**options)

    refused(Reason.SERVICE_UNAVAILABLE, studio.do, start(studio.inbound_answered()))


def test_a_second_start_is_refused_while_the_first_starts_and_while_it_runs() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))

    refused(Reason.REQUEST_IN_PROGRESS, studio.do, start(conn_id))
    studio.answer_orders()
    refused(Reason.RECORDING_BUSY, studio.do, start(conn_id, record_id="other"))


def test_an_id_of_a_live_session_is_refused_on_any_call() -> None:
    studio = Studio()
    studio.do(start(studio.inbound_answered("7001"), record_id="same"))
    other = studio.inbound_answered("7002")

    refused(Reason.SEIZED, studio.do, start(other, "7002", record_id="same"))
    studio.do(start(other, "7002", record_id="another"))


def test_no_more_recordings_than_allowed() -> None:
    studio = Studio(max_recordings=1)
    first, second = studio.inbound_answered("7001"), studio.inbound_answered("7002")
    studio.do(start(first))
    studio.answer_orders()

    refused(Reason.RESOURCE_UNAVAILABLE, studio.do, start(second, "7002"))
    studio.do(StopRecording(dn=Dn("7001"), conn_id=first))
    studio.do(start(second, "7002"))
    assert studio.desk.live_sessions() == 1


def test_a_consultation_is_refused_unless_the_option_allows_it() -> None:
    refusing, allowing = Desk(), Desk(record_consult_calls=True)
    for desk in (refusing, allowing):
        desk.call(party("7001"), party("7002"), call_type=CallType.Consult)

    refused(Reason.UNSUPPORTED, refusing.perform, start(ConnId(0xC1)))
    allowing.perform(start(ConnId(0xC1)))


def test_of_several_reasons_the_first_of_the_table_is_given() -> None:
    """The rows of RECORDING.md 3.3, from below: each condition added hides those before it."""
    desk = Desk(max_recordings=1)
    other = desk.call(party("7005"), party("7006"), conn_id=ConnId(0xC2))
    desk.perform(start(other.conn_id, "7005", record_id="same"))
    conn_id = desk.call(party("7001"), party("7002"), call_type=CallType.Consult).conn_id
    asked = start(conn_id, record_id="fresh")

    desk.call(party("7001"), party("7002"))
    refused(Reason.RESOURCE_UNAVAILABLE, desk.perform, asked)
    desk.call(party("7001"), party("7002"), call_type=CallType.Consult)
    refused(Reason.UNSUPPORTED, desk.perform, asked)
    asked = start(conn_id, record_id="same")
    refused(Reason.SEIZED, desk.perform, asked)
    desk.book.media_service = False
    refused(Reason.SERVICE_UNAVAILABLE, desk.perform, asked)
    desk.call(party("7001", state=PartyState.Alerting))
    refused(Reason.WRONG_CALL_STATE, desk.perform, asked)
    desk.book.calls.clear()
    refused(Reason.INVALID_CONN_ID, desk.perform, asked)
    desk.book.services.add("7001")
    refused(Reason.WRONG_OBJECT, desk.perform, asked)


# -- whom --------------------------------------------------------------------------------------


def test_the_other_side_of_an_outside_call_is_recorded_under_the_name_of_the_trunk() -> None:
    studio = Studio(recording_filename="$AGENTDN$")
    conn_id = studio.inbound_answered()

    studio.do(start(conn_id, side=RecordSide.DESTINATION))

    trace = studio.trace()
    assert (trace.record_dn, trace.other_dn, trace.file_name) == ("trunk-in", "7001", "7001")
    assert trace.parties == (CALLER, "7001")
    assert [leg.dn for leg in trace.legs] == ["trunk-in", "7001"]


def test_a_supervisor_who_is_not_on_the_call_records_its_agent() -> None:
    studio = Studio()

    studio.do(start(studio.internal(), "7004"))

    assert (studio.trace().record_dn, studio.trace().asked_by) == ("7001", "7004")


def test_the_metadata_names_the_agent_also_when_the_trunk_is_recorded() -> None:
    desk = Desk()
    desk.call(party(CALLER, trunk="trunk-in"), party("7001", agent_id="1001"))

    desk.perform(start(ConnId(0xC1), side=RecordSide.DESTINATION))

    assert desk.backend.started[0].details["agent"] == "1001"


def test_a_call_without_numbers_and_without_anybody_else_is_recorded() -> None:
    desk = Desk()
    desk.call(party("7001"), ani=None, dnis=None)

    desk.perform(start(ConnId(0xC1)))

    (order,) = desk.backend.started
    assert "ani" not in order.details
    assert "other-dn" not in order.details
    assert [leg.dn for leg in desk.trace().legs] == ["7001"]


# -- several sessions on a call ----------------------------------------------------------------


def test_sessions_of_their_own_id_or_destination_run_side_by_side_if_allowed() -> None:
    studio = Studio(allow_multiple_sessions=True, recording_filename="n")
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.answer_orders()

    refused(Reason.RECORDING_BUSY, studio.do, start(conn_id))
    refused(Reason.SEIZED, studio.do, start(conn_id, record_id="n"))
    studio.do(start(conn_id, record_id="own"))
    refused(Reason.REQUEST_IN_PROGRESS, studio.do, start(conn_id, dest="sip:b"))
    studio.answer_orders()
    studio.do(start(conn_id, dest="sip:b"))
    studio.answer_orders()

    assert [trace.id for trace in studio.desk.traces()] == ["n", "own", "n-2"]
    assert studio.desk.live_sessions() == 3
    assert studio.state_key(conn_id) == "On"


def test_the_file_name_of_another_session_is_told_alone() -> None:
    studio = Studio(allow_multiple_sessions=True)
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))
    studio.answer_orders()
    studio.do(start(conn_id, record_id="two"))
    studio.report(CaptureAccepted(session=studio.session(), file_name="second"))

    assert studio.changes[-1].pairs == KVList((("GSIP_REC_FN", "second"),))


# -- destinations ------------------------------------------------------------------------------


def test_without_a_destination_the_configured_recorder_is_invited() -> None:
    studio = Studio(
        recordingclient_recdest="sip:default:5060", recordingclient_recdest2="sip:second"
    )
    conn_id = studio.inbound_answered()

    studio.do(start(conn_id, record_id="x"))

    assert [leg.uri.split(";")[0] for leg in studio.trace().legs] == [
        "sip:record=x@default:5060",
        "sip:record=x@default:5060",
        "sip:record=x-2@second",
        "sip:record=x-2@second",
    ]
    assert studio.trace().destinations == ("sip:default:5060", "sip:second")


def test_without_any_recorder_the_built_in_one_is_shown() -> None:
    studio = Studio()

    studio.do(start(studio.inbound_answered(), record_id="x"))

    assert studio.trace().legs[0].uri.startswith("sip:record=x@recorder.tlibsim;calluuid=")
    assert studio.trace().destinations == ()
    assert studio.backend.started[0].destinations == ("",)


def test_an_agent_option_records_where_the_agent_is() -> None:
    agents = {"1001": AgentSettings(login="1001", record=True)}
    studio = Studio(agents=agents)

    assert studio.calls.records(party("7002", agent_id="1001"))


def test_a_refused_start_leaves_no_recording() -> None:
    studio = Studio()
    conn_id = studio.inbound()

    refused(Reason.WRONG_CALL_STATE, studio.do, start(conn_id))

    assert studio.desk.traces() == ()
    assert studio.backend.orders == []
    assert studio.desk.settled()


def test_traces_of_sessions_that_are_over_are_kept_up_to_a_number() -> None:
    studio = Studio(history=2, recording_filename="same")
    conn_id = studio.inbound_answered()
    ids = []
    for _ in range(4):
        studio.do(start(conn_id))
        ids.append(studio.session())
        studio.answer_orders()
        studio.do(StopRecording(dn=Dn("7001"), conn_id=conn_id))
        studio.answer_orders()

    assert [trace.session for trace in studio.desk.traces()] == ids[2:]
    assert studio.desk.trace(ids[0]) is None
    kept = studio.desk.trace(ids[3])
    assert kept is not None
    assert kept.state is SessionState.ENDED
    assert [trace.id for trace in studio.desk.traces()] == ["same-3", "same"]


def test_the_last_party_leaving_while_it_starts_ends_the_session_quietly() -> None:
    studio = Studio()
    conn_id = studio.inbound_answered()
    studio.do(start(conn_id))

    studio.do(ReleaseCall(dn=Dn("7001"), conn_id=conn_id))

    assert studio.changes == []
    assert studio.backend.names() == ["start", "stop"]
    studio.report(CaptureAccepted(session=studio.session()))
    studio.report(CaptureStarted(session=studio.session()))
    studio.report(CaptureFailed(session=studio.session(), cause="too late"))
    studio.report(CaptureEnded(session=studio.session()))
    assert studio.trace().state is SessionState.ENDED
    assert studio.changes == []
