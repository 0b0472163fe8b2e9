"""``tlibsim init``: what it makes runs as it is, with its scenarios, its tests and its contract."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.contract.bench import free_port
from tests.endtoend.programs import SECONDS, environment, tlibsim
from tlibsim.cli.init import SCHEMA, TEMPLATES, contents
from tlibsim.config import reference

KINDS = sorted(TEMPLATES)
CALL_FLOWS = {
    "basic",
    "hold",
    "transfer",
    "transfer-two-step",
    "conference",
    "consult",
    "pause",
    "failure",
}


@pytest.fixture(name="project", params=KINDS, scope="module")
def project_of_a_kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return made(tmp_path_factory.mktemp(request.param), request.param)


def made(folder: Path, template: str) -> Path:
    done = tlibsim("init", "mine", "--template", template, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "mine"


def test_the_switch_of_a_project_is_right(project: Path) -> None:
    done = tlibsim("lint", cwd=project)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("tlibsim.yaml: good")


def test_the_scenarios_of_a_project_pass(project: Path) -> None:
    done = tlibsim("scenario", "run", "scenarios/", "-j", "2", cwd=project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " pass" in done.stdout.splitlines()[-1]


def test_the_tests_of_a_project_pass(project: Path) -> None:
    plugin = ("-p", "no:twisted", "-p", "tlibsim.testing.plugin", "-p", "no:tlibsim")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        cwd=project,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


def test_the_contract_of_a_recorder_project_runs_at_once(tmp_path: Path) -> None:
    project = made(tmp_path, "recorder")
    file = project / "tlibsim.yaml"
    port = str(free_port())
    text = file.read_text(encoding="utf-8").replace("5080", port)
    file.write_text(text.replace('"python ', f'"{sys.executable} '), encoding="utf-8")

    ports = ("--set", "listen=[{port: 0}]", "--set", "http.port=0")
    done = tlibsim("contract", "run", "R01", "S02", *ports, cwd=project)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 checks: 2 pass" in done.stdout


def test_a_port_that_is_taken_is_told_by_the_contract(tmp_path: Path) -> None:
    project = made(tmp_path, "recorder")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ports = ("--set", f"listen=[{{port: {port}}}]", "--set", "recorder.start=")
        done = tlibsim("contract", "run", "R01", *ports, cwd=project)

    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is taken by" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("template", KINDS)
def test_every_file_is_told_and_what_comes_next(template: str, tmp_path: Path) -> None:
    done = tlibsim("init", "mine", "--template", template, cwd=tmp_path)

    lines = done.stdout.splitlines()
    told = [line.split()[1] for line in lines if line.startswith("created ")]
    assert len(told) == (6 if template == "recorder" else 5)
    assert all((tmp_path / "mine" / name).exists() for name in told)
    assert "next: cd mine" in lines


@pytest.mark.parametrize("template", KINDS)
def test_the_first_line_names_the_schema_beside_it(template: str) -> None:
    files = contents(template)
    first = files["tlibsim.yaml"].splitlines()[0]

    assert first == f"# yaml-language-server: $schema={SCHEMA}"
    assert files[SCHEMA] == reference.schema()


@pytest.mark.parametrize("template", KINDS)
def test_the_files_for_ci_run_everything(template: str) -> None:
    files = contents(template)
    jobs = yaml.safe_load(files[f".github/workflows/{template}.yml"])["jobs"].values()
    github = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    gitlab = [
        line
        for job in yaml.safe_load(files[".gitlab-ci.yml"]).values()
        for line in job["script"]
    ]
    wanted = ["pip install", "tlibsim lint", "tlibsim scenario run", "pytest"]
    wanted += ["tlibsim contract run"] if template == "recorder" else []
    for lines in (github, gitlab):
        assert [
            word for word, line in zip(wanted, lines, strict=True) if word not in line
        ] == []


def test_a_recorder_project_has_all_call_flows() -> None:
    assert set(TEMPLATES["recorder"].scenarios) == CALL_FLOWS


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")

    done = tlibsim("init", "mine", "--template", "tester", cwd=tmp_path)

    assert done.returncode == 2
    assert "is not an empty folder" in done.stderr
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()

    assert (made(tmp_path, "tester") / "tlibsim.yaml").exists()


def test_a_mistake_is_told_with_line_column_and_what_was_meant(tmp_path: Path) -> None:
    file = made(tmp_path, "recorder") / "tlibsim.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("sip_uri:", "sip_url:"), encoding="utf-8")
    line = 1 + next(n for n, one in enumerate(text.splitlines()) if "sip_uri:" in one)

    done = tlibsim("lint", cwd=file.parent)

    assert done.returncode == 2
    assert f"tlibsim.yaml:{line}:" in done.stderr
    assert "Did you mean sip_uri?" in done.stderr
