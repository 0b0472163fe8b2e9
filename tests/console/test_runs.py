"""Scenarios and runs of a project over HTTP: listed, played, told; names stay in the folder."""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.console.server import CONFIG, Api, api
from tests.endtoend.programs import SECONDS, tlibsim
from tlibsim.runs.store import RunStore

V1 = "/api/v1"
GOOD = """\
name: good
title: A call reaches a desk
vars: {caller: "4155550100"}
steps:
- do: inbound
  from: ${caller}
  to: 7001
- expect: {event: EventRinging, dn: 7001, ANI: "4155550100"}
"""
BAD = """\
name: bad
steps:
- do: {client: desk1, request: PrivateService, ThisDN: "7001", PrivateMsgID: 3014}
- expect: {request: PrivateService, msgid: 3015}
"""
SLOW = "name: slow\nclock: real\nsteps:\n- wait: 60s\n"
HOOK = "name: hook\nsteps:\n- hook: checks.py:run\n"
OUTSIDE = "name: outside\nsteps:\n- wait: 1s\n"
DESK = """\
name: desk
actors: {desk: {kind: external, dns: [7001], within: 60s}}
steps:
- wait: 1ms
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project") / "mine"
    (folder / "scenarios" / "deep").mkdir(parents=True)
    for name, text in (
        ("good", GOOD), ("bad", BAD), ("slow", SLOW), ("hook", HOOK), ("desk", DESK),
        ("deep/inner", GOOD), ("wrong", "name: wrong\nsteps:\n- expekt: 1\n"),
    ):  # fmt: skip
        (folder / "scenarios" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "outside.yaml").write_text(OUTSIDE, encoding="utf-8")
    (folder.parent / "secret.yaml").write_text(OUTSIDE, encoding="utf-8")
    (folder / "scenarios" / "link.yaml").symlink_to(folder.parent / "secret.yaml")
    return folder


@pytest.fixture(scope="module")
def server(project: Path) -> Iterator[Api]:
    with api(project) as served:
        yield served


def played(server: Api, name: str, body: dict | None = None) -> dict:
    begun = server.ask("POST", f"{V1}/scenarios/{name}/run", body)
    assert begun[0] == 202, begun
    return server.get(f"{V1}/runs/{begun[1]['id']}?wait=30s")


def test_the_scenarios_of_the_folder_are_listed_with_what_is_wrong(server: Api):
    found = {one["name"]: one for one in server.get(f"{V1}/scenarios")}

    assert sorted(found) == ["bad", "deep/inner", "desk", "good", "hook", "slow", "wrong"]
    assert found["good"]["scenarios"] == [
        {"id": "good", "title": "A call reaches a desk", "steps": 2, "line": 1}
    ]
    assert found["good"]["variables"] == ["caller"]
    assert "Did you mean expect?" in found["wrong"]["problem"]


def test_a_run_is_played_to_its_end_and_told(server: Api):
    run = played(server, "good", {"seed": 7})

    assert (run["state"], run["verdict"], run["exit_code"]) == ("over", "pass", 0)
    assert (run["seed"], run["clock"], run["kind"]) == (7, "stepped", "scenario")
    assert run["counts"] == {"total": 1, "pass": 1}
    assert run["progress"] == {"done": 1, "of": 1, "current": ""}
    (item,) = run["items"]
    assert (item["id"], item["file"], item["steps"]) == ("good", "scenarios/good.yaml", 2)


def test_a_scenario_in_a_folder_below_has_its_path_as_a_name(server: Api):
    assert played(server, "deep/inner")["verdict"] == "pass"


def test_a_failure_names_file_line_and_what_came_nearest(server: Api):
    run = played(server, "bad")

    (item,) = run["items"]
    assert (run["verdict"], run["exit_code"], item["status"]) == ("fail", 1, "FAIL")
    assert (item["file"], item["difference"]["line"]) == ("scenarios/bad.yaml", 4)
    assert "PrivateMsgID=3014" in item["difference"]["near"][0]["text"]
    assert "scenarios/bad.yaml:4:" in item["text"]


def test_variables_change_what_is_played(server: Api):
    assert played(server, "good", {"set": {"caller": "1"}})["verdict"] == "fail"


@pytest.mark.parametrize(
    "name",
    ["outside", "../outside", "..%2Foutside", "../../secret", "%2Fetc%2Fpasswd", "link", "deep",
     "good.yaml", "..", "deep/../../outside", "good%00"],
)  # fmt: skip
def test_a_name_never_leaves_the_folder(server: Api, name: str):
    status, problem = server.ask("POST", f"{V1}/scenarios/{name}/run")

    assert status == 404
    assert problem == "Not Found" or problem["error"] == "no-such-scenario"


@pytest.mark.parametrize(
    ("name", "body", "status", "words"),
    [
        ("hook", {}, 409, "functions run from the command line only"),
        ("wrong", {}, 422, "Did you mean expect?"),
        ("good", {"set": {"coller": "1"}}, 409, "no variable 'coller'"),
        ("good", {"only": ["goood"]}, 409, "no scenario 'goood'"),
        ("good", {"speed": "fast"}, 409, "is no clock"),
        ("good", {"hooks": True}, 422, "Extra inputs"),
        ("goood", {}, 404, "Did you mean good?"),
    ],
)
def test_what_cannot_be_played_says_why(
    server: Api, name: str, body: dict, status: int, words: str
):
    found = server.ask("POST", f"{V1}/scenarios/{name}/run", body)

    assert (found[0], words in found[1]["detail"]) == (status, True), found


@pytest.mark.parametrize(
    "name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "20260101-000000-abcdef"]
)
def test_a_run_that_never_was_is_not_found(server: Api, name: str):
    assert server.ask("GET", f"{V1}/runs/{name}")[0] == 404


def test_a_run_of_the_command_line_is_served_by_the_server_of_the_project(
    server: Api, project: Path
):
    done = tlibsim("scenario", "run", "scenarios/bad.yaml", "--junit", "j.xml", cwd=project)

    newest = server.get(f"{V1}/runs")[0]
    run = server.get(f"{V1}/runs/{newest['id']}")
    assert done.returncode == run["exit_code"] == 1
    assert run["summary"] in done.stdout
    assert run["items"][0]["text"].splitlines()[0] in done.stdout
    assert run["reports"] == {"junit": "j.xml"}
    assert run["command"] == "tlibsim scenario run scenarios/bad.yaml"


def test_an_actor_from_outside_is_told_where_to_connect(server: Api):
    status, begun = server.ask("POST", f"{V1}/scenarios/desk/run")
    assert status == 202
    deadline = time.monotonic() + SECONDS
    place = begun.get("listening")
    while place is None and time.monotonic() < deadline:
        place = server.get(f"{V1}/runs/{begun['id']}?wait=100ms").get("listening")

    assert place is not None
    assert place["host"] == "127.0.0.1"
    assert server.get(f"{V1}/runs/{begun['id']}")["state"] == "running"


def test_progress_comes_with_the_live_feed(server: Api):
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=SECONDS) as feed:
        feed.sendall(f"GET {V1}/events HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
        lines = feed.makefile("rb")
        while b": tlibsim" not in lines.readline():
            pass
        run = played(server, "good")
        heads = []
        while not heads or heads[-1]["state"] != "over":
            line = lines.readline()
            if line.startswith(b"data: ") and b'"kind": "scenario"' in line:
                heads.append(json.loads(line[6:]))

    assert {head["id"] for head in heads} == {run["id"]}
    assert any(head["progress"]["current"] == "good step 2/2" for head in heads)


def test_the_openapi_document_names_the_parameter_plainly(server: Api):
    paths = server.get(f"{V1}/openapi.json")["paths"]

    assert "/api/v1/scenarios/{scenario}/run" in paths
    operation = paths["/api/v1/scenarios/{scenario}/run"]["post"]
    assert [one["name"] for one in operation["parameters"]] == ["scenario"]


def test_a_server_that_stops_ends_what_it_plays(tmp_path: Path):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "slow.yaml").write_text(SLOW, encoding="utf-8")
    with api(tmp_path) as server:
        ids = [server.ask("POST", f"{V1}/scenarios/slow/run")[1]["id"] for _ in range(4)]
        status, problem = server.ask("POST", f"{V1}/scenarios/slow/run")
        assert (status, problem["error"]) == (409, "unplayable")

    for one in ids:
        document = RunStore(tmp_path).one(one)
        assert document is not None
        assert (document["state"], document["verdict"]) == ("over", "interrupted")


def test_without_a_project_there_is_nothing_to_play(tmp_path: Path):
    bed = tmp_path / "bed.yaml"
    bed.write_text(CONFIG, encoding="utf-8")
    from tests.endtoend.programs import line_of, started

    with started("serve", "--bed", bed, "--quiet", cwd=tmp_path) as process:
        url = json.loads(line_of(process))["http"]["url"]
        with urllib.request.urlopen(f"{url}{V1}/scenarios", timeout=SECONDS) as response:
            assert json.loads(response.read()) == []
