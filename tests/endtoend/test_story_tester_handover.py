"""FIRST_HOUR.md, story T, minutes 40 to 60: tables of rows, chance, and what a colleague gets."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from tests.endtoend.tester_story import CALL, project, typed

pytestmark = pytest.mark.timeout(180)
ROWS = """\
name: table
rows: {rows}
steps:
- do: inbound
  from: ${{caller}}
  to: ${{dn}}
- expect: {{event: EventRinging, dn: "${{dn}}", ANI: "${{caller}}"}}
"""
MADE = "scenarios/lost-pause.yaml"


@pytest.fixture(scope="module", name="folder")
def folder_of_the_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = project(tmp_path_factory.mktemp("story") / "handover")
    line = f"tlibsim scenario from-log sipserver.20250311.log --call {CALL} -o {MADE}"
    assert typed(line, folder).returncode == 0
    return folder


def fifty() -> list[tuple[str, str]]:
    return [(f"41555501{number:02}", f"700{number % 3 + 1}") for number in range(50)]


# 40-50: data-driven and random.


@pytest.mark.parametrize("form", ["csv", "yaml"])
def test_fifty_rows_are_fifty_scenarios(form: str, tmp_path: Path) -> None:
    if form == "csv":
        table = "".join(f"{caller},{dn}\n" for caller, dn in fifty())
        (tmp_path / "callers.csv").write_text(f"caller,dn\n{table}", encoding="utf-8")
        rows = "callers.csv"
    else:
        rows = json.dumps([{"caller": caller, "dn": dn} for caller, dn in fifty()])
    (tmp_path / "table.yml").write_text(ROWS.format(rows=rows), encoding="utf-8")

    done = typed("tlibsim scenario run table.yml -j 4", tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("50 scenarios: 50 pass")
    assert "table[50]" in done.stdout


def test_chance_tells_the_seed_when_something_fails(folder: Path) -> None:
    (folder / "mixed").mkdir()
    for name in "abcdef":
        text = "steps:\n- check: 1 == 1\n" if name != "d" else "steps:\n- check: 1 == 2\n"
        (folder / "mixed" / f"{name}.yml").write_text(text, encoding="utf-8")

    done = typed("tlibsim scenario run mixed/ --shuffle --seed 7", folder)
    again = typed("tlibsim scenario run mixed/ --shuffle --seed 7", folder)

    def order(text: str) -> list[str]:
        return re.findall(r"^(\w) .*(?:pass|FAIL)", text, re.MULTILINE)

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "played in the order of --shuffle --seed 7"
    assert order(done.stdout) == order(again.stdout) != sorted("abcdef")


QUICK = """\
steps:
- do: inbound
  from: "1"
  to: "7001"
- do: answer
  dn: "7001"
  after: 300ms
- expect: {{event: {event}, dn: "7001"}}
  within: 500ms
- check: count("event:EventRinging dn:7001") == 1
"""


@pytest.mark.parametrize(("event", "code"), [("EventEstablished", 0), ("EventHeld", 1)])
def test_the_turned_clock_and_the_real_one_come_to_the_same_verdict(
    event: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "quick.yml").write_text(QUICK.format(event=event), encoding="utf-8")

    runs = [
        typed(f"tlibsim scenario run quick.yml --speed {one}", tmp_path)
        for one in ("1x", "max")
    ]

    assert [done.returncode for done in runs] == [code, code]
    told = [
        [re.sub(r"[\d.]+ s in", "", line) for line in done.stdout.splitlines()[1:-1]]
        for done in runs
    ]
    assert told[0] == told[1]


# 50-60: hand-over.


def test_a_colleague_gets_the_same_result_byte_for_byte(folder: Path) -> None:
    ran = typed(f"tlibsim scenario run {MADE} --seed 11 --journal mine", folder)
    bundled = typed("tlibsim bundle out/lost-pause.zip --run last", folder)

    assert ran.returncode == 1
    assert bundled.stdout == (
        "out/lost-pause.zip: scenario, configuration, seed 11, journal (JSONL and server-log form), "
        "report, versions · no secrets found\n"
    )
    with zipfile.ZipFile(folder / "out" / "lost-pause.zip") as archive:
        kept = archive.read("journal/lost-pause.jsonl")
    assert kept == (folder / "mine" / "lost-pause.jsonl").read_bytes()

    colleague = folder / "colleague"
    colleague.mkdir()
    done = typed("tlibsim scenario run ../out/lost-pause.zip", colleague)
    assert done.returncode == 1
    assert "1 journal, the same byte for byte" in done.stdout
    assert "the same as in the old log? yes: line " in done.stdout
    told = [line.strip() for line in ran.stdout.splitlines() if "expected 3015" in line]
    assert told[0] in done.stdout


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ("# 4111 1111 1111 1111\n", "value that looks like a card number"),
        ("# {agent: x, passwd: hush}\n", "a password"),
    ],
)
def test_what_looks_like_a_secret_is_told_instead(
    extra: str, what: str, tmp_path: Path
) -> None:
    (tmp_path / "a.yml").write_text(f"{extra}steps:\n- check: 1 == 1\n", encoding="utf-8")
    assert typed("tlibsim scenario run a.yml", tmp_path).returncode == 0

    done = typed("tlibsim bundle out/a.zip --run last", tmp_path)

    assert "no secrets found" not in done.stdout
    assert "look at it before you hand it over: scenario/a.yml: " in done.stderr
    assert what in done.stderr
