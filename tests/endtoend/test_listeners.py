"""Nothing listens to the outside world unless it is told to, and nothing passes because nothing ran.

FIRST_HOUR.md, "What all three must never meet".
"""

import re
import socket
import struct
from pathlib import Path

import pytest

from tests.endtoend.programs import SCENARIOS, started, tlibsim

pytestmark = pytest.mark.timeout(110)
EXTERNAL = """\
actors: {desk: {kind: external, dns: ["7001"], within: 60s}}
steps:
- do: inbound
  from: "1"
  to: "7001"
"""
LINES = (
    "serve --port 0 --http-port 0",
    f"serve --bed {SCENARIOS} --port 0",
    "demo --port 0 --http-port 0 --directory demo",
    "record --listen :0 --upstream 127.0.0.1:1 --out captures",
    "scenario run external.yml",
)
_TCP_LISTENS, _UDP_UNCONNECTED = "0A", "07"
_SOCKET = re.compile(r"socket:\[(\d+)\]")


def addresses(pid: int) -> set[str]:
    """The addresses on which a process takes connections or datagrams."""
    inodes = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found = _SOCKET.match(str(descriptor.readlink()))
        except OSError:
            continue
        if found is not None:
            inodes.add(found[1])
    open_ones: set[str] = set()
    for table, state in (
        ("tcp", _TCP_LISTENS),
        ("tcp6", _TCP_LISTENS),
        ("udp", _UDP_UNCONNECTED),
        ("udp6", _UDP_UNCONNECTED),
    ):
        for row in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            words = row.split()
            if words[3] == state and words[9] in inodes:
                open_ones.add(address(words[1].partition(":")[0]))
    return open_ones


def address(digits: str) -> str:
    """``0100007F`` as 127.0.0.1."""
    packed = b"".join(
        struct.pack("<I", int(digits[at : at + 8], 16)) for at in range(0, len(digits), 8)
    )
    return socket.inet_ntop(socket.AF_INET if len(packed) == 4 else socket.AF_INET6, packed)


@pytest.mark.parametrize("line", LINES)
def test_by_default_only_this_machine_can_connect(line: str, tmp_path: Path) -> None:
    (tmp_path / "external.yml").write_text(EXTERNAL, encoding="utf-8")
    with started(*line.split(), cwd=tmp_path) as process:
        told = process.stderr if line.startswith(("record", "scenario")) else process.stdout
        assert told is not None
        assert any(line.strip() for line in told), "it ended without a word"
        found = addresses(process.pid)

        assert found
        assert found <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize(
    "line",
    [
        "scenario run empty",
        "scenario lint empty",
        "scenario explain empty",
        "scenario dry-run empty",
        "scenario run all.yml --only nobody",
        "scenario from-log empty.log -o x.yaml",
        "replay empty.log",
        "export empty.log -o x.pcap",
    ],
)
def test_nothing_that_ran_is_exit_code_3_and_is_said(line: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.log").write_text("", encoding="utf-8")
    (tmp_path / "all.yml").write_text("steps:\n- check: 1 == 1\n", encoding="utf-8")

    done = tlibsim(*line.split(), cwd=tmp_path)

    assert done.returncode == 3, done.stdout + done.stderr
    assert (done.stdout + done.stderr).strip()
