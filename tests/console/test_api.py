"""The control API over HTTP, against a server in a process of its own."""

import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.console.server import CONFIG, Api, api
from tests.endtoend.programs import tlibsim
from tlibproto.messages import RequestMakeCall
from tlibsim.testing.client import RequestError, TLibraryClient

V1 = "/api/v1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("api")) as served:
        yield served


@pytest.fixture
def call(server: Api) -> Iterator[dict]:
    """A call from outside that rings at 7002, cleared afterwards."""
    made = server.post(f"{V1}/calls", {"from": "4155550142", "to": "7002"})
    yield made
    server.ask("POST", f"{V1}/calls/{made['conn_id']}/clear", {"dn": "7002"})
    server.ask("POST", f"{V1}/calls/{made['conn_id']}/release", {"by": "remote"})


def test_the_address_is_in_the_ready_document_and_answers(server: Api):
    assert server.ready["http"]["port"] > 0
    assert server.ask("GET", "/readyz") == (200, "ready\n")
    assert server.ask("GET", "/livez") == (200, "ok\n")


def test_a_call_from_outside_rings_with_its_user_data_typed(server: Api):
    made = server.post(
        f"{V1}/calls",
        {"from": "4155", "to": "7003", "userdata": {"account": "A-77", "priority": 5}},
    )
    try:
        assert made["userdata"] == {"account": "A-77", "priority": 5}
        states = {party["dn"]: party["state"] for party in made["parties"]}
        assert states == {"4155": "Dialing", "7003": "Alerting"}
    finally:
        server.post(f"{V1}/calls/{made['call']}/release", {"by": "remote"})


def test_verbs_find_the_only_dn_for_which_they_make_sense(server: Api, call: dict):
    path = f"{V1}/calls/{call['call']}"
    answered = server.post(f"{path}/answer")
    assert {party["state"] for party in answered["parties"]} == {"Connected"}
    held = server.post(f"{path}/hold")
    assert [p["state"] for p in held["parties"] if p["dn"] == "7002"] == ["Held"]
    server.post(f"{path}/retrieve")
    over = server.post(f"{path}/release")
    assert over["over"] is True


def test_a_verb_that_fits_nobody_says_who_is_there(server: Api, call: dict):
    status, problem = server.ask("POST", f"{V1}/calls/{call['call']}/hold")
    assert status == 422
    assert "7002 is Alerting" in problem["detail"]


def test_a_refusal_of_the_switch_is_a_conflict_with_its_reason(server: Api, call: dict):
    status, problem = server.ask("POST", f"{V1}/calls/{call['call']}/hold", {"dn": "7003"})
    assert status == 409
    assert problem["error"] == "not-on-call"


def test_a_transfer_in_a_single_step_moves_the_call(server: Api, call: dict):
    path = f"{V1}/calls/{call['conn_id']}"
    server.post(f"{path}/answer")
    moved = server.post(f"{path}/transfer", {"to": "7003"})
    assert {party["dn"] for party in moved["parties"]} == {"4155550142", "7003"}
    server.post(f"{path}/clear", {"dn": "7003"})


def test_the_history_tells_the_events_of_each_dn_also_after_the_call(server: Api):
    made = server.post(f"{V1}/calls", {"from": "7001", "to": "7003"})
    path = f"{V1}/calls/{made['call']}"
    server.post(f"{path}/answer")
    server.post(f"{path}/release", {"dn": "7001"})
    told = server.get(f"{path}/history")
    assert told["over"] is True
    events = [step["event"] for step in told["steps"] if step["dn"] == "7003"]
    assert events[0] == "EventRinging"
    assert events[-1] == "EventReleased"
    assert "EventEstablished" in events


def test_a_recording_is_controlled_as_by_a_recorder(server: Api, call: dict):
    path = f"{V1}/calls/{call['call']}"
    server.post(f"{path}/answer")
    recordings = f"{V1}/recordings/{call['call']}"
    server.post(f"{recordings}/start", {"id": "rec-api"})
    paused = server.post(f"{recordings}/pause")
    assert paused["userdata"]["GSIP_RECORD"] == "Paused"
    resumed = server.post(f"{recordings}/resume")
    assert resumed["userdata"]["GSIP_RECORD"] == "On"
    sessions = {one["id"]: one for one in server.get(f"{V1}/recordings")}
    assert sessions["rec-api"]["state"] == "active"
    status, _ = server.ask("POST", f"{recordings}/resume")
    assert status == 409


def test_a_dn_goes_out_of_service_and_comes_back(server: Api):
    out = server.post(f"{V1}/dns/7003/out-of-service")
    assert (out["in_service"], out["state"]) == (False, "out of service")
    assert server.post(f"{V1}/dns/7003/in-service")["in_service"] is True


def test_an_agent_logs_in_and_is_not_ready_with_reasons(server: Api):
    assert server.post(f"{V1}/agents/1001/login")["dn"] == "7001"
    told = server.post(f"{V1}/agents/1001/not-ready", {"reasons": {"ReasonCode": "Lunch"}})
    assert (told["state"], told["reasons"]) == ("not ready", {"ReasonCode": "Lunch"})
    assert server.post(f"{V1}/agents/1001/logout")["state"] == "logged out"


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("/calls", {"to": "7001", "colour": "red"}, 422, "colour"),
        ("/calls", {"from": "1"}, 422, "to"),
        ("/calls", {"from": "1", "to": "7001", "userdata": {"a": 1.5}}, 422, "userdata.a"),
        ("/calls", {"from": "1", "to": "7001", "userdata": {"a": 2**40}}, 422, "32 bits"),
        ("/calls", {"from": "nobody", "to": "7001", "via": "dn"}, 404, "nobody"),
        ("/calls/99/answer", {}, 404, "99"),
        ("/calls/zzz/answer", {}, 404, "zzz"),
        ("/dns/1234/busy", {}, 404, "1234"),
        ("/agents/9999/ready", {}, 404, "9999"),
    ],
)
def test_a_wrong_request_is_told_where_it_is_wrong(
    server: Api, path: str, body: dict, status: int, word: str
):
    got, problem = server.ask("POST", V1 + path, body)
    assert got == status, problem
    assert word in f"{problem.get('where', '')} {problem['detail']}"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b'"text"'])
def test_a_body_that_is_no_json_object_is_refused(server: Api, body: bytes):
    status, problem = server.ask("POST", f"{V1}/calls", body)
    assert status in {400, 422}, problem
    assert server.ask("GET", "/livez")[0] == 200


def test_a_body_without_end_is_cut_off(server: Api):
    status, problem = server.ask("POST", f"{V1}/calls", b" " * 1_100_000)
    assert status == 400
    assert "larger" in problem["detail"]


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example:7080"}]
)
def test_pages_of_other_sites_cannot_act(server: Api, headers: dict):
    status, problem = server.ask("POST", f"{V1}/calls", {"from": "1", "to": "7001"}, **headers)
    assert (status, problem["error"]) == (403, "foreign-origin")


def test_the_state_is_one_document_without_secrets(server: Api):
    state = server.get(f"{V1}/state")
    assert {"dns", "agents", "calls", "clients", "recordings", "clock"} <= set(state)
    assert state["dns_total"] == 7
    assert "password" not in str(state).lower()


def test_the_openapi_document_has_every_endpoint_and_its_body(server: Api):
    document = server.get(f"{V1}/openapi.json")
    assert document["openapi"].startswith("3.1")
    body = document["paths"][f"{V1}/calls"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    assert "to" in document["components"]["schemas"][schema]["required"]
    identifiers = [
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    ]
    assert len(identifiers) == len(set(identifiers))


def test_the_commands_of_the_shell_act_on_the_server(server: Api):
    url = ("--url", server.url)
    made = tlibsim(
        "call", "inbound", "--from", "4155550142", "--to", "7002",
        "--data", "account=A-77", "--data", "priority:int=5", *url,
    )  # fmt: skip
    assert "ringing 7002" in made.stdout, made.stderr
    number = made.stdout.split()[1]
    assert "talking 7002" in tlibsim("call", "answer", number, *url).stdout
    assert "start accepted" in tlibsim("rec", "start", "--dn", "7002", *url).stdout
    over = tlibsim("call", "release", number, "--by", "remote", *url).stdout
    assert over.endswith("4155550142 -> 7002  over\n")
    shown = tlibsim("call", "show", number, *url).stdout
    assert "Ringing Established" in shown
    assert "priority=5 (int)" in shown
    assert "out of service" in tlibsim("dn", "7003", "out-of-service", *url).stdout
    assert "idle" in tlibsim("dn", "7003", "in-service", *url).stdout
    assert "7001" in tlibsim("dn", *url).stdout
    assert "7003" in tlibsim("dn", *url).stdout
    assert "alice" in tlibsim("agent", *url).stdout


def test_the_journal_is_asked_in_its_query_language(server: Api, call: dict):
    found = server.get(f"{V1}/journal?q=fact:*%20call:{call['conn_id']}")
    assert {one["kind"] for one in found} == {"fact"}
    verdict = server.post(
        f"{V1}/journal/verify", {"query": f"fact:PartyRinging call:{call['conn_id']}"}
    )
    assert verdict["met"] is True
    absent = server.post(f"{V1}/journal/verify", {"query": "event:EventError", "least": 1})
    assert absent["met"] is False
    assert "nothing matched" in absent["text"]
    status, problem = server.ask("GET", f"{V1}/journal?q=evnt:X")
    assert (status, problem["where"]) == (400, "q")
    assert "column 1" in problem["detail"]


def test_waiting_ends_with_what_comes_or_with_the_nearest(server: Api):
    status, problem = server.ask("GET", f"{V1}/wait?event=EventRinging&dn=7001&timeout=50ms")
    assert status == 408
    assert "nothing matched" in problem["detail"]
    assert "no client has registered 7001" in problem["detail"]
    with ThreadPoolExecutor(1) as pool:
        last = server.get(f"{V1}/state")["journal"]["last"]
        waiting = pool.submit(
            server.ask, "GET", f"{V1}/wait?q=fact:PartyRinging&after={last}&timeout=20s"
        )
        made = server.post(f"{V1}/calls", {"from": "1", "to": "7003"})
        status, found = waiting.result(timeout=30)
    assert (status, found["name"]) == (200, "PartyRinging")
    server.post(f"{V1}/calls/{made['call']}/release", {"by": "remote"})


def test_waiting_for_what_came_before_says_so(server: Api, call: dict):
    words = f"fact:PartyRinging%20call:{call['conn_id']}"
    status, problem = server.ask("GET", f"{V1}/wait?q={words}&timeout=50ms")
    assert status == 408
    assert "came before the waiting began" in problem["detail"]
    number = int(problem["detail"].rpartition(" ")[2])
    found = server.get(f"{V1}/wait?q={words}&after={number}&timeout=50ms")
    assert found["name"] == "PartyRinging"


def test_events_are_streamed_and_go_on_where_a_connection_ended(server: Api, call: dict):
    last = call["call"]
    request = urllib.request.Request(
        f"{server.url}{V1}/events?q=fact:PartyRinging", headers={"Last-Event-ID": "0"}
    )
    with urllib.request.urlopen(request, timeout=20) as stream:
        lines = []
        while not any(call["conn_id"] in line for line in lines):
            lines.append(stream.readline().decode())
    assert any(line.startswith("id: ") for line in lines)
    assert last


def test_the_clock_is_frozen_advanced_and_runs_again(server: Api):
    frozen = server.post(f"{V1}/clock/freeze")
    assert frozen["speed"] == 0
    later = server.post(f"{V1}/clock/advance", {"by": "8h"})
    assert later["now"] > frozen["now"]
    assert server.get(f"{V1}/clock")["now"] == later["now"]
    assert server.post(f"{V1}/clock/run")["speed"] == 1
    assert "runs" in tlibsim("clock", "--url", server.url).stdout
    status, problem = server.ask("POST", f"{V1}/clock/advance", {"by": "soon"})
    assert (status, problem["where"]) == (400, "by")


def test_a_reset_ends_every_call(server: Api):
    server.post(f"{V1}/calls", {"from": "1", "to": "7001"})
    server.post(f"{V1}/dns/7002/dnd-on")
    state = server.post(f"{V1}/reset")
    assert state["calls"] == []
    assert not any(one["dnd"] for one in state["dns"])


def test_a_fault_is_put_in_force_strikes_and_is_cleared(server: Api):
    (listed,) = server.post(
        f"{V1}/faults",
        {"name": "busy", "kind": "error", "request": "RequestMakeCall", "code": 93, "count": 1},
    )
    assert listed["struck"] == 0
    host, port = server.ready["tlib"]["host"], server.ready["tlib"]["port"]
    with TLibraryClient(host, port, name="desk") as desk:
        desk.register("7001")
        with pytest.raises(RequestError) as refused:
            desk.request(RequestMakeCall(this_dn="7001", other_dn="7002"))
        assert refused.value.event.error_code == 93
        dialing = desk.request(RequestMakeCall(this_dn="7001", other_dn="7002"))
        assert type(dialing).__name__ == "EventDialing"
    assert server.get(f"{V1}/faults") == []
    assert server.get(f"{V1}/journal?q=kind:fault")[-1]["values"]["name"] == "busy"
    server.post(f"{V1}/reset")


def test_a_fault_around_the_switch_is_undone_when_it_is_cleared(server: Api):
    server.post(f"{V1}/faults", {"kind": "dn-out-of-service", "dn": "7003", "name": "out"})
    assert server.get(f"{V1}/dns/7003")["in_service"] is False
    assert server.post(f"{V1}/faults/reset", {"name": "out"}) == {"cleared": 1}
    assert server.get(f"{V1}/dns/7003")["in_service"] is True


def test_an_agent_is_called_by_login_or_by_name(server: Api):
    url = ("--url", server.url)
    assert "ready" in tlibsim("agent", "1001", "login", *url).stdout
    told = tlibsim("agent", "alice", "not-ready", *url)
    assert "not ready" in told.stdout, told.stderr
    assert "logged out" in tlibsim("agent", "alice", "logout", *url).stdout


def test_the_root_says_where_the_api_is(server: Api):
    with urllib.request.urlopen(server.url + "/", timeout=10) as response:
        assert b"/api/v1/openapi.json" in response.read()


def test_a_wrong_fault_is_told_with_its_key(server: Api):
    status, problem = server.ask("POST", f"{V1}/faults", {"kind": "drop", "evnt": "x"})
    assert (status, problem["error"]) == (422, "wrong-fault")
    assert "Did you mean event" in problem["detail"]


def test_faults_of_the_shell(server: Api):
    url = ("--url", server.url)
    late = ("--event", "EventACK", "--delay", "8s", "--client", "acme-rec")
    assert tlibsim("fault", "add", "late-ack", *late, *url).stdout == "late-ack: delay\n"
    busy = ("--request", "RequestMakeCall", "--error", "destination-busy", "--count", "1")
    assert "error" in tlibsim("fault", "add", "busy", *busy, *url).stdout
    mute = ("--addp", "silent", "--client", "my-desk", "--for", "90s")
    assert "addp-silent" in tlibsim("fault", "add", "mute", *mute, *url).stdout
    listed = tlibsim("fault", "list", *url).stdout
    assert "late-ack" in listed
    assert "acme-rec" in listed
    assert tlibsim("fault", "add", "x", "--kind", "drp", *url).returncode == 2
    assert tlibsim("fault", "clear", *url).stdout == "3 cleared\n"


def test_faults_of_the_configuration_are_in_force_from_the_start(tmp_path: Path):
    config = CONFIG + "faults: [{kind: drop, event: EventRinging, name: mute}]\n"
    with api(tmp_path, config) as server:
        (fault,) = server.get(f"{V1}/faults")
        assert fault["name"] == "mute"


def test_a_wrong_fault_of_the_configuration_is_told_by_its_place(tmp_path: Path):
    file = tmp_path / "tlibsim.yaml"
    file.write_text(CONFIG + "faults: [{kind: drop}, {kind: stall}]\n", encoding="utf-8")
    for words in (("config", "check", file), ("serve", "--config", file)):
        result = tlibsim(*words, cwd=tmp_path)
        assert result.returncode == 2
        assert f"{file}:15:24  error  faults[1].delay" in result.stderr


def test_the_shell_waits_and_asks_the_journal(server: Api):
    url = ("--url", server.url)
    none = tlibsim("wait", "--event", "EventError", "--timeout", "50ms", *url)
    assert none.returncode == 1
    assert "nothing matched" in none.stderr
    assert "nothing fits" in tlibsim("journal", "event:EventError dn:99", *url).stderr
    found = tlibsim("journal", "fact:PartyRinging", *url)
    assert "PartyRinging" in found.stdout


def test_a_command_says_when_nobody_answers_and_what_to_do():
    result = tlibsim("call", "list", "--url", "http://127.0.0.1:9")
    assert result.returncode == 4
    assert "tlibsim serve --http-port" in result.stderr


def test_a_command_passes_a_refusal_on_with_exit_code_1(server: Api):
    result = tlibsim("call", "answer", "4711", "--url", server.url)
    assert result.returncode == 1
    assert "4711" in result.stderr


def test_a_wrong_pair_is_a_usage_error():
    result = tlibsim("call", "inbound", "--to", "7001", "--data", "priority:int=five")
    assert result.returncode == 2
    assert "five" in result.stderr
