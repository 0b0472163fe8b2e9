"""A server that was started a moment ago: commands wait for it, for a while."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import URLError

import pytest
from click.testing import CliRunner

from tests.endtoend.programs import line_of, started
from tlibsim.cli import main, remote
from tlibsim.cli.words import NEVER_CONNECTED, PATIENCE_S

pytestmark = pytest.mark.timeout(60)
HERE = "127.0.0.1"


class NoCalls(BaseHTTPRequestHandler):
    """A control API of a switch without calls."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps([]).encode())

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@contextmanager
def listening_after(seconds: float) -> Iterator[int]:
    """A port that is refused at first."""
    server = HTTPServer((HERE, 0), NoCalls, bind_and_activate=False)
    server.timeout = 10
    server.server_bind()

    def answer_one() -> None:
        server.server_activate()
        server.handle_request()

    timer = threading.Timer(seconds, answer_one)
    timer.start()
    try:
        yield int(server.server_address[1])
    finally:
        timer.join()
        server.server_close()


@contextmanager
def refused() -> Iterator[int]:
    """A port that belongs to somebody who does not listen."""
    with socket.socket() as holder:
        holder.bind((HERE, 0))
        yield int(holder.getsockname()[1])


def test_a_command_waits_for_a_server_that_begins_to_listen() -> None:
    with listening_after(0.4) as port:
        result = CliRunner().invoke(main, ["call", "list", "--url", f"http://{HERE}:{port}"])

    assert (result.exit_code, result.output) == (0, "no calls\n")


def test_a_command_gives_up_when_nobody_comes() -> None:
    begun = time.monotonic()
    with refused() as port:
        result = CliRunner().invoke(main, ["call", "list", "--url", f"http://{HERE}:{port}"])

    assert PATIENCE_S <= time.monotonic() - begun < 3 * PATIENCE_S
    assert result.exit_code == NEVER_CONNECTED
    assert f"no tlibsim answers at http://{HERE}:{port}" in result.output


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://192.0.2.1:7080", ConnectionRefusedError(111, "Connection refused")),
        ("http://127.0.0.1:7080", TimeoutError("timed out")),
    ],
)
def test_another_machine_and_another_trouble_are_told_at_once(
    url: str, reason: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    class Opener:
        def open(self, request: object, timeout: float) -> None:
            asked.append((request, timeout))
            raise URLError(reason)

    monkeypatch.setattr(remote, "build_opener", lambda *_: Opener())
    result = CliRunner().invoke(main, ["call", "list", "--url", url])

    assert result.exit_code == NEVER_CONNECTED
    assert len(asked) == 1


def test_a_client_waits_for_a_server_that_is_started_after_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with refused() as port:
        pass
    folder = tmp_path_factory.mktemp("late")
    words = ("serve", "--port", str(port), "--http-port", "0", "--quiet")
    with (
        started("client", "watch", "7001", "--port", str(port), "--timeout", "1") as client,
        started(*words, cwd=folder) as server,
    ):
        assert line_of(client).startswith(f"connected {HERE}:{port}")
        assert json.loads(line_of(server))["tlib"]["port"] == port


def test_a_client_that_nobody_serves_is_told_after_a_while() -> None:
    with refused() as port, started("client", "watch", "7001", "--port", str(port)) as client:
        _, errors = client.communicate(timeout=30)

    assert client.returncode == NEVER_CONNECTED
    assert f"{HERE}:{port} cannot be reached" in errors
