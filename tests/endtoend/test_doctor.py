"""``tlibsim doctor`` on a server that runs, and on a machine where none does."""

import json
import socket
from pathlib import Path

import pytest

from tests.console.server import CONFIG
from tests.endtoend.programs import line_of, started, tlibsim

NOBODY = "http://127.0.0.1:9"


def doctor(*words: str, cwd: Path) -> tuple[int, list[str]]:
    done = tlibsim("doctor", *words, cwd=cwd)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def test_a_client_is_told_what_it_did_and_never_did(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(CONFIG, encoding="utf-8")
    with started("serve", "--config", "s.yaml", "--quiet", cwd=tmp_path) as server:
        ready = json.loads(line_of(server))
        url, port = ready["http"]["url"], str(ready["tlib"]["port"])
        code, lines = doctor("--url", url, cwd=tmp_path)
        assert (code, lines) == (0, ["the server runs", "  note  no client is connected"])
        watch = ("client", "watch", "7001", "--port", port, "--name", "acme-rec")
        with started(*watch, cwd=tmp_path) as client:
            assert "registered 7001" in line_of(client)
            code, lines = doctor("--client", "acme-rec", "--url", url, cwd=tmp_path)
            stranger, others = doctor("--client", "acme", "--url", url, cwd=tmp_path)

    assert code == 0
    assert lines[0].startswith('client "acme-rec"  127.0.0.1:')
    assert "connected 00:" in lines[0]
    assert lines[1:] == [
        "  ok    ADDP 10 s, no poll so far",
        "  ok    registered 7001 (monitor)",
        "  note  never sent RequestStartCallMonitoring",
        "  note  7002, 7003 exist and are not registered",
        "  note  never sent RequestPrivateService",
    ]
    assert stranger == 4
    assert "connected: 'acme-rec'" in others[1]


WHY = "RequestAgentLogin: invalid-attribute: AgentID is missing or empty"


def test_why_a_client_that_has_left_got_an_error_is_told(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(CONFIG, encoding="utf-8")
    with started("serve", "--config", "s.yaml", "--quiet", cwd=tmp_path) as server:
        ready = json.loads(line_of(server))
        url, port = ready["http"]["url"], str(ready["tlib"]["port"])
        login = ("client", "send", "AgentLogin", "ThisDN=7001", "--name", "desk")
        assert tlibsim(*login, "--port", port, cwd=tmp_path).returncode == 1
        listed = tlibsim("journal", "event:EventError", "--url", url, cwd=tmp_path).stdout
        told = tlibsim("journal", "event:EventError", "--json", "--url", url, cwd=tmp_path)
        refused = tlibsim("journal", "kind:refusal", "--url", url, cwd=tmp_path).stdout
        code, lines = doctor("--url", url, cwd=tmp_path)

    assert f"desk  53 Invalid attribute value ({WHY})" in listed
    assert json.loads(told.stdout)["detail"] == WHY
    assert "(invalid-attribute: AgentID is missing or empty)" in refused
    assert code == 1
    assert lines == [
        "the server runs",
        "  note  no client is connected",
        'client "desk"  not connected any more',
        f"  warn  got EventError 53 (Invalid attribute value) at 7001 x 1: {WHY}",
    ]


@pytest.fixture(name="project")
def project_with_a_port(tmp_path: Path) -> tuple[Path, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = f"listen: [{{port: {port}}}]\ndns: {{'7001': {{type: DN}}}}\n"
    (tmp_path / "tlibsim.yaml").write_text(text, encoding="utf-8")
    return tmp_path, port


def test_where_no_server_runs_free_ports_are_told(project: tuple[Path, int]) -> None:
    folder, port = project
    code, lines = doctor("--url", NOBODY, cwd=folder)

    assert code == 0
    assert lines == [
        f"no server runs at {NOBODY}",
        f"  ok    listen tlib: 127.0.0.1:{port} is free",
    ]


def test_a_port_that_is_taken_is_a_warning(project: tuple[Path, int]) -> None:
    folder, port = project
    with socket.create_server(("127.0.0.1", port)):
        code, lines = doctor("--url", NOBODY, cwd=folder)

    assert code == 1
    assert f"127.0.0.1:{port} is taken by" in lines[1]


def test_a_client_without_a_server_was_never_connected(project: tuple[Path, int]) -> None:
    assert doctor("--client", "rec", "--url", NOBODY, cwd=project[0])[0] == 4


def test_a_recorder_that_does_not_answer_is_a_warning(project: tuple[Path, int]) -> None:
    folder, _ = project
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        uri = f"sip:127.0.0.1:{silent.getsockname()[1]}"
        with (folder / "tlibsim.yaml").open("a", encoding="utf-8") as file:
            file.write(f"recorder: {{sip_uri: '{uri}'}}\n")
        code, lines = doctor("--url", NOBODY, cwd=folder)

    assert code == 1
    assert lines[-1].startswith(f"  warn  {uri} does not answer OPTIONS")
