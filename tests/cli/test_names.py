"""Names that nobody has, values that are not there: each is told, none passes in silence."""

import socket
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tlibsim.cli import main
from tlibsim.cli.load import Wishes, announced
from tlibsim.cli.machine import of_machine
from tlibsim.cli.words import Verb
from tlibsim.config import load

AGENTS = [{"agent": "1001", "name": "ann"}, {"agent": "1002", "name": ""}]
CONNECTED = {
    "n": 3,
    "t": "2026-01-01T11:44:08.639000Z",
    "kind": "connected",
    "name": "connected",
}


class Server:
    """The control API of a server with two agents and one fault."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **_: str) -> Any:
        client = {"id": 1, "name": "mydesk"}
        return {
            "agents": AGENTS,
            "faults": [{"name": "slow"}],
            "journal": [{**CONNECTED, "clients": [client]}],
        }[path]

    def post(self, *_: str, body: object) -> Any:
        assert body
        return {"cleared": 0}


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("agent", "fault", "journal"):
        monkeypatch.setattr(f"tlibsim.cli.{command}.Remote", Server)


def test_an_agent_that_is_none_is_told_with_those_that_are() -> None:
    result = run("agent", "9999")

    assert result.exit_code == 1
    assert result.output == "no agent '9999' is configured; agents: 1001, 1002\n"


def test_a_fault_that_is_none_is_told_with_those_that_are() -> None:
    result = run("fault", "clear", "nosuch")

    assert result.exit_code == 1
    assert result.output == "no fault 'nosuch' is in force; in force: slow\n"


@pytest.mark.parametrize(
    ("line", "meant"), [("agent 1002 raedy", "ready"), ("dn 7003 forwrad", "forward")]
)
def test_a_verb_that_is_none_is_told_with_the_nearest(line: str, meant: str) -> None:
    result = run(*line.split())

    assert result.exit_code == 2
    assert f"do you mean {meant!r}?" in result.output


def test_a_verb_is_known_without_its_hyphen() -> None:
    assert Verb(["ready", "not-ready"]).convert("notready", None, None) == "not-ready"


@pytest.mark.parametrize("line", ["replay FILE", "scenario from-log FILE -o out.yaml"])
def test_a_session_to_which_nobody_connected_is_told(line: str, tmp_path: Path) -> None:
    file = tmp_path / "session-1.tlc"
    file.touch()
    result = run(*line.replace("FILE", str(file)).split())

    assert result.exit_code == 3
    assert f"{file}: is empty; if tlibsim record wrote it, nobody connected" in result.output


def test_a_server_without_a_control_api_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tlibsim.net.ports.holder", lambda _: "tlibsim serve (pid 7)")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = list(of_machine(load(f"listen: [{{port: {taken.getsockname()[1]}}}]")))

    assert found[1].text.startswith("tlibsim serve (pid 7) has no control API")


def test_clearing_all_faults_where_there_are_none_is_no_mistake() -> None:
    result = run("fault", "clear")

    assert (result.exit_code, result.output) == (0, "0 cleared\n")


def test_the_columns_of_the_journal_stand_apart() -> None:
    result = run("journal", "kind:connected")

    assert result.output.split() == ["#3", "11:44:08.639", "connected", "mydesk"]


@pytest.mark.parametrize("verb", ["advance", "set", "scale"])
def test_a_clock_that_is_turned_nowhere_shows_how_to_write_it(verb: str) -> None:
    result = run("clock", verb)

    assert result.exit_code == 2
    assert f"{verb} needs a value: tlibsim clock {verb} " in result.output


def test_a_configuration_without_a_dn_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "empty.yaml"
    file.touch()
    result = run("config", "check", str(file))

    assert result.exit_code == 0
    assert f"{file}: warning: configures no DN" in result.stderr


def test_a_load_isannounced() -> None:
    wishes = Wishes(
        cps=10.0, at_once=0, seconds=30.0, ramp=0.0, hold=1.0, agents=0, target=None,
        dns=(), logins=(), password=None,
    )  # fmt: skip

    assert announced(wishes, "calls") == (
        "load: calls, 10 a second for 30 s, on a private server; Ctrl-C ends it"
    )
