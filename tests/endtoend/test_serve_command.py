"""``tlibsim serve`` with other logs and other clocks."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.endtoend.programs import SECONDS, interrupted, started, tlibsim

pytestmark = pytest.mark.timeout(2 * SECONDS)
BED = """\
switch: Test
listen: [{port: 0}]
dns:
  "7001": {type: extension}
  "7002": {type: extension}
recordings: {backend: "null"}
"""


@contextmanager
def serving(
    folder: Path, *words: str, bed: str = BED
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server and its port; standard error is what it logs."""
    file = folder / "tlibsim.yaml"
    file.write_text(bed)
    with started("serve", "--config", file, *words, cwd=folder) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["tlib"]["port"]


def call(port: int) -> None:
    """A client makes a call that rings."""
    done = tlibsim(
        "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002",
        "--port", str(port),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_log_can_be_that_of_a_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--log-format", "tserver") as (process, port):
        call(port)
        _, log = interrupted(process)

    heads = [line for line in log.splitlines() if not line.startswith(("\t", "message "))]
    assert any(
        " Trc 04541 RequestMakeCall received from [1] (00000001 " in one for one in heads
    )
    stamp = r"@\d\d:\d\d:\d\d\.\d{4} \[0\] 8\.1\.102\.65 "
    assert any(
        re.fullmatch(stamp + "distribute_event: message EventDialing", one) for one in heads
    )
    assert "\tAttributeOtherDN\t'7002'" in log.splitlines()


def test_the_log_can_be_lines_of_json_that_the_journal_command_reads(tmp_path: Path) -> None:
    with serving(tmp_path, "--log-format", "json") as (process, port):
        call(port)
        _, log = interrupted(process)
    file = tmp_path / "journal.jsonl"
    file.write_text("".join(f"{line}\n" for line in log.splitlines() if line.startswith("{")))

    done = tlibsim("journal", "--file", file, "event:EventDialing dn:7001")
    again = tlibsim("journal", "--file", file, "--tserver")
    wrong = tlibsim("journal", "--file", file, "evnt:EventDialing")

    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert "EventDialing" in line
    assert "distribute_event: message EventDialing" in again.stdout
    assert wrong.returncode == 2
    assert "Did you mean event?" in wrong.stderr


def test_a_stepped_server_begins_at_a_fixed_time_and_stands_still(tmp_path: Path) -> None:
    with serving(tmp_path, "--clock", "stepped", "--log-format", "json") as (process, port):
        call(port)
        _, log = interrupted(process)

    times = {json.loads(line)["t"] for line in log.splitlines() if line.startswith("{")}
    assert times == {"2026-01-01T00:00:00.000000Z"}


def test_a_word_that_is_no_clock_is_bad_usage(tmp_path: Path) -> None:
    done = tlibsim("serve", "--port", "0", "--clock", "fast", cwd=tmp_path)

    assert done.returncode == 2
    assert "is no clock" in done.stderr


def test_old_entries_of_the_journal_go_to_the_file_that_is_named(tmp_path: Path) -> None:
    bed = BED + "limits: {journal-entries: 3, journal-file: old.jsonl}\n"
    with serving(tmp_path, bed=bed) as (process, port):
        call(port)
        interrupted(process)

    numbers = [
        json.loads(line)["n"] for line in (tmp_path / "old.jsonl").read_text().splitlines()
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 3


def test_the_configuration_of_this_folder_is_served_unasked(tmp_path: Path) -> None:
    (tmp_path / "tlibsim.yaml").write_text(BED, encoding="utf-8")
    with started("serve", cwd=tmp_path) as process:
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["tlib"]["port"]
        call(port)
        _, log = interrupted(process)
    assert "serving tlibsim.yaml of this folder" in log


def test_a_second_signal_is_no_alarm(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, _):
        process.send_signal(signal.SIGTERM)
        _, log = interrupted(process)
    assert process.returncode == 0
    assert "Traceback" not in log
