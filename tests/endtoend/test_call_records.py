"""Records and traces of a server that runs, that stops, and that is killed."""

import json
from pathlib import Path
from typing import Any

from tests.endtoend.programs import interrupted, line_of, started, tlibsim

CONFIGURATION = """
server: Lab
seed: 1
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "trunk-in": {type: Trunk, prefix: ""}
  "msml1": {type: voip-service, service-type: msml}
options:
  msml-support: true
  msml-record-support: true
"""
CALL = "0071000000000001"


class Place:
    """A directory with a configuration, in which servers follow each other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "tlibsim.yaml").write_text(CONFIGURATION, encoding="utf-8")

    def serving(self) -> Any:
        return started(
            "serve", "--config", "tlibsim.yaml", "--port", "0", "--quiet", cwd=self.directory
        )

    def call(self, server: Any) -> None:
        """7002 calls 7001, which is recorded full time."""
        port = str(json.loads(line_of(server))["tlib"]["port"])
        for request in (
            ("MakeCall", "ThisDN=7002", "OtherDN=7001"),
            ("AnswerCall", "ThisDN=7001", f"ConnID={CALL}"),
        ):
            done = tlibsim("client", "send", *request, "--port", port, cwd=self.directory)
            assert done.returncode == 0, done.stderr

    def json(self, *words: str) -> Any:
        done = tlibsim(*words, "--json", cwd=self.directory)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def states(self) -> dict[str, str]:
        done = tlibsim("cdr", "list", "--json", cwd=self.directory)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return {one["kind"]: one["state"] for one in found}


def test_a_call_can_be_looked_at_while_it_goes_on_and_is_over_when_the_server_stops(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    with place.serving() as server:
        place.call(server)
        trace = place.json("recordings", "trace", "last")
        running = place.states()
        interrupted(server)

    assert (trace["state"], trace["record_dn"]) == ("active", "7001")
    assert running == {"call": "live", "recording": "active"}
    assert place.states() == {"call": "ended", "recording": "ended"}
    call = place.json("cdr", "show", CALL)
    (recording,) = call["recording_records"]
    assert (call["cause"], recording["cause"]) == ("the server stopped",) * 2
    (file,) = recording["files"]
    assert Path(file["path"]).stat().st_size == file["size_bytes"]
    lines = (tmp_path / "recordings" / "cdr.jsonl").read_text("ascii").splitlines()
    assert sorted(json.loads(line)["kind"] for line in lines) == ["call", "recording"]


def test_what_a_killed_server_left_is_lost_and_said_to_be_by_the_next_one(
    tmp_path: Path,
) -> None:
    place = Place(tmp_path)
    with place.serving() as server:
        place.call(server)
        before = place.states()
        server.kill()

    with place.serving() as server:
        line_of(server)
        interrupted(server)

    assert before == {"call": "live", "recording": "active"}
    assert place.states() == {"call": "lost", "recording": "lost"}
    trace = place.json("recordings", "trace", CALL)
    assert (trace["state"], trace["cause"]) == ("lost", "the server ended without a word")
