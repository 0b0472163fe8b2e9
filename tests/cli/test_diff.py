"""``tlibsim diff``: exit codes, and what it tells."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.logs.texts import SDK, SERVER
from tlibsim.cli import main
from tlibsim.logs.renumber import renumbered


@pytest.fixture
def logs(tmp_path: Path) -> tuple[str, str]:
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    first.write_text(SERVER, encoding="utf-8")
    second.write_text(renumbered(SERVER).replace("'gold'", "'tin'"), encoding="utf-8")
    return str(first), str(second)


def diff(*words: str) -> Result:
    return CliRunner().invoke(main, ["diff", *words])


def test_a_log_and_itself_do_not_differ(logs: tuple[str, str]) -> None:
    done = diff(logs[0], logs[0])

    assert done.exit_code == 0
    assert done.output == "0 differences (3 pairs compared)\n"


def test_the_first_difference_is_shown_with_both_places(logs: tuple[str, str]) -> None:
    done = diff(*logs)

    assert done.exit_code == 1
    assert "changed: EventRinging on 7001 UserData" in done.output
    assert f"{logs[0]}:1  UserData {{segment='gold'" in done.output
    assert f"{logs[1]}:1  UserData {{segment='tin'" in done.output
    assert "1 difference: 1 changed (3 pairs compared)" in done.output


def test_a_difference_may_be_ignored(logs: tuple[str, str]) -> None:
    assert diff(*logs, "--ignore", "UserData").exit_code == 0
    assert diff(*logs, "--only", "7002").exit_code == 0


def test_json_has_every_difference(logs: tuple[str, str]) -> None:
    found = json.loads(diff(*logs, "--json").output)

    assert found["counts"]["changed"] == 1
    assert found["differences"][0]["attribute"] == "UserData"


def test_a_file_without_a_message_is_bad_usage(logs: tuple[str, str], tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_bytes(b"\xff\x00nothing\n" * 3)

    done = diff(logs[0], str(empty))

    assert done.exit_code == 2
    assert "has no message of any dialect" in done.output


def test_logs_of_two_dialects_can_be_compared(logs: tuple[str, str], tmp_path: Path) -> None:
    client = tmp_path / "client.log"
    client.write_text(SDK, encoding="utf-8")

    assert diff(str(client), str(client)).exit_code == 0
    assert diff(logs[0], str(client)).exit_code == 1
