"""A wheel of this tree works in an environment that has nothing of the checkout.

The environment is empty but for what install_requires names, which is taken from the environment
of the tests, so that nothing is downloaded for it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import pytest

from tests.meta.checkout import ROOT, files, listed, modules_on_disk

SECONDS = 120
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from a copy of the tree so that nothing is left behind in it."""
    source = tmp_path_factory.mktemp("source")
    for path in files():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    where = tmp_path_factory.mktemp("wheel")
    _run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", where, source, cwd=where
    )
    (made,) = where.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``tlibsim`` of an environment with the wheel in it."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    _run(*pip, "install", "-q", "--no-index", "--no-deps", wheel, cwd=place)
    (packages,) = place.glob("lib/python*/site-packages")
    own = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "what-it-requires.pth").write_text(
        "\n".join(sorted(own)) + "\n", encoding="utf-8"
    )
    return place / "bin" / "tlibsim"


def test_the_wheel_holds_every_package_and_its_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {
        f"{name.replace('.', '/')}/{path.name}"
        for name, folder in modules_on_disk().items()
        for path in folder.glob("*.py")
    }

    assert modules <= names
    assert {"tlibsim/py.typed", "tlibproto/py.typed"} <= names
    voices = {path.name for path in (ROOT / "tlibsim/media/audio/voices").glob("*.wav")}
    assert voices <= {Path(name).name for name in names}
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tlibsim", "tlibproto"}


def test_both_packages_come_from_the_wheel(program: Path, tmp_path: Path) -> None:
    python = program.parent / "python"
    text = "import tlibsim, tlibproto; print(tlibsim.__file__, tlibproto.__file__)"
    found = _run(python, "-c", text, cwd=tmp_path).split()

    assert all(Path(one).is_relative_to(program.parent.parent) for one in found)


def test_the_installed_command_tells_its_version(program: Path, tmp_path: Path) -> None:
    version = next(
        line.partition("=")[2].strip()
        for line in (ROOT / "setup.cfg").read_text(encoding="utf-8").splitlines()
        if line.startswith("version")
    )

    assert _run(program, "--version", cwd=tmp_path) == f"tlibsim {version}\n"


def test_the_installed_command_makes_projects(program: Path, tmp_path: Path) -> None:
    told = _run(program, "init", "mine", "--template", "recorder", cwd=tmp_path)

    assert "created tlibsim.yaml" in told
    assert "good" in _run(program, "lint", cwd=tmp_path / "mine")


def test_the_installed_command_serves(program: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    words = [program, "serve", "--port", "0", "--ready-file", ready, "--quiet"]
    process = subprocess.Popen(
        words, cwd=tmp_path, env=_environment(), stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["tlib"]["port"] > 0
        assert json.loads(ready.read_text(encoding="utf-8")) == told
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    finally:
        process.kill()
        process.communicate()


def test_the_installed_demo_records_a_call(program: Path, tmp_path: Path) -> None:
    started = time.monotonic()
    screen = _run(program, "demo", "--once", cwd=tmp_path)

    (recording,) = (tmp_path / "tlibsim-demo/recordings").rglob("*.wav")
    assert recording.name in screen
    assert time.monotonic() - started < 60


def test_the_list_of_requirements_is_in_the_wheel(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [one for one in archive.namelist() if one.endswith(".dist-info/METADATA")]
    metadata = archive.read(name).decode()

    for line in listed("options", "install_requires"):
        assert f"Requires-Dist: {line}" in metadata


def _environment() -> dict[str, str]:
    return {key: one for key, one in os.environ.items() if key != "PYTHONPATH"}


def _run(*words: object, cwd: Path) -> str:
    result = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
