"""No mistake of a user ends in a stack trace (FIRST_HOUR.md, "What all three must never meet").

Every command of the tree gets wrong words and wrong files; each must say what is wrong and end with
the exit code for bad usage, or the one for nothing to do where that is what happened.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tlibsim import process
from tlibsim.cli import main

pytestmark = pytest.mark.timeout(120)
BAD_USAGE, NOTHING = 2, 3


def leaves(
    command: click.Command, path: tuple[str, ...], context: click.Context
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its words."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, (*path, name), context)


COMMANDS = dict(leaves(main, (), click.Context(main)))


def named(path: tuple[str, ...]) -> str:
    return " ".join(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def no_trace(result: Result) -> None:
    """It ended by itself, with words."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert "Traceback" not in result.output
    assert result.output.strip(), "nothing was said"


@pytest.fixture(autouse=True)
def no_reactor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is wrong may get as far as to start a server or to connect."""

    def run(*_: object) -> int:
        raise AssertionError("the reactor was started")

    monkeypatch.setattr(process, "run", run)


# Words.


@pytest.mark.parametrize("path", COMMANDS, ids=named)
def test_an_option_that_nobody_knows_is_told(path: tuple[str, ...]) -> None:
    result = run(*path, "--no-such-option")

    no_trace(result)
    assert result.exit_code == BAD_USAGE
    assert "No such option" in result.output


@pytest.mark.parametrize("path", COMMANDS, ids=named)
def test_help_says_what_a_command_does(path: tuple[str, ...]) -> None:
    result = run(*path, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.output


def wrong_values() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Options that take numbers, choices or files that must be there, and what is none."""
    for path, command in COMMANDS.items():
        for one in command.params:
            if not isinstance(one, click.Option) or one.is_flag:
                continue
            for value in wrong_for(one.type):
                yield path, one.opts[-1], value


def wrong_for(kind: click.ParamType) -> tuple[str, ...]:
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        bounded = getattr(kind, "max", None) is not None
        return ("x", "", "9" * 30) if bounded else ("x", "")
    if isinstance(kind, click.Choice):
        return ("x",) if "" in kind.choices else ("x", "")
    if isinstance(kind, click.Path) and kind.exists:
        return ("no such file", "")
    return ()


@pytest.mark.parametrize(
    ("path", "option", "value"),
    list(wrong_values()),
    ids=lambda one: named(one) if isinstance(one, tuple) else (str(one)[:8] or "empty"),
)
def test_a_value_that_an_option_does_not_take_is_told_with_the_option(
    path: tuple[str, ...], option: str, value: str
) -> None:
    result = run(*path, f"{option}={value}")

    no_trace(result)
    assert result.exit_code == BAD_USAGE
    assert option in result.output or "Missing argument" in result.output


@pytest.mark.parametrize(
    "path", [path for path, one in COMMANDS.items() if any(p.required for p in one.params)],
    ids=named,
)  # fmt: skip
def test_what_a_command_needs_and_does_not_get_is_named(path: tuple[str, ...]) -> None:
    result = run(*path)

    no_trace(result)
    assert result.exit_code == BAD_USAGE
    assert "Missing" in result.output


def test_a_command_that_is_none_is_told() -> None:
    result = run("scenaryo")

    no_trace(result)
    assert result.exit_code == BAD_USAGE


# Files.

DEEP = 100_000
FILES: dict[str, bytes] = {
    "binary": random.Random(7).randbytes(4000),
    "empty": b"",
    "latin": "steps: [\xe9\xff]".encode("latin-1"),
    "nul": b"steps:\n- do: \0\0\n",
    "deep": b"steps: " + b"[" * DEEP,
    "deep json": b'{"n": ' + b'{"a":' * DEEP,
    "bomb": b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)
    )
    + b"steps: *a11\n",
    "loop": b"steps: &a [*a]\n",
    "words": b"hello world\n",
    "list": b"- 1\n- 2\n",
    "archive": b"PK\x03\x04junk",
}
LINES = (
    "bundle OUT --journal FILE",
    "bundle OUT --journal JOURNAL --config FILE",
    "config check FILE",
    "config show FILE",
    "contract run --config FILE",
    "contract run --desktop --config FILE",
    "decode FILE",
    "diff FILE LOG",
    "diff LOG FILE",
    "doctor --config FILE",
    "export FILE -o OUT.pcap",
    "export FILE -o OUT.log",
    "journal --file FILE",
    "lint FILE",
    "load FILE --cps 1 --for 1s",
    "record --listen :0 --upstream 127.0.0.1:1 --out OUT --redact FILE",
    "replay FILE",
    "scenario dry-run FILE",
    "scenario explain FILE",
    "scenario from-log FILE -o OUT.yaml",
    "scenario from-log FILE -o OUT.yaml --encoding utf-16",
    "scenario from-log LOG -o OUT.yaml --redact FILE",
    "scenario from-pcap FILE -o OUT.yaml",
    "scenario lint FILE",
    "scenario run FILE",
    "scenario run SCENARIO --pending FILE",
    "serve --config FILE --port 0",
)
RIGHT = (
    ("lint", "empty"),
    ("doctor", "empty"),
    ("contract", "empty"),
    ("config", "empty"),
    ("serve", "empty"),
    ("scenario run SCENARIO", "empty"),
    ("scenario from-log LOG", "empty"),
    ("record", "empty"),
    ("bundle OUT --journal JOURNAL", "empty"),
    ("journal", "empty"),
)
"""Files that are right there: a configuration without anything in it has all its defaults."""

LOG = """\
@09:41:00.5404 [0] 8.1.001.05 distribute_event: message EventRinging
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
"""
JOURNAL = (
    '{"n": 1, "t": "2026-01-01T00:00:00.000000Z", "kind": "request", '
    '"clients": [{"id": 1, "name": "wde"}], "message": "RequestQueryServer", "id": 91, '
    '"attributes": []}\n'
)


def prepared(line: str, file: Path, folder: Path) -> list[str]:
    (folder / "right.log").write_text(LOG, encoding="utf-8")
    (folder / "right.jsonl").write_text(JOURNAL, encoding="utf-8")
    (folder / "right.yml").write_text("steps:\n- check: 1 == 1\n", encoding="utf-8")
    places = {
        "FILE": str(file),
        "LOG": str(folder / "right.log"),
        "JOURNAL": str(folder / "right.jsonl"),
        "SCENARIO": str(folder / "right.yml"),
    }
    out = str(folder / "out")
    return [places.get(word, word.replace("OUT", out)) for word in line.split()]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("line", LINES)
def test_a_file_that_is_wrong_is_named_with_what_is_wrong(
    line: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(line.startswith(begin) and name == one for begin, one in RIGHT):
        pytest.skip("this is right")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "given.yml"
    file.write_bytes(FILES[name])

    result = run(*prepared(line, file, tmp_path))

    no_trace(result)
    assert result.exit_code in (BAD_USAGE, NOTHING), result.output
    assert "given.yml" in result.output


@pytest.mark.parametrize("line", [line for line in LINES if line != "scenario run FILE"])
def test_a_folder_in_the_place_of_a_file_is_told(line: str, tmp_path: Path) -> None:
    folder = tmp_path / "given.yml"
    folder.mkdir()

    result = run(*prepared(line, folder, tmp_path))

    no_trace(result)
    assert result.exit_code in (BAD_USAGE, NOTHING), result.output


@pytest.mark.parametrize("line", LINES)
def test_a_file_that_is_not_there_is_told(line: str, tmp_path: Path) -> None:
    result = run(*prepared(line, tmp_path / "given.yml", tmp_path))

    no_trace(result)
    assert result.exit_code == BAD_USAGE, result.output
    assert "given.yml" in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
@pytest.mark.parametrize("line", LINES)
def test_a_file_that_may_not_be_read_is_told(line: str, tmp_path: Path) -> None:
    file = tmp_path / "given.yml"
    file.write_text("steps: []\n", encoding="utf-8")
    file.chmod(0)

    result = run(*prepared(line, file, tmp_path))

    no_trace(result)
    assert result.exit_code == BAD_USAGE, result.output
    assert "given.yml" in result.output
