"""``tlibsim bundle``: a run in one file, which gives the same journal elsewhere."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.endtoend.programs import tlibsim
from tlibsim.cli.bundled import MANIFEST, BundleError, Manifest, read, write

FIRST = """\
name: first
vars: {caller: "1"}
given: {dns: {"7001": {record: true}}}
steps:
- do: inbound
  from: ${caller}
  to: "7001"
- include: ../parts/_answer.yml
"""
ANSWER = """\
steps:
- do: answer
  dn: "7001"
- expect: {event: EventEstablished, dn: "7001"}
"""


@pytest.fixture(name="folder")
def folder_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name, text in (("flows/first.yml", FIRST), ("parts/_answer.yml", ANSWER)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run_and_bundle(folder: Path, *words: str) -> Path:
    ran = tlibsim("scenario", "run", "flows", *words, cwd=folder)
    assert ran.returncode in {0, 1}, ran.stderr
    done = tlibsim("bundle", "out/run.zip", "--run", "last", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "out" / "run.zip"


def test_the_last_run_is_in_it_whole(folder: Path) -> None:
    run_and_bundle(folder, "--set", "caller=4155550100", "--seed", "7")

    manifest, texts = read(folder / "out" / "run.zip")
    assert (manifest.files, manifest.seed) == (["flows/first.yml"], 7)
    assert sorted(texts) == [
        "config/first.yaml",
        "journal/first.jsonl",
        "journal/first.log",
        "report.json",
        "scenario/flows/first.yml",
        "scenario/parts/_answer.yml",
    ]
    assert "4155550100" in texts["journal/first.jsonl"]
    assert "EventRinging" in texts["journal/first.log"]
    assert "seed: 7" in texts["config/first.yaml"]
    assert json.loads(texts["report.json"])[0]["status"] == "pass"
    assert set(manifest.versions) == {"python", "tlibsim"}


def test_a_bundle_is_played_elsewhere_and_gives_the_same(folder: Path) -> None:
    path = run_and_bundle(folder, "--set", "caller=4155550100", "--seed", "7")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()

    done = tlibsim("scenario", "run", path, cwd=elsewhere)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "first                pass",
        "1 journal, the same byte for byte",
    ]


def test_a_failure_is_the_same_failure_again(folder: Path) -> None:
    file = folder / "parts" / "_answer.yml"
    file.write_text(ANSWER.replace("EventEstablished", "EventHeld"), encoding="utf-8")

    done = tlibsim("scenario", "run", run_and_bundle(folder), cwd=folder)

    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "the same byte for byte" in done.stdout


def test_a_journal_that_is_not_the_same_is_told(folder: Path) -> None:
    path = run_and_bundle(folder)
    manifest, texts = read(path)
    changed = {
        name: text.replace("7001", "7002") for name, text in texts.items() if "jsonl" in name
    }
    write(path, manifest, {**texts, **changed})

    done = tlibsim("scenario", "run", path, cwd=folder)

    assert done.returncode == 1
    assert "journal/first.jsonl: not the same as in the bundle" in done.stdout


def test_the_same_run_gives_the_same_bundle(folder: Path) -> None:
    first = run_and_bundle(folder).read_bytes()

    assert run_and_bundle(folder).read_bytes() == first


def test_a_journal_is_bundled_with_its_log_and_configuration_without_secrets(
    folder: Path,
) -> None:
    tlibsim("scenario", "run", "flows", "--journal", "kept", cwd=folder)
    (folder / "c.yaml").write_text("password: hush\ndns: {'1': {type: DN}}\n", encoding="utf-8")

    done = tlibsim(
        "bundle", "j.zip", "--journal", "kept/first.jsonl", "--config", "c.yaml", cwd=folder
    )

    assert done.returncode == 0, done.stderr
    _, texts = read(folder / "j.zip")
    assert sorted(texts) == ["config/tlibsim.yaml", "journal/first.jsonl", "journal/first.log"]
    assert not [name for name, text in texts.items() if "hush" in text]
    assert tlibsim("scenario", "run", "j.zip", cwd=folder).returncode == 3


def test_passwords_in_a_scenario_are_refused(folder: Path) -> None:
    bed = "bed:\n  password: hush\n  dns: {'7001': {type: DN}, trunk-in: {type: Trunk}}\n"
    text = FIRST.replace('given: {dns: {"7001": {record: true}}}\n', bed)
    (folder / "flows" / "first.yml").write_text(text, encoding="utf-8")
    tlibsim("scenario", "run", "flows", cwd=folder)

    done = tlibsim("bundle", "x.zip", "--run", "last", cwd=folder)

    assert done.returncode == 2
    assert "has passwords" in done.stderr
    assert not (folder / "x.zip").exists()


def test_without_a_run_there_is_nothing_to_bundle(folder: Path) -> None:
    done = tlibsim("bundle", "x.zip", "--run", "last", cwd=folder)

    assert done.returncode == 2
    assert "no run is known" in done.stderr


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", "a\\b"])
def test_a_file_that_would_land_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "evil.zip"
    write(path, Manifest(versions={}), {})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")

    with pytest.raises(BundleError, match="outside"):
        read(path)


def test_what_is_no_bundle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"nothing")
    with pytest.raises(BundleError, match="is no bundle"):
        read(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, '{"format": 9, "versions": {}}')
    with pytest.raises(BundleError, match="format 9"):
        read(path)
