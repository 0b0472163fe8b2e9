"""Nothing is asked of another machine: what README.md promises, watched at the sockets."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.endtoend.programs import SCENARIOS, SECONDS, environment

WATCHED = """\
import ipaddress
import sys

OUTSIDE = ("socket.connect", "socket.sendto", "socket.bind", "socket.sendmsg")


def watch(event, arguments):
    if event in OUTSIDE and isinstance(arguments[1], tuple):
        if not ipaddress.ip_address(arguments[1][0] or "0.0.0.0").is_loopback:
            print("OUTSIDE", event, arguments[1], file=sys.stderr, flush=True)
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] not in ("127.0.0.1", "localhost", "::1", None):
            print("OUTSIDE", event, arguments[0], file=sys.stderr, flush=True)


sys.addaudithook(watch)
sys.argv[0] = "tlibsim"
from tlibsim.cli import main

main()
"""


def watched(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command of ours, which tells of every socket that leads to another machine."""
    return subprocess.run(
        [sys.executable, "-c", WATCHED, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        cwd=cwd,
        timeout=SECONDS,
        check=False,
    )


@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--once", "--port", "0"),
        ("scenario", "run", SCENARIOS, "--only", "R01"),
        ("load", "--calls", "--cps", "5", "--for", "1s", "--hold", "100ms"),
    ],
    ids=lambda words: str(words[0]),
)
def test_a_command_opens_no_socket_to_another_machine(
    words: tuple[str | Path, ...], tmp_path: Path
) -> None:
    done = watched(*words, cwd=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "OUTSIDE" not in done.stderr


def test_the_watch_sees_a_socket_that_leads_outside(tmp_path: Path) -> None:
    done = watched("client", "send", "QueryServer", "--host", "192.0.2.1", cwd=tmp_path)

    assert "OUTSIDE" in done.stderr
