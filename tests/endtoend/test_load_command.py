"""``tlibsim load`` on servers that run: all goes well, some goes wrong, nobody is there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.endtoend.programs import line_of, started, tlibsim

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
    done = tlibsim("load", "--calls", "--json", *words, cwd=folder)
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
    assert found["errors"] == {"no pair of DNs was free": 4}


def test_refused_requests_are_counted_by_their_error(tmp_path: Path) -> None:
    with target(tmp_path, BUSY) as place:
        code, found = loaded(
            tmp_path, "--target", place, "--dns", "7001-7006", "--cps", "5", "--for", "1s"
        )

    assert code == 1
    assert found["completed"] == 0
    ((text, count),) = found["errors"].items()
    assert text.startswith("RequestMakeCall: ")
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
