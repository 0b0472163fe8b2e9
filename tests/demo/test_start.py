"""What the demo starts with: settings, age of the process, how to call the program."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.demo.stage import Stage
from tlibsim.config import ConfigError, DnType
from tlibsim.demo import age, words
from tlibsim.demo.banner import banner
from tlibsim.demo.settings import Wishes, settings_for


def test_the_demo_has_seed_1_port_7020_and_files() -> None:
    settings = settings_for(Wishes(), {})
    assert (settings.seed, settings.listeners[0].port) == (1, 7020)
    assert settings.listeners[0].host == "127.0.0.1"
    assert settings.recordings.directory == "tlibsim-demo/recordings"


@pytest.mark.parametrize(
    ("wishes", "port"),
    [
        (Wishes(once=True), 0),
        (Wishes(once=True, port=7020), 7020),
        (Wishes(port=7999), 7999),
        (Wishes(port=0), 0),
    ],
)
def test_once_takes_a_free_port_unless_one_is_named(wishes: Wishes, port: int) -> None:
    assert settings_for(wishes, {}).listeners[0].port == port


def test_variables_count_and_wrong_ones_are_told() -> None:
    assert settings_for(Wishes(), {"TLIBSIM_SEED": "7"}).seed == 7
    with pytest.raises(ConfigError, match="TLIBSIM_SEED"):
        settings_for(Wishes(), {"TLIBSIM_SEED": "seven"})


def test_the_demo_records_to_files_whatever_the_variables_say() -> None:
    settings = settings_for(Wishes(), {"TLIBSIM_RECORDINGS__BACKEND": "null"})
    assert settings.recordings.backend == "file"


def test_the_agents_and_the_trunks_answer_and_speak_the_third_telephone_does_not() -> None:
    settings = settings_for(Wishes(), {})
    lively = {dn for dn, one in settings.dns.items() if one.audio is not None}
    trunks = {one.dn for one in settings.dns_of(DnType.TRUNK)}
    assert lively == {"7001", "7002"} | trunks
    answering = {dn for dn, one in settings.dns.items() if one.options.answer_after is not None}
    assert answering == lively
    assert settings.dns["7001"].audio != settings.dns["trunk-in"].audio


def test_the_banner_is_made_from_the_configuration() -> None:
    stage = Stage({"TLIBSIM_SEED": "3"})
    stage.simulator.addresses["tlib"] = ("127.0.0.1", 7020)
    text = banner(stage.simulator, Wishes(), 0.512, 3.0)
    assert "ready in 0.5 s" in text
    assert "tcp://127.0.0.1:7020" in text
    assert "  Seed 3 · clock real · journal keeps 10,000 messages\n" in text
    assert (
        "  Switch      3 extensions (7001-7003), 1 queue (8001), 1 routing point (5001), "
        in text
    )
    assert "1 routing point (5001), 2 trunks\n" in text
    assert (
        "  Agents      alice 1001@7001 ready, bob 1002@7002 ready, carol 1003@7003 not ready\n"
    ) in text
    assert "7001 and 7002 answer after 2 s; 7001 is recorded\n" in text
    assert "to 8001 arrives in 3 s (stop it with --no-traffic)." in text
    assert "client watch 7001 " in text
    assert "--port" not in text


def test_the_hints_name_a_port_that_is_not_the_usual_one() -> None:
    stage = Stage()
    stage.simulator.addresses["tlib"] = ("127.0.0.1", 43210)
    assert "client watch 7001 --port 43210" in banner(stage.simulator, Wishes(), 0.5, 3.0)


@pytest.mark.parametrize(
    ("wishes", "http_port"),
    [
        (Wishes(), 7080),
        (Wishes(port=7020), 7080),
        (Wishes(port=0), 0),
        (Wishes(port=7999), 0),
        (Wishes(http_port=7123), 7123),
        (Wishes(once=True), None),
    ],
)
def test_the_control_api_is_beside_the_usual_port_or_anywhere(
    wishes: Wishes, http_port: int | None
) -> None:
    assert settings_for(wishes, {}).http.port == http_port


@pytest.mark.parametrize(
    ("process_s", "loaded_s", "shown"),
    [(0.6, 0.5, 0.6), (16.9, 0.5, 0.5), (None, 0.5, 0.5)],
)
def test_what_the_process_was_before_it_became_the_program_does_not_count(
    process_s: float | None, loaded_s: float, shown: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(age, "process_age", lambda: process_s)
    assert age.program_age(loaded_s) == shown


def test_a_process_is_older_than_nothing_and_younger_than_the_machine() -> None:
    seconds = age.process_age()
    assert seconds is not None
    uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    assert 0 < seconds < uptime


def test_where_the_system_does_not_tell_the_age_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    assert age.process_age() is None


def no_program(_name: str) -> None:
    return None


def one_program(name: str) -> Callable[[str], str | None]:
    return lambda wanted: f"/usr/bin/{name}" if wanted == name else None


def test_the_program_is_named_as_it_can_be_called(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(words.shutil, "which", one_program("tlibsim"))
    assert words.program() == "tlibsim"
    monkeypatch.setattr(words.shutil, "which", no_program)
    script = tmp_path / "bin" / "tlibsim"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(script)])
    assert words.program() == "./bin/tlibsim"
    monkeypatch.setattr(sys, "argv", ["/elsewhere/__main__.py"])
    assert words.program() == f"{sys.executable} -m tlibsim"


def test_a_player_is_named_that_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(words.shutil, "which", one_program("aplay"))
    assert words.player_command(tmp_path / "a b.wav") == "aplay -q './a b.wav'"
    monkeypatch.setattr(words.shutil, "which", no_program)
    assert words.player_command(tmp_path / "a.wav") == ""


def test_a_path_elsewhere_is_shown_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert words.place("recordings") == "./recordings"
    assert words.place("/somewhere/else") == "/somewhere/else"
