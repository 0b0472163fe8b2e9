"""Another configuration for a running server: clients over real TCP, and the file on the disk."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.programs import SECONDS, environment, line_of, started, tlibsim
from tlibproto.messages import (
    RequestAgentLogin,
    RequestAnswerCall,
    RequestMakeCall,
    RequestPrivateService,
    RequestReleaseCall,
)
from tlibproto.vocabulary import AgentWorkMode
from tlibsim.testing.client import TLibraryClient

pytestmark = pytest.mark.timeout(2 * SECONDS)
CONFIG = """\
switch: Test
seed: 1
listen: [{port: 0}]
http: {port: 0}
dns:
  "7001": {type: DN, record: true}
  "7002": {type: DN}
  "7003": {type: DN}
  "trunk-in": {type: Trunk}
  "msml1": {type: voip-service, service-type: msml}
agents:
  "1001": {name: alice, dn: "7001", state: ready}
options: {msml-support: true, msml-record-support: true, agent-strict-id: true}
"""
DAVE = CONFIG.replace("options:", '  "1004": {name: dave}\noptions:')
TYPO = DAVE.replace("name: dave", "nmae: dave")


class Served:
    """A server with its file; ``log`` is what it has logged so far."""

    def __init__(self, process: subprocess.Popen[str], file: Path) -> None:
        self.process = process
        self.file = file
        self.ready: dict[str, Any] = json.loads(line_of(process))
        self.url = self.ready["http"]["url"]
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n").partition("  ")[2])

    def client(self, name: str, *dns: str) -> TLibraryClient:
        client = TLibraryClient("127.0.0.1", self.ready["tlib"]["port"], name=name)
        for dn in dns:
            client.register(dn)
        return client

    def says(self, text: str, times: int = 1) -> None:
        """Wait until the log has the text so many times."""
        until(lambda: sum(text in line for line in self.log) >= times, lambda: self.log)

    def reload(self) -> subprocess.CompletedProcess[str]:
        return tlibsim("reload", "--url", self.url)

    def asked(self, *words: str) -> Any:
        """What a command answers as JSON."""
        answer = tlibsim(*words, "--json", "--url", self.url)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def agents(self) -> set[str]:
        return {one["agent"] for one in self.asked("agent")}


def until(done: Callable[[], bool], shown: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not done():
        assert time.monotonic() < deadline, shown()
        time.sleep(0.02)


@contextmanager
def serving(folder: Path, *words: str, config: str = CONFIG) -> Iterator[Served]:
    file = folder / "tlibsim.yaml"
    file.write_text(config)
    with started("serve", "--config", "tlibsim.yaml", *words, cwd=folder) as process:
        served = Served(process, file)
        yield served
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=SECONDS) == 0


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path, "--watch") as made:
        yield made


def save_by_rename(file: Path, text: str) -> None:
    beside = file.with_suffix(".swp")
    beside.write_text(text)
    beside.replace(file)


def login(dn: str, agent_id: str) -> RequestAgentLogin:
    return RequestAgentLogin(
        this_dn=dn, agent_id=agent_id, agent_work_mode=AgentWorkMode.ManualIn
    )


def test_a_call_and_its_recording_live_on_when_an_agent_is_added(served: Served) -> None:
    alice, bob = served.client("alice-desk", "7001"), served.client("bob-desk", "7002")
    dialing: Any = bob.request(RequestMakeCall(this_dn="7002", other_dn="7001"))
    conn_id = dialing.conn_id
    alice.request(RequestAnswerCall(this_dn="7001", conn_id=conn_id))
    for desk in (alice, bob):
        desk.expect("EventAttachedDataChanged", conn_id=conn_id)
    alice.take()
    before = served.asked("call", "list")

    save_by_rename(served.file, DAVE)
    served.says("reloaded: +1 agent, calls untouched")

    assert served.asked("call", "list") == before
    assert before[0]["userdata"]["GSIP_RECORD"] == "On"
    assert alice.take() == []
    assert "1004" in served.agents()

    dave = served.client("dave-desk", "7003")
    assert type(dave.request(login("7003", "1004"))).__name__ == "EventAgentLogin"

    pause = RequestPrivateService(this_dn="7001", conn_id=conn_id, private_msg_id=3015)
    assert type(alice.request(pause)).__name__ == "EventACK"
    alice.request(RequestReleaseCall(this_dn="7001", conn_id=conn_id))
    bob.expect("EventReleased", conn_id=conn_id)
    (recording,) = served.asked("rec", "list")
    assert recording["conn_id"] == f"{conn_id:016x}"
    for desk in (alice, bob, dave):
        desk.close()


def test_a_typo_keeps_the_old_configuration_and_names_the_line(served: Served) -> None:
    desk = served.client("desk", "7001")
    line = TYPO.splitlines().index('  "1004": {nmae: dave}') + 1

    save_by_rename(served.file, TYPO)

    served.says(f"tlibsim.yaml:{line}:12  error  agents.1004.nmae is not a key here.")
    served.says("not reloaded: the old configuration stays")
    assert "1004" not in served.agents()
    answer = served.reload()
    assert answer.returncode == 2
    assert f"tlibsim.yaml:{line}:12  error  agents.1004.nmae" in answer.stderr
    assert "Did you mean name?" in answer.stderr
    assert "stays in force" in answer.stderr

    served.file.write_text(DAVE)
    served.says("reloaded: +1 agent, calls untouched")
    assert desk.take() == []
    desk.close()


def test_the_journal_has_what_came_of_every_file(served: Served) -> None:
    save_by_rename(served.file, TYPO)
    served.says("not reloaded")
    save_by_rename(served.file, DAVE)
    served.says("reloaded: +1 agent")

    found = tlibsim("journal", "kind:fact", "--json", "--url", served.url).stdout

    assert "ConfigurationKept" in found
    assert "agents.1004.nmae" in found
    assert "ConfigurationReloaded" in found


def test_a_file_that_goes_and_comes_back_is_read_when_it_is_whole(served: Served) -> None:
    served.file.unlink()
    time.sleep(0.6)
    half = len(DAVE) // 2
    with served.file.open("w") as stream:
        stream.write(DAVE[:half])
        stream.flush()
        time.sleep(0.1)
        stream.write(DAVE[half:])

    served.says("reloaded: +1 agent, calls untouched")
    assert not any("error" in line for line in served.log)


def test_a_client_loses_its_registration_with_the_dn(served: Served) -> None:
    desk = served.client("desk", "7001", "7002")

    served.file.write_text(CONFIG.replace('  "7002": {type: DN}\n', ""))

    event = desk.expect("EventUnregistered", seconds=10, this_dn="7002")
    assert event.error_code == 59
    assert event.reference_id is None
    desk.close()


def test_what_needs_a_restart_is_named_and_the_rest_is_applied(tmp_path: Path) -> None:
    with socket.socket() as other, serving(tmp_path) as served:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        served.file.write_text(DAVE.replace("{port: 0}]", f"{{port: {port}}}]"))

        answer = served.reload()

        assert answer.returncode == 0, answer.stderr
        assert answer.stdout == (
            "reloaded: +1 agent, calls untouched; needs a restart: listen.port\n"
        )
        served.client("desk", "7001").close()


def test_sighup_reads_the_file_again(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.file.write_text(DAVE)
        served.process.send_signal(signal.SIGHUP)
        served.says("reloaded: +1 agent, calls untouched")

        served.file.write_text(TYPO)
        served.process.send_signal(signal.SIGHUP)
        served.says("not reloaded: the old configuration stays")
        assert "1004" in served.agents()


def test_without_watch_a_file_is_not_read_by_itself(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        save_by_rename(served.file, DAVE)
        time.sleep(1)

        assert "1004" not in served.agents()
        assert served.reload().stdout == "reloaded: +1 agent, calls untouched\n"


def test_what_the_command_line_says_counts_after_a_reload_too(tmp_path: Path) -> None:
    with serving(tmp_path, "--set", "agents.1001.name=anna") as served:
        served.file.write_text(DAVE.replace("alice", "alicia"))
        answer = tlibsim("reload", "--json", "--url", served.url)

        document = json.loads(answer.stdout)
        assert document["summary"] == "reloaded: +1 agent, calls untouched"
        assert document["changes"] == [{"how": "added", "kind": "agent", "name": "1004"}]
        assert document["restart"] == []
        assert {one["name"] for one in served.asked("agent")} == {"anna", "dave"}


def test_an_option_that_is_not_known_is_told_and_the_file_is_taken(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.file.write_text(DAVE.replace("options: {", "options: {relogn: error, "))

        answer = served.reload()

        assert answer.returncode == 0
        assert "Did you mean relogin?" in answer.stderr


def test_the_demo_switch_has_no_file_to_read(tmp_path: Path) -> None:
    words = ("serve", "--port", "0", "--http-port", "0", "--set", "recordings.backend=null")
    with started(*words, cwd=tmp_path) as process:
        url = json.loads(line_of(process))["http"]["url"]

        answer = tlibsim("reload", "--url", url)
        process.send_signal(signal.SIGHUP)

        assert answer.returncode == 1
        assert "without a configuration file" in answer.stderr
        assert tlibsim("agent", "--url", url).returncode == 0


def test_watching_needs_a_file(tmp_path: Path) -> None:
    answer = tlibsim("serve", "--watch", cwd=tmp_path)

    assert answer.returncode == 2
    assert "--watch needs a file" in answer.stderr


def test_a_wrong_fault_in_the_file_keeps_the_old_ones(tmp_path: Path) -> None:
    faults = "faults: [{kind: drop, name: mute, event: EventACK}]\n"
    with serving(tmp_path, config=CONFIG + faults) as served:
        served.file.write_text(DAVE + "faults: [{kind: drp}]\n")
        answer = served.reload()

        assert answer.returncode == 2
        line = len(DAVE.splitlines()) + 1
        assert f"tlibsim.yaml:{line}:" in answer.stderr
        assert "mute" in tlibsim("fault", "list", "--url", served.url).stdout
        assert "1004" not in served.agents()


@pytest.mark.skipif(not hasattr(os, "setsid"), reason="there are terminals only on POSIX")
def test_a_server_ends_with_its_terminal(tmp_path: Path) -> None:
    """SIGHUP of a terminal that is closed is no wish for a reload."""
    (tmp_path / "tlibsim.yaml").write_text(CONFIG)
    ready = tmp_path / "ready.json"
    words = [sys.executable, "-m", "tlibsim", "serve", "--ready-file", str(ready)]
    child, master = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may run under nohup
        os.chdir(tmp_path)
        os.execve(sys.executable, words, environment())
    try:
        until(ready.exists, lambda: "no ready file")
        os.close(master)
        deadline = time.monotonic() + 20
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            assert time.monotonic() < deadline, "the server lives on without its terminal"
            time.sleep(0.05)
        child = 0
    finally:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
