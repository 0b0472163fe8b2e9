"""``tlibsim scenario``: the acceptance scenarios on private servers and on one that runs."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endtoend.programs import (
    PENDING,
    SCENARIOS,
    SECONDS,
    environment,
    interrupted,
    serving,
    started,
    tlibsim,
)
from tlibsim.scenario.pending import load_pending

WRONG = """\
format: 1
scenarios:
- id: W01
  title: a call that turns out otherwise
  steps:
  - do: {client: desk1, request: MakeCall, ThisDN: "7001", OtherDN: "7002"}
    expect:
      "7002": [{EventRinging: {ConnID: $c1, CallType: Outbound}}]
- id: W02
  title: a call that turns out well
  steps:
  - do: {client: desk1, request: MakeCall, ThisDN: "7001", OtherDN: "7002"}
    expect: {"7002": [{EventRinging: {ANI: "7001"}}]}
"""


@pytest.fixture(name="wrong")
def wrong_file(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.yml"
    file.write_text(WRONG, encoding="utf-8")
    return file


@pytest.fixture(name="port", scope="module")
def port_of_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("server")) as port:
        yield port


def test_every_acceptance_scenario_passes_or_is_pending(tmp_path: Path) -> None:
    done = tlibsim("scenario", "run", SCENARIOS, "--pending", PENDING, "--json", cwd=tmp_path)

    report = json.loads(done.stdout)
    failures = [one for one in report["scenarios"] if one["status"] == "fail"]
    assert failures == []
    assert done.returncode == 0
    pending = load_pending(PENDING.read_text(encoding="utf-8"))
    assert report["summary"] == {
        "pass": len(report["scenarios"]) - len(pending),
        "fail": 0,
        "pending": len(pending),
        "skipped": 0,
        "bug": 0,
    }
    assert list(tmp_path.iterdir()) == []


def test_a_line_tells_of_each_scenario_and_one_of_all(tmp_path: Path) -> None:
    done = tlibsim("scenario", "run", SCENARIOS, "--only", "C01", "--only", "G01", cwd=tmp_path)

    first, second, summary = done.stdout.splitlines()
    assert first.startswith("C01  Simple internal call, release by the caller")
    assert " pass " in first
    assert second.startswith("G01 ")
    assert summary.startswith("2 scenarios: 2 pass")
    assert done.returncode == 0


def test_a_failure_tells_where_and_what_differs(wrong: Path) -> None:
    done = tlibsim("scenario", "run", wrong)

    lines = done.stdout.splitlines()
    assert "FAIL" in lines[0]
    assert lines[1].strip() == f"W01 step 1 at {wrong}:8:17"
    assert "expected  Outbound (3)" in done.stdout
    assert "got       Internal (1)" in done.stdout
    assert lines[-1].startswith("2 scenarios: 1 pass, 1 FAIL")
    assert done.returncode == 1


def test_a_pending_scenario_that_passes_is_a_failure(wrong: Path, tmp_path: Path) -> None:
    pending = tmp_path / "pending.yml"
    pending.write_text("format: 1\npending: {W01: later, W02: later}\n", encoding="utf-8")

    done = tlibsim("scenario", "run", wrong, "--pending", pending)

    assert "2 scenarios: 1 FAIL, 1 pending" in done.stdout
    assert "it passes: take it off the pending list" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--only", "W01x"), 3, "Did you mean W01?"),
        (("--only", "W01", "--only", "X"), 2, "--only X"),
        (("--against", "nowhere"), 2, "is not HOST:PORT"),
        (("--against", "127.0.0.1:0"), 2, "0 is no port"),
        (("--pending", "missing.yml"), 2, "missing.yml"),
        (("--nothing",), 2, "--nothing"),
    ],
)
def test_wrong_words_end_with_their_exit_code(
    wrong: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = tlibsim("scenario", "run", wrong, *words)

    assert done.returncode == code
    assert said in done.stderr


def test_a_wrong_file_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(WRONG.replace("MakeCall", "MakeCal"), encoding="utf-8")

    done = tlibsim("scenario", "run", file)

    assert done.returncode == 2
    assert f"{file}:6:34  error" in done.stderr
    assert "Did you mean MakeCall?" in done.stderr
    assert done.stderr.splitlines()[-1] == "2 errors"


def test_lint_looks_without_playing(wrong: Path, tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(WRONG.replace("CallType", "CalType"), encoding="utf-8")

    good, bad = tlibsim("scenario", "lint", wrong), tlibsim("scenario", "lint", file, "--json")

    assert (good.returncode, good.stdout) == (0, "2 scenarios, nothing wrong\n")
    assert bad.returncode == 2
    assert json.loads(bad.stdout)["problems"][0]["suggestion"] == "CallType"


def test_the_same_seed_gives_the_same_bytes(wrong: Path) -> None:
    one, other = (tlibsim("scenario", "run", wrong, "--json") for _ in range(2))

    differences = [
        json.loads(done.stdout)["scenarios"][0]["difference"] for done in (one, other)
    ]
    assert differences[0] == differences[1]


def test_scenarios_of_clients_alone_are_played_on_a_server_that_runs(port: int) -> None:
    done = tlibsim(
        "scenario", "run", SCENARIOS, "--against", f"127.0.0.1:{port}",
        "--only", "C01", "--only", "C02", "--only", "C05",
    )  # fmt: skip

    assert "3 scenarios: 1 pass, 2 skipped" in done.stdout
    assert "needs a server of its own: switch action inbound" in done.stdout
    assert "needs a server of its own: given" in done.stdout
    assert done.returncode == 0


def test_nothing_that_can_be_played_is_exit_code_3(port: int) -> None:
    done = tlibsim(
        "scenario", "run", SCENARIOS, "--against", f"127.0.0.1:{port}", "--only", "C02"
    )

    assert done.returncode == 3
    assert "1 scenario: 1 skipped" in done.stdout


def test_a_failure_elsewhere_is_told_like_one_at_home(port: int, wrong: Path) -> None:
    done = tlibsim("scenario", "run", wrong, "--against", f"127.0.0.1:{port}", "--only", "W01")

    assert done.returncode == 1
    assert "expected  Outbound (3)" in done.stdout


def test_a_server_that_is_not_there_is_exit_code_4(wrong: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        done = tlibsim("scenario", "run", wrong, "--against", f"127.0.0.1:{port}")

    assert done.returncode == 4
    assert f"127.0.0.1:{port} cannot be reached" in done.stderr


def test_ctrl_c_ends_a_run_with_130(wrong: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(SECONDS)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with started("scenario", "run", wrong, "--against", address) as process:
            connection, _ = silent.accept()
            with connection:
                interrupted(process)

    assert process.returncode == 130


def test_a_bug_of_ours_ends_with_its_traceback_and_exit_code_5() -> None:
    program = """
from tlibsim.cli.words import run_and_exit

async def main(reactor):
    raise ZeroDivisionError

run_and_exit(main)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 5
    assert "ZeroDivisionError" in done.stderr
