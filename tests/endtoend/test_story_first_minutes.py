"""FIRST_HOUR.md, minute 0 to 5: ``tlibsim demo`` in one terminal, and a second one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.endtoend.programs import SECONDS
from tests.endtoend.recorder_story import CONSOLE, Background, Shell, in_order
from tests.endtoend.test_no_outside import WATCHED

pytestmark = pytest.mark.timeout(3 * SECONDS)

TIME = r"\d\d:\d\d:\d\d\.\d{3}"


@pytest.fixture(scope="module", name="shell")
def second_terminal(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("first") / "minutes")


@pytest.fixture(scope="module", name="demo")
def demo_that_runs(shell: Shell) -> Iterator[Background]:
    """``tlibsim demo`` in an empty folder; sockets to other machines would be told."""
    watched = shell.folder.parent / "watched.py"
    watched.write_text(WATCHED, encoding="utf-8")
    with shell.running(f"python {watched} demo") as running:
        running.says("Ctrl-C stops.")
        yield running


@pytest.fixture(scope="module", name="state")
def state_of_the_demo(shell: Shell, demo: Background) -> dict[str, Any]:
    assert demo.lines
    url = f"http://127.0.0.1:{shell.ports[CONSOLE]}/api/v1/state"
    with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
        state: dict[str, Any] = json.loads(shell.ports.of_the_story(answer.read().decode()))
    return state


def test_the_screen_says_what_there_is_and_what_to_try(demo: Background) -> None:
    in_order(
        demo.lines,
        r'^tlibsim \S.*  demo switch "Acme" +ready in \d+\.\d s$',
        r"^  T-Library   tcp://127\.0\.0\.1:7020   primary$",
        r"^  Con\S+.* http://127\.0\.0\.1:7080$",
        r"^  Recorder    built in, files in \./tlibsim-demo/recordings$",
        r"^  Switch      3 extensions \(7001-7003\), 1 queue \(8001\), 1 routing point \(5001\), 2",
        r"^  Agents      alice 1001@7001 ready, bob 1002@7002 ready, carol 1003@7003 not ready$",
        r"^  Seed 1 · clock real · journal keeps 10,000 messages$",
        r"^  A call from 4155550100 to 8001 arrives in 3 s \(stop it with --no-traffic\)\.$",
        r"^  Try, in a second terminal:$",
        r"tlibsim client watch 7001",
        r"tlibsim call inbound --from 4155550123 --to 7001",
        r"tlibsim rec start --dn 700",
        r"^  Ctrl-C stops\.$",
    )


def test_it_is_ready_within_a_minute(demo: Background) -> None:
    found = re.search(r"ready in (\d+\.\d) s", "\n".join(demo.lines))
    assert found is not None
    assert float(found[1]) < 60


def test_a_call_arrives_rings_is_answered_and_recorded(demo: Background) -> None:
    demo.says("call 1 .*GSIP_RECORD=On")
    in_order(
        [line for line in demo.lines if "  call 1  " in line],
        rf"^{TIME}  call 1  4155550100 -> 8001 +EventQueued",
        rf"^{TIME}  call 1  8001 -> 7001 alice +EventRinging",
        rf"^{TIME}  call 1  7001 alice +EventEstablished +\(behavior: answers after 2 s\)$",
        rf"^{TIME}  call 1  .*GSIP_REC_FN=004R",
    )


def test_a_client_sees_the_call_that_somebody_makes(shell: Shell, demo: Background) -> None:
    demo.says("call 1 .*recorded")
    with shell.running("tlibsim client watch 7001") as watch:
        watch.says(
            "^connected 127.0.0.1:7020 · server Acme, primary, ADDP on · registered 7001 "
        )
        assert "(agent 1001 ready)" in watch.lines[0]
        made = shell.shows("tlibsim call inbound --from 4155550123 --to 7001")
        conn_id = re.search(r"00710000\d{8}", made)
        assert conn_id is not None
        named = f"conn {conn_id[0]}"
        watch.says(f"EventEstablished .*{named}")
        in_order(
            [line for line in watch.lines if named in line],
            rf"^{TIME}  EventRinging +7001  from 4155550123  {named}  type Inbound  DNIS 7001",
            rf"^{TIME}  EventEstablished +7001  from 4155550123",
        )
        assert watch.interrupt() == 130
        assert watch.lines[-1].endswith("unregistered, disconnected")


def test_a_recording_starts_as_a_recorder_would_ask_for_it(
    shell: Shell, demo: Background
) -> None:
    made = shell.shows("tlibsim call inbound --from 4155550123 --to 7002")
    number = re.findall(r"^call (\d+)", made)[0]
    demo.says(f"call {number}  7002 bob +EventEstablished")
    assert shell.shows("tlibsim rec start --dn 7002") == f"call {number}  start accepted\n"
    demo.says(f"call {number}  GSIP_RECORD=On  GSIP_REC_FN=004R")
    assert "_7002_4155550123_7002_" in shell.shows(f"tlibsim call show {number}")


def test_a_server_at_the_same_port_says_the_same(shell: Shell, demo: Background) -> None:
    done = shell.type("tlibsim serve")
    assert done.returncode == 2
    assert "port 7020 on 127.0.0.1 is taken by " in done.stderr
    assert f"(pid {demo.process.pid}). Use --port 0 for any free port." in done.stderr


def test_a_second_demo_says_who_has_the_port_and_what_to_do(
    shell: Shell, demo: Background
) -> None:
    assert demo.lines
    done = shell.type("tlibsim demo")
    assert done.returncode == 2
    assert re.fullmatch(
        r"port 7020 on 127\.0\.0\.1 is taken by \S.* \(pid \d+\)\. "
        r"Use --port 0 for any free port\.\n",
        done.stderr,
    )
    assert f"(pid {demo.process.pid})" in done.stderr


def test_a_second_demo_runs_on_any_free_port(shell: Shell, demo: Background) -> None:
    assert demo.lines
    with shell.running("tlibsim demo --port 0 --no-traffic --directory other") as other:
        line = other.says("T-Library")
        assert "127.0.0.1:" in line
        assert "127.0.0.1:7020" not in line
        other.says("Ctrl-C stops.")
        assert other.interrupt() == 0


def test_what_the_screen_says_is_in_the_state_of_the_api(
    demo: Background, state: dict[str, Any]
) -> None:
    screen = "\n".join(demo.lines)
    dns = state["dns"]

    def numbers(kind: str) -> list[str]:
        return [one["dn"] for one in dns if one["type"] == kind]

    assert f'tlibsim {state["version"]}  demo switch "{state["server"]}"' in screen
    listener = state["listeners"]["tlib"]
    assert f"tcp://{listener['host']}:{listener['port']}   {state['role']}" in screen
    assert state["ready"]["http"]["url"] in screen
    assert f"files in ./{state['ready']['recordings']['directory']}" in screen
    assert f"{len(numbers('DN'))} extensions (7001-7003)" in screen
    assert (numbers("DN"), numbers("Queue")) == (["7001", "7002", "7003"], ["8001"])
    assert numbers("Routing Point") == ["5001"] or numbers("RouteDN") == ["5001"]
    assert f"{len(numbers('Trunk'))} trunks" in screen
    for one in state["agents"]:
        assert f"{one['name']} {one['agent']}@{one['dn']} " in screen
    answering = [one["dn"] for one in dns if one["type"] == "DN" and one["behavior"]]
    assert f"{' and '.join(answering)} answer after 2 s" in screen
    assert [one["dn"] for one in dns if one["record"]] == ["7001"]
    assert "7001 is recorded" in screen
    assert f"Seed {state['seed']} · " in screen
    assert f"journal keeps {state['journal']['keeps']:,} messages" in screen
    assert f"A call from {state['caller']} to 8001" in screen
    assert state["clock"]["speed"] == 1


def test_no_socket_leads_to_another_machine(demo: Background) -> None:
    demo.says("call 1 .*recorded")
    assert not [line for line in demo.lines if line.startswith("OUTSIDE")]


def test_it_needs_no_file_and_leaves_only_its_recordings(
    shell: Shell, demo: Background
) -> None:
    demo.says("call 1 .*recorded")
    made = {path.name for path in shell.folder.iterdir()} - {"other"}
    assert made == {"tlibsim-demo"}
    assert list(Path(shell.folder, "tlibsim-demo", "recordings").glob("*.wav"))


def test_ctrl_c_stops_it_well(tmp_path: Path) -> None:
    with Shell(tmp_path / "alone").running("tlibsim demo --no-traffic") as alone:
        alone.says("Ctrl-C stops.")
        assert alone.interrupt() == 0
        assert alone.lines[-1] == "Stopped. Nothing was recorded."
