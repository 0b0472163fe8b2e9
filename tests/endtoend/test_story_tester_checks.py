"""The checks at the end of FIRST_HOUR.md, story T: dialects, the same messages again, redaction."""

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.endtoend.programs import ROOT
from tests.endtoend.tester_story import CARDS, LOG, project, typed

pytestmark = pytest.mark.timeout(180)

DESK = ROOT / "tests" / "endtoend" / "desk.py"
DISTRIBUTED = """\
@09:41:00.5404 [0] 8.1.001.05 distribute_event: message EventRinging
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeANI\t'4155550100'
\tAttributeCallType\t2
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeUserData\t[60] 00 02 00 00..
\t\t'account'\t'A-77'
\t\t'priority'\t5
09:41:04.720 RequestAnswerCall received from [66] (00000e85 wde 10.0.0.7:49280)
message RequestAnswerCall
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
@09:41:04.7304 [0] 8.1.001.05 distribute_event: message EventEstablished
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
@09:41:34.7304 [0] 8.1.001.05 distribute_event: message EventReleased
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeCallState\t0
\tAttributeConnID\t00a1b2c3d4e50001
"""
NUMBERED = """\
2025-03-11T09:41:00.540 Trc 04542 EventRinging sent to [66] (00000e85 wde 10.0.0.7:49280)
message EventRinging
\tAttributeThisDN\t'7001'
\tAttributeOtherDN\t'4155550100'
\tAttributeANI\t'4155550100'
\tAttributeCallType\t2
\tAttributeConnID\t00a1b2c3d4e50001
2025-03-11T09:41:04.720 Trc 04541 RequestAnswerCall received from [66] (00000e85 wde 10.0.0.7:49280)
message RequestAnswerCall
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
2025-03-11T09:41:04.730 Trc 04542 EventEstablished sent to [66] (00000e85 wde 10.0.0.7:49280)
message EventEstablished
\tAttributeThisDN\t'7001'
\tAttributeConnID\t00a1b2c3d4e50001
\tAttributeReferenceID\t5
"""
SDK = """\
2025-03-11 09:41:00,540 DEBUG [THREAD : 25] - Proxy got message 'EventRinging' ('60')
message attributes:
AttributeThisDN [str] = "7001"
AttributeOtherDN [str] = "4155550100"
AttributeANI [str] = "4155550100"
AttributeCallType [int] = 2
AttributeConnID [long] = 00a1b2c3d4e50001
AttributeUserData [bstr] = KVList:
\t\t'account' [str] = "A-77"
\t\t'priority' [int] = 5
2025-03-11 09:41:04,720 DEBUG [THREAD : 25] - Sending message to TServer
'RequestAnswerCall' ('10')
message attributes:
AttributeThisDN [str] = "7001"
AttributeConnID [long] = 00a1b2c3d4e50001
AttributeReferenceID [int] = 5
2025-03-11 09:41:04,730 DEBUG [THREAD : 25] - Proxy got message 'EventEstablished' ('64')
message attributes:
AttributeThisDN [str] = "7001"
AttributeConnID [long] = 00a1b2c3d4e50001
AttributeReferenceID [int] = 5
"""
SET_UP = {
    "RequestRegisterClient",
    "EventLinkConnected",
    "RequestRegisterAddress",
    "EventRegistered",
}
"""What a run has that its scenario does by itself: connecting, registering."""


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        (DISTRIBUTED, "server log 8.1.001.05"),
        (NUMBERED, "server log, message numbers 04541 and 04542"),
        (SDK, "client SDK log"),
    ],
    ids=["distributed", "numbered", "sdk"],
)
def test_each_dialect_becomes_a_scenario_that_passes(
    text: str, dialect: str, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text(text, encoding="utf-8")

    made = typed("tlibsim scenario from-log a.log -o made/a.yaml", tmp_path)
    done = typed("tlibsim scenario run made/a.yaml", tmp_path)

    assert made.stdout.splitlines()[0].endswith(f"dialect: {dialect}")
    assert done.returncode == 0, done.stdout + done.stderr
    scenario = (tmp_path / "made" / "a.yaml").read_text(encoding="utf-8")
    assert "request: AnswerCall" in scenario
    assert ("account" in scenario) is (text is not NUMBERED)


@pytest.fixture(scope="module", name="folder")
def folder_of_the_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project(tmp_path_factory.mktemp("story") / "checks")


@pytest.mark.parametrize("number", [3, 5, 6, 9])
def test_import_run_and_export_give_the_same_messages_but_for_what_is_listed(
    number: int, folder: Path
) -> None:
    call = f"009a02184303840{number}"
    made = f"same/{number}.yaml"
    for line in (
        f"tlibsim scenario from-log {LOG.name} --no-redact --call {call} -o {made}",
        f"tlibsim scenario run {made} --journal journals",
        f"tlibsim export journals/{number}.jsonl -o exported/{number}.log",
    ):
        done = typed(line, folder)
        assert done.returncode == 0, done.stdout + done.stderr

    found = typed(f"tlibsim diff {LOG.name} exported/{number}.log --call {call} --json", folder)

    report = json.loads(found.stdout)
    assert report["counts"]["changed"] == report["counts"]["reordered"] == 0
    assert report["compared"] >= 4
    for one in report["differences"]:
        monitoring = one["change"] == "missing" and one["message"] == "EventCallDataChanged"
        assert monitoring or (one["change"] == "extra" and one["message"] in SET_UP), one


def test_a_number_has_the_same_pseudonym_in_every_file_and_none_is_on_disk(
    folder: Path,
) -> None:
    for number, name in ((6, "first"), (6, "second")):
        line = f"tlibsim scenario from-log {LOG.name} --call 009a02184303840{number} -o {name}.yaml"
        assert typed(line, folder).returncode == 0
    line = f"tlibsim scenario from-log {LOG.name} -o every/"
    assert typed(line, folder).returncode == 0

    def caller(file: Path) -> str:
        found = re.search(r'caller: "(\d+)"', file.read_text(encoding="utf-8"))
        assert found is not None
        return found[1]

    files = [
        folder / "first.yaml",
        folder / "second.yaml",
        folder / "every" / "009a021843038406.yaml",
    ]
    assert len({caller(file) for file in files}) == 1
    for file in [*files, *(folder / "every").iterdir()]:
        text = file.read_text(encoding="utf-8")
        assert not [secret for secret in (*CARDS, "415555", "8005550190") if secret in text]


def test_rules_hide_what_they_name_before_anything_is_written(folder: Path) -> None:
    (folder / "rules.yaml").write_text("keys: ['acc*']\npatterns: ['gold']\n", encoding="utf-8")
    line = f"tlibsim scenario from-log {LOG.name} --call 009a021843038406 -o hidden.yaml"

    done = typed(f"{line} --redact rules.yaml", folder)

    assert "values that the rules name" in done.stdout
    text = (folder / "hidden.yaml").read_text(encoding="utf-8")
    assert "C-9" not in text
    assert "gold" not in text


def test_a_client_under_test_must_ask_for_what_the_log_shows(folder: Path) -> None:
    line = f"tlibsim scenario from-log {LOG.name} --call 009a021843038406 --sut wde-7001 -o"
    assert typed(f"{line} sut.yaml", folder).returncode == 0

    told = typed("tlibsim scenario explain sut.yaml", folder).stdout
    desk = shlex.quote(f"{sys.executable} {DESK} {{host}} {{port}} wde-7001 7001 stop")
    done = typed(f"tlibsim scenario run sut.yaml --sut {desk} --speed 20x", folder)

    assert (
        "2     t+3.000    wde-7001 answers (RequestAnswerCall) within 13 s, else the switch does"
        in told
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL step 4 at sut.yaml:" in done.stdout
    assert re.search(r"Nearest: RequestPrivateService .*3014.* from wde-7001", done.stdout)
    assert re.search(r"the same as in the old log\? no: line \d+ shows 3015", done.stdout)


def test_a_client_that_the_log_does_not_have_is_told_with_those_it_has(folder: Path) -> None:
    line = (
        f"tlibsim scenario from-log {LOG.name} --call 009a021843038406 --sut nobody -o x.yaml"
    )

    done = typed(line, folder)

    assert done.returncode == 3
    assert "has no client nobody; it has: wde-7001" in done.stderr
