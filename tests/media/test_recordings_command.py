"""``tlibsim recordings`` as a person and as a program uses it."""

import json

import pytest
import soundfile
from click.testing import CliRunner

from tests.media.bench import Recorder, order
from tlibsim.cli.recordings import recordings
from tlibsim.media.index import INDEX_NAME
from tlibsim.media.settings import FileSettings


@pytest.fixture
def directory(tmp_path):
    directory = tmp_path / "rec"
    recorder = Recorder(FileSettings(directory=directory))
    recorder.backend.start(order("s1"))
    recorder.advance(2)
    recorder.stop("s1")
    recorder.backend.start(
        order("s2", at=recorder.clock.now, conn_id="0071000000000002", details={})
    )
    recorder.backend.start(
        order("s3", at=recorder.clock.now, conn_id="0071000000000002", record_id="x\x1b[1m")
    )
    recorder.advance(65.25)
    recorder.stop("s2")
    yield directory
    recorder.close()


def run(directory, *arguments):
    return CliRunner().invoke(recordings, [*arguments, "--directory", str(directory)])


def names(result):
    return [line.split()[-1] for line in result.stdout.splitlines()[1:]]


def test_the_list_has_a_line_for_each_recording_latest_first(directory):
    result = run(directory, "list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["STARTED", "LENGTH", "STATE", "DN", "AGENT", "OTHERS", "NAME"]
    assert names(result) == ["call-s2", "call-s3", "call-s1"]
    assert lines[1].split()[2:] == ["1:05.2", "ended", "7001", "-", "4155550100", "call-s2"]
    assert "recording" in lines[2]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--agent", "1001"], ["call-s3", "call-s1"]),
        (["--call", "0071000000000001"], ["call-s1"]),
        (["--dn", "7001", "--limit", "1"], ["call-s2"]),
        (["--number", "8001", "--state", "recording"], ["call-s3"]),
        (["--since", "2023-11-14T22:13:23Z"], ["call-s2", "call-s3"]),
        (["--until", "2023-11-14T22:13:20.5+00:00"], ["call-s1"]),
    ],
    ids=str,
)
def test_filters_narrow_the_list(directory, arguments, expected):
    assert names(run(directory, "list", *arguments)) == expected


def test_a_time_before_now_is_a_filter_too(directory):
    result = run(directory, "list", "--since", "2h", "--state", "ended")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No recording" in result.stderr


def test_json_is_one_object_a_line_with_the_place_of_the_sound(directory):
    result = run(directory, "list", "--json")
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert [item["name"] for item in objects] == ["call-s2", "call-s3", "call-s1"]
    assert objects[0]["path"] == str(directory / "call-s2.wav")
    assert objects[1]["path"] == str(directory / "call-s3.wav.part")


@pytest.mark.parametrize("name", ["call-s1", "rec-s1", "0071000000000001"])
def test_a_recording_is_shown_by_any_of_its_names(directory, name):
    result = run(directory, "show", name)
    assert result.exit_code == 0
    shown = dict(line.split(maxsplit=1) for line in result.stdout.splitlines())
    assert shown["name"] == "call-s1"
    assert shown["length"] == "0:02.0"
    assert shown["file"] == str(directory / "call-s1.wav")
    assert "channel 2  4155550100, tone" in result.stdout


def test_the_last_recording_has_a_name_of_its_own(directory):
    assert json.loads(run(directory, "show", "last", "--json").stdout)["name"] == "call-s2"


def test_control_characters_from_the_wire_do_not_reach_the_terminal(directory):
    result = run(directory, "show", "call-s3")
    assert "\x1b" not in result.stdout
    assert "x\ufffd[1m" in result.stdout


def test_a_name_that_fits_several_recordings_is_refused_with_their_names(directory):
    result = run(directory, "show", "0071000000000002")
    assert result.exit_code == 2
    assert "fits 2 recordings" in result.stderr
    assert "call-s2" in result.stderr
    assert "call-s3" in result.stderr


def test_an_unknown_recording_is_an_error_with_a_remedy(directory):
    result = run(directory, "show", "nothing")
    assert result.exit_code == 2
    assert "tlibsim recordings list" in result.stderr


@pytest.mark.parametrize("command", [["list"], ["show", "last"], ["export", "last", "x"]])
def test_a_directory_that_is_not_there_is_an_error_with_a_remedy(tmp_path, command):
    result = run(tmp_path / "nowhere", *command)
    assert result.exit_code == 2
    assert "--directory" in result.stderr


def test_a_file_in_the_place_of_the_directory_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert run(tmp_path / "file", "list").exit_code == 2


def test_a_time_that_cannot_be_read_is_bad_usage(directory):
    result = run(directory, "list", "--since", "yesterday")
    assert result.exit_code == 2
    assert "2026-01-31" in result.stderr


def test_export_copies_the_sound_the_metadata_and_a_picture(directory, tmp_path):
    target = tmp_path / "new" / "folder"
    result = run(directory, "export", "call-s1", str(target), "--picture")
    assert result.exit_code == 0
    files = [target / f"call-s1{suffix}" for suffix in (".wav", ".json", ".svg")]
    assert result.stdout.split() == [str(path) for path in files]
    assert soundfile.info(files[0]).frames == 16000
    assert json.loads(files[1].read_text())["name"] == "call-s1"
    assert files[2].read_text().startswith("<svg")


def test_export_to_a_file_name_takes_that_name_and_replaces_nothing_unasked(
    directory, tmp_path
):
    target = tmp_path / "mine.wav"
    assert run(directory, "export", "last", str(target)).exit_code == 0
    assert (tmp_path / "mine.json").exists()
    target.unlink()
    again = run(directory, "export", "last", str(target))
    assert again.exit_code == 2
    assert "--force" in again.stderr
    assert not target.exists()
    assert run(directory, "export", "last", str(target), "--force").exit_code == 0


def test_a_recording_that_goes_on_cannot_be_exported_yet(directory, tmp_path):
    result = run(directory, "export", "call-s3", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "still being recorded" in result.stderr


def test_a_recording_whose_sound_is_gone_cannot_be_exported(directory, tmp_path):
    (directory / "call-s1.wav").unlink()
    result = run(directory, "export", "call-s1", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert "is gone" in result.stderr


def test_an_export_that_cannot_be_written_says_so(directory, tmp_path):
    (tmp_path / "file").write_text("")
    result = run(directory, "export", "call-s1", str(tmp_path / "file" / "out"))
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_a_damaged_index_is_a_note_and_no_obstacle(directory):
    (directory / INDEX_NAME).write_bytes(b"damaged" * 1000)
    for companion in ("-wal", "-shm"):
        (directory / (INDEX_NAME + companion)).unlink(missing_ok=True)
    result = run(directory, "list", "--state", "ended")
    assert result.exit_code == 0
    assert names(result) == ["call-s2", "call-s1"]
    assert "note:" in result.stderr
