"""``tlibsim decode`` and ``export``: what they print, and their exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.logs.test_capture import STREAM, capture, packet
from tlibsim.cli import main
from tlibsim.logs.segments import SYN


def decode(tmp_path: Path, data: bytes, *words: str) -> Result:
    file = tmp_path / "a.pcap"
    file.write_bytes(data)
    return CliRunner().invoke(main, ["decode", str(file), "--port", "3000", *words])


def test_each_message_is_a_line_with_its_direction(tmp_path: Path) -> None:
    done = decode(tmp_path, capture([packet(1, STREAM)]))

    assert done.exit_code == 0
    first, second, *_ = done.output.splitlines()
    assert first == "#1  00:00:00.000  C>S  c1  RequestRegisterClient name=wde"
    assert second.startswith("#2  00:00:00.000  C>S  c1  RequestMakeCall ThisDN='7001'")


def test_json_lines_have_the_form_of_wire_decode(tmp_path: Path) -> None:
    lines = decode(tmp_path, capture([packet(1, STREAM)]), "--json").output.splitlines()

    found = json.loads(lines[1])
    assert found["message"] == "RequestMakeCall"
    assert (found["packet"], found["server"]) == (1, "10.0.0.1:3000")


def test_only_encrypted_connections_are_refused_with_a_clear_word(tmp_path: Path) -> None:
    done = decode(tmp_path, capture([packet(0, flags=SYN), packet(1, b"\x16\x03\x01\x00\x05")]))

    assert done.exit_code == 2
    assert "is encrypted (TLS) and cannot be read" in done.output
    assert "tlibsim record" in done.output


@pytest.mark.parametrize(("data", "code"), [(b"no capture", 2), (capture([]), 3)])
def test_nothing_to_show_is_not_success(data: bytes, code: int, tmp_path: Path) -> None:
    assert decode(tmp_path, data).exit_code == code


def test_a_journal_is_exported_as_a_capture_and_as_a_log(tmp_path: Path) -> None:
    journal = tmp_path / "a.jsonl"
    journal.write_text(
        '{"n": 1, "t": "2026-01-01T00:00:00.000000Z", "kind": "request", '
        '"clients": [{"id": 1, "name": "wde"}], "message": "RequestQueryServer", "id": 91, '
        '"attributes": []}\n'
    )
    for name in ("a.pcap", "a.log"):
        made = tmp_path / name
        done = CliRunner().invoke(main, ["export", str(journal), "-o", str(made)])
        assert done.exit_code == 0, done.output
        assert done.output == f"wrote {made} (1 message)\n"
        assert made.stat().st_size > 40
    journal.write_text("nonsense\n")
    done = CliRunner().invoke(main, ["export", str(journal), "-o", str(tmp_path / "b.log")])
    assert done.exit_code == 2
    assert f"{journal}:1: is not JSON" in done.output
