"""Ctrl-C ends every command quietly, with 130, whatever it was doing."""

import os
import socket
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.endtoend.programs import interrupted, started
from tlibsim.cli import INTERRUPTED, main

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_anywhere_in_a_command_is_quiet(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: object) -> None:
        raise error

    monkeypatch.setattr("tlibsim.cli.clock.Remote", interrupt)
    result = CliRunner().invoke(main, ["clock"])

    assert (result.exit_code, result.output) == (INTERRUPTED, "")


def test_a_server_that_reads_its_configuration_can_be_interrupted(tmp_path: Path) -> None:
    pipe = tmp_path / "lab.yaml"
    os.mkfifo(pipe)
    with started("serve", "--config", pipe, "--port", "0") as server, pipe.open("wb"):
        outputs = interrupted(server)

    assert (server.returncode, outputs) == (INTERRUPTED, ("", ""))


def test_waiting_can_be_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with started("wait", "--event", "EventRinging", "--url", url) as waiting:
            connection, _ = silent.accept()
            with connection:
                outputs = interrupted(waiting)

    assert (waiting.returncode, outputs) == (INTERRUPTED, ("", ""))
