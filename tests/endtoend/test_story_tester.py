"""FIRST_HOUR.md, story T, minutes 5 to 25: from a production log to a scenario that is played."""

import re
import subprocess
from pathlib import Path

import junitparser
import pytest
import yaml

from tests.endtoend.tester_story import CALL, CARDS, LOG, PHONES, on_a_terminal, project, typed

pytestmark = pytest.mark.timeout(180)
MADE = "scenarios/lost-pause.yaml"
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module", name="folder")
def folder_of_the_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("story") / "tester")


@pytest.fixture(scope="module", name="imported")
def import_of_the_log(folder: Path) -> Done:
    done = typed(
        f"tlibsim scenario from-log sipserver.20250311.log --call {CALL} -o {MADE}", folder
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module", name="made")
def made_scenario(imported: Done, folder: Path) -> str:
    assert imported.returncode == 0
    return (folder / MADE).read_text(encoding="utf-8")


@pytest.fixture(scope="module", name="played")
def run_of_the_scenario(made: str, folder: Path) -> Done:
    assert made
    return typed(f"tlibsim scenario run {MADE} --set caller=4155550199 --speed 4x", folder)


def line_in_log(text: str, nth: int = 1) -> int:
    """The line of the log, from 1, that has the text for the nth time."""
    lines = LOG.read_text(encoding="utf-8").splitlines()
    return [n for n, line in enumerate(lines, start=1) if text in line][nth - 1]


def stop_line() -> int:
    """Where the client of the call asks to stop: the head of the message."""
    lines = LOG.read_text(encoding="utf-8").splitlines()
    at = line_in_log("AttributePrivateMsgID\t3014")
    while "04541 RequestPrivateService" not in lines[at - 1]:
        at -= 1
    return at


# 5-15: from a production log to a scenario.


def test_the_import_tells_the_story_of_the_log_and_of_the_call(imported: Done) -> None:
    lines = imported.stdout.splitlines()

    assert lines[0] == "read 1,580 lines, 4 clients, 7 calls · dialect: server log 8.1.101.75"
    assert lines[1] == (
        f"call {CALL}: 41 messages, 4 DNs, 00:03:11, one transfer, recording paused once"
    )
    assert lines[2] == "parameters: caller, dialed, account, agent_dn (kept as variables)"
    assert lines[3] == (
        "redacted: 2 values that look like card numbers, 2 phone numbers (same pseudonym everywhere)"
    )
    assert lines[-1] == f"wrote {MADE} (13 steps)"
    assert imported.stderr == ""


def test_what_is_not_mapped_is_a_comment_at_the_line_that_is_told(
    imported: Done, made: str
) -> None:
    (told,) = [line for line in imported.stdout.splitlines() if line.startswith("not mapped")]

    found = re.fullmatch(
        r"not mapped: 1 message RequestSetCallAttributes \(kept as comment, line (\d+)\)", told
    )
    assert found is not None
    comment = made.splitlines()[int(found[1]) - 1]
    assert comment.strip().startswith("# not mapped: RequestSetCallAttributes (line ")


def test_nothing_that_must_not_be_seen_is_on_disk(made: str) -> None:
    for secret in (*CARDS, *PHONES, CARDS[1].replace(" ", "")):
        assert secret not in made


def test_the_pause_that_was_lost_is_told_with_both_lines(imported: Done) -> None:
    (told,) = [line for line in imported.stdout.splitlines() if line.startswith("lost pause")]

    assert f"line {stop_line()} stops the recording (3014)" in told
    assert told.endswith("the scenario wants 3015 (pause)")


def test_the_scenario_keeps_the_log_the_lines_and_what_was_seen(made: str) -> None:
    (scenario,) = yaml.safe_load(made)["scenarios"]
    origin = scenario["origin"]

    assert (origin["log"], origin["call"]) == ("sipserver.20250311.log", CALL)
    assert origin["lines"][stop_line()]["msgid"] == 3014
    assert all(step["line"] for step in scenario["steps"])


def test_values_keep_their_types(made: str) -> None:
    (scenario,) = yaml.safe_load(made)["scenarios"]

    assert ["priority", 5] in scenario["steps"][0]["userdata"]


def test_explain_says_who_does_what_when(made: str, folder: Path) -> None:
    assert made
    done = typed(f"tlibsim scenario explain {MADE}", folder)

    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert (
        lines[1]
        == "1 t+0.000 call from {caller} reaches {agent_dn}; expects EventRinging on {agent_dn}"
    )
    assert lines[2].startswith("2 t+4.180 wde-7001 answers (RequestAnswerCall); expects Event")
    assert lines[4].startswith("4 t+41.898 wde-7001 stops the recording (3014); ")
    assert (
        "RequestPrivateService 3015 (pause) on {agent_dn}, then EventACK to wde-7001"
        in lines[4]
    )
    assert lines[4].endswith("GSIP_RECORD=Paused on {agent_dn} within 10 s")
    assert len(lines) == 14


# 15-25: play it.


def test_the_failure_names_step_file_line_expected_nearest_and_the_field(
    played: Done, made: str
) -> None:
    lines = [line.strip() for line in played.stdout.splitlines()]
    number = next(
        n for n, line in enumerate(made.splitlines(), start=1) if "PrivateMsgID: 3014" in line
    )
    at = lines.index(f"FAIL step 4 at {MADE}:{number}:5")

    assert played.returncode == 1
    assert (
        lines[at + 1] == "RequestPrivateService on 7001 from wde-7001 msgid=3015: did not come"
    )
    assert re.match(
        r"nothing matched in 10 s\. Nearest: RequestPrivateService .* PrivateMsgID=3014 .*"
        r"from wde-7001, \d+\.\d s in$",
        lines[at + 2],
    )
    assert lines[at + 3] == "msgid   expected 3015 (pause)   got 3014 (stop)"
    assert lines[at + 4] == (
        f"the same as in the old log? yes: line {stop_line()} shows 3014 too"
    )


def test_a_variable_that_is_set_is_used(made: str, folder: Path) -> None:
    assert made
    typed(f"tlibsim scenario run {MADE} --set caller=4155550199 --journal set", folder)

    (journal,) = (folder / "set").iterdir()
    text = journal.read_text(encoding="utf-8")
    assert '"4155550199"' in text


def test_the_turned_clock_comes_to_the_same_verdict(
    played: Done, made: str, folder: Path
) -> None:
    assert made
    turned = typed(f"tlibsim scenario run {MADE} --set caller=4155550199 --speed max", folder)

    def verdict(done: Done) -> list[str]:
        lines = [line.strip() for line in done.stdout.splitlines()]
        at = next(n for n, line in enumerate(lines) if line.startswith("FAIL step"))
        return [re.sub(r"[\d.]+ s in", "", line) for line in lines[at : at + 5]]

    assert turned.returncode == played.returncode == 1
    assert verdict(turned) == verdict(played)


def test_the_progress_is_on_the_screen_and_stays_where_it_failed(
    made: str, folder: Path
) -> None:
    assert made
    screen = on_a_terminal(f"tlibsim scenario run {MADE}", folder)

    bar = re.escape("#" * 9 + "-" * 21)
    assert "\x1b[K" in screen
    assert re.search(
        rf"lost-pause  \[{bar}\]  step 4/13  t\+00:41\.9\r\n"
        r"  step 4  waiting for RequestPrivateService on 7001 from wde-7001 msgid=3015 \.\.\. 10 s\r\n"
        r"lost-pause .*FAIL",
        screen,
    )


def test_the_scenario_passes_once_the_client_pauses(made: str, folder: Path) -> None:
    (folder / "right").mkdir()
    right = made.replace("PrivateMsgID: 3014", "PrivateMsgID: 3015")
    (folder / "right" / "pause.yaml").write_text(right, encoding="utf-8")

    done = typed("tlibsim scenario run right/pause.yaml", folder)

    assert done.returncode == 0, done.stdout


def test_an_edited_step_is_told_from_what_the_log_showed(made: str, folder: Path) -> None:
    (folder / "edited").mkdir()
    text = made.replace("PrivateMsgID: 3014", "PrivateMsgID: 3015").replace(
        'event: EventEstablished, dn: "${agent_dn}", ConnID: $c1, CallType: Inbound',
        'event: EventEstablished, dn: "${agent_dn}", ConnID: $c1, CallType: Outbound',
    )
    (folder / "edited" / "other.yaml").write_text(text, encoding="utf-8")

    done = typed("tlibsim scenario run edited/other.yaml", folder)

    (scenario,) = yaml.safe_load(made)["scenarios"]
    line = scenario["steps"][1]["expect"][0]["line"]
    assert "CallType   expected Outbound (3)   got Inbound (2)" in done.stdout
    assert f"the same as in the old log? yes: line {line} shows Inbound too" in done.stdout


def test_a_folder_is_played_side_by_side_each_on_its_own_switch(
    made: str, folder: Path
) -> None:
    others = typed("tlibsim scenario from-log sipserver.20250311.log -o others/", folder)
    assert others.stdout.count("wrote others/") == 6, others.stdout + others.stderr
    (folder / "others" / f"{CALL}.yaml").unlink()
    all_of_it = folder / "others" / "lost-pause.yaml"
    all_of_it.write_text(made, encoding="utf-8")

    done = typed("tlibsim scenario run others/ --junit out/junit.xml -j 4", folder)

    assert done.returncode == 1
    assert re.fullmatch(r"6 scenarios: 5 pass, 1 FAIL +\d+\.\d s", done.stdout.splitlines()[-1])
    report = junitparser.JUnitXml.fromfile(str(folder / "out" / "junit.xml"))
    assert (report.tests, report.failures, report.errors) == (6, 1, 0)
