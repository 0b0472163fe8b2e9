"""The thread that writes records down: nothing is lost, nothing waits for it, nothing breaks it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cdr.bed import RUN, Newsroom
from tests.recording.studio import bed
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.cdr.gatherer import GatheredSession
from tlibsim.cdr.records import CallRecord
from tlibsim.cdr.store import STORE_NAME, Query, read_store
from tlibsim.cdr.writer import DetailWriter, WriterSettings
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.inspection import Inspector

Made = Callable[..., DetailWriter]


@pytest.fixture
def make(tmp_path: Path) -> Any:
    made: list[DetailWriter] = []

    def writer(**changes: Any) -> DetailWriter:
        settings = WriterSettings(directory=tmp_path, run=RUN, server="Lab", switch="lab")
        made.append(DetailWriter(replace(settings, **changes), Inspector(dns=bed().dns)))
        made[-1].open()
        return made[-1]

    yield writer
    for one in made:
        one.close()


def a_recorded_call() -> tuple[CallRecord, GatheredSession]:
    """A call that is over, and its recording, in what the gatherer hands over."""
    room = Newsroom()
    conn_id = room.inbound_answered()
    room.asking = "rec"
    room.do(StartRecording(dn=Dn("7001"), conn_id=conn_id))
    room.answer_orders()
    room.later(3)
    room.hang_up(conn_id)
    room.answer_orders()
    room.gatherer.take_changed()
    return room.last, room.shelf.sessions[-1]


def records(directory: Path, **wanted: Any) -> list[dict[str, Any]]:
    store = read_store(directory)
    try:
        return list(store.search(Query(**wanted)))
    finally:
        store.close()


def test_a_call_and_its_recording_are_stored_and_found_by_everything(
    make: Made, tmp_path: Path
) -> None:
    call, session = a_recorded_call()
    writer = make()
    writer.call(call)
    writer.session(session)
    writer.close()

    assert [one["kind"] for one in records(tmp_path, call=call.call.call_uuid)] == [
        "call",
        "recording",
    ]
    assert len(records(tmp_path, number="15550001")) == 2
    assert len(records(tmp_path, number="8005551000", kind="call")) == 1
    (recording,) = records(tmp_path, call=session.trace.id, kind="recording")
    assert recording["duration_ms"] == 3000
    assert (recording["client"], recording["asked_by"]) == ("rec", "7001")
    assert [leg["key"] for leg in recording["legs"]] == ["1.record", "1.other"]


def test_the_trace_is_stored_with_the_hops_and_the_time_line(
    make: Made, tmp_path: Path
) -> None:
    _, session = a_recorded_call()
    writer = make()
    writer.session(session)
    writer.close()

    store = read_store(tmp_path)
    trace = store.trace(session.key)
    store.close()

    assert trace is not None
    assert [hop["state"] for hop in trace["hops"]] == ["ok"] * 4
    assert trace["notes"][0]["what"] == "requested"
    assert trace["mcp"]


def test_finished_records_are_lines_and_unfinished_ones_are_not(
    make: Made, tmp_path: Path
) -> None:
    call, session = a_recorded_call()
    writer = make()
    writer.session(replace(session, final=False))
    writer.session(session)
    writer.call(call)
    writer.close()

    lines = (tmp_path / "cdr.jsonl").read_text(encoding="ascii").splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["recording", "call"]


def test_lines_can_be_left_out(make: Made, tmp_path: Path) -> None:
    call, _ = a_recorded_call()
    writer = make(lines_bytes=None)
    writer.call(call)
    writer.close()

    assert not (tmp_path / "cdr.jsonl").exists()
    assert len(records(tmp_path)) == 1


def test_the_directory_is_made_when_it_is_not_there(make: Made, tmp_path: Path) -> None:
    writer = make(directory=tmp_path / "not" / "there")
    writer.call(a_recorded_call()[0])
    writer.close()

    assert len(records(tmp_path / "not" / "there")) == 1


def test_a_crash_leaves_calls_that_the_next_server_marks_as_lost(
    make: Made, tmp_path: Path
) -> None:
    room = Newsroom()
    conn_id = room.inbound_answered()
    crashed = make(run="before")
    crashed.call(replace(room.shelf.calls[-1], run="before"))
    crashed.close()

    make().close()

    (lost,) = records(tmp_path)
    assert (lost["state"], lost["cause"]) == ("lost", "the server ended without a word")
    assert int(lost["conn_id"], 16) == conn_id


def test_a_server_that_runs_loses_nothing_when_a_second_one_comes(
    make: Made, tmp_path: Path
) -> None:
    room = Newsroom()
    room.inbound_answered()
    first = make(run="first")
    first.call(replace(room.shelf.calls[-1], run="first"))
    assert first.flush()

    make(run="second").close()

    assert [one["state"] for one in records(tmp_path)] == ["live"]


def test_a_damaged_store_is_put_aside_and_made_anew(make: Made, tmp_path: Path) -> None:
    (tmp_path / STORE_NAME).write_bytes(b"rubbish" * 1000)
    writer = make()
    writer.call(a_recorded_call()[0])
    writer.close()

    assert len(records(tmp_path)) == 1
    assert (tmp_path / f"{STORE_NAME}.broken").exists()


def test_a_directory_that_cannot_be_written_is_a_problem_and_no_more(
    make: Made, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    writer = make(directory=tmp_path / "file" / "below")
    writer.call(a_recorded_call()[0])
    writer.close()

    assert "cannot be written" in writer.problem


def test_nothing_is_taken_after_the_end(make: Made, tmp_path: Path) -> None:
    writer = make()
    writer.close()
    writer.call(a_recorded_call()[0])
    writer.close()

    assert records(tmp_path) == []


def test_the_oldest_records_go_when_there_are_too_many(make: Made, tmp_path: Path) -> None:
    call, _ = a_recorded_call()
    writer = make(most_records=100)
    for number in range(700):
        view = replace(call.call, conn_id=ConnId(number + 1))
        writer.call(replace(call, call=view))
        if number == 599:
            assert writer.flush()
    writer.close()

    assert len(records(tmp_path)) <= 200


def test_a_record_that_cannot_be_made_does_not_stop_the_others(
    make: Made, tmp_path: Path
) -> None:
    call, _ = a_recorded_call()
    broken = replace(call, run="broken", parties=None)  # type: ignore[arg-type]
    writer = make()
    writer.call(broken)
    writer.call(call)
    writer.close()

    assert len(records(tmp_path)) == 1
