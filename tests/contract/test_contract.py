"""The recorder contract with the reference recorder: all passes, and the reports agree."""

import json
import re
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.contract.bench import COMMAND, Run, contract, free_port, write_config
from tests.endtoend.programs import SECONDS, line_of, started, tlibsim
from tlibsim.contract.result import Level, Status
from tlibsim.contract.runner import CHECKS
from tlibsim.runs.store import RunStore


def last_run(project: Path) -> dict[str, Any]:
    """The document of the only run of a project, as the API gives it."""
    store = RunStore(project)
    (head,) = store.heads()
    document = store.one(head["id"])
    assert document is not None
    return document


def served(project: Path, run: str) -> dict[str, Any]:
    """The document of a run, as a server of the project gives it."""
    with started("serve", "--quiet", "--http-port", "0", cwd=project) as server:
        url = json.loads(line_of(server))["http"]["url"]
        with urllib.request.urlopen(f"{url}/api/v1/runs/{run}", timeout=SECONDS) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("contract")
    words = ("--junit", "out/junit.xml", "--html", "out/report.html", "--summary", "out/sum.md")
    return contract(directory, *words)


def test_the_reference_passes_everything(whole: Run):
    assert whole.result.returncode == 0, whole.result.stdout + whole.result.stderr
    assert whole.failed == []
    assert f"{len(CHECKS) - 2} pass, 1 not seen, 1 skipped" in whole.result.stdout


def test_every_check_is_in_every_report(whole: Run):
    page = (whole.directory / "out/report.html").read_text(encoding="utf-8")
    summary = (whole.directory / "out/sum.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"  {check.id} " in whole.result.stdout
        assert f"<td>{check.id}<" in page
        assert f"| {check.id} |" in summary


def test_the_numbers_of_junit_are_those_of_the_terminal(whole: Run):
    suite = ET.parse(whole.directory / "out/junit.xml").getroot()[0]
    assert suite.attrib["tests"] == str(len(CHECKS))
    assert suite.attrib["failures"] == "0"
    assert suite.attrib["skipped"] == "2"
    assert len(suite.findall("testcase")) == len(CHECKS)


def test_terminal_junit_page_and_document_of_one_failing_run_agree(tmp_path: Path):
    words = ("R08", "R09", "R10", "--junit", "j.xml", "--html", "r.html")
    run = contract(tmp_path, *words, bug="integer-extension")

    document = last_run(tmp_path)
    assert served(tmp_path, document["id"]) == document
    counts = document["counts"]
    suite = ET.parse(tmp_path / "j.xml").getroot()[0]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert run.result.returncode == document["exit_code"] == 1
    assert counts["fail"] == len(run.failed) == int(suite.attrib["failures"]) >= 1
    assert counts["total"] == 3 == int(suite.attrib["tests"]) == page.count("<tr><td>")
    skipped = counts.get("skipped", 0) + counts.get("not seen", 0)
    assert skipped == int(suite.attrib["skipped"])
    assert document["summary"] in run.result.stdout
    assert document["summary"] in page
    assert f"{document['seconds']:.1f} s" in run.result.stdout
    assert f"{document['seconds']:.3f}" == suite.attrib["time"]
    assert f"in {document['seconds']:.1f} s" in page
    for one in document["items"]:
        assert f"  {one['id']} {one['level']:<7} {one['title']}" in run.result.stdout
    (failed,) = [one for one in document["items"] if one["id"] == "R09"]
    assert failed["status"] == "FAIL"
    assert all(line in run.result.stdout for line in failed["lines"])
    assert document["reports"] == {"junit": "j.xml", "html": "r.html"}
    assert (document["kind"], document["state"], document["seed"]) == ("contract", "over", 1)


def test_the_page_needs_nothing_from_elsewhere(whole: Run):
    page = (whole.directory / "out/report.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert "<script" not in page


def test_a_failure_names_type_key_source_and_how_to_see_it_again(tmp_path: Path):
    run = contract(tmp_path, "R09", "--html", "r.html", bug="integer-extension")
    assert run.result.returncode == 1
    out = run.result.stdout
    assert "> rule = 17  INTEGER  expected string" in out
    assert 'source: recording guide, Troubleshooting, "SIP Server failure"' in out
    assert "again: tlibsim contract run R09" in out
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "RequestPrivateService" in page


def test_a_recorder_that_never_comes_ends_with_4(tmp_path: Path):
    write_config(tmp_path, start="")
    shorter = ("--set", "recorder.ready.within=300ms")
    result = tlibsim("contract", "run", *shorter, cwd=tmp_path)
    assert result.returncode == 4
    assert "did not connect within 300ms" in result.stdout


def test_an_empty_contract_ends_with_3(tmp_path: Path):
    run = contract(tmp_path, "R22")
    assert run.result.returncode == 3
    assert "1 skipped" in run.result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("R99",), "R99"),
        (("--set", "recorder.sip_uri="), "recorder.sip_uri is missing: say where"),
        (("--set", "dns.7001.record=false"), "record: true"),
        (("--set", "recorder.start=no-such-program"), "no-such-program"),
        (("--config", "nowhere.yaml"), "nowhere.yaml"),
    ],
)
def test_what_cannot_be_played_ends_with_2_and_says_why(
    tmp_path: Path, words: tuple[str, ...], said: str
):
    run = contract(tmp_path, *words)
    assert run.result.returncode == 2, run.result.stdout
    assert said in run.result.stderr


def test_the_list_names_level_and_source_of_each_check():
    listed = tlibsim("contract", "list").stdout.splitlines()
    assert len(listed) == len(CHECKS)
    assert all("(" in line for line in listed)


def test_there_are_as_many_checks_as_promised():
    musts = sum(check.level is Level.MUST for check in CHECKS)
    assert musts >= 22
    assert len(CHECKS) - musts >= 9
    assert len({check.id for check in CHECKS}) == len(CHECKS)
    assert Status.PASS.value == "pass"


def test_a_recorder_that_ends_at_once_ends_the_waiting_with_its_code_and_last_words(
    tmp_path: Path,
):
    words = "import sys; print('no licence', file=sys.stderr); sys.exit(7)"
    begun = time.monotonic()
    run = contract(tmp_path, "R01", start=f'{sys.executable} -c \\"{words}\\"')
    assert run.result.returncode == 4
    assert "the recorder never connected: it ended with exit code 7" in run.result.stdout
    assert "\n  no licence" in run.result.stdout
    assert time.monotonic() - begun < 10  # it has 15 s to connect


def test_a_start_that_leaves_a_daemon_is_waited_for(tmp_path: Path):
    whole = COMMAND.format(python=sys.executable, port=free_port(), more="")
    script = tmp_path / "start.sh"
    tmp_path.mkdir(exist_ok=True)
    script.write_text(f'#!/bin/sh\n{whole.split(" --tserver")[0]} "$@" >log 2>&1 &\n')
    script.chmod(0o755)
    start = f"./start.sh --tserver {{tlib_host}}:{{tlib_port}} --sip-port {free_port()}"
    run = contract(tmp_path, "R01", start=start)
    assert run.result.returncode == 0, run.result.stdout + run.result.stderr


def test_all_that_is_wrong_with_the_configuration_is_told_at_once_with_its_key(tmp_path: Path):
    file = write_config(tmp_path)
    text = file.read_text(encoding="utf-8")
    text = text.replace('registered: ["7001", "7002"]', 'registered: ["7001", "7009"]')
    text = text.replace('starts_on: ["7002"]', 'starts_on: ["7008"]')
    file.write_text(text.replace("sip:127.0.0.1:", "sip://127.0.0.1:"), encoding="utf-8")
    result = tlibsim("contract", "run", cwd=tmp_path)
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    at = dict(enumerate(text.splitlines(), 1))
    for key in ("recorder.sip_uri", "recorder.ready.registered", "recorder.starts_on", "dns"):
        told = next(line for line in lines if f"  error  {key} " in line)
        line = int(told.split(":")[1])
        assert key.rpartition(".")[2] in at[line]
    assert lines[-1] == "4 errors"


def test_a_missing_sip_address_is_spelled_as_in_the_guide_and_says_what_to_do_without_one(
    tmp_path: Path,
):
    file = write_config(tmp_path)
    lines = file.read_text(encoding="utf-8").splitlines()
    kept = [one for one in lines if not re.match(r"  (sip_uri|starts_on|reconnect)", one)]
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    result = tlibsim("contract", "run", cwd=tmp_path)
    assert result.returncode == 2
    assert "recorder.sip_uri is missing: say where" in result.stderr
    assert "sip-uri" not in result.stderr
    assert "contracts/recorder.yaml" in result.stderr


def test_a_client_without_a_sip_side_passes_when_what_the_message_names_is_skipped(
    tmp_path: Path,
):
    write_config(tmp_path)
    selected = tmp_path / "contracts/recorder.yaml"
    selected.parent.mkdir()
    skip = "".join(
        f"  {one}: no SIP side\n" for one in ("probe", "pause", "conference", "S02", "R13")
    )
    selected.write_text(f"contract: recorder\nskip:\n{skip}", encoding="utf-8")
    nobody = ("--set", f"recorder.sip_uri=sip:127.0.0.1:{free_port()}")
    result = tlibsim("contract", "run", "basic", "probe", "S05", "S09", *nobody, cwd=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "(no SIP side" in result.stdout
    assert "R07 MUST    gives each request a ReferenceID of its own" in result.stdout
