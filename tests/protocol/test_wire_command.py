"""``tlibsim wire``: filters of lines, whatever was wrong with the lines before."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.vectors.files import messages, streams
from tlibsim.cli.wire import wire


def _run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(wire, list(arguments), input=text)


def _objects(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_decode_and_encode_agree_with_every_vector() -> None:
    forms = [{key: v[key] for key in ("message", "id", "attributes")} for v in messages()]
    payloads = [vector["payload"] for vector in messages()]
    decoded = _run("decode", text="\n".join(payloads))
    assert decoded.exit_code == 0
    assert _objects(decoded) == forms
    encoded = _run("encode", text=decoded.stdout)
    assert encoded.exit_code == 0
    assert encoded.stdout.split() == payloads


def test_stream_agrees_with_every_vector() -> None:
    result = _run("stream", text="\n".join(vector["stream"] for vector in streams()))
    assert result.exit_code == 0
    found = _objects(result)
    assert [form["units"] for form in found] == [vector["units"] for vector in streams()]
    assert ["error" in form for form in found] == [v.get("reject", False) for v in streams()]


def test_decode_goes_on_after_a_bad_line() -> None:
    result = _run("decode", text="00 00 00 00 8a\n\n  \nxyz\n0100\n000000005f\n")
    assert result.exit_code == 0
    found = _objects(result)
    assert [form.get("message") for form in found] == [
        "EventACK",
        None,
        None,
        "EventLinkConnected",
    ]
    assert found[1]["error"]["kind"] == "NotHex"
    assert found[2]["error"] == {
        "kind": "MalformedFrame",
        "offset": 0,
        "path": "",
        "message": "a payload of 2 bytes has no message type",
    }


def test_stream_goes_on_after_a_bad_line() -> None:
    found = _objects(_run("stream", text="7fffffff\n0g\n703249000fa0\n"))
    assert found[0]["error"]["kind"] == "FrameTooLarge"
    assert found[1]["error"]["kind"] == "NotHex"
    assert found[2] == {"units": [{"unit": "addp", "kind": "I", "argument": "000fa0"}]}


def test_encode_reports_bad_lines_goes_on_and_ends_with_1() -> None:
    deep = '{"id": 1, "attributes": [{"id": 51, "value": ' + '[["k", "list", ' * 9000
    lines = ['{"message": "EventACK"}', "{", '{"id": 1, "attributes": [{"id": 20}]}', "", deep]
    result = _run("encode", text="\n".join([*lines, '{"id": 95}']))
    assert result.exit_code == 1
    assert result.stdout.split() == ["000000008a", "000000005f"]
    errors = [json.loads(line)["error"] for line in result.stderr.splitlines()]
    assert [error["line"] for error in errors] == [2, 3, 5]
    assert {error["kind"] for error in errors} == {"Unencodable"}
    assert errors[1]["path"] == "attributes[0].value"


def test_encode_survives_lists_that_lie_too_deep() -> None:
    value: list[Any] = []
    for _ in range(450):
        value = [["k", "list", value]]
    form = {"id": 1, "attributes": [{"id": 51, "value": value}]}
    result = _run("encode", text=json.dumps(form))
    assert result.exit_code == 1
    assert "too deep" in result.stderr


def test_bytes_that_are_no_text_survive_a_pipe() -> None:
    payload = "010000003c0000001473000337ff41"
    decoded = _run("decode", text=payload)
    assert decoded.stdout.isascii()
    assert r"7\udcffA" in decoded.stdout
    assert _run("encode", text=decoded.stdout).stdout.strip() == payload


def test_the_character_set_is_an_option() -> None:
    payload = "010000003c00000014730001fc"
    decoded = _run("decode", "--charset", "latin-1", text=payload)
    assert _objects(decoded)[0]["attributes"][0]["value"] == "ü"
    again = _run("encode", "--charset", "latin-1", text=decoded.stdout)
    assert again.stdout.strip() == payload


@pytest.mark.parametrize("charset", ["klingon", "utf-16"])
def test_a_character_set_that_will_not_do_is_bad_usage(charset: str) -> None:
    assert _run("decode", "--charset", charset).exit_code == 2


def test_a_file_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "payloads.txt"
    file.write_text("000000005f\n")
    assert _objects(_run("decode", str(file)))[0]["id"] == 95
    assert _run("decode", str(tmp_path / "nothing")).exit_code == 2


def test_explain_prints_a_tree() -> None:
    result = _run("explain", text="00 00 00 05 00 00 00 00 5f   the answer\n\n01 00 00 00 3c")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "packet at 000000, 5 bytes",
        "000000  EventLinkConnected (95), 0 attributes",
        "",
        "000000  EventRinging (60), 1 attribute",
        "000005    !! attributes[0]: attribute 1 of 1 is not there (closes the connection)",
    ]


def test_explain_shows_bytes_that_are_no_text() -> None:
    result = _run("explain", text="010000003c00000014730001fc")
    assert result.exit_code == 0
    assert r"\udcfc" in result.stdout
