"""A recorder that ends by itself: one failure for each end, and the next flow finds it again."""

import sys
from pathlib import Path

import pytest

from tests.contract.bench import COMMAND, Run, contract, free_port
from tlibsim.contract.check import Check
from tlibsim.contract.deaths import Deaths
from tlibsim.contract.result import PASS, Level, Verdict, fail, not_seen
from tlibsim.contract.stage import _last_lines

WATCHED = """\
import subprocess, sys, time
from pathlib import Path

def crash(depth):
    if depth:
        crash(depth - 1)
    raise RuntimeError("out of memory")

recorder = subprocess.Popen([sys.executable, *sys.argv[1:]])
been = Path("been")
while True:
    time.sleep(0.05)
    if {when} and list(Path("recorded").glob("*.wav")):
        been.touch()
        recorder.kill()
        crash(2)
"""


def dying(folder: Path, *words: str, when: str) -> Run:
    """A run with a recorder that ends after the first files, where the condition holds."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    (folder / "watched.py").write_text(WATCHED.format(when=when), encoding="utf-8")
    whole = COMMAND.format(python=sys.executable, port=port, more="")
    start = whole.replace(sys.executable, f"{sys.executable} watched.py", 1)
    there = f"recorder.sip_uri=sip:127.0.0.1:{port}"
    return contract(folder, *words, "--set", there, start=start)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("once")
    words = ("R01", "R02", "S02", "S05", "R18", "R19", "--junit", "j.xml")
    return dying(folder, *words, when="not been.exists()")


def test_the_flows_after_the_end_are_played_with_a_recorder_that_was_started_again(once: Run):
    assert once.result.returncode == 1, once.result.stdout + once.result.stderr
    assert once.failed == ["S02"]
    assert "it was started again for the next flow" in once.result.stdout


def test_the_check_of_the_flow_has_the_exit_code_and_the_last_words(once: Run):
    out = once.result.stdout
    assert "the recorder ended by itself: it ended with exit code 1" in out
    assert "RuntimeError: out of memory" in out
    assert 'watched.py", line' in out
    assert out.count("RuntimeError: out of memory") == 1
    assert "ended by itself in flow basic" in (once.directory / "j.xml").read_text()


def test_what_cannot_be_played_any_more_was_not_seen(tmp_path: Path):
    run = dying(tmp_path, "R01", "S02", "S05", "R18", when="True")
    assert run.result.returncode == 1, run.result.stdout + run.result.stderr
    assert run.failed == ["S02"]
    assert "2 not seen" in run.result.stdout
    assert "it was started again, and did not come back: it ended with exit code 1" in (
        run.result.stdout
    )


def checked(*verdicts: Verdict) -> list[tuple[Check, Verdict]]:
    return [
        (Check(f"R0{at}", Level.MUST, "", "", "basic", lambda _: PASS), verdict)
        for at, verdict in enumerate(verdicts)
    ]


def test_the_first_check_that_failed_has_the_last_words_and_the_others_name_it():
    deaths = Deaths("recorder")
    deaths.note("basic", "it ended with exit code 3\n  no disk")
    judged = deaths.laid_to(checked(PASS, fail("a"), not_seen("b"), fail("c")))
    assert [verdict for _, verdict in judged] == [
        PASS,
        fail("the recorder ended by itself: it ended with exit code 3", "  no disk", "a"),
        not_seen("b"),
        fail("c", "the recorder ended by itself in this flow: see R01"),
    ]
    assert (
        deaths.told() == "the recorder ended by itself in flow basic: it ended with exit code 3"
    )


def test_an_end_that_no_check_saw_fails_one_of_the_flow():
    deaths = Deaths("recorder")
    deaths.note("basic", "it ended with exit code 3")
    (_, first), (_, second) = deaths.laid_to(checked(PASS, PASS))
    assert first == fail("the recorder ended by itself: it ended with exit code 3")
    assert second == PASS


def test_an_end_in_a_flow_of_no_check_is_told_with_its_last_words():
    deaths = Deaths("recorder")
    deaths.note("connect", "it ended with exit code 3\n  no disk")
    deaths.laid_to(checked(PASS))
    assert deaths.told().splitlines()[1] == "  no disk"


def test_last_words_have_the_begin_of_a_long_traceback():
    frames = [f'  File "lib.py", line {number}' for number in range(80)]
    said = [
        "ready",
        "Traceback (most recent call last):",
        '  File "own.py", line 3',
        *frames,
        "E",
    ]
    shown = _last_lines(said)
    assert list(shown[:2]) == said[1:3]
    assert shown[-1] == "E"
    assert "  ..." in shown
    assert len(shown) <= 50


def test_last_words_are_the_last_lines_of_other_output():
    said = [f"line {number}" for number in range(100)]
    assert _last_lines(said) == said[-40:]
    assert _last_lines(said[:3]) == said[:3]
