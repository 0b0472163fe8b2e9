"""Who holds a port (Linux tells it in /proc)."""

import os
import socket
from collections.abc import Iterator

import pytest

from tlibsim.net.ports import _command, holder


@pytest.fixture(params=["127.0.0.1", "::1"])
def listening(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family) as sock:
        sock.bind((request.param, 0))
        sock.listen()
        yield sock


def test_the_process_that_listens_is_named_with_its_number(listening: socket.socket) -> None:
    port = listening.getsockname()[1]

    assert holder(port).endswith(f"(pid {os.getpid()})")


def test_a_port_that_nobody_listens_on_has_no_holder() -> None:
    with socket.socket() as bound_only:
        bound_only.bind(("127.0.0.1", 0))

        assert holder(bound_only.getsockname()[1]) == ""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["/usr/bin/python3", "-u", "-m", "tlibsim", "demo"], "tlibsim demo"),
        (["/venv/bin/python", "/venv/bin/tlibsim", "serve", "--port", "7020"], "tlibsim serve"),
        (["/usr/bin/python3", "-m", "http.server", "7020"], ""),
    ],
)
def test_one_of_ours_is_named_with_its_command(words: list[str], named: str) -> None:
    assert _command(words) == named
