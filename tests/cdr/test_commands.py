"""``tlibsim cdr`` and ``tlibsim recordings trace`` as people and programs use them."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cdr.bed import RUN, Newsroom
from tests.recording.studio import bed
from tlibproto.messages import RequestPrivateService
from tlibproto.vocabulary import ConnId, Dn
from tlibsim.cdr.writer import DetailWriter, WriterSettings
from tlibsim.cli import main
from tlibsim.recording.commands import StartRecording
from tlibsim.recording.inspection import Inspector
from tlibsim.switch.commands import AnswerCall, ArriveInbound


class Kept:
    """Two calls in a store: one recorded with a strange name, one whose START was refused."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.room = room = Newsroom()
        self.recorded = room.inbound_answered()
        room.asking = "rec"
        strange = (("free", "\x1b[31m"), ("bytes", "\udcff"))
        room.do(
            StartRecording(
                dn=Dn("7001"), conn_id=self.recorded, record_id="rec-1", params=strange
            )
        )
        room.answer_orders()
        room.later(4)
        room.hang_up(self.recorded)
        room.answer_orders()
        room.gatherer.take_changed()
        room.later(60)
        self.refused = self._refused_call()
        settings = WriterSettings(directory=directory, run=RUN, server="Lab", switch="lab")
        writer = DetailWriter(settings, Inspector(dns=bed().dns))
        writer.open()
        for record in room.shelf.calls:
            writer.call(record)
        for session in room.shelf.sessions:
            writer.session(session)
        writer.close()

    def _refused_call(self) -> ConnId:
        room = self.room
        room.do(ArriveInbound(caller="+4912345", to=Dn("7002"), dnis="=1+1\udcff"))
        conn_id = room.newest()
        room.do(AnswerCall(dn=Dn("7002"), conn_id=conn_id))
        request = RequestPrivateService(private_msg_id=3013, this_dn="7002", conn_id=conn_id)
        room.refuse(request, "service-unavailable: this switch does not record")
        room.hang_up(conn_id, "7002")
        return conn_id

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--directory", str(self.directory)])

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "rec")


# -- list --------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_call_and_recording(kept: Kept) -> None:
    result = kept.run("cdr", "list")

    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[0] == ["STARTED", "LENGTH", "KIND", "STATE", "WHO", "WHY", "ID"]
    assert [(line[3], line[-1]) for line in lines[1:]] == [
        ("call", f"{kept.refused:016x}"),
        ("call", f"{kept.recorded:016x}"),
        ("recording", "rec-1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--kind", "recording"], 1),
        (["--number", "7002"], 1),
        (["--call", "rec-1"], 1),
        (["--state", "ended"], 3),
        (["--since", "2023-11-14T22:14:00Z"], 1),
        (["--until", "2023-11-14T22:14:00+00:00"], 2),
        (["--limit", "2"], 2),
        (["--number", "nobody"], 0),
    ],
)
def test_filters_leave_out_what_does_not_fit(
    kept: Kept, arguments: list[str], count: int
) -> None:
    result = kept.run("cdr", "list", "--json", *arguments)

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == count


def test_an_empty_list_says_so(kept: Kept) -> None:
    result = kept.run("cdr", "list", "--number", "nobody")

    assert result.stdout == ""
    assert "No record in" in result.stderr


# -- show --------------------------------------------------------------------------------------


def test_a_call_is_shown_with_its_parties_steps_and_recordings(kept: Kept) -> None:
    text = kept.run("cdr", "show", f"{kept.recorded:016x}").stdout

    for words in (
        f"call {RUN}.{kept.recorded:016x}: ended",
        "7001 (destination)",
        "15550001 (origination, over trunk-in)",
        "7001 established",
        "user data         GSIP_RECORD = On",
        "recording ",
        "leg               1.record to sip:recorder.tlibsim: ended",
    ):
        assert words in text, words


def test_the_json_of_a_call_has_the_records_of_its_recordings(kept: Kept) -> None:
    document = kept.json("cdr", "show", f"{kept.recorded:016x}")

    assert document["kind"] == "call"
    assert [one["record_id"] for one in document["recording_records"]] == ["rec-1"]


@pytest.mark.parametrize("name", ["last", "rec-1"])
def test_a_record_goes_by_many_names(kept: Kept, name: str) -> None:
    document = kept.json("cdr", "show", name)

    assert document["kind"] == ("call" if name == "last" else "recording")


def test_a_refused_start_is_shown_with_where_to_look(kept: Kept) -> None:
    text = kept.run("cdr", "show", f"{kept.refused:016x}").stdout

    assert "start by 7002, client rec: service-unavailable" in text
    assert "T02: Neither key" in text


def test_an_unknown_name_is_a_problem_that_says_what_to_do(kept: Kept) -> None:
    result = kept.run("cdr", "show", "nobody")

    assert result.exit_code == 2
    assert "tlibsim cdr list --directory" in result.stderr


@pytest.mark.parametrize("command", [("cdr", "list"), ("recordings", "trace", "last")])
def test_a_directory_without_records_is_a_problem(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    result = CliRunner().invoke(main, [*command, "--directory", str(tmp_path)])

    assert result.exit_code == 2
    assert "there are no call detail records in" in result.stderr
    assert list(tmp_path.iterdir()) == []


# -- export ------------------------------------------------------------------------------------


def test_json_lines_hold_everything_the_earliest_first(kept: Kept, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"

    result = kept.run("cdr", "export", str(target))

    assert result.stdout == f"3 records in {target}\n"
    documents = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [one["kind"] for one in documents] == ["recording", "call", "call"]
    assert all(one["format"] == "tlibsim-cdr-1" for one in documents)


def test_a_table_has_a_row_for_each_and_no_cell_is_a_formula(kept: Kept) -> None:
    result = kept.run("cdr", "export", "--format", "csv", "--kind", "call")

    rows = list(csv.DictReader(result.stdout.splitlines()))
    assert [row["conn_id"] for row in rows] == [
        f"{kept.recorded:016x}",
        f"{kept.refused:016x}",
    ]
    assert (rows[1]["ani"], rows[1]["dnis"]) == ("+4912345", "'=1+1\\udcff")
    assert json.loads(rows[0]["user_data"])[0] == ["GSIP_RECORD", "On"]


def test_a_file_that_is_there_is_kept_unless_told(kept: Kept, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("mine", encoding="utf-8")

    refused = kept.run("cdr", "export", str(target))
    forced = kept.run("cdr", "export", str(target), "--force")

    assert (refused.exit_code, forced.exit_code) == (2, 0)
    assert "there already" in refused.stderr
    assert target.read_text("utf-8").startswith("{")


# -- recordings trace --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rec-1", "last", "recording-1", "conn", "uuid", "key"])
def test_a_trace_is_found_by_every_name_of_its_recording(kept: Kept, name: str) -> None:
    record = kept.room.shelf.calls[0]
    names = {
        "conn": f"{kept.recorded:016X}",
        "uuid": record.call.call_uuid,
        "key": f"{RUN}.recording-1",
    }

    result = kept.run("recordings", "trace", names.get(name, name))

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("recording session recording-1: ended\n")
    assert "INVITE sip:msml=recording-1@msml1;dn=7001;record SIP/2.0" in result.stdout
    assert "\x1b" not in result.stdout


def test_the_trace_as_json_has_the_messages_and_the_call(kept: Kept) -> None:
    document = kept.json("recordings", "trace", "rec-1")

    assert document["format"] == "tlibsim-trace-1"
    assert document["params"] == [["free", "\x1b[31m"], ["bytes", "\udcff"]]
    assert [hop["state"] for hop in document["hops"]] == ["ok"] * 4
    assert document["messages"][0]["line"].startswith("INVITE sip:msml=")
    assert document["call"]["kind"] == "call"
    assert "messages" not in kept.json("recordings", "trace", "rec-1", "--no-messages")


def test_a_call_that_was_not_recorded_is_explained(kept: Kept) -> None:
    result = kept.run("recordings", "trace", f"{kept.refused:016x}")

    assert result.exit_code == 0
    assert "was not recorded" in result.stdout
    assert "start by 7002 (rec) was refused: service-unavailable" in result.stdout
    assert "T02: Neither key, no trigger" in result.stdout


def test_a_name_that_fits_nothing_is_a_problem(kept: Kept) -> None:
    assert kept.run("recordings", "trace", "nobody").exit_code == 2
