"""``tlibsim replay`` sends a log's requests to a live server, or its events to a live client."""

import json
from pathlib import Path

import pytest

from tests.endtoend.programs import SCENARIOS, started, tlibsim

pytestmark = pytest.mark.timeout(110)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a call between two desks."""
    done = tlibsim(
        "scenario", "run", SCENARIOS, "--only", "C01", "--journal", tmp_path,
        "--journal-format", "tserver", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return tmp_path / "C01.log"


def test_the_requests_of_a_log_make_the_same_call_on_a_live_server(
    log: Path, tmp_path: Path
) -> None:
    with started("serve", "--bed", SCENARIOS, "--port", "0", "--quiet") as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        address = f"{ready['tlib']['host']}:{ready['tlib']['port']}"

        done = tlibsim("replay", log, "--against", address, "--speed", "max", cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "desk1  RequestMakeCall ThisDN='7001' OtherDN='7002'" in done.stdout
    assert "sent 3 requests, received" in done.stdout
    assert "(0 errors), 0 not sent" in done.stdout


def test_only_what_was_asked_for_is_sent(log: Path) -> None:
    done = tlibsim("replay", log, "--only", "dn=9999")

    assert done.returncode == 3
    assert "has no requests that were asked for" in done.stderr


def test_a_server_that_is_not_there_is_exit_code_4(log: Path) -> None:
    done = tlibsim("replay", log, "--against", "127.0.0.1:1")

    assert done.returncode == 4
    assert "cannot be reached" in done.stderr


@pytest.mark.parametrize("words", [("--speed", "fast"), ("--only", "7001"), ("--from", "x")])
def test_words_that_cannot_be_read_are_bad_usage(log: Path, words: tuple[str, str]) -> None:
    assert tlibsim("replay", log, *words).returncode == 2


def test_a_client_gets_the_events_of_a_log(log: Path, tmp_path: Path) -> None:
    with started("replay", log, "--serve", "127.0.0.1:0", "--speed", "max") as server:
        assert server.stderr is not None
        host, _, port = server.stderr.readline().rpartition(" ")[2].strip().rpartition(":")
        watched = tlibsim(
            "client", "watch", "7002", "--host", host, "--port", port, "--count", "3", "--timeout", "20",
            cwd=tmp_path,
        )  # fmt: skip

    for name in ("EventRinging", "EventEstablished", "EventReleased"):
        assert name in watched.stdout, watched.stdout + watched.stderr
    assert "EventDialing" not in watched.stdout
