"""``tools/bench media`` runs its parts and prints its lines.  No test here looks at a time."""

import json
import shutil
from math import isfinite
from pathlib import Path

import pytest

from tools.benchmarks import native
from tools.benchmarks.bench import main
from tools.benchmarks.native import COMPILERS, built, recording, send

LEAST_EFFORT = ("--seconds", "0.4", "--calls", "3", "--rounds", "1")

needs_a_compiler = pytest.mark.skipif(
    not any(map(shutil.which, COMPILERS)), reason="there is no C compiler"
)


def rows_of(part: str, tmp_path: Path) -> list[dict]:
    results = tmp_path / "results.json"
    assert main(["media", *LEAST_EFFORT, "--only", part, "--json", str(results)]) == 0
    rows = json.loads(results.read_text())["rows"]
    assert {row["letter"] for row in rows} == {part}
    assert all(isfinite(value) for row in rows for value in row["values"])
    return rows


def test_files_are_recorded_and_measured(tmp_path: Path) -> None:
    rows = {row["what"]: row["median"] for row in rows_of("w", tmp_path)}

    assert rows["blocks of 20 ms that a file is short of"] == 0


@needs_a_compiler
def test_streams_are_sent_and_judged(tmp_path: Path) -> None:
    rows = {row["what"]: row["median"] for row in rows_of("s", tmp_path)}

    assert rows["6 streams: packets missing"] == 0


@needs_a_compiler
def test_the_sink_sees_what_the_sender_in_c_sent(tmp_path: Path) -> None:
    with recording(built("recorder", tmp_path), 5) as sink:
        sent = send(built("sender", tmp_path), sink.ports, 0.4)
        seen = sink.report()

    assert (sent.packets, sent.dropped) == (5 * 20, 0)
    assert (seen.packets, seen.begun, seen.missing) == (5 * 20, 5, 0)


def test_without_a_compiler_the_parts_that_need_one_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(native, "COMPILERS", ())

    assert main(["media", *LEAST_EFFORT, "--only", "s"]) == 0
    assert "left out, no C compiler" in capsys.readouterr().err


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["media", "--only", "x"])
    assert ended.value.code == 2
    assert "no part 'x'" in capsys.readouterr().err


@needs_a_compiler
def test_legs_are_set_up_paused_resumed_and_ended(tmp_path: Path) -> None:
    rows = {row["what"]: row["median"] for row in rows_of("l", tmp_path)}

    assert rows["6 streams: packets missing"] == 0
    assert rows["packets in a paused second"] == 0
    assert rows["6 legs set up"] > 0
