"""Call detail records out of facts: who was on a call and when, how it ended, what was recorded."""

import json
from typing import Any

from tests.cdr.bed import RUN, SECOND, START, Newsroom
from tlibproto.messages import RequestHoldCall, RequestPrivateService
from tlibproto.vocabulary import ConnId, Dn, KVList
from tlibsim.cdr.records import MOST_STEPS, Outcome, RecordState, pairs
from tlibsim.ports.media import CaptureFailed
from tlibsim.recording.commands import PauseRecording, ResumeRecording, StartRecording
from tlibsim.switch.commands import (
    AnswerCall,
    ArriveInbound,
    ChangeUserData,
    DataChange,
    HoldCall,
    MakeCall,
    RetrieveCall,
    SetPhoneBusy,
)


def answered(**options: Any) -> tuple[Newsroom, ConnId]:
    """A call from outside that 7001 answers after two seconds."""
    room = Newsroom(**options)
    conn_id = room.inbound()
    room.later(2)
    room.do(AnswerCall(dn=Dn("7001"), conn_id=conn_id))
    return room, conn_id


def test_a_call_has_one_record_with_its_identifiers_times_and_parties() -> None:
    room, conn_id = answered()
    room.later(5)
    room.hang_up(conn_id)

    document = room.last.document()

    assert document["key"] == f"{RUN}.{conn_id:016x}"
    assert document["call_uuid"] == room.last.call.call_uuid
    assert (document["server"], document["switch"]) == ("Lab", "lab_switch")
    assert (document["ani"], document["dnis"]) == ("15550001", "8005551000")
    assert document["call_type"] == "Inbound"
    assert document["started_us"] == START
    assert document["answered_us"] == START + 2 * SECOND
    assert document["ended_us"] == START + 7 * SECOND
    assert (document["duration_ms"], document["talk_ms"]) == (7000, 5000)
    assert (document["state"], document["outcome"]) == ("ended", "answered")
    parties = {party["dn"]: party for party in document["parties"]}
    assert set(parties) == {"15550001", "7001"}
    assert parties["15550001"]["trunk"] == "trunk-in"
    assert parties["7001"]["answered_us"] == START + 2 * SECOND
    assert parties["7001"]["left_us"] == START + 7 * SECOND
    json.dumps(document)


def test_an_answered_call_is_told_at_its_answer_and_at_its_end() -> None:
    room, conn_id = answered()
    assert [record.state for record in room.shelf.calls] == [RecordState.LIVE]
    room.hang_up(conn_id)

    assert [record.state for record in room.shelf.calls] == [
        RecordState.LIVE,
        RecordState.ENDED,
    ]
    assert room.shelf.calls[0].ended_at is None
    assert len({record.key for record in room.shelf.calls}) == 1


def test_the_steps_of_a_call_are_in_order() -> None:
    room, conn_id = answered()
    room.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
    room.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))
    room.far_hangs_up(conn_id)

    steps = [(step.what, step.dn) for step in room.last.steps]

    assert steps == [
        ("ringing", "7001"),
        ("established", "7001"),
        ("established", "15550001"),
        ("held", "7001"),
        ("retrieved", "7001"),
        ("released", "15550001"),
        ("released", "7001"),
    ]


def test_a_caller_who_gives_up_has_abandoned_the_call() -> None:
    room = Newsroom()
    conn_id = room.inbound()
    room.far_hangs_up(conn_id)

    assert room.last.outcome is Outcome.ABANDONED
    assert room.last.answered_at is None
    assert room.last.document()["talk_ms"] is None


def test_a_busy_phone_makes_a_busy_call() -> None:
    room = Newsroom()
    room.do(SetPhoneBusy(dn=Dn("7002"), busy=True))
    room.do(MakeCall(dn=Dn("7001"), to="7002"))

    assert room.last.outcome is Outcome.BUSY


def test_the_last_user_data_are_kept_with_their_order_and_kinds() -> None:
    room, conn_id = answered()
    data = KVList([("k", "1"), ("k", 2), ("list", KVList([("a", b"\x01")]))])
    change = ChangeUserData(
        dn=Dn("7001"), conn_id=conn_id, change=DataChange.ATTACH, pairs=data
    )
    room.changes.clear()
    room.do(change)
    room.hang_up(conn_id)

    assert room.last.document()["user_data"] == [
        ["k", "1"],
        ["k", 2],
        ["list", [["a", {"hex": "01"}]]],
    ]


def test_bytes_that_are_no_text_are_written_out() -> None:
    assert pairs(KVList([("\udc80", "\udcff")])) == [["\\udc80", "\\udcff"]]


def test_a_refused_start_is_in_the_record_with_its_cause_and_the_client() -> None:
    room, conn_id = answered()
    room.asking = "rec"
    request = RequestPrivateService(private_msg_id=3013, this_dn="7001", conn_id=conn_id)
    room.refuse(request, "service-unavailable: this switch does not record")
    room.refuse(RequestHoldCall(this_dn="7001", conn_id=conn_id), "no")
    room.hang_up(conn_id)

    (refused,) = room.last.document()["refused"]
    assert (refused["service"], refused["dn"], refused["client"]) == ("start", "7001", "rec")
    assert refused["cause"] == "service-unavailable: this switch does not record"


def test_a_recording_is_named_in_its_call_and_told_until_the_media_let_go() -> None:
    room, conn_id = answered()
    room.asking = "rec"
    room.do(StartRecording(dn=Dn("7001"), conn_id=conn_id, requestor=1))
    room.answer_orders()
    room.asking = "desk1"
    room.do(PauseRecording(dn=Dn("7001"), conn_id=conn_id))
    room.do(ResumeRecording(dn=Dn("7001"), conn_id=conn_id))
    room.answer_orders()
    room.hang_up(conn_id)
    assert not room.shelf.sessions[-1].final
    room.answer_orders()
    room.gatherer.take_changed()

    gathered = room.shelf.sessions[-1]
    assert gathered.final
    assert gathered.client == "rec"
    assert gathered.key == f"{RUN}.{gathered.trace.session}"
    words = [note.what for note in gathered.notes]
    assert [word for word in words if not word.startswith("capture-")] == [
        *("requested", "accepted", "started", "taking", "paused", "resumed"),
        *("stopped", "ended"),
    ]
    assert gathered.notes[0].parties == ("7001", "15550001")
    assert room.last.recordings == [gathered.trace.session]
    assert room.last.finding == "on"


def test_an_alarm_is_a_line_of_the_sessions_of_its_call() -> None:
    room, conn_id = answered()
    room.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    room.report(CaptureFailed(session=room.session(), cause="disk full"))
    room.gatherer.take_changed()

    texts = [note.text for note in room.shelf.sessions[-1].notes]

    assert "failed: disk full" in texts
    assert any(text.startswith("alarm recording-failed raised") for text in texts)


def test_a_call_of_many_steps_keeps_the_first_ones() -> None:
    room, conn_id = answered()
    for _ in range(MOST_STEPS):
        room.do(HoldCall(dn=Dn("7001"), conn_id=conn_id))
        room.do(RetrieveCall(dn=Dn("7001"), conn_id=conn_id))
    room.hang_up(conn_id)

    assert len(room.last.steps) == MOST_STEPS


def test_calls_can_be_looked_at_while_they_go_on_and_for_a_while_afterwards() -> None:
    room, first = answered()
    room.hang_up(first)
    room.do(ArriveInbound(caller="15550002", to=Dn("7002"), dnis="8005551000"))

    assert [record.call.conn_id for record in room.gatherer.calls()] == [first, room.newest()]
    assert room.gatherer.call(first) is room.last
    assert room.gatherer.call(ConnId(0xDEAD)) is None


def test_a_snapshot_does_not_change_with_the_call() -> None:
    room, conn_id = answered()
    early = room.shelf.calls[0]
    room.later(3)
    room.hang_up(conn_id)

    assert all(party.left_at is None for party in early.parties)
    assert len(early.steps) < len(room.last.steps)
