"""The pool of SIP recorders over HTTP."""

from collections.abc import Iterator

import pytest

from tests.console.server import CONFIG, Api, api

V1 = "/api/v1"
POOL = CONFIG.replace("options: {", "options: {recorder-mode: sip, ") + (
    "recorders: [{name: rec1, address: 'sip:127.0.0.1:5999', port-capacity: 8}]\n"
    "recording-client: {monitor: none}\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api(tmp_path_factory.mktemp("pool"), POOL) as served:
        yield served


def test_the_ready_document_says_where_the_recording_client_listens(server: Api):
    assert server.ready["sip"]["port"] > 0


def test_recorders_are_listed_with_their_ports(server: Api):
    (one,) = server.get(f"{V1}/recorders")
    assert one["name"] == "rec1"
    assert one["address"] == "sip:127.0.0.1:5999"
    assert (one["in-use"], one["capacity"]) == (0, 8)
    assert one["alive"] is True


def test_a_recorder_is_drained_and_taken_back(server: Api):
    path = f"{V1}/recorders/rec1/drain"
    assert server.post(path)["draining"] is True
    assert server.post(path, {"on": False})["draining"] is False


def test_an_unknown_recorder_is_told_with_those_that_there_are(server: Api):
    status, problem = server.ask("POST", f"{V1}/recorders/rec9/drain")
    assert status == 404
    assert "rec1" in str(problem)


def test_without_sip_recorders_the_list_is_empty(tmp_path):
    with api(tmp_path) as served:
        assert served.get(f"{V1}/recorders") == []
        assert served.ask("POST", f"{V1}/recorders/rec1/drain")[0] == 404
