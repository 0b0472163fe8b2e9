"""``tlibsim client`` against a server: what FIRST_HOUR.md shows, minute 0 to 5."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.endtoend.programs import interrupted, line_of, serving, started, tlibsim

TIME = r"\d\d:\d\d:\d\d\.\d\d\d"


@pytest.fixture(name="port", scope="module")
def port_of_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as port:
        yield str(port)


def test_watch_shows_each_event_of_its_dns_and_leaves_on_ctrl_c(port: str) -> None:
    with started("client", "watch", "7001", "7002", "--port", port) as watching:
        assert line_of(watching) == (
            f"connected 127.0.0.1:{port} · server SIPServer1, primary, ADDP on"
            " · registered 7001, 7002"
        )
        call = tlibsim(
            "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002", "--port", port
        )
        first, second = line_of(watching), line_of(watching)
        rest, errors = interrupted(watching)

    assert call.returncode == 0
    assert re.fullmatch(
        TIME + r"  EventDialing       7001  to 7002  conn [0-9a-f]{16}  type Internal"
        r"  DNIS 7002",
        first,
    )
    assert re.fullmatch(
        TIME + r"  EventRinging       7002  from 7001  conn [0-9a-f]{16}  type Internal"
        r"  DNIS 7002",
        second,
    )
    assert (rest, errors) == ("unregistered, disconnected\n", "")
    assert watching.returncode == 130


def test_watch_for_programs_prints_an_object_a_line_and_stops_after_a_count(port: str) -> None:
    with started(
        "client", "watch", "7003", "--port", port, "--json", "--count", "1"
    ) as watching:
        assert json.loads(line_of(watching)) == {
            "connected": f"127.0.0.1:{port}",
            "server": "SIPServer1",
            "role": "primary",
            "addp": True,
            "registered": [{"dn": "7003", "agent": ""}],
        }
        tlibsim(
            "client", "send", "SendEvent",
            "event={EventUserEvent: {ThisDN: '7003', UserData: [[n, 7], [k, v]]}}",
            "--port", port,
        )  # fmt: skip
        event = json.loads(line_of(watching))
        assert watching.wait(timeout=10) == 0

    values = {one["name"]: one["value"] for one in event["attributes"]}
    assert event["message"] == "EventUserEvent"
    assert values["UserData"] == [["n", "int", 7], ["k", "str", "v"]]


def test_watch_ends_after_its_time(port: str) -> None:
    done = tlibsim("client", "watch", "7001", "--port", port, "--timeout", "0.2", "--no-addp")

    assert done.returncode == 0
    assert "ADDP off" in done.stdout


def test_a_dn_that_cannot_be_registered_is_told(port: str) -> None:
    done = tlibsim("client", "watch", "6666", "--port", port)

    assert done.returncode == 1
    assert "6666 cannot be registered" in done.stderr
    assert "error 59" in done.stderr


def test_send_prints_the_answer_whole(port: str) -> None:
    done = tlibsim("client", "send", "queryaddress", "ThisDN=7001",
                   "AddressInfoType=DNStatus", "--port", port)  # fmt: skip

    lines = done.stdout.splitlines()
    assert lines[0] == "EventAddressInfo"
    assert "  ThisDN                '7001'" in lines
    assert done.returncode == 0


def test_send_says_with_its_exit_code_that_the_answer_is_an_error(port: str) -> None:
    done = tlibsim(
        "client", "send", "AnswerCall", "ThisDN=7001", "ConnID=00000000deadbeef",
        "--port", port, "--json",
    )  # fmt: skip

    answer = json.loads(done.stdout)
    assert answer["message"] == "EventError"
    assert done.returncode == 1


def test_send_without_registering_gets_what_the_server_says_to_that(port: str) -> None:
    done = tlibsim(
        "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002", "--no-register",
        "--port", port,
    )  # fmt: skip

    assert "TERR_NOT_REGISTERED (41)" in done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("send", "MakeCal"), "Did you mean MakeCall?"),
        (("send", "MakeCall", "ThsDN=1"), "Did you mean ThisDN?"),
        (("send", "MakeCall", "--port", "0"), "--port"),
        (("watch",), "DN"),
        (("watch", "7001", "--charset", "utf-16"), "character set"),
    ],
)
def test_wrong_words_are_exit_code_2(words: tuple[str, ...], said: str) -> None:
    done = tlibsim("client", *words)

    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("words", [("watch", "7001"), ("send", "QueryServer")])
def test_a_server_that_is_not_there_is_exit_code_4(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        done = tlibsim("client", *words, "--port", str(unused.getsockname()[1]))

    assert done.returncode == 4
    assert "cannot be reached" in done.stderr


def test_a_server_that_goes_away_ends_the_watching(tmp_path: Path) -> None:
    with ExitStack() as ending:
        with serving(tmp_path) as port:
            watch = started("client", "watch", "7001", "--port", str(port))
            watching = ending.enter_context(watch)
            line_of(watching)

        assert watching.wait(timeout=10) == 1
        assert watching.stderr is not None
        assert "connection lost: closed by the server" in watching.stderr.read()
