"""``tlibsim record`` between a real client and a real server, over loopback, in three processes."""

import json
from pathlib import Path

import pytest

from tests.endtoend.programs import SCENARIOS, interrupted, started, tlibsim

pytestmark = pytest.mark.timeout(110)
CARD = "4111111111111111"


def test_a_session_is_written_safely_and_can_be_played_again(tmp_path: Path) -> None:
    with started("serve", "--bed", SCENARIOS, "--port", "0", "--quiet", cwd=tmp_path) as server:
        assert server.stdout is not None
        upstream = json.loads(server.stdout.readline())["tlib"]
        words = ("--upstream", f"{upstream['host']}:{upstream['port']}", "--out", "captures")
        with started("record", "--listen", ":0", *words, cwd=tmp_path) as proxy:
            assert proxy.stderr is not None
            where = proxy.stderr.readline().split()[2].strip(",")
            host, _, port = where.rpartition(":")
            assert host == "127.0.0.1"
            there = ("--host", host, "--port", port, "--name", "wde")
            done = tlibsim(
                "client", "send", "MakeCall", "ThisDN=7001", "OtherDN=7002",
                f'UserData={{card: "{CARD}"}}', *there, cwd=tmp_path,
            )  # fmt: skip
            told, _ = interrupted(proxy)

    assert "EventDialing" in done.stdout, done.stdout + done.stderr
    assert proxy.returncode == 0
    assert told.startswith("wrote captures/session-1.tlc: 1 client · ")
    session = tmp_path / "captures" / "session-1.tlc"
    text = session.read_text(encoding="ascii")
    assert CARD not in text
    assert CARD.encode().hex() not in text
    assert session.stat().st_mode & 0o077 == 0
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[0] == "connected"
    assert "request" in kinds
    made = tlibsim("scenario", "from-log", session, "-o", "made.yaml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert tlibsim("scenario", "lint", "made.yaml", cwd=tmp_path).returncode == 0


def test_a_server_that_is_not_there_is_told_and_the_client_is_sent_away(tmp_path: Path) -> None:
    words = ("--listen", ":0", "--upstream", "127.0.0.1:1", "--out", tmp_path)
    with started("record", *words) as proxy:
        assert proxy.stderr is not None
        host, _, port = proxy.stderr.readline().split()[2].strip(",").rpartition(":")
        done = tlibsim("client", "watch", "7001", "--host", host, "--port", port)
        assert done.returncode != 0
        assert "the server was not reached" in proxy.stderr.readline()
