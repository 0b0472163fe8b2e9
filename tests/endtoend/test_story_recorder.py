"""FIRST_HOUR.md, story R: a recorder vendor, contract tests in CI."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import junitparser
import pytest
import yaml

from tests.endtoend.programs import SECONDS
from tests.endtoend.recorder_story import Done, Shell, in_order, project
from tlibsim.runs.store import RunStore

pytestmark = pytest.mark.timeout(5 * SECONDS)

CLIENT = "reference-recorder"
MOST_S = 60
"""A whole contract is over by then also on a busy machine; a quiet one takes half of it."""


@pytest.fixture(scope="module", name="made")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shell, str]:
    return project(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module", name="shell")
def shell_in_the_project(made: tuple[Shell, str]) -> Shell:
    return made[0]


@pytest.fixture(name="own")
def shell_in_a_project_of_its_own(tmp_path: Path) -> Shell:
    return project(tmp_path)[0]


# 5-12: a project of one's own.


def test_init_says_what_it_made_and_what_comes_next(made: tuple[Shell, str]) -> None:
    shell, said = made
    checks = yaml.safe_load((shell.folder / "contracts/recorder.yaml").read_text())["checks"]
    musts = sum(level == "MUST" for level in checks.values())
    in_order(
        said.splitlines(),
        r"^created tlibsim\.yaml +switch with 4 extensions, 7001 records full time, 7002 on dem",
        rf"^created contracts/recorder\.yaml +{len(checks)} checks: {musts} MUST, "
        rf"{len(checks) - musts} SHOULD$",
        r"^created scenarios/ +8 call flows \(basic, hold, transfer, transfer-two-step, "
        r"conference, consult, pause, failure\)$",
        r"^created tests/test_recorder\.py +the same through pytest$",
        r"^created \.github/workflows/recorder\.yml +and \.gitlab-ci\.yml$",
        r"set recorder\.sip_uri and how to start your recorder in tlibsim\.yaml, then: tlibsim",
    )
    assert len(checks) >= 31
    assert musts >= 22


def test_the_contract_of_the_project_is_the_one_that_is_listed(shell: Shell) -> None:
    checks = yaml.safe_load((shell.folder / "contracts/recorder.yaml").read_text())["checks"]
    listed = [line.split() for line in shell.shows("tlibsim contract list").splitlines()]
    assert checks == {words[0]: words[1] for words in listed}


def test_the_editor_completes_keys_since_the_first_lines_name_schemas(shell: Shell) -> None:
    for name in ("tlibsim.yaml", "contracts/recorder.yaml"):
        file = shell.folder / name
        first = file.read_text(encoding="utf-8").splitlines()[0]
        schema = first.partition("$schema=")[2]
        assert json.loads((file.parent / schema).read_text(encoding="utf-8"))["properties"]


def test_a_wrong_key_is_told_with_line_column_and_the_right_one(own: Shell) -> None:
    file = own.folder / "tlibsim.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sip_uri", "sip_url"), encoding="utf-8")
    number = 1 + next(n for n, line in enumerate(text.splitlines()) if "sip_uri" in line)

    wrong = own.type("tlibsim lint")
    file.write_text(text, encoding="utf-8")

    told = "error  recorder.sip_url is not a key here. Did you mean sip_uri?"
    assert wrong.stderr == f"tlibsim.yaml:{number}:3  {told}\n1 error\n"
    assert wrong.returncode == 2
    assert own.shows("tlibsim lint").startswith("tlibsim.yaml: good")


def test_a_port_at_the_top_and_a_misspelt_fault_are_told_at_once(own: Shell) -> None:
    with (own.folder / "tlibsim.yaml").open("a", encoding="utf-8") as file:
        file.write("faults:\n- {kind: dealy, event: EventACK}\n")
    assert "Did you mean delay?" in own.type("tlibsim lint").stderr

    with (own.folder / "tlibsim.yaml").open("a", encoding="utf-8") as file:
        file.write("port: 7020\n")
    assert "port is not a key here. Did you mean listen: [{port: " in (
        own.type("tlibsim lint").stderr
    )


def test_the_file_of_the_contract_is_looked_at_as_well(own: Shell) -> None:
    assert re.search(
        r"^contracts/recorder\.yaml: good, (\d+) of \d+ checks are run$",
        own.shows("tlibsim lint"),
        re.MULTILINE,
    )
    file = own.folder / "contracts/recorder.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("R22: screen", "R222: screen"), encoding="utf-8")
    line = 1 + text.splitlines().index("  R22: screen capture off")
    wrong = own.type("tlibsim lint")
    assert wrong.returncode == 2
    told = f"contracts/recorder.yaml:{line}:3  error  skip.R222 is no check and no flow."
    assert told in wrong.stderr


# 12-20: what does my recorder really do?


@pytest.fixture(name="server")
def server_that_runs(own: Shell) -> Iterator[Shell]:
    with own.running("tlibsim serve --watch &") as serve:
        serve.says('"http": {"host": "127.0.0.1", "port": 7080')
        yield own


def test_the_doctor_tells_what_a_client_did_and_never_did(server: Shell) -> None:
    with server.running(
        "./start-recorder.sh --tserver 127.0.0.1:7020".replace("7020", str(server.ports[7020]))
    ):
        server.shows(
            f"tlibsim wait --request RequestStartCallMonitoring --client {CLIENT} --after 0"
            " --timeout 20s"
        )
        said = server.shows(f"tlibsim doctor --client {CLIENT}")

    lines = said.splitlines()
    assert re.fullmatch(rf'client "{CLIENT}"  127\.0\.0\.1:\d+  connected 00:00:\d\d', lines[0])
    in_order(
        lines,
        r"^  ok    ADDP 10 s",
        r"^  ok    registered 7001, 7002 \(shared\)$",
        r"^  ok    call monitoring started$",
        r"^  note  7003, 7004 exist and are not registered$",
        r"^  note  never sent RequestPrivateService$",
        r"^  SIP   sip:127\.0\.0\.1:5080 answers OPTIONS with 200 in \d+ ms$",
    )


def test_without_a_server_the_doctor_looks_at_this_machine(own: Shell) -> None:
    said = own.type("tlibsim doctor")
    assert said.returncode == 1  # the recorder does not run either
    in_order(
        said.stdout.splitlines(),
        r"^no server runs at http://127\.0\.0\.1:7080$",
        r"^  ok    listen tlib: 127\.0\.0\.1:7020 is free$",
        r"^  ok    http: 127\.0\.0\.1:7080 is free$",
        r"^  warn  sip:127\.0\.0\.1:5080 does not answer OPTIONS",
    )


# 20-40: the contract.


@pytest.fixture(scope="module", name="failed")
def run_against_a_recorder_with_a_mistake(shell: Shell) -> Done:
    """The recorder sends an integer in Extensions, as in the story."""
    return shell.type(
        "tlibsim contract run --junit out/junit.xml --html out/report.html",
        BUG="integer-extension",
    )


@pytest.fixture(scope="module", name="passed")
def run_against_a_right_recorder(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Shell, Done]:
    """As CI has it."""
    shell, _ = project(tmp_path_factory.mktemp("ci"))
    line = 'tlibsim contract run --junit out/junit.xml --summary "$GITHUB_STEP_SUMMARY"'
    summary = str(shell.folder / "summary.md")
    return shell, shell.type(line, GITHUB_STEP_SUMMARY=summary)


def test_each_check_is_told_with_its_level_and_the_sum_with_what_was_left_out(
    failed: Done, shell: Shell
) -> None:
    lines = failed.stdout.splitlines()
    assert re.match(
        r"recorder contract 1\.0 · profile sip-server-8\.1 · seed 1 · clock", lines[0]
    )
    listed = shell.shows("tlibsim contract list").splitlines()
    names = [line.split()[0] for line in listed]
    told = [line.split()[0] for line in lines if re.match(r"  [RSMF]\d\d ", line)]
    assert told == names
    found = re.search(
        rf"^{len(names)} checks: (\d+) pass, 1 FAIL, (\d+) not seen, 1 skipped "
        r"\(screen capture off\) +\d+\.\d s$",
        failed.stdout,
        re.MULTILINE,
    )
    assert found is not None, failed.stdout
    assert int(found[1]) + int(found[2]) + 2 == len(names)


def test_the_one_failure_names_type_key_source_and_how_to_see_it(failed: Done) -> None:
    assert failed.returncode == 1
    in_order(
        failed.stdout.splitlines(),
        r"^  R09 MUST +start values are strings +FAIL",
        r'^R09  start values are strings +source: recording guide, Troubleshooting, "SIP Server',
        r"RequestPrivateService .*PrivateMsgID=3013 .* from reference-recorder$",
        r"^ +record = 'source'  string  ok$",
        r"^ +id = 'ref-\w+'  string  ok$",
        r"^ +> rule = 17  INTEGER  expected string$",
        r"The real server goes down on this\. +See it: tlibsim contract run R09 --set "
        r"quirks\.crash-on-int-extension=true$",
        r"^report: out/junit\.xml, out/report\.html   exit code 1$",
    )


def test_what_the_failure_says_to_type_shows_it(shell: Shell) -> None:
    done = shell.type(
        "tlibsim contract run R09 --set quirks.crash-on-int-extension=true",
        BUG="integer-extension",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "> rule = 17  INTEGER  expected string" in done.stdout


def test_terminal_junit_page_and_document_agree(failed: Done, shell: Shell) -> None:
    document = _document(shell, 1)
    suite = next(iter(junitparser.JUnitXml.fromfile(str(shell.folder / "out/junit.xml"))))
    page = (shell.folder / "out/report.html").read_text(encoding="utf-8")
    counts = document["counts"]
    assert document["summary"] in failed.stdout
    assert document["summary"] in page
    assert (suite.tests, suite.failures) == (counts["total"], counts["fail"])
    assert suite.skipped == counts["total"] - counts["pass"] - counts["fail"]
    assert document["exit_code"] == failed.returncode
    names = [f"{one['id']} {one['title']}" for one in document["items"]]
    assert [case.name for case in suite] == names


def _document(shell: Shell, code: int) -> dict[str, Any]:
    """What the API gives of the whole run that ended with this code."""
    store = RunStore(shell.folder)
    found = [store.one(head["id"]) for head in store.heads()]
    (document,) = [
        one for one in found if one and one["exit_code"] == code and one["counts"]["total"] > 30
    ]
    return document


def test_the_page_has_the_ladder_of_the_failure_in_one_file(failed: Done, shell: Shell) -> None:
    assert failed.returncode == 1
    page = (shell.folder / "out/report.html").read_text(encoding="utf-8")
    _, _, section = page.partition('<section id="R09">')
    assert "RequestPrivateService" in section
    assert "<script src" not in page
    assert "http" not in page.replace("http-equiv", "")


# 40-50: in CI.


def test_a_right_recorder_passes_and_the_page_of_the_run_has_the_table(
    passed: tuple[Shell, Done],
) -> None:
    shell, done = passed
    assert done.returncode == 0, done.stdout + done.stderr
    summary = (shell.folder / "summary.md").read_text(encoding="utf-8")
    counted = re.search(r"^\d+ checks: .*?(?=  )", done.stdout, re.MULTILINE)
    assert counted is not None
    assert f"**{counted[0]}**" in summary
    assert "| R09 | MUST | start values are strings | pass |" in summary


def test_a_whole_contract_takes_less_than_half_a_minute_or_so(
    passed: tuple[Shell, Done],
) -> None:
    seconds = re.findall(r"^\d+ checks: .* (\d+\.\d) s$", passed[1].stdout, re.MULTILINE)
    assert float(seconds[0]) < MOST_S


def test_the_files_for_ci_name_what_runs_here(shell: Shell) -> None:
    job = yaml.safe_load((shell.folder / ".github/workflows/recorder.yml").read_text())
    runs = [step.get("run", "") for step in job["jobs"]["contract"]["steps"]]
    (line,) = [run for run in runs if "contract run" in run]
    assert '--summary "$GITHUB_STEP_SUMMARY"' in line
    assert "tlibsim contract run --junit" in (shell.folder / ".gitlab-ci.yml").read_text()


PAUSE = """
import pytest


@pytest.mark.tlibsim(config="../tlibsim.yaml", clock="real")
def test_pause_keeps_dialog(tlibsim, recorder):
    call = tlibsim.inbound("4155550100", to="7001").answer()
    call.expect(userdata={"GSIP_RECORD": "On"}, within=2)
    call.agent.private_service(3015)                     # pause
    recorder.sip.expect_reinvite(direction="inactive", within=1)
    assert recorder.sip.sessions == 2
    tlibsim.journal.assert_none(event="EventError")
"""


@pytest.mark.parametrize(("bug", "code"), [("", 0), ("deaf-to-reinvite", 1)])
def test_the_same_with_pytest(own: Shell, bug: str, code: int) -> None:
    (own.folder / "tests/test_pause.py").write_text(PAUSE, encoding="utf-8")
    plugins = "-p no:tlibsim -p tlibsim.testing.plugin -p no:twisted -p no:cacheprovider"
    done = own.type(f"python -m pytest -q {plugins} tests/test_pause.py", BUG=bug)
    assert done.returncode == code, done.stdout + done.stderr


def test_the_eight_call_flows_pass(shell: Shell) -> None:
    said = shell.shows("tlibsim scenario run scenarios/ -j 2 --junit out/scenarios.xml")
    assert said.splitlines()[-1].startswith("8 scenarios: 8 pass")


def test_two_runs_with_one_seed_give_the_same_journal_byte_for_byte(own: Shell) -> None:
    journals = []
    for name in ("first", "second"):
        own.shows(f"tlibsim scenario run scenarios/ --seed 7 --journal {name}")
        files = sorted((own.folder / name).iterdir())
        journals.append({file.name: file.read_bytes() for file in files})
    assert len(journals[0]) == 8
    assert all(journals[0].values())
    assert journals[0] == journals[1]


# 50-60: bad weather.


def test_faults_are_added_listed_and_cleared_as_typed(server: Shell) -> None:
    added = server.shows("tlibsim fault add recorder-busy --sip 486 --count 1")
    assert added == "recorder-busy: sip\n"
    added = server.shows(
        "tlibsim fault add late-ack --event EventACK --delay 8s --client acme-rec"
    )
    assert added == "late-ack: delay\n"

    listed = server.shows("tlibsim fault list").splitlines()
    (busy,) = [line for line in listed if line.startswith("recorder-busy")]
    (late,) = [line for line in listed if line.startswith("late-ack")]
    assert re.search(r"sip +code 486  count 1", busy)
    assert "client acme-rec  message EventACK" in late

    assert server.shows("tlibsim fault clear") == "2 cleared\n"
    assert server.shows("tlibsim fault list") == "no faults\n"


def test_the_flows_in_which_things_fail_run_beside_a_server(server: Shell) -> None:
    right = server.type("tlibsim contract run --only failures")
    assert right.returncode == 0, right.stdout + right.stderr
    assert re.search(r"R12 MUST +an EventACK is no recording +pass", right.stdout)
    assert re.search(
        r"R16 MUST +a late acknowledgement brings no second start +pass", right.stdout
    )

    wrong = server.type("tlibsim contract run --only failures", BUG="late-ack-again")
    assert wrong.returncode == 1
    assert re.search(
        r"R16 MUST +a late acknowledgement brings no second start +FAIL", wrong.stdout
    )


# Exit codes.


def test_a_contract_of_which_nothing_is_left_ends_with_3(own: Shell) -> None:
    file = own.folder / "contracts/recorder.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "  R01: later\n", encoding="utf-8")
    done = own.type("tlibsim contract run R01")
    assert done.returncode == 3, done.stdout
    assert "1 check: 1 skipped (later)" in done.stdout


def test_a_recorder_that_ends_at_once_ends_the_run_with_4(own: Shell) -> None:
    begun = time.monotonic()
    done = own.type("tlibsim contract run", BUG="no-such-bug")
    assert done.returncode == 4
    assert "the recorder never connected: it ended with exit code 2" in done.stdout
    assert "no-such-bug" in done.stdout
    assert time.monotonic() - begun < 19  # ready.within is 20 s


def test_everything_that_is_wrong_before_a_run_is_told_in_one_run(own: Shell) -> None:
    file = own.folder / "tlibsim.yaml"
    text = file.read_text(encoding="utf-8")
    text = re.sub(r'registered: \["7001", "7002"\]', 'registered: ["7001", "7999"]', text)
    text = re.sub(r"sip_uri: \S+", 'sip_uri: ""', text)
    file.write_text(text, encoding="utf-8")
    done = own.type("tlibsim contract run")
    assert done.returncode == 2
    in_order(
        done.stderr.splitlines(),
        r"^tlibsim\.yaml:\d+:\d+  error  dns must have a registered DN without record",
        r"^tlibsim\.yaml:\d+:\d+  error  recorder\.sip_uri is missing: say where",
        r"^tlibsim\.yaml:\d+:\d+  error  recorder\.ready\.registered names 7999, which is no",
        r"^3 errors$",
    )
