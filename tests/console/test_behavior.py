"""What telephones do by themselves, changed through the control API and from the shell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.server import Api, api
from tests.endtoend.programs import tlibsim
from tlibsim.cli.dn import BEHAVIORS
from tlibsim.switch.behaving import BEHAVIORS as OF_THE_SWITCH

V1 = "/api/v1"


@pytest.fixture(name="server", scope="module")
def server_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("server")) as server:
        yield server


def test_a_telephone_answers_after_what_was_set_and_rings_on_after_that(server: Api) -> None:
    told = server.post(f"{V1}/dns/7002/behave", {"answer_after": 0, "talk_time": 60})
    assert told["behavior"] == {"answer_after": 0, "talk_time": 60}
    call = server.post(f"{V1}/calls", {"from": "7001", "to": "7002"})
    here = server.get(f"{V1}/dns/7002")
    assert here["calls"] == [call["conn_id"]]
    server.post(f"{V1}/calls/{call['call']}/release", {"dn": "7001"})
    assert server.post(f"{V1}/dns/7002/restore")["behavior"] == {}


def test_null_is_never_and_what_is_left_out_stays(server: Api) -> None:
    server.post(f"{V1}/dns/7003/behave", {"answer_after": 5, "busy": True})
    told = server.post(f"{V1}/dns/7003/behave", {"answer_after": None})
    assert (told["behavior"], told["busy"]) == ({"busy": True}, True)
    assert server.post(f"{V1}/dns/7003/behave", {"busy": False})["behavior"] == {}


def test_a_number_outside_goes_with_its_trunk(server: Api) -> None:
    number = {"number": "94155550190", "busy": True}
    server.post(f"{V1}/dns/trunk-out/behave", number)
    ended = server.post(f"{V1}/calls", {"from": "7001", "to": "94155550190"})
    assert "conn_id" not in ended
    server.post(f"{V1}/dns/trunk-out/restore", {"number": "94155550190"})
    status, problem = server.ask("POST", f"{V1}/dns/7001/behave", number)
    assert status == 422
    assert "trunk" in problem["detail"]


@pytest.mark.parametrize(
    "body", [{"answer_after": -1}, {"answer_after": "soon"}, {"busy": "very"}, {"color": 1}]
)
def test_a_behavior_that_cannot_be_is_refused(server: Api, body: dict[str, object]) -> None:
    assert server.ask("POST", f"{V1}/dns/7001/behave", body)[0] == 422


def test_the_shell_sets_and_restores_a_behavior(server: Api, tmp_path: Path) -> None:
    def dn(*words: str) -> str:
        done = tlibsim("dn", *words, "--url", server.url, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "answers after 1 s" in dn("7003", "answer-after", "1s")
    assert "declines" in dn("7003", "reject", "on")
    assert "by itself" not in dn("7003", "restore")
    assert "trunk-out" in dn("trunk-out", "no-answer", "on", "--number", "9415*")


def test_a_wrong_value_is_told_in_the_shell(server: Api, tmp_path: Path) -> None:
    done = tlibsim("dn", "7003", "answer-after", "soon", "--url", server.url, cwd=tmp_path)
    assert done.returncode == 2
    assert "answer-after" in done.stderr
    assert "'soon'" in done.stderr


def test_the_shell_knows_every_behavior_but_busy_which_is_a_verb_of_its_own() -> None:
    words = {word.replace("-", "_") for word in BEHAVIORS}
    assert words | {"busy"} == set(OF_THE_SWITCH)


def test_a_reset_brings_the_configured_behavior_back(server: Api) -> None:
    server.post(f"{V1}/dns/7002/behave", {"reject": True})
    server.post(f"{V1}/dns/trunk-out/behave", {"number": "9*", "busy": True})
    assert server.ask("POST", f"{V1}/reset")[0] == 200
    assert server.get(f"{V1}/dns/7002")["behavior"] == {}
    call = server.post(f"{V1}/calls", {"from": "7001", "to": "94155550190"})
    server.post(f"{V1}/calls/{call['call']}/release", {"dn": "7001"})
