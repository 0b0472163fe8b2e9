"""Ports that are none are told with the range of those that are."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tlibsim.cli import main

BAD_USAGE = 2


@pytest.mark.parametrize(
    "line",
    [
        "serve --port {}",
        "serve --http-port {}",
        "serve --set listen=[{{port: {}}}]",
        "demo --port {}",
        "demo --http-port {}",
        "client watch 7001 --port {}",
        "client send QueryServer --port {}",
        "record --upstream 127.0.0.1:7020 --out sessions --listen :{}",
        "record --listen :0 --out sessions --upstream 127.0.0.1:{}",
        "load --dns 7001-7002 --target 127.0.0.1:{}",
        "decode capture.pcap --port {}",
    ],
)
@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_number_that_is_no_port_is_wrong_usage(
    line: str, port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = line.split(" ")
    if "--set" in words:
        words = [*words[:2], " ".join(words[2:])]
    result = CliRunner().invoke(main, [one.format(port) for one in words])

    assert result.exit_code == BAD_USAGE, result.output
    assert "Traceback" not in result.output
    assert "65535" in result.output or "at least 0" in result.output
