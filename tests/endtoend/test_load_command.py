"""``tlibsim load``, calls and scenarios: all goes well, some goes wrong, nobody is there."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.endtoend.programs import SCENARIOS, SECONDS, interrupted, line_of, started, tlibsim
from tlibsim.net.loading import NO_FREE_SLOT
from tlibsim.runs.store import RunStore

CONFIG = """\
listen: [{port: 0}]
dns: {7001-7006: {type: DN}}
recordings: {backend: "null"}
"""
BUSY = (
    "faults: [{name: busy, kind: error, request: RequestMakeCall, error: destination-busy}]\n"
)


@contextmanager
def target(folder: Path, more: str = "") -> Iterator[str]:
    (folder / "s.yaml").write_text(CONFIG + more, encoding="utf-8")
    with started("serve", "--config", "s.yaml", "--quiet", cwd=folder) as server:
        place = json.loads(line_of(server))["tlib"]
        yield f"{place['host']}:{place['port']}"


def loaded(folder: Path, *words: str) -> tuple[int, dict[str, Any]]:
    done = tlibsim("load", "--calls", "--json", "-", *words, cwd=folder)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_private_server_completes_all_calls(tmp_path: Path) -> None:
    done = tlibsim(
        "load", "--calls", "--cps", "10", "--for", "1s", "--hold", "100ms", cwd=tmp_path
    )

    assert done.returncode == 0, done.stdout + done.stderr
    first, *rows, last = done.stdout.splitlines()
    assert first.startswith("10 calls due, 10 begun, 10 completed in ")
    names = [row.split()[0] for row in rows]
    assert names == ["EventDialing", "EventRinging", "EventEstablished", "EventReleased"]
    assert all(" p99 " in row for row in rows)
    assert last == "  no errors"


def test_calls_for_which_no_dn_is_free_are_errors_and_the_rate_stays(tmp_path: Path) -> None:
    with target(tmp_path) as place:
        code, found = loaded(
            tmp_path, "--target", place, "--dns", "7001-7002", "--cps", "5", "--for", "1s",
            "--hold", "2s",
        )  # fmt: skip

    assert code == 1
    assert (found["due"], found["begun"], found["completed"]) == (5, 1, 1)
    assert (found["model"], found["cps"]) == ("open", 5)
    assert found["errors"] == {NO_FREE_SLOT: 4}


def test_refused_requests_are_counted_by_their_error(tmp_path: Path) -> None:
    with target(tmp_path, BUSY) as place:
        code, found = loaded(
            tmp_path, "--target", place, "--dns", "7001-7006", "--cps", "5", "--for", "1s"
        )

    assert code == 1
    assert found["completed"] == 0
    ((text, count),) = found["errors"].items()
    assert text.startswith("RequestMakeCall: ")
    assert found["event_errors"] == {text.removeprefix("RequestMakeCall: "): 5}
    assert count == 5
    assert found["latency_ms"] == {}


def test_a_percentile_above_the_limit_fails(tmp_path: Path) -> None:
    words = ("--cps", "5", "--for", "400ms", "--hold", "10ms", "--max-p99", "0.000001")
    code, found = loaded(tmp_path, *words)

    assert code == 1
    assert found["errors"] == {}


def test_a_server_that_is_not_there_was_never_connected(tmp_path: Path) -> None:
    done = tlibsim("load", "--calls", "--target", "127.0.0.1:9", "--dns", "1,2", cwd=tmp_path)

    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr


def test_a_server_elsewhere_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    done = tlibsim(
        "load", "--calls", "--target", "192.0.2.1:7020", "--dns", "1,2", cwd=tmp_path
    )

    assert done.returncode == 2
    assert "--allow-remote" in done.stderr


def test_another_host_is_loaded_only_when_it_is_named_twice_and_within_bounds(
    tmp_path: Path,
) -> None:
    words = ("load", "--target", "192.0.2.1:7020", "--dns", "1,2", "--allow-remote")
    other = tlibsim(*words, "192.0.2.2", cwd=tmp_path)
    much = tlibsim(*words, "192.0.2.1", "--cps", "500", cwd=tmp_path)

    assert other.returncode == much.returncode == 2
    assert "--allow-remote 192.0.2.1" in other.stderr
    assert "at most 100 calls a second" in much.stderr


def test_errors_that_are_allowed_do_not_fail(tmp_path: Path) -> None:
    with target(tmp_path, BUSY) as place:
        words = ("--target", place, "--dns", "7001-7006", "--cps", "5", "--for", "1s")
        code, found = loaded(tmp_path, *words, "--max-errors", "5")

    assert (code, found["exit_code"]) == (0, 0)
    assert sum(found["errors"].values()) == 5


# -- scenarios -------------------------------------------------------------------------------------

BASIC = """\
name: basic
given: {dns: {"7001": {record: true}}}
steps:
- do: {client: desk1, request: AgentLogin, ThisDN: "7001", AgentID: "1001"}
- expect: {event: EventAgentLogin, dn: 7001, AgentID: "1001"}
- do: inbound
  from: "4155550100"
  to: 7001
  userdata: {account: A-77}
- expect: {event: EventRinging, dn: 7001, ANI: "4155550100"}
- do: answer
  dn: 7001
- expect: {event: EventEstablished, dn: 7001}
- check:
  - recording.state == "active"
  - len(calls) == 1
  - dns["7001"].agent.login == "1001"
- advance: 30m
"""
WRONG = """\
name: wrong
steps:
- do: inbound
  from: "4155550100"
  to: 7001
- expect: {event: EventRinging, dn: 7001, ANI: "1"}
  within: 200ms
"""
OUTSIDE = """\
name: outside
steps:
- do: {client: desk1, request: MakeCall, ThisDN: "7001", OtherDN: "7002"}
- expect:
  - {event: EventDialing, dn: 7001, ConnID: $c}
  - {event: EventRinging, dn: 7002, ConnID: $c}
- do: {client: desk2, request: AnswerCall, ThisDN: "7002", ConnID: $c}
- expect: {event: EventEstablished, dn: 7001}
- wait: 100ms
- do: {client: desk1, request: ReleaseCall, ThisDN: "7001", ConnID: $c}
- expect: {event: EventReleased, dn: 7002}
"""


def scenario(folder: Path, text: str, *words: str) -> tuple[int, dict[str, Any], str]:
    (folder / "flow.yaml").write_text(text, encoding="utf-8")
    done = tlibsim("load", "flow.yaml", "--json", "out/l.json", *words, cwd=folder)
    file = folder / "out" / "l.json"
    assert file.is_file(), done.stderr
    return done.returncode, json.loads(file.read_text(encoding="utf-8")), done.stdout


def test_runs_of_a_scenario_at_a_time_share_a_switch_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "tlibsim.yaml").write_text("{}", encoding="utf-8")
    words = ("--cps", "10", "--for", "2s", "--hold", "1s")
    code, found, said = scenario(tmp_path, BASIC, *words)

    assert (code, found["errors"]) == (0, {}), said
    assert (found["due"], found["completed"], found["calls_per_second"]) == (20, 20, 10.0)
    ringing = found["latency_ms"]["EventRinging"]
    assert ringing["count"] == 20
    assert ringing["p50"] <= ringing["p90"] <= ringing["p99"] <= ringing["p99.9"]
    assert "20 calls due, 20 begun, 20 completed" in said
    (head,) = RunStore(tmp_path).heads()
    assert (head["kind"], head["verdict"]) == ("load", "pass")
    assert head["counts"] == {"total": 20, "pass": 20, "error": 0}


def test_so_many_runs_at_once_begin_anew_when_one_is_over(tmp_path: Path) -> None:
    words = ("--calls-at-once", "3", "--for", "1s", "--hold", "200ms", "--ramp", "300ms")
    code, found, said = scenario(tmp_path, BASIC, *words)

    assert (code, found["errors"], found["model"]) == (0, {}, "closed"), said
    assert 6 <= found["completed"] <= 15


def test_a_run_for_which_nobody_is_free_is_an_error_at_once(tmp_path: Path) -> None:
    words = ("--cps", "5", "--for", "1s", "--agents", "1", "--hold", "2s")
    code, found, _ = scenario(tmp_path, BASIC, *words)

    assert code == 1
    assert (found["due"], found["completed"]) == (5, 1)
    assert found["errors"] == {NO_FREE_SLOT: 4}


def test_failures_are_counted_in_the_numbers_of_the_file_and_the_first_is_told(
    tmp_path: Path,
) -> None:
    code, found, said = scenario(tmp_path, WRONG, "--cps", "4", "--for", "1s")

    assert code == 1
    ((text, count),) = found["errors"].items()
    assert (count, text) == (4, "step 2: EventRinging on 7001 ANI='1': did not come")
    assert "FAIL step 2 at flow.yaml:6:3" in said
    assert "ANI" in found["first_failure"]


def test_a_scenario_of_clients_alone_loads_a_server_that_runs(tmp_path: Path) -> None:
    with target(tmp_path) as place:
        words = ("--server", place, "--dns", "7001-7006", "--cps", "5", "--for", "1s")
        code, found, said = scenario(tmp_path, OUTSIDE, *words)

    assert (code, found["errors"], found["completed"]) == (0, {}, 5), said
    assert found["latency_ms"]["EventReleased"]["count"] >= 5


@pytest.mark.parametrize("name", ["C05", "C12", "C16", "R04"])
def test_closed_lists_of_events_hold_under_load_as_well(tmp_path: Path, name: str) -> None:
    words = ("load", SCENARIOS, "--only", name, "--cps", "4", "--for", "500ms")
    done = tlibsim(*words, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 calls due, 2 begun, 2 completed" in done.stdout


@pytest.mark.parametrize(
    ("name", "why"),
    [("C15", "its options name 7003"), ("R01", "logs, trace"), ("M01", "a persona")],
)
def test_what_would_concern_everybody_is_refused(tmp_path: Path, name: str, why: str) -> None:
    done = tlibsim("load", SCENARIOS, "--only", name, cwd=tmp_path)

    assert done.returncode == 2
    assert why in done.stderr


def test_what_only_a_private_server_can_do_is_refused_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(BASIC, encoding="utf-8")
    words = ("load", "flow.yaml", "--target", "127.0.0.1:9", "--dns", "1-9")
    done = tlibsim(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert "basic needs" in done.stderr


def test_too_few_dns_for_one_run_is_a_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(OUTSIDE, encoding="utf-8")
    words = ("load", "flow.yaml", "--target", "127.0.0.1:9", "--dns", "1")
    done = tlibsim(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert "one run takes 2 DNs (7001, 7002)" in done.stderr


def test_a_target_of_a_scenario_that_is_not_there_was_never_connected(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(OUTSIDE, encoding="utf-8")
    words = ("load", "flow.yaml", "--target", "127.0.0.1:9", "--dns", "1,2")
    done = tlibsim(*words, cwd=tmp_path)

    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr


def test_a_load_that_is_interrupted_tells_what_came_and_ends_with_130(tmp_path: Path) -> None:
    (tmp_path / "tlibsim.yaml").write_text("{}", encoding="utf-8")
    store = RunStore(tmp_path)
    with started("load", "--cps", "10", "--for", "60s", "--hold", "30s", cwd=tmp_path) as load:
        until(lambda: any(head["progress"]["of"] for head in store.heads()))
        said, _ = interrupted(load)

    assert load.returncode == 130
    assert "calls due" in said
    assert "no errors" in said
    assert [head["verdict"] for head in store.heads()] == ["interrupted"]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
