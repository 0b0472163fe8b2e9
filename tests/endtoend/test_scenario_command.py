"""``tlibsim scenario`` as a user has it: exit codes, folders, reports, journals, the same bytes."""

import json
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import junitparser
import pytest

from tests.endtoend.programs import (
    PENDING,
    ROOT,
    SECONDS,
    environment,
    interrupted,
    started,
    tlibsim,
)

pytestmark = pytest.mark.timeout(2 * SECONDS)
DESK = Path(__file__).with_name("desk.py")

GOOD = """\
name: good
title: a call reaches 7001
vars: {caller: "4155550100"}
steps:
- do: inbound
  from: ${caller}
  to: 7001
  userdata: {account: A-77, priority: 5}
- expect: {event: EventRinging, dn: 7001, ANI: "${caller}"}
- do: answer
  dn: 7001
- advance: 30s
- do: hangup
  by: remote
- expect: {event: EventReleased, dn: 7001}
"""
BAD = """\
name: bad
title: another service is asked for <than> "expected" & so on
steps:
- do: {client: desk1, request: PrivateService, PrivateMsgID: 3014, ThisDN: "7001"}
- expect: {request: PrivateService, msgid: 3015, client: desk1}
  within: 10s
"""
EXTERNAL = """\
name: external
actors: {desk: {kind: external, dns: [7001], within: 5s}}
steps:
- do: inbound
  from: "1"
  to: 7001
- expect: {request: AnswerCall, client: desk}
  within: 5s
"""


@pytest.fixture(name="folder")
def folder_of_scenarios(tmp_path: Path) -> Path:
    (tmp_path / "calls").mkdir()
    (tmp_path / "calls" / "good.yml").write_text(GOOD)
    (tmp_path / "calls" / "bad.yaml").write_text(BAD)
    (tmp_path / "_parts").mkdir()
    (tmp_path / "_parts" / "part.yml").write_text("steps:\n- nonsense: 1\n")
    (tmp_path / "notes.yml").write_text("just: notes\n")
    return tmp_path


def code(*words: str | Path) -> int:
    return tlibsim("scenario", *words).returncode


# Exit codes (FEATURES.md, "Exit codes").


def test_exit_codes_tell_how_a_run_ended(folder: Path) -> None:
    good, bad = folder / "calls" / "good.yml", folder / "calls" / "bad.yaml"
    wrong = folder / "wrong.yml"
    wrong.write_text("steps:\n- advence: 1s\n")
    external = folder / "external.yml"
    external.write_text(EXTERNAL.replace("5s", "200ms"))
    (folder / "empty").mkdir()

    assert code("run", good) == 0
    assert code("run", bad) == 1
    assert code("run", wrong) == 2
    assert code("run", good, "--set", "caler=1") == 2
    assert code("run", folder / "empty") == 3
    assert code("run", external) == 4


def test_ctrl_c_ends_a_run_with_130(folder: Path) -> None:
    endless = folder / "endless.yml"
    endless.write_text("actors: {desk: {kind: external, within: 50s}}\nsteps:\n- wait: 50s\n")

    with started("scenario", "run", endless) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("waiting for desk at 127.0.0.1:")
        interrupted(process)
        assert process.returncode == 130


def test_a_bug_of_ours_ends_a_run_with_5(folder: Path) -> None:
    broken = (
        "import tlibsim.session.dispatch as dispatch\n"
        "from tlibproto.messages import RequestQueryAddress\n"
        "table = dict(dispatch.REQUESTS)\n"
        "def fail(request, asker): raise ZeroDivisionError('ours')\n"
        "table[RequestQueryAddress] = fail\n"
        "import tlibsim.session.hub as hub\n"
        "hub.REQUESTS = table\n"
        "from tlibsim.cli import main\n"
        "main()\n"
    )
    file = folder / "ask.yml"
    file.write_text("steps:\n- do: {client: desk1, request: QueryAddress, ThisDN: '7001'}\n")

    done = subprocess.run(
        [sys.executable, "-c", broken, "scenario", "run", str(file)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 5
    assert "BUG" in done.stdout
    assert "ZeroDivisionError: ours" in done.stdout


def test_a_file_that_is_not_there_or_not_text_is_bad_usage(tmp_path: Path) -> None:
    blob = tmp_path / "blob.yml"
    blob.write_bytes(b"\xff\xfe\x00")

    assert code("run", tmp_path / "nowhere.yml") == 2
    assert code("run", blob) == 2
    assert code("run", blob, "--journal", blob) == 2


# Folders and reports.


def test_a_folder_is_played_side_by_side_and_reported_in_one(folder: Path) -> None:
    report = folder / "out" / "junit.xml"

    done = tlibsim("scenario", "run", folder, "-j", "4", "--junit", report)

    assert done.returncode == 1
    assert "2 scenarios: 1 pass, 1 FAIL" in done.stdout
    parsed = junitparser.JUnitXml.fromfile(str(report))
    assert (parsed.tests, parsed.failures, parsed.errors, parsed.skipped) == (2, 1, 0, 0)
    cases = {case.name: case for suite in parsed for case in suite}
    assert cases["good a call reaches 7001"].is_passed
    (failure,) = cases['bad another service is asked for <than> "expected" & so on'].result
    assert isinstance(failure, junitparser.Failure)
    assert "did not come" in failure.message
    assert "msgid   expected 3015 (pause)   got 3014 (stop)" in (failure.text or "")
    assert ET.parse(report).getroot().tag == "testsuites"


def test_a_failure_names_the_step_its_place_and_the_field_that_differs(folder: Path) -> None:
    file = folder / "calls" / "bad.yaml"

    lines = tlibsim("scenario", "run", file).stdout.splitlines()

    text = "\n".join(line.strip() for line in lines)
    assert f"FAIL step 2 at {file}:5:3" in text
    assert "nothing matched in 10 s. Nearest: RequestPrivateService" in text
    assert "msgid   expected 3015 (pause)   got 3014 (stop)" in text


def test_one_json_object_tells_the_same(folder: Path) -> None:
    done = tlibsim("scenario", "run", folder, "--json", "--shuffle", "--seed", "7")

    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode == 1
    assert report["shuffle_seed"] == 7
    assert report["summary"]["pass"] == report["summary"]["fail"] == 1
    (failed,) = [one for one in report["scenarios"] if one["status"] == "fail"]
    near = failed["difference"]["near"][0]
    assert near["differs"] == [{"attribute": "msgid", "expected": "3015", "got": "3014"}]


def test_the_same_seed_gives_the_same_order(tmp_path: Path) -> None:
    rows = ", ".join(f"{{caller: '{number}'}}" for number in range(20))
    file = tmp_path / "table.yml"
    file.write_text(GOOD.replace('vars: {caller: "4155550100"}', f"rows: [{rows}]"))

    def order(*words: str) -> list[str]:
        done = tlibsim("scenario", "run", file, "--json", *words)
        return [one["id"] for one in json.loads(done.stdout)["scenarios"]]

    plain = order()
    assert plain == [f"good[{number}]" for number in range(1, 21)]
    assert order("--shuffle", "--seed", "7") == order("--shuffle", "--seed", "7") != plain
    assert order("--shuffle", "--seed", "8") != order("--shuffle", "--seed", "7")


def test_lint_tells_file_line_column_and_the_nearest_word(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yml"
    file.write_text("steps:\n- expect: {event: EventRining}\n- advence: 1s\n")

    done = tlibsim("scenario", "lint", tmp_path)

    assert done.returncode == 2
    first, second, last = done.stderr.splitlines()
    assert first.startswith(f"{file}:2:19  error  ")
    assert first.endswith("Did you mean EventRinging?")
    assert second.startswith(f"{file}:3:3  error  ")
    assert second.endswith("Did you mean advance?")
    assert last == "2 errors"


def test_explain_says_every_step_in_words(folder: Path) -> None:
    done = tlibsim("scenario", "explain", folder / "calls" / "good.yml", "--set", "caller=7")

    assert done.returncode == 0
    assert "call from 7 reaches 7001" in done.stdout
    assert "expect EventRinging on 7001 ANI='7'" in done.stdout
    assert "the party outside hangs up" in done.stdout


def test_a_dry_run_reads_everything_and_plays_nothing(folder: Path) -> None:
    done = tlibsim("scenario", "run", folder, "--dry-run")

    assert done.returncode == 0
    assert "2 scenarios would be played" in done.stdout
    assert "FAIL" not in done.stdout


def test_functions_run_only_when_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\n"
        "def look(context):\n"
        "    Path(context.arguments['file']).write_text(str(len(context.names['calls'])))\n"
    )
    file, seen = tmp_path / "hook.yml", tmp_path / "seen"
    file.write_text(f"steps:\n- hook: mine.py:look\n  with: {{file: '{seen}'}}\n")

    refused = tlibsim("scenario", "run", file)
    assert refused.returncode == 2
    assert "--allow-hooks" in refused.stderr
    assert not seen.exists()
    assert code("run", file, "--allow-hooks") == 0
    assert seen.read_text() == "0"


# The system under test.


def test_the_system_under_test_is_started_and_ended_for_each_scenario(tmp_path: Path) -> None:
    file = tmp_path / "external.yml"
    file.write_text(EXTERNAL)
    command = f"{sys.executable} {DESK} {{host}} {{port}} desk 7001"

    assert code("run", file, "--sut", command) == 0
    assert code("run", file, "--sut", f"{command} lazy") == 1
    assert code("run", file, "--sut", "/nowhere/desk {port}") == 4


def test_a_system_under_test_that_ends_too_early_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "external.yml"
    file.write_text(EXTERNAL.replace("5s", "50s"))

    done = tlibsim(
        "scenario", "run", file, "--sut", f"{sys.executable} -c 'raise SystemExit(7)'"
    )

    assert done.returncode == 4
    assert "ended with code 7 before desk was there" in done.stderr


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    file = tmp_path / "good.yml"
    file.write_text(GOOD)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = tlibsim("scenario", "run", file, "--listen", f"127.0.0.1:{port}")

    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken by" in done.stdout


# The same bytes.


def test_the_same_inputs_give_the_same_journal_byte_for_byte(tmp_path: Path) -> None:
    """Two processes with different hash seeds, one after the other and side by side."""
    files = [
        ROOT / "fixtures" / "scenarios" / name for name in ("scenarios.yml", "routing.yml")
    ]
    table = tmp_path / "good.yml"
    table.write_text(GOOD)
    command = [sys.executable, "-m", "tlibsim", "scenario", "run", *map(str, files), str(table)]
    command += ["--pending", str(PENDING)]
    kept: list[dict[str, bytes]] = []
    for hash_seed, jobs in (("1", "1"), ("2", "3")):
        out = tmp_path / hash_seed
        done = subprocess.run(
            [*command, "--journal", str(out), "-j", jobs],
            env={**environment(), "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        kept.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})

    first, second = kept
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []
    assert sum(map(bool, first.values())) > 30


def test_another_seed_gives_other_identifiers(tmp_path: Path) -> None:
    file = tmp_path / "good.yml"
    file.write_text(GOOD)

    def journal(seed: str) -> bytes:
        out = tmp_path / seed
        assert code("run", file, "--journal", out, "--seed", seed) == 0
        return (out / "good.jsonl").read_bytes()

    assert journal("1") != journal("2")


def test_a_journal_can_be_the_log_of_a_server(tmp_path: Path) -> None:
    file = tmp_path / "good.yml"
    file.write_text(GOOD)

    assert code("run", file, "--journal", tmp_path, "--journal-format", "tserver") == 0

    log = (tmp_path / "good.log").read_text()
    assert "[0] 8.1.102.65 distribute_event: message EventRinging\n" in log
    assert "\t\t'account'\t'A-77'\n" in log
    assert "\t\t'priority'\t5\n" in log


def test_a_scenario_name_never_leaves_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "evil.yml"
    file.write_text(GOOD.replace("name: good", "name: ../../evil"))
    out = tmp_path / "out"

    assert code("run", file, "--journal", out) == 0

    assert [path.name for path in out.iterdir()] == ["evil.jsonl"]
